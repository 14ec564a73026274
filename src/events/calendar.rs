//! Calendar files (RFC 5545) and links that put an event into a calendar on the web.
use std::fmt::Write;

use icalendar::{Calendar, Component, Event as VEvent, Property};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// One event as a calendar shows it.
pub struct Entry<'a> {
    /// Never changes: the event's id and the site's host.
    pub uid: &'a str,
    /// Grows with every change that a calendar must learn of.
    pub sequence: i64,
    /// Name and address of who sends it, which RFC 5546 wants in what is published and cancelled alike.
    pub organizer: (&'a str, &'a str),
    /// When this was last changed.
    pub stamp: Timestamp,
    pub title: &'a str,
    pub description: &'a str,
    pub location: Option<&'a str>,
    pub url: &'a str,
    pub start: Zoned,
    pub end: Zoned,
    pub cancelled: bool,
}

/// The whole file, with the zones that its times name. A file of one cancelled event says CANCEL.
pub fn file(entries: &[Entry], name: &str) -> String {
    let cancel = !entries.is_empty() && entries.iter().all(|entry| entry.cancelled);
    written(entries, name, if cancel { "CANCEL" } else { "PUBLISH" })
}

/// A calendar that is asked for again and again.
pub fn feed(entries: &[Entry], name: &str) -> String {
    written(entries, name, "PUBLISH")
}

fn written(entries: &[Entry], name: &str, method: &str) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Marquee//Marquee//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", method));
    calendar.append_property(Property::new("X-WR-CALNAME", plain(name).replace(['\\', ';', ',', '\n'], " ")));
    for entry in entries {
        calendar.push(event(entry));
    }
    let text = calendar.to_string();
    let zones = zones(entries);
    let at = text.find("BEGIN:VEVENT").unwrap_or(text.len());
    format!("{}{zones}{}", &text[..at], &text[at..])
}

fn event(entry: &Entry) -> VEvent {
    let mut event = VEvent::new();
    let utc = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    event.append_property(Property::new("UID", entry.uid));
    event.append_property(Property::new("DTSTAMP", utc(entry.stamp)));
    event.append_property(Property::new("LAST-MODIFIED", utc(entry.stamp)));
    event.append_property(Property::new("SEQUENCE", entry.sequence.to_string()));
    event.append_property(Property::new("STATUS", if entry.cancelled { "CANCELLED" } else { "CONFIRMED" }));
    let (name, address) = entry.organizer;
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{address}"));
    organizer.add_parameter("CN", &plain(name).replace(['"', '\n'], " "));
    event.append_property(organizer);
    event.append_property(Property::new("SUMMARY", plain(entry.title)));
    if !entry.description.is_empty() {
        event.append_property(Property::new("DESCRIPTION", plain(entry.description)));
    }
    if let Some(location) = entry.location {
        event.append_property(Property::new("LOCATION", plain(location)));
    }
    event.append_property(Property::new("URL", entry.url));
    for (name, at) in [("DTSTART", &entry.start), ("DTEND", &entry.end)] {
        event.append_property(time(name, at));
    }
    event
}

/// In the event's zone, or in UTC where it has no name that calendars know.
fn time(name: &str, at: &Zoned) -> Property {
    match zone_name(at) {
        Some(zone) => {
            let mut property = Property::new(name, at.strftime("%Y%m%dT%H%M%S").to_string());
            property.add_parameter("TZID", zone);
            property
        }
        None => Property::new(name, at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string()),
    }
}

fn zone_name(at: &Zoned) -> Option<&str> {
    at.time_zone().iana_name().filter(|name| *name != "UTC" && *name != "Etc/UTC")
}

/// Text without control characters, which have no place in a TEXT value; the library escapes the rest
/// (RFC 5545 section 3.3.11).
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// A VTIMEZONE for each zone: the changes of its offset from a year before the first event to two after the last.
fn zones(entries: &[Entry]) -> String {
    let mut names: Vec<&str> =
        entries.iter().flat_map(|entry| [zone_name(&entry.start), zone_name(&entry.end)]).flatten().collect();
    names.sort_unstable();
    names.dedup();
    let year = SignedDuration::from_hours(24 * 366);
    let first = entries.iter().map(|entry| entry.start.timestamp()).min().unwrap_or_default();
    let last = entries.iter().map(|entry| entry.end.timestamp()).max().unwrap_or_default();
    let (from, until) = (first.saturating_sub(year).unwrap_or(first), last.saturating_add(year * 2).unwrap_or(last));
    let mut out = String::new();
    for name in names {
        if let Ok(zone) = TimeZone::get(name) {
            zone_block(&mut out, name, &zone, from, until).ok();
        }
    }
    out
}

/// Enough for a century of summer times, so a calendar of many years has every change of its zone.
const MOST_CHANGES: usize = 200;

fn zone_block(out: &mut String, name: &str, zone: &TimeZone, from: Timestamp, until: Timestamp) -> std::fmt::Result {
    let offset = |seconds: i32| {
        format!("{}{:02}{:02}", if seconds < 0 { '-' } else { '+' }, seconds.abs() / 3600, seconds.abs() / 60 % 60)
    };
    write!(out, "BEGIN:VTIMEZONE\r\nTZID:{name}\r\n")?;
    let mut before = zone.to_offset(from).seconds();
    let mut block = |kind: &str, at: Timestamp, from: i32, to: i32| {
        let local = jiff::tz::Offset::from_seconds(from).unwrap_or(jiff::tz::Offset::UTC).to_datetime(at);
        write!(
            out,
            "BEGIN:{kind}\r\nDTSTART:{}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nEND:{kind}\r\n",
            local.strftime("%Y%m%dT%H%M%S"),
            offset(from),
            offset(to)
        )
    };
    block(if zone.to_offset_info(from).dst().is_dst() { "DAYLIGHT" } else { "STANDARD" }, from, before, before)?;
    for change in zone.following(from).take_while(|change| change.timestamp() < until).take(MOST_CHANGES) {
        let after = change.offset().seconds();
        block(if change.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" }, change.timestamp(), before, after)?;
        before = after;
    }
    write!(out, "END:VTIMEZONE\r\n")
}

fn query(base: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    // Outlook shows a plus as a plus.
    format!("{base}?{}", query.replace('+', "%20"))
}

pub fn google_link(entry: &Entry) -> String {
    let utc = |at: &Zoned| at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
    let dates = format!("{}/{}", utc(&entry.start), utc(&entry.end));
    query(
        "https://calendar.google.com/calendar/render",
        &[
            ("action", "TEMPLATE"),
            ("text", entry.title),
            ("dates", &dates),
            ("location", entry.location.unwrap_or_default()),
            ("details", entry.url),
        ],
    )
}

pub fn outlook_link(entry: &Entry) -> String {
    let utc = |at: &Zoned| at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    query(
        "https://outlook.live.com/calendar/0/action/compose",
        &[
            ("rru", "addevent"),
            ("subject", entry.title),
            ("startdt", &utc(&entry.start)),
            ("enddt", &utc(&entry.end)),
            ("location", entry.location.unwrap_or_default()),
            ("body", entry.url),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(title: &'a str, description: &'a str) -> Entry<'a> {
        let start: Zoned = "2026-12-05T19:30:00+01:00[Europe/Zurich]".parse().unwrap();
        let end = start.saturating_add(SignedDuration::from_hours(3));
        Entry {
            uid: "1@example.org",
            sequence: 2,
            organizer: ("Marquee, \"Basel\"", "no-reply@example.org"),
            stamp: Timestamp::UNIX_EPOCH,
            title,
            description,
            location: Some("Town hall, Basel"),
            url: "https://example.org/events/x",
            start,
            end,
            cancelled: false,
        }
    }

    #[test]
    fn the_bytes_are_as_the_standard_wants_them() {
        let long = "ü".repeat(100) + "; \"x\", y\\z\nnext\u{7}";
        let text = file(&[entry("A, b; c", &long)], "Marquee");
        for line in text.split_inclusive("\r\n") {
            assert!(line.ends_with("\r\n") && line.len() <= 77, "{line:?}");
            assert!(!line.trim_end_matches("\r\n").contains(['\r', '\n', '\u{7}']), "{line:?}");
        }
        let unfolded = text.replace("\r\n ", "");
        for part in [
            "SUMMARY:A\\, b\\; c\r\n",
            "DTSTART;TZID=Europe/Zurich:20261205T193000\r\n",
            "SEQUENCE:2\r\n",
            "ORGANIZER;CN=\"Marquee,  Basel \":mailto:no-reply@example.org\r\n",
            "x\"\\, y\\\\z\\nnext \r\n",
            "METHOD:PUBLISH\r\n",
            "BEGIN:VTIMEZONE\r\nTZID:Europe/Zurich\r\n",
            "TZOFFSETTO:+0100",
        ] {
            assert!(unfolded.contains(part), "{part:?} in {unfolded}");
        }
        assert!(text.find("VTIMEZONE") < text.find("BEGIN:VEVENT"));
    }

    #[test]
    fn a_calendar_of_many_years_knows_the_changes_of_each() {
        let early = entry("x", "");
        let years = |start: &Zoned| start.with().year(2038).build().unwrap();
        let late = Entry { start: years(&early.start), end: years(&early.end), ..entry("y", "") };
        let text = file(&[early, late], "x");
        for part in ["DTSTART:20270328T020000\r\n", "DTSTART:20380328T020000\r\n", "DTSTART:20381031T030000\r\n"] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
    }

    #[test]
    fn links_carry_what_they_say_as_every_calendar_reads_it() {
        let entry = entry("A & B + c", "");
        assert!(google_link(&entry).contains("text=A%20%26%20B%20%2B%20c&dates=20261205T183000Z%2F20261205T213000Z"));
        let outlook = outlook_link(&entry);
        assert!(outlook.contains("startdt=2026-12-05T18%3A30%3A00Z") && !outlook.contains('+'), "{outlook}");
    }

    #[test]
    fn a_cancellation_says_so() {
        let text = file(&[Entry { cancelled: true, ..entry("x", "") }], "x");
        assert!(text.contains("METHOD:CANCEL\r\n") && text.contains("STATUS:CANCELLED\r\n"));
        assert!(text.contains("ORGANIZER;") && text.contains("UID:1@example.org\r\n"));
    }
}
