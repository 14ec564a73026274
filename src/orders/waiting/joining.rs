//! Joining and leaving the list. Each locks the event first, so that one person stands on it once.
use super::{Party, PartyState, Person, WaitingFact, places_freed, record, store, write_to};
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::events::{self, Event, Pricing, TicketType};
use crate::ids::Id;
use crate::invitations;
use crate::journal::{self, Actor};
use crate::letters::Letter;
use crate::members::{self, Member};
use crate::orders::ending::{self, By};
use crate::orders::{self, Buyer, Refusal, claiming};
use crate::web::limits::mail_allowed;

/// What somebody wants who finds a type full.
#[derive(Debug, Clone)]
pub struct Joining {
    pub event: Id<Event>,
    pub buyer: Buyer,
    pub actor: Actor,
    pub ticket_type: Id<TicketType>,
    pub places: i64,
    /// Names of those who come along; may be fewer than places.
    pub companions: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    New(Id<Party>),
    /// A member stands on the list already.
    Already(Id<Party>),
    /// A guest: what the page must not say stands in a mail.
    Mailed,
}

/// Puts a party on the list: a member's at once, a guest's once the mailed link is used.
pub async fn join(tx: &mut Tx, wish: &Joining, now: Instant) -> Result<Joined, Refusal> {
    let event = events::store::lock(tx, wish.event).await?.ok_or(Refusal::NotOpen)?;
    let types = events::store::ticket_types(&mut *tx, event.id).await?;
    let (_, _, email, _) = wish.buyer.parts();
    let welcome = invitations::is_welcome(&mut *tx, &event, &email.key).await?;
    if !welcome && matches!(wish.buyer, Buyer::Member { .. }) {
        return Err(Refusal::NotInvited);
    }
    let of = check(&event, &types, wish, now)?;
    let too_many = wish.places > 1 && invitations::friends::is_friend(&mut *tx, &event, &email.key).await?;
    if too_many && matches!(wish.buyer, Buyer::Member { .. }) {
        return Err(Refusal::TooManyPlusOnes { most: 0 });
    }
    let welcome = welcome && !too_many;
    let waiters = store::waiters(&mut *tx, event.id).await?;
    if events::left(&event, of) != Some(0) && !super::closed(&event, &types, &waiters, &[(of.id, wish.places)], now) {
        return Err(Refusal::NotFull);
    }
    match &wish.buyer {
        Buyer::Member { id, .. } => as_member(tx, &event, of, wish, *id, now).await,
        // Whether an address was asked is its owner's business: a guest is answered as if it was, and nothing is done.
        Buyer::Guest { email, .. } if !welcome => match mail_allowed(tx, "waiting", &email.key, now).await? {
            true => Ok(Joined::Mailed),
            false => Err(Refusal::TooManyMails),
        },
        Buyer::Guest { .. } => as_guest(tx, &event, of, wish, now).await,
    }
}

/// Every rule but "not twice". Answers the type.
fn check<'a>(event: &Event, types: &'a [TicketType], wish: &Joining, now: Instant) -> Result<&'a TicketType, Refusal> {
    open(event, now)?;
    if event.account_required && matches!(wish.buyer, Buyer::Guest { .. }) {
        return Err(Refusal::AccountRequired);
    }
    let of = types.iter().find(|of| of.id == wish.ticket_type).ok_or(Refusal::UnknownType)?;
    if super::sold_until(event, of, now).is_none() {
        return Err(Refusal::NotOnSale { name: of.name.clone() });
    }
    if wish.places < 1 {
        return Err(Refusal::NoPlaces);
    }
    if wish.places > 1 + event.plus_ones {
        return Err(Refusal::TooManyPlusOnes { most: event.plus_ones });
    }
    // A party for which there can never be enough would only stand in the way of the others.
    let most = super::most(event, of).max(1);
    if wish.places > most {
        return Err(Refusal::TooManyPerOrder { name: of.name.clone(), most });
    }
    Ok(of)
}

fn open(event: &Event, now: Instant) -> Result<(), Refusal> {
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if !event.is_published() {
        return Err(Refusal::NotOpen);
    }
    if event.is_past(now) {
        return Err(Refusal::Past);
    }
    if event.closes_at.is_some_and(|closes| closes <= now) { Err(Refusal::Closed) } else { Ok(()) }
}

/// Of what costs nothing one order a person is enough.
fn is_free(of: &TicketType) -> bool {
    of.price == 0 && (of.pricing == Pricing::Fixed || of.suggested == 0)
}

async fn as_member(
    tx: &mut Tx,
    event: &Event,
    of: &TicketType,
    wish: &Joining,
    me: Id<Member>,
    now: Instant,
) -> Result<Joined, Refusal> {
    let (_, _, email, _) = wish.buyer.parts();
    if !members::store::stands(tx, me).await? {
        return Err(Refusal::NoAccount);
    }
    if let Some(party) = store::live_of(tx, event.id, Some(me), &email.key).await? {
        return Ok(Joined::Already(party.id));
    }
    if is_free(of) && orders::store::live_of(tx, event.id, Some(me), &email.key).await?.is_some() {
        return Err(Refusal::AlreadyGoing);
    }
    let party = insert(tx, wish, Some(me), PartyState::Waiting, now).await?;
    write_to(tx, &party, Letter::OnTheList { party: party.id }, now).await?;
    places_freed(tx, event.id, now).await?;
    Ok(Joined::New(party.id))
}

/// Answers alike whether the address waits, comes or is unknown; the mail tells it what is so.
async fn as_guest(
    tx: &mut Tx,
    event: &Event,
    of: &TicketType,
    wish: &Joining,
    now: Instant,
) -> Result<Joined, Refusal> {
    let (_, _, email, _) = wish.buyer.parts();
    if !mail_allowed(tx, "waiting", &email.key, now).await? {
        return Err(Refusal::TooManyMails);
    }
    if let Some(party) = store::live_of(tx, event.id, None, &email.key).await? {
        write_to(tx, &party, Letter::OnTheList { party: party.id }, now).await?;
        return Ok(Joined::Mailed);
    }
    let order = orders::store::live_of(tx, event.id, None, &email.key).await?.filter(|_| is_free(of));
    if let Some(id) = order
        && let Some(order) = orders::store::by_id(&mut *tx, id).await?.filter(orders::Order::is_confirmed)
    {
        ending::write_to_buyer(tx, &order, Letter::AlreadyGoing { order: id }, now).await?;
        return Ok(Joined::Mailed);
    }
    let party = insert(tx, wish, None, PartyState::Asked, now).await?;
    write_to(tx, &party, Letter::ConfirmWaiting { party: party.id }, now).await?;
    Ok(Joined::Mailed)
}

async fn insert(
    tx: &mut Tx,
    wish: &Joining,
    member: Option<Id<Member>>,
    state: PartyState,
    now: Instant,
) -> Result<Party, Refusal> {
    let (event_id, ticket_type_id, places) = (wish.event, wish.ticket_type, wish.places);
    let (_, name, email, locale) = wish.buyer.parts();
    let party = Party {
        id: Id::new(),
        event_id,
        member_id: member,
        ticket_type_id,
        places,
        state,
        joined_at: now,
        order_id: None,
        ended_at: None,
    };
    store::insert(tx, &party).await?;
    let person = Person {
        party_id: party.id,
        name: name.to_owned(),
        email: email.address.clone(),
        email_key: email.key.clone(),
        locale: locale.tag().to_owned(),
        companions: wish.companions.join("\n"),
    };
    store::insert_person(tx, &person).await?;
    let fact = WaitingFact::WaitingJoined {
        event: event_id,
        member,
        ticket_type: ticket_type_id,
        places,
        confirmed: state == PartyState::Waiting,
    };
    journal::append(tx, &party.stream(), &fact, wish.actor, now).await?;
    Ok(party)
}

/// Locks the event of a party and reads it afresh.
async fn lock(tx: &mut Tx, id: Id<Party>) -> Result<(Event, Party), Refusal> {
    let party = store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotWaiting)?;
    let event = events::store::lock(tx, party.event_id).await?.ok_or(Refusal::NotWaiting)?;
    let party = store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotWaiting)?;
    Ok((event, party))
}

/// A guest used the mailed link: from now on the party counts. Twice is as good as once; if the address waits
/// already, that party is the answer.
pub async fn confirm(tx: &mut Tx, id: Id<Party>, actor: Actor, now: Instant) -> Result<Party, Refusal> {
    let (event, party) = lock(tx, id).await?;
    if party.state != PartyState::Asked {
        return if party.state == PartyState::Lapsed { Err(Refusal::NotWaiting) } else { Ok(party) };
    }
    if party.joined_at + super::CONFIRM <= now {
        return Err(Refusal::NotWaiting);
    }
    open(&event, now)?;
    let person = store::person(&mut *tx, id).await?.ok_or(Refusal::NotWaiting)?;
    if !invitations::is_welcome(&mut *tx, &event, &person.email_key).await? {
        return Err(Refusal::NotInvited);
    }
    let owner = members::store::by_email_key(&mut *tx, &person.email_key).await?;
    let owner = owner.filter(|owner| owner.email_verified_at.is_some()).map(|owner| owner.id);
    if let Some(live) = store::live_of(tx, event.id, owner, &person.email_key).await? {
        return Ok(live);
    }
    store::set_joined(tx, id, now).await?;
    journal::append(tx, &party.stream(), &WaitingFact::WaitingConfirmed, actor, now).await?;
    claiming::claim_for_owner(tx, &person.email_key, now).await?;
    let party = store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotWaiting)?;
    write_to(tx, &party, Letter::OnTheList { party: id }, now).await?;
    places_freed(tx, event.id, now).await?;
    Ok(party)
}

/// Takes one's party off the list, or declines what was offered. Twice is as good as once.
pub async fn leave(tx: &mut Tx, id: Id<Party>, actor: Actor, now: Instant) -> Result<(), Refusal> {
    take_off(tx, id, WaitingFact::WaitingLeft, actor, now).await
}

/// The same by a host.
pub async fn remove(tx: &mut Tx, event: Id<Event>, id: Id<Party>, actor: Actor, now: Instant) -> Result<(), Refusal> {
    store::by_id(&mut *tx, id).await?.filter(|party| party.event_id == event).ok_or(Refusal::NotWaiting)?;
    take_off(tx, id, WaitingFact::WaitingRemoved, actor, now).await
}

/// They may not come any more, and are told so. Twice is as good as once.
pub async fn not_welcome(tx: &mut Tx, party: &Party, actor: Actor, now: Instant) -> Result<(), Refusal> {
    if party.is_live() {
        take_off(tx, party.id, WaitingFact::WaitingRemoved, actor, now).await?;
        write_to(tx, party, Letter::WaitingClosed { party: party.id }, now).await?;
    }
    Ok(())
}

async fn take_off(tx: &mut Tx, id: Id<Party>, fact: WaitingFact, actor: Actor, now: Instant) -> Result<(), Refusal> {
    let (_, party) = lock(tx, id).await?;
    if !party.is_live() && party.state != PartyState::Asked {
        return Ok(());
    }
    record(tx, &party, fact, actor, now).await?;
    if let (true, Some(order)) = (party.is_offered(), party.order_id) {
        // An offer can be declined to its end, also after the deadline for tickets.
        orders::cancel(tx, order, By::Host(actor), now).await?;
        return Ok(());
    }
    // Who stood first may have kept the others from passing.
    places_freed(tx, party.event_id, now).await?;
    Ok(())
}

/// Makes the parties that were confirmed from this address the member's, who has proven it.
pub async fn claim(tx: &mut Tx, member: Id<Member>, email_key: &str, now: Instant) -> db::Result<()> {
    for (id,) in store::claim(tx, member, email_key).await? {
        let fact = WaitingFact::WaitingClaimed { member };
        journal::append(tx, &format!("waiting/{id}"), &fact, Actor::Member(member), now).await?;
    }
    Ok(())
}

/// Forgets a guest who never used the link.
pub(super) async fn lapse(tx: &mut Tx, party: Id<Party>, now: Instant) -> db::Result<()> {
    let Some(party) = store::by_id(&mut *tx, party).await? else { return Ok(()) };
    events::store::lock(tx, party.event_id).await?;
    let asked = store::by_id(&mut *tx, party.id).await?.filter(|party| party.state == PartyState::Asked);
    if let Some(party) = asked {
        record(tx, &party, WaitingFact::WaitingLapsed, Actor::Site, now).await?;
        store::forget_person(tx, party.id).await?;
    }
    Ok(())
}
