//! One code for the whole party: on the order's page, in the mail, at the door.
use marquee::decide;
use marquee::events::Event;
use marquee::forms::Email;
use marquee::journal::Actor;
use marquee::orders::ending::By;
use marquee::orders::giving::{self, Gift};
use marquee::orders::{self, Order, Ticket, check_in};

use crate::browser::Browser;
use crate::site::{Site, link};

/// A member's party of four, with the order's page open.
async fn party(site: &Site) -> (Browser, Event, Order, Vec<Ticket>, String) {
    let event = site.event("Quiz").make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", "4").press("Save my place").await.is(200);
    let order = orders::store::live_at(&site.app.db, event.id).await.unwrap().remove(0);
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    let code = orders::codes_store::party_code(&site.app.db, order.id).await.unwrap().expect("a party has a code");
    (ada, event, order, tickets, code)
}

async fn give(site: &Site, ticket: &Ticket) {
    let gift = Gift { name: "Bea".into(), email: Email::parse("bea@example.org").unwrap(), code_version: 0 };
    let (id, now) = (ticket.id, site.now());
    decide!(site.app.db, tx, giving::give(tx, id, &gift, By::Buyer(Actor::Guest), now).await).unwrap();
}

#[tokio::test]
async fn the_page_and_the_mail_show_it_and_it_shows_the_tickets() {
    let site = Site::start().await;
    let (mut ada, event, order, tickets, code) = party(&site).await;
    ada.sees(&code).sees("All 4 of you, together");
    let mail = site.mail_to("ada@example.org").await;
    assert!(mail.text.contains(&code) && mail.html.contains("cid:qr-party"));
    let mut anybody = site.browser();
    anybody.visit(&link(&mail, &format!("/t/{code}"))).await.is(200).sees("Tickets of a party");
    for ticket in &tickets {
        anybody.sees(&ticket.code);
    }
    // A ticket that was given is not the party's to show any more.
    give(&site, &tickets[3]).await;
    let given = orders::store::ticket(&site.app.db, tickets[3].id).await.unwrap().unwrap();
    anybody.visit(&format!("/t/{code}")).await.sees(&tickets[0].code).misses(&given.code).misses("Bea");
    ada.visit(&order.path()).await.sees("All 3 of you, together");
    ada.follow("Give all 4 places back").await.press("Give back").await;
    anybody.visit(&format!("/t/{code}")).await.is(200).sees("not valid any more").misses("Market square");
    assert_eq!(
        site.door(&event).await.fill("code", &code).press("Check in").await.text().matches("No valid ticket").count(),
        1
    );
    site.verifies().await;
}

#[tokio::test]
async fn one_scan_admits_as_many_as_staff_say() {
    let site = Site::start().await;
    let (_, event, _, tickets, code) = party(&site).await;
    give(&site, &tickets[3]).await;
    let mut door = site.door(&event).await;
    door.fill("code", &format!("http://localhost:8080/t/{code}")).press("Check in").await;
    door.sees("A party of 3").sees("Nobody of them is in yet.").sees("0 of 4").misses("Bea").field_is("people", "3");
    door.fill("people", "2").press("Let them in").await.sees("2 more people are in").sees("2 of 4");
    door.fill("code", &code.replace('-', "").to_lowercase()).press("Check in").await.sees("2 are in already.");
    // By name: only the third is left to choose.
    door.press("Let those in").await.sees("3 of 4");
    door.fill("code", &code).press("Check in").await.sees("All of them are in already.");
    let given = orders::store::ticket(&site.app.db, tickets[3].id).await.unwrap().unwrap();
    door.fill("code", &given.code).press("Check in").await.sees("Bea").sees("4 of 4").misses("With them");
    site.verifies().await;
}

#[tokio::test]
async fn a_partys_code_is_none_elsewhere_and_forms_of_nonsense_let_nobody_in() {
    let site = Site::start().await;
    let (_, event, order, _, code) = party(&site).await;
    let other = site.event("Other").host("other").make().await;
    let mut door = site.door(&other).await;
    door.fill("code", &code).press("Check in").await.sees("No ticket of this event");
    let id = order.id.to_string();
    let path = format!("{}/check-in", other.path());
    door.post(&path, &[("party", &id), ("people", "4")]).await.is(200).sees("0 more people are in");
    for people in ["", "-1", "x", "99999999999999999999999"] {
        door.post(&path, &[("party", &id), ("people", people)]).await.is(200);
    }
    assert_eq!(orders::guests::store::figures(&site.app.db, event.id).await.unwrap(), (4, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_doors_that_each_let_three_of_a_party_in_all_come_in_once() {
    let site = Site::start().await;
    let (_, event, order, _, _) = party(&site).await;
    let mut doors = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (app, event, order) = (site.app.clone(), event.id, order.id);
        doors.spawn(async move {
            let (by, now) = (Actor::Site, app.clock.now());
            decide!(app.db, tx, check_in::check_in_party(tx, event, order, 3, by, now).await).expect("an answer")
        });
    }
    let mut let_in = doors.join_all().await;
    let_in.sort_unstable();
    assert_eq!(let_in, [0, 0, 0, 0, 0, 0, 0, 0, 1, 3]);
    site.verifies().await;
}
