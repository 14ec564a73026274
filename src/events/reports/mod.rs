//! What people say is wrong with an event, and what admins make of it. The journal holds that it was said and how it
//! was settled; the words stand apart, so they can be forgotten.
pub mod pages;
pub mod store;

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Event, EventFact};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::forms::{self, Email, Errors};
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member};

words! {
    /// What is wrong.
    pub enum Ground { Other = "other", Scam = "scam", Unlawful = "unlawful", Hateful = "hateful", Wrong = "wrong" }
}

impl Say for Ground {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Scam => t!("A scam, or not what it says").say(w, l),
            Self::Unlawful => t!("Against the law").say(w, l),
            Self::Hateful => t!("Hateful or harassing").say(w, l),
            Self::Wrong => t!("Time, place or facts are wrong").say(w, l),
            Self::Other => t!("Something else").say(w, l),
        }
    }
}
says!(Ground);

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Report {
    pub id: Id<Report>,
    pub event_id: Id<Event>,
    /// Who said so, if they were signed in.
    pub member_id: Option<Id<Member>>,
    pub ground: Ground,
    pub text: String,
    /// Where to answer; may be empty.
    pub email: String,
    pub created_at: Instant,
    pub settled_at: Option<Instant>,
    pub settled_why: Option<String>,
}

/// As typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub ground: String,
    pub text: String,
    pub email: String,
}

impl Typed {
    pub fn parse(&self, event: Id<Event>, me: Option<&Member>, now: Instant) -> Result<Report, Errors> {
        let mut r = forms::Reader::default();
        if self.ground.is_empty() {
            r.errors.add("ground", t!("Choose what is wrong."));
        }
        let ground = if self.ground.is_empty() { Ground::Other } else { r.choice("ground", &self.ground) };
        let text = r.text("text", &self.text, 2000);
        if ground == Ground::Other && text.trim().is_empty() {
            r.errors.add("text", t!("Say what is wrong."));
        }
        let email = self.email.trim();
        if !email.is_empty() && Email::parse(email).is_none() {
            r.errors.add("email", t!("Enter an e-mail address, like name@example.org."));
        }
        let email = me.map_or_else(|| email.to_owned(), |me| me.email.clone());
        r.errors.or(|| Report {
            id: Id::new(),
            event_id: event,
            member_id: me.map(|me| me.id),
            ground,
            text,
            email,
            created_at: now,
            settled_at: None,
            settled_why: None,
        })
    }
}

/// Puts a report before the admins, who are told by mail: of one event once a day (in UTC), however many speak of it.
pub async fn make(tx: &mut Tx, event: &Event, report: &Report, by: Actor, now: Instant) -> db::Result<()> {
    // Pressed twice it is one report, and so is what one person says again while nobody has looked at it.
    if store::is_said(tx, report).await? {
        return Ok(());
    }
    store::insert(tx, report).await?;
    let fact = EventFact::EventReported { report: report.id, ground: report.ground };
    journal::append(tx, &event.stream(), &fact, by, now).await?;
    let day = now.in_zone(&TimeZone::UTC).date();
    for admin in members::store::every_admin(&mut *tx).await? {
        let once = format!("reported/{}/{day}/{}", event.id, admin.id);
        letters::queue_once(tx, Letter::Reported { report: report.id }, &Reader::of(&admin), &once, now).await?;
    }
    Ok(())
}

/// An admin has looked at it. False if somebody had before: the first word stands.
pub async fn settle(tx: &mut Tx, report: &Report, why: &str, by: Actor, now: Instant) -> db::Result<bool> {
    if !store::settle(tx, report.id, why, now).await? {
        return Ok(false);
    }
    let fact = EventFact::ReportSettled { report: report.id, reason: why.to_owned() };
    journal::append(tx, &format!("event/{}", report.event_id), &fact, by, now).await?;
    Ok(true)
}

/// Reports that are forgotten in one transaction.
const BATCH: i64 = 500;

/// Removes what was settled long enough ago; that it was said, and how it was settled, stands in the journal.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(app.config.keep.reports);
    loop {
        let done: anyhow::Result<u64> = decide!(app.db, tx, Ok(store::forget(tx, before, BATCH).await?));
        if done? == 0 {
            return Ok(());
        }
    }
}
