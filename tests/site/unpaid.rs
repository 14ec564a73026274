//! Places that are kept and not paid: what their buyers, hosts and doors are told of them, and how they are given up.
use marquee::clock;
use marquee::events::{Event, PayLater};
use marquee::orders::{self, OrderState, Way};
use marquee::payments::{self, RefundState};

use crate::payments::{at_the_till, bought, latest};
use crate::races::{guest, take, taken, wish};
use crate::site::Site;

const CHF_20: i64 = 2_000;

pub fn at_the_door(event: &mut Event) {
    event.terms.pay_later = PayLater::Door;
}

pub async fn owed(site: &Site, event: &Event, n: usize, places: i64) -> orders::Order {
    let wish = wish(&site.app, event, guest(n), 0, places).await;
    let id = take(&site.app, &orders::Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap().id();
    orders::store::by_id(&site.app.db, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_pays_at_the_door_may_come_late() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).starts_in(clock::hours(1)).with(at_the_door).make().await;
    let order = owed(&site, &event, 1, 1).await;
    let code = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).code;
    site.later(clock::hours(2)).await;
    let mut door = site.door(&event).await;
    door.sees("1 place is not paid or confirmed");
    door.fill("code", &code).press("Check in").await.sees("Not paid: CHF 20");
    door.press_starting("Paid, let in").await.sees("Let them through");
    let late = owed(&site, &event, 2, 1).await;
    site.later(clock::days(1)).await;
    assert_eq!(orders::store::by_id(&site.app.db, late.id).await.unwrap().unwrap().state, OrderState::Ended);
    site.verifies().await;
}

#[tokio::test]
async fn what_is_not_paid_is_called_so_and_can_be_given_up_at_any_time() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(|event| event.cancel_hours = 8_760).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "2").await;
    let mut door = site.door(&event).await;
    door.fill("code", "ada").press("Check in").await.sees("Not paid");
    let (order, ..) = latest(&site, &event).await;
    let code = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).code;
    door.fill("code", &code).press("Check in").await.sees("Not valid yet: this place is not paid.");
    ada.visit("/tickets").await.sees("Not paid yet").misses("Given back");
    ada.visit(&order.path()).await.follow("Give up these places").await.press("Give up").await.is(200);
    ada.sees("Given back").sees("They were free for others at once.").misses("The codes no longer");
    assert_eq!(taken(&site, &event).await, 0);
    site.work().await;
    site.verifies().await;
}

#[tokio::test]
async fn a_host_frees_the_places_of_an_order_that_is_not_paid() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(3).price(CHF_20).with(at_the_door).make().await;
    let order = owed(&site, &event, 1, 3).await;
    let ticket = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).id;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/guests/{ticket}/removal", event.path())).await.sees("all of its 3 places");
    host.press("Remove").await.is(200).sees("The place is free again.");
    assert_eq!(taken(&site, &event).await, 0);
    let (mut ada, order) = bought(&site, &event, "ada", "1").await;
    let ticket = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).id;
    host.visit(&format!("{}/guests/{ticket}/removal", event.path())).await.sees("CHF 20.00 goes back to ada.");
    host.visit(&format!("{}/cancellation", event.path())).await.sees("CHF 20.00 goes back to those who paid");
    host.visit(&format!("{}/guests/{ticket}/removal", event.path())).await.press("Remove").await;
    site.work().await;
    let letter = &site.mails_to("ada@example.org").await.into_iter().find(|mail| mail.text.contains("get CHF"));
    assert!(letter.as_ref().unwrap().text.contains("Places at “Jazz” were given back"), "{letter:?}");
    ada.visit(&order.path()).await.sees("CHF 20.00 was given back to you.");
    site.verifies().await;
}

#[tokio::test]
async fn after_a_cancellation_nobody_is_asked_to_pay() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).with(at_the_door).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    let (order, ..) = latest(&site, &event).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", event.path())).await.press("Cancel the event").await.is(200);
    // Before any job has run.
    ada.visit(&order.path()).await.sees("The event is cancelled.").misses("Pay CHF").misses("Kept for you until");
    site.work().await;
    site.verifies().await;
}

#[tokio::test]
async fn tickets_whose_money_went_back_before_are_taken_back_without_more() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).make().await;
    let (mut ada, order) = bought(&site, &event, "ada", "3").await;
    let mut host = site.member("host").await;
    let back = format!("{}{}/refund", event.path(), order.path());
    host.visit(&format!("{back}?amount=60")).await.press("Give back CHF 60.00").await.is(200);
    site.work().await;
    let tickets = orders::store::tickets(&site.app.db, order.id).await.unwrap();
    host.visit(&format!("{back}?ticket={}", tickets[0].id)).await.press("Take back").await.is(200);
    let refunds = payments::store::refunds_of_order(&site.app.db, order.id).await.unwrap();
    let all: Vec<_> = refunds.iter().map(|refund| (refund.amount, refund.state)).collect();
    assert_eq!((all, taken(&site, &event).await), (vec![(3 * CHF_20, RefundState::Confirmed)], 2));
    ada.visit(&order.path()).await.sees("Your 2 places are confirmed").sees("Give all 2 places back");
    site.verifies().await;
}

#[tokio::test]
async fn what_is_left_is_counted_without_what_is_on_its_way_back() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).make().await;
    let (mut ada, order) = bought(&site, &event, "ada", "3").await;
    let ticket = orders::store::tickets(&site.app.db, order.id).await.unwrap().remove(0).id;
    ada.visit(&format!("{}/tickets/{ticket}/cancellation", order.path())).await.press("Give back").await.is(200);
    ada.sees("Your 2 places are confirmed").sees("Give all 2 places back").sees("CHF 20.00 is on its way back to you.");
    site.work().await;
    assert!(site.mails_to("ada@example.org").await.iter().any(|mail| mail.text.contains("You have 2 places left")));
    site.verifies().await;
}

#[tokio::test]
async fn who_paid_and_opens_the_order_is_asked_for_nothing_more() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(CHF_20).make().await;
    let mut ada = at_the_till(&site, &event, "ada", "1").await;
    let (order, ..) = latest(&site, &event).await;
    ada.press("Pay, and tell nobody").await;
    ada.visit(&order.path()).await.sees("You’re going").misses("Pay CHF");
}
