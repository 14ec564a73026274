//! Pages kept in memory: never older than the database, whoever changed it, and never with another reader's form.
use marquee::clock;
use marquee::journal::Actor;
use marquee::site::{self as settings, Setting};

use crate::browser::Browser;
use crate::site::Site;

fn form(browser: &Browser) -> String {
    crate::bill::attributes(browser, "input[name=form]", "value").remove(0)
}

#[tokio::test]
async fn two_readers_of_one_copy_have_forms_of_their_own_and_both_get_a_place() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut ada, mut bob) = (site.browser(), site.browser());
    ada.visit(&event.path()).await.is(200);
    bob.visit(&event.path()).await.is(200);
    let first = ada.html().replace(&form(&ada), "");
    assert_ne!(form(&ada), form(&bob));
    assert_eq!(first, bob.html().replace(&form(&bob), ""), "the second page is a copy of the first");
    for (browser, name) in [(&mut ada, "ada"), (&mut bob, "bob")] {
        let email = format!("{name}@example.org");
        browser.fill("name", name).fill("email", &email).press("Save my place").await.is(200).misses("Error:");
        site.work().await;
        assert!(!site.mails_to(&email).await.is_empty(), "{name} is written to");
    }
    assert_eq!(site.reload(&event).await.taken, 2);
}

#[tokio::test]
async fn a_change_on_any_node_shows_on_the_next_request_of_every_other() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(9).make().await;
    let second = site.second().await;
    let mut reader = site.browser();
    for address in ["/", &event.path(), "/api/v1/events", &format!("/api/v1{}", event.path())] {
        for n in 0..3 {
            let title = format!("Quiz {n} of {}", address.len());
            reader.visit(address).await.is(200).misses(&title);
            // Made on the other node, behind the back of the one that kept the page.
            let mut changed = site.reload(&event).await;
            changed.title = title.clone();
            let now = second.clock.now();
            let mut tx = second.db.write().await.unwrap();
            marquee::events::store::update(&mut tx, &changed).await.unwrap();
            marquee::events::finding::index::write(&mut tx, event.id, now).await.unwrap();
            tx.commit().await.unwrap();
            reader.visit(address).await.is(200).sees(&title);
        }
    }
}

#[tokio::test]
async fn a_setting_changed_on_another_node_shows_on_the_next_request() {
    let site = Site::start().await;
    let second = site.second().await;
    let mut reader = site.browser();
    reader.visit("/").await.is(200).misses("The Lantern");
    settings::change(&second, &[(Setting::Name, "The Lantern".into())], Actor::Operator, "a test").await.unwrap();
    reader.visit("/").await.is(200).sees("The Lantern");
}

#[tokio::test]
async fn what_begins_by_the_clock_begins_on_pages_that_are_kept() {
    let site = Site::start().await;
    let closes_at = site.now() + clock::hours(1);
    let event = site.event("Quiz").with(move |event| event.closes_at = Some(closes_at)).make().await;
    let mut reader = site.browser();
    reader.visit(&event.path()).await.is(200);
    assert!(reader.has_button("Save my place"));
    site.later(clock::hours(1)).await;
    reader.visit(&event.path()).await.is(200);
    assert!(!reader.has_button("Save my place"), "registration is over");
}

#[tokio::test]
async fn languages_addresses_and_members_have_pages_of_their_own() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut reader = site.browser();
    reader.visit("/").await.is(200).sees("Quiz").sees("Sign in");
    reader.visit("/?lang=de").await.is(200).sees("Anmelden");
    reader.visit("/?q=nothing-like-it").await.is(200).misses("Quiz");
    let mut host = site.member("host").await;
    host.visit(&event.path()).await.is(200).misses("Sign in");
    reader.visit(&event.path()).await.is(200).sees("Sign in");
    host.visit(&event.path()).await.is(200).misses("Sign in");
}
