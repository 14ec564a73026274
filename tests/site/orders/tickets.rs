//! What holders do with their tickets.
use marquee::api::Scope;
use marquee::clock;
use marquee::orders::{self, Ticket};
use serde_json::json;

use super::{bare, goes, only_order};
use crate::races::{guest, take, taken, wish};
use crate::site::Site;

#[tokio::test]
async fn each_companion_with_an_address_gets_the_own_ticket_also_when_addresses_are_equal() {
    let site = Site::start().await;
    let event = site.event("Party").make().await;
    let mut wish = wish(&site.app, &event, guest(1), 0, 6).await;
    wish.attendees = vec![("Guest 1".into(), "guest1@example.org".into())];
    wish.attendees.extend((0..5).map(|n| (format!("Friend {n}"), "friends@example.org".to_owned())));
    let order = take(&site.app, &wish).await.expect("places").id();
    let mails = site.mails_to("friends@example.org").await;
    let tickets = orders::store::tickets(&site.app.db, order).await.unwrap();
    assert_eq!(mails.len(), 1, "one letter an address");
    for ticket in &tickets[1..] {
        assert_eq!(mails.iter().filter(|mail| mail.text.contains(&ticket.code)).count(), 1, "{}", ticket.name);
    }
    let all = site.mail_to("guest1@example.org").await;
    assert!(tickets.iter().all(|ticket| all.text.contains(&ticket.code)));
    assert!(mails.iter().all(|mail| !mail.text.contains("/orders/")), "a companion has no say over the order");
}

#[tokio::test]
async fn a_ticket_then_the_order_is_given_back_after_being_asked() {
    let site = Site::start().await;
    let event = site.event("Back").capacity(3).make().await;
    let mut ada = goes(&site, &event, "ada", "3").await;
    let path = bare(&ada.path);
    let code = orders::store::tickets(&site.app.db, only_order(&site, &event).await.id).await.unwrap()[0].code.clone();
    ada.follow("give it back").await.is(200).sees("Give this ticket back?");
    assert_eq!(taken(&site, &event).await, 3);
    ada.press("Give back").await.is(200).sees("Given back.").misses(&code);
    assert_eq!(taken(&site, &event).await, 2);
    site.browser().visit(&format!("/t/{code}")).await.is(200).sees("not valid any more").misses("Market square");
    ada.visit(&path).await.follow("Give all 2 places back").await.press("Give back").await;
    ada.sees("These places were given back");
    ada.post(&format!("{path}/cancellation"), &[]).await.is(303);
    assert_eq!(taken(&site, &event).await, 0);
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "Places given back: Back");
    assert!(String::from_utf8_lossy(&mail.files[0].bytes).contains("METHOD:CANCEL"));
    ada.visit("/tickets").await.sees("Given back");
    goes(&site, &event, "bob", "1").await;
    site.verifies().await;
}

#[tokio::test]
async fn after_the_hosts_deadline_places_cannot_be_given_back() {
    let site = Site::start().await;
    let builder = site.event("Deadline").starts_in(clock::hours(30)).with(|event| event.cancel_hours = 24);
    let event = builder.make().await;
    let mut ada = goes(&site, &event, "ada", "1").await;
    let path = format!("{}/cancellation", bare(&ada.path));
    let order = bare(&ada.path).to_owned();
    ada.visit(&order).await.sees("Give the place back");
    site.later(clock::hours(7)).await;
    ada.visit(&order).await.sees("It is too late").misses("Give the place back");
    ada.visit(&path).await.sees("It is too late");
    assert!(!ada.has_button("Give back"));
    ada.post(&path, &[]).await.is(422).sees("It is too late");
    assert_eq!(taken(&site, &event).await, 1);
}

#[tokio::test]
async fn who_is_in_cannot_give_the_place_back_and_who_is_not_can() {
    const SAID: &str = "This ticket was used at the door and cannot be given back.";
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut ada = goes(&site, &event, "ada", "2").await;
    let order = only_order(&site, &event).await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    site.door(&event).await.fill("code", &tickets[0].code).press("Check in").await.sees("Let them through.");
    let program = site.program_of(&site.account_named("ada").await, &[Scope::Write]).await;
    let of = |ticket: &Ticket| format!("{}/tickets/{}/cancellation", order.path(), ticket.id);
    for path in [format!("{}/cancellation", order.path()), of(&tickets[0])] {
        ada.visit(&path).await.is(200).sees(SAID);
        assert!(!ada.has_button("Give back"));
        ada.post(&path, &[]).await.is(422).sees(SAID);
        let answer = program.post(&format!("/api/v1{path}"), json!({})).await.is(409);
        assert!(answer.text.contains(SAID), "{}", answer.text);
    }
    assert_eq!(taken(&site, &event).await, 2);
    ada.visit(&of(&tickets[1])).await.press("Give back").await.is(200);
    assert_eq!(taken(&site, &event).await, 1);
    site.verifies().await;
}

#[tokio::test]
async fn companions_get_names_later() {
    let site = Site::start().await;
    let event = site.event("Names").make().await;
    let mut ada = goes(&site, &event, "ada", "2").await;
    let order = only_order(&site, &event).await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    let field = format!("name-{}", tickets[1].id);
    ada.fill(&field, "Grace Hopper")
        .press("Save")
        .await
        .is(200)
        .sees("The names are saved.")
        .field_is(&field, "Grace Hopper");
    let long = "x".repeat(101);
    ada.fill(&field, &long).press("Save").await.is(422).field_is(&field, &long);
    assert_eq!(ada.error_at(&field), "Shorten this by 1 character.");
    // A ticket of somebody else's order is none of this form's.
    let other = take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap().id();
    let foreign = orders::store::tickets(&site.app.db, other).await.unwrap().remove(0);
    ada.post(&format!("{}/attendees", order.path()), &[(&format!("name-{}", foreign.id), "Eve")]).await;
    assert_eq!(orders::store::ticket(&site.app.db, foreign.id).await.unwrap().unwrap().name, foreign.name);
    site.verifies().await;
}

#[tokio::test]
async fn opening_a_ticket_checks_nobody_in_and_a_wrong_code_is_nothing() {
    let site = Site::start().await;
    let event = site.event("Door").make().await;
    goes(&site, &event, "ada", "1").await;
    let order = only_order(&site, &event).await;
    let ticket = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0);
    let mut anyone = site.browser();
    anyone.visit(&format!("/t/{}", ticket.code)).await.is(200).sees(&ticket.code).sees("Door");
    anyone.visit(&format!("/t/{}", ticket.code.to_lowercase().replace('-', ""))).await.is(200);
    assert_eq!(orders::store::ticket(&site.app.db, ticket.id).await.unwrap().unwrap().checked_in_at, None);
    for wrong in ["0000-0000-0000", "hello", "%00", "ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ", &"9".repeat(400)] {
        let path: String = form_urlencoded::byte_serialize(wrong.as_bytes()).collect();
        anyone.visit(&format!("/t/{path}")).await.is(404);
    }
}
