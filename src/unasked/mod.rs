//! Mails that nobody asked for, by kind: which of them an address wants. Stopping them takes no account: the signed
//! token of the mail's own address is the right to it (RFC 8058).
pub mod below;
pub mod pages;
pub mod settings_pages;
pub mod store;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, On, Tx};
use crate::forms::Email;
use crate::ids::{self, Id};
use crate::journal::{self, Actor, Fact};
use crate::web::signing;

words! {
    /// What can be stopped, kind by kind.
    pub enum Kind {
        /// A day and two hours before an event for which one has a ticket.
        Reminders = "reminders",
        /// To events, and to help run one.
        Invitations = "invitations",
    }
}

/// An address as it stands in links and in the database: hashed, so that neither tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    pub fn of(email: &Email) -> Self {
        Self::of_key(&email.key)
    }
    /// Of an address as it is compared.
    pub fn of_key(email_key: &str) -> Self {
        Self(ids::hash(email_key))
    }
    fn hash(&self) -> &str {
        &self.0
    }

    /// Opens the choices of this address to whoever has it: what its mails carry.
    pub fn token(&self, app: &App) -> String {
        format!("{}.{}", self.0, signing::key(app, "unasked-mails", &self.0))
    }
    /// The address of such a token; none if we did not make it.
    pub fn opened_by(app: &App, token: &str) -> Option<Self> {
        let (hash, key) = token.split_once('.')?;
        signing::opens(app, "unasked-mails", hash, key).then(|| Self(hash.to_owned()))
    }
    /// Where mails of one kind are stopped, by a press or by a mail program.
    pub fn stop_url(&self, app: &App, kind: Kind) -> String {
        app.config.url(&format!("/mails/{}/{}", self.token(app), kind.word()))
    }
}

/// A choice that was made, as the journal names it.
#[derive(Debug)]
pub struct Choice;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChoiceFact {
    MailsStopped { mails: Kind },
    MailsWanted { mails: Kind },
}
impl Fact for ChoiceFact {}

async fn write_down(tx: &mut Tx, id: Id<Choice>, fact: ChoiceFact, by: Actor, now: Instant) -> db::Result<()> {
    journal::append(tx, &format!("mails/{id}"), &fact, by, now).await
}

/// Whether an address wants mails of a kind.
pub async fn wants(on: impl Into<On<'_>>, address: &Address, kind: Kind) -> db::Result<bool> {
    Ok(!store::unwanted(on, address.hash()).await?.contains(&kind))
}

/// The addresses, hashed as [`ids::hash`] does, that do not want mails of a kind.
pub async fn unwanted(on: impl Into<On<'_>>, kind: Kind) -> db::Result<HashSet<String>> {
    Ok(store::addresses(on, kind).await?.into_iter().map(|(hash,)| hash).collect())
}

/// The kinds that an address wants.
pub async fn wanted(on: impl Into<On<'_>>, address: &Address) -> db::Result<Vec<Kind>> {
    let unwanted = store::unwanted(on, address.hash()).await?;
    Ok(Kind::ALL.iter().copied().filter(|kind| !unwanted.contains(kind)).collect())
}

/// No more mails of this kind, from the next one on. Doing it twice is harmless.
pub async fn stop(tx: &mut Tx, address: &Address, kind: Kind, by: Actor, now: Instant) -> db::Result<()> {
    match store::insert(tx, address.hash(), kind, now).await? {
        Some(id) => write_down(tx, id, ChoiceFact::MailsStopped { mails: kind }, by, now).await,
        None => Ok(()),
    }
}

/// Exactly these kinds are wanted.
pub async fn choose(tx: &mut Tx, address: &Address, wanted: &[Kind], by: Actor, now: Instant) -> db::Result<()> {
    for kind in Kind::ALL {
        if !wanted.contains(kind) {
            stop(tx, address, *kind, by, now).await?;
        } else if let Some(id) = store::remove(tx, address.hash(), *kind).await? {
            write_down(tx, id, ChoiceFact::MailsWanted { mails: *kind }, by, now).await?;
        }
    }
    Ok(())
}

/// A member has another address: what the one before did not want, it does not want either.
pub async fn moved(tx: &mut Tx, from: &str, to: &str, by: Actor, now: Instant) -> db::Result<()> {
    let to = Address::of_key(to);
    for kind in store::unwanted(&mut *tx, Address::of_key(from).hash()).await? {
        stop(tx, &to, kind, by, now).await?;
    }
    Ok(())
}
