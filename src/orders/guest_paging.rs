//! One page of the table of guests: which rows of all it shows, and the addresses of the pages around it.
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::guest_pages::Asked;
use super::guests::{self, Cursor, Guest, Row};
use crate::app::App;
use crate::db::DbError;
use crate::error::Result;
use crate::events::Event;
use crate::ids::Id;
use crate::web::Fields;

/// Rows of one page.
const ROWS: usize = 50;

/// `?after=` or `?before=`: where the page in sight ended or began.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub struct Turn {
    after: String,
    before: String,
}

impl Turn {
    /// As the end of an address has it.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [("after", &self.after), ("before", &self.before)];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
    }
}

/// The end of an address of the table, made anew from what one says: whatever else stands in it is left out.
pub fn again(address: &str) -> Result<String> {
    let fields = Fields::parse(address.trim_start_matches('?').as_bytes());
    let (asked, turn): (Asked, Turn) = (fields.typed()?, fields.typed()?);
    Ok(asked.and(&turn.pairs()))
}

/// A row, and its number in the table when its page was made. Counting anew what stands before it would cost more the
/// longer the table is; where somebody comes or goes in between, a page in the middle is numbered as it was before.
#[derive(Debug, Clone)]
struct Place {
    number: i64,
    cursor: Cursor,
}

impl Place {
    fn of(row: Option<&Row>, number: i64) -> Option<Self> {
        row.map(|row| Self { number, cursor: row.cursor() })
    }
    /// The end of the address of the page before it, or after it.
    fn turns(&self, asked: &Asked, way: &str) -> String {
        asked.and(&[(way, &self.to_string())])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.number, self.cursor)
    }
}
impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, cursor) = text.split_once('.').ok_or(())?;
        Ok(Self { number: number.parse().map_err(drop)?, cursor: cursor.parse()? })
    }
}

/// What is shown of all that is found.
pub struct Part {
    pub guests: Vec<Guest>,
    pub total: i64,
    /// The number of the first one, from 1.
    pub from: i64,
    /// Ends of the addresses of the pages around it, where there are such, and of this one.
    pub previous: Option<String>,
    pub next: Option<String>,
    pub here: String,
}

impl Part {
    /// The number of the last one.
    pub fn to(&self) -> i64 {
        self.from + many(&self.guests) - 1
    }

    /// What an address asks for. Where nobody stands any more it is the first page.
    pub async fn of(app: &App, event: Id<Event>, asked: &Asked, turn: &Turn) -> Result<Self, DbError> {
        let part = Self::at(app, event, asked, turn).await?;
        if part.guests.is_empty() { Self::at(app, event, asked, &Turn::default()).await } else { Ok(part) }
    }

    async fn at(app: &App, event: Id<Event>, asked: &Asked, turn: &Turn) -> Result<Self, DbError> {
        let (search, limit) = (asked.search(), i64::try_from(ROWS).unwrap_or(i64::MAX) + 1);
        let total = guests::total(&app.db, event, &search).await?;
        let (before, after) = (turn.before.parse::<Place>().ok(), turn.after.parse::<Place>().ok());
        let mut rows = match (&before, &after) {
            (Some(place), _) => guests::list_back(&app.db, event, &search, &place.cursor, limit).await?,
            (None, Some(place)) => guests::list(&app.db, event, &search, Some(&place.cursor), limit).await?,
            (None, None) => guests::list(&app.db, event, &search, None, limit).await?,
        };
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        if before.is_some() {
            rows.reverse();
        }
        let (begins, goes_on) = if before.is_some() { (!more, true) } else { (after.is_none(), more) };
        // The first page and the last one are numbered by what there is now.
        let last = total - many(&rows) + 1;
        let from = match (before, after) {
            _ if begins => 1,
            _ if !goes_on => last,
            (Some(place), _) => place.number.saturating_sub(many(&rows)),
            (None, place) => place.map_or(1, |place| place.number.saturating_add(1)),
        };
        let from = from.min(last).max(1);
        Ok(Self {
            previous: Place::of(rows.first().filter(|_| !begins), from).map(|place| place.turns(asked, "before")),
            next: Place::of(rows.last().filter(|_| goes_on), from + many(&rows) - 1)
                .map(|place| place.turns(asked, "after")),
            here: asked.and(&turn.pairs()),
            guests: rows.into_iter().map(|row| row.guest).collect(),
            total,
            from,
        })
    }
}

fn many<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
