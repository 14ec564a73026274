//! Refunds of a time when the site had left Stripe, once its key is back.
use std::collections::HashMap;

use marquee::clock;
use marquee::config::Environment;
use marquee::events::Event;
use marquee::jobs;
use marquee::orders::{Order, OrderState};
use marquee::payments::RefundState;

use super::giving::{gives_back, without_its_key};
use super::{CHF_28, Till, Weather, latest, notice};
use crate::payments::buy;

/// Two hours in which the site uses another service: what is asked for waits for a person.
async fn passes_without_its_key(till: &Till, order: &Order) {
    till.site.app.clock.advance(clock::hours(2));
    let left = without_its_key(till, Environment::Production).await;
    while jobs::run_next(&left).await.unwrap() {}
    assert_eq!(till.now(order).await.2[0].state, RefundState::Failed);
}

async fn tries_again(till: &Till, event: &Event, order: &Order) {
    let mut host = till.site.member("host").await;
    host.visit(&format!("{}/payments", event.path())).await.fill("reason", "The key is back.");
    host.press(&format!("Try again, {}", order.number())).await.is(200);
    till.site.work().await;
}

#[tokio::test]
async fn what_went_back_while_the_key_was_away_is_written_down_once_and_the_rest_goes_back_too() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let mut ada = till.site.member("ada").await;
    ada.visit(&event.path()).await.fill("people", "2");
    buy(&mut ada).await.is(200);
    ada.press_starting("Pay CHF").await;
    let session = till.stripe.session();
    till.stripe.pay(&session.id);
    till.back(&mut ada, &session).await.is(200).sees("You’re going");
    till.site.work().await;
    let (order, ..) = latest(&till.site, &event).await;
    till.stripe.books(|books| books.refunds_are = "pending");
    ada.visit(&order.path()).await.follow("give it back").await.press("Give back").await.is(200);
    till.site.work().await;
    passes_without_its_key(&till, &order).await;
    let told = till.stripe.books(|books| {
        books.refunds_are = "succeeded";
        books.refunds[0].status = "succeeded";
        books.refunds[0].json()
    });
    till.told(&notice("evt_1", "refund.updated", &told)).await;
    let (_, payments, refunds) = till.now(&order).await;
    assert_eq!((payments[0].refunded, refunds.len()), (0, 1), "it is ours, and nobody else's");
    tries_again(&till, &event, &order).await;
    assert_eq!(till.now(&order).await.1[0].refunded, CHF_28);
    gives_back(&mut ada, &order).await;
    till.site.work().await;
    let (order, payments, refunds) = till.now(&order).await;
    assert_eq!((order.state, payments[0].refunded, refunds.len()), (OrderState::Cancelled, 2 * CHF_28, 2));
    assert_eq!(till.stripe.books(|books| books.given_back(&session.intent)), 2 * CHF_28);
    till.site.verifies().await;
}

#[tokio::test]
async fn what_was_never_asked_of_a_service_and_is_given_at_its_dashboard_is_written_down_once() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (mut ada, order, session) = till.bought(&event, "ada").await;
    till.stripe.weather(|what| if what == "POST refunds" { Weather::Down } else { Weather::Fair });
    gives_back(&mut ada, &order).await;
    till.site.work().await;
    till.stripe.fair();
    passes_without_its_key(&till, &order).await;
    let charge = till.stripe.books(|books| {
        books.give_back(&session, CHF_28, HashMap::new());
        session.charge_json(books.given_back(&session.intent), false)
    });
    till.told(&notice("evt_1", "charge.refunded", &charge)).await;
    assert_eq!(till.now(&order).await.2.len(), 1, "it may be the one that waits");
    tries_again(&till, &event, &order).await;
    let (order, payments, refunds) = till.now(&order).await;
    assert_eq!((order.state, payments[0].refunded, refunds.len()), (OrderState::Cancelled, CHF_28, 1));
    assert_eq!((refunds[0].state, refunds[0].amount), (RefundState::Confirmed, CHF_28));
    till.site.verifies().await;
}
