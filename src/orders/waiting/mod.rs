//! The waiting list of an event: parties that want places, in the order in which they joined.
//!
//! A party's state follows from its facts alone; who they are stands in a table of its own.
pub mod api;
pub mod facts;
pub mod forms;
pub mod host_pages;
pub mod joining;
pub mod letters;
pub mod pages;
pub mod passing;
pub mod store;
pub mod stub;
pub mod verify;

use std::collections::HashMap;

use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Db, On, Tx};
use crate::events::{self, Event, TicketType};
use crate::i18n::Locale;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::{self as mails, Letter, Reader};
use crate::members::Member;
use crate::orders::Order;
use crate::web::signing;

pub use facts::WaitingFact;
pub use joining::{Joined, Joining, claim, confirm, join, leave, not_welcome, remove};
pub use passing::{order_confirmed, order_freed, pass_on};
pub use store::Waiters;

words! {
    pub enum PartyState {
        /// A guest who has yet to use the mailed link; counts for nothing.
        Asked = "asked",
        Waiting = "waiting",
        /// Places are held for it.
        Offered = "offered",
        Served = "served",
        /// Its offer was not used in time.
        Passed = "passed",
        /// By themselves.
        Left = "left",
        /// By a host.
        Removed = "removed",
        /// The event is over or cancelled, or the ticket type gone.
        Closed = "closed",
        /// The mailed link was never used.
        Lapsed = "lapsed",
    }
}

/// How long a first party that needs more than is free keeps smaller ones from passing.
pub const BLOCK: jiff::SignedDuration = crate::clock::hours(1);
/// How long the link is good by which a guest joins. It keeps no place, so it may be long.
pub const CONFIRM: jiff::SignedDuration = crate::clock::hours(24);

/// Somebody who waits, with those who come along.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Party {
    pub id: Id<Party>,
    pub event_id: Id<Event>,
    pub member_id: Option<Id<Member>>,
    pub ticket_type_id: Id<TicketType>,
    pub places: i64,
    pub state: PartyState,
    pub joined_at: Instant,
    /// What was offered or given.
    pub order_id: Option<Id<Order>>,
    pub ended_at: Option<Instant>,
}

/// Who waits.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    pub party_id: Id<Party>,
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub locale: String,
    /// Names, one a line.
    pub companions: String,
}

impl Party {
    pub fn stream(&self) -> String {
        format!("waiting/{}", self.id)
    }
    pub fn is_waiting(&self) -> bool {
        self.state == PartyState::Waiting
    }
    pub fn is_offered(&self) -> bool {
        self.state == PartyState::Offered
    }
    /// On the list, or with an offer in hand.
    pub fn is_live(&self) -> bool {
        self.is_waiting() || self.is_offered()
    }
    /// The address that shows this party to whoever has it: what mails carry.
    pub fn secret_path(&self, app: &App, event: &Event) -> String {
        let key = signing::key(app, "waiting", &self.id.to_string());
        format!("{}?party={}&key={key}", path(event), self.id)
    }
    /// What the mailed link to join carries.
    pub fn confirm_path(&self, app: &App) -> String {
        format!("/waiting/{}.{}", self.id, signing::key(app, "join", &self.id.to_string()))
    }
}

impl Person {
    pub fn locale(&self) -> Locale {
        self.locale.parse().unwrap_or_default()
    }
    fn reader(&self, member: Option<Id<Member>>) -> Reader {
        Reader { member, name: self.name.clone(), email: self.email.clone(), locale: self.locale() }
    }
}

/// The page of an event's waiting list.
pub fn path(event: &Event) -> String {
    format!("{}/waiting-list", event.path())
}

/// Whether a key in an address opens this party.
pub fn opens(app: &App, id: Id<Party>, key: &str) -> bool {
    signing::opens(app, "waiting", &id.to_string(), key)
}

/// The party that a mailed link confirms; none if we did not make it.
pub fn opened_by(app: &App, token: &str) -> Option<Id<Party>> {
    let (id, key) = token.split_once('.')?;
    let id: Id<Party> = id.parse().ok()?;
    signing::opens(app, "join", &id.to_string(), key).then_some(id)
}

/// Places of an event became free: if anybody waits, they go to the queue.
pub async fn places_freed(tx: &mut Tx, event: Id<Event>, now: Instant) -> db::Result<()> {
    if store::anybody_live(&mut *tx, event).await? {
        jobs::enqueue(tx, Job::PassOn { event }, now).await?;
    }
    Ok(())
}

/// A host gave places away, perhaps those that a first party waits to become enough: its hour begins anew then.
pub async fn places_taken(tx: &mut Tx, event: Id<Event>) -> db::Result<()> {
    store::stop_full_clocks(tx, event).await
}

/// Whether these places are the queue's alone, because somebody waits for them.
pub async fn closed_to_others(
    on: impl Into<On<'_>>,
    event: &Event,
    types: &[TicketType],
    wanted: &[(Id<TicketType>, i64)],
    now: Instant,
) -> db::Result<bool> {
    let waiters = store::waiters(on, event.id).await?;
    Ok(closed(event, types, &waiters, wanted, now))
}

/// The same, for who knows the waiters: somebody waits for one of these types, or too few places of the event
/// would be left for those who only wait for one of them.
pub fn closed(
    event: &Event,
    types: &[TicketType],
    waiters: &[Waiters],
    wanted: &[(Id<TicketType>, i64)],
    now: Instant,
) -> bool {
    let servable = |group: &&Waiters| {
        let of = types.iter().find(|of| of.id == group.ticket_type_id);
        of.is_some_and(|of| of.on_sale(now) && has_room(event, of, group.places))
    };
    let waiters: Vec<_> = waiters.iter().filter(servable).collect();
    if wanted.iter().any(|(of, n)| *n > 0 && waiters.iter().any(|group| group.ticket_type_id == *of)) {
        return true;
    }
    let Some(left) = event.left() else { return false };
    let fits = |group: &&&Waiters| {
        let of = types.iter().find(|of| of.id == group.ticket_type_id);
        of.is_some_and(|of| of.left().is_none_or(|left| left >= group.places))
    };
    let needed: i64 = waiters.iter().filter(fits).map(|group| group.places.saturating_mul(group.parties)).sum();
    let asked: i64 = wanted.iter().map(|(_, n)| n).sum();
    needed > 0 && left < needed.saturating_add(asked)
}

/// The types of an event as those see them who do not wait: what is the queue's counts as held.
pub async fn as_others_see(
    db: &Db,
    event: &Event,
    types: Vec<TicketType>,
    now: Instant,
) -> db::Result<Vec<TicketType>> {
    let waiters = store::waiters(db, event.id).await?;
    Ok(seen_by_others(event, types, &waiters, now))
}

/// Who waits at each of these events.
pub async fn waiters_of(db: &Db, events: &[Id<Event>]) -> db::Result<HashMap<Id<Event>, Vec<Waiters>>> {
    let mut waiters: HashMap<_, Vec<Waiters>> = HashMap::new();
    for of in store::waiters_among(db, events).await? {
        waiters.entry(of.event_id).or_default().push(of.waiters);
    }
    Ok(waiters)
}

/// [`as_others_see`], for who knows the waiters.
pub fn seen_by_others(event: &Event, mut types: Vec<TicketType>, waiters: &[Waiters], now: Instant) -> Vec<TicketType> {
    if waiters.is_empty() {
        return types;
    }
    let shut: Vec<_> = types.iter().map(|of| closed(event, &types, waiters, &[(of.id, 1)], now)).collect();
    for (of, _) in types.iter_mut().zip(shut).filter(|(_, shut)| *shut) {
        let capacity = of.capacity.or(event.room()).unwrap_or(of.sold + of.held);
        of.capacity = Some(capacity);
        of.held = (capacity - of.sold).max(of.held);
    }
    types
}

/// Places of a type that one party can have at most: no more than there are when nobody has any.
pub fn most(event: &Event, of: &TicketType) -> i64 {
    [event.room(), of.capacity, Some(of.per_order)].into_iter().flatten().min().unwrap_or(of.per_order)
}

/// Whether so many can ever come at once. A capacity that was lowered since may be too small for who waits: what is
/// free is then not kept for them, and they have it once it is raised again.
fn has_room(event: &Event, of: &TicketType, places: i64) -> bool {
    [event.room(), of.capacity].into_iter().flatten().all(|room| room >= places)
}

/// Until when a type is sold, if it is sold now.
fn sold_until(event: &Event, of: &TicketType, now: Instant) -> Option<Instant> {
    let ends = [event.closes_at, of.sales_until].into_iter().flatten().chain([event.ends_at]).min()?;
    (of.on_sale(now) && now < ends).then_some(ends)
}

/// Writes down what happened to a party, and what follows for its state.
async fn record(tx: &mut Tx, party: &Party, fact: WaitingFact, actor: Actor, now: Instant) -> db::Result<()> {
    if let Some(state) = fact.state() {
        let live = matches!(state, PartyState::Asked | PartyState::Waiting | PartyState::Offered);
        store::set_state(tx, party.id, state, (!live).then_some(now)).await?;
    }
    journal::append(tx, &party.stream(), &fact, actor, now).await
}

/// Queues a letter to whoever waits.
async fn write_to(tx: &mut Tx, party: &Party, letter: Letter, now: Instant) -> db::Result<()> {
    if let Some(person) = store::person(&mut *tx, party.id).await? {
        mails::queue(tx, letter, &person.reader(party.member_id), now).await?;
    }
    Ok(())
}

/// Where a party stands, from 1: behind those who joined before and compete for the same places.
pub async fn position(on: impl Into<On<'_>>, event: &Event, party: &Party) -> db::Result<i64> {
    store::position(on, party, event.room().is_some()).await
}

/// Forgets who never used the link, and closes the lists of what is over.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for party in store::asked_before(&app.db, now - CONFIRM, 500).await? {
        let lapsed: db::Result<()> = decide!(app.db, tx, joining::lapse(tx, party.id, now).await);
        lapsed?;
    }
    for (event,) in store::over(&app.db, now, 100).await? {
        pass_on(app, event).await?;
    }
    Ok(())
}

/// The types of an event for which one can wait now: nothing is left of them, or nothing for others.
pub fn full_types<'a>(
    event: &Event,
    types: &'a [TicketType],
    waiters: &[Waiters],
    now: Instant,
) -> Vec<&'a TicketType> {
    let full = |of: &&TicketType| {
        let gone = events::left(event, of) == Some(0) || closed(event, types, waiters, &[(of.id, 1)], now);
        gone && sold_until(event, of, now).is_some()
    };
    types.iter().filter(full).collect()
}
