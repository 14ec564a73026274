//! Places that are paid later, at events that move or do not take place.
use marquee::clock::{days, hours, minutes};
use marquee::events::{Event, PayLater};
use marquee::journal::Actor;
use marquee::orders::{self, Hold, Order, OrderState};
use marquee::payments;
use marquee::payments::checkout::Back;

use crate::races::taken;
use crate::reminding::put_off;
use crate::site::Site;
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
    assert_eq!(now(&site, &order).await.held_until, order.held_until);
    site.later(days(5) + hours(18)).await;
    assert_eq!(now(&site, &order).await.state, OrderState::Held, "behind the new deadline, before the old one");
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
