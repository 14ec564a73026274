//! What a buyer gets who gives places back, and until when: the one place that says it.
use super::{Order, Ticket, price};
use crate::clock::Instant;
use crate::events::Event;
use crate::payments;

/// What holds for the places of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundRule {
    /// Until when they can be given back.
    pub until: Instant,
    /// How much of what was paid for them comes back, in percent.
    pub percent: i64,
    /// The event was moved after they were ordered.
    pub moved: bool,
}

impl RefundRule {
    /// What the host says; but whoever ordered for another day or another place gets all back until it begins.
    pub fn of(event: &Event, order: &Order) -> Self {
        match event.moved_at {
            Some(moved_at) if order.placed_at <= moved_at => Self { until: event.starts_at, percent: 100, moved: true },
            _ => Self { until: event.cancel_until(), percent: event.terms.refund_percent, moved: false },
        }
    }
    pub fn is_over(self, now: Instant) -> bool {
        self.until <= now
    }
    /// What comes back with these tickets of the order, in what can be paid.
    pub fn back(self, order: &Order, tickets: &[&Ticket]) -> i64 {
        let price = tickets.iter().map(|ticket| ticket.price).sum();
        price::share(price, self.percent, payments::money(price, &order.currency).currency)
    }
}
