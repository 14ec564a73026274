//! A new password for who is signed in.
use super::passwords::Verdict;
use super::{devices, end_other_sessions};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member, MemberFact};
use crate::web::limits::{self, Ip};
use crate::web::sessions;

/// A new password for somebody who knows the current one; it obeys the rule already.
pub struct Change<'a> {
    pub current: &'a str,
    pub new: &'a str,
    /// What goes on: this session and this device. The others end.
    pub session: &'a str,
    pub device: Option<&'a str>,
    pub ip: Ip,
}

/// False when the current password is wrong.
pub async fn change_password(app: &App, member: &Member, change: &Change<'_>) -> Result<bool> {
    limits::PASSWORD_CHANGE.count(app, &change.ip.whose()).await?;
    // From many addresses at once nobody gets more tries either.
    limits::PASSWORD_CHANGE.count(app, &member.id.to_string()).await?;
    let verdict = app.passwords.verify(change.current, member.password.as_deref()).await?;
    if member.password.is_some() && matches!(verdict, Verdict::Wrong) {
        return Ok(false);
    }
    let hash = app.passwords.hash(change.new).await?;
    let now = app.clock.now();
    decide!(app.db, tx, replace(tx, member, change, &hash, now).await)
}

async fn replace(tx: &mut Tx, was: &Member, change: &Change<'_>, hash: &str, now: Instant) -> Result<bool> {
    let member = members::store::lock(tx, was.id).await?.ok_or(Error::NotFound)?;
    if member.password != was.password {
        return Ok(false);
    }
    // A session that was ended meanwhile decides nothing any more.
    if !sessions::is_open(&mut *tx, change.session, member.id, now).await? {
        return Err(Error::SignIn { back: "/settings/password".to_owned() });
    }
    members::store::set_password(tx, member.id, Some(hash)).await?;
    end_other_sessions(tx, &member, change.session, now).await?;
    crate::api::tokens::revoke_all(tx, member.id).await?;
    devices::forget_others(tx, member.id, change.device).await?;
    journal::append(tx, &member.stream(), &MemberFact::PasswordChanged, Actor::Member(member.id), now).await?;
    letters::queue(tx, Letter::PasswordChanged { member: member.id }, &Reader::of(&member), now).await?;
    Ok(true)
}
