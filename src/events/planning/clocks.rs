//! Civil times of a form, in the zone of its event.
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::{self, Instant};
use crate::events::Event;
use crate::events::times::{self, Resolved};
use crate::forms::Reader;

/// Reads civil times in one zone.
pub(crate) struct Clocks {
    pub(super) name: String,
    zone: Option<TimeZone>,
    /// One of the times is shown twice that night; the earlier is meant.
    pub(super) twice: bool,
}

impl Clocks {
    /// Those of an event's place.
    pub fn of_event(event: &Event) -> Self {
        Self { name: event.zone.clone(), zone: Some(event.time_zone()), twice: false }
    }

    pub(super) fn of(r: &mut Reader, typed: &str) -> Self {
        let name = r.required("zone", typed, 60, t!("Choose a time zone, like Europe/Zurich."));
        let zone = clock::zone(&name);
        if zone.is_none() && !name.is_empty() {
            r.errors.add("zone", t!("This is no time zone that we know. Choose one like Europe/Zurich."));
        }
        let name = zone.as_ref().and_then(|zone| zone.iana_name()).unwrap_or_default().to_owned();
        Self { name, zone, twice: false }
    }

    pub(super) fn required(
        &mut self,
        r: &mut Reader,
        field: &str,
        typed: &str,
        missing: impl crate::i18n::Say + Send + Sync + 'static,
    ) -> Option<(DateTime, Instant)> {
        if typed.trim().is_empty() {
            r.errors.add(field, missing);
        }
        self.optional(r, field, typed)
    }

    pub fn optional(&mut self, r: &mut Reader, field: &str, typed: &str) -> Option<(DateTime, Instant)> {
        if typed.trim().is_empty() {
            return None;
        }
        let Some(civil) = times::parse(typed) else {
            r.errors.add(field, t!("Enter a day and a time, like 2026-12-05 19:30."));
            return None;
        };
        match times::resolve(civil, self.zone.as_ref()?) {
            Resolved::Once(at) => Some((civil, at)),
            Resolved::Twice(at) => {
                self.twice = true;
                Some((civil, at))
            }
            Resolved::Never => {
                let (time, zone) = (civil.strftime("%H:%M").to_string(), self.name.clone());
                r.errors.add(
                    field,
                    t!(
                        "There is no {time} that night in {zone}: clocks go forward. Choose an hour earlier or later.",
                        time,
                        zone
                    ),
                );
                None
            }
        }
    }
}
