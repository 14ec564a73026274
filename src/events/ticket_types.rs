//! What one can take at an event, and how much of it is left.
use super::Event;
use crate::clock::Instant;
use crate::i18n::{Currency, Money};
use crate::ids::Id;

words! {
    /// Whether a price is asked, or given as people like from a least amount on.
    pub enum Pricing { Fixed = "fixed", Donation = "donation" }
}

/// What one can take at an event.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TicketType {
    pub id: Id<TicketType>,
    pub event_id: Id<Event>,
    pub name: String,
    pub position: i64,
    /// In minor units of `currency`; 0 is free. Of a donation: the least one gives.
    pub price: i64,
    pub pricing: Pricing,
    /// What stands in a donation's field.
    pub suggested: i64,
    pub currency: String,
    pub capacity: Option<i64>,
    /// Places of this type in one order at most.
    pub per_order: i64,
    pub sales_from: Option<Instant>,
    pub sales_until: Option<Instant>,
    pub sold: i64,
    pub held: i64,
}

impl TicketType {
    /// Places left of this type alone; `None` without a capacity.
    pub fn left(&self) -> Option<i64> {
        self.capacity.map(|capacity| (capacity - self.sold - self.held).max(0))
    }
    /// An amount in the currency of this type.
    pub fn money(&self, minor: i64) -> Money {
        Money { minor, currency: Currency::new(&self.currency).unwrap_or(Currency::NONE) }
    }
    /// Whether it may cost something.
    pub fn is_paid(&self) -> bool {
        self.price > 0 || self.pricing == Pricing::Donation
    }
    pub fn on_sale(&self, now: Instant) -> bool {
        self.sales_from.is_none_or(|from| from <= now) && self.sales_until.is_none_or(|until| now < until)
    }
}

/// Whether whoever wants a place of a type may take one now, if there is one.
pub fn is_open(event: &Event, of: &TicketType, now: Instant) -> bool {
    let takes = event.is_published() && !event.is_cancelled() && !event.is_past(now);
    takes && event.closes_at.is_none_or(|closes| now < closes) && of.on_sale(now)
}

/// Places that can still be taken of a type within its event: `None` is any number.
pub fn left(event: &Event, of: &TicketType) -> Option<i64> {
    [event.left(), of.left()].into_iter().flatten().min()
}

/// Places left of an event over all its ticket types: `None` is any number.
pub fn left_in_all(event: &Event, types: &[TicketType]) -> Option<i64> {
    let of_types = types.iter().map(TicketType::left).sum::<Option<i64>>();
    [event.left(), of_types].into_iter().flatten().min()
}
