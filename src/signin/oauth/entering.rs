//! Which account a provider's word opens.
//!
//! A known identity opens its own. A new one joins the account with its address only if the provider vouches for the
//! address and the account proved it, too; where the account never did, whoever proves it now owns it, and nothing
//! of what was there before remains. Otherwise it opens a new account, if the site takes any.
use super::{Identity, Refusal, Told, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member, MemberFact};
use crate::signin::{self, Pass, Way};
use crate::site;
use crate::web::limits::{self, Ip};

/// What came of it.
pub struct Entered {
    pub pass: Pass,
    /// They proved an address here for the first time.
    pub new: bool,
    /// The provider names another address than last time, and it is not the account's.
    pub other_email: Option<String>,
}

type Outcome = std::result::Result<Entered, Refusal>;

/// Opens what a provider's word opens. The door behind it asks for a second factor, as it asks everybody.
pub async fn enter(app: &App, told: &Told, locale: Locale, ip: Ip) -> Result<Outcome> {
    let met = store::by_subject(&app.db, &told.issuer, &told.subject).await?.is_some();
    if !met && let Some(refusal) = bars(app, told, ip).await? {
        return Ok(Err(refusal));
    }
    let now = app.clock.now();
    decide!(app.db, tx, {
        match store::by_subject(&mut *tx, &told.issuer, &told.subject).await? {
            Some(identity) => known(tx, &identity, told, now).await,
            None => first(tx, told, locale, now).await,
        }
    })
}

/// What keeps somebody out who comes for the first time. The same is said whether there is an account with their
/// address or not, unless the provider vouches that it is theirs.
async fn bars(app: &App, told: &Told, ip: Ip) -> Result<Option<Refusal>> {
    let Some(email) = told.proven_email() else {
        let why = if told.email.is_some() { Refusal::Unverified } else { Refusal::NoEmail };
        return Ok(Some(why(told.provider)));
    };
    if members::store::by_email_key(&app.db, &email.key).await?.is_some() {
        return Ok(None);
    }
    if !site::admits(app, email).await? {
        return Ok(Some(Refusal::NotAdmitted));
    }
    limits::SIGN_UP.count(app, &ip.whose()).await?;
    Ok(None)
}

async fn known(tx: &mut Tx, identity: &Identity, told: &Told, now: Instant) -> Result<Outcome> {
    let Some(member) = members::store::lock(tx, identity.member_id).await? else { return Ok(Err(Refusal::Used)) };
    if member.suspended_at.is_some() {
        return Ok(Err(Refusal::Suspended));
    }
    store::set_used(tx, identity.id, told.email.as_ref(), now).await?;
    let other = |email: &&Email| email.key != identity.email_key && email.key != member.email_key;
    let other_email = told.email.as_ref().filter(other).map(|email| email.address.clone());
    Ok(Ok(Entered { pass: Pass::new(member, Way::Provider), new: false, other_email }))
}

async fn first(tx: &mut Tx, told: &Told, locale: Locale, now: Instant) -> Result<Outcome> {
    // Its identity was taken away this very moment.
    let Some(email) = told.proven_email() else { return Ok(Err(Refusal::Unverified(told.provider))) };
    let (member, new) = match members::store::by_email_key(&mut *tx, &email.key).await? {
        Some(found) => {
            let Some(member) = members::store::lock(tx, found.id).await? else { return Ok(Err(Refusal::Used)) };
            if member.suspended_at.is_some() {
                return Ok(Err(Refusal::Suspended));
            }
            let new = own(tx, &member, told, email, now).await?;
            (member, new)
        }
        None => (sign_up(tx, told, email, locale, now).await?, true),
    };
    if !store::insert(tx, &told.identity(member.id, now)).await? {
        return Err(Error::Conflict);
    }
    let fact = MemberFact::IdentityLinked { provider: told.provider.word().to_owned() };
    journal::append(tx, &member.stream(), &fact, Actor::Member(member.id), now).await?;
    if !new {
        let letter = Letter::IdentityLinked { member: member.id, provider: told.provider };
        queue(tx, letter, &Reader::of(&member), now).await?;
    }
    let opened = members::store::by_id(&mut *tx, member.id).await?;
    let entered = |member| Entered { pass: Pass::new(member, Way::Provider), new, other_email: None };
    Ok(opened.map(entered).ok_or(Refusal::Used))
}

/// True if the account never proved its address: then it is theirs, and nobody else's any more.
async fn own(tx: &mut Tx, member: &Member, told: &Told, email: &Email, now: Instant) -> Result<bool> {
    if member.email_verified_at.is_some() {
        return Ok(false);
    }
    signin::prove(tx, member, now).await?;
    members::store::set_name_and_email(tx, member.id, &told.called(), &email.address).await?;
    Ok(true)
}

async fn sign_up(tx: &mut Tx, told: &Told, email: &Email, locale: Locale, now: Instant) -> Result<Member> {
    let member = Member {
        email_verified_at: Some(now),
        locale: Some(locale.tag().to_owned()),
        ..Member::new(told.called(), email.clone(), now)
    };
    // Somebody else made an account with the address in between: they come back and are asked again.
    if !members::store::insert(tx, &member).await? {
        return Err(Error::Conflict);
    }
    let by = Actor::Member(member.id);
    journal::append(tx, &member.stream(), &MemberFact::MemberSignedUp, by, now).await?;
    journal::append(tx, &member.stream(), &MemberFact::EmailVerified, by, now).await?;
    signin::store::drop_sign_ups(tx, &member.email_key).await?;
    Ok(member)
}
