//! Answers: with an account, with a new one, or as a guest. The mailed link proves the address, and works once.
use super::{Invitation, InvitationFact, Refusal, State, friends, inviting, store};
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::events::{self, Event, TicketType};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::members::{self, Member};
use crate::orders::{self, Buyer, Order, Taken, Way, Wish};
use crate::signin::{self, NewMember};

/// How long a second press of the same button is taken for the first.
const MOMENT: jiff::SignedDuration = clock::minutes(10);

/// One press of a button on the link's page.
pub struct Press<'a> {
    pub token: &'a str,
    /// Names that copy of the page.
    pub form: &'a str,
    /// Who is signed in there.
    pub me: Option<&'a Member>,
}

impl Press<'_> {
    fn token_hash(&self) -> String {
        ids::hash(self.token)
    }
    fn form_hash(&self) -> String {
        ids::hash(&format!("invitation/{}", self.form))
    }
    fn actor(&self) -> Actor {
        self.me.map_or(Actor::Guest, |me| Actor::Member(me.id))
    }
}

/// Who comes.
pub struct Guest<'a> {
    pub name: &'a str,
    /// With those who come along.
    pub people: i64,
    /// The hash of a password that obeys the rule: then they get an account.
    pub password: Option<&'a str>,
    pub locale: Locale,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub event: Event,
    pub invitation: Id<Invitation>,
    /// The places that were taken; `None` where one of several tickets is to be chosen, or something costs.
    pub order: Option<Id<Order>>,
    /// The account that was made.
    pub new: Option<Member>,
}

/// The one free ticket type of an event, where accepting is enough to have a place.
pub fn only_free(types: &[TicketType]) -> Option<&TicketType> {
    if let [only] = types { Some(only).filter(|of| !of.is_paid()) } else { None }
}

/// Others that whoever is asked may bring: a friend's friend brings nobody.
pub fn plus_ones(invitation: &Invitation, event: &Event) -> i64 {
    if invitation.by_order.is_some() { 0 } else { event.plus_ones }
}

/// The invitation of a link that was not used. The event is locked first, as wherever places are taken.
async fn lock(tx: &mut Tx, press: &Press<'_>, now: Instant) -> Result<(Event, Invitation), Refusal> {
    let found = store::of_link(&mut *tx, &press.token_hash(), now).await?.ok_or(Refusal::Dead)?;
    let event = events::store::lock(tx, found.event_id).await?.ok_or(Refusal::Dead)?;
    if press.me.is_some_and(|me| me.email_key != found.email_key) {
        return Err(Refusal::OtherAccount);
    }
    if let Some(me) = press.me
        && !members::store::stands(tx, me.id).await?
    {
        return Err(orders::Refusal::NoAccount.into());
    }
    if !store::use_link(tx, &press.token_hash(), &press.form_hash(), now).await? {
        return Err(Refusal::Dead);
    }
    Ok((event, found))
}

/// What the same copy of the page did a moment ago.
pub async fn again(tx: &mut Tx, press: &Press<'_>, now: Instant) -> Result<Option<Invitation>, Refusal> {
    Ok(store::used_by(tx, &press.token_hash(), &press.form_hash(), now - MOMENT).await?)
}

/// Takes the places, makes the account if one is wanted, and ends the link: all of it or nothing.
pub async fn accept(tx: &mut Tx, press: &Press<'_>, guest: &Guest<'_>, now: Instant) -> Result<Accepted, Refusal> {
    if let Some(before) = again(tx, press, now).await? {
        let event = events::store::by_id(&mut *tx, before.event_id).await?.ok_or(Refusal::Dead)?;
        return match before.state {
            State::Accepted => Ok(Accepted { event, invitation: before.id, order: before.order_id, new: None }),
            _ => Err(Refusal::Dead),
        };
    }
    let (event, invitation) = lock(tx, press, now).await?;
    inviting::open(&event, now)?;
    friends::covers(tx, &event, &invitation).await?;
    let new = account(tx, &invitation, press, guest, now).await?;
    let types = events::store::ticket_types(&mut *tx, event.id).await?;
    let order = match only_free(&types) {
        Some(of) => Some(places(tx, &event, of, (&invitation, press, new.as_ref()), guest, now).await?),
        None => None,
    };
    if !store::answer(tx, invitation.id, State::Accepted, order, now).await? {
        return Err(Refusal::Dead);
    }
    store::end_links(tx, invitation.id, &press.token_hash()).await?;
    let fact = InvitationFact::InvitationAccepted { order };
    journal::append(tx, &invitation.stream(), &fact, press.actor(), now).await?;
    Ok(Accepted { event, invitation: invitation.id, order, new })
}

/// The account that is wanted with the proven address.
async fn account(
    tx: &mut Tx,
    invitation: &Invitation,
    press: &Press<'_>,
    guest: &Guest<'_>,
    now: Instant,
) -> Result<Option<Member>, Refusal> {
    let Some(hash) = guest.password.filter(|_| press.me.is_none()) else { return Ok(None) };
    let wish = NewMember {
        name: guest.name.to_owned(),
        email: address(invitation),
        password: String::new(),
        locale: guest.locale,
    };
    signin::proven::sign_up(tx, wish, hash, now).await?.ok_or(Refusal::HasAccount).map(Some)
}

fn address(invitation: &Invitation) -> Email {
    Email { address: invitation.email.clone(), key: invitation.email_key.clone() }
}

async fn places(
    tx: &mut Tx,
    event: &Event,
    of: &TicketType,
    (invitation, press, new): (&Invitation, &Press<'_>, Option<&Member>),
    guest: &Guest<'_>,
    now: Instant,
) -> Result<Id<Order>, Refusal> {
    let buyer = match press.me.or(new) {
        Some(member) => Buyer::member(member),
        None => Buyer::Guest { name: guest.name.to_owned(), email: address(invitation), locale: guest.locale },
    };
    let most = plus_ones(invitation, event);
    if guest.people > 1 + most {
        return Err(orders::Refusal::TooManyPlusOnes { most }.into());
    }
    let wish = Wish {
        event: event.id,
        attendees: vec![buyer.as_attendee()],
        way: Way::Invited,
        actor: press.actor(),
        places: vec![(of.id, guest.people)],
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        form: None,
        buyer,
    };
    let member = press.me.or(new).map(|member| member.id);
    match orders::take(tx, &wish, now).await {
        Ok(Taken::New(order)) => Ok(order.id),
        Ok(Taken::Again(order) | Taken::Already(order)) => Ok(order),
        Ok(Taken::Nothing(_)) => Err(orders::Refusal::NotInvited.into()),
        // Whoever comes anyway has answered, too.
        Err(orders::Refusal::AlreadyGoing) => {
            let live = orders::store::live_of(tx, event.id, member, &invitation.email_key).await?;
            live.ok_or_else(|| orders::Refusal::AlreadyGoing.into())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// They do not come. The same copy of the page may say so twice.
pub async fn decline(tx: &mut Tx, press: &Press<'_>, now: Instant) -> Result<(), Refusal> {
    if let Some(before) = again(tx, press, now).await? {
        return if before.state == State::Declined { Ok(()) } else { Err(Refusal::Dead) };
    }
    let (event, invitation) = lock(tx, press, now).await?;
    if invitation.by_order.is_some() {
        // A friend who has a place counts among those whom the order brings, until it is given back.
        let member = press.me.map(|me| me.id);
        if orders::store::live_of(tx, event.id, member, &invitation.email_key).await?.is_some() {
            return Err(orders::Refusal::AlreadyGoing.into());
        }
    }
    if !store::answer(tx, invitation.id, State::Declined, None, now).await? {
        return Err(Refusal::Dead);
    }
    store::end_links(tx, invitation.id, &press.token_hash()).await?;
    Ok(journal::append(tx, &invitation.stream(), &InvitationFact::InvitationDeclined, press.actor(), now).await?)
}

/// What the letter of an answered invitation is still good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Whoever said no can answer anew.
    Asked,
    /// Whoever said yes gets the tickets once more.
    Mailed,
}

/// Opens a no again, or mails the tickets of a yes, under the limit of such mails.
pub async fn once_more(tx: &mut Tx, token: &str, now: Instant) -> Result<Again, Refusal> {
    let hash = ids::hash(token);
    let found = store::answered_by(&mut *tx, &hash, now).await?.ok_or(Refusal::Dead)?;
    let event = events::store::lock(tx, found.event_id).await?.ok_or(Refusal::Dead)?;
    let invitation = store::answered_by(&mut *tx, &hash, now).await?.ok_or(Refusal::Dead)?;
    if let (State::Accepted, Some(order)) = (invitation.state, invitation.order_id) {
        orders::ending::write_again(tx, order, now).await?;
        return Ok(Again::Mailed);
    }
    inviting::open(&event, now)?;
    friends::has_room(tx, &event, &invitation).await?;
    if !store::reopen(tx, invitation.id, now).await? {
        return Err(Refusal::Dead);
    }
    store::free_link(tx, &hash).await?;
    let fact = InvitationFact::InvitationMade { event: event.id, by_order: invitation.by_order };
    journal::append(tx, &invitation.stream(), &fact, Actor::Guest, now).await?;
    Ok(Again::Asked)
}

/// Whoever has this address is gone: where they have no place (any more), they do not come.
pub async fn leave(tx: &mut Tx, email_key: &str, member: Id<Member>, now: Instant) -> crate::db::Result<()> {
    for invitation in store::standing_for(&mut *tx, email_key).await? {
        if orders::store::live_of(tx, invitation.event_id, Some(member), email_key).await?.is_some() {
            continue;
        }
        store::give_up(tx, invitation.id, now).await?;
        let fact = InvitationFact::InvitationDeclined;
        journal::append(tx, &invitation.stream(), &fact, Actor::Member(member), now).await?;
    }
    Ok(())
}
