//! How often things may be done before somebody has to wait, as operators set it.
use std::collections::HashMap;
use std::sync::LazyLock;

use super::{SETTINGS, Source, Wrong};

/// At most so many in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub most: i64,
    pub seconds: i64,
}

/// The settings that hold a rate begin so.
const PREFIX: &str = "MARQUEE_LIMIT_";
const DAY: i64 = 86_400;

/// Every rate that has a setting, by the setting's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits(HashMap<&'static str, Rate>);

impl Limits {
    pub(super) fn read(source: &Source) -> Result<Self, Wrong> {
        let names = SETTINGS.iter().map(|setting| setting.name).filter(|name| name.starts_with(PREFIX));
        names.map(|name| Ok((name, rate(name, &source.text(name))?))).collect::<Result<_, _>>().map(Self)
    }

    /// The rate of a setting. One that there is not lets nothing through, which no test would overlook.
    pub fn of(&self, setting: &str) -> Rate {
        self.0.get(setting).copied().unwrap_or(Rate { most: 0, seconds: 60 })
    }
}

impl Default for Limits {
    /// What counts where nothing is set.
    fn default() -> Self {
        static DEFAULTS: LazyLock<Limits> =
            LazyLock::new(|| Limits::read(&Source::of(&[])).unwrap_or_else(|_| Limits(HashMap::new())));
        DEFAULTS.clone()
    }
}

/// `5/hour`, `10/minute`, `10/30 minutes`.
fn rate(name: &str, text: &str) -> Result<Rate, Wrong> {
    parse(text).ok_or_else(|| {
        Wrong(format!(
            "{name} is “{text}”, which is not understood. Set it to a number and a period of up to a day, like 5/hour, 10/minute or 10/30 minutes."
        ))
    })
}

fn parse(text: &str) -> Option<Rate> {
    let (most, period) = text.split_once('/')?;
    let most = most.trim().parse().ok().filter(|most| (1..=1_000_000).contains(most))?;
    let mut words = period.split_whitespace();
    let (count, unit) = match (words.next()?, words.next()) {
        (unit, None) => (1, unit),
        (count, Some(unit)) => (count.parse().ok().filter(|count| (1..=DAY).contains(count))?, unit),
    };
    let unit = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        "day" => DAY,
        _ => return None,
    };
    let seconds = count * unit;
    (words.next().is_none() && seconds <= DAY).then_some(Rate { most, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_period() {
        for (text, most, seconds) in [
            ("5/hour", 5, 3600),
            (" 10 / minute ", 10, 60),
            ("10/30 minutes", 10, 1800),
            ("1000000/day", 1_000_000, DAY),
        ] {
            assert_eq!(parse(text), Some(Rate { most, seconds }), "{text}");
        }
        for text in
            ["", "5", "hour", "0/hour", "-1/hour", "5/week", "5/2 days", "5/0 minutes", "5/1 hour ago", "1.5/hour"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("9999999/second"), None);
    }

    #[test]
    fn every_default_is_understood() {
        let limits = Limits::default();
        assert_eq!(limits.of("MARQUEE_LIMIT_SIGN_UP"), Rate { most: 5, seconds: 3600 });
        assert_eq!(limits.0.len(), SETTINGS.iter().filter(|setting| setting.name.starts_with(PREFIX)).count());
    }
}
