//! What the admin's tables share: pages, times in the admin's zone, the reason of an act.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::app::App;
use crate::clock::Instant;
use crate::forms::{Errors, Reader};
use crate::members::Member;

/// Rows of one page.
pub const ROWS: i64 = 50;

/// Which page of a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pager {
    pub number: i64,
    pub total: i64,
}

impl Pager {
    pub fn of(typed: &str) -> Self {
        Self { number: typed.parse().unwrap_or(1).clamp(1, 100_000), total: 0 }
    }
    pub fn with(self, total: i64) -> Self {
        Self { total, ..self }
    }
    pub fn offset(&self) -> i64 {
        (self.number - 1) * ROWS
    }
    pub fn first(&self) -> i64 {
        (self.offset() + 1).min(self.total)
    }
    pub fn last(&self) -> i64 {
        (self.offset() + ROWS).min(self.total)
    }
    pub fn before(&self) -> Option<i64> {
        (self.number > 1).then(|| self.number - 1)
    }
    pub fn next(&self) -> Option<i64> {
        (self.offset() + ROWS < self.total).then(|| self.number + 1)
    }
}

/// What a table shows: searched for, filtered, which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub q: String,
    pub state: String,
    pub page: String,
}

impl Filter {
    pub fn pager(&self) -> Pager {
        Pager::of(&self.page)
    }
    pub fn is(&self, state: &str) -> bool {
        self.state == state
    }
    /// The address of another page of the same table.
    pub fn page(&self, number: &i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::from("?"));
        for (name, value) in [("q", &self.q), ("state", &self.state)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("page", &number.to_string()).finish()
    }
}

/// Times as clocks show them where the admin is.
pub struct Clocks(TimeZone);

impl Clocks {
    pub fn of(app: &App, me: &Member) -> Self {
        let zone = me.zone.as_deref().unwrap_or(&app.config.zone);
        Self(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
    }
    pub fn show(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.0).datetime()
    }
    pub fn zone(&self) -> &TimeZone {
        &self.0
    }
}

/// Why an admin does something.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    pub reason: String,
}

impl Why {
    pub fn parse(&self) -> Result<String, Errors> {
        let mut reader = Reader::default();
        let reason = reader.required("reason", &self.reason, 300, t!("Say why. It stands in the journal."));
        reader.errors.or(|| reason)
    }
}
