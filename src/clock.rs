//! The only source of "now". Tests move it; everything else asks `app.clock`.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// A point on the time line as the database keeps it: microseconds since 1970 in UTC. Numbers sort right
/// on both engines, which text of varying precision does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since 1970 in UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// Microseconds since 1970 in UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// The same as jiff knows it; instants outside its range (the years -9999 to 9999) are cut to it.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
    /// What clocks in that zone show.
    pub fn in_zone(self, zone: &TimeZone) -> Zoned {
        self.timestamp().to_zoned(zone.clone())
    }
    /// RFC 3339 in UTC, to the second: `2026-11-21T18:30:00Z`.
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
    /// How long until `later`; negative when that is past.
    pub fn until(self, later: Self) -> SignedDuration {
        SignedDuration::from_micros(later.0.saturating_sub(self.0))
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}
impl std::ops::Add<SignedDuration> for Instant {
    type Output = Self;
    fn add(self, by: SignedDuration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }
}
impl std::ops::Sub<SignedDuration> for Instant {
    type Output = Self;
    fn sub(self, by: SignedDuration) -> Self {
        self + -by
    }
}

/// The clock of an [`App`](crate::app::App): the machine's, or for tests one that stands where it is put, so that
/// no test meets midnight or the end of a limit's hour by chance.
#[derive(Clone, Default)]
pub struct Clock {
    /// Microseconds; `None` is the machine's.
    stands_at: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// One that goes on by a microsecond whenever it is asked: what comes later is later.
    pub fn standing_at(now: Instant) -> Self {
        Self { stands_at: Some(Arc::new(AtomicI64::new(now.0))) }
    }
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    pub fn now(&self) -> Instant {
        match &self.stands_at {
            None => Instant(Timestamp::now().as_microsecond()),
            Some(micros) => Instant(micros.fetch_add(1, Ordering::Relaxed)),
        }
    }
    /// Moves a clock that stands, and all its clones.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(micros) = &self.stands_at {
            micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }
}

/// The time zone of that name, if it is one wherever the site runs. `localtime` and `posixrules` are what a machine was
/// set to, and `Factory` is one that was not set: no calendar knows where that is.
pub fn zone(name: &str) -> Option<TimeZone> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let of_a_machine = ["localtime", "posixrules", "Factory"].iter().any(|known| last.eq_ignore_ascii_case(known));
    let zone = TimeZone::get(name).ok().filter(|_| !of_a_machine)?;
    zone.iana_name().is_some().then_some(zone)
}

pub const fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}
pub const fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}
pub const fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}
pub const fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}
