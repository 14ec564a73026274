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

/// What was sold on one day: of which ticket type (by its place in the event's list), how many, at which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    pub on: Date,
    pub of: usize,
    pub places: i64,
    pub price: i64,
}

/// One day, or one week.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub from: Date,
    pub places: i64,
    /// Sold until then, with these.
    pub sum: i64,
    pub price: Money,
    pub x: String,
    pub width: String,
    /// One for each ticket type, upon each other.
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub places: i64,
    pub y: String,
    pub height: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub bars: Vec<Bar>,
    pub weekly: bool,
    /// The line of all that is sold so far, the area below it, and where it ends.
    pub line: String,
    pub area: String,
    pub end: (String, String),
    /// Days below the axis: (x, day, whether a narrow drawing leaves it out).
    pub days: Vec<(String, Date, bool)>,
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
    /// Of what was sold, in the order of time, of so many ticket types; none while nothing is sold.
    pub fn of(sold: &[Sold], types: usize, capacity: Option<i64>, currency: &str) -> Option<Self> {
        let (first, last) = (sold.first()?.on, sold.last()?.on);
        let days = (last - first).get_days() + 1;
        let weekly = days > MOST_BARS;
        let length = if weekly { 7 } else { 1 };
        let count = usize::try_from((days + length - 1) / length).ok()?;
        let mut steps = vec![(vec![0; types], 0); count];
        for one in sold {
            let at = usize::try_from((one.on - first).get_days() / length).unwrap_or_default();
            if let Some((places, price)) = steps.get_mut(at) {
                *price += one.price;
                places.iter_mut().skip(one.of).take(1).for_each(|places| *places += one.places);
            }
        }
        let all: i64 = steps.iter().flat_map(|(places, _)| places).sum();
        Some(Self::drawn(first, length, &steps, all, capacity, currency, weekly))
    }

    fn drawn(
        first: Date,
        length: i32,
        steps: &[(Vec<i64>, i64)],
        all: i64,
        capacity: Option<i64>,
        currency: &str,
        weekly: bool,
    ) -> Self {
        // A hall that is far larger than what is sold would press the bars flat.
        let top = capacity.filter(|capacity| *capacity <= all * 4).unwrap_or(all).max(all).max(4);
        let height = |n: i64| (BASE - TOP) * n as f64 / top as f64;
        let slot = (WIDTH - LEFT) / steps.len() as f64;
        let (mut sum, mut line, mut bars, mut days) = (0, String::new(), Vec::new(), Vec::new());
        let width = (slot * 0.56).min(48.0);
        let apart = steps.len().div_ceil(5).max(1);
        let middle = |n: usize| LEFT + slot * (n as f64 + 0.5);
        for (n, (by_type, price)) in steps.iter().enumerate() {
            let places: i64 = by_type.iter().sum();
            sum += places;
            let x = LEFT + slot * n as f64;
            line.push_str(if n == 0 { "M" } else { "L" });
            line.push_str(&format!("{:.1} {:.1}", x + slot / 2.0, BASE - height(sum)));
            let from = first.checked_add((i64::from(length) * n as i64).days()).unwrap_or(first);
            if n % apart == 0 {
                days.push((number(middle(n)), from, n / apart % 2 == 1));
            }
            let mut below = 0;
            let part = |places: &i64| {
                below += places;
                Part { places: *places, y: number(BASE - height(below)), height: number(height(*places)) }
            };
            bars.push(Bar {
                from,
                places,
                sum,
                price: money(*price, currency),
                x: number(x + (slot - width) / 2.0),
                width: number(width),
                parts: by_type.iter().map(part).collect(),
            });
        }
        let step = step(top);
        let rules = (1..).map(|n| n * step).take_while(|n| *n <= top).map(|n| (n, number(BASE - height(n)))).collect();
        let (begin, end) = (middle(0), middle(steps.len().saturating_sub(1)));
        let area = format!("{line}L{end:.1} {BASE}L{begin:.1} {BASE}z");
        let end = (number(end), number(BASE - height(sum)));
        Self { bars, weekly, line, area, end, days, rules, sold: all, capacity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_without_sales_stand_between_and_many_days_become_weeks() {
        assert_eq!(Chart::of(&[], 1, None, "CHF"), None);
        let sold = |on, of, places, price| Sold { on, of, places, price };
        let day = |d| date(2026, 11, d);
        let three = [sold(day(1), 0, 2, 200), sold(day(1), 1, 1, 100), sold(day(4), 1, 1, 100)];
        let chart = Chart::of(&three, 2, Some(10), "CHF").unwrap();
        let bars: Vec<_> = chart.bars.iter().map(|bar| (bar.places, bar.sum)).collect();
        assert_eq!(bars, [(3, 3), (0, 3), (0, 3), (1, 4)]);
        assert_eq!(chart.bars[0].price, money(300, "CHF"));
        let parts: Vec<_> = chart.bars[0].parts.iter().map(|part| part.places).collect();
        assert_eq!(parts, [2, 1]);
        let year = [sold(date(2026, 1, 1), 0, 1, 0), sold(date(2026, 12, 31), 0, 1, 0)];
        let chart = Chart::of(&year, 1, None, "CHF").unwrap();
        assert!(chart.weekly && chart.bars.len() == 53, "{}", chart.bars.len());
    }

    #[test]
    fn rules_are_round_numbers() {
        assert_eq!([4, 7, 10, 23, 100, 180].map(step), [1, 2, 5, 10, 50, 50]);
    }
}
