//! Days and times of day as a language writes them, and what in a template has a day or a time.

use std::fmt::{Result, Write};

use jiff::{Zoned, civil};

use super::{
    Locale, Say,
    cldr::{self, Kind},
};

macro_rules! ways_of_writing_a_day {
    ($($(#[$doc:meta])* $name:ident,)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub civil::Date);

        impl Say for $name {
            fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
                cldr::date(w, l, Kind::$name, self.0)
            }
        }
        says!($name);
    )* };
}

ways_of_writing_a_day! {
    /// "Saturday 21 November 2026"
    Day,
    /// "21 Nov 2026"
    ShortDay,
    /// "Saturday 21 November"
    DayNoYear,
    /// "21 Nov"
    ShortDayNoYear,
    /// "Saturday"
    Weekday,
    /// "Sat"
    ShortWeekday,
    /// "November"
    Month,
    /// "November 2026"
    MonthYear,
}

/// "18:30"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub civil::Time);

impl Say for Time {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        cldr::time(w, l, self.0)
    }
}
says!(Time);

/// What is on a day: takes the filters `day`, `short_day`, `weekday`, `month`, …
pub trait OnADay {
    /// The civil day.
    fn on(&self) -> civil::Date;
}

/// What has a time of day: takes the filter `time`.
pub trait OnTheClock {
    /// The civil time.
    fn at(&self) -> civil::Time;
}

impl<T: OnADay + ?Sized> OnADay for &T {
    fn on(&self) -> civil::Date {
        T::on(self)
    }
}

impl OnADay for civil::Date {
    fn on(&self) -> civil::Date {
        *self
    }
}

impl OnADay for civil::DateTime {
    fn on(&self) -> civil::Date {
        self.date()
    }
}

impl OnADay for Zoned {
    fn on(&self) -> civil::Date {
        self.date()
    }
}

impl<T: OnTheClock + ?Sized> OnTheClock for &T {
    fn at(&self) -> civil::Time {
        T::at(self)
    }
}

impl OnTheClock for civil::Time {
    fn at(&self) -> civil::Time {
        *self
    }
}

impl OnTheClock for civil::DateTime {
    fn at(&self) -> civil::Time {
        self.time()
    }
}

impl OnTheClock for Zoned {
    fn at(&self) -> civil::Time {
        self.time()
    }
}
