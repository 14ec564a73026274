//! A month at a glance: as a table where there is room, as a list of days on a phone.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, ToSpan};
use serde::Deserialize;

use super::Stretch;
use super::store::Found;
use super::wish::{Asked, Sort, When, Wish};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::Result;
use crate::events::edit_pages::LANGUAGES;
use crate::events::listing::{Entry, entries};
use crate::events::{Category, Event};
use crate::i18n::filters;
use crate::web::{Page, Query, kept};

/// Events that a day of the table has room for.
const SHOWN: usize = 3;
/// What ends by then in the morning belongs to the evening before.
const EARLY: SignedDuration = clock::hours(6);
/// Events of more than a day that are looked up for a month.
const LONG: i64 = 100;

#[derive(Template)]
#[template(path = "events/month.html")]
struct Month<'a> {
    page: &'a Page,
    asked: &'a Asked,
    action: &'static str,
    /// As the address says it.
    month: &'a str,
    first: Date,
    today: Date,
    weeks: Vec<Vec<Day>>,
    /// The index is being written anew: what is not in it yet cannot be found.
    filling: bool,
}

/// One field of the table.
struct Day {
    date: Date,
    /// Of the month before or after.
    out: bool,
    entries: Vec<Entry>,
    /// There are others, or there may be.
    more: bool,
}

impl Month<'_> {
    fn weekdays(&self) -> impl Iterator<Item = Date> + '_ {
        self.weeks.first().into_iter().flatten().map(|day| day.date)
    }
    /// The days of the month with something on, or perhaps.
    fn busy(&self) -> impl Iterator<Item = &Day> {
        self.weeks.iter().flatten().filter(|day| !day.out && (day.more || !day.entries.is_empty()))
    }
    fn back(&self) -> Option<Date> {
        self.first.checked_sub(1.month()).ok().filter(|month| YEARS.contains(&month.year()))
    }
    fn next(&self) -> Option<Date> {
        self.first.checked_add(1.month()).ok().filter(|month| YEARS.contains(&month.year()))
    }
    fn path(&self, month: &Date) -> String {
        format!("/calendar{}", self.asked.and(&[("month", month_word(*month).as_str())]))
    }
    /// The list of one day.
    fn day_path(&self, day: &Date) -> String {
        let day = day.to_string();
        format!("/{}", self.asked.any_day().with("from", &day).with("to", &day).query())
    }
    fn this_month(&self) -> bool {
        self.first == self.today.first_of_month()
    }
}

/// Years that a calendar of a site can be asked for.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

fn month_word(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}

/// `?month=2026-12`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Wanted {
    month: String,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    Query(asked): Query<Asked>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let today = super::today(&app);
    let first = parse(&wanted.month).unwrap_or_else(|| today.first_of_month());
    // The page is of days itself.
    let asked = asked.any_day().with("sort", "");
    let weeks = weeks(&app, &asked, first).await?;
    let filling = !asked.is_empty() && super::store::filling(&app.db).await?;
    let answer = page.html(&Month {
        page: &page,
        asked: &asked,
        action: "/calendar",
        month: &month_word(first),
        first,
        today,
        weeks,
        filling,
    })?;
    Ok(kept::keep(answer, &[]))
}

fn parse(typed: &str) -> Option<Date> {
    let first: Date = format!("{}-01", typed.trim()).parse().ok()?;
    (typed.trim().len() == 7 && YEARS.contains(&first.year())).then_some(first)
}

/// What is on in a month and lasts more than a day, asked for once for all its days.
struct Lasting {
    long: Vec<Found>,
    /// Of those that stand behind this position, not all are there.
    known_to: i64,
}

impl Lasting {
    async fn through(app: &App, wish: &Wish, first: Date) -> Result<Self> {
        let zone = super::zone(app);
        let end = first.last_of_month().tomorrow().unwrap_or(first);
        let (from, to) = (super::begin(first, &zone), super::begin(end, &zone));
        let stretch = Stretch { long: true, behind: i64::MIN, before: to.micros(), ends_after: from };
        let (long, unseen) = super::between(app, wish, stretch, LONG).await?;
        let full = i64::try_from(long.len()).is_ok_and(|got| got >= LONG);
        let known_to = match long.last() {
            _ if unseen => i64::MIN,
            Some(last) if full => last.position,
            _ => i64::MAX,
        };
        Ok(Self { long, known_to })
    }
}

/// What begins on a day and, where that leaves room, what is on still; and whether there are others, or may be.
async fn on_day(
    app: &App,
    wish: &Wish,
    (from, to): (Instant, Instant),
    lasting: &Lasting,
) -> Result<(Vec<Event>, bool)> {
    let limit = i64::try_from(SHOWN).unwrap_or(3) + 1;
    let ever = Instant::from_micros(i64::MIN);
    let begins = Stretch { long: false, behind: from.micros() - 1, before: to.micros(), ends_after: ever };
    let (mut found, mut unseen) = super::between(app, wish, begins, limit).await?;
    if found.len() <= SHOWN {
        // What lasts a day at most and is still on then has begun on the day before; a late evening is of that day alone.
        let eve = (from - clock::days(1)).micros();
        let long = lasting.long.iter().filter(|long| long.position <= eve && long.event.ends_at > from);
        found.extend(long.take(SHOWN + 1).cloned());
        let late = Stretch { long: false, behind: eve, before: from.micros(), ends_after: from + EARLY };
        let (late, others) = super::between(app, wish, late, limit).await?;
        found.extend(late);
        unseen = unseen || others || lasting.known_to < eve;
    }
    let more = found.len() > SHOWN || unseen;
    Ok((found.into_iter().take(SHOWN).map(|found| found.event).collect(), more))
}

/// A question or two a day, each of a few events: a month of thousands costs no more.
async fn weeks(app: &App, asked: &Asked, first: Date) -> Result<Vec<Vec<Day>>> {
    let (wish, _) = asked.read(super::today(app));
    let lasting = Lasting::through(app, &wish, first).await?;
    let zone = super::zone(app);
    let before = first.weekday().since(Weekday::Monday);
    let mut date = first.checked_sub(i64::from(before).days()).unwrap_or(first);
    let mut weeks = Vec::new();
    while date <= first.last_of_month() {
        let mut week = Vec::new();
        for _ in 0..7 {
            let tomorrow = date.tomorrow().unwrap_or(date);
            let out = date.first_of_month() != first;
            let (from, to) = (super::begin(date, &zone), super::begin(tomorrow, &zone));
            let (events, more) = match out {
                true => (Vec::new(), false),
                false => on_day(app, &wish, (from, to), &lasting).await?,
            };
            let mut entries = entries(app, events).await?;
            for entry in &mut entries {
                entry.at = entry.event.starts_at.in_zone(&zone).datetime();
                let still = entry.event.starts_at < from;
                (entry.dated, entry.walks) = (still, !still);
            }
            week.push(Day { date, out, entries, more });
            date = tomorrow;
        }
        weeks.push(week);
    }
    Ok(weeks)
}
