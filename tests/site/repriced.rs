//! Other prices and the money that is under way: the last checkout, money that came, places that are paid later.
use marquee::clock;
use marquee::decide;
use marquee::journal::Actor;
use marquee::orders::price::Off;
use marquee::orders::{Buyer, OrderState, Refusal, Way, Wish, promo_codes, repricing};
use marquee::payments::checkout::Back;
use marquee::payments::{self, PaymentState, Why, refunds};

use crate::payments::{at_the_till, bought, buy, latest};
use crate::promo_codes::code;
use crate::races::{take, wish};
use crate::site::Site;

#[tokio::test]
async fn the_last_checkout_that_an_order_may_have_is_not_ended_for_another_price() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "ten", |_| {}).await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await;
    buy(&mut ada).await.is(200);
    site.later(clock::minutes(25)).await;
    ada.press_starting("Pay CHF").await.is(200).sees("No money moves.");
    site.later(clock::minutes(15)).await;
    let (order, ..) = latest(&site, &event).await;
    let mut again = site.member("ada").await;
    again.visit(&order.path()).await.fill("promo", "ten").press("Use the code").await.is(422);
    again.sees("It is too late to change what these places cost.");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.total, payments.len(), payments[0].state), (2_800, 1, PaymentState::Open));
    ada.press("Pay").await.is(200).sees("You’re going");
    site.verifies().await;
}

#[tokio::test]
async fn who_may_not_have_it_free_keeps_the_checkout() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let all = code(&site, &event, "all", |planned| planned.off = Off::Percent(100)).await;
    bought(&site, &event, "ada", "1").await;
    // Of free places there is one order a person.
    let wish = wish(&site.app, &event, Buyer::member(&site.account_named("ada").await), 0, 1).await;
    let id = take(&site.app, &Wish { way: Way::Own, ..wish }).await.unwrap().id();
    payments::begin(&site.app, id, &Back::default(), Actor::Guest).await.unwrap();
    let refused = repricing::put_on(&site.app, id, "all", Actor::Guest).await;
    assert!(matches!(refused, Err(Refusal::AlreadyGoing)), "{refused:?}");
    let payments = payments::store::of_order(&site.app.db, id).await.unwrap();
    assert_eq!((payments.len(), payments[0].state), (1, PaymentState::Open));
    assert_eq!(promo_codes::store::uses(&site.app.db, all.id).await.unwrap(), 0);
    site.verifies().await;
}

#[tokio::test]
async fn while_money_is_there_that_bought_nothing_the_price_stays_and_once_it_is_back_it_may_change() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "ten", |_| {}).await;
    at_the_till(&site, &event, "ada", "1").await;
    let (order, ..) = latest(&site, &event).await;
    crate::desk::another_amount(&site, &order).await;
    let refused = repricing::put_on(&site.app, order.id, "ten", Actor::Guest).await;
    assert!(matches!(refused, Err(Refusal::MoneyCame)), "{refused:?}");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, order.total, payments[0].received), (OrderState::Held, 2_800, 100));
    let now = site.now();
    let given: Result<(), Refusal> = decide!(site.app.db, tx, {
        let payment = &payments[0];
        refunds::ask(tx, Some(&order), payment, 100, Why::Amount, &[], Actor::Operator, now).await.map(drop)
    });
    given.unwrap();
    assert_eq!(repricing::put_on(&site.app, order.id, "ten", Actor::Guest).await.unwrap().total, 2_520);
    site.work().await;
    site.verifies().await;
}

#[tokio::test]
async fn what_costs_nothing_any_more_needs_no_other_checkout_so_it_is_never_too_late() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "all", |planned| planned.off = Off::Percent(100)).await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await;
    buy(&mut ada).await.is(200);
    site.later(clock::minutes(25)).await;
    ada.press_starting("Pay CHF").await.is(200);
    site.later(clock::minutes(15)).await;
    let (order, ..) = latest(&site, &event).await;
    ada.visit(&order.path()).await.fill("promo", "all").press("Use the code").await.is(200).sees("You’re going");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, payments[0].state), (OrderState::Confirmed, PaymentState::Ended));
    site.verifies().await;
}
