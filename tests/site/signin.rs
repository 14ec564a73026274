//! How people come in, and who does not.
mod admins;
mod by_mail;
mod links;
mod lock;
mod owning;
mod settings;

use marquee::clock::minutes;
use marquee::db::sql;
use marquee::members::{self, Member};

use crate::browser::Browser;
use crate::site::{PASSWORD, PUBLIC, Site, link};

/// Another password that obeys the rule.
const OTHER: &str = "Nine green bottles 9";

async fn sign_up(browser: &mut Browser, name: &str, email: &str) {
    browser.visit("/sign-up").await.fill("name", name).fill("email", email).fill("password", PASSWORD);
    browser.press("Create account").await;
}

async fn sign_in(browser: &mut Browser, email: &str, password: &str) {
    browser.visit("/sign-in").await.fill("email", email).fill("password", password).press("Sign in").await;
}

async fn forget(browser: &mut Browser, email: &str) {
    browser.visit("/forgotten").await.fill("email", email).press("Send the link").await;
}

async fn account_of(site: &Site, email: &str) -> Member {
    members::store::by_email_key(&site.app.db, email).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_signs_up_proves_the_address_and_is_in() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/sign-up?back=/settings")
        .await
        .fill("name", "Ada")
        .fill("email", "Ada@Example.org")
        .fill("password", PASSWORD);
    ada.press("Create account").await.is(200).at("/verification").sees("Ada@Example.org");
    let mail = site.mail_to("ada@example.org").await;
    ada.visit(&link(&mail, "/verify/")).await.press("Confirm my address").await.is(200).at("/settings");
    ada.sees("Welcome, Ada.").field_is("name", "Ada");
    assert!(account_of(&site, "ada@example.org").await.email_verified_at.is_some());
}

#[tokio::test]
async fn in_another_browser_the_link_asks_for_the_password_and_proves_the_address() {
    let site = Site::start().await;
    sign_up(&mut site.browser(), "Ada", "ada@example.org").await;
    let mut phone = site.browser();
    phone.visit(&link(&site.mail_to("ada@example.org").await, "/verify/")).await.press("Confirm my address").await;
    phone.is(422);
    assert_eq!(phone.error_at("password"), "Enter the password that you chose when you signed up.");
    phone.fill("password", OTHER).press("Confirm my address").await.is(422);
    assert!(phone.error_at("password").starts_with("This is not the password"));
    assert!(account_of(&site, "ada@example.org").await.email_verified_at.is_none());
    phone.fill("password", PASSWORD).press("Confirm my address").await.is(200).at("/").sees("Welcome, Ada.");
    phone.visit("/settings").await.is(200).at("/settings");
}

#[tokio::test]
async fn nobody_is_in_before_the_address_is_proven() {
    let site = Site::start().await;
    let mut ada = site.browser();
    sign_up(&mut ada, "Ada", "ada@example.org").await;
    sign_in(&mut ada, "ada@example.org", PASSWORD).await;
    ada.is(422).sees("not confirmed yet");
    ada.visit("/settings").await.at("/sign-in");
    let mails = site.mails_to("ada@example.org").await;
    assert_eq!(mails.len(), 2);
    ada.visit(&link(&mails[1], "/verify/")).await.press("Confirm my address").await.is(200).at("/");
    ada.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn a_second_sign_up_changes_nothing_and_its_owner_is_told() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut stranger = site.browser();
    sign_up(&mut stranger, "Eve", "ada@example.org").await;
    stranger.is(200).at("/verification");
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "You have an account already");
    assert!(!mail.text.contains("/verify/") && !mail.text.contains("/reset/"));
    assert_eq!(account_of(&site, "ada@example.org").await.name, "ada");
}

/// Everything that somebody outside can tell two answers apart by, without what they typed themselves.
fn seen(browser: &Browser, typed: &str) -> (u16, String, Vec<String>, String) {
    let cookies = browser.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
    let names = cookies.map(|set| set.split('=').next().unwrap().to_owned()).collect();
    let place = browser.headers.get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    (browser.status, browser.html().replace(typed, "X"), names, place)
}

#[tokio::test]
async fn nobody_learns_whether_an_address_has_an_account() {
    let site = Site::start().await;
    site.account("known").await;
    for (path, fields) in [
        ("/sign-up", vec![("name", "Eve"), ("password", OTHER)]),
        ("/sign-in", vec![("password", "Neither of the two 3")]),
        ("/forgotten", vec![]),
        ("/verification", vec![]),
    ] {
        let mut answers = Vec::new();
        for email in ["known@example.org", "nobody@example.org"] {
            let mut eve = site.browser();
            let mut fields = fields.clone();
            fields.push(("email", email));
            eve.post(path, &fields).await;
            let first = seen(&eve, email);
            // Where it leads must not tell either.
            eve.visit(if first.3.is_empty() { path } else { &first.3 }).await;
            answers.push((first, seen(&eve, email)));
        }
        assert_eq!(answers[0], answers[1], "{path}");
    }
}

#[tokio::test]
async fn the_same_rows_are_written_for_addresses_without_an_account() {
    let site = Site::start().await;
    site.account("known").await;
    for email in ["known@example.org", "nobody@example.org"] {
        forget(&mut site.browser(), email).await;
    }
    let mut tx = site.app.db.write().await.unwrap();
    let waiting: Vec<(String,)> = sql("SELECT to_email FROM mails WHERE state = 'waiting'").all(&mut tx).await.unwrap();
    drop(tx);
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|(email,)| email != "nobody@example.org"), "a stranger's address is not kept");
    site.work().await;
    assert_eq!(site.mails.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_suspended_member_is_told_so_after_the_right_password_alone() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let mut open = site.member("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    members::store::set_suspended(&mut tx, ada.id, Some(site.now()), Some("spam")).await.unwrap();
    tx.commit().await.unwrap();
    open.visit("/settings").await.at("/sign-in");
    let mut browser = site.browser();
    sign_in(&mut browser, "ada@example.org", OTHER).await;
    browser.is(422).sees("do not belong together").misses("suspended");
    sign_in(&mut browser, "ada@example.org", PASSWORD).await;
    browser.is(422).sees("This account is suspended.");
    browser.visit("/settings").await.at("/sign-in");
}

#[tokio::test]
async fn one_returns_to_where_one_wanted_to_go_and_never_elsewhere() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    ada.visit("/settings/password").await.at("/sign-in");
    ada.fill("email", "ada@example.org").fill("password", PASSWORD).press("Sign in").await.at("/settings/password");
    for evil in
        ["//evil.example", "https://evil.example", "/\\evil.example", "/%0a//evil.example", "javascript:alert(1)"]
    {
        ada.visit(&format!("/sign-in?back={}", evil.replace('\\', "%5C"))).await.is(200).at("/");
        let mut eve = site.browser();
        eve.post("/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD), ("back", evil)]).await.is(303);
        let to = eve.headers["location"].to_str().unwrap();
        assert!(to == "/" || to.starts_with("/%0a"), "{evil} leads to {to}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let stolen = ada.cookie("marquee").unwrap().to_owned();
    ada.visit("/settings").await.press("Sign out").await.is(200).at("/");
    ada.visit("/settings").await.at("/sign-in");
    let mut thief = site.browser();
    thief.set_cookie("marquee", &stolen).visit("/settings").await.at("/sign-in");
    thief.request("GET", "/sign-out", None, Vec::new()).await.is(405);
}

#[tokio::test]
async fn a_session_gets_a_new_id_at_sign_in() {
    let site = Site::start().await;
    site.account("ada").await;
    // A stranger's session, planted in Ada's browser.
    let mut stranger = site.browser();
    sign_up(&mut stranger, "Eve", "eve@example.org").await;
    let planted = stranger.cookie("marquee").unwrap().to_owned();
    let mut ada = site.browser();
    ada.set_cookie("marquee", &planted);
    sign_in(&mut ada, "ada@example.org", PASSWORD).await;
    assert_ne!(ada.cookie("marquee"), Some(planted.as_str()));
    stranger.visit("/settings").await.at("/sign-in");
    ada.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    for (settings, prefix) in [(&PUBLIC[..], "__Host-"), (&[][..], "")] {
        let site = Site::with(settings).await;
        site.account("ada").await;
        let mut ada = site.browser();
        ada.post("/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await.is(303);
        let set: Vec<_> = ada.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
        assert_eq!(set.len(), 2, "{set:?}");
        for set in set {
            assert!(set.starts_with(&format!("{prefix}marquee")), "{set}");
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
            assert_eq!(set.contains("Secure"), !prefix.is_empty(), "{set}");
        }
    }
}

#[tokio::test]
async fn a_robot_that_fills_everything_is_asked_once_more_and_never_refused() {
    let site = Site::start().await;
    let mut robot = site.browser();
    robot.visit("/sign-up").await.fill("name", "R").fill("email", "r@example.org").fill("password", PASSWORD);
    robot.fill("website", "https://spam.example").press("Create account").await.is(422).sees("once more");
    robot.field_is("name", "R").field_is("email", "r@example.org").field_is("website", "");
    assert!(site.mails_to("r@example.org").await.is_empty());
    robot
        .fill("password", PASSWORD)
        .fill("website", "https://spam.example")
        .press("Create account")
        .await
        .at("/verification");
    assert_eq!(site.mails_to("r@example.org").await.len(), 1);
}

#[tokio::test]
async fn sign_ups_are_limited_by_address_over_all_processes() {
    let site = Site::start().await;
    let mut other = Browser::new(marquee::routes::router(site.second().await));
    let mut one = site.browser();
    for n in 0..5 {
        let browser = if n % 2 == 0 { &mut one } else { &mut other };
        sign_up(browser, "Ada", &format!("ada{n}@example.org")).await;
        browser.is(200).at("/verification");
    }
    sign_up(&mut other, "Ada", "ada5@example.org").await;
    other.is(429);
    assert!(other.headers["retry-after"].to_str().unwrap().parse::<i64>().unwrap() > 60);
    site.later(minutes(60)).await;
    sign_up(&mut one, "Ada", "ada5@example.org").await;
    one.is(200).at("/verification");
}
