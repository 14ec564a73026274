//! Addresses that guests type, and whose they are.
use marquee::clock;
use marquee::decide;
use marquee::jobs::{self, Lane};
use marquee::members;
use marquee::orders;

use super::{asks, comes, goes};
use crate::races::taken;
use crate::site::{Site, link};

#[tokio::test]
async fn a_guest_who_comes_already_is_told_so_by_mail_and_not_by_the_page() {
    let site = Site::start().await;
    let event = site.event("Quiet").capacity(10).make().await;
    comes(&site, &event, "Bob", "bob@example.org", "1").await;
    let known = asks(&site, &event, "Eve", "BOB@example.org", "2").await;
    let unknown = asks(&site, &event, "Eve", "nobody@example.org", "2").await;
    assert_eq!(known.html(), unknown.html());
    let mail = site.mail_to("bob@example.org").await;
    assert_eq!(mail.subject, "You are going already: Quiet");
    assert!(!mail.text.contains("Eve"));
    assert_eq!(taken(&site, &event).await, 3);
}

#[tokio::test]
async fn places_are_free_when_their_time_is_over_though_letters_wait_for_the_mail_server() {
    let site = Site::start().await;
    let event = site.event("Mine").capacity(1).make().await;
    asks(&site, &event, "Eve", "eve@example.org", "1").await;
    assert_eq!(taken(&site, &event).await, 1);
    site.app.clock.advance(clock::minutes(31));
    // Nobody works where letters are done: as if each of them waited there.
    while jobs::run_in(&site.app, Lane::Own).await.unwrap() {}
    assert!(site.mails.sent.lock().unwrap().is_empty(), "a letter is no work of the site alone");
    assert_eq!(taken(&site, &event).await, 0);
}

#[tokio::test]
async fn who_types_a_members_address_neither_blocks_them_nor_shows_up_in_their_tickets() {
    let site = Site::start().await;
    let event = site.event("Mine").capacity(10).make().await;
    let other = site.event("Other").make().await;
    site.account("ada").await;
    asks(&site, &event, "Eve", "ada@example.org", "4").await;
    asks(&site, &other, "Eve", "ada@example.org", "4").await;
    let stale = link(&site.mails_to("ada@example.org").await[0], "/confirm/");
    let mut ada = goes(&site, &event, "ada", "1").await;
    ada.visit("/tickets").await.sees("Mine").misses("Other");
    ada.visit(&stale).await.press("Confirm my places").await.is(422).sees("You have places at this event already");
    site.later(clock::minutes(31)).await;
    assert_eq!((taken(&site, &event).await, taken(&site, &other).await), (1, 0));
    site.verifies().await;
}

#[tokio::test]
async fn what_was_confirmed_from_an_address_is_claimed_by_the_member_who_proves_it() {
    let site = Site::start().await;
    let event = site.event("Claim").make().await;
    let waiting = site.event("Waiting").make().await;
    comes(&site, &event, "Ada", "ada@example.org", "2").await;
    asks(&site, &waiting, "Ada", "ada@example.org", "2").await;
    let ada = site.account("ada").await;
    let now = site.now();
    let claimed: Result<usize, marquee::db::DbError> =
        decide!(site.app.db, tx, orders::claim(tx, ada.id, &ada.email_key, now).await);
    assert_eq!(claimed.unwrap(), 1);
    let mut browser = site.member("ada").await;
    browser.visit("/tickets").await.sees("Claim").misses("Waiting");
    // The link that still waits proves the address too.
    let path = link(&site.mail_to("ada@example.org").await, "/confirm/");
    site.browser().visit(&path).await.press("Confirm my places").await;
    browser.visit("/tickets").await.sees("Waiting");
    assert!(members::store::by_id(&site.app.db, ada.id).await.unwrap().is_some());
    site.verifies().await;
}

#[tokio::test]
async fn one_network_holds_so_many_unconfirmed_places_and_no_more() {
    let site = Site::start().await;
    let event = site.event("Cap").make().await;
    for n in 0..10 {
        asks(&site, &event, "Bob", &format!("bob{n}@example.org"), "1").await;
    }
    let mut eve = site.browser();
    eve.visit(&event.path()).await.fill("name", "Eve").fill("email", "eve@example.org");
    eve.press("Save my place").await.is(429);
    assert!(eve.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn an_address_is_written_to_so_often_and_the_answer_does_not_tell_who_comes() {
    let site = Site::start().await;
    let mut events = Vec::new();
    for n in 0..4 {
        events.push(site.event(&format!("Event {n}")).make().await);
    }
    comes(&site, &events[3], "Bob", "bob@example.org", "1").await;
    asks(&site, &events[0], "Eve", "bob@example.org", "1").await;
    asks(&site, &events[1], "Eve", "bob@example.org", "1").await;
    for event in [&events[2], &events[3]] {
        let fields = [("name", "Eve"), ("email", "bob@example.org"), ("people", "1")];
        let mut eve = site.browser();
        eve.post(&format!("{}/orders", event.path()), &fields)
            .await
            .is(422)
            .sees("We wrote to this address often enough");
    }
}
