//! What an event took: in all, by ticket type, over time; and what the site owes its hosts.
pub mod chart;
pub mod file_pages;
pub mod store;

use std::collections::HashMap;

use super::money;
use crate::app::App;
use crate::clock::Instant;
use crate::db::{Result, Tx};
use crate::events::taxes::Label;
use crate::events::{Event, TicketType};
use crate::i18n::Money;
use crate::ids::Id;

pub use chart::{Chart, Sold};

/// Money of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    pub gross: Money,
    pub refunded: Money,
    /// What buyers' banks took back.
    pub lost: Money,
    pub net: Money,
}

/// What of the sold tickets is tax of one rate.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Taxed {
    name: String,
    thousandths: i64,
    currency: String,
    net: i64,
    tax: i64,
}

impl Taxed {
    pub fn label(&self) -> Label<'_> {
        Label { name: &self.name, thousandths: self.thousandths }
    }
    pub fn net(&self) -> Money {
        money(self.net, &self.currency)
    }
    pub fn tax(&self) -> Money {
        money(self.tax, &self.currency)
    }
}

/// The money of one event.
#[derive(Debug)]
pub struct Takings {
    /// One for each currency that was paid in; almost always one.
    pub sums: Vec<Sum>,
    pub refunds_asked: i64,
    by_type: HashMap<Id<TicketType>, i64>,
    /// What promo codes took off what is sold.
    discount: i64,
    /// What of the sold tickets is tax.
    pub taxes: Vec<Taxed>,
    currency: String,
    /// None while nothing is sold.
    pub chart: Option<Chart>,
}

impl Takings {
    pub fn of_type(&self, of: &TicketType) -> Money {
        money(self.by_type.get(&of.id).copied().unwrap_or_default(), &self.currency)
    }
    pub fn discount(&self) -> Money {
        money(self.discount, &self.currency)
    }
    pub fn price(&self, of: &TicketType) -> Money {
        money(of.price, &self.currency)
    }
    pub fn any(&self) -> bool {
        !self.sums.is_empty()
    }
}

/// What was paid, given back and lost in all, by currency.
pub async fn sums(tx: &mut Tx, event: &Event) -> Result<Vec<Sum>> {
    let sums = store::sums(tx, event.id).await?.into_iter().map(|(currency, gross, refunded, lost)| Sum {
        gross: money(gross, &currency),
        refunded: money(refunded, &currency),
        lost: money(lost, &currency),
        net: money(gross - refunded - lost, &currency),
    });
    Ok(sums.collect())
}

/// What was paid and would go back to the buyers if all places were given back, by currency.
pub async fn goes_back(app: &App, event: &Event) -> Result<Vec<Money>> {
    let sums = sums(&mut app.db.read().await?, event).await?;
    Ok(sums.into_iter().map(|sum| sum.net).filter(|net| net.minor > 0).collect())
}

/// Of an event with these ticket types.
pub async fn of(app: &App, event: &Event, types: &[TicketType]) -> Result<Takings> {
    let mut tx = app.db.read().await?;
    let sums = sums(&mut tx, event).await?;
    let refunds_asked = store::refunds_asked(&mut tx, event.id).await?;
    let by_type = store::by_type(&mut tx, event.id).await?.into_iter().collect();
    let discount = store::discount(&mut tx, event.id).await?;
    let taxes = store::taxes(&mut tx, event.id).await?;
    let sold = store::sold(&mut tx, event.id).await?;
    tx.commit().await?;
    let currency = event.terms.currency.clone();
    let zone = event.time_zone();
    let place = |id: Id<TicketType>| types.iter().position(|of| of.id == id).unwrap_or_default();
    let sold = sold.into_iter().map(|(at, of, places, price)| {
        let on = at.in_zone(&zone).date();
        Sold { on, of: place(of), places, price }
    });
    let chart = Chart::of(&sold.collect::<Vec<_>>(), types.len().max(1), event.capacity, &currency);
    Ok(Takings { sums, refunds_asked, by_type, discount, taxes, currency, chart })
}

/// A line of the payout report: what the site took for an event, and so owes its owner.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Owed {
    pub slug: String,
    pub title: String,
    pub host: String,
    pub email: String,
    pub currency: String,
    pub taken: i64,
    pub returned: i64,
    /// What buyers' banks took back.
    pub lost: i64,
    /// What the host took at the door or by transfer, less what was given back of it.
    pub by_host: i64,
}

/// What is owed to whom for a period.
pub async fn owed(app: &App, from: Instant, until: Instant) -> Result<Vec<Owed>> {
    store::owed(&app.db, from, until).await
}
