//! Civil time and zone: what people mean by "19:00 in Basel", and the instant that follows from it.
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::clock::Instant;

/// What a civil time is in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    Once(Instant),
    /// Clocks show it twice that night; the earlier is taken.
    Twice(Instant),
    /// Clocks skip it that night.
    Never,
}

/// The instant of a civil time: in a fold the earlier one, in a gap none.
pub fn resolve(civil: DateTime, zone: &TimeZone) -> Resolved {
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let offset = ambiguous.offset();
    match (offset, ambiguous.earlier()) {
        (AmbiguousOffset::Gap { .. }, _) | (_, Err(_)) => Resolved::Never,
        (AmbiguousOffset::Fold { .. }, Ok(at)) => Resolved::Twice(at.into()),
        (AmbiguousOffset::Unambiguous { .. }, Ok(at)) => Resolved::Once(at.into()),
    }
}

/// The same for what stood there before: in a gap an hour later, as clocks then show it. `None` where that is none either.
pub fn nearest(civil: DateTime, zone: &TimeZone) -> Option<(DateTime, Instant)> {
    let later = || civil.checked_add(1.hour()).ok();
    [Some(civil), later()].into_iter().flatten().find_map(|civil| match resolve(civil, zone) {
        Resolved::Once(at) | Resolved::Twice(at) => Some((civil, at)),
        Resolved::Never => None,
    })
}

/// Of a form's `datetime-local` field: `2026-12-05T19:30`, or with a space as people type it; seconds allowed.
pub fn parse(typed: &str) -> Option<DateTime> {
    let typed = typed.trim();
    let short = typed.len() <= 19 && typed.contains(['T', ' ']);
    typed.parse::<DateTime>().ok().filter(|at| short && (1970..=2200).contains(&at.year()))
}

/// As a `datetime-local` field and the database want it.
pub fn text(civil: DateTime) -> String {
    civil.strftime("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_no_time_and_a_fold_is_the_earlier() {
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        let at = |text| resolve(parse(text).unwrap(), &zone);
        assert_eq!(at("2027-03-28T02:30"), Resolved::Never);
        let Resolved::Twice(fold) = at("2026-10-25T02:30") else { panic!("a fold") };
        assert_eq!(fold.rfc3339(), "2026-10-25T00:30:00Z");
        assert!(matches!(at("2026-12-05T19:30"), Resolved::Once(_)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "",
            "tomorrow",
            "2026-13-01T10:00",
            "2026-12-05",
            "2026-12-05x10:00",
            "99999-01-01T00:00",
            "2026-12-05T19:30:00+01:00[UTC]",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
