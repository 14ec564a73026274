//! What the admin's pages share: how many rows, times in the admin's zone, the reason of an act.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::app::App;
use crate::clock::Instant;
use crate::forms::{Errors, Reader};
use crate::members::Member;

/// Rows of one page.
pub const ROWS: i64 = 50;

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
        reason("reason", &self.reason)
    }
}

/// The reason that stands in a field.
pub fn reason(field: &'static str, typed: &str) -> Result<String, Errors> {
    let mut reader = Reader::default();
    let reason = reader.required(field, typed, 300, t!("Say why. It stands in the journal."));
    reader.errors.or(|| reason)
}
