//! Free places go to the queue, in order. All of it happens under the lock of the event, and what is to happen
//! later is a job, so a server may die at any time and several may work at once.
use std::collections::HashSet;

use super::{BLOCK, Party, WaitingFact, has_room, places_freed, record, sold_until, store, write_to};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{self, Event, TicketType, Visibility};
use crate::forms::Email;
use crate::ids::Id;
use crate::invitations;
use crate::jobs::{self, Job};
use crate::journal::Actor;
use crate::letters::Letter;
use crate::orders::{self, Buyer, Order, OrderState, Refusal, Taken, Way, Wish};

/// Parties that are served, or for whom the list is closed, in one transaction.
const BATCH: usize = 25;

/// Gives what is free at an event to those who wait.
pub async fn pass_on(app: &App, event: Id<Event>) -> anyhow::Result<()> {
    loop {
        let now = app.clock.now();
        match decide!(app.db, tx, pass_some(tx, event, now).await) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(refusal) => return Err(refusal.into_error()),
        }
    }
}

/// What is free now, and who may not have it.
struct Turn {
    event: Event,
    types: Vec<TicketType>,
    clocks: Vec<(Id<TicketType>, Instant)>,
    /// Of these types, or of the whole event, a party that stands before needs more than is free.
    blocked: HashSet<Id<TicketType>>,
    all_blocked: bool,
}

/// One batch; true when there may be more to do.
async fn pass_some(tx: &mut Tx, id: Id<Event>, now: Instant) -> Result<bool, Refusal> {
    let Some(event) = events::store::lock(tx, id).await? else { return Ok(false) };
    if !event.is_published() || event.is_past(now) {
        return close(tx, &event, now).await;
    }
    let types = events::store::ticket_types(&mut *tx, id).await?;
    let clocks = store::clocks(tx, id).await?;
    let mut turn = Turn { event, types, clocks, blocked: HashSet::new(), all_blocked: false };
    let (mut served, mut waiting) = (0, HashSet::new());
    for party in store::in_order(tx, id).await? {
        let Some(of) = turn.types.iter().find(|of| of.id == party.ticket_type_id).cloned() else {
            record(tx, &party, WaitingFact::WaitingClosed, Actor::Site, now).await?;
            continue;
        };
        if served == BATCH {
            return Ok(true);
        }
        if !is_welcome(tx, &turn.event, &party).await? {
            record(tx, &party, WaitingFact::WaitingClosed, Actor::Site, now).await?;
            write_to(tx, &party, Letter::WaitingClosed { party: party.id }, now).await?;
            continue;
        }
        match sold_until(&turn.event, &of, now) {
            Some(until) if turn.fits(&of, &party, now) && serve(tx, &party, &of, until, now).await? => {
                served += 1;
                turn.event = events::store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotOpen)?;
                turn.types = events::store::ticket_types(&mut *tx, id).await?;
            }
            // Nothing can become enough for these: they start no hour.
            _ if !has_room(&turn.event, &of, party.places) => {}
            _ => drop(waiting.insert(of.id)),
        }
    }
    set_clocks(tx, &turn, &waiting, now).await?;
    Ok(false)
}

/// Whether a party may still come: where only those may who were asked, it may have joined before that was so, or its
/// invitation was taken back since.
async fn is_welcome(tx: &mut Tx, event: &Event, party: &Party) -> Result<bool, Refusal> {
    if event.visibility != Visibility::Invited {
        return Ok(true);
    }
    let Some(person) = store::person(&mut *tx, party.id).await? else { return Ok(false) };
    Ok(invitations::is_welcome(tx, event, &person.email_key).await?)
}

impl Turn {
    /// Whether a party can have its places now. One that needs more than is free blocks those behind it for an
    /// hour: of its type, and if the event as a whole lacks the places, of all types. One for which there can never
    /// be enough, since there is less room than when it joined, blocks nobody.
    fn fits(&mut self, of: &TicketType, party: &Party, now: Instant) -> bool {
        if self.all_blocked || self.blocked.contains(&of.id) {
            return false;
        }
        let left = events::left(&self.event, of);
        if left.is_none_or(|left| left >= party.places) {
            return true;
        }
        let since = self.clocks.iter().find(|(id, _)| *id == of.id).map_or(now, |(_, since)| *since);
        if left != Some(0) && now < since + BLOCK && has_room(&self.event, of, party.places) {
            self.blocked.insert(of.id);
            self.all_blocked |= self.event.left().is_some_and(|left| left < party.places);
        }
        false
    }
}

/// The hour runs from when places became free, until none are, or nobody waits for them.
async fn set_clocks(tx: &mut Tx, turn: &Turn, waiting: &HashSet<Id<TicketType>>, now: Instant) -> Result<(), Refusal> {
    for of in &turn.types {
        let runs = waiting.contains(&of.id) && events::left(&turn.event, of).is_some_and(|left| left > 0);
        let ran = turn.clocks.iter().any(|(id, _)| *id == of.id);
        if runs && !ran {
            store::start_clock(tx, turn.event.id, of.id, now).await?;
            jobs::enqueue(tx, Job::PassOn { event: turn.event.id }, now + BLOCK).await?;
        } else if ran && !runs {
            store::stop_clock(tx, of.id).await?;
        }
    }
    Ok(())
}

/// Gives a party its places, or holds them for it until it pays. False when it cannot have any.
async fn serve(
    tx: &mut Tx,
    party: &Party,
    of: &TicketType,
    sold_until: Instant,
    now: Instant,
) -> Result<bool, Refusal> {
    let Some(person) = store::person(&mut *tx, party.id).await? else { return Ok(false) };
    let (name, locale) = (person.name.clone(), person.locale());
    let email = Email { address: person.email.clone(), key: person.email_key.clone() };
    let buyer = match party.member_id {
        Some(id) => Buyer::Member { id, name, email, locale },
        None => Buyer::Guest { name, email, locale },
    };
    let companions = person.companions.lines().map(|name| (name.to_owned(), String::new()));
    let wish = Wish {
        event: party.event_id,
        attendees: std::iter::once(buyer.as_attendee()).chain(companions).collect(),
        buyer,
        way: Way::Queue { until: sold_until.min(now + orders::OFFER) },
        actor: Actor::Site,
        places: vec![(of.id, party.places)],
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        form: None,
    };
    match orders::take(tx, &wish, now).await {
        Ok(Taken::New(order)) => {
            store::set_order(tx, party.id, order.id).await?;
            hand_over(tx, party, &order, now).await?;
            Ok(true)
        }
        Ok(_) => Ok(false),
        // Free places that they took elsewhere, or had from a host.
        Err(Refusal::AlreadyGoing) => {
            record(tx, party, WaitingFact::WaitingClosed, Actor::Site, now).await?;
            Ok(false)
        }
        Err(Refusal::Broken(error)) => Err(Refusal::Broken(error)),
        Err(refusal) => {
            tracing::warn!(party = %party.id, %refusal, "a party on the waiting list was not served");
            Ok(false)
        }
    }
}

async fn hand_over(tx: &mut Tx, party: &Party, order: &Order, now: Instant) -> Result<(), Refusal> {
    let id = order.id;
    match order.held_until {
        None => record(tx, party, WaitingFact::PlaceGiven { order: id }, Actor::Site, now).await?,
        Some(until) => {
            record(tx, party, WaitingFact::PlaceOffered { order: id, until }, Actor::Site, now).await?;
            write_to(tx, party, Letter::PlaceOffered { party: party.id }, now).await?;
        }
    }
    Ok(())
}

/// Nobody can come any more: the list is closed, a batch at a time.
async fn close(tx: &mut Tx, event: &Event, now: Instant) -> Result<bool, Refusal> {
    if event.is_draft() {
        return Ok(false);
    }
    let open = store::some_open(tx, event.id, i64::try_from(BATCH).unwrap_or(i64::MAX)).await?;
    for party in &open {
        record(tx, party, WaitingFact::WaitingClosed, Actor::Site, now).await?;
        if party.is_waiting() && event.is_cancelled() {
            write_to(tx, party, Letter::WaitingClosed { party: party.id }, now).await?;
        }
    }
    Ok(open.len() == BATCH)
}

/// An order's places are free: an offer among them has ended, and whoever waits is served.
pub async fn order_freed(tx: &mut Tx, order: &Order, state: OrderState, now: Instant) -> Result<(), Refusal> {
    if order.is_held()
        && order.total > 0
        && let Some(party) = store::offered_by(tx, order.id).await?
    {
        if state == OrderState::Ended {
            record(tx, &party, WaitingFact::OfferEnded, Actor::Site, now).await?;
            write_to(tx, &party, Letter::OfferEnded { party: party.id }, now).await?;
        } else {
            record(tx, &party, WaitingFact::WaitingLeft, Actor::Site, now).await?;
        }
    }
    Ok(places_freed(tx, order.event_id, now).await?)
}

/// An order was paid: if it was offered, the party has its places.
pub async fn order_confirmed(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    if let Some(party) = store::offered_by(tx, order.id).await? {
        record(tx, &party, WaitingFact::PlaceGiven { order: order.id }, Actor::Site, now).await?;
    }
    Ok(())
}
