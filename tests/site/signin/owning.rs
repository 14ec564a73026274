//! Whoever proves an address owns it, whoever else wanted an account with it, and whenever.
use marquee::clock::{hours, minutes};

use super::{OTHER, account_of, forget, sign_in, sign_up};
use crate::browser::Browser;
use crate::site::{PASSWORD, Site, link};

async fn signs_up(browser: &mut Browser, name: &str, password: &str) {
    browser.visit("/sign-up").await.fill("name", name).fill("email", "ada@example.org").fill("password", password);
    browser.press("Create account").await.is(200).at("/verification");
}

/// The links that were mailed to prove the address, the oldest first.
async fn links(site: &Site) -> Vec<String> {
    let mails = site.mails_to("ada@example.org").await;
    mails.iter().filter(|mail| mail.text.contains("/verify/")).map(|mail| link(mail, "/verify/")).collect()
}

/// The account is Ada's, and Eve has no way in: not by her password, not by what her browser kept, not by her link.
async fn is_ada_s(site: &Site, eve: &mut Browser) {
    let account = account_of(site, "ada@example.org").await;
    assert!(account.email_verified_at.is_some());
    assert_eq!((account.name.as_str(), account.email.as_str()), ("Ada", "ada@example.org"));
    eve.visit("/settings").await.at("/sign-in");
    sign_in(eve, "ada@example.org", PASSWORD).await;
    eve.is(422);
    eve.visit("/verification").await.press("Send the link again").await.is(200);
    for link in links(site).await {
        eve.visit(&link).await.is(404);
        eve.post(&link, &[("password", PASSWORD)]).await.is(404);
    }
    let mut ada = site.browser();
    sign_in(&mut ada, "ada@example.org", OTHER).await;
    ada.is(200).at("/");
}

#[tokio::test]
async fn whoever_signed_up_first_with_somebody_s_address_has_nothing_once_its_owner_confirms() {
    let site = Site::start().await;
    let (mut eve, mut ada) = (site.browser(), site.browser());
    signs_up(&mut eve, "Eve", PASSWORD).await;
    signs_up(&mut ada, "Ada", OTHER).await;
    ada.visit("/verification").await.press("Send the link again").await.is(200);
    let links = links(&site).await;
    assert_eq!(links.len(), 3);
    ada.visit(&links[2]).await.press("Confirm my address").await.is(200).at("/").sees("Welcome, Ada.");
    is_ada_s(&site, &mut eve).await;
}

#[tokio::test]
async fn in_ada_s_browser_every_link_gives_her_what_she_wrote_there_even_eve_s() {
    let site = Site::start().await;
    let (mut eve, mut ada) = (site.browser(), site.browser());
    signs_up(&mut ada, "Ada", OTHER).await;
    signs_up(&mut eve, "Eve", PASSWORD).await;
    let of_eve = links(&site).await.remove(1);
    ada.visit(&of_eve).await.press("Confirm my address").await.is(200).sees("Welcome, Ada.");
    is_ada_s(&site, &mut eve).await;
}

#[tokio::test]
async fn elsewhere_nobody_confirms_what_they_did_not_write() {
    let site = Site::start().await;
    let (mut eve, mut ada) = (site.browser(), site.browser());
    signs_up(&mut eve, "Eve", PASSWORD).await;
    signs_up(&mut ada, "Ada", OTHER).await;
    let links = links(&site).await;
    let mut phone = site.browser();
    // The wrong letter: what Ada chose is not what its link is about, and nothing is confirmed.
    phone.visit(&links[0]).await.fill("password", OTHER).press("Confirm my address").await.is(422);
    assert!(account_of(&site, "ada@example.org").await.email_verified_at.is_none());
    phone.visit(&links[1]).await.fill("password", OTHER).press("Confirm my address").await.is(200).at("/");
    is_ada_s(&site, &mut eve).await;
}

#[tokio::test]
async fn who_never_signed_up_gets_the_account_by_a_new_password() {
    let site = Site::start().await;
    let (mut eve, mut ada) = (site.browser(), site.browser());
    signs_up(&mut eve, "Ada", PASSWORD).await;
    forget(&mut ada, "ada@example.org").await;
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    ada.visit(&reset).await.fill("password", OTHER).press("Save the password").await.is(200).at("/sign-in");
    is_ada_s(&site, &mut eve).await;
}

#[tokio::test]
async fn before_it_is_confirmed_an_account_has_no_password() {
    let site = Site::start().await;
    let mut eve = site.browser();
    signs_up(&mut eve, "Eve", PASSWORD).await;
    assert_eq!(account_of(&site, "ada@example.org").await.password, None);
    sign_in(&mut eve, "ada@example.org", PASSWORD).await;
    eve.is(422);
}

#[tokio::test]
async fn the_link_is_sent_again_for_the_sign_up_of_this_browser_and_elsewhere_for_the_last() {
    let site = Site::start().await;
    let (mut ada, mut eve) = (site.browser(), site.browser());
    signs_up(&mut ada, "Ada", OTHER).await;
    signs_up(&mut eve, "Eve", PASSWORD).await;
    site.later(hours(1)).await;
    ada.visit("/verification").await.press("Send the link again").await.is(200);
    let own = links(&site).await.pop().unwrap();
    let mut phone = site.browser();
    phone.visit(&own).await.fill("password", PASSWORD).press("Confirm my address").await.is(422);
    phone.post("/verification", &[("email", "ada@example.org")]).await.is(303);
    let last = links(&site).await.pop().unwrap();
    phone.visit(&last).await.fill("password", PASSWORD).press("Confirm my address").await.is(200).sees("Welcome, Eve.");
    ada.visit(&own).await.is(404);
}

#[tokio::test]
async fn a_second_sign_up_looks_like_the_first_and_like_that_of_an_account() {
    let site = Site::start().await;
    site.account("known").await;
    let mut seen = Vec::new();
    sign_up(&mut site.browser(), "Ada", "waits@example.org").await;
    for email in ["new@example.org", "waits@example.org", "known@example.org"] {
        let mut browser = site.browser();
        sign_up(&mut browser, "Eve", email).await;
        let first = (browser.status, browser.path.clone(), browser.html().replace(email, "X"));
        browser.press("Send the link again").await;
        seen.push((first, browser.status, browser.path.clone(), browser.html().replace(email, "X")));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn guesses_of_the_password_at_a_link_are_limited_as_at_the_door() {
    let site = Site::start().await;
    signs_up(&mut site.browser(), "Ada", OTHER).await;
    let own = links(&site).await.remove(0);
    let mut phone = site.browser();
    for _ in 0..10 {
        phone.post(&own, &[("password", PASSWORD)]).await.is(422);
    }
    phone.post(&own, &[("password", OTHER)]).await.is(429);
    site.app.clock.advance(minutes(1));
    phone.post(&own, &[("password", OTHER)]).await.is(303);
}

#[tokio::test]
async fn nobody_writes_to_a_stranger_by_way_of_a_name() {
    let site = Site::start().await;
    let mut eve = site.browser();
    sign_up(&mut eve, "You won 1000 CHF, claim at spam.example", "ada@example.org").await;
    eve.is(200).at("/verification");
    forget(&mut eve, "ada@example.org").await;
    eve.visit("/sign-in/link").await.fill("email", "ada@example.org").press("Mail me a link").await;
    let mails = site.mails_to("ada@example.org").await;
    assert_eq!(mails.len(), 3);
    for mail in mails {
        for said in [&mail.subject, &mail.text, &mail.html, &mail.to_name] {
            assert!(!said.contains("You won"), "{said}");
        }
    }
    // Who has proven the address is called by the name.
    site.account("bob").await;
    forget(&mut eve, "bob@example.org").await;
    let mail = site.mail_to("bob@example.org").await;
    assert!(mail.text.contains("bob, open the link") && mail.to_name == "bob", "{}", mail.text);
}

#[tokio::test]
async fn a_name_holds_no_link() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let said = "Leave out the link: only a name belongs here.";
    for name in ["See http://spam.example/x", "WWW.spam.example", "ｈｔｔｐｓ：／／spam.example"] {
        let mut eve = site.browser();
        sign_up(&mut eve, name, "grace@example.org").await;
        eve.is(422);
        assert_eq!(eve.error_at("name"), said);
        eve.visit(&event.path()).await.fill("name", name).fill("email", "grace@example.org");
        eve.press("Save my place").await.is(422);
        assert_eq!(eve.error_at("name"), said);
    }
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.fill("name", "www.spam.example").press("Save").await.is(422);
    assert_eq!(ada.error_at("name"), said);
    let mut host = site.member("host").await;
    host.visit(&format!("{}/invitations", event.path())).await.fill("people", "http://spam.example, bob@example.org");
    host.press("Look at the list").await.sees(said);
    assert!(site.mails_to("grace@example.org").await.is_empty() && site.mails_to("bob@example.org").await.is_empty());
}
