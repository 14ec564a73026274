//! "Is it still you?": what members are asked, again, before they do what a stranger at their desk must not.
use super::links::{self, Kind};
use super::passwords::Verdict;
use super::second::{self, Checked};
use super::{store, write};
use crate::app::App;
use crate::error::Result;
use crate::ids;
use crate::letters::{Letter, Reader};
use crate::members::{self, Member};
use crate::web::limits;

/// What somebody is asked for: the strongest that the account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// A code of their app; where they have a passkey besides, that one will do as well.
    Code,
    /// A passkey, and they have no app.
    Passkey,
    Password,
    /// A code that is mailed to them.
    Mail,
}

pub fn factor(member: &Member) -> Factor {
    if member.second_factor_at.is_some() {
        Factor::Code
    } else if member.passkey_at.is_some() {
        Factor::Passkey
    } else if member.password.is_some() {
        Factor::Password
    } else {
        Factor::Mail
    }
}

/// Holds what was typed against the strongest factor. Wrong ones are counted by account.
pub async fn prove(app: &App, member: &Member, typed: &str) -> Result<Checked> {
    match factor(member) {
        Factor::Code => second::check(app, member, typed).await,
        // No passkey can be typed.
        Factor::Passkey => Ok(Checked::Wrong),
        Factor::Password => {
            let right = app.passwords.verify(typed, member.password.as_deref()).await?;
            judge(app, member, !matches!(right, Verdict::Wrong), None).await
        }
        Factor::Mail => judge(app, member, false, Some(links::mailed_code(member.id, typed))).await,
    }
}

async fn judge(app: &App, was: &Member, right: bool, mailed: Option<String>) -> Result<Checked> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        let Some(member) = members::store::lock(tx, was.id).await? else { return Ok(Checked::Wrong) };
        let whose = member.id.to_string();
        if let Some(wait_seconds) = limits::WRONG_PROOF.reached(&mut *tx, &whose, now).await? {
            return Ok(Checked::TooMany { wait_seconds });
        }
        // What they proved must still be the strongest that there is.
        let same = factor(&member) == factor(was) && member.password == was.password;
        let right = match &mailed {
            Some(hash) => store::use_link(tx, hash, Kind::StepUp, "", now).await?,
            None => right,
        };
        if same && right {
            return Ok(Checked::Right);
        }
        limits::WRONG_PROOF.take_in(tx, &whose, now).await?;
        Ok(Checked::Wrong)
    })
}

/// Mails a code to a member who has nothing else to prove it with.
pub async fn mail(app: &App, member: &Member) -> Result<()> {
    let now = app.clock.now();
    let letter = Letter::StepUpCode { member: member.id };
    decide!(app.db, tx, write(tx, &member.email_key, letter, Some(Reader::of(member)), now).await)
}

/// Makes the code that the letter says.
pub async fn mint(app: &App, member: &Member) -> anyhow::Result<String> {
    let code = ids::ticket_code();
    let hash = links::mailed_code(member.id, &code);
    let now = app.clock.now();
    decide!(app.db, tx, store::insert_link(tx, &hash, Kind::StepUp, member, None, now).await)?;
    Ok(code)
}
