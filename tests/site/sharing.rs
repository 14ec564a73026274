//! What programs read of the site: feeds, the sitemap, the page for frames; and reports of events.
use marquee::clock;
use marquee::events::{Event, Reveal, Status, Visibility};
use roxmltree::Document;

use crate::browser::Browser;
use crate::site::Site;

/// What stands at an address, with its kind.
async fn read(browser: &mut Browser, path: &str, kind: &str) -> String {
    browser.visit(path).await.is(200);
    assert_eq!(browser.headers["content-type"], kind, "{path}");
    browser.html()
}

/// A calendar by its lines, unfolded; every byte of it is as RFC 5545 wants it.
pub fn calendar(text: &str) -> Vec<String> {
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
    }
    let lines: Vec<String> = text.replace("\r\n ", "").lines().map(str::to_owned).collect();
    let mut open = Vec::new();
    for line in &lines {
        if let Some(name) = line.strip_prefix("BEGIN:") {
            open.push(name.to_owned());
        } else if let Some(name) = line.strip_prefix("END:") {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else {
            let name = line.split([':', ';']).next().unwrap();
            assert!(name.chars().all(|c| c.is_ascii_uppercase() || c == '-'), "{line}");
        }
    }
    assert!(open.is_empty());
    lines
}

fn values<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':')).collect()
}

const ICS: &str = "text/calendar; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";

fn tagged(event: &mut Event) {
    event.tags = "jazz".into();
}

#[tokio::test]
async fn the_calendar_of_the_site_and_of_a_tag_hold_what_everyone_may_see() {
    let site = Site::start().await;
    let secret = |event: &mut Event| (event.reveal, event.place_name) = (Reveal::Holders, "Cellar".into());
    site.event("Jazz, \"late\"; ünd a title that is so long that its line has to be folded, twice if need be: yes")
        .with(|event| event.slug = "late".into())
        .with(tagged)
        .make()
        .await;
    site.event("Hidden").with(secret).make().await;
    site.event("Quiet").with(|event| event.visibility = Visibility::Unlisted).make().await;
    site.event("Over").starts_in(-clock::days(2)).make().await;
    let mut program = site.browser();
    let lines = calendar(&read(&mut program, "/events.ics", ICS).await);
    assert_eq!(values(&lines, "SUMMARY").len(), 2, "{lines:#?}");
    assert!(values(&lines, "SUMMARY")[0].starts_with("Jazz\\, \"late\"\\; ünd"), "{lines:#?}");
    assert_eq!(values(&lines, "METHOD"), ["PUBLISH"]);
    assert!(
        !lines
            .iter()
            .any(|line| line.contains("Cellar") || line.contains("Market square 1") && line.contains("Hidden"))
    );
    let lines = calendar(&read(&mut program, "/events.ics?tag=jazz", ICS).await);
    assert_eq!(values(&lines, "SUMMARY").len(), 1);
    assert_eq!(values(&calendar(&read(&mut program, "/events.ics?tag=none", ICS).await), "SUMMARY").len(), 0);
}

#[tokio::test]
async fn a_feed_that_did_not_change_is_not_sent_again() {
    let site = Site::start().await;
    let event = site.event("Jazz").make().await;
    for path in ["/events.ics", "/events.atom", "/sitemap.xml", "/sitemaps/0.xml"] {
        let mut program = site.browser();
        program.visit(path).await.is(200);
        let tag = program.headers["etag"].to_str().unwrap().to_owned();
        let again = axum::http::Request::get(path).header("if-none-match", &tag).body(axum::body::Body::empty());
        let answer = tower::ServiceExt::oneshot(site.router.clone(), again.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 304, "{path}");
        assert_eq!(answer.headers()["etag"].to_str().unwrap(), tag);
    }
    let mut program = site.browser();
    program.visit("/events.atom").await.is(200);
    let before = program.headers["etag"].clone();
    site.member("host")
        .await
        .visit(&format!("{}/edit", event.path()))
        .await
        .fill("title", "Swing")
        .press("Save changes")
        .await;
    program.visit("/events.atom").await.is(200);
    assert_ne!(program.headers["etag"], before);
}

/// The status that a program gets which has the answer of that date.
async fn since(site: &Site, path: &str, date: &str) -> u16 {
    let again = axum::http::Request::get(path).header("if-modified-since", date).body(axum::body::Body::empty());
    tower::ServiceExt::oneshot(site.router.clone(), again.unwrap()).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_date_is_enough_for_readers_who_keep_no_tags_and_what_left_a_feed_changes_it() {
    let site = Site::start().await;
    let event = site.event("Jazz").make().await;
    for path in ["/events.ics", "/events.atom", "/sitemap.xml"] {
        let mut program = site.browser();
        program.visit(path).await.is(200);
        assert!(!program.headers.contains_key("last-modified"), "its second is not over");
        site.app.clock.advance(jiff::SignedDuration::from_secs(2));
        let date = program.visit(path).await.is(200).headers["last-modified"].to_str().unwrap().to_owned();
        assert!(date.ends_with(" GMT"), "{date}");
        assert_eq!(since(&site, path, &date).await, 304, "{path}");
        for not in ["Sun, 06 Nov 1994 08:49:37 GMT", "yesterday", ""] {
            assert_eq!(since(&site, path, not).await, 200, "{path}: {not}");
        }
    }
    let date = site.browser().visit("/events.ics").await.headers["last-modified"].to_str().unwrap().to_owned();
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", event.path())).await.fill("reason", "Rain").press("Cancel the event").await;
    assert_eq!(since(&site, "/events.ics", &date).await, 200, "it is gone from there");
}

#[tokio::test]
async fn the_atom_feed_is_well_formed_whatever_a_title_holds() {
    let site = Site::start().await;
    site.event("Salt & <Pepper> \"x\"").with(|event| event.slug = "salt".into()).with(tagged).make().await;
    let text = read(&mut site.browser(), "/events.atom?tag=jazz&q=salt", ATOM).await;
    let feed = Document::parse(&text).expect("XML");
    let name = |name: &str| {
        feed.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2005/Atom", name))).collect::<Vec<_>>()
    };
    assert_eq!(name("entry").len(), 1);
    assert_eq!(name("title")[1].text(), Some("Salt & <Pepper> \"x\""));
    let base = "http://localhost:8080";
    assert_eq!(name("id")[0].text(), Some(format!("{base}/events.atom?q=salt&tag=jazz").as_str()));
    assert_eq!(name("link")[2].attribute("href"), Some(format!("{base}/events/salt").as_str()));
    for at in name("updated").iter().chain(&name("published")) {
        at.text().unwrap().parse::<jiff::Timestamp>().expect("RFC 3339");
    }
}

#[tokio::test]
async fn what_is_published_for_a_far_day_stands_first_in_the_atom_feed_and_last_in_the_calendar() {
    let site = Site::start().await;
    for n in 0..101 {
        site.event(&format!("Known {n:03}")).with(tagged).make().await;
    }
    site.event("Just published").starts_in(clock::days(90)).with(tagged).make().await;
    for query in ["", "?tag=jazz", "?sort=date"] {
        let text = read(&mut site.browser(), &format!("/events.atom{query}"), ATOM).await;
        let titles = texts(&Document::parse(&text).expect("XML"), "title");
        let entries = &titles[1..];
        assert_eq!(entries.len(), 100, "{query}");
        assert_eq!(entries[..2], ["Just published", "Known 100"], "{query}");
        let lines = calendar(&read(&mut site.browser(), &format!("/events.ics{query}"), ICS).await);
        assert_eq!(values(&lines, "SUMMARY").last(), Some(&"Just published"), "{query}");
    }
}

#[tokio::test]
async fn the_sitemap_names_every_public_event_and_robots_name_it() {
    let site = Site::start().await;
    site.event("Jazz").make().await;
    let mut early = site.browser();
    early.visit("/sitemap.xml").await.is(200);
    site.event("Over").starts_in(-clock::days(20)).make().await;
    site.event("Quiet").with(|event| event.visibility = Visibility::Unlisted).make().await;
    site.event("Draft").draft().make().await;
    let mut program = site.browser();
    let index = read(&mut program, "/sitemap.xml", XML).await;
    let index = Document::parse(&index).expect("XML");
    let pages: Vec<String> = texts(&index, "loc");
    assert_eq!(pages, ["http://localhost:8080/sitemaps/0.xml"]);
    let page = read(&mut program, "/sitemaps/0.xml", XML).await;
    let urls = texts(&Document::parse(&page).expect("XML"), "loc");
    let paths: Vec<&str> = urls.iter().map(|url| url.trim_start_matches("http://localhost:8080")).collect();
    assert_eq!(paths, ["/", "/calendar", "/events/over", "/events/jazz"]);
    program.visit("/robots.txt").await.is(200).sees("Sitemap: http://localhost:8080/sitemap.xml");
    for none in
        ["x.xml", "0", "1e9.xml", "-1.xml", "-0.xml", "+0.xml", "9000000000000000000.xml", "99999999999999999999.xml"]
    {
        program.visit(&format!("/sitemaps/{none}")).await.is(404);
    }
    program.visit("/").await;
    for path in ["/events.ics", "/events.atom"] {
        assert!(program.html().contains(&format!(
            "rel=\"alternate\" type=\"{}\"",
            if path.ends_with("ics") { "text/calendar" } else { "application/atom+xml" }
        )));
    }
}

fn texts(document: &Document, name: &str) -> Vec<String> {
    let nodes = document.descendants().filter(|node| node.tag_name().name() == name);
    nodes.filter_map(|node| node.text().map(str::to_owned)).collect()
}

#[tokio::test]
async fn ones_own_calendar_shows_what_one_may_see_until_its_address_is_revoked() {
    let site = Site::start().await;
    let secret = |event: &mut Event| (event.reveal, event.place_name) = (Reveal::Holders, "Cellar".into());
    let event = site.event("Jazz").with(secret).make().await;
    site.event("Not mine").make().await;
    site.event("Mine to run").host("ada").draft().make().await;
    site.event("Ball").host("ada").make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.press("Save my place").await;
    ada.visit("/settings/calendar").await.press("Make the address").await;
    let address = crate::bill::attributes(&ada, "#address", "value").pop().expect("the address");
    let path = address.trim_start_matches("http://localhost:8080").to_owned();
    ada.visit("/settings/calendar").await;
    assert!(!ada.html().contains(&path), "it is shown once");
    let mut program = site.browser();
    let lines = calendar(&read(&mut program, &path, ICS).await);
    let mut titles = values(&lines, "SUMMARY");
    titles.sort_unstable();
    assert_eq!(titles, ["Ball", "Jazz"]);
    assert!(values(&lines, "LOCATION").iter().any(|place| place.contains("Cellar")), "{lines:#?}");
    assert!(program.headers["cache-control"].to_str().unwrap().contains("private"));
    ada.visit("/settings/calendar").await.press("Make another address").await.is(200);
    program.visit(&path).await.is(404);
    let address = crate::bill::attributes(&ada, "#address", "value").pop().expect("the address");
    let path = address.trim_start_matches("http://localhost:8080").to_owned();
    program.visit(&path).await.is(200);
    ada.visit("/settings/calendar").await.press("Revoke the address").await.sees("The address is revoked");
    program.visit(&path).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn one_hosts_events_are_a_list_a_calendar_and_a_feed_of_their_own() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    site.event("Other").make().await;
    site.event("Quiet").host("ada").with(|event| event.visibility = Visibility::Unlisted).make().await;
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await.follow("Hosted by ada").await.is(200).sees("Events by ada").sees("Jazz");
    visitor.misses("Other").misses("Quiet");
    let feed = |kind: &str| {
        let links = crate::bill::attributes(&visitor, "link[rel=alternate]", "href");
        links.into_iter().find(|link| link.contains(kind)).expect("a feed")
    };
    let (ics, atom) = (feed("/events.ics"), feed("/events.atom"));
    let lines = calendar(&read(&mut site.browser(), &ics, ICS).await);
    assert_eq!(values(&lines, "SUMMARY"), ["Jazz"]);
    let text = read(&mut site.browser(), &atom, ATOM).await;
    assert!(text.contains("Jazz") && !text.contains("Other") && !text.contains("Quiet"));
    let nobody = marquee::ids::Id::<()>::new();
    for host in [nobody.to_string(), "no-id".into(), "%22%27".into()] {
        visitor.visit(&format!("/?host={host}")).await.is(200).misses("Jazz").misses("Events by");
        assert!(
            values(&calendar(&read(&mut site.browser(), &format!("/events.ics?host={host}"), ICS).await), "SUMMARY")
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_suspended_members_calendar_is_closed() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    let secret = marquee::events::own::make(&mut tx, &ada, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/calendar/{secret}/events.ics");
    site.browser().visit(&path).await.is(200);
    let mut tx = site.app.db.write().await.unwrap();
    marquee::members::store::set_suspended(&mut tx, ada.id, Some(site.now()), Some("a test")).await.unwrap();
    tx.commit().await.unwrap();
    site.browser().visit(&path).await.is(404);
}

#[tokio::test]
async fn only_the_page_for_frames_may_stand_in_one() {
    let site = Site::start().await;
    let secret = |event: &mut Event| (event.reveal, event.place_name) = (Reveal::Holders, "Cellar".into());
    let event = site.event("Jazz").with(secret).make().await;
    site.event("Draft").draft().make().await;
    let mut host = site.member("host").await;
    host.visit("/events/jazz/embed").await.is(200).sees("Jazz").misses("Cellar");
    let policy = host.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors *") && !policy.contains("script-src"), "{policy}");
    assert!(!host.headers.contains_key("x-frame-options"));
    assert!(host.html().contains("target=\"_top\""));
    host.visit("/events/draft/embed").await.is(404);
    for path in [event.path().as_str(), "/", "/calendar", "/events/jazz/report", "/nothing", "/events/nothing/embed"] {
        host.visit(path).await;
        assert_eq!(host.headers["x-frame-options"], "DENY", "{path}");
        assert!(host.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"), "{path}");
    }
    assert!(host.visit(&event.path()).await.html().contains("/events/jazz/embed"));
    site.event("Off").with(|event| event.status = Status::Cancelled).make().await;
    site.browser().visit("/events/off/embed").await.sees("Cancelled").misses("Save my place");
}

#[tokio::test]
async fn a_report_goes_to_the_admins_and_is_settled_with_a_reason() {
    let site = Site::start().await;
    let event = site.event("Free gold").make().await;
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await.follow("Report this event").await;
    visitor.press("Send the report").await.is(422).sees("Choose what is wrong.");
    visitor.fill("ground", "scam").fill("text", "They want my card.").fill("email", "eve@example.org");
    visitor.press("Send the report").await.is(200).sees("Thank you.");
    let mut admin = site.admin("root").await;
    admin.visit("/admin/reports").await.sees("A scam");
    admin.follow("Free gold").await.sees("They want my card.");
    admin.press("Settle the report").await.is(422);
    admin.fill("reason", "Looked at it: a joke").press("Settle the report").await.sees("The report is settled.");
    admin.visit("/admin/reports").await.misses("Free gold");
    admin.visit("/admin/reports?state=all").await.sees("Free gold").sees("Settled");
    let mut tx = site.app.db.read().await.unwrap();
    let facts = marquee::journal::before(&mut tx, i64::MAX, &event.stream(), "", 10).await.unwrap();
    let kinds: Vec<&str> = facts.iter().map(|fact| fact.kind.as_str()).collect();
    assert!(kinds.contains(&"event_reported") && kinds.contains(&"report_settled"), "{kinds:?}");
    assert!(facts.iter().all(|fact| !fact.payload.contains("card") && !fact.payload.contains("eve@")));
    site.verifies().await;
}

#[tokio::test]
async fn admins_are_told_of_reports_by_mail_once_an_event_and_day() {
    let site = Site::start().await;
    let (gold, other) = (site.event("Free gold").make().await, site.event("Other").make().await);
    site.admin("root").await;
    for event in [&gold, &gold, &other] {
        let mut visitor = site.browser();
        visitor.visit(&format!("{}/report", event.path())).await.fill("ground", "scam");
        visitor.fill("text", "They want my card.").press("Send the report").await.is(200);
    }
    let mails = site.mails_to("root@example.org").await;
    let subjects: Vec<&str> =
        mails.iter().map(|mail| mail.subject.as_str()).filter(|s| s.contains("reported")).collect();
    assert_eq!(subjects, ["An event was reported: Free gold", "An event was reported: Other"]);
    assert!(mails.iter().all(|mail| !mail.text.contains("card")));
    site.app.clock.advance(clock::days(1));
    let mut visitor = site.browser();
    visitor
        .visit(&format!("{}/report", gold.path()))
        .await
        .fill("ground", "scam")
        .press("Send the report")
        .await
        .is(200);
    let mail = site.mail_to("root@example.org").await;
    assert!(mail.subject.ends_with("Free gold"));
    site.member("root").await.visit(&crate::site::link(&mail, "/admin/reports/")).await.is(200).sees("A scam");
}

#[tokio::test]
async fn one_address_reports_five_times_an_hour() {
    let site = Site::start().await;
    let event = site.event("Free gold").make().await;
    let mut visitor = site.browser();
    for n in 0..6 {
        visitor.visit(&format!("{}/report", event.path())).await.fill("ground", "scam");
        visitor.press("Send the report").await.is(if n < 5 { 200 } else { 429 });
    }
}
