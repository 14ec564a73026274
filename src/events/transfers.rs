//! Leaving an event to somebody else: its owner asks, and it is theirs once they accept, by the letter's page. Until
//! then nothing changes. One address at a time can be asked.
use super::hosting::Result;
use super::team::Invitation;
use super::{Event, EventFact, Refusal, Role, finding, team_store};
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member};
use crate::plans::limits;
use crate::web::limits::mail_allowed;

/// How long the letter's page takes an answer.
pub const DAYS: i64 = 30;

/// Asks an address to take an event over, instead of whom was asked before. The letter is the same whether it has an
/// account or not.
pub async fn ask(
    tx: &mut Tx,
    id: Id<Event>,
    email: &Email,
    (me, locale): (&Member, Locale),
    now: Instant,
) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    owner(tx, id).await?.filter(|owner| *owner == me.id).ok_or(Refusal::OwnerOnly)?;
    if email.key == me.email_key {
        return Err(Refusal::IsOwner);
    }
    let by = Actor::Member(me.id);
    end_all(tx, &event, &email.key, by, now).await?;
    let invitation = team_store::invite(tx, id, email, Role::Owner, now).await?;
    journal::append(tx, &event.stream(), &EventFact::HostInvited { role: Role::Owner }, by, now).await?;
    if !mail_allowed(tx, "team_invitation", &email.key, now).await? {
        return Err(Refusal::WrittenTooOften);
    }
    letters::queue(tx, Letter::TeamInvitation { invitation }, &Reader::guest("", email, locale), now).await?;
    Ok(())
}

async fn owner(tx: &mut Tx, id: Id<Event>) -> Result<Option<Id<Member>>> {
    let hosts = super::store::hosts(tx, id).await?;
    Ok(hosts.into_iter().find(|host| host.role == Role::Owner).map(|host| host.member_id))
}

/// Nobody is asked to take the event over any more. Doing it twice is harmless.
pub async fn take_back(tx: &mut Tx, id: Id<Event>, by: Actor, now: Instant) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    end_all(tx, &event, "", by, now).await
}

/// Nobody else is asked any more.
async fn end_all(tx: &mut Tx, event: &Event, but: &str, by: Actor, now: Instant) -> Result<()> {
    for asked in team_store::invited(&mut *tx, event.id).await? {
        if asked.role == Role::Owner && asked.email_key != but {
            team_store::end(tx, event.id, asked.id, now).await?;
            let fact = EventFact::HostInvitationEnded { role: asked.role };
            journal::append(tx, &event.stream(), &fact, by, now).await?;
        }
    }
    Ok(())
}

/// Whoever was asked owns the event from now on; whoever did runs it with them. An event ahead counts against their
/// plan, and has the room that it allows. The event is locked.
pub(super) async fn take_over(
    tx: &mut Tx,
    event: &Event,
    invitation: &Invitation,
    me: &Member,
    now: Instant,
) -> Result<()> {
    if invitation.is_over(now) {
        return Err(Refusal::Gone);
    }
    if !members::store::stands(tx, me.id).await? {
        return Err(Refusal::NoAccount);
    }
    let from = owner(tx, event.id).await?.ok_or(Refusal::Gone)?;
    let by = Actor::Member(me.id);
    team_store::end(tx, event.id, invitation.id, now).await?;
    if from == me.id {
        return Ok(());
    }
    let ahead = event.is_published() && !event.is_past(now);
    if ahead {
        limits::another_event_of(tx, me.id, event.id, now).await?;
    }
    if !event.is_past(now) {
        // Whoever owned it hosts it from now on, instead of whoever did and owns it.
        let hosts = super::store::hosts(&mut *tx, event.id).await?;
        let (mine, others): (Vec<_>, Vec<_>) =
            hosts.iter().filter(|host| host.role == Role::Host).partition(|host| host.member_id == me.id);
        if mine.is_empty() {
            limits::another_host_of(tx, me.id, i64::try_from(others.len()).unwrap_or(i64::MAX)).await?;
        }
    }
    super::team::hand_on(tx, event.id, (from, me.id), by, now).await?;
    if ahead {
        super::hosting::fit(tx, event.id, now).await?;
    }
    end_all(tx, event, "", by, now).await?;
    tell(tx, from, Letter::EventHandedOn { event: event.id }, now).await
}

/// Whoever was asked does not want to help, or to own it. Twice is as good as once.
pub async fn decline(tx: &mut Tx, id: Id<Event>, me: &Member, now: Instant) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    let Some(invitation) = team_store::waiting(&mut *tx, id, &me.email_key).await? else { return Ok(()) };
    team_store::end(tx, id, invitation.id, now).await?;
    let fact = EventFact::HostInvitationEnded { role: invitation.role };
    journal::append(tx, &event.stream(), &fact, Actor::Member(me.id), now).await?;
    match owner(tx, id).await? {
        Some(owner) if invitation.role == Role::Owner && !invitation.is_over(now) => {
            tell(tx, owner, Letter::EventNotTaken { event: id }, now).await
        }
        _ => Ok(()),
    }
}

async fn tell(tx: &mut Tx, member: Id<Member>, letter: Letter, now: Instant) -> Result<()> {
    if let Some(member) = members::store::by_id(&mut *tx, member).await? {
        letters::queue(tx, letter, &Reader::of(&member), now).await?;
    }
    Ok(())
}

/// Whoever helps to run an event leaves its team by themselves. Twice is as good as once; its owner stays until
/// somebody else owns it.
pub async fn leave(tx: &mut Tx, id: Id<Event>, me: Id<Member>, now: Instant) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    if owner(tx, id).await? == Some(me) {
        return Err(Refusal::OwnerStays);
    }
    if super::store::remove_host(tx, id, me).await? {
        let fact = EventFact::HostRemoved { member: me };
        journal::append(tx, &event.stream(), &fact, Actor::Member(me), now).await?;
        finding::index::write(tx, id, now).await?;
    }
    Ok(())
}

impl Invitation {
    /// Whether it is too late to take the event over. To help is asked without an end.
    pub fn is_over(&self, now: Instant) -> bool {
        self.role == Role::Owner && self.invited_at + clock::days(DAYS) <= now
    }
}
