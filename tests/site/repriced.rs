//! Other prices and the money that is under way: the last checkout, money that came, places that are paid later.
use marquee::clock;
use marquee::orders::OrderState;
use marquee::orders::price::Off;
use marquee::payments::PaymentState;

use crate::payments::{buy, latest};
use crate::promo_codes::code;
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
