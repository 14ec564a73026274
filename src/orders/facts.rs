//! What happens to an order. Old facts are read for ever: variants and fields are only ever added.
use serde::{Deserialize, Serialize};

use super::{Hold, PromoCode, Ticket};
use crate::clock::Instant;
use crate::events::taxes::TaxRate;
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::journal::Fact;
use crate::members::Member;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderFact {
    OrderPlaced {
        order: Id<super::Order>,
        event: Id<Event>,
        member: Option<Id<Member>>,
        tickets: Vec<PlacedTicket>,
        /// In minor units of `currency`.
        total: i64,
        currency: String,
        /// Without one the order is confirmed at once.
        hold: Option<PlacedHold>,
        /// The code that was typed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promo: Option<Id<PromoCode>>,
        /// The rates of its tickets as they were; their names stand apart.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        taxes: Vec<PlacedTax>,
        /// Names the version of the site's terms that held then.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        terms: String,
    },
    OrderConfirmed,
    HoldEnded,
    OrderCancelled,
    /// One ticket of several; the last one cancels the order instead.
    TicketCancelled {
        ticket: Id<Ticket>,
    },
    /// A guest's order became a member's, who proved the address.
    OrderClaimed {
        member: Id<Member>,
    },
    /// Somebody wrote who comes; the names stand apart.
    AttendeesNamed,
    CheckedIn {
        ticket: Id<Ticket>,
    },
    CheckInUndone {
        ticket: Id<Ticket>,
    },
    /// Its places are kept for another reason, and until another instant.
    HoldChanged {
        hold: Hold,
        until: Instant,
    },
    /// These let nobody in any more; their places are free once the money is given back.
    RefundBegun {
        tickets: Vec<Id<Ticket>>,
    },
    /// The money of these was given back, and their places are free.
    RefundEnded {
        tickets: Vec<Id<Ticket>>,
    },
    /// Money came after the hold had ended, and there was room.
    OrderRevived,
    /// A promo code was put on before it was paid, or taken off, or another amount is given for places that were
    /// offered: this is what it costs from now on.
    OrderRepriced {
        tickets: Vec<PlacedTicket>,
        /// In minor units of the order's currency.
        total: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promo: Option<Id<PromoCode>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        taxes: Vec<PlacedTax>,
    },
    /// It has a new code, and whoever had the old one has none; to whom it went stands apart.
    TicketGiven {
        ticket: Id<Ticket>,
    },
}
impl Fact for OrderFact {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedTicket {
    pub id: Id<Ticket>,
    #[serde(rename = "type")]
    pub ticket_type: Id<TicketType>,
    /// What is to be paid for it, in minor units of the order's currency.
    #[serde(default)]
    pub price: i64,
    /// What a promo code took off before.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub discount: i64,
    /// What of its price is tax.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tax: i64,
    /// How much of that came on top of what the host asks.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub added: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Id<TaxRate>>,
}

/// A tax rate as it was when an order was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedTax {
    pub rate: Id<TaxRate>,
    /// Thousandths of a percent.
    pub thousandths: i64,
    pub inclusive: bool,
}

fn is_nothing(n: &i64) -> bool {
    *n == 0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedHold {
    pub hold: Hold,
    pub until: Instant,
}

/// What members answer without taking places; on the stream of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerFact {
    Answered { member: Id<Member>, answer: super::forms::Answer },
}
impl Fact for AnswerFact {}
