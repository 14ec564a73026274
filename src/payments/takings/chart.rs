//! Tickets sold over time as bars and a line, drawn here: numbers for a template, no script.
use jiff::ToSpan;
use jiff::civil::Date;

use crate::i18n::Money;
use crate::payments::money;

/// The drawing's size, and where its axes are.
pub const WIDTH: f64 = 720.0;
const LEFT: f64 = 34.0;
const TOP: f64 = 10.0;
const BASE: f64 = 196.0;
/// More days than this are drawn as weeks.
const MOST_BARS: i32 = 60;

/// One day, or one week.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub from: Date,
    pub places: i64,
    /// Sold until then, with these.
    pub sum: i64,
    pub price: Money,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub bars: Vec<Bar>,
    pub weekly: bool,
    /// The line of all that is sold so far.
    pub line: String,
    /// Horizontal rules: (number, height on the drawing).
    pub rules: Vec<(i64, String)>,
    pub sold: i64,
    pub capacity: Option<i64>,
}

/// How a drawing writes a length.
pub fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// Steps of 1, 2 or 5 times a power of ten, three or four up to the top.
pub fn step(top: i64) -> i64 {
    let mut power = 1;
    loop {
        for times in [1, 2, 5] {
            if times * power * 4 >= top {
                return times * power;
            }
        }
        power *= 10;
    }
}

impl Chart {
    /// Of (day, places, price) in the order of time; none while nothing is sold.
    pub fn of(sold: Vec<(Date, i64, i64)>, capacity: Option<i64>, currency: &str) -> Option<Self> {
        let (first, last) = (sold.first()?.0, sold.last()?.0);
        let days = (last - first).get_days() + 1;
        let weekly = days > MOST_BARS;
        let length = if weekly { 7 } else { 1 };
        let count = usize::try_from((days + length - 1) / length).ok()?;
        let mut steps = vec![(0, 0); count];
        for (day, places, price) in sold {
            let at = usize::try_from((day - first).get_days() / length).unwrap_or_default();
            if let Some(step) = steps.get_mut(at) {
                *step = (step.0 + places, step.1 + price);
            }
        }
        let all: i64 = steps.iter().map(|(places, _)| places).sum();
        Some(Self::drawn(first, length, &steps, all, capacity, currency, weekly))
    }

    fn drawn(
        first: Date,
        length: i32,
        steps: &[(i64, i64)],
        all: i64,
        capacity: Option<i64>,
        currency: &str,
        weekly: bool,
    ) -> Self {
        // A hall that is far larger than what is sold would press the bars flat.
        let top = capacity.filter(|capacity| *capacity <= all * 4).unwrap_or(all).max(all).max(4);
        let height = |n: i64| (BASE - TOP) * n as f64 / top as f64;
        let slot = (WIDTH - LEFT) / steps.len() as f64;
        let (mut sum, mut line, mut bars) = (0, String::new(), Vec::new());
        for (n, (places, price)) in steps.iter().enumerate() {
            sum += places;
            let x = LEFT + slot * n as f64;
            line.push_str(if n == 0 { "M" } else { "L" });
            line.push_str(&format!("{:.1} {:.1}", x + slot / 2.0, BASE - height(sum)));
            let from = first.checked_add((i64::from(length) * n as i64).days()).unwrap_or(first);
            bars.push(Bar {
                from,
                places: *places,
                sum,
                price: money(*price, currency),
                x: number(x + slot * 0.22),
                y: number(BASE - height(*places)),
                width: number((slot * 0.56).min(48.0)),
                height: number(height(*places)),
            });
        }
        let step = step(top);
        let rules = (1..).map(|n| n * step).take_while(|n| *n <= top).map(|n| (n, number(BASE - height(n)))).collect();
        Self { bars, weekly, line, rules, sold: all, capacity }
    }

    pub fn first(&self) -> Option<&Bar> {
        self.bars.first()
    }
    pub fn last(&self) -> Option<&Bar> {
        self.bars.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_without_sales_stand_between_and_many_days_become_weeks() {
        assert_eq!(Chart::of(Vec::new(), None, "CHF"), None);
        let day = |d| date(2026, 11, d);
        let chart = Chart::of(vec![(day(1), 2, 200), (day(1), 1, 100), (day(4), 1, 100)], Some(10), "CHF").unwrap();
        let bars: Vec<_> = chart.bars.iter().map(|bar| (bar.places, bar.sum)).collect();
        assert_eq!(bars, [(3, 3), (0, 3), (0, 3), (1, 4)]);
        assert_eq!(chart.bars[0].price, money(300, "CHF"));
        let chart = Chart::of(vec![(date(2026, 1, 1), 1, 0), (date(2026, 12, 31), 1, 0)], None, "CHF").unwrap();
        assert!(chart.weekly && chart.bars.len() == 53, "{}", chart.bars.len());
    }

    #[test]
    fn rules_are_round_numbers() {
        assert_eq!([4, 7, 10, 23, 100, 180].map(step), [1, 2, 5, 10, 50, 50]);
    }
}
