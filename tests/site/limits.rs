//! How often things may be done: as the settings say, and together on all nodes.
use marquee::clock::{hours, minutes};
use marquee::routes;
use marquee::web::limits::mail_allowed;

use crate::browser::Browser;
use crate::site::{PASSWORD, PUBLIC, Site, link};

const OTHER: &str = "Nine green bottles 9";

async fn nodes(site: &Site) -> [axum::Router; 2] {
    [site.router.clone(), routes::router(site.second().await)]
}

async fn signs_up(browser: &mut Browser, n: usize) -> u16 {
    let email = format!("new{n}@example.org");
    let fields = [("name", "Ada"), ("email", email.as_str()), ("password", PASSWORD)];
    browser.post("/sign-up", &fields).await.status
}

async fn guesses(browser: &mut Browser, n: usize) -> u16 {
    let email = format!("nobody{n}@example.org");
    browser.post("/sign-in", &[("email", &email), ("password", OTHER)]).await.status
}

async fn forgets(browser: &mut Browser, n: usize) -> u16 {
    browser.post("/forgotten", &[("email", &format!("nobody{n}@example.org"))]).await.status
}

async fn asks_again(browser: &mut Browser, n: usize) -> u16 {
    browser.post("/verification", &[("email", &format!("nobody{n}@example.org"))]).await.status
}

async fn asks_for_a_link(browser: &mut Browser, n: usize) -> u16 {
    browser.post("/sign-in/link", &[("email", &format!("nobody{n}@example.org"))]).await.status
}

/// Does something by turns on both nodes; how often before one says that it was too often, and says when to come back.
macro_rules! times {
    ($nodes:expr, $does:ident) => {{
        let mut done = 0;
        loop {
            let mut browser = Browser::new($nodes[done % 2].clone());
            if $does(&mut browser, done).await == 429 {
                let wait: i64 = browser.headers["retry-after"].to_str().unwrap().parse().unwrap();
                assert!(wait > 0);
                browser.sees("too often");
                break done;
            }
            done += 1;
            assert!(done < 100, "there is no limit");
        }
    }};
}

#[tokio::test]
async fn what_strangers_do_on_two_nodes_counts_together() {
    let site = Site::start().await;
    let nodes = nodes(&site).await;
    assert_eq!(times!(nodes, signs_up), 5);
    assert_eq!(times!(nodes, guesses), 10);
    assert_eq!(times!(nodes, forgets), 3);
    assert_eq!(times!(nodes, asks_again), 5);
    assert_eq!(times!(nodes, asks_for_a_link), 5);
    site.app.clock.advance(hours(1));
    for node in nodes {
        assert_ne!(signs_up(&mut Browser::new(node.clone()), 200).await, 429);
        assert_ne!(guesses(&mut Browser::new(node), 200).await, 429);
    }
}

#[tokio::test]
async fn new_passwords_by_mailed_links_count_together_on_two_nodes() {
    let site = Site::with(&[("MARQUEE_LIMIT_RESET_REQUEST", "100/hour")]).await;
    let nodes = nodes(&site).await;
    for n in 0..6 {
        let email = site.account(&format!("ada{n}")).await.email;
        let mut browser = Browser::new(nodes[n % 2].clone());
        browser.post("/forgotten", &[("email", &email)]).await.is(303);
        let path = link(&site.mail_to(&email).await, "/reset/");
        browser.visit(&path).await.fill("password", OTHER);
        browser.press("Save the password").await.is(if n < 5 { 200 } else { 429 });
    }
    let mut last = Browser::new(nodes[0].clone());
    last.visit("/sign-in").await.fill("email", "ada5@example.org").fill("password", PASSWORD);
    last.press("Sign in").await.is(200).at("/");
}

#[tokio::test]
async fn what_a_member_does_on_two_nodes_counts_together() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut both = Vec::new();
    for node in nodes(&site).await {
        let mut browser = Browser::new(node);
        browser.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", PASSWORD);
        browser.press("Sign in").await.is(200);
        both.push(browser);
    }
    for (path, most) in [("/settings", 30), ("/settings/password", 5)] {
        for n in 0..most {
            let browser = &mut both[n % 2];
            browser.post(path, &[("name", "Ada"), ("current", OTHER), ("password", PASSWORD)]).await;
            assert_ne!(browser.status, 429, "{path} {n}");
        }
        for browser in &mut both {
            browser.post(path, &[("name", "Ada"), ("current", OTHER), ("password", PASSWORD)]).await.is(429);
        }
    }
    for n in 0..60 {
        both[n % 2].visit("/settings").await.is(200);
    }
    for browser in &mut both {
        browser.visit("/settings").await.is(429);
    }
}

/// How many of twelve mails of a kind may go to an address, which both nodes are asked by turns.
async fn allowed(site: &Site, kind: &str, email: &str) -> usize {
    let apps = [site.app.clone(), site.second().await];
    let mut allowed = 0;
    for n in 0..12 {
        let app = &apps[n % 2];
        let mut tx = app.db.write().await.unwrap();
        allowed += usize::from(mail_allowed(&mut tx, kind, email, app.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
    }
    allowed
}

#[tokio::test]
async fn mails_of_one_kind_to_one_address_count_together_by_the_hour_and_by_the_day() {
    let site = Site::start().await;
    assert_eq!(allowed(&site, "reset", "ada@example.org").await, 3);
    assert_eq!(allowed(&site, "reset", "ada@example.org").await, 0);
    assert_eq!(allowed(&site, "verify", "ada@example.org").await, 3, "another kind");
    assert_eq!(allowed(&site, "reset", "bob@example.org").await, 3, "another address");
    let site = Site::with(&[("MARQUEE_LIMIT_MAILS_HOURLY", "100/hour")]).await;
    assert_eq!(allowed(&site, "reset", "ada@example.org").await, 10);
}

#[tokio::test]
async fn the_settings_say_how_often() {
    let site = Site::with(&[
        ("MARQUEE_LIMIT_SIGN_UP", "2/30 minutes"),
        ("MARQUEE_LIMIT_FAILED_SIGN_IN", "3/minute"),
        ("MARQUEE_LIMIT_RESET_REQUEST", "6/hour"),
        ("MARQUEE_LIMIT_MAILS_HOURLY", "1/hour"),
        ("MARQUEE_LIMIT_PROFILE_READ", "2/minute"),
    ])
    .await;
    site.account("ada").await;
    let nodes = nodes(&site).await;
    assert_eq!(times!(nodes, signs_up), 2);
    assert_eq!(times!(nodes, forgets), 6);
    site.app.clock.advance(minutes(61));
    assert_ne!(signs_up(&mut site.browser(), 50).await, 429);
    for _ in 0..2 {
        site.browser().post("/forgotten", &[("email", "ada@example.org")]).await.is(303);
    }
    assert_eq!(site.mails_to("ada@example.org").await.len(), 1);
    let mut ada = site.member("ada").await;
    for status in [200, 200, 429] {
        ada.visit("/settings").await.is(status);
    }
    assert_eq!(times!(nodes, guesses), 3);
}

/// A site that is no development site, but without https, with one setting more.
pub async fn public(setting: (&str, &str)) -> Site {
    let settings: Vec<_> = PUBLIC.into_iter().filter(|(name, _)| *name != "BASE_URL").collect();
    Site::with(&[&settings[..], &[("BASE_URL", "http://localhost:8080"), setting]].concat()).await
}

#[tokio::test]
async fn the_general_limit_is_a_setting_too_and_counts_no_assets() {
    let site = public(("MARQUEE_LIMIT_REQUESTS", "7/day")).await;
    let mut eve = site.browser();
    for n in 0..9 {
        eve.visit("/sign-in").await.is(if n < 7 { 200 } else { 429 });
    }
    for path in ["/static/app.css", "/healthz"] {
        eve.visit(path).await.is(200);
    }
    eve.visit("/sign-in").await.is(429);
    // A picture is what is one, not what is called so.
    eve.visit(&format!("{}/poster.svg", site.event("Jazz").make().await.path())).await.is(200);
    for path in ["/reset/x.png", "/events/x.png", "/nothing.svg"] {
        eve.visit(path).await.is(429);
    }
}

#[tokio::test]
async fn three_hundred_requests_a_minute_are_the_default() {
    let site = public(("MARQUEE_WORKERS", "0")).await;
    let mut eve = site.browser();
    let (began, mut served) = (std::time::Instant::now(), 0);
    while served < 3_000 && eve.visit("/forgotten").await.status == 200 {
        served += 1;
    }
    // While they are served, five a second come free.
    let most = 300 + 5 * (began.elapsed().as_secs() + 1);
    assert!((300..=most).contains(&served), "{served}, of {most}");
    eve.is(429).sees("too often");
}
