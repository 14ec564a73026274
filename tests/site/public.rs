//! What everyone sees: what's on, the event's page, and what other programs read of it.
use marquee::clock::{days, hours, minutes};
use marquee::events::{Reveal, Visibility};
use marquee::seed;

use crate::site::Site;

const SECRET_PLACE: [&str; 2] = ["Mara’s flat", "Rheingasse 17"];

#[tokio::test]
async fn the_list_shows_public_events_that_are_not_over_by_day() {
    let site = Site::start().await;
    site.event("Next week").make().await;
    site.event("Going on now").starts_in(-hours(1)).make().await;
    site.event("Yesterday").starts_in(-days(1)).make().await;
    site.event("Not yet decided").draft().make().await;
    site.event("For friends").with(|event| event.visibility = Visibility::Unlisted).make().await;
    let mut visitor = site.browser();
    visitor.visit("/").await.is(200).sees("Next week").sees("Going on now");
    visitor.sees("Today").misses("Yesterday").misses("Not yet decided").misses("For friends");
    visitor.visit("/events/for-friends").await.is(200);
    assert!(visitor.html().contains("noindex"));
}

#[tokio::test]
async fn a_long_list_goes_on_behind_a_link_without_gap_or_repeat() {
    let site = Site::start().await;
    for n in 0..65 {
        site.event(&format!("Evening {n:02}")).starts_in(days(1 + n / 3)).make().await;
    }
    let mut visitor = site.browser();
    visitor.visit("/").await;
    let mut seen = Vec::new();
    loop {
        let html = visitor.html();
        seen.extend(html.split("<a href=\"/events/evening-").skip(1).map(|rest| rest[..2].to_owned()));
        let Some(next) = html.split("href=\"/?page=").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
        else {
            break;
        };
        visitor.visit(&format!("/?page={next}")).await.is(200);
    }
    seen.sort();
    assert_eq!(seen, (0..65).map(|n| format!("{n:02}")).collect::<Vec<_>>());
    for wrong in ["/?page=x", "/?page=1.x", "/?page=%00", "/?page=9999999999999999999999.1"] {
        visitor.visit(wrong).await.is(200);
    }
}

#[tokio::test]
async fn anonymous_pages_set_no_cookie() {
    let site = Site::start().await;
    site.event("Open").make().await;
    let mut visitor = site.browser();
    for path in ["/", "/events/open", "/sign-in", "/events/open/calendar.ics"] {
        visitor.visit(path).await.is(200);
        assert!(visitor.headers.get("set-cookie").is_none(), "{path}");
    }
}

#[tokio::test]
async fn a_draft_is_for_its_hosts_alone() {
    let site = Site::start().await;
    let event = site.event("Secret plans").draft().make().await;
    let (mut visitor, mut stranger, mut host) =
        (site.browser(), site.member("stranger").await, site.member("host").await);
    for file in ["", "/calendar.ics", "/poster.svg", "/poster.png", "/og.png"] {
        let path = format!("{}{file}", event.path());
        visitor.visit(&path).await.is(404);
        stranger.visit(&path).await.is(404);
        host.visit(&path).await.is(200);
    }
}

/// Every output of an event that a visitor, or a program, can reach.
async fn outputs(site: &Site, path: &str, who: &mut crate::browser::Browser) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for page in [
        "/".to_owned(),
        path.to_owned(),
        format!("{path}/calendar.ics"),
        format!("/api/v1{path}"),
        "/api/v1/events".to_owned(),
    ] {
        who.visit(&page).await;
        assert!(who.status < 500, "{page}");
        all.push((page, who.html().replace("\r\n ", "")));
    }
    let _ = site;
    all
}

#[tokio::test]
async fn a_place_for_holders_is_in_no_output_for_others() {
    let site = Site::start().await;
    for reveal in [Reveal::Holders, Reveal::OnTheDay] {
        let event = site
            .event(&format!("Supper {}", reveal.word().replace('_', " ")))
            .with(|event| {
                event.reveal = reveal;
                event.place_name = SECRET_PLACE[0].into();
                event.place_address = SECRET_PLACE[1].into();
                event.online_url = "https://meet.example.org/secret-room".into();
            })
            .make()
            .await;
        for who in [&mut site.browser(), &mut site.member("stranger").await] {
            for (page, text) in outputs(&site, &event.path(), who).await {
                for secret in SECRET_PLACE.iter().chain(&["secret-room", "47.5581", "7.5878"]) {
                    assert!(!text.contains(secret), "{secret} stands in {page}");
                }
            }
        }
        let mut host = site.member("host").await;
        host.visit(&event.path()).await.sees(SECRET_PLACE[0]).sees(SECRET_PLACE[1]);
    }
}

#[tokio::test]
async fn holders_see_the_place_at_once_or_on_the_day() {
    let site = Site::start().await;
    let at_once = site.event("At once").with(|event| event.reveal = Reveal::Holders).make().await;
    let on_the_day = site.event("On the day").with(|event| event.reveal = Reveal::OnTheDay).make().await;
    let mut ada = site.member("ada").await;
    for event in [&at_once, &on_the_day] {
        ada.visit(&event.path()).await.press("Save my place").await;
    }
    ada.visit(&at_once.path()).await.sees("Market square 1");
    ada.visit(&on_the_day.path()).await.misses("Market square 1").sees("on the day");
    site.app.clock.advance(days(7));
    ada.visit(&on_the_day.path()).await.sees("Market square 1");
}

#[tokio::test]
async fn a_hostile_title_breaks_out_of_nothing() {
    let site = Site::start().await;
    let title = "</script><script>alert(1)</script>\" onload=\"x & <b>é";
    let event = site.event("x").with(|event| event.title = title.into()).make().await;
    let mut visitor = site.browser();
    for path in ["/", &event.path()] {
        visitor.visit(path).await.is(200);
        assert!(!visitor.html().contains("<script>alert"), "{path}");
        assert!(!visitor.html().contains("\" onload=\""), "{path}");
    }
    let html = visitor.html();
    let data = html.split("application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["name"], title);
    visitor.visit(&format!("{}/poster.svg", event.path())).await.is(200);
    assert!(!visitor.html().contains("<script"));
}

#[tokio::test]
async fn nobody_is_told_that_places_can_be_had_where_none_are_given() {
    let site = Site::start().await;
    let soon = site.now() + minutes(10);
    let event = site.event("Quiz night").with(|event| event.closes_at = Some(soon)).make().await;
    let offered = async || {
        let mut visitor = site.browser();
        visitor.visit(&event.path()).await.is(200);
        let listed = site.program().get(&format!("/api/v1/events/{}", event.slug)).await.is(200);
        (visitor.html().contains("schema.org/InStock"), listed.data()["ticket_types"][0]["on_sale"].as_bool())
    };
    assert_eq!(offered().await, (true, Some(true)));
    site.later(minutes(11)).await;
    assert_eq!(offered().await, (false, Some(false)));
}

#[tokio::test]
async fn search_engines_read_the_whole_event() {
    let site = Site::start().await;
    let event = site.event("Quiz night").capacity(1).make().await;
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await;
    let read = |html: String| -> serde_json::Value {
        serde_json::from_str(html.split("application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap())
            .unwrap()
    };
    let data = read(visitor.html());
    assert_eq!(data["@type"], "Event");
    assert!(data["startDate"].as_str().unwrap().ends_with(":00"), "{data}");
    assert_eq!(data["offers"][0]["availability"], "https://schema.org/InStock");
    assert_eq!(data["location"][0]["address"]["addressLocality"], "Basel");
    assert_eq!(data["eventStatus"], "https://schema.org/EventScheduled");
    site.member("ada").await.visit(&event.path()).await.press("Save my place").await;
    visitor.visit(&event.path()).await.sees("All places are taken");
    assert_eq!(read(visitor.html())["offers"][0]["availability"], "https://schema.org/SoldOut");
    visitor.visit("/").await.sees("Sold out");
}

#[tokio::test]
async fn pictures_are_kept_by_browsers_until_they_change() {
    let site = Site::start().await;
    let event = site.event("Poster").make().await;
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await;
    let version = visitor.html().split("poster.svg?v=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (file, kind, magic) in [
        ("poster.svg", "image/svg+xml", &b"<svg"[..]),
        ("poster.png", "image/png", b"\x89PNG"),
        ("og.png", "image/png", b"\x89PNG"),
    ] {
        visitor.visit(&format!("{}/{file}?v={version}", event.path())).await.is(200);
        assert_eq!(visitor.headers["content-type"], kind);
        assert!(visitor.headers["cache-control"].to_str().unwrap().contains("immutable"));
        assert!(visitor.bytes.starts_with(magic), "{file}");
    }
    let preview = image::load_from_memory(&visitor.bytes).unwrap();
    assert_eq!((preview.width(), preview.height()), (1200, 630));
    visitor.visit("/posters/404.svg").await.is(200);
}

#[tokio::test]
async fn what_is_not_there_is_404_and_never_500() {
    let site = Site::start().await;
    let mut visitor = site.browser();
    let long = format!("/events/{}", "x".repeat(5000));
    for path in [
        "/events/nothing",
        "/events/%00",
        "/events/%ff",
        "/events/..%2f..",
        "/events/'; DROP TABLE events; --",
        "/events/🎪",
        &long,
        "/t/x",
        "/orders/x",
        "/orders/%00",
        "/nowhere",
    ] {
        visitor.visit(&path.replace(' ', "%20").replace('🎪', "%F0%9F%8E%AA")).await;
        assert_eq!(visitor.status, 404, "{path}");
        visitor.sees("This page is not on the bill");
    }
}

#[tokio::test]
async fn times_are_shown_by_other_clocks_when_asked() {
    let site = Site::start().await;
    let event = site.event("Far away").make().await;
    let mut visitor = site.browser();
    visitor.visit(&format!("{}?zone=Asia/Tokyo", event.path())).await.sees("in Asia/Tokyo");
    visitor.visit(&format!("{}?zone=Nowhere/Land", event.path())).await.is(200).misses("Nowhere");
}

#[tokio::test]
async fn the_pages_speak_only_through_the_translation() {
    let site = Site::start().await;
    let event = site.event("xxx").with(|event| {
        event.description = String::new();
        (event.place_name, event.place_address, event.place_town) = (String::new(), String::new(), "xxx".into());
    });
    let event = event.make().await;
    let mut visitor = site.browser();
    for path in ["/", &event.path(), "/sign-in", "/sign-up", "/forgotten", "/nothing"] {
        visitor.visit(&format!("{path}?lang=en-XA")).await;
        let plain: Vec<String> = words(&visitor.text()).filter(|word| !KNOWN.contains(&word.as_str())).collect();
        assert!(plain.is_empty(), "{path} says {plain:?} in plain English");
    }
}

/// Names, and what dates are made of.
const KNOWN: &[&str] = &["Marquee", "xxx", "xxxxxx", "host", "Europe", "Zurich", "Google", "Outlook", "API", "M"];

/// Words of plain letters: what the pseudo-locale did not touch.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let plain = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_alphabetic()));
    plain.map(str::to_owned).filter(|word| !is_date(word))
}

pub fn is_date(word: &str) -> bool {
    const DATES: &[&str] = &[
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    DATES.contains(&word)
}

#[tokio::test]
async fn the_demo_site_stands_and_its_journal_agrees() {
    let site = Site::start().await;
    assert!(seed::run_if_empty(&site.app).await.unwrap());
    assert!(!seed::run_if_empty(&site.app).await.unwrap(), "only into an empty site");
    site.verifies().await;
    let mut visitor = site.browser();
    visitor.visit("/").await.is(200).sees("Repair Café").sees("Sold out");
    let html = visitor.html();
    let paths: Vec<_> = html
        .split("<h3")
        .skip(1)
        .filter_map(|rest| rest.split("href=\"").nth(1)?.split('"').next())
        .map(str::to_owned)
        .collect();
    assert!(paths.len() > 20);
    for path in paths {
        visitor.visit(&path).await.is(200);
    }
    let mut host = site.browser();
    let mara = &seed::SIGN_INS[0];
    host.visit("/sign-in").await.fill("email", mara.email).fill("password", mara.password).press("Sign in").await;
    host.visit("/hosting").await.is(200).sees("Intro to Rust");
    host.visit("/admin").await.is(200);
}
