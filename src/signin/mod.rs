//! How people come in: sign up, prove an address, sign in and out, forgotten passwords, settings.
//!
//! Nothing here tells a stranger whether an address has an account: not by text, not by status, and not
//! by time, since every way does the same work for both.
pub mod api;
pub mod attempts;
pub mod devices;
pub mod first_run;
pub mod forms;
pub mod grant_api;
pub mod letters;
pub mod links;
pub mod pages;
pub mod passwords;
pub mod settings;
pub mod store;

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::error::Result;
use crate::forms::{Email, Message};
use crate::i18n::Locale;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader};
use crate::members::{self, Member, MemberFact};
use crate::web::limits::{self, Ip};
use crate::web::sessions;
use crate::{letters as queue, orders};

pub use attempts::{Attempt, Entry, Pass, try_password, welcome};

/// What everybody is told who does not get in, whether there is such an account or not.
pub fn no_entry() -> Message {
    Message::new(t!(
        "This address and this password do not belong together, or the address is not confirmed yet: then a new link is in your mail."
    ))
}

/// What somebody wrote to get an account; the password obeys the rule already.
pub struct NewMember {
    pub name: String,
    pub email: Email,
    pub password: String,
    pub locale: Locale,
}

impl NewMember {
    pub fn member(self, hash: String, now: Instant) -> Member {
        Member {
            id: Id::new(),
            name: self.name,
            email: self.email.address,
            email_key: self.email.key,
            email_verified_at: None,
            password: Some(hash),
            admin: false,
            zone: None,
            locale: Some(self.locale.tag().to_owned()),
            theme: None,
            wrong_passwords: 0,
            locked_until: None,
            suspended_at: None,
            suspended_why: None,
            created_at: now,
            last_seen_at: None,
        }
    }
}

/// Makes an account that waits for its address to be proven. If there is one already its owner is told by
/// mail, and the answer is the same: an id, which then belongs to nobody.
pub async fn sign_up(app: &App, wish: NewMember, ip: Ip) -> Result<Id<Member>> {
    limits::SIGN_UP.count(app, &ip.whose()).await?;
    let hash = app.passwords.hash(&wish.password).await?;
    let now = app.clock.now();
    let member = wish.member(hash, now);
    decide!(app.db, tx, enroll(tx, &member, now).await)?;
    Ok(member.id)
}

async fn enroll(tx: &mut Tx, member: &Member, now: Instant) -> Result<()> {
    if members::store::insert(tx, member).await? {
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::MemberSignedUp, by, now).await?;
        return write(tx, &member.email_key, Some(member), |member| Letter::Verify { member }, now).await;
    }
    let owner = members::store::by_email_key(&mut *tx, &member.email_key).await?;
    write(tx, &member.email_key, owner.as_ref(), |member| Letter::AccountExists { member }, now).await
}

/// Sends the link that proves an address once more, if there is an account that waits for it.
pub async fn resend(app: &App, email: &Email, ip: Ip) -> Result<()> {
    limits::RESEND.count(app, &ip.whose()).await?;
    let found = members::store::by_email_key(&app.db, &email.key).await?;
    let waiting = found.filter(|member| member.email_verified_at.is_none());
    ask_to_verify(app, email, waiting.as_ref()).await
}

/// Queues the mail that proves the address.
pub async fn ask_to_verify(app: &App, email: &Email, member: Option<&Member>) -> Result<()> {
    let now = app.clock.now();
    decide!(app.db, tx, write(tx, &email.key, member, |member| Letter::Verify { member }, now).await)
}

/// Sends a link for a new password, if there is an account with this address.
pub async fn forgotten(app: &App, email: &Email, ip: Ip) -> Result<()> {
    limits::RESET_REQUEST.count(app, &ip.whose()).await?;
    let found = members::store::by_email_key(&app.db, &email.key).await?;
    let now = app.clock.now();
    decide!(app.db, tx, write(tx, &email.key, found.as_ref(), |member| Letter::Reset { member }, now).await)
}

/// Queues a letter that its reader did not ask for, within the limit of such letters to one address. For an
/// address without an account the same rows are written, for nobody: when its turn comes it is dropped.
async fn write(
    tx: &mut Tx,
    email_key: &str,
    to: Option<&Member>,
    letter: impl Fn(Id<Member>) -> Letter,
    now: Instant,
) -> Result<()> {
    let nobody = Reader { member: None, name: String::new(), email: String::new(), locale: Locale::default() };
    let letter = letter(to.map_or_else(Id::new, |member| member.id));
    if limits::mail_allowed(tx, letter.kind(), email_key, now).await? {
        queue::queue(tx, letter, &to.map_or(nobody, Reader::of), now).await?;
    }
    Ok(())
}

/// Whoever proves an address owns it: it is verified, and what was ordered with it is theirs.
pub async fn prove(tx: &mut Tx, member: &Member, now: Instant) -> db::Result<()> {
    if members::store::verify_email(tx, member.id, now).await? {
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::EmailVerified, by, now).await?;
    }
    orders::claim(tx, member.id, &member.email_key, now).await.map(drop)
}

/// Ends the session that somebody leaves.
pub async fn sign_out(app: &App, member: &Member, session: &str) -> Result<()> {
    let now = app.clock.now();
    decide!(app.db, tx, end_session(tx, member, session, now).await).map(drop)
}

/// Ends one session of a member. False if it is not theirs, or over.
pub async fn end_session(tx: &mut Tx, member: &Member, session: &str, now: Instant) -> Result<bool> {
    members::store::lock(tx, member.id).await?;
    let ended = sessions::end_one(tx, session, member.id).await?;
    if ended {
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::SessionEnded, by, now).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a member but this one.
pub async fn end_other_sessions(tx: &mut Tx, member: &Member, keep: &str, now: Instant) -> Result<u64> {
    members::store::lock(tx, member.id).await?;
    let ended = sessions::end_others(tx, member.id, keep).await?;
    if ended > 0 {
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::SessionsEnded, by, now).await?;
    }
    Ok(ended)
}

/// Removes what has ended.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::forget_links(&mut tx, now - clock::days(1)).await?;
    store::forget_devices(&mut tx, now - clock::days(devices::DAYS)).await?;
    Ok(tx.commit().await?)
}
