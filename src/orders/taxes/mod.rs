//! What of an order is tax: its own copy of the rates that it was placed with. What tax a ticket has is in
//! [`super::price`].
pub mod store;
pub mod verify;

use super::Order;
use super::facts::{PlacedTax, PlacedTicket};
use crate::app::App;
use crate::db;
use crate::events::taxes::{Label, TaxRate};
use crate::i18n::Money;
use crate::ids::Id;
use crate::payments::money;

/// All that an order has of one rate.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OrderTax {
    pub order_id: Id<Order>,
    pub tax_rate_id: Id<TaxRate>,
    pub position: i64,
    pub name: String,
    /// Thousandths of a percent.
    pub thousandths: i64,
    pub inclusive: bool,
    /// In minor units of the order's currency.
    pub net: i64,
    pub tax: i64,
    /// Of the order.
    pub currency: String,
}

impl OrderTax {
    pub fn label(&self) -> Label<'_> {
        Label { name: &self.name, thousandths: self.thousandths }
    }
    /// The rate as it was.
    pub(super) fn rate(self, order: &Order) -> TaxRate {
        let Self { tax_rate_id: id, name, thousandths, inclusive, .. } = self;
        TaxRate { id, event_id: order.event_id, name, thousandths, inclusive, made_at: order.placed_at }
    }
    pub fn tax_money(&self) -> Money {
        money(self.tax, &self.currency)
    }
    pub fn net_money(&self) -> Money {
        money(self.net, &self.currency)
    }
}

impl PlacedTax {
    pub(super) fn of(tax: &OrderTax) -> Self {
        Self { rate: tax.tax_rate_id, thousandths: tax.thousandths, inclusive: tax.inclusive }
    }
}

/// The rates of these tickets, in the order in which the event has them, with what they come to.
pub(super) fn of_tickets(
    order: Id<Order>,
    tickets: &[PlacedTicket],
    rates: &[TaxRate],
    currency: &str,
) -> Vec<OrderTax> {
    let of = |(rate, position): (&TaxRate, i64)| {
        let with: Vec<_> = tickets.iter().filter(|ticket| ticket.rate == Some(rate.id)).collect();
        (!with.is_empty()).then(|| OrderTax {
            order_id: order,
            tax_rate_id: rate.id,
            position,
            name: rate.name.clone(),
            thousandths: rate.thousandths,
            inclusive: rate.inclusive,
            net: with.iter().map(|ticket| ticket.price - ticket.tax).sum(),
            tax: with.iter().map(|ticket| ticket.tax).sum(),
            currency: currency.to_owned(),
        })
    };
    rates.iter().zip(0..).filter_map(of).collect()
}

pub async fn of_order(app: &App, order: Id<Order>) -> db::Result<Vec<OrderTax>> {
    store::of_order(&app.db, order).await
}
