//! The pages on which places are given back; each asks once more before anything happens.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::ending::{self, By};
use super::opened::{Key, Opened, actor};
use super::{Order, RefundRule, Refusal, Ticket};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::Event;
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::payments;
use crate::web::page::Flash;
use crate::web::{Page, Path, Query, see};

#[derive(Template)]
#[template(path = "orders/cancel.html")]
struct Cancel<'a> {
    page: &'a Page,
    opened: &'a Opened,
    event: &'a Event,
    /// One ticket of several; without one it is about the whole order.
    ticket: Option<&'a Ticket>,
    /// What comes back, where anything was paid.
    back: Option<Money>,
    /// That is all, because the event was moved.
    moved: bool,
    refusal: Option<Refusal>,
}

impl Cancel<'_> {
    /// Those that somebody else has, with their numbers: these people lose them.
    fn lost(&self) -> Vec<(i64, &Ticket)> {
        let numbered = (1..).zip(self.opened.valid());
        numbered.filter(|(_, of)| of.is_given() && self.ticket.is_none_or(|one| one.id == of.id)).collect()
    }
}

/// What comes back with these places: no more than is left of what was paid.
async fn back(app: &App, opened: &Opened, ticket: Option<&Ticket>) -> Result<Option<Money>> {
    let order = &opened.order;
    if !order.is_confirmed() || order.total == 0 {
        return Ok(None);
    }
    let tickets: Vec<_> = opened.valid().filter(|of| ticket.is_none_or(|one| one.id == of.id)).collect();
    let left = payments::left(app, order).await?;
    let back = RefundRule::of(&opened.event, order).back(order, &tickets);
    Ok(Some(Money { minor: back.min(left.minor), ..left }))
}

/// Asks once more before anything is given back.
async fn ask(app: &App, page: &Page, opened: &Opened, ticket: Option<&Ticket>) -> Result<Response> {
    let checked_in =
        opened.tickets.iter().any(|of| of.checked_in_at.is_some() && ticket.is_none_or(|one| one.id == of.id));
    let refusal = if opened.order.is_live() {
        By::Buyer(actor(page)).may(&opened.event, &opened.order, checked_in, app.clock.now()).err()
    } else {
        Some(Refusal::NotLive)
    };
    let back = back(app, opened, ticket).await?;
    let moved = RefundRule::of(&opened.event, &opened.order).moved;
    page.html(&Cancel { page, opened, event: &opened.event, ticket, back, moved, refusal })
}

pub async fn ask_to_cancel(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    ask(&app, &page, &Opened::by(&app, &page, id, &key).await?, None).await
}

pub async fn ask_to_cancel_ticket(
    State(app): State<App>,
    page: Page,
    Path((id, ticket)): Path<(Id<Order>, Id<Ticket>)>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let ticket = opened.valid().find(|one| one.id == ticket).or_404()?;
    ask(&app, &page, &opened, Some(ticket)).await
}

/// Gives the whole order back.
pub async fn cancel(
    State(app): State<App>,
    page: Page,
    flash: Flash,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let (by, now) = (By::Buyer(actor(&page)), app.clock.now());
    let outcome = decide!(app.db, tx, ending::cancel(tx, id, by, now).await);
    given_back(&app, &page, &flash, &opened, None, outcome).await
}

/// Gives one place back.
pub async fn cancel_ticket(
    State(app): State<App>,
    page: Page,
    flash: Flash,
    Path((id, ticket)): Path<(Id<Order>, Id<Ticket>)>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let ticket = opened.tickets.iter().find(|one| one.id == ticket).or_404()?;
    let (by, now) = (By::Buyer(actor(&page)), app.clock.now());
    let outcome = decide!(app.db, tx, ending::cancel_ticket(tx, ticket.id, by, now).await);
    given_back(&app, &page, &flash, &opened, Some(ticket), outcome).await
}

async fn given_back(
    app: &App,
    page: &Page,
    flash: &Flash,
    opened: &Opened,
    ticket: Option<&Ticket>,
    outcome: Result<Order, Refusal>,
) -> Result<Response> {
    match outcome {
        Ok(order) => {
            let paid = order.total > 0 && opened.order.is_confirmed();
            let comes = paid && payments::back(app, &order).await?.awaited.minor > 0;
            if comes {
                flash.say(t!("Given back. What you get for it stands below.")).await?;
            } else {
                flash.say(t!("Given back. Somebody else can come now.")).await?;
            }
            see(opened.path(""))
        }
        Err(refusal) => {
            let refusal = Some(refusal.or_broken()?);
            page.invalid(&Cancel { page, opened, event: &opened.event, ticket, back: None, moved: false, refusal })
        }
    }
}
