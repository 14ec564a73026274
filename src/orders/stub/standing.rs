//! Whether places can be taken now, and why not.
use jiff::Zoned;

use super::{Choice, Sale};
use crate::clock::Instant;
use crate::events::{Event, TicketType};
use crate::members::Member;
use crate::orders::Order;

/// What can be done about places now, by whoever looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Draft,
    Cancelled,
    Past,
    Closed,
    /// Nothing can be taken before this.
    Upcoming(Zoned),
    /// Every ticket type's sales are over.
    OffSale,
    /// Or held for whoever looks: the waiting list says which.
    Full,
    NeedsAccount,
    /// Whoever looks has places.
    Going(Going),
    Open,
}

/// The places of whoever looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// The one that waits to be paid, else the first.
    pub order: Order,
    /// Places of all their confirmed orders.
    pub places: i64,
    /// Whether there are several such orders.
    pub several: bool,
    /// What costs something can be bought again.
    pub more: bool,
}

pub(super) fn of(
    event: &Event,
    types: &[TicketType],
    choices: &[Choice],
    me: Option<&Member>,
    orders: &[Order],
    now: Instant,
) -> Standing {
    if event.is_cancelled() {
        return Standing::Cancelled;
    }
    if event.is_past(now) {
        return Standing::Past;
    }
    let closed = event.closes_at.is_some_and(|closes| closes <= now);
    if let Some(order) = orders.first() {
        let confirmed = || orders.iter().filter(|order| order.is_confirmed());
        let on_sale = choices.iter().any(|choice| choice.is_open() && choice.costs());
        return Standing::Going(Going {
            order: order.clone(),
            places: confirmed().map(|order| order.places).sum(),
            several: confirmed().count() > 1,
            more: order.is_confirmed() && event.is_published() && !closed && on_sale,
        });
    }
    if event.is_draft() {
        return Standing::Draft;
    }
    if closed {
        return Standing::Closed;
    }
    if !choices.iter().any(|choice| matches!(choice.sale, Sale::Open | Sale::Full)) {
        let opens = types.iter().filter_map(|of| of.sales_from).filter(|from| *from > now).min();
        return opens.map_or(Standing::OffSale, |from| Standing::Upcoming(from.in_zone(&event.time_zone())));
    }
    if !choices.iter().any(Choice::is_open) {
        return Standing::Full;
    }
    if event.account_required && me.is_none() { Standing::NeedsAccount } else { Standing::Open }
}
