//! What answers carry: whose navigation, what may be kept, what becomes of the connection.
use marquee::clock;
use marquee::db::Db;
use marquee::orders;
use marquee::routes::ROUTES;
use marquee::signin::links::{self, Kind};

use crate::browser::FORM;
use crate::site::{PASSWORD, Site, link};

#[tokio::test]
async fn pages_of_errors_show_members_their_own_navigation() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut ada = site.member("Ada").await;
    let mut root = site.admin("Root").await;
    let too_large = vec![b'a'; 1 << 20];
    ada.visit("/events/none").await.is(404).sees("My tickets").misses("Sign up");
    ada.visit("/no/such/page").await.is(404).sees("My tickets").misses("Sign up");
    ada.request("POST", "/settings", Some("text/plain"), b"x".to_vec()).await.is(400).sees("My tickets");
    ada.request("POST", "/settings", Some(FORM), too_large).await.is(413).sees("My tickets");
    assert_eq!(ada.headers["cache-control"], "no-store");
    root.visit("/admin/members/none").await.is(404).sees("Site admin");
    let mut door = site.member("host").await;
    door.visit(&format!("{}/team", event.path())).await.is(200);
    site.browser().visit("/events/none").await.is(404).sees("Sign up").misses("My tickets");
}

#[tokio::test]
async fn what_is_refused_as_too_large_ends_the_connection_and_says_so() {
    let site = Site::start().await;
    let mut browser = site.browser();
    browser.request("POST", "/sign-in", Some(FORM), vec![b'a'; 1 << 20]).await.is(413);
    assert_eq!(browser.headers["connection"], "close");
    let program =
        site.program().send("POST", "/api/v1/auth/login", Some("application/json"), vec![b' '; 1 << 20]).await;
    assert_eq!(program.is(413).headers["connection"], "close");
    assert!(!browser.visit("/sign-in").await.is(200).headers.contains_key("connection"));
}

#[tokio::test]
async fn nothing_of_what_a_secret_link_opens_is_kept() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ticket = site.places(&event, "Guest", 2).await.remove(0);
    let (order, key) = (ticket.order_id, orders::key(&site.app, ticket.order_id));
    let ada = site.account("Ada").await;
    let mut browser = site.browser();
    browser.post("/sign-up", &[("name", "New"), ("email", "new@example.org"), ("password", PASSWORD)]).await.is(303);
    let verify = link(&site.mail_to("new@example.org").await, "/verify/");
    let reset = links::mint(&site.app, Kind::Reset, &ada).await.unwrap();
    let unconfirmed = orders::confirm_token(&site.app, order);
    for path in [
        format!("/orders/{order}?key={key}"),
        format!("/orders/{order}/calendar.ics?key={key}"),
        format!("/orders/{order}/cancellation?key={key}"),
        format!("/t/{}", ticket.code),
        format!("/confirm/{unconfirmed}"),
        format!("/reset/{reset}"),
        verify,
        "/verification".to_owned(),
    ] {
        browser.request("GET", &path, None, Vec::new()).await;
        assert!(matches!(browser.status, 200 | 303), "{path}: {}", browser.status);
        assert_eq!(browser.headers["cache-control"], "no-store", "{path}");
    }
}

/// A link that was used, or never was one, is not kept either: what stands behind it may change.
#[tokio::test]
async fn no_answer_to_a_secret_link_is_kept() {
    // A feed is asked for again and again, and says for how long it holds.
    const FEED: &str = "/calendar/{token}/events.ics";
    let site = Site::start().await;
    let mut browser = site.browser();
    let secret = |path: &str| (path.contains("{token}") || path.contains("{code}")) && path != FEED;
    let paths: Vec<_> = ROUTES.iter().filter(|route| route.method == "get" && secret(route.path)).collect();
    assert!(paths.len() > 8, "{}", paths.len());
    for route in paths {
        let path = route.path.replace("{token}", "none").replace("{code}", "none").replace("{kind}", "news");
        browser.request("GET", &path, None, Vec::new()).await;
        assert_eq!(browser.headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_ticket_has_one_number_wherever_it_is_shown() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let tickets = site.places(&event, "Ada", 3).await;
    let order = tickets[0].order_id;
    let mut ada = site.browser();
    let page = ada.visit(&format!("/orders/{order}?key={}", orders::key(&site.app, order))).await.text();
    for (ticket, number) in tickets.iter().zip(1..) {
        let said = format!("{number} of 3");
        assert!(page.contains(&said), "{page}");
        ada.visit(&format!("/t/{}", ticket.code)).await.is(200).sees(&said);
    }
}

#[tokio::test]
async fn what_nobody_can_see_is_no_title_and_no_name() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    for unseen in ["\u{200b}", "\u{2060}\u{feff}", "\u{202e}", "\u{2066}\u{2069}"] {
        host.visit("/events/new").await.fill("title", unseen).press("Save draft").await.is(422);
        assert_eq!(host.error_at("title"), "Give the event a title.");
        host.visit("/settings").await.fill("name", unseen).press("Save").await.is(422);
        assert_eq!(host.error_at("name"), "Enter your name.");
        let body = [("name", unseen), ("email", "new@example.org"), ("password", PASSWORD)];
        host.post("/sign-up", &body).await.is(422);
    }
    let family = "👩\u{200d}👩\u{200d}👧 שלום";
    host.visit("/settings").await.fill("name", family).press("Save").await.is(200).field_is("name", family);
    host.fill("name", "\u{202e}adA\u{202c}").press("Save").await.is(200).field_is("name", "adA");
}

#[tokio::test]
async fn my_events_come_by_pages() {
    let site = Site::start().await;
    for n in 10..35 {
        site.event(&format!("Coming {n}")).starts_in(clock::days(n)).make().await;
        site.event(&format!("Sketch {n}")).draft().starts_in(clock::days(n)).make().await;
        site.event(&format!("Over {n}")).starts_in(clock::days(-n)).make().await;
    }
    let mut host = site.member("host").await;
    for (part, more) in [("Coming", "More that are to come"), ("Sketch", "More drafts"), ("Over", "Earlier ones")] {
        host.visit("/hosting")
            .await
            .sees(&format!("{part} 10"))
            .sees(&format!("{part} 29"))
            .misses(&format!("{part} 30"));
        host.follow(more).await.sees(&format!("{part} 30")).sees(&format!("{part} 34")).misses(&format!("{part} 29"));
        host.follow("Back to all my events").await.at("/hosting").sees("Sketch 10");
    }
    host.visit("/hosting?part=past&from=nonsense").await.is(200).sees("Over 10").misses("Sketch");
}

#[tokio::test]
async fn who_meets_a_database_that_has_no_time_is_told_to_try_again() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let event = site.event("Jazz").make().await;
    ada.visit(&event.path()).await;
    // All that may write at once, and none of them ends.
    let mut busy = Vec::new();
    for _ in 0..if matches!(site.app.db, Db::Sqlite { .. }) { 1 } else { 20 } {
        busy.push(site.app.db.write().await.unwrap());
    }
    ada.press("Save my place").await.is(503).sees("The site is very busy now.");
    assert_eq!(ada.headers["retry-after"], "5");
    drop(busy);
    ada.visit(&event.path()).await.press("Save my place").await.is(200).sees("You’re going");
}

#[tokio::test]
async fn pages_that_search_engines_keep_say_what_they_are_about() {
    let site = Site::start().await;
    let event = site.event("Quiz").with(|event| event.summary = "Thirty questions.".into()).make().await;
    let mut visitor = site.browser();
    for path in ["/", "/calendar", &event.path(), "/sign-in", "/sign-up", "/api/docs", "/api/docs/events"] {
        visitor.visit(path).await.is(200);
        let about = crate::bill::attributes(&visitor, "head meta[name=description]", "content");
        assert!(matches!(&about[..], [said] if said.len() > 10), "{path}: {about:?}");
    }
}
