//! A number a day as bars, drawn here: numbers for a template, no script.
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::{self, Instant};
use crate::i18n::Money;
use crate::payments::{money, takings::chart};

/// Days of a chart, today included.
pub const DAYS: usize = 30;
const TOP: f64 = 8.0;
const BASE: f64 = 158.0;

/// An amount, or a template's reference to one.
pub trait Minor {
    fn minor(&self) -> i64;
}
impl Minor for i64 {
    fn minor(&self) -> i64 {
        *self
    }
}
impl<T: Minor> Minor for &T {
    fn minor(&self) -> i64 {
        (**self).minor()
    }
}

pub struct Bar {
    pub day: Date,
    pub worth: i64,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

pub struct Chart {
    pub bars: Vec<Bar>,
    /// Horizontal rules: (worth, height on the drawing).
    pub rules: Vec<(i64, String)>,
    pub sum: i64,
    /// Of money its currency: then worths are minor units.
    pub currency: Option<String>,
    /// Where the bars begin: right of what the rules say.
    pub left: i64,
}

/// The days of a chart in a zone: the first, and when it begins.
pub fn since(now: Instant, zone: &TimeZone) -> (Date, Instant) {
    let today = now.in_zone(zone).date();
    let back = i64::try_from(DAYS).unwrap_or(30) - 1;
    let first = today.checked_sub(back.days()).unwrap_or(today);
    let begin = first.to_zoned(zone.clone()).map_or(now, |at| at.timestamp().into());
    (first, begin)
}

impl Chart {
    /// Of (half hours since the first day's midnight, worth): days are as long as they are in that zone.
    pub fn of(first: Date, begin: Instant, zone: &TimeZone, counted: &[(i64, i64)], currency: Option<&str>) -> Self {
        let mut days = [0_i64; DAYS];
        for (half_hours, worth) in counted {
            let at = begin + clock::minutes(half_hours.saturating_mul(30));
            let day = (at.in_zone(zone).date() - first).get_days();
            if let Some(sum) = usize::try_from(day).ok().and_then(|day| days.get_mut(day)) {
                *sum += worth;
            }
        }
        Self::drawn(first, &days, currency)
    }

    fn drawn(first: Date, days: &[i64], currency: Option<&str>) -> Self {
        let left = if currency.is_some() { 84 } else { 34 };
        let top = days.iter().copied().max().unwrap_or_default().max(4);
        let height = |worth: i64| (BASE - TOP) * worth as f64 / top as f64;
        let slot = (chart::WIDTH - left as f64) / days.len() as f64;
        let bar = |(n, worth): (usize, &i64)| Bar {
            day: first.checked_add(i64::try_from(n).unwrap_or_default().days()).unwrap_or(first),
            worth: *worth,
            x: chart::number(left as f64 + slot * (n as f64 + 0.16)),
            y: chart::number(BASE - height(*worth)),
            width: chart::number(slot * 0.68),
            height: chart::number(height(*worth)),
        };
        let step = chart::step(top);
        let rules = (1..).map(|n| n * step).take_while(|worth| *worth <= top);
        Self {
            bars: days.iter().enumerate().map(bar).collect(),
            rules: rules.map(|worth| (worth, chart::number(BASE - height(worth)))).collect(),
            sum: days.iter().sum(),
            currency: currency.map(str::to_owned),
            left,
        }
    }

    /// The worth of today.
    pub fn today(&self) -> i64 {
        self.bars.last().map_or(0, |bar| bar.worth)
    }
    /// The least and the most of a day.
    pub fn span(&self) -> (i64, i64) {
        let worths = || self.bars.iter().map(|bar| bar.worth);
        (worths().min().unwrap_or_default(), worths().max().unwrap_or_default())
    }
    pub fn money(&self, worth: impl Minor) -> Money {
        money(worth.minor(), self.currency.as_deref().unwrap_or_default())
    }
    /// The days whose names stand below: (where, how it is anchored, the day, left out where it is narrow).
    pub fn names(&self) -> Vec<(String, &'static str, Date, bool)> {
        let last = self.bars.len().saturating_sub(1);
        let wide = chart::WIDTH - self.left as f64;
        let name = |n: usize| {
            let bar = self.bars.get(n)?;
            let at = self.left as f64 + wide * (n as f64 + 0.5) / self.bars.len() as f64;
            Some(match n {
                0 => (self.left.to_string(), "start", bar.day, false),
                n if n == last => (chart::number(chart::WIDTH), "end", bar.day, false),
                n => (chart::number(at), "middle", bar.day, n == 7 || n == 21),
            })
        };
        [0, 7, 14, 21, last].into_iter().filter_map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_of_twenty_five_hours_is_one_day() {
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        // Clocks go back on 25 October 2026.
        let now: Instant = date(2026, 10, 26).at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp().into();
        let (first, begin) = since(now, &zone);
        assert_eq!(first, date(2026, 9, 27));
        let late = |day: Date| -> i64 {
            let at: Instant = day.at(23, 45, 0, 0).to_zoned(zone.clone()).unwrap().timestamp().into();
            (at.micros() - begin.micros()) / 1_800_000_000
        };
        let counted = [(0, 1), (late(date(2026, 10, 25)), 5), (late(date(2026, 10, 26)), 2)];
        let chart = Chart::of(first, begin, &zone, &counted, None);
        let worths: Vec<i64> = chart.bars.iter().map(|bar| bar.worth).collect();
        assert_eq!((worths[0], worths[28], worths[29], chart.sum, chart.today()), (1, 5, 2, 8, 2));
        assert_eq!((chart.bars.len(), chart.span()), (30, (0, 5)));
    }
}
