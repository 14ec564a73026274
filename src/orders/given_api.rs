//! Tickets that others gave to who calls.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::api::OrderEventJson;
use super::{Ticket, mine, store};
use crate::api::answers::{Fail, Listed, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::events::{self, Event};
use crate::web::Query;

/// A ticket of somebody else's order: that order, and what was paid for it, are its buyer's to see.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenTicketJson {
    pub id: String,
    pub event: OrderEventJson,
    /// Whether the event was cancelled.
    pub event_cancelled: bool,
    #[serde(rename = "type")]
    #[schema(example = "Standard")]
    pub kind: String,
    /// Who comes with it, as the giver wrote it.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// What the door asks for.
    #[schema(example = "7Q4M-K2XD-91VN")]
    pub code: String,
    /// What its QR code holds; opening it checks nobody in.
    pub url: String,
    /// RFC 3339.
    pub checked_in_at: Option<String>,
}

impl GivenTicketJson {
    fn of(app: &App, event: &Event, ticket: Ticket) -> Self {
        Self {
            id: ticket.id.to_string(),
            event: OrderEventJson::of(app, event),
            event_cancelled: event.is_cancelled(),
            url: ticket.url(app),
            kind: ticket.type_name,
            name: ticket.name,
            code: ticket.code,
            checked_in_at: ticket.checked_in_at.map(Instant::rfc3339),
        }
    }
}

/// Tickets that were given to me, the latest first
///
/// Each has the code that the door asks for. One that is taken back, given to somebody else or cancelled is not in the
/// list any more. Places that I took myself are in `/api/v1/me/orders`.
#[utoipa::path(get, path = "/api/v1/me/tickets", tag = "Places", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<GivenTicketJson>>), (status = 401, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let (_, behind) = span.before();
    let tickets = match mine::address(&me) {
        Some(address) => store::given_to(&app.db, address, &behind, span.rows()).await?,
        None => Vec::new(),
    };
    let mut shown = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let event = events::store::by_id(&app.db, ticket.event_id).await?.or_404()?;
        shown.push(GivenTicketJson::of(&app, &event, ticket));
    }
    // Their ids say which is later, so the instant of the cursor says nothing.
    ok(span.page(shown, |ticket| (Instant::from_micros(0), ticket.id.clone()), |ticket| ticket))
}
