//! Reminders: a day and two hours before, once each, to whoever has a ticket then, of the day that counts then.
use marquee::clock::{days, hours, minutes};
use marquee::events::{self, Event};
use marquee::jobs;
use marquee::jobs::Job;

use crate::site::Site;

async fn subjects(site: &Site, email: &str) -> Vec<String> {
    let mails = site.mails_to(email).await;
    mails
        .into_iter()
        .map(|mail| mail.subject)
        .filter(|subject| subject.contains("remind") || subject.contains("soon"))
        .collect()
}

/// Ada has a place at an event in a week.
async fn going(site: &Site) -> Event {
    let event = site.event("Quiz night").make().await;
    site.member("ada").await.visit(&event.path()).await.press("Save my place").await.is(200);
    event
}

/// Starts so much later than it would.
pub async fn put_off(site: &Site, event: &Event, by: jiff::SignedDuration) {
    let mut host = site.member("host").await;
    let starts = (event.starts_at + by).in_zone(&event.time_zone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let ends = (event.ends_at + by).in_zone(&event.time_zone()).strftime("%Y-%m-%dT%H:%M").to_string();
    host.visit(&format!("{}/edit", event.path())).await.fill("starts", &starts).fill("ends", &ends);
    host.press("Save changes").await.is(200);
}

#[tokio::test]
async fn holders_are_reminded_a_day_and_two_hours_before_once_each() {
    let site = Site::start().await;
    going(&site).await;
    site.later(days(6) - minutes(5)).await;
    assert!(subjects(&site, "ada@example.org").await.is_empty(), "not earlier");
    site.later(minutes(10)).await;
    assert_eq!(subjects(&site, "ada@example.org").await, ["A reminder: Quiz night"]);
    site.later(hours(21)).await;
    assert_eq!(subjects(&site, "ada@example.org").await.len(), 1);
    site.later(minutes(65)).await;
    site.later(minutes(30)).await;
    assert_eq!(subjects(&site, "ada@example.org").await, ["A reminder: Quiz night", "It begins soon: Quiz night"]);
    site.verifies().await;
}

#[tokio::test]
async fn two_nodes_that_begin_and_a_job_that_runs_again_write_once() {
    let site = Site::start().await;
    let event = going(&site).await;
    site.app.clock.advance(days(6) + minutes(5));
    let other = site.second().await;
    let (one, two) =
        tokio::join!(marquee::orders::reminding::sweep(&site.app), marquee::orders::reminding::sweep(&other));
    one.unwrap();
    two.unwrap();
    // As after a crash between doing and saying so.
    let again = Job::Remind {
        event: event.id,
        ahead: marquee::orders::reminding::Ahead::Day,
        starts_at: event.starts_at,
        after: None,
    };
    let mut tx = site.app.db.write().await.unwrap();
    jobs::enqueue(&mut tx, again, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(subjects(&site, "ada@example.org").await, ["A reminder: Quiz night"]);
}

#[tokio::test]
async fn a_date_that_moved_takes_its_reminders_along() {
    let site = Site::start().await;
    let event = going(&site).await;
    put_off(&site, &event, days(2)).await;
    site.later(days(6) + minutes(5)).await;
    assert!(subjects(&site, "ada@example.org").await.is_empty());
    site.later(days(2)).await;
    assert_eq!(subjects(&site, "ada@example.org").await, ["A reminder: Quiz night"]);
}

#[tokio::test]
async fn a_letter_that_waited_while_the_date_moved_is_not_sent() {
    let site = Site::start().await;
    let event = going(&site).await;
    site.work().await;
    site.mail_server_down(true);
    site.later(days(6) + minutes(5)).await;
    let mut tx = site.app.db.write().await.unwrap();
    let moved = Event {
        starts_at: event.starts_at + days(3),
        ..events::store::by_id(&mut tx, event.id).await.unwrap().unwrap()
    };
    assert!(events::store::update(&mut tx, &moved).await.unwrap());
    tx.commit().await.unwrap();
    site.mail_server_down(false);
    site.later(minutes(30)).await;
    assert!(subjects(&site, "ada@example.org").await.is_empty());
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_cancelled_or_was_given_back() {
    let site = Site::start().await;
    let event = going(&site).await;
    let mut bob = site.member("bob").await;
    bob.visit(&event.path()).await.press("Save my place").await;
    let order = bob.path.clone();
    bob.visit(&format!("{order}/cancellation")).await.press("Give back").await;
    site.later(days(6) + minutes(5)).await;
    assert!(subjects(&site, "bob@example.org").await.is_empty());
    assert_eq!(subjects(&site, "ada@example.org").await.len(), 1);
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", event.path())).await.press("Cancel the event").await;
    site.later(hours(22)).await;
    assert_eq!(subjects(&site, "ada@example.org").await.len(), 1, "only the one of before");
}
