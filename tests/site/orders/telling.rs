//! Who is told by mail what happened to places.
use marquee::clock;
use marquee::events::Event;
use marquee::jobs::{self, Job};
use marquee::mail::Message;
use marquee::orders::{self, Order};

use super::goes;
use crate::races::{guest, take, wish};
use crate::site::Site;

/// An order for three: of guest N, and of a friend who has a ticket by mail, and of somebody unknown.
async fn party(site: &Site, event: &Event, n: usize) -> Order {
    let mut wish = wish(&site.app, event, guest(n), 0, 3).await;
    wish.attendees = vec![
        (format!("Guest {n}"), format!("guest{n}@example.org")),
        ("Friend".into(), format!("Friend{n}@example.org")),
    ];
    let id = take(&site.app, &wish).await.unwrap().id();
    orders::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

fn calendar(mail: &Message) -> Option<String> {
    let file = mail.files.iter().find(|file| file.mime.starts_with("text/calendar"))?;
    Some(String::from_utf8(file.bytes.clone()).unwrap().replace("\r\n ", ""))
}

async fn subjects(site: &Site, email: &str) -> Vec<String> {
    site.mails_to(email).await.into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_worker_that_dies_between_two_letters_and_runs_again_writes_to_nobody_twice() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..120 {
        take(&site.app, &wish(&site.app, &event, guest(n), 0, 1).await).await.unwrap();
    }
    let mut host = site.member("host").await;
    for (place, letters) in [("Library", 120), ("Town hall", 240)] {
        host.visit(&format!("{}/edit", event.path())).await.fill("place_name", place).press("Save changes").await;
        // As when the worker is killed before it can say that it is done: the job comes again, as often as it likes.
        for _ in 0..3 {
            let first = Job::TellHolders { event: event.id, after: None };
            let mut tx = site.app.db.write().await.unwrap();
            jobs::enqueue(&mut tx, first, site.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        site.work().await;
        assert_eq!(site.letters("event_changed").await, letters, "one to each for each change");
    }
    assert_eq!(subjects(&site, "guest119@example.org").await.len(), 3, "the ticket, and two changes");
}

#[tokio::test]
async fn who_gives_one_place_of_several_back_is_told_and_so_is_who_had_its_ticket() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let order = party(&site, &event, 1).await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    let mut browser = site.browser();
    browser.visit(&order.secret_path(&site.app)).await;
    let (path, key) = browser.path.split_once('?').map(|(path, key)| (path.to_owned(), key.to_owned())).unwrap();
    for ticket in &tickets[1..2] {
        let ask = format!("{path}/tickets/{}/cancellation?{key}", ticket.id);
        browser.visit(&ask).await.press("Give back").await.is(200);
        browser.post(&ask, &[]).await.is(303);
    }
    let mail = site.mail_to("guest1@example.org").await;
    assert_eq!(mail.subject, "One place given back: Quiz");
    assert!(mail.text.contains("You have 2 places left"), "{}", mail.text);
    let kept = calendar(&mail).unwrap();
    assert!(kept.contains("METHOD:PUBLISH\r\n") && kept.contains("ORGANIZER;CN="), "{kept}");
    assert_eq!(subjects(&site, "guest1@example.org").await.len(), 2, "pressed twice, told once");
    let mail = site.mail_to("friend1@example.org").await;
    assert_eq!(mail.subject, "Your ticket is not valid any more: Quiz");
    assert!(!mail.text.contains("/orders/"), "a companion has no say over the order");
    let gone = calendar(&mail).unwrap();
    assert!(gone.contains("METHOD:CANCEL\r\n") && gone.contains("STATUS:CANCELLED"), "{gone}");
    assert!(gone.contains("ORGANIZER;CN=") && gone.contains(&format!("UID:{}@localhost", event.id)), "{gone}");
}

#[tokio::test]
async fn an_event_that_moves_or_is_cancelled_is_told_to_everybody_with_a_ticket() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let order = party(&site, &event, 1).await;
    site.work().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.fill("place_name", "Library").press("Save changes").await;
    let (buyer, friend) = (site.mail_to("guest1@example.org").await, site.mail_to("friend1@example.org").await);
    assert_eq!((buyer.subject.as_str(), friend.subject.as_str()), ("Changed: Quiz", "Changed: Quiz"));
    assert!(friend.text.contains("Library") && friend.text.contains("/t/"), "{}", friend.text);
    assert!(!friend.text.contains(&order.path()) && !friend.html.contains(&order.path()), "{}", friend.text);
    assert!(calendar(&friend).unwrap().contains("SEQUENCE:1\r\n"));
    host.visit(&format!("{}/cancellation", event.path())).await.press("Cancel the event").await.is(200);
    for email in ["guest1@example.org", "friend1@example.org"] {
        let mail = site.mail_to(email).await;
        assert_eq!(mail.subject, "Cancelled: Quiz");
        let gone = calendar(&mail).unwrap();
        assert!(gone.contains("METHOD:CANCEL\r\n") && gone.contains("SEQUENCE:2\r\n"), "{gone}");
    }
}

#[tokio::test]
async fn nobody_is_flooded_by_somebody_who_takes_places_and_gives_them_back() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for n in 0..6 {
        let mut wish = wish(&site.app, &event, guest(n), 0, 2).await;
        wish.attendees = vec![("Guest".into(), String::new()), ("Victim".into(), "victim@example.org".into())];
        let id = take(&site.app, &wish).await.unwrap().id();
        let order = orders::store::by_id(&site.app.db, id).await.unwrap().unwrap();
        let mut browser = site.browser();
        browser.visit(&order.secret_path(&site.app)).await.follow("Give all 2 places back").await;
        browser.press("Give back").await.is(200);
        site.work().await;
    }
    let subjects = subjects(&site, "victim@example.org").await;
    assert!(subjects.len() <= 6, "three tickets and three ends an hour: {subjects:?}");
}

#[tokio::test]
async fn the_last_place_of_an_order_is_told_by_the_orders_own_letter() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut ada = goes(&site, &event, "ada", "1").await;
    site.work().await;
    ada.follow("Give the place back").await.press("Give back").await.is(200);
    assert_eq!(subjects(&site, "ada@example.org").await, ["Your ticket for Quiz", "Places given back: Quiz"]);
    site.later(clock::hours(1)).await;
    site.verifies().await;
}
