//! When something is: one line for an evening, a night that ends after midnight, or several days.

use std::fmt::{Result, Write};

use jiff::{ToSpan, civil};

use super::{Day, DayNoYear, Locale, Say, Time};

/// "Thursday 3 December, 20:30–23:30"; over several days "Friday 4 December, 18:00 – Sunday 6 December, 16:00".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// In the zone of the event, or whatever zone the page speaks of.
    pub start: civil::DateTime,
    /// In the same zone. An end that is not after the start is left out.
    pub end: Option<civil::DateTime>,
    /// A year is written only when it is not this one; `None` always writes it, for what is kept (a mail, a print).
    pub now_year: Option<i16>,
}

impl When {
    fn day(&self, d: civil::Date) -> DayMaybeYear {
        DayMaybeYear { date: d, year: self.now_year != Some(d.year()) }
    }

    fn moment(&self, at: civil::DateTime) -> impl Say {
        t!("{day}, {time}", day = self.day(at.date()), time = Time(at.time()))
    }

    /// People call it the same evening until the small hours; but not 05:00 to 05:30 of the next day.
    fn one_evening(&self, end: civil::DateTime) -> bool {
        let next = self.start.date().checked_add(1.day());
        let small_hours = end.hour() < 6 && end.time() < self.start.time();
        end.date() == self.start.date() || (next.is_ok_and(|next| next == end.date()) && small_hours)
    }
}

impl Say for When {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        match self.end.filter(|end| *end > self.start) {
            None => self.moment(self.start).say(w, l),
            Some(end) if self.one_evening(end) => {
                let (day, from, to) = (self.day(self.start.date()), Time(self.start.time()), Time(end.time()));
                t!("{day}, {from}–{to}", day, from, to).say(w, l)
            }
            Some(end) => t!("{from} – {to}", from = self.moment(self.start), to = self.moment(end)).say(w, l),
        }
    }
}
says!(When);

struct DayMaybeYear {
    date: civil::Date,
    year: bool,
}

impl Say for DayMaybeYear {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        if self.year { Day(self.date).say(w, l) } else { DayNoYear(self.date).say(w, l) }
    }
}
