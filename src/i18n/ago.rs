//! How long ago, or how soon, in one rounded-down unit.

use std::fmt::{Result, Write};

use jiff::Timestamp;

use super::{Locale, Say};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

/// "3 minutes ago", "in 2 days". Rounds down, so nothing is said to be longer than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ago {
    /// The moment spoken of.
    pub at: Timestamp,
    /// The clock's now.
    pub now: Timestamp,
}

impl Say for Ago {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        let seconds = self.at.as_second().abs_diff(self.now.as_second());
        if self.at > self.now { ahead(seconds, w, l) } else { past(seconds, w, l) }
    }
}
says!(Ago);

fn past(seconds: u64, w: &mut dyn Write, l: Locale) -> Result {
    match seconds {
        0..MINUTE => t!("just now").say(w, l),
        MINUTE..HOUR => tn!("1 minute ago", "{n} minutes ago", seconds / MINUTE).say(w, l),
        HOUR..DAY => tn!("1 hour ago", "{n} hours ago", seconds / HOUR).say(w, l),
        DAY..MONTH => tn!("1 day ago", "{n} days ago", seconds / DAY).say(w, l),
        MONTH..YEAR => tn!("1 month ago", "{n} months ago", seconds / MONTH).say(w, l),
        YEAR.. => tn!("1 year ago", "{n} years ago", seconds / YEAR).say(w, l),
    }
}

fn ahead(seconds: u64, w: &mut dyn Write, l: Locale) -> Result {
    match seconds {
        0..MINUTE => t!("in a moment").say(w, l),
        MINUTE..HOUR => tn!("in 1 minute", "in {n} minutes", seconds / MINUTE).say(w, l),
        HOUR..DAY => tn!("in 1 hour", "in {n} hours", seconds / HOUR).say(w, l),
        DAY..MONTH => tn!("in 1 day", "in {n} days", seconds / DAY).say(w, l),
        MONTH..YEAR => tn!("in 1 month", "in {n} months", seconds / MONTH).say(w, l),
        YEAR.. => tn!("in 1 year", "in {n} years", seconds / YEAR).say(w, l),
    }
}
