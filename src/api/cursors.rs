//! Pages of lists: a cursor names the last entry of a page, so entries that come or go shift nothing.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use utoipa::IntoParams;

use super::answers::{Listed, Problem};
use crate::clock::Instant;
use crate::forms::Reader;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next_cursor` of the page before; without it the first page.
    #[param(required = false)]
    pub cursor: String,
    /// Entries on a page, from 1 to 100; 20 unless told.
    #[param(required = false, value_type = i64, minimum = 1, maximum = 100, example = 20)]
    pub limit: String,
}

/// Where a page begins and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The instant and the id of the entry before the first one.
    pub after: Option<(Instant, String)>,
    pub limit: i64,
}

impl Paging {
    pub fn read(&self) -> Result<Span, Problem> {
        let mut reader = Reader::default();
        let limit = reader.number("limit", &self.limit, 1, 100).unwrap_or(20);
        let after = parse(&self.cursor);
        if after.is_none() && !self.cursor.is_empty() {
            reader.errors.add("cursor", t!("This is no cursor of ours. Leave it out for the first page."));
        }
        reader.errors.or(|| Span { after, limit }).map_err(Problem::fields)
    }
}

impl Span {
    /// What the rows of a list that begins with the latest come before: everything, on the first page.
    pub fn before(&self) -> (Instant, String) {
        self.after.clone().unwrap_or((Instant::from_micros(i64::MAX), String::new()))
    }
    /// How many rows to ask for: one more tells whether there is a next page.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }
    /// Cuts the extra row off and names the next page.
    pub fn page<T, J>(
        &self,
        mut rows: Vec<T>,
        key: impl Fn(&T) -> (Instant, String),
        json: impl Fn(T) -> J,
    ) -> Listed<J> {
        let most = usize::try_from(self.limit).unwrap_or(20);
        let more = rows.len() > most;
        rows.truncate(most);
        let next_cursor = rows.last().filter(|_| more).map(|last| text(&key(last)));
        Listed { items: rows.into_iter().map(json).collect(), next_cursor }
    }
}

/// The cursor that names an entry.
pub fn text((at, id): &(Instant, String)) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{}|{id}", at.micros()))
}

fn parse(cursor: &str) -> Option<(Instant, String)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (at, id) = text.split_once('|')?;
    let clean = id.len() <= 40 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    Some((Instant::from_micros(at.parse().ok()?), clean.then(|| id.to_owned())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_where_it_was_made() {
        let key = (Instant::from_micros(-5), String::from("019a-b"));
        assert_eq!(parse(&text(&key)), Some(key));
        for wrong in ["", "x", "eHh4", "\u{e9}", "MTIzfGE7Yg"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
