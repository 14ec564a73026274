//! Who runs an event beside its owner.
use super::hosting::Result;
use super::{Event, EventFact, Host, Refusal, Role, finding, team_store, transfers};
use crate::clock::Instant;
use crate::db::Tx;
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member};
use crate::plans::limits;
use crate::web::limits::mail_allowed;

/// An address that is asked to help run an event. Whether it has an account is nobody's business but its owner's:
/// whoever proves the address joins.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Invitation {
    pub id: Id<Invitation>,
    pub event_id: Id<Event>,
    pub email: String,
    pub email_key: String,
    pub role: Role,
    pub invited_at: Instant,
}

/// What asking somebody led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// They are on the team already, and have this role now.
    Changed(String),
    /// A letter is on its way.
    Written,
}

/// Asks an address to help. Who is on the team already, as the team's page shows, gets the role at once. Never the
/// owner's role, and never the owner.
pub async fn ask(
    tx: &mut Tx,
    id: Id<Event>,
    email: &Email,
    role: Role,
    (by, locale): (Actor, Locale),
    now: Instant,
) -> Result<Asked> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    let known = team_store::host_with(&mut *tx, id, &email.key).await?;
    if role == Role::Owner || known.as_ref().is_some_and(|host| host.role == Role::Owner) {
        return Err(Refusal::IsOwner);
    }
    has_room(tx, id, (known.as_ref(), email.key.as_str()), role).await?;
    if let Some(host) = known {
        add(tx, &event, host.member_id, role, by, now).await?;
        return Ok(Asked::Changed(host.name));
    }
    let invitation = team_store::invite(tx, id, email, role, now).await?;
    journal::append(tx, &event.stream(), &EventFact::HostInvited { role }, by, now).await?;
    if mail_allowed(tx, "team_invitation", &email.key, now).await? {
        letters::queue(tx, Letter::TeamInvitation { invitation }, &Reader::guest("", email, locale), now).await?;
    }
    Ok(Asked::Written)
}

/// Whether the plan of the event's owner allows one more host, where this role makes one of whoever has this address.
async fn has_room(tx: &mut Tx, id: Id<Event>, (known, email_key): (Option<&Host>, &str), role: Role) -> Result<()> {
    if role != Role::Host || known.is_some_and(|host| host.role == Role::Host) {
        return Ok(());
    }
    let others = team_store::other_hosts(&mut *tx, id, email_key).await?;
    match limits::another_host(tx, id, others).await? {
        Some(plan) => Err(Refusal::TooManyHosts { tier: plan.tier, most: plan.hosts.unwrap_or_default() }),
        None => Ok(()),
    }
}

/// Gives another role to whoever is on the team. Never the owner's role, and never to the owner.
pub async fn change(tx: &mut Tx, id: Id<Event>, member: Id<Member>, role: Role, by: Actor, now: Instant) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    let hosts = super::store::hosts(&mut *tx, id).await?;
    let host = hosts.iter().find(|host| host.member_id == member).ok_or(Refusal::Gone)?;
    if role == Role::Owner || host.role == Role::Owner {
        return Err(Refusal::IsOwner);
    }
    let known = members::store::by_id(&mut *tx, member).await?.ok_or(Refusal::Gone)?;
    has_room(tx, id, (Some(host), known.email_key.as_str()), role).await?;
    add(tx, &event, member, role, by, now).await
}

async fn add(tx: &mut Tx, event: &Event, member: Id<Member>, role: Role, by: Actor, now: Instant) -> Result<()> {
    super::store::set_host(tx, event.id, member, role, now).await?;
    journal::append(tx, &event.stream(), &EventFact::HostAdded { member, role }, by, now).await?;
    Ok(finding::index::write(tx, event.id, now).await?)
}

/// A member whose address was asked joins. Doing it twice is harmless.
pub async fn join(tx: &mut Tx, id: Id<Event>, me: &Member, now: Instant) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    let Some(invitation) = team_store::waiting(&mut *tx, id, &me.email_key).await? else {
        let hosts = super::store::hosts(&mut *tx, id).await?;
        let joined = hosts.iter().any(|host| host.member_id == me.id);
        return if joined { Ok(()) } else { Err(Refusal::Gone) };
    };
    if invitation.role == Role::Owner {
        return transfers::take_over(tx, &event, &invitation, me, now).await;
    }
    team_store::end(tx, id, invitation.id, now).await?;
    // Whoever owns the event stays its owner, whatever was asked of an address that became theirs.
    let hosts = super::store::hosts(&mut *tx, id).await?;
    if hosts.iter().any(|host| host.member_id == me.id && host.role == Role::Owner) {
        return Ok(());
    }
    let others = hosts.iter().filter(|host| host.member_id != me.id && host.role == Role::Host).count();
    let already = hosts.iter().any(|host| host.member_id == me.id && host.role == Role::Host);
    if invitation.role == Role::Host
        && !already
        && limits::another_host(tx, id, i64::try_from(others).unwrap_or(i64::MAX)).await?.is_some()
    {
        return Err(Refusal::HostsFull);
    }
    add(tx, &event, me.id, invitation.role, Actor::Member(me.id), now).await
}

/// The same for whoever says what they were asked for: to help, or (`own`) to own the event. Whom something else was
/// asked of was not asked, so that nobody takes over what they only meant to help with.
pub async fn join_to(tx: &mut Tx, id: Id<Event>, me: &Member, own: bool, now: Instant) -> Result<()> {
    super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    match team_store::waiting(&mut *tx, id, &me.email_key).await? {
        Some(asked) if (asked.role == Role::Owner) != own => Err(Refusal::Gone),
        _ => join(tx, id, me, now).await,
    }
}

/// Takes an invitation back. Doing it twice is harmless. False if there never was one.
pub async fn withdraw(tx: &mut Tx, id: Id<Event>, invitation: Id<Invitation>, by: Actor, now: Instant) -> Result<bool> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    if let Some(asked) = team_store::by_id(&mut *tx, invitation).await?.filter(|asked| asked.event_id == id) {
        let fact = EventFact::HostInvitationEnded { role: asked.role };
        journal::append(tx, &event.stream(), &fact, by, now).await?;
    }
    Ok(team_store::end(tx, id, invitation, now).await?)
}

/// Whoever owns an event leaves it to somebody who runs it with them. Whom they asked to take it over is not asked any
/// more: it is not theirs to give.
pub async fn hand_on(
    tx: &mut Tx,
    id: Id<Event>,
    (from, to): (Id<Member>, Id<Member>),
    by: Actor,
    now: Instant,
) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    for asked in team_store::invited(&mut *tx, id).await?.into_iter().filter(|asked| asked.role == Role::Owner) {
        team_store::end(tx, id, asked.id, now).await?;
        let fact = EventFact::HostInvitationEnded { role: asked.role };
        journal::append(tx, &event.stream(), &fact, by, now).await?;
    }
    add(tx, &event, from, Role::Host, by, now).await?;
    add(tx, &event, to, Role::Owner, by, now).await
}

/// Takes a role away. Doing it twice is harmless.
pub async fn remove(tx: &mut Tx, id: Id<Event>, member: Id<Member>, by: Actor, now: Instant) -> Result<()> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    if super::store::remove_host(tx, id, member).await? {
        journal::append(tx, &event.stream(), &EventFact::HostRemoved { member }, by, now).await?;
        finding::index::write(tx, id, now).await?;
    }
    Ok(())
}
