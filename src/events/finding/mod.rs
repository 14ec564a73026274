//! Finding events: words and filters, the list and the month. What costs are the events of a page, not those of the site.
pub mod feed_pages;
pub mod help;
pub mod index;
pub mod month_pages;
pub mod near;
mod newest;
pub mod pages;
pub mod starts;
pub mod store;
pub mod wish;
pub mod words;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db;
use crate::events::Event;
use near::Circle;
use store::{Found, Within};
use wish::Wish;
use words::{Grade, Mark, Question};

/// A list is read leg by leg: better matches before others, and in each what has begun long ago before the rest.
struct Leg<'a> {
    grade: Grade,
    question: Question<'a>,
    within: Within,
}

/// An event of a list: the leg that it stands on names its place together with its position. Where the newest come
/// first, the leg is the microsecond in which it was published.
#[derive(Debug, Clone)]
pub struct Row {
    pub leg: usize,
    pub found: Found,
}

/// What one look at the list found.
#[derive(Debug, Default)]
pub struct Look {
    pub rows: Vec<Row>,
    /// Where it goes on, if the look ends before there are as many as were asked for: what is not in the index is asked
    /// of so many events at a time.
    pub further: Option<Cursor>,
}

/// So many events are asked whether they have room, in one look.
const LOOKED_AT: i64 = 5_000;
/// The same where it is one look of many: a day of a month.
const LOOKED_AT_A_DAY: i64 = 500;

/// Where the page before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub leg: usize,
    pub position: i64,
}

impl Row {
    pub fn cursor(&self) -> Cursor {
        Cursor { leg: self.leg, position: self.found.position }
    }
}
impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.leg, self.position)
    }
}
impl std::str::FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (leg, position) = text.split_once('.').ok_or(())?;
        Ok(Self { leg: leg.parse().map_err(drop)?, position: position.parse().map_err(drop)? })
    }
}

/// The site's clocks: by them a day begins where no event says otherwise.
pub fn zone(app: &App) -> TimeZone {
    TimeZone::get(&app.config.zone).unwrap_or(TimeZone::UTC)
}

/// Today by the site's clocks.
pub fn today(app: &App) -> Date {
    app.clock.now().in_zone(&zone(app)).date()
}

/// When a day begins there.
pub fn begin(date: Date, zone: &TimeZone) -> Instant {
    let start = date.to_zoned(zone.clone()).or_else(|_| date.to_zoned(TimeZone::UTC));
    start.map_or(Instant::from_micros(i64::MAX), |start| start.timestamp().into())
}

/// The town that is asked for, if nothing is known to be there.
pub async fn unknown_town<'a>(app: &App, wish: &'a Wish) -> db::Result<Option<&'a str>> {
    Ok(match &wish.near {
        Some(near @ near::Near::Town { name, .. }) if near::circle(app, near).await?.is_none() => Some(name),
        _ => None,
    })
}

/// The public events that are not over and answer a wish, at most `limit`, behind a cursor: as many as one look finds.
pub async fn rows(app: &App, wish: &Wish, behind: Option<Cursor>, limit: i64) -> db::Result<Vec<Row>> {
    Ok(look(app, wish, behind, limit).await?.rows)
}

/// The same, and whether there may be others.
pub async fn look(app: &App, wish: &Wish, behind: Option<Cursor>, limit: i64) -> db::Result<Look> {
    if wish.wordless {
        return Ok(Look::default());
    }
    let circle = match &wish.near {
        None => None,
        Some(near) => match near::circle(app, near).await? {
            None => return Ok(Look::default()),
            some => some,
        },
    };
    if wish.newest {
        return newest::look(app, wish, circle, behind, limit).await;
    }
    let mut rows: Vec<Row> = Vec::new();
    let legs = legs(wish, circle, &zone(app), app.clock.now());
    let behind = behind.filter(|behind| behind.leg < legs.len());
    for (leg, number) in legs.into_iter().zip(0..) {
        let got = i64::try_from(rows.len()).unwrap_or(limit);
        if behind.is_some_and(|behind| number < behind.leg) || got >= limit {
            continue;
        }
        let from = behind.filter(|behind| behind.leg == number).map_or(leg.within.behind, |behind| behind.position);
        let within = Within { behind: from.max(leg.within.behind), limit: limit - got, ..leg.within };
        let end = if wish.room { leg.end(app, within).await? } else { None };
        let within = Within { before: end.map_or(within.before, |end| end.saturating_add(1)), ..within };
        let found = if leg.is_all() {
            store::ahead(&app.db, within).await?
        } else {
            asked(app, &leg.question, leg.grade, within, circle).await?
        };
        rows.extend(found.into_iter().map(|found| Row { leg: number, found }));
        let full = i64::try_from(rows.len()).is_ok_and(|got| got >= limit);
        if let Some(position) = end.filter(|_| !full) {
            return Ok(Look { rows, further: Some(Cursor { leg: number, position }) });
        }
    }
    Ok(Look { rows, further: None })
}

impl Leg<'_> {
    /// Whether everything ahead is on it.
    fn is_all(&self) -> bool {
        let words = self.question.words.is_empty() && self.question.one_of.is_empty();
        words && self.question.marks == [Mark::Ahead]
    }

    /// The position of the last event that is looked at, where there are others behind it.
    async fn end(&self, app: &App, within: Within) -> db::Result<Option<i64>> {
        if self.is_all() {
            return store::nth_ahead(&app.db, within, LOOKED_AT - 1).await;
        }
        store::nth_matching(&app.db, &in_engine(app, &self.question, self.grade), within, LOOKED_AT - 1).await
    }
}

/// The next public event that begins.
pub async fn next(app: &App) -> db::Result<Option<Event>> {
    let behind = Cursor { leg: 0, position: app.clock.now().micros() };
    Ok(rows(app, &Wish::default(), Some(behind), 1).await?.pop().map(|row| row.found.event))
}

/// Which events are asked for, over or not: those that begin in a stretch of time and last longer than until an instant.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Only those that last more than a day.
    pub long: bool,
    /// Behind this position.
    pub behind: i64,
    /// Before this one.
    pub before: i64,
    pub ends_after: Instant,
}

/// What was or will be on in a stretch, and answers a wish; and whether there may be others, since the look ended before
/// there were as many as were asked for.
pub async fn between(app: &App, wish: &Wish, stretch: Stretch, limit: i64) -> db::Result<(Vec<Found>, bool)> {
    if wish.wordless {
        return Ok((Vec::new(), false));
    }
    let now = app.clock.now();
    // What is over has no room.
    let ends_after = if wish.room { stretch.ends_after.max(now) } else { stretch.ends_after };
    let within =
        Within { behind: stretch.behind, before: stretch.before, ends_after, room_at: wish.room.then_some(now), limit };
    let circle = match &wish.near {
        None => None,
        Some(near) => match near::circle(app, near).await? {
            None => return Ok((Vec::new(), false)),
            some => some,
        },
    };
    let one_of = circle.map(|circle| circle.cells()).unwrap_or_default();
    let long = stretch.long.then_some(Mark::Long);
    let ahead = (stretch.long && ends_after >= now).then_some(Mark::Ahead);
    let marks = long.into_iter().chain(ahead).chain(wish.marks.iter().cloned()).collect();
    let question = Question { words: &wish.words, marks, one_of };
    let end = match wish.room {
        false => None,
        true if question.is_empty() => store::nth_ahead(&app.db, within, LOOKED_AT_A_DAY - 1).await?,
        true => {
            let text = in_engine(app, &question, Grade::Anywhere);
            store::nth_matching(&app.db, &text, within, LOOKED_AT_A_DAY - 1).await?
        }
    };
    let within = Within { before: end.map_or(within.before, |end| end.saturating_add(1)), ..within };
    let found = match question.is_empty() {
        true => store::ever(&app.db, within).await?,
        false => asked(app, &question, Grade::Anywhere, within, circle).await?,
    };
    let full = i64::try_from(found.len()).is_ok_and(|got| got >= limit);
    Ok((found, end.is_some() && !full))
}

fn in_engine(app: &App, question: &Question<'_>, grade: Grade) -> String {
    match &app.db {
        db::Db::Sqlite { .. } => question.fts5(grade),
        db::Db::Postgres(..) => question.tsquery(grade),
    }
}

/// What answers a question; of a circle the cells are asked for, and then the distance.
async fn asked(
    app: &App,
    question: &Question<'_>,
    grade: Grade,
    within: Within,
    circle: Option<Circle>,
) -> db::Result<Vec<Found>> {
    let text = in_engine(app, question, grade);
    let Some(circle) = circle else { return store::matching(&app.db, &text, within).await };
    let (now, wanted) = (app.clock.now(), usize::try_from(within.limit).unwrap_or_default());
    let mut next = Within { limit: within.limit.saturating_mul(2), ..within };
    let mut found = Vec::new();
    loop {
        let batch = store::matching(&app.db, &text, next).await?;
        let full = i64::try_from(batch.len()).is_ok_and(|got| got == next.limit);
        next.behind = batch.last().map_or(next.behind, |last| last.position);
        next.limit = next.limit.saturating_mul(2).min(2_000);
        found.extend(batch.into_iter().filter(|found| circle.holds(&found.event, now)));
        if !full || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

fn legs<'a>(wish: &'a Wish, circle: Option<Circle>, zone: &TimeZone, now: Instant) -> Vec<Leg<'a>> {
    let one_of = circle.map(|circle| circle.cells()).unwrap_or_default();
    let grades: &[Grade] = match wish.words.is_empty() || wish.by_date {
        true => &[Grade::Anywhere],
        false => &[Grade::Title, Grade::Near, Grade::About],
    };
    let today = now.in_zone(zone).date();
    let before = wish.to.and_then(|to| to.tomorrow().ok()).map_or(i64::MAX, |end| begin(end, zone).micros());
    let stretches = match wish.from.filter(|from| *from > today).map(|from| begin(from, zone)) {
        None => vec![(None, i64::MIN, before, now)],
        Some(from) => {
            // What lasts a day at most and is still on then has begun on the day before.
            let eve = (from - clock::days(1)).micros();
            vec![(Some(Mark::Long), i64::MIN, before.min(eve + 1), from), (None, eve, before, from)]
        }
    };
    let leg = |grade: &Grade, (long, behind, before, ends_after): &(Option<Mark>, i64, i64, Instant)| Leg {
        grade: *grade,
        question: Question {
            words: &wish.words,
            marks: [Mark::Ahead].into_iter().chain(long.clone()).chain(wish.marks.iter().cloned()).collect(),
            one_of: one_of.clone(),
        },
        within: Within {
            behind: *behind,
            before: *before,
            ends_after: *ends_after,
            room_at: wish.room.then_some(now),
            limit: 0,
        },
    };
    grades.iter().flat_map(|grade| stretches.iter().map(move |stretch| leg(grade, stretch))).collect()
}
