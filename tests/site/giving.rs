//! Giving a ticket to somebody else, and every ticket of an order by mail.
use marquee::clock;
use marquee::db::sql;
use marquee::decide;
use marquee::events::{Event, Reveal, Visibility};
use marquee::forms::Email;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::letters::{self, Mail};
use marquee::orders::ending::By;
use marquee::orders::giving::{self, Gift};
use marquee::orders::{self, Order, Refusal, Ticket, Way, Wish};

use crate::browser::Browser;
use crate::races::{guest, take, wish};
use crate::site::{Site, link};

/// A member's party at an event, with the order's page open.
async fn party(site: &Site, event: &Event, people: &str) -> (Browser, Order, Vec<Ticket>) {
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", people).press("Save my place").await.is(200).sees("You’re going");
    let order = orders::store::live_at(&site.app.db, event.id).await.unwrap().remove(0);
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    (ada, order, tickets)
}

fn gift_path(order: &Order, ticket: &Ticket) -> String {
    format!("{}/tickets/{}/gift", order.path(), ticket.id)
}

pub fn gift(name: &str, email: &str, code_version: i64) -> Gift {
    Gift { name: name.into(), email: Email::parse(email).expect("an address"), code_version }
}

pub async fn give(site: &Site, ticket: &Ticket, gift: &Gift, by: By) -> Result<Ticket, Refusal> {
    let now = site.now();
    decide!(site.app.db, tx, giving::give(tx, ticket.id, gift, by, now).await)
}

async fn now(site: &Site, ticket: &Ticket) -> Ticket {
    orders::store::ticket(&site.app.db, ticket.id).await.unwrap().unwrap()
}

pub const ANYBODY: By = By::Buyer(Actor::Guest);

#[tokio::test]
async fn a_given_ticket_has_a_new_code_and_the_old_one_dies_at_once() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut ada, order, tickets) = party(&site, &event, "2").await;
    let old = &tickets[1];
    ada.visit(&gift_path(&order, old)).await.is(200).sees(&old.code);
    ada.fill("name", "Bea").fill("email", "Bea@Example.org").press("Give the ticket").await.is(200);
    ada.sees("The ticket is Bea’s now, and on its way to Bea@Example.org.").sees("Given to somebody else");
    let new = now(&site, old).await;
    assert!(new.code != old.code && new.code_version == 1 && new.name == "Bea" && new.is_given());
    // The buyer sees that it is given, and no code of it: not on the page, not in the mail, not from the API.
    ada.misses(&old.code).misses(&new.code).sees(&tickets[0].code);
    let to_bea = site.mail_to("bea@example.org").await;
    assert!(to_bea.text.contains(&new.code) && !to_bea.text.contains("/orders/"), "{}", to_bea.text);
    let to_ada = site.mail_to("ada@example.org").await;
    assert_eq!(to_ada.subject, "Ticket given: Quiz");
    assert!(!to_ada.text.contains(&new.code) && to_ada.text.contains("is for Bea now"), "{}", to_ada.text);
    ada.press("Send the mail again").await;
    let again = site.mail_to("ada@example.org").await;
    assert!(again.text.contains(&tickets[0].code) && !again.text.contains(&new.code));
    ada.visit(&format!("/api/v1/orders/{}", order.id)).await.is(200).misses(&new.code);
    site.browser().visit(&format!("/t/{}", old.code)).await.is(404);
    site.browser().visit(&link(&to_bea, "/t/")).await.is(200).sees("Bea").sees(&new.code);
    let mut door = site.door(&event).await;
    door.fill("code", &old.code).press("Check in").await.sees("This code lets nobody in any more").sees("0 of 2");
    door.fill("code", &new.code).press("Check in").await.sees("Bea").sees("Let them through.");
    site.verifies().await;
}

#[tokio::test]
async fn pressing_twice_gives_once_and_a_stale_page_gives_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut ada, order, tickets) = party(&site, &event, "1").await;
    let path = gift_path(&order, &tickets[0]);
    let form = [("name", "Bea"), ("email", "bea@example.org"), ("version", "0")];
    ada.post(&path, &form).await.is(303);
    let first = now(&site, &tickets[0]).await;
    ada.post(&path, &form).await.is(303);
    assert_eq!(now(&site, &tickets[0]).await, first);
    assert_eq!(site.mails_to("bea@example.org").await.len(), 1);
    ada.post(&path, &[("name", "Cy"), ("email", "cy@example.org"), ("version", "0")]).await.is(422);
    ada.sees("This ticket was given to somebody since you opened the page.");
    for version in ["", "x", "-1", "99999999999999999999"] {
        ada.post(&path, &[("name", "Cy"), ("email", "cy@example.org"), ("version", version)]).await.is(422);
    }
    assert_eq!(now(&site, &tickets[0]).await, first);
    ada.post(&path, &[("version", "1")]).await.is(422).sees("Enter a name.");
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_give_one_ticket_at_once_one_does() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0);
    let mut givers = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (app, id, to) = (site.app.clone(), ticket.id, gift("Bea", &format!("bea{n}@example.org"), 0));
        givers.spawn(async move {
            let now = app.clock.now();
            decide!(app.db, tx, giving::give(tx, id, &to, By::Host(Actor::Site), now).await).is_ok()
        });
    }
    let given = givers.join_all().await.into_iter().filter(|given| *given).count();
    assert_eq!((given, now(&site, &ticket).await.code_version), (1, 1));
    assert_eq!(site.letters("ticket").await, 1);
    site.verifies().await;
}

#[tokio::test]
async fn a_letter_that_waits_or_is_sent_again_never_tells_the_next_holders_code() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (_, _, tickets) = party(&site, &event, "1").await;
    site.work().await;
    give(&site, &tickets[0], &gift("Bea", "bea@example.org", 0), ANYBODY).await.unwrap();
    give(&site, &tickets[0], &gift("Cy", "cy@example.org", 1), ANYBODY).await.unwrap();
    let code = now(&site, &tickets[0]).await.code;
    assert!(site.mail_to("cy@example.org").await.text.contains(&code));
    let to_bea = site.mails_to("bea@example.org").await;
    assert!(to_bea.iter().all(|mail| !mail.text.contains(&code)), "{to_bea:?}");
    assert_eq!(to_bea.last().unwrap().subject, "Your ticket is not valid any more: Quiz");
    let mut tx = site.app.db.write().await.unwrap();
    let sent: Vec<(Id<Mail>,)> = sql("SELECT id FROM mails WHERE to_email LIKE 'bea@%'").all(&mut tx).await.unwrap();
    for (mail,) in &sent {
        letters::sending::resend(&mut tx, *mail, site.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(site.mails_to("bea@example.org").await.iter().all(|mail| !mail.text.contains(&code)));
    site.verifies().await;
}

#[tokio::test]
async fn who_was_given_a_ticket_finds_it_with_their_account_and_the_giver_is_told_who_loses_it() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut ada, order, tickets) = party(&site, &event, "2").await;
    let mut mara = site.member("mara").await;
    mara.visit("/tickets").await.sees("No tickets yet");
    mara.visit(&event.path()).await.misses("that was given to you");
    give(&site, &tickets[1], &gift("Mara Lind", "Mara@Example.org", 0), ANYBODY).await.unwrap();
    let page = format!("/t/{}", now(&site, &tickets[1]).await.code);
    mara.visit("/tickets").await.sees("Given to you").misses(&order.number());
    assert!(!mara.html().contains(&order.id.to_string()), "the order is its buyer's");
    mara.follow("Quiz").await.is(200).at(&page);
    mara.visit(&event.path()).await.sees("You have a ticket here that was given to you.");
    assert!(!mara.html().contains(&order.id.to_string()));
    mara.follow("See your ticket").await.is(200).at(&page);
    site.member("eve").await.visit("/tickets").await.sees("No tickets yet");
    ada.visit("/tickets").await.misses("Given to you");
    for path in ["", &format!("/tickets/{}", tickets[1].id)] {
        ada.visit(&format!("{}{path}/cancellation", order.path())).await.is(200);
        ada.sees("Ticket 2 is with Mara Lind, who loses it.").misses("Ticket 1 is");
    }
    ada.press("Give back").await.is(200);
    mara.visit("/tickets").await.sees("No tickets yet").misses("Given to you");
    ada.visit(&format!("{}/cancellation", order.path())).await.misses("who loses it");
    site.verifies().await;
}

#[tokio::test]
async fn who_was_given_a_ticket_sees_the_page_of_an_event_for_few_as_those_who_come_do() {
    let site = Site::start().await;
    let few = |e: &mut Event| (e.visibility, e.reveal) = (Visibility::Invited, Reveal::Holders);
    let event = site.event("Supper").with(few).make().await;
    let ticket = site.places(&event, "Ada", 1).await.remove(0);
    let mut mara = site.member("mara").await;
    mara.visit(&event.path()).await.is(404);
    give(&site, &ticket, &gift("Mara", "mara@example.org", 0), ANYBODY).await.unwrap();
    mara.visit(&event.path()).await.is(200).sees("that was given to you").sees("Market square 1");
    give(&site, &ticket, &gift("Cy", "cy@example.org", 1), ANYBODY).await.unwrap();
    mara.visit(&event.path()).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn who_gave_their_last_ticket_away_does_not_see_the_place_any_more() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.reveal = Reveal::Holders).make().await;
    let (mut ada, order, tickets) = party(&site, &event, "2").await;
    let files = format!("{}/calendar.ics", order.path());
    let pages = [event.path(), format!("{}/calendar.ics", event.path()), files, "/api/v1/events".into()];
    // With one ticket given she comes still; with both she does not.
    for (n, shown) in [(0, true), (1, false)] {
        give(&site, &tickets[n], &gift("Bea", "bea@example.org", 0), ANYBODY).await.unwrap();
        for page in &pages {
            ada.visit(page).await.is(200);
            let said = ada.html().replace("\r\n ", "");
            assert!(said.contains("Supper") && said.contains("Market square 1") == shown, "{page}: {said}");
        }
    }
    // Nor is it in what they are still written.
    let mut host = site.member("host").await;
    host.visit(&format!("{}/edit", event.path()))
        .await
        .fill("place_name", "Library")
        .press("Save changes")
        .await
        .is(200);
    for (email, shown) in [("ada@example.org", false), ("bea@example.org", true)] {
        let mail = site.mail_to(email).await;
        let file = mail.files.iter().find(|file| file.mime.starts_with("text/calendar")).expect("for their calendar");
        let file = String::from_utf8(file.bytes.clone()).unwrap().replace("\r\n ", "");
        assert_eq!(mail.subject, "Changed: Supper");
        assert!(mail.text.contains("Library") == shown && file.contains("Library") == shown, "{}\n{file}", mail.text);
    }
    let mut bea = site.member("bea").await;
    bea.visit(&event.path()).await.is(200).sees("were given to you").sees("Market square 1");
    ada.visit(&order.path()).await.is(200).sees("Given to somebody else").misses("Market square 1");
    give(&site, &tickets[0], &gift("Ada", "ada@example.org", 1), ANYBODY).await.unwrap();
    ada.visit(&event.path()).await.is(200).sees("Market square 1");
}

/// Makes the secret address of a member's own calendar.
pub async fn own_calendar(member: &mut Browser) -> String {
    member.visit("/settings/calendar").await.press("Make the address").await;
    let address = crate::bill::attributes(member, "#address", "value").pop().expect("the address");
    address.trim_start_matches("http://localhost:8080").to_owned()
}

#[tokio::test]
async fn a_given_ticket_is_in_the_calendar_of_who_has_it_and_in_the_givers_no_more() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.reveal = Reveal::Holders).make().await;
    let (mut ada, _, tickets) = party(&site, &event, "2").await;
    let mut mara = site.member("mara").await;
    let calendars = [own_calendar(&mut ada).await, own_calendar(&mut mara).await];
    let shown = async || {
        let mut shown = Vec::new();
        for path in &calendars {
            let mut program = site.browser();
            program.visit(path).await.is(200);
            let said = program.html().replace("\r\n ", "");
            assert_eq!(said.contains("SUMMARY:Supper"), said.contains("Market square 1"), "{said}");
            shown.push(said.contains("SUMMARY:Supper"));
        }
        shown
    };
    assert_eq!(shown().await, [true, false]);
    give(&site, &tickets[1], &gift("Mara", "Mara@Example.org", 0), ANYBODY).await.unwrap();
    assert_eq!(shown().await, [true, true]);
    give(&site, &tickets[0], &gift("Mara", "mara@example.org", 0), ANYBODY).await.unwrap();
    assert_eq!(shown().await, [false, true]);
}

#[tokio::test]
async fn a_cancelled_event_stays_in_the_calendars_of_those_who_had_a_place_and_says_so() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let (mut ada, _, tickets) = party(&site, &event, "2").await;
    give(&site, &tickets[1], &gift("Mara", "mara@example.org", 0), ANYBODY).await.unwrap();
    let (mut mara, mut cy) = (site.member("mara").await, site.member("cy").await);
    cy.visit(&event.path()).await.press("Save my place").await.is(200).sees("You’re going");
    // Who gave the place back before had none any more.
    cy.follow("Give the place back").await.press("Give back").await.is(200);
    let calendars = [own_calendar(&mut ada).await, own_calendar(&mut mara).await, own_calendar(&mut cy).await];
    site.later(clock::hours(1)).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", event.path())).await.press("Cancel the event").await.is(200);
    site.work().await;
    for (path, stays) in calendars.iter().zip([true, true, false]) {
        let mut program = site.browser();
        program.visit(path).await.is(200);
        let said = program.html();
        assert!(said.contains("METHOD:PUBLISH"), "{said}");
        assert_eq!(said.contains("SUMMARY:Supper"), stays, "{said}");
        assert_eq!(said.contains("STATUS:CANCELLED"), stays, "{said}");
    }
}

#[tokio::test]
async fn a_ticket_can_come_back_to_its_buyer() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (mut ada, order, tickets) = party(&site, &event, "1").await;
    give(&site, &tickets[0], &gift("Bea", "bea@example.org", 0), ANYBODY).await.unwrap();
    ada.visit(&order.path()).await.sees("Given to somebody else").misses("You’re going");
    give(&site, &tickets[0], &gift("Ada", "ADA@example.org", 1), ANYBODY).await.unwrap();
    let back = now(&site, &tickets[0]).await;
    assert!(!back.is_given() && back.code != tickets[0].code);
    ada.visit(&order.path()).await.sees(&back.code).sees("You’re going");
    assert!(site.mail_to("ada@example.org").await.text.contains(&back.code));
    site.verifies().await;
}

#[tokio::test]
async fn what_lets_nobody_in_or_was_used_cannot_be_given() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let tickets = site.places(&event, "Ada", 2).await;
    let to = gift("Bea", "bea@example.org", 0);
    let mut door = site.door(&event).await;
    door.fill("code", &tickets[0].code).press("Check in").await.sees("Let them through.");
    assert!(matches!(give(&site, &tickets[0], &to, By::Host(Actor::Site)).await, Err(Refusal::UsedAtTheDoor)));
    let mut tx = site.app.db.write().await.unwrap();
    orders::guests::remove(&mut tx, event.id, tickets[1].id, Actor::Site, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(give(&site, &tickets[1], &to, By::Host(Actor::Site)).await, Err(Refusal::NotGivable)));
    let own = Wish { way: Way::Own, ..wish(&site.app, &event, guest(1), 0, 1).await };
    let held = take(&site.app, &own).await.unwrap().id();
    let held = orders::store::tickets(&site.app.db, held).await.unwrap().remove(0);
    assert!(matches!(give(&site, &held, &to, ANYBODY).await, Err(Refusal::NotGivable)));
    site.verifies().await;
}

#[tokio::test]
async fn after_the_start_only_hosts_give() {
    let site = Site::start().await;
    let event = site.event("Quiz").starts_in(clock::hours(2)).make().await;
    let (mut ada, order, tickets) = party(&site, &event, "1").await;
    site.later(clock::hours(2)).await;
    ada.visit(&gift_path(&order, &tickets[0])).await.sees("The event has begun.");
    assert!(!ada.has_button("Give the ticket"));
    ada.post(&gift_path(&order, &tickets[0]), &[("name", "Bea"), ("email", "bea@example.org"), ("version", "0")]).await;
    ada.is(422).sees("The event has begun.");
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests", event.path()))
        .await
        .follow("Give the ticket of ada to somebody else")
        .await
        .is(200);
    host.fill("name", "Bea").fill("email", "bea@example.org").press("Give the ticket").await.is(200).sees("Bea");
    assert_eq!(now(&site, &tickets[0]).await.name, "Bea");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "Ticket given: Quiz");
    site.verifies().await;
}

#[tokio::test]
async fn strangers_are_written_to_only_so_often() {
    let site = Site::start().await;
    let event = site.event("Quiz").with(|event| event.plus_ones = 9).make().await;
    let (mut ada, order, tickets) = party(&site, &event, "5").await;
    for ticket in &tickets[..3] {
        give(&site, ticket, &gift("Bea", "bea@example.org", 0), ANYBODY).await.unwrap();
    }
    let form = [("name", "Bea"), ("email", "BEA@example.org"), ("version", "0")];
    ada.post(&gift_path(&order, &tickets[3]), &form).await.is(422);
    assert_eq!(ada.error_at("email"), "We wrote to this address often enough for now. Try again in an hour.");
    for n in 0..3 {
        give(&site, &tickets[4], &gift("Cy", &format!("cy{n}@example.org"), n), ANYBODY).await.unwrap();
    }
    let next = gift("Cy", "cy9@example.org", 3);
    assert!(matches!(give(&site, &tickets[4], &next, ANYBODY).await, Err(Refusal::GivenTooOften)));
    site.later(clock::hours(1)).await;
    give(&site, &tickets[4], &next, ANYBODY).await.unwrap();
    site.verifies().await;
}

// ---------------------------------------------------------------- every ticket is mailed

#[tokio::test]
async fn the_buyer_gets_all_tickets_and_each_companion_all_of_their_own() {
    let site = Site::start().await;
    let event = site.event("Party").make().await;
    let mut wish = wish(&site.app, &event, guest(1), 0, 6).await;
    let at = |name: &str| format!("{name}@example.org");
    let people = [("Guest 1", at("guest1")), ("Bea", at("bea")), ("Cy", at("cy")), ("Bea’s son", at("BEA"))];
    wish.attendees = people.into_iter().map(|(name, email)| (name.to_owned(), email)).collect();
    wish.attendees.push(("Also me".into(), at("guest1")));
    let order = take(&site.app, &wish).await.expect("places").id();
    let codes: Vec<_> =
        orders::store::tickets(&site.app.db, order).await.unwrap().into_iter().map(|ticket| ticket.code).collect();
    let mails =
        [("guest1@example.org", vec![0, 1, 2, 3, 4, 5]), ("bea@example.org", vec![1, 3]), ("cy@example.org", vec![2])];
    for (email, theirs) in mails {
        let mails = site.mails_to(email).await;
        assert_eq!(mails.len(), 1, "{email}");
        for (n, code) in codes.iter().enumerate() {
            let told = mails[0].text.contains(code) && mails[0].html.contains(code);
            assert_eq!(told, theirs.contains(&n), "{email}, ticket {n}");
        }
    }
}

#[tokio::test]
async fn a_companions_address_is_given_later_once_and_gets_the_ticket() {
    let site = Site::start().await;
    let event = site.event("Party").make().await;
    let (mut ada, order, tickets) = party(&site, &event, "3").await;
    let (bea, cy) = (format!("email-{}", tickets[1].id), format!("email-{}", tickets[2].id));
    ada.visit(&order.path()).await.fill(&bea, "nobody").press("Save").await.is(422).field_is(&bea, "nobody");
    ada.fill(&bea, "bea@example.org").fill(&cy, "Bea@example.org").press("Save").await.is(200);
    let mail = site.mails_to("bea@example.org").await;
    assert!(mail.len() == 1 && mail[0].text.contains(&tickets[1].code) && mail[0].text.contains(&tickets[2].code));
    // Where the code is known already, another address does not get it by this form.
    let name = format!("name-{}", tickets[1].id);
    ada.post(&format!("{}/attendees", order.path()), &[(&name, "Bea"), (&bea, "eve@example.org")]).await.is(303);
    assert_eq!(now(&site, &tickets[1]).await.email, "bea@example.org");
    assert!(site.mails_to("eve@example.org").await.is_empty());
    give(&site, &tickets[1], &gift("Eve", "eve@example.org", 0), ANYBODY).await.unwrap();
    assert_eq!(site.mail_to("bea@example.org").await.subject, "Your ticket is not valid any more: Party");
    ada.post(&format!("{}/attendees", order.path()), &[(&name, "Mallory")]).await;
    assert_eq!(now(&site, &tickets[1]).await.name, "Eve");
    site.verifies().await;
}
