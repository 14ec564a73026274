//! Coming in at the door: one ticket lets one person in once, however many doors scan it.
use super::guests::{Guest, store};
use super::{Order, OrderFact, Ticket};
use crate::clock::Instant;
use crate::db::{Collision, Db, DbError, Tx};
use crate::events::{self, Event};
use crate::ids::{self, Id};
use crate::journal::{self, Actor};

/// What a scan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Green: let them in.
    In(Guest),
    /// Amber: somebody came in with this ticket before, at `checked_in_at`.
    Already(Guest),
    /// Red: given back, or its event is cancelled.
    Cancelled(Guest),
    /// Red: this code died when the ticket was given to who has it now.
    Given(Guest),
    /// Amber: held, to be paid at the door or by transfer.
    Unpaid(Guest),
    /// Red: held, and not confirmed yet.
    Unconfirmed(Guest),
    /// Red: no ticket of this event.
    Unknown,
}

/// Why a scan has no answer: only the database.
#[derive(Debug)]
pub struct Broken(pub DbError);

impl From<DbError> for Broken {
    fn from(error: DbError) -> Self {
        Self(error)
    }
}
impl Collision for Broken {
    fn is_collision(&self) -> bool {
        self.0.is_collision()
    }
}
impl From<Broken> for anyhow::Error {
    fn from(broken: Broken) -> Self {
        broken.0.into()
    }
}

/// What somebody at the door typed or scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The ticket of a code.
    Ticket(Id<Ticket>),
    /// The code of a whole party.
    Party(Id<Order>),
    /// The code that a ticket had before it was given to somebody else.
    Former(Id<Ticket>),
    /// The text is a code, but no ticket of this event has it.
    Nothing,
    /// No code: people with such a name or address, and whether there are others.
    People(Vec<Guest>, bool),
}

/// People who are found at a time.
const MOST_FOUND: usize = 20;

/// Finds by code (a ticket's address too) or by part of a name. At most 20 people.
pub async fn find(db: &Db, event: Id<Event>, typed: &str) -> Result<Found, DbError> {
    let code = ids::read_ticket_code(typed);
    let ticket = match &code {
        Some(code) => super::store::ticket_by_code(db, code).await?.filter(|ticket| ticket.event_id == event),
        None => None,
    };
    if let Some(ticket) = ticket {
        return Ok(Found::Ticket(ticket.id));
    }
    if let Some(code) = &code
        && let Some((order, _)) = super::codes_store::party(db, code).await?.filter(|(_, of)| *of == event)
    {
        return Ok(Found::Party(order));
    }
    if let Some(code) = &code
        && let Some(ticket) = super::codes_store::by_former_code(db, event, &ids::hash(code)).await?
    {
        return Ok(Found::Former(ticket));
    }
    // Twelve letters may also be a name.
    let typed = typed.trim();
    let search = super::guests::Search { q: typed, ..Default::default() };
    // One more than are shown tells whether there are others.
    let limit = i64::try_from(MOST_FOUND).unwrap_or_default() + 1;
    let mut people: Vec<Guest> = match typed.chars().count() {
        0..2 => Vec::new(),
        _ => super::guests::list(db, event, &search, None, limit).await?.into_iter().map(|row| row.guest).collect(),
    };
    let others = people.len() > MOST_FOUND;
    people.truncate(MOST_FOUND);
    Ok(if code.is_some() && people.is_empty() { Found::Nothing } else { Found::People(people, others) })
}

/// Lets one person in. The second scan of a ticket is told when the first was.
pub async fn check_in(
    tx: &mut Tx,
    event: Id<Event>,
    ticket: Id<Ticket>,
    by: Actor,
    now: Instant,
) -> Result<Said, Broken> {
    // All that changes an order holds its event first, so facts of one order are one behind the other.
    let Some(of) = events::store::lock(tx, event).await? else { return Ok(Said::Unknown) };
    let Some(guest) = store::guest(&mut *tx, event, ticket).await? else { return Ok(Said::Unknown) };
    if guest.is_owed() && !of.is_cancelled() {
        return Ok(Said::Unpaid(guest));
    }
    if guest.is_held() && !of.is_cancelled() {
        return Ok(Said::Unconfirmed(guest));
    }
    if !guest.is_valid() || of.is_cancelled() {
        return Ok(Said::Cancelled(guest));
    }
    if !store::check_in(tx, ticket, now).await? {
        return Ok(Said::Already(guest));
    }
    journal::append(tx, &super::stream(guest.order_id), &OrderFact::CheckedIn { ticket }, by, now).await?;
    Ok(Said::In(Guest { checked_in_at: Some(now), ..guest }))
}

/// Lets so many of a party in, who are not in yet, in the order of their tickets; answers how many were.
pub async fn check_in_party(
    tx: &mut Tx,
    event: Id<Event>,
    order: Id<Order>,
    many: usize,
    by: Actor,
    now: Instant,
) -> Result<usize, Broken> {
    // Before they are counted, so that two doors do not let the same ones in.
    if events::store::lock(tx, event).await?.is_none() {
        return Ok(0);
    }
    let waiting = store::rest_of_party(&mut *tx, event, order).await?;
    let mut let_in = 0;
    for guest in waiting.iter().take(many) {
        if matches!(check_in(tx, event, guest.ticket_id, by, now).await?, Said::In(_)) {
            let_in += 1;
        }
    }
    Ok(let_in)
}

/// Takes a check-in back: somebody pressed the wrong name. `None` if nobody was in.
pub async fn undo(
    tx: &mut Tx,
    event: Id<Event>,
    ticket: Id<Ticket>,
    by: Actor,
    now: Instant,
) -> Result<Option<Guest>, Broken> {
    events::store::lock(tx, event).await?;
    let Some(guest) = store::guest(&mut *tx, event, ticket).await? else { return Ok(None) };
    if !store::undo(tx, ticket).await? {
        return Ok(None);
    }
    journal::append(tx, &super::stream(guest.order_id), &OrderFact::CheckInUndone { ticket }, by, now).await?;
    Ok(Some(Guest { checked_in_at: None, ..guest }))
}
