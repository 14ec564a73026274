//! Every calendar file that leaves the site is read by two readers that know nothing of each other, and both see the
//! same: a strict one of ours that looks at each byte, and calcard, which mail servers use.
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarParameterName, ICalendarProperty, ICalendarStatus,
};
use marquee::clock;
use marquee::events::{Event, Reveal};

use crate::sharing::calendar;
use crate::site::Site;

/// What a calendar says of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    uid: String,
    title: String,
    text: String,
    place: String,
    url: String,
    /// As `20261203T203000`, with the zone or `Z`.
    start: String,
    end: String,
    sequence: i64,
    cancelled: bool,
}

/// Its method, and what it says of each event, by calcard.
fn by_calcard(text: &str) -> (String, Vec<Said>) {
    let whole = ICalendar::parse(text).unwrap_or_else(|wrong| panic!("{wrong:?} in {text}"));
    let of = |kind: ICalendarComponentType| whole.components.iter().filter(move |part| part.component_type == kind);
    let calendar = of(ICalendarComponentType::VCalendar).next().expect("a calendar");
    let zones: Vec<String> =
        of(ICalendarComponentType::VTimezone).map(|zone| value(zone, &ICalendarProperty::Tzid)).collect();
    let events = of(ICalendarComponentType::VEvent).map(|event| Said {
        uid: value(event, &ICalendarProperty::Uid),
        title: value(event, &ICalendarProperty::Summary),
        text: value(event, &ICalendarProperty::Description),
        place: value(event, &ICalendarProperty::Location),
        url: value(event, &ICalendarProperty::Url),
        start: at(event, &ICalendarProperty::Dtstart, &zones),
        end: at(event, &ICalendarProperty::Dtend, &zones),
        sequence: event.property(&ICalendarProperty::Sequence).unwrap().values[0].as_integer().expect("a number"),
        cancelled: event.status() == Some(&ICalendarStatus::Cancelled),
    });
    (value(calendar, &ICalendarProperty::Method).to_uppercase(), events.collect())
}

fn value(part: &ICalendarComponent, name: &ICalendarProperty) -> String {
    let Some(entry) = part.property(name) else { return String::new() };
    assert_eq!(entry.values.len(), 1, "one value: {entry:?}");
    entry.values[0].as_text().unwrap_or_else(|| panic!("a text: {entry:?}")).to_owned()
}

fn at(event: &ICalendarComponent, name: &ICalendarProperty, zones: &[String]) -> String {
    let entry = event.property(name).expect("a time");
    let at = entry.values[0].as_partial_date_time().expect("a time");
    let number = |part: Option<u8>| part.expect("a part of a time");
    let text = format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}",
        at.year.expect("a year"),
        number(at.month),
        number(at.day),
        number(at.hour),
        number(at.minute),
        number(at.second)
    );
    match entry.parameter(&ICalendarParameterName::Tzid).and_then(|zone| zone.as_text()) {
        Some(zone) => {
            assert!(zones.iter().any(|known| known == zone), "{zone} is described: {zones:?}");
            format!("{text} {zone}")
        }
        None => format!("{text}Z"),
    }
}

/// The same by its lines.
fn by_lines(text: &str) -> (String, Vec<Said>) {
    let (mut method, mut events, mut inside) = (String::new(), Vec::<Said>::new(), false);
    for line in calendar(text) {
        let (head, value) = line.split_once(':').expect("a name and a value");
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        match (name, value) {
            ("METHOD", value) => method = value.to_owned(),
            ("BEGIN", "VEVENT") => events.push(Said::default()),
            _ => {}
        }
        inside = if matches!(name, "BEGIN" | "END") { (name, value) == ("BEGIN", "VEVENT") } else { inside };
        let Some(said) = events.last_mut().filter(|_| inside) else { continue };
        let time = || match parameters.strip_prefix("TZID=") {
            Some(zone) => format!("{value} {}", zone.trim_matches('"')),
            None => value.to_owned(),
        };
        match name {
            "UID" => said.uid = value.to_owned(),
            "SUMMARY" => said.title = plain(value),
            "DESCRIPTION" => said.text = plain(value),
            "LOCATION" => said.place = plain(value),
            "URL" => said.url = value.to_owned(),
            "DTSTART" => said.start = time(),
            "DTEND" => said.end = time(),
            "SEQUENCE" => said.sequence = value.parse().expect("a number"),
            "STATUS" => said.cancelled = value == "CANCELLED",
            _ => {}
        }
    }
    (method, events)
}

/// Unescaped (RFC 5545 section 3.3.11); whatever else stands behind a backslash, or bare, is wrong.
fn plain(value: &str) -> String {
    let (mut text, mut chars) = (String::new(), value.chars());
    while let Some(c) = chars.next() {
        assert!(!matches!(c, ';' | ','), "bare in {value}");
        text.push(match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => '\n',
                Some(c @ ('\\' | ';' | ',')) => c,
                other => panic!("{other:?} behind a backslash in {value}"),
            },
            c => c,
        });
    }
    text
}

/// What both say.
fn read(text: &str) -> (String, Vec<Said>) {
    let (ours, theirs) = (by_lines(text), by_calcard(text));
    assert_eq!(ours, theirs, "{text}");
    ours
}

const TITLE: &str =
    "Jazz, \"late\"; ünd \\ a title \u{1f3b7} 日本語 that is so long that its line is folded, twice: yes";

fn odd(event: &mut Event) {
    (event.slug, event.summary) = ("odd".into(), "First line;\nsecond, line\\n".into());
    (event.place_name, event.place_address) = ("Café; \"Bar\"".into(), "Road 1, back".into());
}

async fn file(site: &Site, path: &str) -> (String, Vec<Said>) {
    let mut program = site.browser();
    program.visit(path).await.is(200);
    read(&program.html())
}

#[tokio::test]
async fn the_files_of_an_event_and_all_feeds_are_read_alike() {
    let site = Site::start().await;
    let event = site.event(TITLE).with(odd).make().await;
    let utc = |event: &mut Event| (event.zone, event.summary) = ("Etc/UTC".into(), String::new());
    site.event("Elsewhere").with(utc).starts_in(clock::days(9)).make().await;
    let over = |event: &mut Event| event.zone = "America/New_York".into();
    site.event("New York").with(over).starts_in(clock::days(120)).make().await;
    let (method, said) = file(&site, &format!("{}/calendar.ics", event.path())).await;
    assert_eq!((method.as_str(), said.len(), said[0].title.as_str()), ("PUBLISH", 1, TITLE));
    assert_eq!(said[0].text, event.summary);
    assert!(said[0].place.starts_with("Café; \"Bar\", Road 1, back"), "{}", said[0].place);
    let hosts = marquee::events::store::hosts(&site.app.db, event.id).await.unwrap();
    for path in ["/events.ics".to_owned(), format!("/events.ics?host={}", hosts[0].member_id)] {
        let (method, said) = file(&site, &path).await;
        let titles: Vec<&str> = said.iter().map(|said| said.title.as_str()).collect();
        assert_eq!((method.as_str(), titles), ("PUBLISH", vec![TITLE, "Elsewhere", "New York"]), "{path}");
        assert!(said[1].start.ends_with('Z') && said[2].start.ends_with(" America/New_York"), "{said:?}");
    }
    assert_eq!(file(&site, "/events.ics?q=nothing+like+it").await, ("PUBLISH".into(), Vec::new()));
}

#[tokio::test]
async fn the_files_of_an_order_and_of_a_member_say_what_holders_may_know() {
    let site = Site::start().await;
    let secret = |event: &mut Event| {
        odd(event);
        event.reveal = Reveal::Holders;
    };
    let event = site.event(TITLE).with(secret).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.press("Save my place").await;
    let order = ada.path.split('?').next().unwrap().to_owned();
    ada.visit(&format!("{order}/calendar.ics")).await.is(200);
    let (_, said) = read(&ada.html());
    assert!(said[0].place.starts_with("Café"), "{said:?}");
    ada.visit("/settings/calendar").await.press("Make the address").await;
    let address = crate::bill::attributes(&ada, "#address", "value").pop().expect("the address");
    let (_, own) = file(&site, address.trim_start_matches("http://localhost:8080")).await;
    assert_eq!(own, said);
    let (_, public) = file(&site, &format!("{}/calendar.ics", event.path())).await;
    assert_eq!((public[0].uid.as_str(), public[0].place.contains("Café")), (said[0].uid.as_str(), false));
}

#[tokio::test]
async fn the_files_in_mails_grow_with_changes_and_end_with_cancel() {
    let site = Site::start().await;
    // As it could be typed: a summary is one line.
    let typed = |event: &mut Event| {
        odd(event);
        event.summary = "Second; line".into();
    };
    let event = site.event(TITLE).with(typed).make().await;
    site.places(&event, "ada", 1).await;
    let attached = |mail: &marquee::mail::Message| {
        let file = mail.files.iter().find(|file| file.mime.starts_with("text/calendar")).expect("a calendar file");
        read(std::str::from_utf8(&file.bytes).expect("UTF-8"))
    };
    let (method, first) = attached(&site.mail_to("ada@example.org").await);
    assert_eq!(method, "PUBLISH");
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("place_name", "Elsewhere; \"x\"");
    host.press("Save changes").await.is(200);
    let (_, moved) = attached(&site.mail_to("ada@example.org").await);
    assert!(moved[0].sequence > first[0].sequence && moved[0].uid == first[0].uid, "{moved:?}");
    assert!(moved[0].place.starts_with("Elsewhere; \"x\""));
    host.visit(&format!("{}/cancellation", event.path())).await.fill("reason", "Rain").press("Cancel the event").await;
    let (method, last) = attached(&site.mail_to("ada@example.org").await);
    assert!(method == "CANCEL" && last[0].cancelled && last[0].sequence > moved[0].sequence, "{method} {last:?}");
}
