//! Orders and what belongs to them, as programs read them.
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock::Instant;
use crate::events::Event;
use crate::events::api::civil;
use crate::orders::Ticket;
use crate::orders::taxes::OrderTax;

/// One act of taking places.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderJson {
    pub id: String,
    /// What people say to each other.
    #[schema(example = "M-1F2E3D4C")]
    pub number: String,
    /// `held`, `confirmed`, `refunding` (given back, the money is on its way), `cancelled` or `ended`.
    #[schema(example = "confirmed")]
    pub state: &'static str,
    pub held_until: Option<String>,
    pub event: OrderEventJson,
    /// Places that it has now.
    pub places: i64,
    /// In minor units of the currency.
    pub total: i64,
    pub currency: String,
    /// The promo code that it was placed with, and what that took off; `total` is without it.
    pub promo_code: Option<String>,
    pub discount: i64,
    /// What of the total is tax, by the rates that it was placed with.
    pub taxes: Vec<OrderTaxJson>,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub placed_at: String,
    /// How much of what was paid comes back to who gives places back in time, in percent: what the event says, or all
    /// of it where its date or place was moved after this order was placed.
    #[schema(example = 100)]
    pub refund_percent: i64,
    /// Until when they can be given back.
    #[schema(example = "2026-12-05T19:30:00+01:00")]
    pub refund_until: String,
    pub tickets: Vec<TicketJson>,
    /// The page for people, where it is also paid. A guest's carries the key that opens it: keep it secret.
    pub url: String,
}

/// What of an order is tax of one rate.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderTaxJson {
    #[schema(example = "VAT")]
    pub name: String,
    /// Thousandths of a percent: 8.1 % is 8100.
    #[schema(example = 8100)]
    pub thousandths: i64,
    /// Whether prices hold it; else it came on top.
    pub inclusive: bool,
    /// In minor units of the order's currency.
    pub net: i64,
    pub tax: i64,
}

impl OrderTaxJson {
    pub(super) fn of(tax: OrderTax) -> Self {
        let OrderTax { name, thousandths, inclusive, net, tax, .. } = tax;
        Self { name, thousandths, inclusive, net, tax }
    }
}

/// What an order or a ticket is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderEventJson {
    #[schema(example = "repair-cafe")]
    pub slug: String,
    #[schema(example = "Repair café")]
    pub title: String,
    #[schema(example = "2026-12-05T19:30:00+01:00")]
    pub starts: String,
    pub url: String,
}

impl OrderEventJson {
    pub(in crate::orders) fn of(app: &App, event: &Event) -> Self {
        Self {
            starts: civil(event, event.starts_at),
            url: app.config.url(&event.path()),
            slug: event.slug.clone(),
            title: event.title.clone(),
        }
    }
}

/// One place for one attendee.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketJson {
    pub id: String,
    #[serde(rename = "type")]
    #[schema(example = "Standard")]
    pub kind: String,
    /// What is paid for it, in minor units of the order's currency.
    pub price: i64,
    /// Empty when a companion's name is not known yet.
    pub name: String,
    pub email: String,
    /// `held`, `valid`, `refunding` or `cancelled`.
    #[schema(example = "valid")]
    pub state: &'static str,
    /// What the door asks for; empty when the ticket was given to somebody else.
    #[schema(example = "7Q4M-K2XD-91VN")]
    pub code: String,
    /// What its QR code holds; opening it checks nobody in.
    pub url: String,
    /// How often it was given to somebody, with a new code each time: say it when you give it.
    pub code_version: i64,
    pub checked_in_at: Option<String>,
}

impl TicketJson {
    pub(super) fn of(app: &App, ticket: Ticket) -> Self {
        let shown = !ticket.is_given();
        Self {
            url: if shown { ticket.url(app) } else { String::new() },
            id: ticket.id.to_string(),
            kind: ticket.type_name,
            price: ticket.price,
            name: ticket.name,
            email: ticket.email,
            state: ticket.state.word(),
            code: if shown { ticket.code } else { String::new() },
            code_version: ticket.code_version,
            checked_in_at: ticket.checked_in_at.map(Instant::rfc3339),
        }
    }
}

/// What a guest is told: the same, whether the address has places there or not.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitsJson {
    /// Always `held`.
    #[schema(example = "held")]
    pub state: &'static str,
    /// Until then the link in the mail confirms the places.
    #[schema(example = "2026-11-21T19:00:00Z")]
    pub held_until: String,
    /// A sentence for a person.
    pub message: String,
}
