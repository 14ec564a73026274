//! The people who come, as hosts see them: finding, adding, removing and telling them.
pub mod store;

use super::ending::{self, By};
use super::{Buyer, Order, Refusal, Taken, Ticket, Way, Wish};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{Db, DbError, Tx};
use crate::events::{self, Event, TicketType};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::journal::Actor;
use crate::letters::Letter;

pub use store::Guest;

/// Orders that end, or readers that are told, in one transaction.
const BATCH: i64 = 100;

impl Guest {
    /// The attendee, or whose company it is.
    pub fn shown(&self) -> &str {
        [&self.name, &self.buyer_name, &self.buyer_email]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("", |name| name)
    }
    /// Somebody's companion whose name is not known.
    pub fn is_nameless(&self) -> bool {
        self.name.is_empty()
    }
    pub fn mail(&self) -> &str {
        if self.email.is_empty() { &self.buyer_email } else { &self.email }
    }
    pub fn is_in(&self) -> bool {
        self.checked_in_at.is_some()
    }
    pub fn is_valid(&self) -> bool {
        self.state == super::TicketState::Valid
    }
    pub fn is_held(&self) -> bool {
        self.state == super::TicketState::Held
    }
    /// Kept for somebody who pays at the door or by transfer, and has not.
    pub fn is_owed(&self) -> bool {
        self.is_held() && self.hold == Some(super::Hold::Owed)
    }
    /// What the whole order costs.
    pub fn money(&self) -> crate::i18n::Money {
        crate::payments::money(self.total, &self.currency)
    }
    pub fn is_cancelled(&self) -> bool {
        self.state == super::TicketState::Cancelled
    }
}

/// Which places a host asks for.
#[derive(Debug, Clone, Default)]
pub struct Search<'a> {
    /// Part of a name, an address or a code.
    pub q: &'a str,
    /// '', `in`, `out`, `held` or `cancelled`.
    pub state: &'a str,
}

impl Search<'_> {
    fn like(&self) -> String {
        let q = self.q.trim();
        if q.is_empty() {
            return String::new();
        }
        // A code may come as an address, or without its hyphens.
        let q = ids::read_ticket_code(q).unwrap_or_else(|| q.to_owned());
        let escaped = q.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{escaped}%")
    }
}

pub async fn list(
    db: &Db,
    event: Id<Event>,
    search: &Search<'_>,
    limit: i64,
    offset: i64,
) -> Result<Vec<Guest>, DbError> {
    store::list(db, event, &search.like(), search.state, limit, offset).await
}

pub async fn count(db: &Db, event: Id<Event>, search: &Search<'_>) -> Result<i64, DbError> {
    store::count(db, event, &search.like(), search.state).await
}

/// A place for somebody from the host's hand, confirmed at once and mailed.
pub async fn add(
    tx: &mut Tx,
    event: Id<Event>,
    of: Id<TicketType>,
    (name, email): (&str, &Email),
    locale: Locale,
    by: Actor,
    now: Instant,
) -> Result<Taken, Refusal> {
    let wish = Wish {
        event,
        buyer: Buyer::Guest { name: name.to_owned(), email: email.clone(), locale },
        way: Way::Host,
        actor: by,
        places: vec![(of, 1)],
        amounts: Vec::new(),
        pay_later: false,
        attendees: vec![(name.to_owned(), email.address.clone())],
        form: None,
    };
    super::take(tx, &wish, now).await
}

/// Takes a place away, at any time. Doing it twice frees it once.
pub async fn remove(tx: &mut Tx, event: Id<Event>, ticket: Id<Ticket>, by: Actor, now: Instant) -> Result<(), Refusal> {
    let guest = store::guest(&mut *tx, event, ticket).await?.ok_or(Refusal::NotLive)?;
    super::cancel_ticket(tx, guest.ticket_id, By::Host(by), now).await.map(drop)
}

/// Mails the tickets of a place's order once more.
pub async fn mail_again(tx: &mut Tx, event: Id<Event>, ticket: Id<Ticket>, now: Instant) -> Result<(), Refusal> {
    let guest =
        store::guest(&mut *tx, event, ticket).await?.filter(|guest| !guest.is_cancelled()).ok_or(Refusal::NotLive)?;
    let order = super::store::by_id(&mut *tx, guest.order_id).await?.ok_or(Refusal::NotLive)?;
    let id = order.id;
    let letter = if order.is_held() { Letter::ConfirmPlaces { order: id } } else { Letter::Tickets { order: id } };
    ending::write_to_buyer(tx, &order, letter, now).await
}

/// Ends all live orders of a cancelled event. What was done stays done when it is stopped in between.
pub async fn cancel_all(app: &App, event: Id<Event>) -> anyhow::Result<()> {
    loop {
        let now = app.clock.now();
        let done = decide!(app.db, tx, cancel_some(tx, event, now).await);
        match done {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Refusal::Broken(error)) => return Err(error),
            Err(refusal) => anyhow::bail!("{refusal}"),
        }
    }
}

async fn cancel_some(tx: &mut Tx, event: Id<Event>, now: Instant) -> Result<usize, Refusal> {
    let live = store::some_live(&mut *tx, event, BATCH).await?;
    for (order,) in &live {
        super::cancel(tx, *order, By::Host(Actor::Site), now).await?;
    }
    Ok(live.len())
}

/// Writes to holders that the event has moved: one batch, and a job for the next.
pub async fn tell_holders(app: &App, event: Id<Event>, after: Option<Id<Order>>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let told = decide!(app.db, tx, tell_some(tx, event, after, now).await);
    match told {
        Ok(()) => Ok(()),
        Err(Refusal::Broken(error)) => Err(error),
        Err(refusal) => anyhow::bail!("{refusal}"),
    }
}

async fn tell_some(tx: &mut Tx, event: Id<Event>, after: Option<Id<Order>>, now: Instant) -> Result<(), Refusal> {
    let from = after.map_or_else(String::new, |id| id.to_string());
    let orders = store::confirmed(&mut *tx, event, &from, BATCH).await?;
    let Some(event) = events::store::by_id(&mut *tx, event).await? else { return Ok(()) };
    for order in &orders {
        super::telling::event_changed(tx, &event, order, now).await?;
    }
    if let Some(last) = orders.last() {
        jobs::enqueue(tx, Job::TellHolders { event: event.id, after: Some(last.id) }, now).await?;
    }
    Ok(())
}
