//! A promo code on an order that has its places and waits to be paid: put on, exchanged, taken off.
use marquee::api::Scope;
use marquee::clock;
use marquee::decide;
use marquee::events::{self, Event};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::orders::price::Off;
use marquee::orders::promo_codes::{self, PromoCode};
use marquee::orders::{self, Buyer, Hold, Order, OrderState, Refusal, Way, Wish, repricing};
use marquee::payments::checkout::Back;
use marquee::payments::local::Fault;
use marquee::payments::{self, Gateway, PaymentState};
use serde_json::json;

use crate::browser::Browser;
use crate::payments::{at_the_till, buy, latest};
use crate::promo_codes::code;
use crate::races::{guest, take, wish};
use crate::site::Site;
use crate::{taxes, waiting};

async fn uses(site: &Site, code: &PromoCode) -> i64 {
    promo_codes::store::uses(&site.app.db, code.id).await.unwrap()
}

/// A guest's order that waits to be paid.
async fn held(site: &Site, event: &Event, n: usize) -> Id<Order> {
    let wish = wish(&site.app, event, guest(n), 0, 1).await;
    take(&site.app, &Wish { way: Way::Own, ..wish }).await.unwrap().id()
}

async fn order(site: &Site, id: Id<Order>) -> Order {
    orders::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

/// A member on the page of so many places that wait to be paid.
async fn before_paying(site: &Site, event: &Event, name: &str, people: &str) -> Browser {
    let mut browser = site.member(name).await;
    browser.visit(&event.path()).await.fill("people", people);
    buy(&mut browser).await.is(200).sees("Kept for you until");
    browser
}

#[tokio::test]
async fn a_code_is_put_on_before_paying_and_taken_off_again() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let ten = code(&site, &event, "Winter10", |_| {}).await;
    let five = code(&site, &event, "five", |planned| planned.off = Off::Amount(500)).await;
    let mut ada = before_paying(&site, &event, "ada", "2").await;
    ada.fill("promo", " winter10 ").press("Use the code").await.is(200).sees("Promo code Winter10").sees("−CHF 5.60");
    assert!(ada.has_button("Pay CHF 50.40"));
    assert_eq!((uses(&site, &ten).await, uses(&site, &five).await), (1, 0));
    site.verifies().await;
    ada.press("Take the code Winter10 off").await.is(200).misses("Promo code Winter10");
    assert!(ada.has_button("Pay CHF 56.00"));
    assert_eq!(uses(&site, &ten).await, 0, "free for others");
    ada.fill("promo", "five").press("Use the code").await.is(200);
    ada.press_starting("Pay CHF 51.00").await.press("Pay").await.is(200).sees("The promo code five took CHF 5.00 off.");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, order.total, payments[0].received), (OrderState::Confirmed, 5_100, 5_100));
    ada.post(&format!("{}/promo-code", order.path()), &[("promo", "winter10")]).await.is(303);
    assert_eq!((latest(&site, &event).await.0.total, uses(&site, &ten).await), (5_100, 0), "what is paid is paid");
    site.verifies().await;
}

#[tokio::test]
async fn one_code_takes_the_place_of_another_and_a_promise_is_kept() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let ten = code(&site, &event, "ten", |planned| planned.most_uses = Some(1)).await;
    code(&site, &event, "half", |planned| planned.off = Off::Percent(50)).await;
    let id = held(&site, &event, 1).await;
    for (typed, total) in [("ten", 2_520), ("TEN", 2_520), ("half", 1_400), ("ten", 2_520)] {
        let order = repricing::put_on(&site.app, id, typed, Actor::Guest).await.unwrap();
        assert_eq!(order.total, total, "of the whole price, never of one that is reduced: {typed}");
    }
    let (app, now) = (&site.app, site.now());
    decide!(app.db, tx, promo_codes::end(tx, event.id, ten.id, Actor::Operator, now).await).unwrap();
    assert_eq!(repricing::put_on(app, id, "ten", Actor::Guest).await.unwrap().total, 2_520, "it was promised");
    assert!(matches!(repricing::put_on(app, id, " ", Actor::Guest).await, Err(Refusal::UnknownPromo)));
    site.later(clock::minutes(35)).await;
    assert_eq!((order(&site, id).await.state, uses(&site, &ten).await), (OrderState::Ended, 0));
    assert!(matches!(repricing::take_off(app, id, Actor::Guest).await, Err(Refusal::HoldOver)));
    site.verifies().await;
}

#[tokio::test]
async fn a_code_that_does_not_count_is_refused_at_its_field_and_guessing_is_limited() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "once", |planned| planned.most_uses = Some(1)).await;
    let other = held(&site, &event, 1).await;
    repricing::put_on(&site.app, other, "once", Actor::Guest).await.unwrap();
    let mut ada = before_paying(&site, &event, "ada", "1").await;
    for (typed, why) in [("nosuch", "has no such promo code"), ("once", "used as often as it can be")] {
        ada.fill("promo", typed).press("Use the code").await.is(422).field_is("promo", typed);
        assert!(ada.error_at("promo").contains(why), "{typed}: {}", ada.error_at("promo"));
    }
    let (order, ..) = latest(&site, &event).await;
    assert_eq!((order.total, order.promo_id), (2_800, None));
    let path = format!("{}/promo-code", order.path());
    for n in 0..9 {
        ada.post(&path, &[("promo", &format!("guess{n}"))]).await.is(422);
    }
    ada.post(&path, &[("promo", "once")]).await.is(429);
    let mut eve = site.member("eve").await;
    eve.post(&path, &[("promo", "nosuch")]).await.is(404);
    eve.post(&format!("{path}/removal"), &[]).await.is(404);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_orders_that_race_for_the_last_use_one_gets_it() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let event = site.event("Jazz").capacity(40).price(2_800).make().await;
    let last = code(&site, &event, "last", |planned| planned.most_uses = Some(1)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (id, app) = (held(&site, &event, n).await, apps[n % 2].clone());
        tasks.spawn(async move { repricing::put_on(&app, id, "LAST", Actor::Guest).await });
    }
    let outcomes = tasks.join_all().await;
    let told = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refusal::PromoUsedUp))).count();
    assert_eq!((outcomes.iter().filter(|outcome| outcome.is_ok()).count(), told), (1, 39), "{outcomes:#?}");
    assert_eq!(uses(&site, &last).await, 1);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pays_while_a_code_comes_and_goes_is_asked_for_what_the_order_costs() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "ten", |_| {}).await;
    let id = held(&site, &event, 1).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let app = apps[n / 4 % 2].clone();
        tasks.spawn(async move {
            match n % 4 {
                0 => drop(repricing::put_on(&app, id, "ten", Actor::Guest).await),
                1 => drop(repricing::take_off(&app, id, Actor::Guest).await),
                _ => drop(payments::begin(&app, id, &Back::default(), Actor::Guest).await),
            }
        });
    }
    tasks.join_all().await;
    let (order, payments, _) = latest(&site, &event).await;
    assert!(order.is_held(), "{order:?}");
    for open in payments.iter().filter(|payment| payment.is_open()) {
        assert_eq!(open.amount, order.total);
    }
    site.verifies().await;
}

#[tokio::test]
async fn a_payment_page_that_is_open_is_closed_before_the_price_changes() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "ten", |_| {}).await;
    let mut old = at_the_till(&site, &event, "ada", "1").await;
    let mut ada = site.member("ada").await;
    let (order, ..) = latest(&site, &event).await;
    ada.visit(&order.path()).await.fill("promo", "nosuch").press("Use the code").await.is(422);
    assert_eq!(latest(&site, &event).await.1[0].state, PaymentState::Open, "a wrong code closes nothing");
    ada.fill("promo", "ten").press("Use the code").await.is(200);
    assert_eq!(latest(&site, &event).await.1[0].state, PaymentState::Ended);
    old.press("Pay").await;
    site.work().await;
    assert_eq!(latest(&site, &event).await.0.state, OrderState::Held, "the old price buys nothing");
    ada.visit(&order.path()).await.press_starting("Pay CHF 25.20").await.press("Pay").await.is(200);
    let (order, payments, refunds) = latest(&site, &event).await;
    let received: i64 = payments.iter().map(|payment| payment.received).sum();
    assert_eq!((order.state, received, refunds.len()), (OrderState::Confirmed, 2_520, 0));
    site.verifies().await;
}

#[tokio::test]
async fn while_the_provider_does_not_answer_the_price_stays() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "ten", |_| {}).await;
    at_the_till(&site, &event, "ada", "1").await;
    let (order, ..) = latest(&site, &event).await;
    let Some(Gateway::Local(local)) = &site.app.gateway else { panic!("no local provider") };
    local.set_weather(|_| Fault::Before);
    let refused = repricing::put_on(&site.app, order.id, "ten", Actor::Guest).await;
    assert!(matches!(refused, Err(Refusal::NoAnswer)), "{refused:?}");
    local.set_weather(|_| Fault::None);
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.total, order.promo_id, payments[0].state), (2_800, None, PaymentState::Open));
    assert_eq!(repricing::put_on(&site.app, order.id, "ten", Actor::Guest).await.unwrap().total, 2_520);
    site.verifies().await;
}

#[tokio::test]
async fn an_offer_of_the_waiting_list_takes_a_code_too() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(1).price(2_800).make().await;
    code(&site, &event, "ten", |_| {}).await;
    let full = waiting::fill(&site, &event, 1).await;
    let party = waiting::joins(&site, &event, "ada", 1).await;
    waiting::give_back(&site.app, full[0]).await.unwrap();
    site.work().await;
    let offer = waiting::order_of(&site, party).await;
    let mut ada = site.member("ada").await;
    ada.visit(&offer.path()).await.sees("This offer stands until");
    ada.fill("promo", "ten").press("Use the code").await.is(200).sees("This offer stands until");
    ada.press_starting("Pay CHF 25.20").await.press("Pay").await.is(200).sees("You’re going");
    site.verifies().await;
}

#[tokio::test]
async fn what_costs_nothing_any_more_is_confirmed_at_once_and_for_a_guest_by_mail() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "all", |planned| planned.off = Off::Percent(100)).await;
    let mut ada = before_paying(&site, &event, "ada", "1").await;
    ada.fill("promo", "all").press("Use the code").await.is(200).sees("You’re going");
    let (order, payments, _) = latest(&site, &event).await;
    assert_eq!((order.state, order.total, payments.len()), (OrderState::Confirmed, 0, 0));
    // Of free places there is one order a person.
    let wish = wish(&site.app, &event, Buyer::member(&site.account_named("ada").await), 0, 1).await;
    let again = take(&site.app, &Wish { way: Way::Own, ..wish }).await.unwrap().id();
    let refused = repricing::put_on(&site.app, again, "all", Actor::Guest).await;
    assert!(matches!(refused, Err(Refusal::AlreadyGoing)), "{refused:?}");
    let mut bob = site.browser();
    bob.visit(&event.path()).await.fill("name", "Bob").fill("email", "bob@example.org");
    buy(&mut bob).await.fill("promo", "all").press("Use the code").await.is(200).sees("Look into your mail");
    let (order, ..) = latest(&site, &event).await;
    assert_eq!((order.state, order.hold), (OrderState::Held, Some(Hold::Confirm)));
    let mail = site.mail_to("bob@example.org").await;
    bob.visit(&crate::site::link(&mail, "/confirm/"))
        .await
        .press("Confirm my places")
        .await
        .is(200)
        .sees("You’re going");
    site.verifies().await;
}

#[tokio::test]
async fn the_tax_is_that_of_the_new_price_and_comes_back_with_the_old_one() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let of = events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    taxes::rate(&site, &event, ("City tax", 10_000, false), &[of[0].id]).await;
    code(&site, &event, "half", |planned| planned.off = Off::Percent(50)).await;
    let id = held(&site, &event, 1).await;
    assert_eq!(order(&site, id).await.total, 3_080);
    // What a host changes now is not this order's.
    taxes::rate(&site, &event, ("City tax", 20_000, false), &[of[0].id]).await;
    assert_eq!(repricing::put_on(&site.app, id, "half", Actor::Guest).await.unwrap().total, 1_540);
    let tickets = orders::store::tickets(&site.app.db, id).await.unwrap();
    assert_eq!((tickets[0].price, tickets[0].discount, tickets[0].tax, tickets[0].added), (1_540, 1_400, 140, 140));
    site.verifies().await;
    assert_eq!(repricing::take_off(&site.app, id, Actor::Guest).await.unwrap().total, 3_080);
    site.verifies().await;
}

#[tokio::test]
async fn programs_put_codes_on_and_take_them_off() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "Ten", |_| {}).await;
    let (ada, eve) = (site.account("ada").await, site.account("eve").await);
    let (ada, eve) = (site.program_of(&ada, &[Scope::Write]).await, site.program_of(&eve, &[Scope::Write]).await);
    let made = ada.post(&format!("/api/v1/events/{}/orders", event.slug), json!({})).await.is(201);
    let path = format!("/api/v1/orders/{}/promo-code", made.data()["id"].as_str().unwrap());
    let put = ada.post(&path, json!({ "promo_code": " ten " })).await.is(200);
    assert_eq!((&put.data()["total"], &put.data()["promo_code"]), (&json!(2_520), &json!("Ten")));
    ada.post(&path, json!({ "promo_code": "nosuch" })).await.is(422);
    ada.post(&path, json!({})).await.is(422);
    eve.post(&path, json!({ "promo_code": "ten" })).await.is(404);
    for _ in 0..2 {
        let off = ada.delete(&path).await.is(200);
        assert_eq!((&off.data()["total"], &off.data()["promo_code"]), (&json!(2_800), &json!(null)));
    }
    site.verifies().await;
}
