//! Taking places, confirming them, giving them back: what members, guests and strangers meet.
mod guests;
mod telling;
mod tickets;

use marquee::clock;
use marquee::events::{Event, Reveal, Status};
use marquee::mail::Message;
use marquee::orders::{self, Order};

use crate::browser::Browser;
use crate::races::taken;
use crate::site::{Site, link};

/// A guest asks for so many places at an event and is told to look into the mail.
async fn asks(site: &Site, event: &Event, name: &str, email: &str, people: &str) -> Browser {
    let mut browser = site.browser();
    browser.visit(&event.path()).await.fill("name", name).fill("email", email).fill("people", people);
    browser.press("Save my place").await.is(200).at(&format!("{}/orders", event.path())).sees("Look into your mail");
    browser
}

/// The same, and uses the mailed link; then sees the order.
async fn comes(site: &Site, event: &Event, name: &str, email: &str, people: &str) -> Browser {
    let mut browser = asks(site, event, name, email, people).await;
    let path = link(&site.mail_to(email).await, "/confirm/");
    browser.visit(&path).await.is(200).sees("Are you coming?");
    browser.press("Confirm my places").await.is(200).sees("You’re going");
    browser
}

/// A member takes places; the browser then shows the order.
async fn goes(site: &Site, event: &Event, name: &str, people: &str) -> Browser {
    let mut browser = site.member(name).await;
    browser.visit(&event.path()).await.fill("people", people).press("Save my place").await;
    browser.is(200).sees("You’re going");
    browser
}

fn bare(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}

async fn only_order(site: &Site, event: &Event) -> Order {
    orders::store::live_at(&site.app.db, event.id).await.unwrap().remove(0)
}

fn inline(mail: &Message) -> usize {
    mail.files.iter().filter(|file| file.mime == "image/png" && file.cid.is_some()).count()
}

#[tokio::test]
async fn a_member_says_going_and_every_ticket_is_shown_and_mailed() {
    let site = Site::start().await;
    let event = site.event("Repair café").capacity(80).make().await;
    let mut ada = goes(&site, &event, "ada", "3").await;
    let order = only_order(&site, &event).await;
    ada.at(&order.path());
    let mail = site.mail_to("ada@example.org").await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    assert_eq!((tickets.len(), mail.subject.as_str()), (3, "Your 3 tickets for Repair café"));
    for ticket in &tickets {
        ada.sees(&ticket.code);
        assert!(mail.text.contains(&ticket.code) && mail.html.contains(&ticket.code));
    }
    assert!(inline(&mail) >= 3, "a QR code for each");
    let calendar = mail.files.iter().find(|file| file.name.ends_with(".ics")).expect("a calendar file");
    assert!(String::from_utf8_lossy(&calendar.bytes).contains("BEGIN:VEVENT"));
    site.browser().visit(&link(&mail, "/orders/")).await.is(200).sees("You’re going");
    ada.visit("/tickets").await.sees("Repair café").sees("3 places");
    ada.visit(&event.path()).await.sees("You have 3 places.");
    site.verifies().await;
}

#[tokio::test]
async fn a_guest_confirms_by_the_mailed_link_and_looking_at_it_confirms_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz night").capacity(10).make().await;
    let mut bob = asks(&site, &event, "Bob", "bob@example.org", "2").await;
    let path = link(&site.mail_to("bob@example.org").await, "/confirm/");
    bob.visit(&path).await.visit(&path).await.sees("2 places are kept for you");
    assert!(only_order(&site, &event).await.is_held());
    bob.press("Confirm my places").await.sees("You’re going").sees("Bob");
    // A second press shows the same order.
    bob.post(&path, &[]).await.is(303);
    assert_eq!(site.mail_to("bob@example.org").await.subject, "Your 2 tickets for Quiz night");
    assert_eq!(taken(&site, &event).await, 2);
    site.verifies().await;
}

#[tokio::test]
async fn an_order_opens_to_its_member_and_to_its_key_and_to_nobody_else() {
    let site = Site::start().await;
    let event = site.event("Private").make().await;
    let ada = goes(&site, &event, "ada", "1").await;
    let path = bare(&ada.path);
    let foreign = comes(&site, &event, "Bob", "bob@example.org", "1").await.path.clone();
    let key = foreign.split_once('?').expect("a key").1.to_owned();
    let mut eve = site.member("eve").await;
    for below in ["", "/cancellation", "/calendar.ics"] {
        eve.visit(&format!("{path}{below}")).await.is(404);
        eve.visit(&format!("{path}{below}?key=AAAA")).await.is(404);
        eve.visit(&format!("{path}{below}?{key}")).await.is(404);
        site.browser().visit(&format!("{path}{below}")).await.is(404);
    }
    for below in ["/cancellation", "/attendees", "/mail"] {
        eve.post(&format!("{path}{below}"), &[]).await.is(404);
    }
    for wrong in ["/orders/1", "/orders/%00", "/orders/01890000-0000-7000-8000-000000000000"] {
        eve.visit(wrong).await.is(404);
    }
}

#[tokio::test]
async fn a_hold_that_is_not_used_ends_and_frees_its_places() {
    let site = Site::start().await;
    let event = site.event("Small").capacity(2).make().await;
    let mut bob = asks(&site, &event, "Bob", "bob@example.org", "2").await;
    let path = link(&site.mail_to("bob@example.org").await, "/confirm/");
    site.browser().visit(&event.path()).await.sees("All places are taken");
    bob.visit(&path).await;
    site.later(clock::minutes(29)).await;
    assert_eq!(taken(&site, &event).await, 2);
    site.later(clock::minutes(1)).await;
    assert_eq!(taken(&site, &event).await, 0);
    bob.press("Confirm my places").await.is(422).sees("The time to confirm is over");
    comes(&site, &event, "Eve", "eve@example.org", "2").await;
    assert_eq!(taken(&site, &event).await, 2);
    site.verifies().await;
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_names_every_fault() {
    let site = Site::start().await;
    let event = site.event("Form").capacity(3).make().await;
    let mut bob = site.browser();
    bob.visit(&event.path()).await.fill("name", "").fill("email", "bob at home").fill("people", "2");
    bob.press("Save my place").await.is(422).field_is("email", "bob at home").field_is("people", "2");
    assert!(bob.error_at("name").contains("Enter your name"));
    assert!(bob.error_at("email").contains("Enter an e-mail address"));
    let path = format!("{}/orders", event.path());
    bob.post(&path, &[("name", "Bob"), ("email", "bob@example.org"), ("people", "4")]).await.is(422);
    assert!(bob.error_at("people").contains("Only 3 places are left."), "{}", bob.text());
    assert_eq!(taken(&site, &event).await, 0);
}

#[tokio::test]
async fn the_stub_says_why_no_places_can_be_taken() {
    let site = Site::start().await;
    let closed = site.event("Closed").with(|event| event.closes_at = Some(event.created_at)).make().await;
    let cancelled = site.event("Cancelled").with(|event| event.status = Status::Cancelled).make().await;
    let past = site.event("Past").starts_in(clock::days(-2)).make().await;
    let account = site.event("Account").with(|event| event.account_required = true).make().await;
    let full = site.event("Full").capacity(1).make().await;
    comes(&site, &full, "Bob", "bob@example.org", "1").await;
    let mut eve = site.browser();
    for (event, says, refusal) in [
        (&closed, "Registration is closed", "Registration is closed."),
        (&cancelled, "Cancelled", "This event is cancelled."),
        (&past, "This event is over", "This event is over."),
        (&account, "Sign in to take a place", ""),
        (&full, "All places are taken", ""),
    ] {
        eve.visit(&event.path()).await.sees(says);
        let fields = [("name", "Eve"), ("email", "eve@example.org"), ("people", "1")];
        eve.post(&format!("{}/orders", event.path()), &fields).await.is(422).sees(refusal);
    }
    let draft = site.event("Draft").draft().make().await;
    eve.post(&format!("{}/orders", draft.path()), &[]).await.is(404);
}

#[tokio::test]
async fn pressing_twice_takes_places_once_and_another_body_is_refused() {
    let site = Site::start().await;
    let event = site.event("Twice").capacity(10).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", "2");
    let (_, action, fields) = ada.form_with("Save my place");
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ada.post(&action, &fields).await.is(303);
    let first = ada.headers["location"].clone();
    ada.post(&action, &fields).await.is(303);
    assert_eq!(ada.headers["location"], first);
    fields.retain(|(name, _)| *name != "people");
    fields.push(("people", "3"));
    ada.post(&action, &fields).await.is(422);
    assert_eq!((taken(&site, &event).await, site.mails_to("ada@example.org").await.len()), (2, 1));
    let id = |browser: &Browser| browser.field("form");
    let (mut one, mut two) = (site.browser(), site.browser());
    let other = site.event("Fresh").make().await;
    assert_ne!(
        id(one.visit(&other.path()).await),
        id(two.visit(&other.path()).await),
        "each copy has an id of its own"
    );
}

#[tokio::test]
async fn while_the_mail_server_is_down_mails_wait_and_nothing_else_does() {
    let site = Site::start().await;
    let event = site.event("Patience").make().await;
    site.mail_server_down(true);
    goes(&site, &event, "ada", "2").await;
    assert!(site.mails_to("ada@example.org").await.is_empty());
    site.mail_server_down(false);
    site.later(clock::hours(1)).await;
    assert_eq!(site.mails_to("ada@example.org").await.len(), 1);
}

#[tokio::test]
async fn maybe_and_no_keep_no_place_and_who_has_places_is_asked_to_give_them_back() {
    let site = Site::start().await;
    let event = site.event("Maybe").capacity(5).make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("answer", "maybe").press("Save my place").await.is(200);
    assert!(ada.html().contains("value=\"maybe\" checked"), "the answer is kept");
    assert_eq!(taken(&site, &event).await, 0);
    ada.fill("answer", "going").press("Save my place").await.sees("You’re going");
    let order = bare(&ada.path);
    ada.post(&format!("{}/answer", event.path()), &[("answer", "no")]).await.is(303);
    assert_eq!(ada.headers["location"], format!("{order}/cancellation"));
    assert_eq!(taken(&site, &event).await, 1);
    site.browser().post(&format!("{}/answer", event.path()), &[("answer", "no")]).await.is(303);
}

#[tokio::test]
async fn only_who_has_a_confirmed_place_sees_where_it_is() {
    let site = Site::start().await;
    let event = site.event("Hidden").with(|event| event.reveal = Reveal::Holders).make().await;
    let mut bob = asks(&site, &event, "Bob", "bob@example.org", "1").await;
    let mail = site.mail_to("bob@example.org").await;
    assert!(!mail.text.contains("Market square"));
    let order = only_order(&site, &event).await;
    bob.visit(&order.secret_path(&site.app)).await.is(200).misses("Market square");
    bob.visit(&link(&mail, "/confirm/")).await.misses("Market square");
    bob.press("Confirm my places").await.sees("Market square");
    assert!(site.mail_to("bob@example.org").await.text.contains("Market square"));
}

#[tokio::test]
async fn several_ticket_types_are_taken_in_one_order() {
    let site = Site::start().await;
    let builder = site.event("Types").ticket_type("Floor", Some(5), 2).ticket_type("Balcony", Some(1), 2);
    let event = builder.make().await;
    let types = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let [floor, balcony] = [0, 1].map(|n| format!("places-{}", types[n].id));
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.press("Save my place").await.is(422).sees("Choose at least one place.");
    ada.fill(&floor, "2").fill(&balcony, "1").press("Save my place").await.is(200).sees("Floor").sees("Balcony");
    assert_eq!(only_order(&site, &event).await.places, 3);
    site.browser().visit(&event.path()).await.sees("Full");
    site.verifies().await;
}
