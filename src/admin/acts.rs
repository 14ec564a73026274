//! What admins may do to members, and what keeps a site from losing its last admin.
use std::fmt;

use crate::api;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::error::Error;
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member, MemberFact};
use crate::plans;
use crate::signin::{devices, passkeys, second};
use crate::web::sessions;

#[derive(Debug)]
pub enum Refusal {
    Gone,
    LastAdmin,
    Yourself,
    OwnFactor,
    OwnSessions,
    NotVerified,
    Suspended,
    Broken(Error),
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Gone => t!("There is no such member any more.").say(w, l),
            Self::LastAdmin => t!("This is the last admin. Make somebody else one first.").say(w, l),
            Self::Yourself => t!("You cannot suspend yourself.").say(w, l),
            Self::OwnFactor => t!("Turn your own off in your settings.").say(w, l),
            Self::OwnSessions => t!("End your own in your settings.").say(w, l),
            Self::NotVerified => t!("This address is not confirmed yet, so nobody can sign in with it.").say(w, l),
            Self::Suspended => t!("This member is suspended. Restore them first.").say(w, l),
            Self::Broken(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
crate::says!(Refusal);

breaks!(Refusal);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl Refusal {
    /// What broke is no answer for a form: it ends the request.
    pub fn or_broken(self) -> Result<Self, Error> {
        match self {
            Self::Broken(error) => Err(error),
            refusal => Ok(refusal),
        }
    }
}

/// Whom an act is about, by whom it is done, and why.
pub struct Act<'a> {
    pub on: Id<Member>,
    pub by: &'a Member,
    pub reason: &'a str,
}

impl Act<'_> {
    async fn write(&self, tx: &mut Tx, fact: MemberFact, now: Instant) -> db::Result<()> {
        journal::append(tx, &members::stream(self.on), &fact, Actor::Member(self.by.id), now).await
    }
    fn reason(&self) -> String {
        self.reason.to_owned()
    }
}

/// Locks a member behind all admins, so that two who remove each other meet.
async fn lock(tx: &mut Tx, id: Id<Member>) -> Result<Member, Refusal> {
    members::store::lock_admins(tx).await?;
    members::store::lock(tx, id).await?.ok_or(Refusal::Gone)
}

async fn not_the_last(tx: &mut Tx, member: &Member) -> Result<(), Refusal> {
    let last = member.admin && member.suspended_at.is_none() && members::store::admins(&mut *tx).await? <= 1;
    if last { Err(Refusal::LastAdmin) } else { Ok(()) }
}

/// Keeps a member out: no session, token or known device of theirs opens anything from now on, and a plan that they pay
/// for ends.
pub async fn suspend(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let member = lock(tx, act.on).await?;
    if member.id == act.by.id {
        return Err(Refusal::Yourself);
    }
    not_the_last(tx, &member).await?;
    if member.suspended_at.is_some() {
        return Ok(());
    }
    members::store::set_suspended(tx, member.id, Some(now), Some(act.reason)).await?;
    sessions::end_others(tx, member.id, "").await?;
    api::tokens::revoke_all(tx, member.id).await?;
    devices::forget_others(tx, member.id, None).await?;
    // Who cannot use a plan does not pay for it.
    if let Some(live) = plans::store::live_of(&mut *tx, member.id).await? {
        jobs::enqueue(tx, Job::EndSubscription { subscription: live.id }, now).await?;
    }
    Ok(act.write(tx, MemberFact::MemberSuspended { reason: act.reason() }, now).await?)
}

/// Lets a suspended member in again; they sign in anew.
pub async fn restore(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let member = lock(tx, act.on).await?;
    if member.suspended_at.is_none() {
        return Ok(());
    }
    members::store::set_suspended(tx, member.id, None, None).await?;
    Ok(act.write(tx, MemberFact::MemberRestored { reason: act.reason() }, now).await?)
}

/// Lets a member run the site.
pub async fn make_admin(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let member = lock(tx, act.on).await?;
    if member.email_verified_at.is_none() {
        return Err(Refusal::NotVerified);
    }
    if member.suspended_at.is_some() {
        return Err(Refusal::Suspended);
    }
    if member.admin {
        return Ok(());
    }
    members::store::set_admin(tx, member.id, true).await?;
    Ok(act.write(tx, MemberFact::MadeAdmin { reason: act.reason() }, now).await?)
}

/// Takes that right back; never from the last one.
pub async fn remove_admin(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let member = lock(tx, act.on).await?;
    not_the_last(tx, &member).await?;
    if !member.admin {
        return Ok(());
    }
    members::store::set_admin(tx, member.id, false).await?;
    Ok(act.write(tx, MemberFact::AdminRemoved { reason: act.reason() }, now).await?)
}

/// Turns off the second factor of a member who lost it. Whoever has their password is then let in without it, so
/// nothing stays signed in and no device known, and they are told.
pub async fn reset_second_factor(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let member = lock(tx, act.on).await?;
    if member.id == act.by.id {
        return Err(Refusal::OwnFactor);
    }
    if member.second_factor_at.is_none() && member.passkey_at.is_none() {
        return Ok(());
    }
    passkeys::remove_all(tx, member.id).await?;
    second::store::remove(tx, member.id).await?;
    members::store::set_second_factor(tx, member.id, None).await?;
    sessions::end_others(tx, member.id, "").await?;
    devices::forget_others(tx, member.id, None).await?;
    queue(tx, Letter::SecondFactorReset { member: member.id }, &Reader::of(&member), now).await?;
    Ok(act.write(tx, MemberFact::SecondFactorReset { reason: act.reason() }, now).await?)
}

/// Signs a member out everywhere, with what was opened by their sessions; they are told. No device is known any more.
/// Tokens that they made for programs go on working.
pub async fn end_sessions(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let member = lock(tx, act.on).await?;
    if member.id == act.by.id {
        return Err(Refusal::OwnSessions);
    }
    if sessions::end_others(tx, member.id, "").await? == 0 {
        return Ok(());
    }
    devices::forget_others(tx, member.id, None).await?;
    queue(tx, Letter::SessionsEnded { member: member.id }, &Reader::of(&member), now).await?;
    Ok(act.write(tx, MemberFact::SessionsEndedByAdmin { reason: act.reason() }, now).await?)
}
