//! One ticket, to whoever has its code; and tickets as files to print.
use askama::Template;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::opened::{Key, Opened, place_of};
use super::ticket_files::{self, Wanted};
use super::tickets::{Card, cards};
use super::{Order, codes_store, party, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::place::Place;
use crate::events::{self, Event};
use crate::i18n::{Locale, filters};
use crate::ids::{self, Id};
use crate::web::{Page, Path, Query};

#[derive(Template)]
#[template(path = "orders/ticket.html")]
struct One<'a> {
    page: &'a Page,
    event: &'a Event,
    order: &'a Order,
    place: Place<'a>,
    zone: Option<&'a str>,
    card: Option<Card<'a>>,
}

/// What the QR code opens: the ticket, or the party's tickets, to whoever holds it. Looking at it checks nobody in.
pub async fn ticket(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response> {
    if let Some(code) = code.strip_suffix(".pdf") {
        return one_file(&app, &page, code).await;
    }
    let code = ids::read_ticket_code(&code).or_404()?;
    let Some(ticket) = store::ticket_by_code(&app.db, &code).await? else {
        return super::party_pages::show(&app, &page, &code).await;
    };
    let order = store::by_id(&app.db, ticket.order_id).await?.filter(|order| !order.is_held()).or_404()?;
    let event = events::store::by_id(&app.db, ticket.event_id).await?.or_404()?;
    let all = store::tickets(&app.db, order.id).await?;
    let card = cards(&app, &all, |other| other.id == ticket.id)?.pop();
    let place = place_of(&event, card.is_some(), &app);
    let zone = event.zone_elsewhere(&app);
    page.html(&One { page: &page, event: &event, order: &order, place, zone, card })
}

/// `/t/CODE.pdf`: the ticket of a code, or those of a party's.
async fn one_file(app: &App, page: &Page, code: &str) -> Result<Response> {
    let code = ids::read_ticket_code(code).or_404()?;
    let ticket = store::ticket_by_code(&app.db, &code).await?;
    let id = match &ticket {
        Some(ticket) => ticket.order_id,
        None => codes_store::party(&app.db, &code).await?.or_404()?.0,
    };
    let order = store::by_id(&app.db, id).await?.filter(Order::is_confirmed).or_404()?;
    let event = events::store::by_id(&app.db, order.event_id).await?.or_404()?;
    let all = store::tickets(&app.db, id).await?;
    let (tickets, party) = match &ticket {
        Some(ticket) => (all.iter().filter(|one| one.id == ticket.id && one.is_valid()).collect(), None),
        None => (party::tickets(&all).collect(), party::card(app, &order, &all).await?),
    };
    file(app, &Wanted { event: &event, order: &order, all: &all, tickets, party: party.as_ref() }, page.locale).await
}

/// `/orders/ID/tickets.pdf`: all of an order but those that were given away.
pub async fn all(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let (event, order, all) = (&opened.event, &opened.order, &opened.tickets);
    order.is_confirmed().then_some(()).or_404()?;
    let party = party::card(&app, order, all).await?;
    let tickets = party::tickets(all).collect();
    file(&app, &Wanted { event, order, all, tickets, party: party.as_ref() }, page.locale).await
}

async fn file(app: &App, wanted: &Wanted<'_>, locale: Locale) -> Result<Response> {
    (!wanted.tickets.is_empty()).then_some(()).or_404()?;
    let bytes = ticket_files::draw(app, wanted, locale).await?;
    let name = format!("inline; filename=\"{}\"", ticket_files::name(wanted.event));
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CONTENT_DISPOSITION, &name),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    Ok((headers, bytes).into_response())
}
