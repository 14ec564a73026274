//! The tax rates of an event, and which tickets have which. Orders keep a copy of their own of what they are placed
//! with, so that a rate can be changed, by removing it and naming another, without touching what was bought.
pub mod api;
pub mod forms;
pub mod pages;
pub mod store;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hosting::Result;
use super::{Event, Refusal, TicketType};
use crate::clock::Instant;
use crate::db::{self, On, Tx};
use crate::forms::Errors;
use crate::i18n::{Locale, Percent, Say};
use crate::ids::Id;
use crate::journal::{self, Actor, Fact};

/// How many rates an event has at most.
pub const MOST: usize = 12;
/// A whole price: 100 %.
pub const WHOLE: i64 = 100_000;

/// Nothing in it is about a person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaxRate {
    pub id: Id<TaxRate>,
    pub event_id: Id<Event>,
    /// As receipts call it.
    pub name: String,
    /// Thousandths of a percent: 8.1 % is 8100.
    pub thousandths: i64,
    /// Whether prices hold it already; else it comes on top.
    pub inclusive: bool,
    pub made_at: Instant,
}

impl TaxRate {
    pub fn label(&self) -> Label<'_> {
        Label { name: &self.name, thousandths: self.thousandths }
    }
}

/// "VAT 8.1 %".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    pub name: &'a str,
    pub thousandths: i64,
}

impl Say for Label<'_> {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        t!("{name} {percent}", name = self.name.to_owned(), percent = Percent(self.thousandths)).say(w, l)
    }
}

says!(Label<'_>);

/// All rates of an event with the tickets that have them.
#[derive(Debug, Clone, Default)]
pub struct Taxes {
    pub rates: Vec<TaxRate>,
    of_types: Vec<(Id<TicketType>, Id<TaxRate>)>,
}

impl Taxes {
    /// The rate of a ticket type.
    pub fn of(&self, of: Id<TicketType>) -> Option<&TaxRate> {
        let (_, rate) = self.of_types.iter().find(|(id, _)| *id == of)?;
        self.rates.iter().find(|known| known.id == *rate)
    }
    /// For tests of arithmetic: the types in turn have one of these rates, or none.
    #[cfg(test)]
    pub fn made_of(types: &[Id<TicketType>], rates: &[(i64, bool)]) -> Self {
        let rates: Vec<_> = rates
            .iter()
            .map(|(thousandths, inclusive)| TaxRate {
                id: Id::new(),
                event_id: Id::new(),
                name: "VAT".into(),
                thousandths: *thousandths,
                inclusive: *inclusive,
                made_at: Instant::from_micros(0),
            })
            .collect();
        let turn = |(n, of): (usize, &Id<TicketType>)| Some((*of, rates.get(n % (rates.len() + 1))?.id));
        let of_types = types.iter().enumerate().filter_map(turn).collect();
        Self { of_types, rates }
    }
    fn is_used(&self, rate: Id<TaxRate>) -> bool {
        self.of_types.iter().any(|(_, used)| *used == rate)
    }
}

pub async fn of_event(on: impl Into<On<'_>>, event: Id<Event>) -> db::Result<Taxes> {
    let rows = store::of_event(on, event).await?;
    let mut taxes = Taxes::default();
    for store::Row { rate, ticket_type_id } in rows {
        taxes.of_types.extend(ticket_type_id.map(|of| (of, rate.id)));
        if !taxes.rates.contains(&rate) {
            taxes.rates.push(rate);
        }
    }
    Ok(taxes)
}

/// What happens to the taxes of an event; on its stream. Names stand in the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaxFact {
    TaxRateMade { rate: Id<TaxRate>, thousandths: i64, inclusive: bool },
    TaxRateRemoved { rate: Id<TaxRate> },
    TaxAssigned { ticket_type: Id<TicketType>, rate: Option<Id<TaxRate>> },
}
impl Fact for TaxFact {}

/// What a host says of a new rate.
#[derive(Debug, Clone)]
pub struct Planned {
    pub name: String,
    pub thousandths: i64,
    pub inclusive: bool,
}

/// Refused where the event has one of the same name and percentage: nobody could tell the two apart.
pub async fn make(tx: &mut Tx, event: Id<Event>, planned: &Planned, by: Actor, now: Instant) -> Result<TaxRate> {
    let event = super::store::lock(tx, event).await?.ok_or(Refusal::Gone)?;
    let rates = of_event(&mut *tx, event.id).await?.rates;
    if rates.len() >= MOST {
        return Err(Refusal::Fields(Errors::at("name", t!("An event has {most} tax rates at most.", most = MOST))));
    }
    let name = planned.name.to_lowercase();
    if rates.iter().any(|rate| rate.thousandths == planned.thousandths && rate.name.to_lowercase() == name) {
        let message = t!("This event has a tax of this name and percentage. Choose another name, or use that one.");
        return Err(Refusal::Fields(Errors::at("name", message)));
    }
    let rate = TaxRate {
        id: Id::new(),
        event_id: event.id,
        name: planned.name.clone(),
        thousandths: planned.thousandths,
        inclusive: planned.inclusive,
        made_at: now,
    };
    store::insert(tx, &rate).await?;
    let fact = TaxFact::TaxRateMade { rate: rate.id, thousandths: rate.thousandths, inclusive: rate.inclusive };
    journal::append(tx, &event.stream(), &fact, by, now).await?;
    Ok(rate)
}

/// Removes a rate that no ticket has. False if the event has no such rate.
pub async fn remove(tx: &mut Tx, event: Id<Event>, id: Id<TaxRate>, by: Actor, now: Instant) -> Result<bool> {
    let event = super::store::lock(tx, event).await?.ok_or(Refusal::Gone)?;
    let taxes = of_event(&mut *tx, event.id).await?;
    if !taxes.rates.iter().any(|rate| rate.id == id) {
        return Ok(false);
    }
    if taxes.is_used(id) {
        let message = t!("Tickets have this rate. Choose another one for them first.");
        return Err(Refusal::Fields(Errors::whole(message)));
    }
    store::remove(tx, id).await?;
    journal::append(tx, &event.stream(), &TaxFact::TaxRateRemoved { rate: id }, by, now).await?;
    Ok(true)
}

/// Says which tickets have which rate; who has bought keeps the old one. What is not named stays as it is.
pub async fn assign(
    tx: &mut Tx,
    event: Id<Event>,
    wanted: &[(Id<TicketType>, Option<Id<TaxRate>>)],
    by: Actor,
    now: Instant,
) -> Result<()> {
    let event = super::store::lock(tx, event).await?.ok_or(Refusal::Gone)?;
    let taxes = of_event(&mut *tx, event.id).await?;
    let types = super::store::ticket_types(&mut *tx, event.id).await?;
    for (of, rate) in wanted {
        let known = rate.is_none_or(|rate| taxes.rates.iter().any(|known| known.id == rate));
        if !known || !types.iter().any(|known| known.id == *of) {
            return Err(Refusal::Fields(Errors::whole(t!("Choose one of the options."))));
        }
        if taxes.of(*of).map(|rate| rate.id) != *rate {
            store::assign(tx, *of, *rate).await?;
            let fact = TaxFact::TaxAssigned { ticket_type: *of, rate: *rate };
            journal::append(tx, &event.stream(), &fact, by, now).await?;
        }
    }
    Ok(())
}

/// The rates of an event for its copy; `types` are its ticket types with those of the copy.
pub async fn copy(
    tx: &mut Tx,
    from: Id<Event>,
    to: Id<Event>,
    types: &[(Id<TicketType>, Id<TicketType>)],
    now: Instant,
) -> db::Result<()> {
    let taxes = of_event(&mut *tx, from).await?;
    for rate in &taxes.rates {
        let copied = TaxRate { id: Id::new(), event_id: to, made_at: now, ..rate.clone() };
        store::insert(tx, &copied).await?;
        for (old, new) in types {
            if taxes.of(*old).is_some_and(|of| of.id == rate.id) {
                store::assign(tx, *new, Some(copied.id)).await?;
            }
        }
    }
    Ok(())
}
