//! Wrong passwords.
use marquee::clock::minutes;
use marquee::signin::{self, Attempt, Entry};
use marquee::web::limits::Ip;

use super::{OTHER, account_of, forget, sign_in, sign_up};
use crate::browser::Browser;
use crate::limits;
use crate::site::{PASSWORD, Site, link};

const WRONG: &str = "do not belong together";

#[tokio::test]
async fn five_wrong_passwords_lock_for_a_quarter_of_an_hour_with_the_same_answer() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut eve = site.browser();
    for _ in 0..5 {
        sign_in(&mut eve, "ada@example.org", OTHER).await;
        eve.is(422).sees(WRONG);
    }
    let wrong = eve.html();
    sign_in(&mut eve, "ada@example.org", PASSWORD).await;
    assert_eq!((eve.status, eve.html()), (422, wrong));
    site.later(minutes(14)).await;
    sign_in(&mut eve, "ada@example.org", PASSWORD).await;
    eve.is(422);
    site.later(minutes(2)).await;
    sign_in(&mut eve, "ada@example.org", PASSWORD).await;
    eve.is(200).at("/");
}

#[tokio::test]
async fn a_locked_account_opens_by_a_new_password() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    for _ in 0..5 {
        sign_in(&mut ada, "ada@example.org", OTHER).await;
    }
    forget(&mut ada, "ada@example.org").await;
    ada.visit(&link(&site.mail_to("ada@example.org").await, "/reset/")).await.fill("password", OTHER);
    ada.press("Save the password").await.fill("email", "ada@example.org").fill("password", OTHER);
    ada.press("Sign in").await.is(200).at("/");
}

#[tokio::test]
async fn no_stranger_locks_out_a_device_that_is_known() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.press("Sign out").await;
    for _ in 0..5 {
        sign_in(&mut site.browser(), "ada@example.org", OTHER).await;
    }
    sign_in(&mut site.browser(), "ada@example.org", PASSWORD).await;
    assert!(account_of(&site, "ada@example.org").await.locked_until.is_some());
    sign_in(&mut ada, "ada@example.org", PASSWORD).await;
    ada.is(200).at("/");
}

#[tokio::test]
async fn a_known_device_that_guesses_has_no_more_tries_than_a_stranger() {
    let site = Site::start().await;
    let mut thief = site.member("ada").await;
    thief.visit("/settings").await.press("Sign out").await;
    for _ in 0..5 {
        sign_in(&mut thief, "ada@example.org", OTHER).await;
    }
    assert_eq!(account_of(&site, "ada@example.org").await.wrong_passwords, 0);
    site.app.clock.advance(minutes(1));
    for _ in 0..5 {
        sign_in(&mut thief, "ada@example.org", OTHER).await;
    }
    sign_in(&mut thief, "ada@example.org", PASSWORD).await;
    thief.is(422).sees(WRONG);
}

#[tokio::test]
async fn a_device_of_one_account_is_a_stranger_to_another() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut bob = site.member("bob").await;
    bob.visit("/settings").await.press("Sign out").await;
    for _ in 0..5 {
        sign_in(&mut bob, "ada@example.org", OTHER).await;
    }
    sign_in(&mut bob, "ada@example.org", PASSWORD).await;
    bob.is(422).sees(WRONG);
}

#[tokio::test]
async fn of_forty_guesses_at_once_five_count_and_a_right_one_behind_them_opens_nothing() {
    let site = Site::start().await;
    site.account("ada").await;
    let guesses = (0..40_u8).map(|n| {
        let app = site.app.clone();
        tokio::spawn(async move {
            let ip = Ip([10, 0, 0, n].into());
            let attempt = Attempt { email: "ada@example.org", password: OTHER, device: None, ip };
            assert!(matches!(signin::try_password(&app, &attempt).await, Ok(Entry::Wrong)));
        })
    });
    for guess in guesses.collect::<Vec<_>>() {
        guess.await.unwrap();
    }
    let ada = account_of(&site, "ada@example.org").await;
    assert!(ada.wrong_passwords == 5 && ada.locked_until.is_some());
    sign_in(&mut site.browser(), "ada@example.org", PASSWORD).await;
    assert!(account_of(&site, "ada@example.org").await.last_seen_at.is_none());
}

#[tokio::test]
async fn wrong_passwords_are_limited_by_address_over_all_processes() {
    let site = Site::start().await;
    site.account("ada").await;
    let (mut one, mut other) = (site.browser(), Browser::new(marquee::routes::router(site.second().await)));
    for n in 0..10 {
        let browser = if n % 2 == 0 { &mut one } else { &mut other };
        sign_in(browser, &format!("nobody{n}@example.org"), OTHER).await;
        browser.is(422).sees(WRONG);
    }
    sign_in(&mut other, "ada@example.org", PASSWORD).await;
    other.is(429);
    let seconds: i64 = other.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    site.app.clock.advance(minutes(1));
    sign_in(&mut one, "ada@example.org", PASSWORD).await;
    one.is(200).at("/");
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_address_counts_for_itself_and_a_forged_header_for_nothing() {
    for (proxy, last) in [("127.0.0.1", 422), ("192.0.2.1", 429)] {
        let site = limits::public(("MARQUEE_TRUSTED_PROXIES", proxy)).await;
        let mut eve = site.browser();
        for n in 0..11 {
            eve.forwarded_for(&format!("203.0.113.{n}"));
            eve.post("/sign-in", &[("email", "nobody@example.org"), ("password", OTHER)]).await;
        }
        eve.is(last);
    }
}

#[tokio::test]
async fn what_a_proxy_writes_beside_an_address_does_not_make_room_for_a_forged_one() {
    for (real, same) in
        [("203.0.113.9:51234", true), ("[2001:db8::7]", true), ("[2001:db8::7]:443", true), ("unknown", true)]
    {
        let site = limits::public(("MARQUEE_TRUSTED_PROXIES", "127.0.0.1")).await;
        let mut eve = site.browser();
        for n in 0..11 {
            eve.forwarded_for(&format!("198.51.100.{n}, {real}"));
            eve.post("/sign-in", &[("email", "nobody@example.org"), ("password", OTHER)]).await;
        }
        eve.is(if same { 429 } else { 422 });
    }
    // Each of those that a proxy saw counts for itself, whatever port it came from.
    let site = limits::public(("MARQUEE_TRUSTED_PROXIES", "127.0.0.1")).await;
    let mut all = site.browser();
    for n in 0..11 {
        all.forwarded_for(&format!("203.0.113.{n}:{}, 127.0.0.1", 50_000 + n));
        all.post("/sign-in", &[("email", "nobody@example.org"), ("password", OTHER)]).await;
    }
    all.is(422);
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_told_by_mail() {
    let site = Site::start().await;
    let mut desk = site.member("ada").await;
    assert!(site.mails_to("ada@example.org").await.is_empty(), "the first device is no news");
    desk.visit("/settings").await.press("Sign out").await;
    sign_in(&mut desk, "ada@example.org", PASSWORD).await;
    assert!(site.mails_to("ada@example.org").await.is_empty(), "nor is one that is known");
    let mut phone = site.browser();
    phone.agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1");
    site.app.clock.advance(minutes(1));
    sign_in(&mut phone, "ada@example.org", PASSWORD).await;
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "A new device is signed in");
    assert!(mail.text.contains("Safari on iPhone"), "{}", mail.text);
}

/// What a stranger could measure: how often passwords are hashed for an answer.
async fn hashes(site: &Site, browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> u64 {
    let before = site.app.passwords.runs();
    browser.post(path, fields).await;
    site.app.passwords.runs() - before
}

#[tokio::test]
async fn an_unknown_account_costs_as_many_hashes_as_a_known_one() {
    let site = Site::start().await;
    site.account("known").await;
    site.secured("secured").await;
    sign_up(&mut site.browser(), "Eve", "waiting@example.org").await;
    for (path, fields, cost) in [
        ("/sign-in", vec![("password", OTHER)], 1),
        ("/sign-up", vec![("name", "Eve"), ("password", OTHER)], 1),
        ("/forgotten", vec![], 0),
        ("/verification", vec![], 0),
        ("/sign-in/link", vec![], 0),
    ] {
        for name in ["known", "secured", "waiting", "nobody"] {
            let email = format!("{name}@example.org");
            let mut fields = fields.clone();
            fields.push(("email", &email));
            let met = hashes(&site, &mut site.browser(), path, &fields).await;
            assert_eq!(met, cost, "{path} for {name}");
            site.app.clock.advance(minutes(61));
        }
    }
}

#[tokio::test]
async fn a_locked_account_costs_as_many_hashes_as_an_open_one() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut eve = site.browser();
    for _ in 0..7 {
        let fields = [("email", "ada@example.org"), ("password", OTHER)];
        assert_eq!(hashes(&site, &mut eve, "/sign-in", &fields).await, 1);
    }
}

#[tokio::test]
async fn a_profile_is_read_sixty_times_a_minute_and_changed_thirty_times_an_hour() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    for _ in 0..30 {
        ada.post("/settings", &[("name", "Ada")]).await.is(303);
    }
    ada.post("/settings", &[("name", "Ada")]).await.is(429);
    for _ in 0..60 {
        ada.visit("/settings").await.is(200);
    }
    ada.visit("/settings").await.is(429);
    ada.visit("/api/v1/me").await.is(429);
    site.app.clock.advance(minutes(61));
    ada.visit("/settings").await.is(200);
}
