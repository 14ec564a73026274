//! The second factor: codes from an app (RFC 6238), and recovery codes for those who lose it.
//!
//! It is on only after a code proved that the app has the secret, a code works once, tries are counted in the
//! database, and nothing replaces it while it is on.
pub mod letters;
pub mod offer;
pub mod store;

use totp_rs::{Builder, Totp};

use super::{Pass, end_other_sessions};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member, MemberFact};
use crate::web::limits::{self, Limit};
use crate::web::{sealing, sessions};

pub use offer::Offer;

/// Recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;
/// Seconds of a step; the one before and the one after are taken, too.
const STEP: i64 = 30;
const PURPOSE: &str = "second-factor";

/// What a member's app shares with us.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Factor {
    pub secret: String,
    pub last_step: i64,
    pub salt: String,
}

fn totp(secret: &[u8]) -> Builder {
    Builder::new().with_secret(secret).with_skew(1).with_step_duration(STEP.unsigned_abs())
}

/// The step of a right code.
fn step_of(totp: &Totp, typed: &str, now: Instant) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp().as_second()).ok()?;
    totp.check(&digits, seconds).and_then(|step| i64::try_from(step).ok())
}

/// What came of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Right,
    Wrong,
    /// Too many wrong ones, of this account.
    TooMany {
        wait_seconds: i64,
    },
}

/// Takes a code of the app, or a recovery code, which then works no more. Of many at once with one code one is right.
pub async fn check(app: &App, member: &Member, typed: &str) -> Result<Checked> {
    let Some(factor) = store::factor(&app.db, member.id).await? else { return Ok(Checked::Wrong) };
    let recovery = match ids::read_recovery_code(typed) {
        Some(code) => Some(app.passwords.code_hash(&code, &factor.salt).await?),
        None => None,
    };
    let now = app.clock.now();
    decide!(app.db, tx, {
        let Some(member) = members::store::lock(tx, member.id).await? else { return Ok(Checked::Wrong) };
        let whose = member.id.to_string();
        for limit in [limits::WRONG_CODE, limits::WRONG_CODE_DAILY] {
            if let Some(wait_seconds) = limit.reached(&mut *tx, &whose, now).await? {
                return Ok(Checked::TooMany { wait_seconds });
            }
        }
        let right = match &recovery {
            Some(hash) => take_recovery_code(tx, &member, hash, now).await?,
            None => take_code(app, tx, &member, typed, now).await?,
        };
        if right {
            return Ok(Checked::Right);
        }
        count_wrong(tx, &whose, now).await.map(|()| Checked::Wrong)
    })
}

async fn count_wrong(tx: &mut Tx, whose: &str, now: Instant) -> Result<()> {
    let count = async |tx: &mut Tx, limit: Limit| limit.take_in(tx, whose, now).await.map(drop);
    count(&mut *tx, limits::WRONG_CODE).await?;
    Ok(count(tx, limits::WRONG_CODE_DAILY).await?)
}

async fn take_code(app: &App, tx: &mut Tx, member: &Member, typed: &str, now: Instant) -> Result<bool> {
    let Some(factor) = store::factor(&mut *tx, member.id).await? else { return Ok(false) };
    let subject = member.id.to_string();
    let opened = sealing::open(app, PURPOSE, &subject, &factor.secret).ok_or_else(|| {
        Error::Internal(anyhow::anyhow!("no key of MARQUEE_SECRET_KEY opens the second factor of {subject}"))
    })?;
    let totp = totp(&opened.bytes).build()?;
    let Some(step) = step_of(&totp, typed, now).filter(|step| *step > factor.last_step) else { return Ok(false) };
    store::set_last_step(tx, member.id, step).await?;
    if !opened.newest {
        let sealed = sealing::seal(app, PURPOSE, &subject, &opened.bytes)?;
        store::set_secret(tx, member.id, &sealed).await?;
    }
    Ok(true)
}

async fn take_recovery_code(tx: &mut Tx, member: &Member, hash: &str, now: Instant) -> Result<bool> {
    if !store::use_recovery_code(tx, member.id, hash, now).await? {
        return Ok(false);
    }
    journal::append(tx, &member.stream(), &MemberFact::RecoveryCodeUsed, Actor::Member(member.id), now).await?;
    queue(tx, Letter::RecoveryCodeUsed { member: member.id }, &Reader::of(member), now).await?;
    Ok(true)
}

/// The second step of signing in: a pass that is good for an account with a second factor.
pub async fn complete(app: &App, pass: Pass, typed: &str) -> Result<(Checked, Pass)> {
    let checked = check(app, &pass.member, typed).await?;
    let pass = if checked == Checked::Right { pass.with_second() } else { pass };
    Ok((checked, pass))
}

/// What came of turning it on.
#[derive(Debug, PartialEq, Eq)]
pub enum TurnedOn {
    /// The recovery codes, which are shown this once.
    Codes(Vec<String>),
    Wrong,
    /// It was on already, and stays as it was.
    Already,
}

/// Turns it on for whoever has the offered secret in their app, and ends all other sessions.
pub async fn turn_on(app: &App, me: &Member, session: &str, offer: &Offer, typed: &str) -> Result<TurnedOn> {
    let now = app.clock.now();
    let Some(step) = step_of(&offer.totp, typed, now) else { return Ok(TurnedOn::Wrong) };
    let (salt, codes, hashes) = new_codes(app).await?;
    let sealed = sealing::seal(app, PURPOSE, &me.id.to_string(), offer.secret())?;
    let factor = Factor { secret: sealed, last_step: step, salt };
    decide!(app.db, tx, {
        let member = open_session(tx, me, session, now).await?;
        if !store::insert(tx, member.id, &factor).await? {
            return Ok(TurnedOn::Already);
        }
        store::insert_codes(tx, member.id, &hashes).await?;
        members::store::set_second_factor(tx, member.id, Some(now)).await?;
        changed(tx, &member, session, MemberFact::SecondFactorOn, now).await?;
        queue(tx, Letter::SecondFactorOn { member: member.id }, &Reader::of(&member), now).await?;
        Ok(TurnedOn::Codes(codes.clone()))
    })
}

/// Turns it off. The page and the call ask for a code before.
pub async fn turn_off(tx: &mut Tx, me: &Member, session: &str, now: Instant) -> Result<()> {
    let member = open_session(tx, me, session, now).await?;
    if !store::remove(tx, member.id).await? {
        return Ok(());
    }
    members::store::set_second_factor(tx, member.id, None).await?;
    changed(tx, &member, session, MemberFact::SecondFactorOff, now).await?;
    queue(tx, Letter::SecondFactorOff { member: member.id }, &Reader::of(&member), now).await?;
    Ok(())
}

/// New recovery codes; the old ones work no more. `None` where there is no second factor.
pub async fn remake_codes(app: &App, me: &Member, session: &str) -> Result<Option<Vec<String>>> {
    let now = app.clock.now();
    let (salt, codes, hashes) = new_codes(app).await?;
    decide!(app.db, tx, {
        let member = open_session(tx, me, session, now).await?;
        if !store::set_salt(tx, member.id, &salt).await? {
            return Ok(None);
        }
        store::drop_codes(tx, member.id).await?;
        store::insert_codes(tx, member.id, &hashes).await?;
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::RecoveryCodesMade, by, now).await?;
        queue(tx, Letter::RecoveryCodesMade { member: member.id }, &Reader::of(&member), now).await?;
        Ok(Some(codes.clone()))
    })
}

/// A session that was ended meanwhile decides nothing any more.
async fn open_session(tx: &mut Tx, me: &Member, session: &str, now: Instant) -> Result<Member> {
    let member = members::store::lock(tx, me.id).await?.ok_or(Error::NotFound)?;
    if sessions::is_open(&mut *tx, session, member.id, now).await? {
        Ok(member)
    } else {
        Err(Error::SignIn { back: "/settings/second-factor".to_owned() })
    }
}

async fn changed(tx: &mut Tx, member: &Member, session: &str, fact: MemberFact, now: Instant) -> Result<()> {
    end_other_sessions(tx, member, session, now).await?;
    journal::append(tx, &member.stream(), &fact, Actor::Member(member.id), now).await?;
    Ok(())
}

/// Salt, codes and their hashes.
async fn new_codes(app: &App) -> Result<(String, Vec<String>, Vec<String>)> {
    let salt = ids::secret();
    let mut codes: Vec<String> = Vec::new();
    while codes.len() < RECOVERY_CODES {
        let code = ids::recovery_code();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let mut hashes = Vec::new();
    for code in &codes {
        hashes.push(app.passwords.code_hash(code, &salt).await?);
    }
    Ok((salt, codes, hashes))
}
