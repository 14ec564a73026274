//! My tickets: the orders of a member, and the tickets that others gave them.
use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Order, OrderState, Ticket, store};
use crate::app::App;
use crate::db;
use crate::error::Result;
use crate::events::Event;
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::Member;
use crate::web::{Me, Page};

/// What hangs there.
enum Hung {
    Order(Order),
    /// A ticket of somebody else's order: that order, and what was paid for it, are not theirs to see.
    Given(Ticket),
}

#[derive(Template)]
#[template(path = "orders/mine.html")]
struct Mine<'a> {
    page: &'a Page,
    upcoming: Vec<(Hung, Event)>,
    past: Vec<(Hung, Event)>,
}

/// The most orders that the page shows of one member, and the most tickets that were given to them.
const SHOWN: i64 = 300;

/// The address to which tickets of a member are given; none before they have proven that it is theirs.
pub(super) fn address(me: &Member) -> Option<&str> {
    me.email_verified_at.is_some().then_some(me.email_key.as_str())
}

/// Whether a member has a place at an event by a ticket that was given to them.
pub async fn was_given(app: &App, event: Id<Event>, me: &Member) -> db::Result<bool> {
    let Some(address) = address(me) else { return Ok(false) };
    Ok(!store::given_to_at(&app.db, event, address).await?.is_empty())
}

/// Whether a member has a place at an event: see [`holds_among`].
pub async fn holds_at(app: &App, event: Id<Event>, me: &Member) -> db::Result<bool> {
    let own = store::coming_among(&app.db, me.id, &[event]).await?;
    Ok(!own.is_empty() || was_given(app, event, me).await?)
}

/// At which of these events a member has a place: by a ticket that they kept of an order whose people come, or by one
/// that was given to them.
pub async fn holds_among(app: &App, me: &Member, events: &[Id<Event>]) -> db::Result<HashSet<Id<Event>>> {
    let mut at = store::coming_among(&app.db, me.id, events).await?;
    if let Some(address) = address(me) {
        at.extend(store::given_among(&app.db, address, events).await?);
    }
    Ok(at.into_iter().map(|(id,)| id).collect())
}

/// My tickets: what is coming, soonest first, then what was.
pub async fn mine(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    let now = app.clock.now();
    let orders = store::of_member(&app.db, me.id, SHOWN, 0).await?;
    let mut events = store::events_of_member(&app.db, me.id).await?;
    let mut given = Vec::new();
    if let Some(address) = address(&me) {
        given = store::given_to(&app.db, address, "", SHOWN).await?;
        events.extend(store::events_given_to(&app.db, address).await?);
    }
    let orders = orders.into_iter().map(|order| (order.event_id, Hung::Order(order)));
    let given = given.into_iter().map(|ticket| (ticket.event_id, Hung::Given(ticket)));
    let with_event = orders.chain(given).filter_map(|(id, hung)| {
        let event = events.iter().find(|event| event.id == id)?.clone();
        Some((hung, event))
    });
    let (mut past, mut upcoming): (Vec<_>, Vec<_>) = with_event.partition(|(_, event)| event.is_past(now));
    upcoming.sort_by_key(|(_, event)| event.starts_at);
    past.sort_by_key(|(_, event)| std::cmp::Reverse(event.starts_at));
    page.html(&Mine { page: &page, upcoming, past })
}
