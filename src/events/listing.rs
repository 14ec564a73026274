//! What's on: the public events by day, as the front page shows them.
use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::cost::Cost;
use super::place::{Viewer, visible_place};
use super::{Event, TicketType, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::Id;

/// Events on one page of the list.
const PAGE: i64 = 30;

/// One day and what is on.
pub struct Day {
    pub date: Date,
    pub entries: Vec<Entry>,
}

/// One event as a list shows it: no more of the place than everyone may see.
pub struct Entry {
    pub event: Event,
    pub place: String,
    /// `None` is any number.
    pub left: Option<i64>,
    pub cost: Cost,
    /// Whether its picture is in sight at once.
    pub eager: bool,
}

impl Entry {
    pub fn sold_out(&self) -> bool {
        self.left == Some(0)
    }
    /// Few enough to say so.
    pub fn few_left(&self) -> Option<i64> {
        self.left.filter(|left| (1..=20).contains(left))
    }
}

/// One page of the list.
pub struct Listing {
    pub days: Vec<Day>,
    /// Where the next page begins, and its first day.
    pub later: Option<(String, Date)>,
}

/// The public events from where the last page ended: `starts_at` in microseconds and an id, or '' for the first page.
pub async fn listing(app: &App, cursor: &str) -> Result<Listing> {
    let now = app.clock.now();
    let (from, after) = parse(cursor).unwrap_or((Instant::from_micros(i64::MIN), None));
    let mut events = store::upcoming(&app.db, now, from, after, PAGE + 1).await?;
    let more = i64::try_from(events.len()).unwrap_or(0) > PAGE;
    let next = if more { events.pop() } else { None };
    let later = next.and_then(|next| events.last().map(|last| (cursor_behind(last), shown_day(&next, now))));
    let types = types_by_event(app, &events, now).await?;
    // Not in the order of instants alone: what is on in another zone, or still, may stand under another day.
    let mut days: BTreeMap<Date, Vec<Entry>> = BTreeMap::new();
    for event in events {
        let types = types.get(&event.id).map_or(&[][..], Vec::as_slice);
        let (left, cost) = (super::left_in_all(&event, types), Cost::of(&event, types, now));
        let place = place_line(&event, now);
        days.entry(shown_day(&event, now)).or_default().push(Entry { event, place, left, cost, eager: false });
    }
    if let Some(mut first) = days.first_entry() {
        first.get_mut().iter_mut().for_each(|entry| entry.eager = true);
    }
    let days = days.into_iter().map(|(date, entries)| Day { date, entries }).collect();
    Ok(Listing { days, later })
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

fn cursor_behind(event: &Event) -> String {
    format!("{}.{}", event.starts_at.micros(), event.id)
}

fn parse(cursor: &str) -> Option<(Instant, Option<Id<Event>>)> {
    let (micros, id) = cursor.split_once('.')?;
    Some((Instant::from_micros(micros.parse().ok()?), Some(id.parse().ok()?)))
}

/// All ticket types of these events by one question.
async fn types_by_event(app: &App, events: &[Event], now: Instant) -> Result<HashMap<Id<Event>, Vec<TicketType>>> {
    let mut by_event: HashMap<_, Vec<TicketType>> = HashMap::new();
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(by_event) };
    for of in store::upcoming_ticket_types(&app.db, now, first.starts_at, last.starts_at).await? {
        by_event.entry(of.event_id).or_default().push(of);
    }
    Ok(by_event)
}
