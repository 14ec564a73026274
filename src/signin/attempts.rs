//! Trying a password: the lock, the limits, and what being right leads to.
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::passkeys::{self, Passkey};
use super::passwords::Verdict;
use super::{SignUp, devices, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::forms::Email;
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member, MemberFact};
use crate::orders;
use crate::web::limits::{self, Ip};

/// So many wrong passwords lock password sign-in for so long.
const WRONG: i64 = 5;
const LOCKED: SignedDuration = clock::minutes(15);

/// An address and a password, as typed, and where they come from.
pub struct Attempt<'a> {
    pub email: &'a str,
    pub password: &'a str,
    /// The secret of the device's cookie, if it has one.
    pub device: Option<&'a str>,
    pub ip: Ip,
}

/// What a password opens.
pub enum Entry {
    Open(Pass),
    /// Wrong, locked, or no such account: nobody is told which.
    Wrong,
    /// The password is right, the address not proven yet.
    Unverified(Box<SignUp>),
    /// The password is right, the account suspended.
    Suspended,
    /// Too many wrong ones came from there.
    TooMany {
        wait_seconds: i64,
    },
}

words! {
    /// How somebody came in.
    pub enum Way {
        Password = "password",
        /// A mailed link.
        Link = "link",
        /// Google, Microsoft or GitHub.
        Provider = "provider",
        Passkey = "passkey",
    }
}

/// What somebody proved. The session that it opens counts only after [`welcome`] said so.
pub struct Pass {
    pub member: Box<Member>,
    pub way: Way,
    /// Of the account as it was then: a pass is worth nothing after the password, or the address, changed.
    seal: String,
    /// Whether a code of the second factor was taken, too.
    second: bool,
    /// The passkey that opened it: worth nothing once that is removed.
    passkey: Option<Id<Passkey>>,
}

fn seal(member: &Member) -> String {
    ids::hash(&format!("{}/{}/{}", member.id, member.email_key, member.password.as_deref().unwrap_or_default()))
}

impl Pass {
    pub(super) fn new(member: Member, way: Way) -> Self {
        Self { seal: seal(&member), member: Box::new(member), way, second: false, passkey: None }
    }
    /// For somebody who has proven the address in the browser that asked for the account.
    pub fn proven(member: Member) -> Self {
        Self::new(member, Way::Password)
    }
    /// Whoever holds a passkey has proven both factors.
    pub(super) fn by_passkey(member: Member, passkey: Id<Passkey>) -> Self {
        Self { second: true, passkey: Some(passkey), ..Self::new(member, Way::Passkey) }
    }
    pub(super) fn with_second(self) -> Self {
        Self { second: true, ..self }
    }
    /// What a half-open door remembers, so that only the code is missing.
    pub fn kept(&self) -> Kept {
        Kept { member: self.member.id, way: self.way, seal: self.seal.clone() }
    }
    /// A code is due before this opens anything.
    pub fn lacks_code(&self) -> bool {
        self.member.second_factor_at.is_some() && !self.second
    }
    /// Whether nothing stronger could be asked of them than what they just proved.
    pub fn is_strongest(&self) -> bool {
        let no_passkey = self.member.passkey_at.is_none();
        self.second || (no_passkey && (self.way == Way::Password || self.member.password.is_none()))
    }
}

/// A pass that waits for its code, in a session that opens nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    pub member: Id<Member>,
    pub way: Way,
    seal: String,
}

impl Kept {
    /// `None` when the account changed since.
    pub async fn pass(&self, app: &App) -> Result<Option<Pass>> {
        let member = members::store::by_id(&app.db, self.member).await?;
        let same = |member: &Member| seal(member) == self.seal && member.suspended_at.is_none();
        Ok(member.filter(same).map(|member| Pass::new(member, self.way)))
    }
}

/// Tries a password. Unknown addresses cost one hash like all others.
pub async fn try_password(app: &App, attempt: &Attempt<'_>) -> Result<Entry> {
    limits::FAILED_SIGN_IN.check(app, &attempt.ip.whose()).await?;
    let key = Email::parse(attempt.email).map(|email| email.key).unwrap_or_default();
    let found = members::store::by_email_key(&app.db, &key).await?;
    let last = store::sign_up_with(&app.db, &key, None).await?;
    // An account that waits for its address to be proven has no password but that of its last sign-up.
    let waiting = last.filter(|_| found.as_ref().is_some_and(|member| member.email_verified_at.is_none()));
    let held_against = match &waiting {
        Some(sign_up) => Some(sign_up.password.clone()),
        None => found.as_ref().and_then(|member| member.password.clone()),
    };
    let verdict = app.passwords.verify(attempt.password, held_against.as_deref()).await?;
    let stronger = match verdict {
        Verdict::RightButOld => Some(app.passwords.hash(attempt.password).await?),
        Verdict::Right | Verdict::Wrong => None,
    };
    let right = !matches!(verdict, Verdict::Wrong);
    let now = app.clock.now();
    let tried = Tried { right, held_against, stronger };
    let entry = decide!(app.db, tx, judge(tx, attempt, found.as_ref(), waiting.as_ref(), &tried, now).await)?;
    match entry {
        Entry::TooMany { wait_seconds } => Err(Error::TooMany { wait_seconds }),
        entry => Ok(entry),
    }
}

/// What came of holding a password against a hash, and a stronger hash to keep from now on.
struct Tried {
    right: bool,
    held_against: Option<String>,
    stronger: Option<String>,
}

/// Counts what was wrong and opens what was right, as it stands now: of many tries at once, those behind
/// the fifth wrong one are locked out though they began before it.
async fn judge(
    tx: &mut Tx,
    attempt: &Attempt<'_>,
    found: Option<&Member>,
    waiting: Option<&SignUp>,
    tried: &Tried,
    now: Instant,
) -> Result<Entry> {
    let member = match found {
        Some(member) => members::store::lock(tx, member.id).await?,
        None => None,
    };
    let known = match &member {
        Some(member) => devices::is_known(tx, attempt.device, member.id, now).await?,
        None => false,
    };
    let Some(member) = member.filter(|member| tried.right && (known || !is_locked(member, now))) else {
        return wrong(tx, attempt, found, known, now).await;
    };
    if let Some(wait_seconds) = limits::FAILED_SIGN_IN.reached(&mut *tx, &attempt.ip.whose(), now).await? {
        return Ok(Entry::TooMany { wait_seconds });
    }
    Ok(if member.suspended_at.is_some() {
        Entry::Suspended
    } else if let (None, Some(sign_up)) = (member.email_verified_at, waiting) {
        // Counted as a wrong one is, so that the limit does not tell them apart either.
        let over = limits::FAILED_SIGN_IN.take_in(tx, &attempt.ip.whose(), now).await?;
        let unverified = || Entry::Unverified(Box::new(sign_up.clone()));
        over.map_or_else(unverified, |wait_seconds| Entry::TooMany { wait_seconds })
    } else if member.email_verified_at.is_none() {
        Entry::Wrong
    } else {
        open(tx, member, tried).await?
    })
}

/// The pass of whoever has the password that the account has now: it may have changed since it was tried.
async fn open(tx: &mut Tx, mut member: Member, tried: &Tried) -> Result<Entry> {
    if member.password != tried.held_against {
        return Ok(Entry::Wrong);
    }
    if let Some(hash) = &tried.stronger {
        members::store::set_password(tx, member.id, Some(hash)).await?;
        member.password = Some(hash.clone());
    }
    Ok(Entry::Open(Pass::new(member, Way::Password)))
}

fn is_locked(member: &Member, now: Instant) -> bool {
    member.locked_until.is_some_and(|until| now < until)
}

async fn wrong(tx: &mut Tx, attempt: &Attempt<'_>, found: Option<&Member>, known: bool, now: Instant) -> Result<Entry> {
    let too_many = limits::FAILED_SIGN_IN.take_in(tx, &attempt.ip.whose(), now).await?;
    match found {
        // A device of theirs cannot lock them out, but has no more tries than a stranger.
        Some(member) if known => devices::count_wrong(tx, attempt.device, member.id, now).await?,
        Some(member) => count_wrong(tx, member, now).await?,
        None => {}
    }
    Ok(too_many.map_or(Entry::Wrong, |wait_seconds| Entry::TooMany { wait_seconds }))
}

async fn count_wrong(tx: &mut Tx, found: &Member, now: Instant) -> Result<()> {
    let Some(member) = members::store::lock(tx, found.id).await?.filter(|member| !is_locked(member, now)) else {
        return Ok(());
    };
    let before = if member.locked_until.is_some() { 0 } else { member.wrong_passwords };
    let until = (before + 1 >= WRONG).then(|| now + LOCKED);
    members::store::set_wrong_passwords(tx, member.id, before + 1, until).await?;
    if until.is_some() {
        journal::append(tx, &member.stream(), &MemberFact::SignInLocked, Actor::Guest, now).await?;
    }
    Ok(())
}

/// What a pass is worth at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Welcome {
    In,
    /// A code is asked for first.
    CodeDue,
    /// The account changed, or was suspended, since the pass was given.
    Dead,
}

/// Writes down that somebody came in, after their session was opened and before it is used. Unless they are in,
/// that session must be ended. The one door for every way in, so none goes around the second factor.
pub async fn welcome(tx: &mut Tx, pass: &Pass, device: Option<&str>, now: Instant) -> Result<Welcome> {
    let Some(member) = members::store::lock(tx, pass.member.id).await? else { return Ok(Welcome::Dead) };
    if seal(&member) != pass.seal || member.suspended_at.is_some() {
        return Ok(Welcome::Dead);
    }
    if member.second_factor_at.is_some() && !pass.second {
        return Ok(Welcome::CodeDue);
    }
    if let Some(passkey) = pass.passkey
        && !passkeys::store::exists(&mut *tx, passkey).await?
    {
        return Ok(Welcome::Dead);
    }
    if member.wrong_passwords > 0 && pass.way == Way::Password {
        members::store::set_wrong_passwords(tx, member.id, 0, None).await?;
    }
    members::store::set_last_seen(tx, member.id, now).await?;
    journal::append(tx, &member.stream(), &MemberFact::SignedIn, Actor::Member(member.id), now).await?;
    if let Some(device) = device
        && devices::remember(tx, device, member.id, now).await? == devices::Device::OneMore
    {
        letters::queue(tx, Letter::NewDevice { member: member.id }, &Reader::of(&member), now).await?;
    }
    orders::claim(tx, member.id, &member.email_key, now).await?;
    Ok(Welcome::In)
}
