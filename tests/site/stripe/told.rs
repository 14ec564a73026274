//! What is told of orders whose money takes days, or that are just being paid: nobody is asked twice, and no place goes
//! without a word.
use marquee::clock;
use marquee::decide;
use marquee::events::Event;
use marquee::journal::Actor;
use marquee::orders::ending::By;
use marquee::orders::{self, Hold, Order, OrderState, Refusal};

use super::on_its_way::{bounced, by_transfer, debited, owed};
use super::paying::patient;
use super::{CHF_28, Till, latest};
use crate::reminding::put_off;

/// The latest mail to guest 1 says that the money is on its way, and asks for none.
async fn is_told_so(till: &Till, subject: &str) {
    let mail = till.site.mail_to("guest1@example.org").await;
    assert_eq!(mail.subject, subject);
    assert!(mail.text.contains("The payment for these places is on its way"), "{}", mail.text);
    assert!(mail.text.contains("See your order") && !mail.text.contains("Transfer"), "{}", mail.text);
    assert!(!mail.text.contains("stay valid") && !mail.text.contains("/confirm/"), "{}", mail.text);
}

#[tokio::test]
async fn while_money_is_on_its_way_no_letter_asks_for_it_again() {
    // The deadline is before, or far behind, the time that a bank has.
    for (starts, hold) in [(clock::days(7), Hold::OnItsWay), (clock::days(60), Hold::Owed)] {
        let till = patient().await;
        let event = till.site.event("Jazz").price(CHF_28).starts_in(starts).with(by_transfer).make().await;
        let (order, session) = owed(&till, &event).await;
        debited(&till, &session).await;
        assert_eq!(till.now(&order).await.0.hold, Some(hold));
        put_off(&till.site, &event, clock::days(1)).await;
        is_told_so(&till, "Changed: Jazz").await;
        let mut host = till.site.member("host").await;
        host.visit(&format!("{}/guests", event.path())).await.press_starting("Mail again").await.is(200);
        is_told_so(&till, "Places kept for you: Jazz").await;
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn whose_money_is_on_its_way_is_reminded_as_holders_are() {
    let till = patient().await;
    let event = till.site.event("Jazz").price(CHF_28).with(by_transfer).make().await;
    let (order, session) = owed(&till, &event).await;
    debited(&till, &session).await;
    till.site.later(clock::days(6) - clock::minutes(5)).await;
    till.site.later(clock::minutes(10)).await;
    assert_eq!((till.now(&order).await.0.hold, till.site.letters("reminder").await), (Some(Hold::OnItsWay), 1));
    is_told_so(&till, "A reminder: Jazz").await;
}

async fn taken_away(till: &Till, order: &Order) {
    let (app, now) = (&till.site.app, till.site.now());
    let cancelled: Result<Order, Refusal> =
        decide!(app.db, tx, orders::cancel(tx, order.id, By::Host(Actor::Site), now).await);
    assert_eq!(cancelled.unwrap().state, OrderState::Cancelled);
}

#[tokio::test]
async fn a_host_takes_no_places_without_a_word_whose_money_is_on_its_way() {
    for (pays, letters) in [(true, 1), (false, 0)] {
        let till = patient().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let (_, session) = till.at_stripe(&event, "ada").await;
        let (order, ..) = latest(&till.site, &event).await;
        if pays {
            debited(&till, &session.id).await;
        }
        taken_away(&till, &order).await;
        assert_eq!(till.site.letters("order_cancelled").await, letters, "of money on its way: {pays}");
        let mails = till.site.mails_to("ada@example.org").await;
        let told: Vec<_> = mails.iter().filter(|mail| mail.subject == "Places given back: Jazz").collect();
        assert_eq!(told.len(), letters);
        assert!(told.iter().all(|mail| mail.text.contains("When the money arrives, all of it goes back to you.")));
    }
}

#[tokio::test]
async fn who_was_promised_to_pay_later_and_is_just_paying_is_told_when_the_places_go() {
    for by_host in [true, false] {
        let till = patient().await;
        let starts = clock::hours(24) + clock::minutes(10);
        let event = till.site.event("Jazz").price(CHF_28).starts_in(starts).with(by_transfer).make().await;
        let (order, _) = owed(&till, &event).await;
        assert_eq!(till.now(&order).await.0.hold, Some(Hold::Paying));
        let subject = if by_host {
            taken_away(&till, &order).await;
            "Places given back: Jazz"
        } else {
            till.site.later(clock::hours(1)).await;
            assert_eq!(till.now(&order).await.0.state, OrderState::Ended);
            "Not paid in time: Jazz"
        };
        assert_eq!(till.site.mail_to("guest1@example.org").await.subject, subject);
        assert_eq!(till.site.letters("order_cancelled").await, 1);
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn whose_money_came_to_nothing_behind_the_deadline_is_told_that_the_places_are_gone() {
    for later in [true, false] {
        let till = patient().await;
        let terms = |event: &mut Event| {
            if later {
                by_transfer(event);
            }
        };
        let event = till.site.event("Jazz").price(CHF_28).with(terms).make().await;
        let (session, email) = if later {
            (owed(&till, &event).await.1, "guest1@example.org")
        } else {
            (till.at_stripe(&event, "ada").await.1.id, "ada@example.org")
        };
        let (order, ..) = latest(&till.site, &event).await;
        debited(&till, &session).await;
        till.site.later(clock::days(6) + clock::hours(1)).await;
        assert_eq!(till.now(&order).await.0.state, OrderState::Held);
        bounced(&till, &session).await;
        assert_eq!(till.now(&order).await.0.state, OrderState::Ended);
        let mail = till.site.mail_to(email).await;
        assert_eq!((mail.subject.as_str(), till.site.letters("order_cancelled").await), ("Not paid in time: Jazz", 1));
        assert!(mail.text.contains("take places again"), "{}", mail.text);
        till.site.verifies().await;
    }
}
