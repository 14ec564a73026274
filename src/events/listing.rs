//! What's on: the public events by day, or the best match first, as the front page shows them.
use std::collections::{BTreeMap, HashMap};

use jiff::civil::{Date, DateTime};

use super::cost::Cost;
use super::finding::wish::Wish;
use super::finding::{self, Cursor};
use super::place::{Viewer, visible_place};
use super::{Event, TicketType, times};
use crate::app::App;
use crate::clock::Instant;
use crate::db;
use crate::ids::Id;

/// Events on one page of the list.
const PAGE: usize = 30;

/// One day and what is on.
pub struct Day {
    pub date: Date,
    pub entries: Vec<Entry>,
}

/// One event as a list shows it: no more of the place than everyone may see.
pub struct Entry {
    pub event: Event,
    /// When it starts: by the clocks at the place, but in a month by the site's, which part its days.
    pub at: DateTime,
    pub place: String,
    /// `None` is any number.
    pub left: Option<i64>,
    pub cost: Cost,
    /// Whether its picture is in sight at once.
    pub eager: bool,
    /// Whether it says its day, because nothing above does.
    pub dated: bool,
    /// Whether its poster walks to its page: only one of two that are the same can.
    pub walks: bool,
}

impl Entry {
    /// When it starts, for `datetime`.
    pub fn civil(&self) -> String {
        times::text(self.at)
    }
    pub fn sold_out(&self) -> bool {
        self.left == Some(0)
    }
    /// Few enough to say so.
    pub fn few_left(&self) -> Option<i64> {
        self.left.filter(|left| (1..=20).contains(left))
    }
}

/// One page of the list: days, or what matches best.
#[derive(Default)]
pub struct Listing {
    pub days: Vec<Day>,
    pub best: Vec<Entry>,
    /// Where the next page begins, and its first day.
    pub later: Option<(Cursor, Date)>,
    /// Where looking goes on, if it ended before the page was full.
    pub further: Option<Cursor>,
}

impl Listing {
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.best.is_empty()
    }
}

/// The events that answer a wish, from where the last page ended.
pub async fn listing(app: &App, wish: &Wish, behind: Option<Cursor>) -> db::Result<Listing> {
    let now = app.clock.now();
    let finding::Look { mut rows, further } =
        finding::look(app, wish, behind, i64::try_from(PAGE).unwrap_or(30) + 1).await?;
    let next = if rows.len() > PAGE { rows.pop() } else { None };
    let first_day = wish.from;
    let shown = |event: &Event| shown_day(event, now).max(first_day.unwrap_or(Date::MIN));
    let later = next.and_then(|next| rows.last().map(|last| (last.cursor(), shown(&next.found.event))));
    let mut entries = entries(app, rows.into_iter().map(|row| row.found.event).collect()).await?;
    if wish.newest || (!wish.words.is_empty() && !wish.by_date) {
        for (entry, number) in entries.iter_mut().zip(0..) {
            (entry.eager, entry.dated) = (number < 2, true);
        }
        return Ok(Listing { best: entries, later, further, ..Listing::default() });
    }
    // Not in the order of instants alone: what is on in another zone, or still, may stand under another day.
    let mut days: BTreeMap<Date, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        days.entry(shown(&entry.event)).or_default().push(entry);
    }
    if let Some(mut first) = days.first_entry() {
        first.get_mut().iter_mut().for_each(|entry| entry.eager = true);
    }
    let days = days.into_iter().map(|(date, entries)| Day { date, entries }).collect();
    Ok(Listing { days, later, further, ..Listing::default() })
}

/// Events as lists show them.
pub async fn entries(app: &App, events: Vec<Event>) -> db::Result<Vec<Entry>> {
    let now = app.clock.now();
    let types = types_by_event(app, &events).await?;
    let entry = |event: Event| {
        let types = types.get(&event.id).map_or(&[][..], Vec::as_slice);
        let (left, cost) = (super::left_in_all(&event, types), Cost::of(&event, types, now));
        let (at, place) = (event.starts(), place_line(&event, now));
        Entry { event, at, place, left, cost, eager: false, dated: false, walks: true }
    };
    Ok(events.into_iter().map(entry).collect())
}

/// The day under which an event stands: its first, or today while it lasts, by the clocks at the place.
fn shown_day(event: &Event, now: Instant) -> Date {
    event.start().date().max(now.in_zone(&event.time_zone()).date())
}

/// As much of the place as everyone may see, in one line.
fn place_line(event: &Event, now: Instant) -> String {
    let place = visible_place(event, Viewer::Public, now);
    [place.name, place.town].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// All ticket types of these events by one question.
async fn types_by_event(app: &App, events: &[Event]) -> db::Result<HashMap<Id<Event>, Vec<TicketType>>> {
    let mut by_event: HashMap<_, Vec<TicketType>> = HashMap::new();
    if events.is_empty() {
        return Ok(by_event);
    }
    let ids: Vec<String> = events.iter().map(|event| event.id.to_string()).collect();
    for of in finding::store::ticket_types(&app.db, &serde_json::Value::from(ids).to_string()).await? {
        by_event.entry(of.event_id).or_default().push(of);
    }
    Ok(by_event)
}
