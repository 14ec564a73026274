//! Other prices and the money that is under way: the last checkout, money that came, places that are paid later.
use marquee::clock;
use marquee::db::sql;
use marquee::decide;
use marquee::events::{Event, PayLater};
use marquee::i18n::Day;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::orders::price::Off;
use marquee::orders::{self, Buyer, Hold, Order, OrderState, Refusal, Way, Wish, promo_codes, repricing};
use marquee::payments::checkout::Back;
use marquee::payments::{self, PaymentState, Why, refunds};
use serde_json::json;

use crate::payments::{at_the_till, bought, buy, latest};
use crate::promo_codes::code;
use crate::races::{guest, take, wish};
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

/// An order of a guest who pays at the door, and the code of its ticket.
async fn owed(site: &Site, event: &Event, n: usize) -> (Id<Order>, String) {
    let wish = wish(&site.app, event, guest(n), 0, 1).await;
    let id = take(&site.app, &Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap().id();
    (id, orders::store::tickets(&site.app.db, id).await.unwrap().remove(0).code)
}

/// What came of an order, and how much.
async fn received(site: &Site, id: Id<Order>) -> (OrderState, Vec<i64>) {
    let order = orders::store::by_id(&site.app.db, id).await.unwrap().unwrap();
    let payments = payments::store::of_order(&site.app.db, id).await.unwrap();
    (order.state, payments.iter().map(|payment| payment.received).collect())
}

fn at_the_door(event: &mut Event) {
    event.terms.pay_later = PayLater::Door;
}

#[tokio::test]
async fn who_takes_the_money_at_the_door_is_told_that_the_price_changed_and_writes_down_what_they_were_shown() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).with(at_the_door).make().await;
    code(&site, &event, "five", |planned| planned.off = Off::Amount(500)).await;
    let (id, ticket) = owed(&site, &event, 1).await;
    let mut door = site.door(&event).await;
    door.fill("code", &ticket).press("Check in").await.sees("Not paid: CHF 28");
    repricing::put_on(&site.app, id, "five", Actor::Guest).await.unwrap();
    door.press_starting("Paid, let in").await.is(200).sees("The price changed meanwhile: it is CHF 23 now.");
    assert_eq!(received(&site, id).await, (OrderState::Held, vec![]));
    door.press_starting("Paid, let in").await.sees("Let them through");
    assert_eq!(received(&site, id).await, (OrderState::Confirmed, vec![2_300]));
    site.verifies().await;
}

#[tokio::test]
async fn a_host_marks_as_paid_what_they_were_shown_and_nothing_else() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).with(at_the_door).make().await;
    code(&site, &event, "five", |planned| planned.off = Off::Amount(500)).await;
    let mut host = site.member("host").await;
    for (n, button) in [(1, "Mark as paid"), (2, "I have the money")] {
        let (id, _) = owed(&site, &event, n).await;
        let order = format!("{}/orders/{id}", event.path());
        let page = if n == 1 { format!("{}/guests", event.path()) } else { order };
        host.visit(&page).await;
        repricing::put_on(&site.app, id, "five", Actor::Guest).await.unwrap();
        host.press_starting(button).await.is(200).sees("The price changed meanwhile: it is CHF 23 now.");
        assert_eq!(received(&site, id).await, (OrderState::Held, vec![]), "{button}");
        host.visit(&page)
            .await
            .press_starting(button)
            .await
            .is(200)
            .sees("Paid. The tickets are on their way by mail.");
        assert_eq!(received(&site, id).await, (OrderState::Confirmed, vec![2_300]), "{button}");
    }
    site.verifies().await;
}

#[tokio::test]
async fn money_that_bought_nothing_and_goes_back_at_the_provider_leaves_the_tickets_alone() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    let (order, payments, _) = latest(&site, &event).await;
    crate::desk::another_amount(&site, &order).await;
    ada.visit(&order.path()).await.press_starting("Pay CHF 28").await.press("Pay").await.is(200).sees("You’re going");
    site.work().await;
    ada.visit(payments[0].url.as_deref().unwrap()).await.press("Give it back outside the site").await;
    site.work().await;
    let (order, _, refunds) = latest(&site, &event).await;
    let back: Vec<_> = refunds.iter().map(|refund| (refund.payment_id, refund.why, refund.amount)).collect();
    assert_eq!((order.state, back), (OrderState::Confirmed, vec![(payments[0].id, Why::Outside, 100)]));
    site.verifies().await;
}

#[tokio::test]
async fn places_that_would_be_paid_later_are_kept_as_long_when_they_cost_nothing_any_more() {
    let site = Site::start().await;
    let later = |event: &mut Event| (event.terms.pay_later, event.terms.pay_later_hours) = (PayLater::Transfer, 24);
    let event = site.event("Jazz").price(2_800).with(later).make().await;
    code(&site, &event, "all", |planned| planned.off = Off::Percent(100)).await;
    let (id, _) = owed(&site, &event, 1).await;
    let until = |order: Option<Order>| order.unwrap().held_until.unwrap();
    let before = until(orders::store::by_id(&site.app.db, id).await.unwrap());
    let order = repricing::put_on(&site.app, id, "all", Actor::Guest).await.unwrap();
    assert_eq!((order.hold, order.held_until), (Some(Hold::Confirm), Some(before)));
    let mail = site.mail_to("guest1@example.org").await;
    let day = Day(before.in_zone(&event.time_zone()).date()).to_string();
    assert!(mail.text.contains(&format!("Confirm until {day}, ")), "{}", mail.text);
    site.later(clock::hours(1)).await;
    let mut guest = site.browser();
    guest.visit(&crate::site::link(&mail, "/confirm/")).await.sees(&format!("is kept for you until {day}, "));
    guest.press("Confirm my places").await.is(200).sees("You’re going");
    site.verifies().await;
}

#[tokio::test]
async fn of_what_costs_nothing_and_waits_for_the_mailed_link_nobody_says_that_its_places_were_freed() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).with(at_the_door).make().await;
    code(&site, &event, "all", |planned| planned.off = Off::Percent(100)).await;
    let (id, _) = owed(&site, &event, 1).await;
    let program = site.program();
    let path = format!("/api/v1/orders/{id}/promo-code?key={}", orders::key(&site.app, id));
    program.post(&path, json!({ "promo_code": "all" })).await.is(200);
    for answer in [program.post(&path, json!({ "promo_code": "all" })).await, program.delete(&path).await] {
        let answer = answer.is(409);
        assert!(answer.text.contains("These places cost nothing now."), "{}", answer.text);
    }
    site.verifies().await;
}

#[tokio::test]
async fn money_for_an_old_price_goes_back_with_a_letter_that_says_so() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    code(&site, &event, "five", |planned| planned.off = Off::Amount(500)).await;
    at_the_till(&site, &event, "ada", "1").await;
    let (order, payments, _) = latest(&site, &event).await;
    repricing::put_on(&site.app, order.id, "five", Actor::Guest).await.unwrap();
    // It was on its way when its checkout was ended.
    let mut tx = site.app.db.write().await.unwrap();
    let late = "UPDATE local_checkouts SET state = 'paid' WHERE payment = $1";
    sql(late).bind(payments[0].id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    payments::settle(&site.app, payments[0].id).await.unwrap();
    let letter = site.mail_to("ada@example.org").await.text;
    let (order, _, refunds) = latest(&site, &event).await;
    assert_eq!((order.state, refunds[0].why, refunds[0].amount), (OrderState::Held, Why::Repriced, 2_800));
    assert!(letter.contains("was asked for before the price changed"), "{letter}");
    assert!(letter.contains("Your places are still kept until"), "{letter}");
    site.verifies().await;
}
