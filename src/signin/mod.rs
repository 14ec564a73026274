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
mod hashing;
pub mod letters;
pub mod links;
pub mod mfa_api;
pub mod new_address;
pub mod oauth;
pub mod pages;
pub mod passkeys;
pub mod passkeys_api;
pub mod password_api;
pub mod passwords;
pub mod proven;
pub mod second;
pub mod settings;
pub mod sign_in_links;
pub mod sign_ups;
pub mod step_up;
pub mod store;

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
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

pub use attempts::{Attempt, Entry, Kept, Pass, Way, Welcome, try_password, welcome};
pub use sign_ups::{SignUp, ask_to_verify, resend, sign_up};

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
    pub fn member(self, hash: Option<String>, now: Instant) -> Member {
        let locale = Some(self.locale.tag().to_owned());
        Member { password: hash, locale, ..Member::new(self.name, self.email, now) }
    }
}

/// Sends a link for a new password, if there is an account with this address.
pub async fn forgotten(app: &App, email: &Email, ip: Ip) -> Result<()> {
    limits::RESET_REQUEST.count(app, &ip.whose()).await?;
    let found = members::store::by_email_key(&app.db, &email.key).await?;
    let letter = Letter::Reset { member: found.as_ref().map_or_else(Id::new, |member| member.id) };
    let now = app.clock.now();
    decide!(app.db, tx, write(tx, &email.key, letter, found.as_ref().map(reader), now).await)
}

/// The reader of a letter that anybody can ask for, by the name in its head only where the address is proven.
fn reader(member: &Member) -> Reader {
    let name = member.email_verified_at.map(|_| member.name.clone()).unwrap_or_default();
    Reader { name, ..Reader::of(member) }
}

/// Queues a letter that its reader did not ask for, within the limit of such letters to one address. For an
/// address without an account the same rows are written, for nobody: when its turn comes it is dropped.
async fn write(tx: &mut Tx, email_key: &str, letter: Letter, to: Option<Reader>, now: Instant) -> Result<()> {
    let nobody = || Reader { member: None, name: String::new(), email: String::new(), locale: Locale::default() };
    if limits::mail_allowed(tx, letter.kind(), email_key, now).await? {
        queue::queue(tx, letter, &to.unwrap_or_else(nobody), now).await?;
    }
    Ok(())
}

/// Whoever proves an address owns it: it is verified, what was ordered with it is theirs, and nobody else who
/// wanted the account keeps a way in.
pub async fn prove(tx: &mut Tx, member: &Member, now: Instant) -> Result<()> {
    if members::store::verify_email(tx, member.id, now).await? {
        let by = Actor::Member(member.id);
        journal::append(tx, &member.stream(), &MemberFact::EmailVerified, by, now).await?;
        members::store::set_password(tx, member.id, None).await?;
        oauth::store::remove_all(tx, member.id).await?;
        second::store::remove(tx, member.id).await?;
        members::store::set_second_factor(tx, member.id, None).await?;
        passkeys::remove_all(tx, member.id).await?;
        store::drop_sign_ups(tx, &member.email_key).await?;
        store::drop_links(tx, member.id, links::Kind::Verify).await?;
        sessions::end_others(tx, member.id, "").await?;
        crate::api::tokens::revoke_all(tx, member.id).await?;
        devices::forget_others(tx, member.id, None).await?;
    }
    orders::claim(tx, member.id, &member.email_key, now).await?;
    Ok(())
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

/// Sign-ups and devices that are forgotten in one transaction.
const BATCH: i64 = 500;

/// Removes what has ended, or was kept long enough.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::forget_links(&mut tx, now - clock::days(1)).await?;
    store::forget_email_changes(&mut tx, now - clock::days(1)).await?;
    oauth::store::forget_trips(&mut tx, now - clock::days(1)).await?;
    passkeys::store::forget_challenges(&mut tx, now).await?;
    tx.commit().await?;
    let keep = app.config.keep;
    loop {
        let mut tx = app.db.write().await?;
        let sign_ups = store::forget_sign_ups(&mut tx, now - clock::days(keep.sign_ups), BATCH).await?;
        let devices = store::forget_devices(&mut tx, now - clock::days(keep.devices), BATCH).await?;
        tx.commit().await?;
        if sign_ups + devices == 0 {
            return Ok(());
        }
    }
}
