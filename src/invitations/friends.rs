//! Friends: whom those ask along who have a place, within the plus-ones of their order. Each counts from when they are
//! asked until they decline or are taken back, so that an order never brings more than the event allows.
use std::collections::HashMap;

use super::inviting::{self, By};
use super::{Invitation, InvitationFact, Refusal, State, friends_store, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Db, On, Tx};
use crate::events::{self, Event, Visibility};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::orders::{self, Order};
use crate::unasked::{self, Address, Kind};
use crate::web::limits::FRIENDS;

/// What came of asking one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Asked,
    /// It stood on the list before.
    Twice,
    /// The same order asked it before.
    Before,
    /// It comes anyway, was asked by others, runs the event, or wants no such mails: which of these is nobody's
    /// business but its owner's and the hosts'.
    Impossible,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "invited",
            Self::Twice => "twice",
            Self::Before => "asked",
            Self::Impossible => "not_possible",
        }
    }
}

/// How many more this order may ask along. Whoever came as a friend brings nobody.
pub async fn left(on: impl Into<On<'_>>, event: &Event, order: &Order) -> db::Result<i64> {
    if !order.is_confirmed() {
        return Ok(0);
    }
    let (asked, is_friend) = friends_store::asked_by(on, order.id).await?;
    Ok(if is_friend { 0 } else { (event.plus_ones - (order.places - 1) - asked).max(0) })
}

/// Whether whoever holds an order can ask anybody at all now.
fn open(event: &Event, now: Instant) -> Result<(), Refusal> {
    inviting::open(event, now)?;
    if event.closes_at.is_some_and(|closes| closes <= now) {
        return Err(Refusal::Places(orders::Refusal::Closed));
    }
    Ok(())
}

/// Whether the page shows a form.
pub fn is_open(event: &Event, now: Instant) -> bool {
    open(event, now).is_ok()
}

/// [`ask`], under the limit of its buyer: each address that is tried counts, also where all are refused.
pub async fn try_to_ask(
    app: &App,
    order: Id<Order>,
    people: &[(String, Email)],
    by: (Actor, Locale),
    now: Instant,
) -> Result<Vec<Outcome>, Refusal> {
    if !decide!(app.db, tx, count(tx, order, people.len(), now).await)? {
        return Err(Refusal::AskedTooOften);
    }
    decide!(app.db, tx, ask(tx, order, people, by, now).await)
}

/// False where these are too many. The buyer has one count, however often they give places back and come again.
async fn count(tx: &mut Tx, order: Id<Order>, people: usize, now: Instant) -> db::Result<bool> {
    let buyer = orders::store::person(&mut *tx, order).await?;
    let whose = ids::hash(&buyer.map_or_else(|| order.to_string(), |buyer| buyer.email_key));
    for _ in 0..people {
        if FRIENDS.take_in(tx, &whose, now).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Asks those who can be asked, and says of each what came of it. More than the order may bring: nobody is asked. Those
/// who cannot be asked count there too, so that nobody learns who they are without a friend to spare.
pub async fn ask(
    tx: &mut Tx,
    order: Id<Order>,
    people: &[(String, Email)],
    (actor, locale): (Actor, Locale),
    now: Instant,
) -> Result<Vec<Outcome>, Refusal> {
    let (event, order) = lock(tx, order).await?;
    if !order.is_confirmed() {
        return Err(Refusal::NoPlace);
    }
    open(&event, now)?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(people.len());
    for (n, (_, email)) in people.iter().enumerate() {
        let twice = people[..n].iter().any(|(_, other)| other.key == email.key);
        outcomes.push(if twice { Outcome::Twice } else { outcome(tx, &event, &order, email).await? });
    }
    let left = left(&mut *tx, &event, &order).await?;
    let tried = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Asked | Outcome::Impossible)).count();
    if i64::try_from(tried).unwrap_or(i64::MAX) > left {
        return Err(Refusal::TooManyFriends { left });
    }
    let new = people.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Asked);
    let new: Vec<(String, Email)> = new.map(|(person, _)| person.clone()).collect();
    inviting::invite(tx, event.id, &new, By { actor, order: Some(order.id), locale }, now).await?;
    Ok(outcomes)
}

/// The event is locked first, as wherever places are taken; then the order is read as it is now.
async fn lock(tx: &mut Tx, id: Id<Order>) -> Result<(Event, Order), Refusal> {
    let found = orders::store::by_id(&mut *tx, id).await?.ok_or(Refusal::Dead)?;
    let event = events::store::lock(tx, found.event_id).await?.ok_or(Refusal::Dead)?;
    let order = orders::store::by_id(&mut *tx, id).await?.ok_or(Refusal::Dead)?;
    Ok((event, order))
}

async fn outcome(tx: &mut Tx, event: &Event, order: &Order, email: &Email) -> Result<Outcome, Refusal> {
    let asked = store::of_address(&mut *tx, event.id, &email.key).await?;
    if let Some(asked) = asked.filter(|asked| asked.state != State::Revoked) {
        return Ok(if asked.by_order == Some(order.id) { Outcome::Before } else { Outcome::Impossible });
    }
    let impossible = friends_store::is_barred(&mut *tx, event.id, &email.key).await?
        || friends_store::is_there(&mut *tx, event.id, &email.key).await?
        || !unasked::wants(&mut *tx, &Address::of(email), Kind::Invitations).await?;
    Ok(if impossible { Outcome::Impossible } else { Outcome::Asked })
}

/// Takes a friend's invitation back, which frees it for another one. Not once they have a place: that is theirs.
pub async fn take_back(
    tx: &mut Tx,
    order: Id<Order>,
    id: Id<Invitation>,
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    let found = store::by_id(&mut *tx, id).await?.filter(|asked| asked.by_order == Some(order));
    let invitation = found.ok_or(Refusal::Dead)?;
    match inviting::take_back(tx, invitation.event_id, id, actor, now).await {
        Err(Refusal::HasPlace) => Err(Refusal::FriendComes),
        outcome => outcome,
    }
}

/// Whether the order that asked still has its places, and may bring one more who says yes. Under the event's lock.
pub async fn covers(tx: &mut Tx, event: &Event, invitation: &Invitation) -> Result<(), Refusal> {
    let Some(order) = invitation.by_order else { return Ok(()) };
    let order = orders::store::by_id(&mut *tx, order).await?.filter(Order::is_confirmed);
    let order = order.ok_or(Refusal::AskerGone)?;
    if order.places + friends_store::accepted(&mut *tx, order.id).await? > event.plus_ones {
        return Err(Refusal::TooManyFriends { left: 0 });
    }
    Ok(())
}

/// Whether a friend who declined can be asked again: meanwhile others may have been. Under the event's lock.
pub async fn has_room(tx: &mut Tx, event: &Event, invitation: &Invitation) -> Result<(), Refusal> {
    let Some(order) = invitation.by_order else { return Ok(()) };
    let order = orders::store::by_id(&mut *tx, order).await?.ok_or(Refusal::AskerGone)?;
    if !order.is_confirmed() {
        return Err(Refusal::AskerGone);
    }
    match left(&mut *tx, event, &order).await? {
        0 => Err(Refusal::TooManyFriends { left: 0 }),
        _ => Ok(()),
    }
}

/// Whoever asked does not come any more: what was not answered yet is taken back. Under the event's lock.
pub async fn asker_gone(tx: &mut Tx, order: &Order, actor: Actor, now: Instant) -> db::Result<()> {
    let asked = store::of_order(&mut *tx, order.id).await?;
    for invitation in asked.iter().filter(|asked| asked.is_waiting()) {
        if store::revoke(tx, order.event_id, invitation.id).await? {
            store::end_links(tx, invitation.id, "").await?;
            journal::append(tx, &invitation.stream(), &InvitationFact::InvitationRevoked, actor, now).await?;
        }
    }
    Ok(())
}

/// Whether an address may come to an event of those who were asked as somebody's friend only: with one place.
pub async fn is_friend(on: impl Into<On<'_>>, event: &Event, email_key: &str) -> db::Result<bool> {
    if event.visibility != Visibility::Invited {
        return Ok(false);
    }
    let found = store::of_address(on, event.id, email_key).await?;
    Ok(found.is_some_and(|asked| asked.by_order.is_some() && asked.state != State::Revoked))
}

/// Orders that are looked up at once.
const AT_ONCE: usize = 500;

/// Of these orders those by which somebody's friend comes, with the name of who asked them along.
pub async fn brought(db: &Db, mut orders: Vec<Id<Order>>) -> db::Result<HashMap<Id<Order>, String>> {
    // The places of an order mostly stand together.
    orders.dedup();
    let mut found = HashMap::new();
    for some in orders.chunks(AT_ONCE) {
        found.extend(friends_store::askers_among(db, some).await?);
    }
    Ok(found)
}
