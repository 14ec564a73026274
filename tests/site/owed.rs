//! Places that are paid later, at events that move or do not take place.
use marquee::clock::{days, hours, minutes};
use marquee::events::{Event, PayLater, Reveal};
use marquee::forms::Email;
use marquee::i18n::{Day, Locale};
use marquee::jobs::{self, Job};
use marquee::journal::{self, Actor};
use marquee::letters::Reader;
use marquee::orders::{self, Hold, Order, OrderState};
use marquee::payments;
use marquee::payments::checkout::Back;

use crate::browser::Browser;
use crate::races::taken;
use crate::reminding::put_off;
use crate::site::{Site, link};
use crate::unpaid::owed;

const CHF_20: i64 = 2_000;

async fn now(site: &Site, order: &Order) -> Order {
    orders::store::by_id(&site.app.db, order.id).await.unwrap().unwrap()
}

/// Paid so, and a day before it begins where that is by transfer.
fn paid(way: PayLater) -> impl FnOnce(&mut Event) {
    move |event| {
        (event.terms.pay_later, event.terms.pay_later_hours) = (way, 24);
        event.terms.pay_later_note = "IBAN CH93 0076".into();
    }
}

#[tokio::test]
async fn what_is_owed_at_an_event_that_is_put_off_is_kept_until_its_new_deadline() {
    for way in [PayLater::Door, PayLater::Transfer] {
        let site = Site::start().await;
        let event = site.event("Jazz").capacity(2).price(CHF_20).with(paid(way)).make().await;
        let order = owed(&site, &event, 1, 2).await;
        assert_eq!(order.held_until, event.pay_later_until());
        put_off(&site, &event, days(7)).await;
        site.work().await;
        let later = event.pay_later_until().map(|until| until + days(7));
        assert_eq!(now(&site, &order).await.held_until, later, "as soon as the host has said it");
        site.later(days(8)).await;
        assert_eq!((now(&site, &order).await.state, taken(&site, &event).await), (OrderState::Held, 2));
        let code = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).code;
        let mut door = site.door(&event).await;
        door.fill("code", &code).press("Check in").await.sees("Not paid: CHF 40");
        site.later(days(8)).await;
        assert_eq!((now(&site, &order).await.state, taken(&site, &event).await), (OrderState::Ended, 0));
        site.verifies().await;
    }
}

#[tokio::test]
async fn what_was_promised_for_longer_keeps_its_promise_when_the_event_is_sooner() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Transfer)).make().await;
    let order = owed(&site, &event, 1, 1).await;
    put_off(&site, &event, -hours(12)).await;
    site.work().await;
    assert_eq!(now(&site, &order).await.held_until, order.held_until);
    site.later(days(5) + hours(18)).await;
    assert_eq!(now(&site, &order).await.state, OrderState::Held, "behind the new deadline, before the old one");
    site.verifies().await;
}

#[tokio::test]
async fn all_of_many_who_pay_later_are_kept_longer_and_once_each_however_often_the_job_runs() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Transfer)).make().await;
    for n in 0..120 {
        owed(&site, &event, n, 1).await;
    }
    put_off(&site, &event, days(7)).await;
    site.work().await;
    let later = event.pay_later_until().map(|until| until + days(7));
    let live = orders::store::live_at(&site.app.db, event.id).await.unwrap();
    assert_eq!(live.iter().filter(|order| order.held_until == later).count(), 120);
    // As when a worker dies before it can say that it is done.
    let mut tx = site.app.db.write().await.unwrap();
    jobs::enqueue(&mut tx, Job::KeepOwed { event: event.id, after: None }, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    site.work().await;
    let mut tx = site.app.db.read().await.unwrap();
    assert_eq!(journal::before(&mut tx, i64::MAX, "", "hold_changed", 500).await.unwrap().len(), 120);
    drop(tx);
    site.verifies().await;
}

#[tokio::test]
async fn who_tried_to_pay_at_the_last_moment_owes_it_still_when_the_deadline_went_away() {
    let site = Site::start().await;
    let starts = hours(24) + minutes(10);
    let event = site.event("Jazz").price(CHF_20).starts_in(starts).with(paid(PayLater::Transfer)).make().await;
    let order = owed(&site, &event, 1, 1).await;
    payments::begin(&site.app, order.id, &Back::default(), Actor::Guest).await.unwrap();
    assert_eq!(now(&site, &order).await.hold, Some(Hold::Paying));
    put_off(&site, &event, days(7)).await;
    site.later(hours(2)).await;
    let (fresh, moved) = (now(&site, &order).await, site.reload(&event).await);
    assert_eq!((fresh.state, fresh.hold), (OrderState::Held, Some(Hold::Owed)));
    assert_eq!(fresh.held_until, moved.pay_later_until());
    site.verifies().await;
}

/// The latest mail to guest 1, who owes something; its amounts with plain spaces.
async fn told(site: &Site) -> (String, String) {
    let mail = site.mail_to("guest1@example.org").await;
    (mail.subject, mail.text.replace('\u{a0}', " "))
}

#[tokio::test]
async fn who_pays_later_is_told_that_the_event_moved_and_what_is_still_to_be_paid() {
    for way in [PayLater::Door, PayLater::Transfer] {
        let site = Site::start().await;
        let event = site.event("Jazz").price(CHF_20).with(paid(way)).make().await;
        owed(&site, &event, 1, 2).await;
        put_off(&site, &event, days(7)).await;
        let (subject, text) = told(&site).await;
        assert_eq!(subject, "Changed: Jazz");
        let until = site.reload(&event).await.pay_later_until().unwrap().in_zone(&event.time_zone());
        let says = match way {
            PayLater::Door => "2 places are kept for you. Pay CHF 40.00 at the door.".to_owned(),
            _ => format!("2 places are kept for you. Transfer CHF 40.00 until {}, ", Day(until.date())),
        };
        assert!(text.contains(&says) && text.contains("See your order"), "{text}");
        assert!(!text.contains("tickets"), "they have none: {text}");
        let mail = site.mail_to("guest1@example.org").await;
        assert!(mail.files.iter().any(|file| file.mime.starts_with("text/calendar")), "for their calendar");
    }
}

#[tokio::test]
async fn a_letter_that_comes_before_the_deadline_has_followed_names_the_new_one() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Transfer)).make().await;
    let order = owed(&site, &event, 1, 1).await;
    put_off(&site, &event, days(7)).await;
    let before = now(&site, &order).await;
    assert_eq!(before.held_until, order.held_until, "no job has run yet");
    let reader = Reader::guest("Guest 1", &Email::parse("guest1@example.org").unwrap(), Locale::En);
    let letter = orders::letters::event_changed(&site.app, order.id, &reader).await.unwrap().unwrap();
    let until = site.reload(&event).await.pay_later_until().unwrap().in_zone(&event.time_zone());
    assert!(letter.text.contains(&format!("until {}, ", Day(until.date()))), "{}", letter.text);
}

#[tokio::test]
async fn who_pays_later_is_reminded_once_each_as_holders_are() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Door)).make().await;
    owed(&site, &event, 1, 1).await;
    site.later(days(6) - minutes(20)).await;
    // Who takes places just before knows when it is.
    owed(&site, &event, 2, 1).await;
    site.later(minutes(25)).await;
    let (subject, text) = told(&site).await;
    assert_eq!((subject.as_str(), site.letters("reminder").await), ("A reminder: Jazz", 1));
    assert!(text.contains("1 place is kept for you. Pay CHF 20.00 at the door."), "{text}");
    assert!(!text.contains("tickets"), "{text}");
    site.later(hours(22)).await;
    assert_eq!((told(&site).await.0.as_str(), site.letters("reminder").await), ("It begins soon: Jazz", 3));
}

#[tokio::test]
async fn who_pays_later_is_told_that_the_event_does_not_take_place() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Door)).make().await;
    let order = owed(&site, &event, 1, 2).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", event.path())).await.fill("reason", "The hall is flooded.");
    host.press("Cancel the event").await.is(200);
    let (subject, text) = told(&site).await;
    assert_eq!((subject.as_str(), now(&site, &order).await.state), ("Cancelled: Jazz", OrderState::Cancelled));
    assert!(text.contains("The host says: The hall is flooded."), "{text}");
    assert_eq!(site.letters("event_cancelled").await, 1, "once");
    site.verifies().await;
}

#[tokio::test]
async fn who_pays_later_is_told_when_a_host_takes_the_places_away_and_not_of_what_they_did_themselves() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Door)).make().await;
    let (first, second) = (owed(&site, &event, 1, 1).await, owed(&site, &event, 2, 2).await);
    let mut guest = site.browser();
    guest.visit(&first.secret_path(&site.app)).await.follow("Give up these places").await;
    guest.press("Give up").await.is(200);
    site.work().await;
    assert_eq!((now(&site, &first).await.state, site.letters("order_cancelled").await), (OrderState::Cancelled, 0));
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests", event.path())).await.fill("which", "all").press("Remove…").await;
    host.sees("Remove 2 places").sees("Who ordered is told by mail.");
    host.press("Remove them").await.is(200);
    let mail = site.mail_to("guest2@example.org").await;
    assert_eq!(mail.subject, "Places given back: Jazz");
    assert!(mail.text.contains(&second.number()), "{}", mail.text);
    assert_eq!((site.letters("order_cancelled").await, taken(&site, &event).await), (1, 0), "one for both places");
    site.verifies().await;
}

#[tokio::test]
async fn who_does_not_transfer_in_time_is_told_and_who_did_not_come_to_pay_at_the_door_is_not() {
    for (way, letters) in [(PayLater::Transfer, 1), (PayLater::Door, 0)] {
        let site = Site::start().await;
        let event = site.event("Jazz").price(CHF_20).with(paid(way)).make().await;
        let order = owed(&site, &event, 1, 2).await;
        site.later(days(6) - minutes(5)).await;
        assert_eq!(site.letters("order_cancelled").await, 0, "not before");
        for _ in 0..3 {
            site.later(days(1)).await;
        }
        assert_eq!(
            (now(&site, &order).await.state, site.letters("order_cancelled").await),
            (OrderState::Ended, letters)
        );
        let mails = site.mails_to("guest1@example.org").await;
        let told: Vec<_> = mails.iter().filter(|mail| mail.subject == "Not paid in time: Jazz").collect();
        assert_eq!(told.len(), letters);
        assert!(told.iter().all(|mail| mail.text.contains(&order.number())), "{told:#?}");
        site.verifies().await;
    }
}

#[tokio::test]
async fn who_pays_later_is_mailed_again_how_to_pay_and_no_link_to_confirm() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(paid(PayLater::Door)).make().await;
    owed(&site, &event, 1, 2).await;
    site.work().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests", event.path())).await.press_starting("Mail again").await.is(200);
    let (subject, text) = told(&site).await;
    assert_eq!((subject.as_str(), site.letters("owed").await), ("Places kept for you: Jazz", 2));
    assert!(text.contains("Pay CHF 40.00 at the door.") && !text.contains("/confirm/"), "{text}");
}

#[tokio::test]
async fn a_guest_who_pays_at_the_door_learns_a_hidden_place_from_the_mail_alone() {
    let site = Site::start().await;
    let hidden = |event: &mut Event| {
        paid(PayLater::Door)(event);
        event.reveal = Reveal::Holders;
    };
    let event = site.event("Jazz").price(CHF_20).with(hidden).make().await;
    let mut anybody = site.browser();
    anybody.visit(&event.path()).await.fill("name", "Ada").fill("email", "ada@example.org").fill("pay", "later");
    anybody.press("Get tickets").await.is(200).sees("Your place is kept").misses("Market square 1");
    anybody.sees("Open the link in the mail to ada@example.org to see where it is.");
    let page = anybody.path.clone();
    let mail = site.mail_to("ada@example.org").await;
    assert!(mail.text.contains("Market square 1"), "{}", mail.text);
    // Neither the way to the provider and back nor a file of the calendar tells more.
    anybody.follow("Calendar").await.is(200);
    assert!(!anybody.html().contains("Market square") && anybody.html().contains("Basel"), "{}", anybody.html());
    anybody.visit(&page).await.press_starting("Pay CHF").await.is(200);
    anybody.press("Go back without paying").await.is(200);
    anybody.misses("Market square 1");
    let mailed = link(&mail, "/orders/");
    assert!(!mailed.ends_with(page.split_once("key=").unwrap().1), "the mail's link is not the form's");
    anybody.visit(&mailed).await.is(200).sees("Market square 1").misses("Open the link");
    // Once it is paid for, whoever has either sees it.
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests", event.path())).await.press_starting("Mark as paid").await.is(200);
    anybody.visit(&page).await.is(200).sees("Market square 1");
}

#[tokio::test]
async fn who_pays_at_the_door_is_told_a_place_that_is_for_those_who_come_and_who_transfers_is_once_it_is_paid() {
    for (way, shown) in [(PayLater::Door, true), (PayLater::Transfer, false)] {
        let site = Site::start().await;
        let hidden = |event: &mut Event| {
            paid(way)(event);
            event.reveal = Reveal::Holders;
        };
        let event = site.event("Jazz").price(CHF_20).with(hidden).make().await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await.misses("Market square 1");
        ada.fill("pay", "later").press("Get tickets").await.is(200).sees("Your place is kept");
        let order = orders::store::live_at(&site.app.db, event.id).await.unwrap().remove(0);
        assert_eq!(order.hold, Some(Hold::Owed));
        let mail = site.mail_to("ada@example.org").await;
        assert!(mail.subject == "Places kept for you: Jazz" && mail.text.contains("Basel"), "{}", mail.text);
        assert_eq!((mail.text.contains("Market square 1"), mail.files.len()), (shown, usize::from(shown)));
        let own = crate::giving::own_calendar(&mut ada).await;
        let sees = async |ada: &mut Browser, page: &str, shown: bool| {
            let said = ada.visit(page).await.is(200).html().replace("\r\n ", "");
            assert_eq!(said.contains("Market square 1"), shown, "{way:?} {page}: {said}");
        };
        let file = format!("{}/calendar.ics", order.path());
        ada.visit(&file).await.is(if shown { 200 } else { 404 });
        let mut pages = vec![order.path(), event.path(), format!("/api/v1{}", event.path()), own];
        for page in &pages {
            sees(&mut ada, page, shown).await;
        }
        put_off(&site, &event, days(7)).await;
        let mail = site.mail_to("ada@example.org").await;
        assert!(mail.subject == "Changed: Jazz" && mail.text.contains("Market square 1") == shown, "{}", mail.text);
        let mut host = site.member("host").await;
        host.visit(&format!("{}/guests", event.path())).await.press_starting("Mark as paid").await.is(200);
        pages.push(file);
        for page in &pages {
            sees(&mut ada, page, true).await;
        }
        site.verifies().await;
    }
}
