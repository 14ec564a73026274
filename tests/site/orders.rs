//! Taking places, confirming them, giving them back: what members, guests and strangers meet.
use marquee::clock;
use marquee::decide;
use marquee::events::{Event, Reveal, Status};
use marquee::mail::Message;
use marquee::members;
use marquee::orders::{self, Order};

use crate::browser::Browser;
use crate::races::{guest, take, taken, wish};
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
    site.later(clock::minutes(31)).await;
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
async fn whatever_a_form_says_the_answer_is_never_our_failure() {
    let site = Site::start().await;
    let event = site.event("Hostile").make().await;
    let member = goes(&site, &event, "ada", "2").await;
    let (order, mut ada) = (bare(&member.path), member);
    let huge = "x".repeat(100_000);
    let hostile = [
        "",
        "\0",
        "\u{1b}[31m",
        "<script>alert(1)</script>",
        "😀",
        "مرحبا‏",
        "-1",
        "1e9",
        "99999999999999999999",
        huge.as_str(),
        "' OR 1=1 --",
    ];
    let (places, answer) = (format!("{}/orders", event.path()), format!("{}/answer", event.path()));
    let mut bob = site.browser();
    for text in hostile {
        for field in ["name", "email", "people", "places-x", "companion", "form", "answer"] {
            bob.post(&places, &[(field, text), ("name", "Bob"), ("email", "bob@example.org")]).await;
            assert!(bob.status < 500, "{field} = {text:.20?}: {}", bob.status);
        }
        for (path, field) in
            [(&answer, "answer"), (&format!("{order}/attendees"), "name-x"), (&format!("{order}/mail"), "x")]
        {
            ada.post(path, &[(field, text)]).await;
            assert!(ada.status < 500, "{path} {field} = {text:.20?}: {}", ada.status);
        }
    }
    bob.request("POST", &places, Some(crate::browser::FORM), vec![b'a'; 1_100_000]).await.is(413);
    site.verifies().await;
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
    site.later(clock::hours(7)).await;
    ada.visit(&path).await.sees("It is too late");
    assert!(!ada.has_button("Give back"));
    ada.post(&path, &[]).await.is(422).sees("It is too late");
    assert_eq!(taken(&site, &event).await, 1);
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
