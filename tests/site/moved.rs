//! A moved date or place: whoever ordered before gets all back, whatever the host says otherwise, until it begins.
use marquee::api::Scope;
use marquee::clock;
use marquee::db::sql;
use marquee::events::{self, Event};
use marquee::orders::{self, Order};
use serde_json::json;

use crate::browser::Browser;
use crate::payments::{bought, latest};
use crate::site::{Site, link};

const LATE: &str = "It is too late to give this place back here.";

/// Half of the price comes back until two days before.
async fn jazz(site: &Site) -> Event {
    let rule = |e: &mut Event| (e.terms.refund_percent, e.cancel_hours) = (50, 48);
    site.event("Jazz").price(1_001).with(rule).make().await
}

/// The host types this into the event's form and saves it.
async fn change(site: &Site, event: &Event, fields: &[(&str, &str)]) {
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await;
    for (name, value) in fields {
        host.fill(name, value);
    }
    let save = if host.has_button("Save changes") { "Save changes" } else { "Save draft" };
    host.press(save).await.is(200).sees("Saved");
}

async fn refunded(site: &Site, event: &Event) -> Vec<i64> {
    site.work().await;
    latest(site, event).await.2.iter().map(|refund| refund.amount).collect()
}

/// A member's two free places.
async fn two_places(site: &Site, event: &Event) -> (Browser, Order) {
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", "2").press("Save my place").await.is(200).sees("You’re going");
    (ada, orders::store::live_at(&site.app.db, event.id).await.unwrap().remove(0))
}

#[tokio::test]
async fn who_ordered_before_the_move_gets_all_back_after_the_deadline_too() {
    let site = Site::start().await;
    let event = jazz(&site).await;
    let (mut ada, order) = bought(&site, &event, "ada", "2").await;
    ada.visit(&order.path()).await.misses("was moved");
    ada.follow("give it back").await.sees("You get CHF 5.01 back.");
    change(&site, &event, &[("place_name", "Library")]).await;
    ada.visit(&order.path()).await.sees("The date or the place was moved after you ordered. Until");
    ada.follow("give it back").await.sees("You get CHF 10.01 back. That is all of it, because the date or the place");
    ada.press("Give back").await.is(200);
    assert_eq!(refunded(&site, &event).await, [1_001]);
    site.later(clock::days(6)).await;
    ada.visit(&event.path()).await.follow("I can’t come").await.sees("You get CHF 10.01 back.");
    ada.press("Give back").await.is(200).sees("Given back.");
    assert_eq!(refunded(&site, &event).await.iter().sum::<i64>(), 2_002);
    site.verifies().await;
}

#[tokio::test]
async fn who_orders_after_the_move_has_the_ordinary_rule() {
    let site = Site::start().await;
    let event = jazz(&site).await;
    change(&site, &event, &[("place_town", "Bern")]).await;
    let (mut bob, order) = bought(&site, &event, "bob", "2").await;
    bob.visit(&order.path()).await.misses("was moved");
    bob.follow("give it back").await.sees("You get CHF 5.01 back.").misses("That is all of it");
    bob.press("Give back").await.is(200);
    assert_eq!(refunded(&site, &event).await, [501]);
    site.later(clock::days(6)).await;
    bob.visit(&order.path()).await.sees(LATE).misses("was moved");
    bob.post(&format!("{}/cancellation", order.path()), &[]).await.is(422).sees(LATE);
    bob.visit(&event.path()).await.misses("I can’t come");
    change(&site, &event, &[("place_town", "Basel")]).await;
    bob.visit(&order.path()).await.misses(LATE).sees("Until");
    site.verifies().await;
}

#[tokio::test]
async fn once_it_has_begun_or_somebody_came_in_nothing_is_given_back() {
    let site = Site::start().await;
    let event = jazz(&site).await;
    let (mut ada, order) = bought(&site, &event, "ada", "1").await;
    let (mut bob, used) = bought(&site, &event, "bob", "1").await;
    change(&site, &event, &[("place_name", "Library")]).await;
    let ticket = orders::store::tickets(&site.app.db, used.id).await.unwrap().remove(0);
    site.door(&event).await.fill("code", &ticket.code).press("Check in").await.sees("Let them through.");
    bob.post(&format!("{}/cancellation", used.path()), &[]).await.is(422).sees("This ticket was used at the door");
    bob.visit(&used.path()).await.misses("was moved");
    site.later(clock::days(7) + clock::hours(1)).await;
    ada.visit(&order.path()).await.sees(LATE).misses("was moved");
    ada.post(&format!("{}/cancellation", order.path()), &[]).await.is(422).sees(LATE);
    assert_eq!(site.reload(&event).await.taken, 2);
    site.verifies().await;
}

#[tokio::test]
async fn free_places_can_be_given_back_after_the_deadline_once_it_was_moved() {
    let site = Site::start().await;
    let event = site.event("Quiz").with(|e| e.cancel_hours = 48).make().await;
    let (mut ada, order) = two_places(&site, &event).await;
    site.later(clock::days(6)).await;
    ada.visit(&event.path()).await.misses("I can’t come");
    ada.visit(&order.path()).await.sees(LATE);
    change(&site, &event, &[("place_address", "Riverside 7")]).await;
    ada.visit(&order.path()).await.sees("moved after you took places. You can give them back until");
    ada.misses("all of it back");
    ada.follow("Give all 2 places back").await.press("Give back").await.is(200);
    assert_eq!(site.reload(&event).await.taken, 0);
    site.verifies().await;
}

#[tokio::test]
async fn an_address_that_was_not_said_before_is_told_and_opens_no_refunds() {
    let site = Site::start().await;
    let unsaid = |e: &mut Event| {
        (e.place_address, e.place_town) = (String::new(), String::new());
        (e.terms.refund_percent, e.cancel_hours) = (50, 48);
    };
    let event = site.event("Jazz").price(1_001).with(unsaid).make().await;
    let (mut ada, order) = bought(&site, &event, "ada", "1").await;
    change(&site, &event, &[("place_address", "Riverside 7"), ("place_town", "Basel")]).await;
    let told = site.mail_to("ada@example.org").await;
    assert_eq!(told.subject, "Changed: Jazz");
    assert!(!told.text.contains("all of it back"), "{}", told.text);
    ada.visit(&order.path()).await.misses("was moved");
    site.later(clock::days(6)).await;
    ada.visit(&order.path()).await.sees(LATE);
    change(&site, &event, &[("place_address", "Riverside 9")]).await;
    ada.visit(&order.path()).await.misses(LATE).sees("was moved after you ordered");
    site.verifies().await;
}

#[tokio::test]
async fn another_day_and_another_place_count_and_another_hour_or_link_does_not() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (day, next) = (event.starts().date(), event.starts().date().tomorrow().unwrap());
    let (early, starts, ends) = (format!("{day}T00:05"), format!("{next}T12:00"), format!("{next}T15:00"));
    for (fields, counts) in [
        (vec![("summary", "Ten rounds")], false),
        (vec![("starts", early.as_str())], false),
        (vec![("online_url", "https://meet.example.org/two")], false),
        (vec![("starts", starts.as_str()), ("ends", ends.as_str())], true),
        (vec![("place_name", "Library")], true),
        (vec![("place_address", "Riverside 7")], true),
        (vec![("place_town", "Bern")], true),
        (vec![("place_address", "")], true),
        (vec![("place_address", "Riverside 9")], false),
        (vec![("place_address", "Riverside 11")], true),
        (vec![("place_name", ""), ("place_address", ""), ("place_town", "")], true),
        (vec![("place_town", "Basel")], false),
        (vec![("place_name", "Library"), ("place_address", "Riverside 7")], true),
        (vec![("online_url", "")], false),
    ] {
        let before = site.reload(&event).await.moved_at;
        change(&site, &event, &fields).await;
        assert_eq!(site.reload(&event).await.moved_at > before, counts, "{fields:?}");
    }
    let mut host = site.member("host").await;
    host.visit(&format!("{}/manage", event.path())).await.press("Copy to another week").await.is(200);
    let copy = events::store::by_slug(&site.app.db, "quiz-2").await.unwrap().unwrap();
    change(&site, &copy, &[("place_name", "Cellar")]).await;
    assert_eq!(site.reload(&copy).await.moved_at, None, "a draft is moved for nobody");
    site.verifies().await;
}

#[tokio::test]
async fn the_letter_says_what_who_ordered_gets_and_until_when() {
    let site = Site::start().await;
    let event = jazz(&site).await;
    bought(&site, &event, "ada", "1").await;
    let day = event.starts().date();
    change(&site, &event, &[("starts", &format!("{day}T00:05"))]).await;
    let told = site.mail_to("ada@example.org").await;
    assert_eq!(told.subject, "Changed: Jazz");
    assert!(told.text.contains("If you cannot come now, give them back there."), "{}", told.text);
    change(&site, &event, &[("place_name", "Library")]).await;
    let told = site.mail_to("ada@example.org").await;
    for words in ["give them back there until", "05 (Europe/Zurich)", "You get all of it back, because the date"] {
        assert!(told.text.contains(words), "{words}: {}", told.text);
    }
    bought(&site, &event, "bob", "1").await;
    site.later(clock::days(6)).await;
    change(&site, &event, &[("online_url", "https://meet.example.org/jazz")]).await;
    assert!(site.mail_to("ada@example.org").await.text.contains("You get all of it back"));
    let told = site.mail_to("bob@example.org").await;
    assert!(told.text.contains("Your tickets stay valid.") && !told.text.contains("cannot come"), "{}", told.text);
}

#[tokio::test]
async fn hosts_are_told_before_they_move_what_people_have_places_for() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path())).await.misses("People have places.");
    site.places(&event, "Ada", 1).await;
    host.visit(&format!("{}/edit", event.path())).await.sees("People have places. If you move it to another date");
}

#[tokio::test]
async fn a_program_gets_the_same_and_reads_what_that_is() {
    let site = Site::start().await;
    let event = jazz(&site).await;
    let (_, order) = bought(&site, &event, "ada", "2").await;
    let ada = site.program_of(&site.account_named("ada").await, Scope::ALL).await;
    let path = format!("/api/v1/orders/{}", order.id);
    let before = ada.get(&path).await.is(200);
    assert_eq!(before.data()["refund_percent"], 50);
    change(&site, &event, &[("place_name", "Library")]).await;
    let after = ada.get(&path).await.is(200);
    assert_eq!(after.data()["refund_percent"], 100);
    assert_eq!(after.data()["refund_until"], after.data()["event"]["starts"]);
    assert_ne!(before.data()["refund_until"], after.data()["refund_until"]);
    let ticket = after.data()["tickets"][0]["id"].as_str().unwrap().to_owned();
    ada.post(&format!("{path}/tickets/{ticket}/cancellation"), json!({})).await.is(200);
    ada.post(&format!("{path}/cancellation"), json!({})).await.is(200);
    assert_eq!(refunded(&site, &event).await, [1_001, 1_001]);
    site.verifies().await;
}

#[tokio::test]
async fn a_move_that_no_fact_tells_of_is_found() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    change(&site, &event, &[("place_name", "Library")]).await;
    for (text, wrong) in [
        ("UPDATE events SET moved_at = moved_at + 1", true),
        ("UPDATE events SET moved_at = moved_at - 1", false),
        ("UPDATE events SET moved_at = NULL", true),
    ] {
        let mut tx = site.app.db.write().await.unwrap();
        sql(text).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(orders::verify::run(&site.app.db).await.unwrap().is_empty(), !wrong, "{text}");
    }
}

#[tokio::test]
async fn a_letter_names_the_zone_where_its_times_could_be_taken_for_others() {
    let site = Site::start().await;
    let near = site.event("Quiz").make().await;
    two_places(&site, &near).await;
    let ticket = site.mail_to("ada@example.org").await;
    assert!(!ticket.text.contains("Times in"));
    site.browser().visit(&link(&ticket, "/t/")).await.is(200).sees("12:00").misses("Europe/Zurich");
    // The same hours by other clocks are another time.
    change(&site, &near, &[("zone", "America/New_York")]).await;
    let told = site.mail_to("ada@example.org").await;
    assert_eq!(told.subject, "Changed: Quiz");
    assert!(told.text.contains("Times in America/New_York."), "{}", told.text);
    change(&site, &near, &[("zone", "Europe/Zurich")]).await;
    let told = site.mail_to("ada@example.org").await;
    assert!(told.text.contains("Times in Europe/Zurich."), "{}", told.text);
    let online = |e: &mut Event| (e.online_url, e.place_name) = ("https://meet.example.org/x".into(), String::new());
    for (title, zone, hours) in [("Call", "Europe/Zurich", "12:00"), ("Far call", "America/New_York", "06:00")] {
        let far = site.event(title).with(online).with(|e| e.zone = zone.into()).make().await;
        two_places(&site, &far).await;
        let ticket = site.mail_to("ada@example.org").await;
        assert!(ticket.subject.contains(title), "{}", ticket.subject);
        let said = format!("Times in {zone}.");
        assert!(ticket.text.contains(&said) && ticket.html.contains(&said), "{}", ticket.text);
        site.browser().visit(&link(&ticket, "/t/")).await.is(200).sees(hours).sees(zone);
        let mut host = site.member("host").await;
        host.visit(&format!("{}/invitations", far.path()))
            .await
            .fill("people", "ida@example.org")
            .press("Look at the list")
            .await;
        host.press("Invite 1 person").await.is(200);
        let asks = site.mail_to("ida@example.org").await;
        assert!(asks.text.contains(&said), "{}", asks.text);
        site.browser().visit(&link(&asks, "/invitations/")).await.is(200).sees(&said);
    }
}
