//! What other programs read of an event: search engines, calendars, previews of links, caches.
use jiff::tz::TimeZone;
use marquee::clock;
use marquee::events::{Reveal, Status};
use marquee::i18n::{Day, Locale, Say};
use scraper::Selector;

use super::{attributes, visit};
use crate::browser::Browser;
use crate::site::Site;

/// The page's data block, read as a search engine reads it.
pub fn json_ld(browser: &Browser) -> serde_json::Value {
    let page = browser.page();
    let block = Selector::parse("script[type='application/ld+json']").unwrap();
    let blocks: Vec<String> = page.select(&block).map(|block| block.text().collect()).collect();
    assert_eq!(blocks.len(), 1, "one data block");
    serde_json::from_str(&blocks[0]).unwrap_or_else(|error| panic!("{error}: {}", blocks[0]))
}

/// Lines of a calendar file, unfolded.
fn lines(browser: &Browser) -> Vec<String> {
    let file = browser.html();
    assert!(file.ends_with("\r\n") && !file.replace("\r\n", "").contains(['\r', '\n']), "lines end with CRLF");
    file.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn search_engines_read_a_complete_event() {
    let site = Site::start().await;
    let event = site.event("Repair café").host("mara").capacity(8).make().await;
    let data = json_ld(&visit(&site, &event.path()).await);
    let url = "http://localhost:8080/events/repair-caf";
    for (field, value) in [
        ("@type", "Event"),
        ("name", "Repair café"),
        ("url", url),
        ("eventStatus", "https://schema.org/EventScheduled"),
        ("eventAttendanceMode", "https://schema.org/OfflineEventAttendanceMode"),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
    let start: jiff::Timestamp = data["startDate"].as_str().unwrap().parse().unwrap();
    assert_eq!(start, event.starts_at.timestamp());
    assert_eq!(data["startDate"].as_str().unwrap().len(), "2026-12-05T10:00:00+01:00".len());
    assert!(data["endDate"].as_str().is_some());
    assert_eq!(data["location"][0]["address"]["streetAddress"], "Market square 1");
    assert_eq!(data["organizer"]["name"], "mara");
    assert_eq!(data["offers"][0]["availability"], "https://schema.org/InStock");
    assert_eq!(data["offers"][0]["price"], "0");
    assert!(data["image"][0].as_str().unwrap().starts_with(&format!("{url}/og.png?v=")));
}

#[tokio::test]
async fn the_link_of_an_online_event_is_for_those_who_come() {
    let site = Site::start().await;
    let event = site.event("Async without fear").host("mara").with(|event| {
        event.place_name = String::new();
        event.place_address = String::new();
        event.online_url = "https://meet.example.org/secret-room".into();
        event.reveal = Reveal::Always;
    });
    let event = event.make().await;
    let mut browser = visit(&site, &event.path()).await;
    browser.sees("Online").sees("Those who come get the link");
    assert!(!browser.html().contains("secret-room"));
    let data = json_ld(&browser);
    assert_eq!(data["eventAttendanceMode"], "https://schema.org/OnlineEventAttendanceMode");
    assert_eq!(data["location"][0]["@type"], "VirtualLocation");
    browser.visit(&format!("{}/calendar.ics", event.path())).await.is(200);
    assert!(!browser.html().replace("\r\n ", "").contains("secret-room"));
    let mut holder = site.member("ada").await;
    holder.visit(&event.path()).await.press("Save my place").await;
    holder.visit(&event.path()).await.sees("Join online");
    assert!(holder.html().contains("secret-room"));
    assert!(!json_ld(&holder).to_string().contains("secret-room"));
}

#[tokio::test]
async fn previews_of_links_have_a_title_a_text_and_a_picture() {
    let site = Site::start().await;
    let event = site.event("Repair café").with(|event| event.summary = "Bring the lamp.".into()).make().await;
    let mut browser = visit(&site, &event.path()).await;
    let meta = |name: &str| attributes(&browser, &format!("meta[property='og:{name}']"), "content").join("|");
    assert_eq!(meta("title"), "Repair café");
    assert!(meta("description").contains("Bring the lamp."));
    assert_eq!(meta("url"), format!("http://localhost:8080{}", event.path()));
    assert_eq!(attributes(&browser, "link[rel=canonical]", "href"), [meta("url")]);
    let picture = meta("image").replace("http://localhost:8080", "");
    browser.visit(&picture).await.is(200);
    assert_eq!(browser.headers["content-type"], "image/png");
    let size = |at: usize| u32::from_be_bytes(browser.bytes[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1200, 630));
}

#[tokio::test]
async fn pictures_are_kept_for_ever_only_under_the_address_of_their_version() {
    let site = Site::start().await;
    let event = site.event("Repair café").make().await;
    let mut browser = visit(&site, &event.path()).await;
    let poster = attributes(&browser, ".wall img", "src").remove(0);
    browser.visit(&poster).await.is(200);
    assert_eq!(browser.headers["content-type"], "image/svg+xml");
    assert!(browser.headers["cache-control"].to_str().unwrap().contains("immutable"));
    let tag = browser.headers["etag"].to_str().unwrap().to_owned();
    for bare in [format!("{}/poster.svg", event.path()), format!("{}/poster.svg?v=old", event.path())] {
        browser.visit(&bare).await.is(200);
        assert!(!browser.headers["cache-control"].to_str().unwrap().contains("immutable"), "{bare}");
    }
    for asked in [tag.clone(), tag.replace("W/", ""), format!("\"other\", {tag}"), "*".into()] {
        assert_eq!(conditional(&site, &poster, &asked).await, (304, 0), "{asked}");
    }
    let (status, size) = conditional(&site, &poster, "\"other\"").await;
    assert!(status == 200 && size > 1_000, "{status} {size}");
}

/// Status and size of an answer to a browser that has a copy.
async fn conditional(site: &Site, path: &str, tag: &str) -> (u16, usize) {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let request = axum::http::Request::get(path).header("if-none-match", tag).body(axum::body::Body::empty()).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes().len())
}

#[tokio::test]
async fn a_calendar_gets_the_time_in_its_zone_a_stable_name_and_a_count_of_changes() {
    let site = Site::start().await;
    let event = site.event("Repair café").make().await;
    let mut browser = visit(&site, &format!("{}/calendar.ics", event.path())).await;
    assert_eq!(browser.headers["content-type"], "text/calendar; charset=utf-8");
    let file = lines(&browser);
    let civil = event.start().strftime("%Y%m%dT%H%M%S").to_string();
    for line in [
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VTIMEZONE".to_owned(),
        format!("UID:{}@localhost", event.id),
        "SEQUENCE:0".to_owned(),
        format!("DTSTART;TZID=Europe/Zurich:{civil}"),
        "STATUS:CONFIRMED".to_owned(),
        "SUMMARY:Repair café".to_owned(),
        "LOCATION:Town hall\\, Market square 1\\, Basel".to_owned(),
    ] {
        assert!(file.contains(&line), "no {line} in {file:#?}");
    }
    let mut tx = site.app.db.write().await.unwrap();
    marquee::events::store::set_status(&mut tx, event.id, Status::Cancelled, None, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    browser.visit(&format!("{}/calendar.ics", event.path())).await.is(200);
    let file = lines(&browser);
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"] {
        assert!(file.iter().any(|has| has == line), "no {line} in {file:#?}");
    }
}

#[tokio::test]
async fn a_hostile_title_is_text_in_every_output() {
    let site = Site::start().await;
    let title = "</script><img src=x onerror=alert(1)>\"'&;,\\n\r\nBEGIN:VALARM\u{202e}{name}";
    let event = site.event(title).host("mara").with(|event| {
        event.slug = "hostile".into();
        event.summary = title.into();
        event.description = format!("{title}\n\n[x](javascript:alert(1)) ![y](https://evil.example/p.png)");
        event.place_name = title.into();
        event.place_address = title.into();
        event.tags = "<b>".into();
        event.cancelled_why = Some(title.into());
    });
    let event = event.make().await;
    let mut browser = visit(&site, &event.path()).await;
    assert_eq!(json_ld(&browser)["name"], title);
    for _ in 0..2 {
        let page = browser.page();
        let count = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
        assert_eq!(count("[onerror], img[src='x'], script:not([type])"), 0, "at {}", browser.path);
        assert_eq!(count("a[href^='javascript'], img[src*='evil']"), 0, "at {}", browser.path);
        browser.visit("/").await.is(200);
    }
    browser.visit("/events/hostile/calendar.ics").await.is(200);
    assert!(!lines(&browser).iter().any(|line| line == "BEGIN:VALARM"), "{}", browser.html());
    for file in ["poster.svg", "poster.png", "og.png"] {
        browser.visit(&format!("/events/hostile/{file}")).await.is(200);
        assert!(!String::from_utf8_lossy(&browser.bytes).contains("onerror"), "{file}");
    }
}

#[tokio::test]
async fn crawlers_are_kept_out_of_what_is_a_persons_own() {
    let site = Site::start().await;
    let browser = visit(&site, "/robots.txt").await;
    assert!(browser.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    for path in ["/orders/", "/t/", "/confirm/", "/auth/"] {
        assert!(browser.html().contains(&format!("Disallow: {path}\n")), "{path}");
    }
}

/// In `en-XA` every letter of ours has an accent: words left plain are values, or cannot be translated.
#[tokio::test]
async fn every_text_of_list_and_page_translates() {
    let site = Site::start().await;
    let nameless = |event: &mut marquee::events::Event| {
        event.title = "§§".into();
        event.slug = format!("n-{}", event.id);
        event.place_name = "§1".into();
        event.place_address = "§2".into();
        event.place_town = "§3".into();
        event.description = "§4".into();
        event.guest_list = marquee::events::GuestList::Names;
    };
    site.account("§").await;
    let mut paths = vec!["/?lang=en-XA".to_owned()];
    for (days, status) in [(7, Status::Published), (-7, Status::Published), (7, Status::Cancelled)] {
        let event = site.event("n").host("§").starts_in(clock::days(days)).capacity(5);
        let event = event.with(nameless).with(|event| event.status = status).make().await;
        paths.push(format!("{}?lang=en-XA&zone=Asia/Tokyo", event.path()));
    }
    for path in paths {
        let browser = visit(&site, &path).await;
        let text = browser.text();
        let words = text.split(|c: char| !c.is_alphanumeric());
        let plain = words.filter(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic()));
        // Dates are written by CLDR, which has no pseudo-locale.
        let dates: String = (-8..=8)
            .map(|n| Day((site.now() + clock::days(n)).timestamp().to_zoned(TimeZone::UTC).date()).to(Locale::En))
            .collect();
        let values = ["Marquee", "Europe", "Zurich", "Asia", "Tokyo"];
        let plain: Vec<_> = plain.filter(|word| !values.contains(word) && !dates.contains(word)).collect();
        assert!(text.contains('[') && plain.is_empty(), "{path}: {plain:?}\n{text}");
    }
}
