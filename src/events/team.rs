//! Who runs an event beside its owner.
use super::hosting::Result;
use super::{Event, EventFact, Refusal, Role, finding};
use crate::clock::Instant;
use crate::db::Tx;
use crate::forms::Email;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::members::{self, Member};

/// Gives a member with a proven address a role; again gives another one. Never the owner's, and never to the owner.
pub async fn set_team(
    tx: &mut Tx,
    id: Id<Event>,
    email: &Email,
    role: Role,
    by: Actor,
    now: Instant,
) -> Result<Member> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    let member = members::store::by_email_key(&mut *tx, &email.key).await?;
    let open = |member: &Member| member.email_verified_at.is_some() && member.suspended_at.is_none();
    let member = member.filter(open).ok_or(Refusal::NoSuchMember)?;
    let hosts = super::store::hosts(&mut *tx, id).await?;
    if role == Role::Owner || hosts.iter().any(|host| host.member_id == member.id && host.role == Role::Owner) {
        return Err(Refusal::IsOwner);
    }
    super::store::set_host(tx, id, member.id, role, now).await?;
    journal::append(tx, &event.stream(), &EventFact::HostAdded { member: member.id, role }, by, now).await?;
    finding::index::write(tx, id, now).await?;
    Ok(member)
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
