//! The public events of one host, for their page: drafts and unlisted ones are nobody's business.
use super::{Event, by_host_store as store, listing};
use crate::app::App;
use crate::clock::Instant;
use crate::db;
use crate::ids::Id;
use crate::members::Member;
use listing::Entry;

/// Events of each kind on one page.
const PAGE: usize = 24;

/// Where a page of past events ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    pub at: Instant,
    pub id: Id<Event>,
}

impl std::fmt::Display for Before {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.micros(), self.id)
    }
}
impl std::str::FromStr for Before {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('.').ok_or(())?;
        Ok(Self { at: Instant::from_micros(at.parse().map_err(drop)?), id: id.parse().map_err(drop)? })
    }
}

/// What somebody hosts.
#[derive(Default)]
pub struct Hosted {
    /// The next first, unless it is a page further back.
    pub upcoming: Vec<Entry>,
    /// Whether there are more than these.
    pub more: bool,
    /// The latest first.
    pub past: Vec<Entry>,
    pub earlier: Option<Before>,
}

/// The public events that a member hosts; with `before` only past ones from there on back.
pub async fn hosted(app: &App, host: Id<Member>, before: Option<Before>) -> db::Result<Hosted> {
    let now = app.clock.now();
    let limit = i64::try_from(PAGE).unwrap_or(24) + 1;
    let mut upcoming = if before.is_none() { store::upcoming(&app.db, host, now, limit).await? } else { Vec::new() };
    let mut past = store::past(&app.db, host, now, before, limit).await?;
    let more = upcoming.len() > PAGE;
    upcoming.truncate(PAGE);
    let rest = past.len() > PAGE;
    past.truncate(PAGE);
    let earlier = past.last().filter(|_| rest).map(|last| Before { at: last.starts_at, id: last.id });
    Ok(Hosted { upcoming: dated(app, upcoming).await?, more, past: dated(app, past).await?, earlier })
}

/// Each says its day, because nothing above does.
async fn dated(app: &App, events: Vec<Event>) -> db::Result<Vec<Entry>> {
    let mut entries = listing::entries(app, events).await?;
    entries.iter_mut().for_each(|entry| entry.dated = true);
    Ok(entries)
}
