//! Connecting an account elsewhere to one's own, and removing it.
use super::{Identity, Refusal, Told, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{Error, OrNotFound, Result};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member, MemberFact};
use crate::signin::end_other_sessions;
use crate::web::sessions;

type Outcome = std::result::Result<(), Refusal>;

/// A session that was ended meanwhile decides nothing any more.
async fn open_session(tx: &mut Tx, me: Id<Member>, session: &str, now: Instant) -> Result<Member> {
    let member = members::store::lock(tx, me).await?.or_404()?;
    if sessions::is_open(&mut *tx, session, member.id, now).await? {
        Ok(member)
    } else {
        Err(Error::SignIn { back: "/settings/ways-in".to_owned() })
    }
}

/// Connects what a provider told to the account of whoever is signed in. No address is compared: they prove both.
pub async fn link(tx: &mut Tx, me: Id<Member>, session: &str, told: &Told, now: Instant) -> Result<Outcome> {
    let member = open_session(tx, me, session, now).await?;
    if !store::insert(tx, &told.identity(member.id, now)).await? {
        let there = store::by_subject(&mut *tx, &told.issuer, &told.subject).await?;
        let mine = there.is_some_and(|identity| identity.member_id == member.id);
        return Ok(if mine { Ok(()) } else { Err(Refusal::Taken(told.provider)) });
    }
    let fact = MemberFact::IdentityLinked { provider: told.provider.word().to_owned() };
    journal::append(tx, &member.stream(), &fact, Actor::Member(member.id), now).await?;
    let letter = Letter::IdentityLinked { member: member.id, provider: told.provider };
    queue(tx, letter, &Reader::of(&member), now).await?;
    Ok(Ok(()))
}

/// Removes one, unless nothing else opens the account, and ends the other sessions: it may have opened them.
pub async fn unlink(tx: &mut Tx, me: Id<Member>, session: &str, id: Id<Identity>, now: Instant) -> Result<Outcome> {
    let member = open_session(tx, me, session, now).await?;
    let all = store::of(&mut *tx, member.id).await?;
    let identity = all.iter().find(|identity| identity.id == id).or_404()?;
    if member.password.is_none() && member.passkey_at.is_none() && all.len() == 1 {
        return Ok(Err(Refusal::LastWayIn));
    }
    store::remove(tx, identity.id).await?;
    end_other_sessions(tx, &member, session, now).await?;
    let fact = MemberFact::IdentityUnlinked { provider: identity.provider.word().to_owned() };
    journal::append(tx, &member.stream(), &fact, Actor::Member(member.id), now).await?;
    let letter = Letter::IdentityUnlinked { member: member.id, provider: identity.provider };
    queue(tx, letter, &Reader::of(&member), now).await?;
    Ok(Ok(()))
}
