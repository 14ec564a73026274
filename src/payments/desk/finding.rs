//! An event's payments and refunds, found page by page.
use super::{Line, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{Alike, Result};
use crate::events::Event;
use crate::ids::Id;
use crate::payments::Payment;

/// Lines of one page.
const PAGE: i64 = 50;

/// Where a line stands among an event's, which are sorted by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub at: Instant,
    pub id: String,
}

impl Place {
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        // A refund's looks the same.
        let id: Id<Payment> = id.parse().ok()?;
        Some(Self { at: Instant::from_micros(at.parse().ok()?), id: id.to_string() })
    }
    pub fn text(&self) -> String {
        format!("{}.{}", self.at.micros(), self.id)
    }
}

/// What hosts look for.
#[derive(Debug, Clone, Default)]
pub struct Search<'a> {
    pub q: &'a str,
    /// A state of payments or refunds; '' is all.
    pub state: &'a str,
}

impl Search<'_> {
    fn like(&self) -> Alike {
        Alike::to(self.q)
    }
    /// The end of an order's id, if that is what was typed.
    fn number(&self) -> String {
        let q = self.q.trim().to_lowercase();
        let q = q.strip_prefix("m-").unwrap_or(&q);
        let is_number = q.len() >= 4 && q.chars().all(|c| c.is_ascii_alphanumeric());
        if is_number { format!("%{q}") } else { String::new() }
    }
}

/// One page of what is found, and where those before and behind it begin.
#[derive(Debug, Default)]
pub struct Found {
    pub lines: Vec<Line>,
    pub before: Option<Place>,
    pub next: Option<Place>,
}

/// An event's payments and refunds behind a place, or those before it, the latest first.
pub async fn page(
    app: &App,
    event: Id<Event>,
    search: &Search<'_>,
    (place, back): (Option<Place>, bool),
) -> Result<Found> {
    let (like, number) = (search.like(), search.number());
    let from = (place.as_ref(), back);
    let mut lines = store::page(&app.db, event, search.state, (&like, &number), from, PAGE + 1).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = lines.len() > most;
    lines.truncate(most);
    if back {
        lines.reverse();
    }
    let next = lines.last().filter(|_| more || back).map(Line::place);
    let before = lines.first().filter(|_| if back { more } else { place.is_some() }).map(Line::place);
    Ok(Found { lines, before, next })
}
