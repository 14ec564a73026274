//! The waiting list as people, hosts and programs meet it.
use marquee::api::Scope;
use marquee::clock;
use marquee::events::Event;
use marquee::orders::Buyer;
use marquee::orders::waiting::PartyState;
use serde_json::json;

use super::{fill, give_back, join, joining, joins, state};
use crate::browser::Browser;
use crate::races::{guest, take, wish};
use crate::site::{Site, link};

fn list(event: &Event) -> String {
    format!("{}/waiting-list", event.path())
}

/// A guest asks to stand on the list and is told to look into the mail.
async fn asks(site: &Site, event: &Event, name: &str, email: &str, people: &str) -> Browser {
    let mut browser = site.browser();
    browser.visit(&event.path()).await.fill("name", name).fill("email", email).fill("people", people);
    browser.press("Join the waiting list").await.is(200).sees("Look into your mail");
    browser
}

#[tokio::test]
async fn a_guest_stands_on_the_list_once_the_mailed_link_is_used() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(1).make().await;
    let orders = fill(&site, &event, 1).await;
    let mut eve = asks(&site, &event, "Eve", "eve@example.org", "1").await;
    let mail = site.mail_to("eve@example.org").await;
    assert_eq!(mail.subject, "Join the waiting list: Full house");
    assert!(!mail.text.contains("Eve"), "whoever typed the address may have typed any name");
    let path = link(&mail, "/waiting/");
    eve.visit(&path).await.visit(&path).await.sees("You wait for 1 place.");
    site.browser().visit(&event.path()).await.sees("Nobody is waiting yet.");
    eve.press("Join the waiting list").await.is(200).sees("You are on the waiting list").sees("number 1");
    eve.post(&path, &[]).await.is(303);
    site.browser().visit(&event.path()).await.sees("1 person is waiting.");
    let mail = site.mail_to("eve@example.org").await;
    assert_eq!(mail.subject, "You are on the waiting list: Full house");
    // The secret address shows where one stands, and is the way off.
    let mut elsewhere = site.browser();
    elsewhere.visit(&link(&mail, "/waiting-list?party=")).await.sees("number 1");
    let (_, off, _) = elsewhere.form_with("Leave the waiting list");
    elsewhere.press("Leave the waiting list").await.is(200).sees("You are off the waiting list.");
    elsewhere.post(&off, &[]).await.is(303);
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    assert_eq!(site.mail_to("eve@example.org").await.subject, "You are on the waiting list: Full house");
    site.verifies().await;
}

#[tokio::test]
async fn a_guest_whose_turn_it_is_gets_the_tickets_by_mail() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(2).make().await;
    let orders = fill(&site, &event, 2).await;
    let mut eve = asks(&site, &event, "Eve", "eve@example.org", "2").await;
    eve.visit(&link(&site.mail_to("eve@example.org").await, "/waiting/")).await.press("Join the waiting list").await;
    for order in orders {
        give_back(&site.app, order).await.unwrap();
    }
    assert_eq!(site.mail_to("eve@example.org").await.subject, "Your 2 tickets for Full house");
    let path = eve.path.clone();
    eve.visit(&path).await.sees("You have your 2 places.");
    eve.follow("See your tickets").await.sees("You’re going");
    site.verifies().await;
}

#[tokio::test]
async fn nobody_learns_from_the_page_whether_an_address_waits_or_comes() {
    let site = Site::start().await;
    let event = site.event("Quiet").capacity(2).make().await;
    fill(&site, &event, 1).await;
    site.places(&event, "Bob", 1).await;
    joins(&site, &event, "ada", 1).await;
    let comes = asks(&site, &event, "Eve", "bob@example.org", "1").await;
    let waits = asks(&site, &event, "Eve", "ADA@example.org", "1").await;
    let unknown = asks(&site, &event, "Eve", "nobody@example.org", "1").await;
    assert_eq!((comes.html(), waits.html()), (unknown.html(), unknown.html()));
    assert_eq!(site.mail_to("bob@example.org").await.subject, "You are going already: Quiet");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "You are on the waiting list: Quiet");
    // After three mails in an hour the address has rest, whoever asks.
    for _ in 0..2 {
        asks(&site, &event, "Eve", "bob@example.org", "1").await;
    }
    let mut browser = site.browser();
    browser.visit(&list(&event)).await.fill("name", "Eve").fill("email", "bob@example.org");
    browser.press("Join the waiting list").await.is(422);
    assert!(browser.error_at("email").starts_with("We wrote to this address often enough"));
}

#[tokio::test]
async fn a_link_that_nobody_uses_lapses_and_the_address_is_forgotten() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(1).make().await;
    fill(&site, &event, 1).await;
    let mut eve = asks(&site, &event, "Eve", "eve@example.org", "1").await;
    let path = link(&site.mail_to("eve@example.org").await, "/waiting/");
    site.later(clock::hours(25)).await;
    eve.visit(&path).await.sees("This link is over.");
    eve.post(&path, &[]).await.is(422);
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests/waiting?all=1", event.path())).await.misses("Eve").misses("eve@example.org");
    site.verifies().await;
}

#[tokio::test]
async fn a_secret_address_opens_its_own_party_alone() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(1).make().await;
    let other = site.event("Other").capacity(1).make().await;
    fill(&site, &event, 1).await;
    let id = joins(&site, &event, "ada", 1).await;
    let party = marquee::orders::waiting::store::by_id(&site.app.db, id).await.unwrap().unwrap();
    let path = party.secret_path(&site.app, &event);
    let mut eve = site.browser();
    eve.visit(&path).await.is(200).sees("number 1");
    eve.visit(&path.replace(&event.path(), &other.path())).await.is(404);
    eve.visit(&format!("{}?party={id}&key=AAAA", list(&event))).await.is(404);
    eve.visit(&format!("{}?party=nonsense&key=AAAA", list(&event))).await.is(404);
    eve.post(&format!("{}/removal?party={id}&key=AAAA", list(&event)), &[]).await.is(404);
    assert_eq!(state(&site, id).await, PartyState::Waiting);
}

#[tokio::test]
async fn a_member_joins_from_the_events_page_and_sees_where_they_stand_there() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(2).make().await;
    let orders = fill(&site, &event, 2).await;
    joins(&site, &event, "bob", 1).await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.sees("All places are taken.").sees("1 person is waiting.");
    ada.fill("people", "2").fill_all("companion", &["Cy", "Di", ""]).press("Join the waiting list").await.is(422);
    assert!(ada.error_at("companion").starts_with("There are more names than places"));
    ada.fill_all("companion", &["Cy", "", ""]).press("Join the waiting list").await.is(200).sees("number 2");
    ada.visit(&event.path()).await.sees("You are on the waiting list").sees("number 2");
    for order in orders {
        give_back(&site.app, order).await.unwrap();
    }
    site.work().await;
    // Bob has one place; the other is not enough for two, so ada is first now.
    ada.visit(&event.path()).await.sees("number 1");
    ada.press("Leave the waiting list").await.sees("You are off");
    ada.visit(&event.path()).await.sees("Save my place");
    site.verifies().await;
}

#[tokio::test]
async fn an_offer_stands_on_the_events_page_and_can_be_declined_there() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(2_800).make().await;
    let orders = fill(&site, &event, 1).await;
    let ada = joins(&site, &event, "ada", 1).await;
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    let mut browser = site.member("ada").await;
    browser.visit(&event.path()).await.sees("It is your turn").sees("This offer stands until");
    browser.follow("See your offer").await.is(200).sees("Pay CHF");
    browser.visit(&event.path()).await.press("Decline").await.is(200).sees("You are off the waiting list.");
    assert_eq!(state(&site, ada).await, PartyState::Left);
    site.verifies().await;
}

#[tokio::test]
async fn a_host_sees_who_waits_takes_somebody_off_and_has_a_file_in_which_nothing_runs() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(3).make().await;
    let orders = fill(&site, &event, 3).await;
    let bob = joins(&site, &event, "bob", 3).await;
    let mut wish = joining(&site, &event, "eve", 0, 1).await;
    if let Buyer::Member { name, .. } = &mut wish.buyer {
        *name = "=HYPERLINK(1)".into();
    }
    join(&site.app, &wish).await.unwrap();
    let mut host = site.member("host").await;
    let page = format!("{}/guests/waiting", event.path());
    host.visit(&page).await.is(200).sees("4 people are waiting.").sees("bob@example.org").sees("Waiting");
    host.visit(&format!("{page}.csv")).await.is(200);
    assert!(host.html().contains("'=HYPERLINK") && !host.html().contains("\n="), "{}", host.html());
    host.visit(&page).await.press("Remove bob").await.is(200).sees("Taken off the waiting list.").misses("bob@");
    assert_eq!(state(&site, bob).await, PartyState::Removed);
    host.visit(&format!("{page}?all=1&page=nonsense")).await.sees("bob@example.org").sees("Removed");
    site.member("bob").await.visit(&list(&event)).await.sees("The host has taken you off");
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    host.visit(&page).await.sees("Nobody is waiting.");
    site.verifies().await;
}

#[tokio::test]
async fn programs_join_look_and_leave() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(2).make().await;
    let orders = fill(&site, &event, 2).await;
    let ada = site.account("ada").await;
    let program = site.program_of(&ada, &[Scope::Read, Scope::Write]).await;
    let path = format!("/api/v1/events/{}/waiting-list", event.slug);
    let joined = program.post(&path, json!({"places": 2, "companions": ["Cy"]})).await.is(201);
    assert_eq!((&joined.data()["state"], &joined.data()["position"]), (&json!("waiting"), &json!(1)));
    let again = program.post(&path, json!({"places": 1})).await.is(201);
    assert_eq!(again.data(), joined.data(), "one party a person");
    program.post(&path, json!({"places": 0})).await.is(422);
    let wrong = site.program().post(&path, json!({"places": 1})).await.is(422);
    assert!(wrong.data()["name"].is_string() && wrong.data()["email"].is_string());
    site.program().post(&path, json!({"name": "Eve", "email": "eve@example.org"})).await.is(202);
    let mine = program.get("/api/v1/me/waiting-list").await.is(200);
    assert_eq!(mine.data()["items"].as_array().unwrap().len(), 1);
    program.get(&path).await.is(403);
    let host = site.account("hostess").await;
    let other = site.program_of(&host, &[Scope::Host]).await;
    other.get(&path).await.is(404);
    let owner = marquee::members::store::by_email_key(&site.app.db, "host@example.org").await.unwrap().unwrap();
    let listed = site.program_of(&owner, &[Scope::Host]).await.get(&path).await.is(200);
    assert_eq!(listed.data()["items"][0]["email"], "ada@example.org");
    assert_eq!(listed.data()["items"].as_array().unwrap().len(), 1, "who has not confirmed does not wait");
    let id = joined.data()["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let left = program.delete(&format!("/api/v1/me/waiting-list/{id}")).await.is(200);
        assert_eq!(left.data()["state"], "left");
    }
    other.delete(&format!("/api/v1/me/waiting-list/{id}")).await.is(403);
    give_back(&site.app, orders[0]).await.unwrap();
    program.post(&path, json!({})).await.is(409);
    site.verifies().await;
}

#[tokio::test]
async fn nobody_waits_for_more_places_than_there_can_ever_be() {
    let site = Site::start().await;
    let builder = site.event("Cap one").event_capacity(2).ticket_type("Floor", Some(1), 10);
    let event = builder.ticket_type("Balcony", None, 10).make().await;
    fill(&site, &event, 1).await;
    let kinds = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let (floor, balcony) = (kinds[0].id.to_string(), kinds[1].id.to_string());
    take(&site.app, &wish(&site.app, &event, guest(50), 1, 1).await).await.unwrap();
    let ada = site.account("ada").await;
    let program = site.program_of(&ada, &[Scope::Read, Scope::Write]).await;
    let mut browser = site.member("ada").await;
    for (kind, places, said) in [
        (&floor, "2", "Take 1 place of “Floor” at most."),
        (&balcony, "3", "Take 2 places of “Balcony” at most."),
        (&floor, "5", "You can bring 3 other people."),
    ] {
        let path = format!("/api/v1/events/{}/waiting-list", event.slug);
        let wrong = program.post(&path, json!({"type": kind, "places": places})).await.is(422);
        assert_eq!(wrong.data()["places"], said, "{}", wrong.text);
        browser.post(&list(&event), &[("ticket_type", kind.as_str()), ("people", places)]).await.is(422);
        assert_eq!(browser.error_at("people"), said);
    }
    // The page offers no more than that, and what there can be can be waited for.
    browser.visit(&list(&event)).await;
    assert!(browser.html().contains("<option>2</option>") && !browser.html().contains("<option>3</option>"));
    browser.fill("ticket_type", &balcony).fill("people", "2").press("Join the waiting list").await.is(200);
    site.verifies().await;
}

#[tokio::test]
async fn what_a_guest_confirmed_becomes_the_members_whose_address_it_is() {
    let site = Site::start().await;
    let event = site.event("Full house").capacity(1).make().await;
    let orders = fill(&site, &event, 1).await;
    site.account("eve").await;
    let mut guest = asks(&site, &event, "E", "eve@example.org", "1").await;
    let path = link(&site.mail_to("eve@example.org").await, "/waiting/");
    let mut eve = site.member("eve").await;
    eve.visit(&event.path()).await.sees("Join the waiting list");
    guest.visit(&path).await.press("Join the waiting list").await.sees("number 1");
    eve.visit(&event.path()).await.sees("You are on the waiting list");
    give_back(&site.app, orders[0]).await.unwrap();
    site.work().await;
    eve.visit(&event.path()).await.sees("You’re going");
    site.verifies().await;
}
