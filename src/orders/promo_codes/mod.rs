//! Promo codes of an event: hosts make, list and end them, buyers type one and pay less.
//!
//! A code is used by every order that keeps or has places through it. Uses are counted with the event locked, so that
//! its limit is never exceeded, and an order that ends frees its use by ending.
pub mod api;
pub mod facts;
pub mod forms;
pub mod pages;
pub mod store;
pub mod verify;

use unicode_normalization::UnicodeNormalization;

use super::price::Off;
use super::{Order, Refusal};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::error::Error;
use crate::events::{self, Event, TicketType};
use crate::forms::Message;
use crate::i18n::{Money, Percent};
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::payments::money;
use crate::web::limits::PROMO_GUESS;

pub use facts::PromoFact;

/// The longest code.
pub const LONGEST: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PromoCode {
    pub id: Id<PromoCode>,
    pub event_id: Id<Event>,
    /// As the host wrote it.
    pub code: String,
    /// As it is compared.
    pub code_key: String,
    pub percent: Option<i64>,
    /// In minor units of `currency`.
    pub amount: Option<i64>,
    pub currency: String,
    pub most_uses: Option<i64>,
    /// It counts from here on, and not from `ends_at` on.
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
    /// See [`PromoCode::types`].
    pub types: String,
    pub made_at: Instant,
    pub ended_at: Option<Instant>,
}

/// What a host says of a new code.
#[derive(Debug, Clone)]
pub struct Planned {
    pub code: String,
    pub off: Off,
    pub most_uses: Option<i64>,
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
    /// Empty is all.
    pub types: Vec<Id<TicketType>>,
}

/// A code with what came of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Listed {
    #[sqlx(flatten)]
    pub code: PromoCode,
    /// Orders that have it now.
    pub uses: i64,
    /// What it took off these, in minor units.
    pub discount: i64,
}

/// What a code took off an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    pub code: String,
    pub amount: Money,
}

/// How a code is compared: trimmed, normalised, without case.
pub fn key(typed: &str) -> String {
    typed.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

words! {
    /// How a code stands.
    pub enum Stage {
        Open = "open",
        /// Its time has not come.
        Early = "early",
        /// Its time is over.
        Over = "over",
        /// A host ended it.
        Ended = "ended",
        UsedUp = "used_up",
    }
}

impl PromoCode {
    pub fn off(&self) -> Off {
        match (self.percent, self.amount) {
            (Some(percent), _) => Off::Percent(percent),
            (None, amount) => Off::Amount(amount.unwrap_or_default()),
        }
    }
    /// The ticket types that it is for; empty is all.
    pub fn types(&self) -> Vec<Id<TicketType>> {
        serde_json::from_str(&self.types).unwrap_or_default()
    }
    pub fn is_for(&self, of: Id<TicketType>) -> bool {
        self.types.is_empty() || self.types().contains(&of)
    }
    pub fn stage(&self, uses: i64, now: Instant) -> Stage {
        if self.ended_at.is_some() {
            Stage::Ended
        } else if self.ends_at.is_some_and(|ends| ends <= now) {
            Stage::Over
        } else if self.starts_at.is_some_and(|starts| now < starts) {
            Stage::Early
        } else if self.most_uses.is_some_and(|most| uses >= most) {
            Stage::UsedUp
        } else {
            Stage::Open
        }
    }
    pub fn stream(&self) -> String {
        format!("promo/{}", self.id)
    }
    /// Itself where it counts now, else why it does not. A code whose time has not come is as unknown as one that was
    /// never made.
    fn counting(self, uses: i64, event: &Event, now: Instant) -> Result<Self, Refusal> {
        match self.stage(uses, now) {
            Stage::Early => Err(Refusal::UnknownPromo),
            Stage::Over | Stage::Ended => Err(Refusal::PromoOver),
            Stage::UsedUp => Err(Refusal::PromoUsedUp),
            // An amount of another currency than the event has by now is worth nothing that we could say.
            Stage::Open if self.amount.is_some() && self.currency != event.terms.currency => Err(Refusal::PromoOver),
            Stage::Open => Ok(self),
        }
    }
    fn says(&self) -> Message {
        let code = self.code.clone();
        match self.off() {
            Off::Percent(percent) => {
                let percent = Percent(percent * 1_000);
                Message::new(t!("{code}: {percent} off", code, percent))
            }
            Off::Amount(amount) => {
                let amount = money(amount, &self.currency);
                Message::new(t!("{code}: {amount} off", code, amount))
            }
        }
    }
}

/// The code that somebody typed, if it counts now; none where nothing was typed. Wants the event locked: nobody else
/// uses it up meanwhile.
pub(super) async fn typed(tx: &mut Tx, event: &Event, typed: &str, now: Instant) -> Result<Option<PromoCode>, Refusal> {
    let key = key(typed);
    if key.is_empty() {
        return Ok(None);
    }
    let code = store::by_key(&mut *tx, event.id, &key).await?.ok_or(Refusal::UnknownPromo)?;
    let uses = store::uses(&mut *tx, code.id).await?;
    code.counting(uses, event, now).map(Some)
}

/// What a code does that came with the address of the event's page. It counts as a try, as one that is typed does;
/// whoever tried too many is told nothing, and nobody is where no code could be typed.
pub async fn told(app: &App, event: &Event, typed: &str, whose: &str) -> Result<Option<Message>, Error> {
    let (key, now) = (key(typed), app.clock.now());
    if key.is_empty() || !store::any(&app.db, event.id, now).await? {
        return Ok(None);
    }
    match count_guess(app, event.id, typed, whose).await {
        Ok(()) => {}
        Err(Error::TooMany { .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    let Some(code) = store::by_key(&app.db, event.id, &key).await? else {
        return Ok(Some(Message::new(Refusal::UnknownPromo)));
    };
    let uses = store::uses(&app.db, code.id).await?;
    Ok(Some(code.counting(uses, event, now).map_or_else(Message::new, |code| code.says())))
}

/// Whether an order that has ended could not have its code again: others have used it up. Wants the event locked.
pub(super) async fn is_used_up(tx: &mut Tx, order: &Order) -> Result<bool, Refusal> {
    let Some(id) = order.promo_id else { return Ok(false) };
    let code = store::by_id(&mut *tx, id).await?;
    let uses = store::uses(&mut *tx, id).await?;
    Ok(code.and_then(|code| code.most_uses).is_some_and(|most| uses >= most))
}

/// Counts a try of a code. Only codes that the event does not have count in the end; whoever tried too many of these
/// is told nothing about any other.
pub async fn count_guess(app: &App, event: Id<Event>, typed: &str, whose: &str) -> Result<(), Error> {
    let key = key(typed);
    if key.is_empty() {
        return Ok(());
    }
    let (now, whose) = (app.clock.now(), format!("{whose}/{event}"));
    let over: db::Result<Option<i64>> = decide!(app.db, tx, {
        let over = PROMO_GUESS.take_in(tx, &whose, now).await?;
        if over.is_none() && store::by_key(&mut *tx, event, &key).await?.is_some() {
            PROMO_GUESS.give_back(tx, &whose, now).await?;
        }
        Ok(over)
    });
    over?.map_or(Ok(()), |wait_seconds| Err(Error::TooMany { wait_seconds }))
}

/// What a code took off an order, if it had one.
pub async fn reduction(app: &App, order: &Order) -> db::Result<Option<Reduction>> {
    let Some(id) = order.promo_id else { return Ok(None) };
    let code = store::by_id(&app.db, id).await?;
    Ok(code.map(|code| Reduction { code: code.code, amount: money(order.discount, &order.currency) }))
}

/// Makes a code for an event. Refused where the event has, or had, one that is written the same.
pub async fn make(
    tx: &mut Tx,
    event: Id<Event>,
    planned: &Planned,
    by: Actor,
    now: Instant,
) -> Result<PromoCode, Refusal> {
    let event = events::store::lock(tx, event).await?.ok_or(Refusal::NotOpen)?;
    let written = if planned.code.is_empty() { ids::ticket_code() } else { planned.code.clone() };
    let (percent, amount) = match planned.off {
        Off::Percent(percent) => (Some(percent), None),
        Off::Amount(amount) => (None, Some(amount)),
    };
    let types = if planned.types.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&planned.types).map_err(|error| Refusal::Broken(error.into()))?
    };
    let code = PromoCode {
        id: Id::new(),
        event_id: event.id,
        code_key: key(&written),
        code: written,
        percent,
        amount,
        currency: event.terms.currency,
        most_uses: planned.most_uses,
        starts_at: planned.starts_at,
        ends_at: planned.ends_at,
        types,
        made_at: now,
        ended_at: None,
    };
    if !store::insert(tx, &code).await? {
        return Err(Refusal::PromoExists);
    }
    journal::append(tx, &code.stream(), &PromoFact::made(&code), by, now).await?;
    Ok(code)
}

/// Takes a code out of use; orders that have it keep what they were promised. Twice is as good as once. None if the
/// event has no such code.
pub async fn end(
    tx: &mut Tx,
    event: Id<Event>,
    id: Id<PromoCode>,
    by: Actor,
    now: Instant,
) -> Result<Option<PromoCode>, Refusal> {
    events::store::lock(tx, event).await?.ok_or(Refusal::NotOpen)?;
    let Some(mut code) = store::by_id(&mut *tx, id).await?.filter(|code| code.event_id == event) else {
        return Ok(None);
    };
    if code.ended_at.is_none() {
        store::end(tx, id, now).await?;
        journal::append(tx, &code.stream(), &PromoFact::PromoCodeEnded, by, now).await?;
        code.ended_at = Some(now);
    }
    Ok(Some(code))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn codes_are_compared_trimmed_normalised_and_without_case() {
        assert_eq!(key("  Winter10 "), key("WINTER10"));
        assert_eq!(key("ＷINTER１０"), "winter10");
        assert_eq!(key(" \t"), "");
        assert_ne!(key("winter1"), key("winter10"));
    }
}
