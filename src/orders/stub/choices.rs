//! What one can choose of an event: its ticket types, and how many places of each.
use jiff::Zoned;

use crate::clock::Instant;
use crate::events::taxes::{TaxRate, Taxes};
use crate::events::{self, Event, Pricing, TicketType};
use crate::i18n::Money;
use crate::money;
use crate::orders::price;

/// Whether places of one type can be taken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sale {
    Open,
    Full,
    Soon(Zoned),
    Over(Zoned),
}

/// One ticket type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub name: String,
    /// `None` is any number.
    pub left: Option<i64>,
    /// Places of it in one order.
    pub most: i64,
    /// Of a donation the least.
    pub price: Money,
    pricing: Pricing,
    pub(super) suggested: i64,
    pub tax: Option<TaxRate>,
    pub sale: Sale,
}

impl Choice {
    pub fn field(&self) -> String {
        format!("places-{}", self.id)
    }
    /// Where the amount of a donation is typed.
    pub fn amount_field(&self) -> String {
        format!("amount-{}", self.id)
    }
    pub fn is_open(&self) -> bool {
        self.sale == Sale::Open
    }
    /// Places left, where they are worth a word: of free types always.
    pub fn left_shown(&self, paid: bool) -> Option<i64> {
        self.left.filter(|left| !paid || *left <= 20)
    }
    pub(super) fn costs(&self) -> bool {
        self.price.minor > 0 || self.is_donation()
    }
    pub fn is_donation(&self) -> bool {
        self.pricing == Pricing::Donation
    }
    /// Tax that comes on top, in thousandths of a percent.
    pub fn tax_on_top(&self) -> Option<i64> {
        self.tax.as_ref().filter(|tax| !tax.inclusive).map(|tax| tax.thousandths)
    }
    /// How many of the finest step in which is paid make one unit of the currency: tax is rounded to it.
    pub fn steps(&self) -> i64 {
        10_i64.pow(self.price.currency.exponent().into()) / money::step(self.price.currency)
    }
    /// For programs: "12.50", with tax that comes on top.
    pub fn decimal_price(&self) -> String {
        let Money { minor, currency } = self.price;
        let added = self.tax_on_top().map_or(0, |tax| price::tax_of(minor, tax, false, currency));
        money::decimal(minor + added, currency)
    }
    /// From `least` to what one order may take.
    pub fn numbers(&self, least: i64) -> std::ops::RangeInclusive<i64> {
        least..=self.most.max(least)
    }
}

pub(super) fn of(event: &Event, types: &[TicketType], taxes: &Taxes, now: Instant) -> Vec<Choice> {
    let choice = |of: &TicketType| {
        let left = events::left(event, of);
        let most = of.per_order.min(1 + event.plus_ones).min(left.unwrap_or(i64::MAX));
        Choice {
            id: of.id.to_string(),
            name: of.name.clone(),
            left,
            most,
            price: of.money(of.price),
            pricing: of.pricing,
            suggested: of.suggested,
            tax: taxes.of(of.id).cloned(),
            sale: sale(event, of, now),
        }
    };
    types.iter().map(choice).collect()
}

fn sale(event: &Event, of: &TicketType, now: Instant) -> Sale {
    let zone = event.time_zone();
    match (of.sales_from, of.sales_until) {
        (_, Some(until)) if until <= now => Sale::Over(until.in_zone(&zone)),
        (Some(from), _) if now < from => Sale::Soon(from.in_zone(&zone)),
        _ if events::left(event, of) == Some(0) => Sale::Full,
        _ => Sale::Open,
    }
}

/// Places in one order, of whatever types.
pub(super) fn most_in_one(event: &Event, choices: &[Choice]) -> i64 {
    let of_types = choices.iter().filter(|choice| choice.is_open()).fold(0_i64, |sum, of| sum.saturating_add(of.most));
    of_types.min(1 + event.plus_ones).max(1)
}
