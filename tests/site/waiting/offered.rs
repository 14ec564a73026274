//! Places that the waiting list offers at a price of one's choice: whoever accepts them says how much.
use marquee::api::Scope;
use marquee::events::Event;
use marquee::journal::Actor;
use marquee::orders::price::Off;
use marquee::orders::{Hold, Order, OrderState, promo_codes, repricing};
use marquee::payments::PaymentState;
use serde_json::json;

use super::{fill, give_back, joins, order_of};
use crate::payments::latest;
use crate::promo_codes::code;
use crate::site::Site;

/// Two places at an event are offered to ada.
async fn offered(site: &Site, event: &Event) -> Order {
    let taken = fill(site, event, 2).await;
    let party = joins(site, event, "ada", 2).await;
    for order in taken {
        give_back(&site.app, order).await.unwrap();
    }
    site.work().await;
    let order = order_of(site, party).await;
    assert_eq!((order.total, order.hold), (2_500, Some(Hold::Offer)), "what the host suggests");
    order
}

#[tokio::test]
async fn whoever_accepts_an_offer_chooses_what_to_give_from_the_least_on() {
    let site = Site::start().await;
    let event = site.event("Supper").capacity(2).type_donation(500, 1_250).make().await;
    let order = offered(&site, &event).await;
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "It is your turn: Supper");
    let text = mail.text.replace('\u{a0}', " ");
    assert!(text.contains("You choose what you give for each: CHF 5.00 or more.") && !text.contains("25.00"), "{text}");
    let mut ada = site.member("ada").await;
    ada.visit(&order.path()).await.is(200).field_is("amount", "12.50").sees("From CHF 5");
    for less in ["4.99", "0", "", "0.20"] {
        ada.fill("amount", less).press("Pay").await.is(422).field_is("amount", less);
        assert_eq!(ada.error_at("amount"), "Give CHF 5 or more.", "{less:?}");
    }
    ada.fill("amount", "7,50").press("Pay").await.is(200).sees("No money moves.").sees("CHF 15");
    ada.visit(&order.path()).await.is(200).field_is("amount", "7.50");
    ada.fill("amount", "20").press("Pay").await.is(200).sees("CHF 40");
    ada.press("Pay").await.is(200).sees("You’re going");
    let (order, mut payments, refunds) = latest(&site, &event).await;
    payments.sort_by_key(|payment| payment.amount);
    let states: Vec<_> = payments.iter().map(|payment| (payment.amount, payment.state)).collect();
    assert_eq!(states, [(1_500, PaymentState::Ended), (4_000, PaymentState::Paid)]);
    assert_eq!((order.state, order.total, refunds.len()), (OrderState::Confirmed, 4_000, 0));
    site.verifies().await;
}

#[tokio::test]
async fn who_gives_nothing_where_that_is_enough_has_the_places_at_once() {
    let site = Site::start().await;
    let event = site.event("Supper").capacity(2).type_donation(0, 1_250).make().await;
    let order = offered(&site, &event).await;
    let mut ada = site.member("ada").await;
    ada.visit(&order.path())
        .await
        .fill("amount", "0")
        .press("Pay")
        .await
        .is(200)
        .at(&order.path())
        .sees("You’re going");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, order.total, payments.len()), (OrderState::Confirmed, 0, 0));
    site.verifies().await;
}

#[tokio::test]
async fn programs_accept_an_offer_with_what_their_person_gives_and_choose_no_other_price() {
    let site = Site::start().await;
    let event = site.event("Supper").capacity(2).type_donation(500, 1_250).make().await;
    let order = offered(&site, &event).await;
    let ada = site.program_of(&site.account_named("ada").await, &[Scope::Read, Scope::Write]).await;
    let body = |order: &str, amount: i64| json!({ "order_id": order, "amount": amount });
    let id = order.id.to_string();
    assert!(ada.post("/api/v1/payments/create", body(&id, 499)).await.is(422).data()["amount"].is_string());
    let opened = ada.post("/api/v1/payments/create", body(&id, 2_000)).await.is(201);
    assert_eq!(opened.data()["amount"], json!(4_000), "{}", opened.text);
    let fixed = site.event("Jazz").price(2_800).make().await;
    let held = ada.post(&format!("/api/v1{}/orders", fixed.path()), json!({ "places": 1 })).await.is(201);
    let id = held.data()["id"].as_str().unwrap().to_owned();
    assert!(ada.post("/api/v1/payments/create", body(&id, 100)).await.is(422).data()["amount"].is_string());
    let (order, payments, _) = latest(&site, &fixed).await;
    assert_eq!((order.total, payments.len()), (2_800, 0));
    site.verifies().await;
}

#[tokio::test]
async fn a_code_that_takes_nothing_off_what_somebody_gives_is_free_for_others() {
    let site = Site::start().await;
    let event = site.event("Supper").capacity(2).type_donation(0, 1_250).make().await;
    let once = code(&site, &event, "once", |planned| planned.off = Off::Percent(1)).await;
    let order = offered(&site, &event).await;
    let reduced = repricing::put_on(&site.app, order.id, "once", Actor::Guest).await.unwrap();
    assert!(reduced.total < order.total && reduced.promo_id.is_some(), "{reduced:?}");
    let mut ada = site.member("ada").await;
    ada.visit(&order.path()).await.fill("amount", "0").press("Pay").await.is(200);
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.total, order.discount, order.promo_id), (0, 0, None));
    assert_eq!((order.is_confirmed(), payments.len()), (true, 0));
    assert_eq!(promo_codes::store::uses(&site.app.db, once.id).await.unwrap(), 0);
    site.verifies().await;
}

#[tokio::test]
async fn a_program_whose_payment_is_refused_has_accepted_nothing() {
    let site = Site::start().await;
    let event = site.event("Supper").capacity(2).type_donation(0, 1_250).make().await;
    let id = offered(&site, &event).await.id.to_string();
    let ada = site.program_of(&site.account_named("ada").await, &[Scope::Read, Scope::Write]).await;
    let body = |amount: i64, all: Option<i64>| json!({ "order_id": id, "amount": amount, "amount_cents": all });
    let wrong = [
        (1_500, Some(2_800), "amount_cents"),
        (0, Some(2_500), "amount_cents"),
        (0, Some(0), "amount"),
        (0, None, "amount"),
        (1_250, Some(1), "amount_cents"),
    ];
    for (amount, all, field) in wrong {
        let refused = ada.post("/api/v1/payments/create", body(amount, all)).await.is(422);
        assert!(refused.data()[field].is_string(), "{amount} {all:?}: {}", refused.text);
        let (order, payments, _) = latest(&site, &event).await;
        assert_eq!((order.state, order.total, payments.len()), (OrderState::Held, 2_500, 0), "{amount} {all:?}");
    }
    let opened = ada.post("/api/v1/payments/create", body(1_500, Some(3_000))).await.is(201);
    assert_eq!(opened.data()["amount"], json!(3_000), "{}", opened.text);
    ada.post("/api/v1/payments/create", body(1_000, Some(3_000))).await.is(422);
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.total, payments[0].state), (3_000, PaymentState::Open), "it goes on as it was");
    site.verifies().await;
}
