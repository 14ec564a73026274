//! One act on many places: written down place by place when it is begun, done by a job place by place, so that a
//! restart in the middle goes on where it stood and nothing is done twice.
pub mod pages;
pub mod store;

use super::check_in::{self, Broken, Said};
use super::guests::{self, Search};
use super::{Refusal, Ticket, TicketState};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{Collision, DbError, Tx};
use crate::events::Event;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::journal::Actor;
use crate::members::Member;

words! {
    /// What is done to each place.
    pub enum Act {
        CheckIn = "check_in",
        /// Mails the tickets of its order once more.
        Mail = "mail",
        /// Takes it away; what was paid for it goes back.
        Remove = "remove",
        /// Puts a person on the list: done at once, and here for the record.
        Add = "add",
    }
}
words! {
    /// What became of a place.
    pub enum Outcome {
        Waiting = "",
        Done = "done",
        /// There was nothing to do.
        Already = "already",
        Unpaid = "unpaid",
        Unconfirmed = "unconfirmed",
        GivenBack = "given_back",
        Refused = "refused",
    }
}

/// Places of one transaction are one: what is refused takes nothing else with it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Bulk {
    pub id: Id<Bulk>,
    pub event_id: Id<Event>,
    pub member_id: Option<Id<Member>>,
    pub act: Act,
    pub created_at: Instant,
    pub finished_at: Option<Instant>,
}

impl Bulk {
    fn actor(&self) -> Actor {
        self.member_id.map_or(Actor::Site, Actor::Member)
    }
}

/// Which places are meant.
#[derive(Debug, Clone)]
pub enum Which<'a> {
    These(Vec<Id<Ticket>>),
    /// All that the table shows, on all its pages.
    Found(Search<'a>),
}

/// Why nothing was begun.
#[derive(Debug)]
pub enum Unbegun {
    Nobody,
    /// The table shows other places now than the host was shown: so many.
    Changed(i64),
    Broken(DbError),
}

impl From<DbError> for Unbegun {
    fn from(error: DbError) -> Self {
        Self::Broken(error)
    }
}
impl Collision for Unbegun {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Broken(error) if error.is_collision())
    }
}

/// What is begun: by whom, at which event, on which form (hashed).
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub event: Id<Event>,
    pub act: Act,
    pub which: &'a Which<'a>,
    /// Which places the host was shown, as [`seen`] names them.
    pub seen: &'a str,
    pub form: &'a str,
    pub by: Id<Member>,
}

/// How many places are meant, and what was paid for them in minor units.
pub async fn count(app: &App, event: Id<Event>, which: &Which<'_>) -> Result<(i64, i64), DbError> {
    match which {
        Which::These(tickets) => guests::store::count_these(&app.db, &app.db, event, &json(tickets)).await,
        Which::Found(search) => guests::count(&app.db, event, search).await,
    }
}

/// Names the places that are meant: when others are, it is another name.
pub async fn seen(app: &App, event: Id<Event>, which: &Which<'_>) -> Result<String, DbError> {
    let tickets = match which {
        Which::These(tickets) => guests::store::these(&app.db, &app.db, event, &json(tickets)).await?,
        Which::Found(search) => guests::store::all(&app.db, event, &search.like(), search.shown, search.of).await?,
    };
    Ok(named(&tickets))
}

fn named(tickets: &[(Id<Ticket>,)]) -> String {
    let ids: Vec<String> = tickets.iter().map(|(id,)| id.to_string()).collect();
    ids::hash(&ids.join(" "))
}

fn json(tickets: &[Id<Ticket>]) -> String {
    let ids: Vec<String> = tickets.iter().map(ToString::to_string).collect();
    serde_json::Value::from(ids).to_string()
}

/// Writes down what is to be done, and to which places. The same form again answers what the first one began.
pub async fn begin(tx: &mut Tx, wish: &Wish<'_>, now: Instant) -> Result<Id<Bulk>, Unbegun> {
    let id = Id::new();
    let (event_id, member_id, act) = (wish.event, Some(wish.by), wish.act);
    let bulk = Bulk { id, event_id, member_id, act, created_at: now, finished_at: None };
    if !store::insert(tx, &bulk, wish.form).await? {
        return store::by_form(tx, wish.form).await?.ok_or(Unbegun::Nobody);
    }
    let lines = match wish.which {
        Which::These(tickets) => store::insert_these(tx, &bulk, &json(tickets)).await?,
        Which::Found(search) => store::insert_found(tx, &bulk, &search.like(), search.shown, search.of).await?,
    };
    if lines == 0 {
        return Err(Unbegun::Nobody);
    }
    let tickets = store::tickets(tx, id).await?;
    if named(&tickets) != wish.seen {
        return Err(Unbegun::Changed(lines));
    }
    jobs::enqueue(tx, Job::BulkAct { act: id }, now).await?;
    Ok(id)
}

/// Does what is left of it.
pub async fn run(app: &App, id: Id<Bulk>) -> anyhow::Result<()> {
    let Some(bulk) = store::by_id(&app.db, id).await? else { return Ok(()) };
    while let Some((position, ticket)) = store::next(&app.db, id).await? {
        let now = app.clock.now();
        let done: Result<(), Refusal> = decide!(app.db, tx, one(tx, &bulk, position, ticket, now).await);
        match done {
            Ok(()) => {}
            Err(Refusal::Broken(error)) => return Err(error),
            Err(_) => decide!(app.db, tx, store::settle(tx, id, position, Outcome::Refused).await).map(drop)?,
        }
    }
    let now = app.clock.now();
    Ok(decide!(app.db, tx, store::finish(tx, id, now).await)?)
}

/// One place, with what became of it. Whoever writes that down does it: of two workers on one act the other passes.
async fn one(tx: &mut Tx, bulk: &Bulk, position: i64, ticket: Id<Ticket>, now: Instant) -> Result<(), Refusal> {
    if !store::settle(tx, bulk.id, position, Outcome::Done).await? {
        return Ok(());
    }
    let outcome = match bulk.act {
        Act::CheckIn => let_in(tx, bulk, ticket, now).await?,
        Act::Mail if store::mailed(tx, bulk.id, position, ticket).await? => Outcome::Already,
        Act::Mail => mail(tx, bulk, ticket, now).await?,
        Act::Remove => remove(tx, bulk, ticket, now).await?,
        Act::Add => Outcome::Done,
    };
    store::set(tx, bulk.id, position, outcome).await?;
    Ok(())
}

async fn let_in(tx: &mut Tx, bulk: &Bulk, ticket: Id<Ticket>, now: Instant) -> Result<Outcome, Refusal> {
    let said = check_in::check_in(tx, bulk.event_id, ticket, bulk.actor(), now).await;
    Ok(match said.map_err(|Broken(error)| Refusal::from(error))? {
        Said::In(_) => Outcome::Done,
        Said::Already(_) => Outcome::Already,
        Said::Unpaid(_) => Outcome::Unpaid,
        Said::Unconfirmed(_) => Outcome::Unconfirmed,
        Said::Cancelled(_) | Said::Given(_) => Outcome::GivenBack,
        Said::Unknown => Outcome::Refused,
    })
}

async fn mail(tx: &mut Tx, bulk: &Bulk, ticket: Id<Ticket>, now: Instant) -> Result<Outcome, Refusal> {
    match guests::mail_again(tx, bulk.event_id, ticket, true, now).await {
        Ok(()) => Ok(Outcome::Done),
        Err(Refusal::NotLive) => Ok(Outcome::GivenBack),
        Err(refusal) => Err(refusal),
    }
}

async fn remove(tx: &mut Tx, bulk: &Bulk, ticket: Id<Ticket>, now: Instant) -> Result<Outcome, Refusal> {
    let Some(guest) = guests::store::guest(&mut *tx, bulk.event_id, ticket).await? else {
        return Ok(Outcome::Refused);
    };
    match guest.state {
        TicketState::Cancelled | TicketState::Refunding => Ok(Outcome::Already),
        // What is being paid is given up as a whole: places that nobody chose would go with it.
        TicketState::Held if store::parts_unpaid(tx, bulk.id, guest.order_id).await? => Ok(Outcome::Unpaid),
        TicketState::Held | TicketState::Valid => {
            guests::remove(tx, bulk.event_id, ticket, bulk.actor(), now).await?;
            Ok(Outcome::Done)
        }
    }
}
