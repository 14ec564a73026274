//! The mail queue: which letters there are, and their way to the reader.
//!
//! A letter is queued as its kind and ids. Its text, with any secret link, is made when it is sent, so no
//! secret rests in the database, and what it says is true at that moment.
mod letter;
pub mod plain;
pub mod preview;
pub mod sending;
pub mod store;
mod writing;

use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::forms::Email;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::members::Member;

pub use letter::Letter;
pub use plain::{Content, Plain};

/// Marks the ids of queued mails.
#[derive(Debug)]
pub struct Mail;

/// To whom a letter goes, and in which language.
#[derive(Debug, Clone)]
pub struct Reader {
    pub member: Option<Id<Member>>,
    pub name: String,
    pub email: String,
    pub locale: Locale,
}

impl Reader {
    pub fn of(member: &Member) -> Self {
        Self {
            member: Some(member.id),
            name: member.name.clone(),
            email: member.email.clone(),
            locale: member.locale(),
        }
    }
    pub fn guest(name: &str, email: &Email, locale: Locale) -> Self {
        Self { member: None, name: name.to_owned(), email: email.address.clone(), locale }
    }
}

/// Queues a letter in the transaction that makes it necessary.
pub async fn queue(tx: &mut Tx, letter: Letter, to: &Reader, now: Instant) -> db::Result<Id<Mail>> {
    queue_among(tx, letter, to, letter.goes_to_many(), now).await
}

/// The same; one of `many` that go at once keeps nobody waiting for theirs, whatever letter it is.
pub async fn queue_among(tx: &mut Tx, letter: Letter, to: &Reader, many: bool, now: Instant) -> db::Result<Id<Mail>> {
    let id = Id::new();
    store::insert(tx, id, letter, to, now).await?;
    jobs::enqueue(tx, Job::SendMail { mail: id, many }, now).await?;
    Ok(id)
}

/// The same, unless one was queued under this key before: a job that runs twice writes once.
pub async fn queue_once(tx: &mut Tx, letter: Letter, to: &Reader, once: &str, now: Instant) -> db::Result<bool> {
    let id = Id::new();
    let new = store::insert_once(tx, id, letter, to, (once, now)).await?;
    if new {
        jobs::enqueue(tx, Job::SendMail { mail: id, many: letter.goes_to_many() }, now).await?;
    }
    Ok(new)
}
