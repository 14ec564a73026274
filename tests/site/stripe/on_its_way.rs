//! Money that takes days: nobody pays beside it, what fails beside it ends nothing, and the desk leaves it alone.
use marquee::api::Scope;
use marquee::clock;
use marquee::events::{Event, PayLater};
use marquee::ids::Id;
use marquee::journal::{self, Actor};
use marquee::orders::{Hold, Order, OrderState, Refusal, Way, Wish};
use marquee::payments::checkout::Back;
use marquee::payments::{self, Payment, PaymentFact, PaymentState, desk, settle};
use serde_json::json;

use super::paying::patient;
use super::{CHF_28, Till, Weather, latest};
use crate::races::{guest, take, taken, wish};

/// The buyer chose a bank debit, and Stripe waits for the bank.
pub async fn debited(till: &Till, session: &str) {
    till.stripe.change(session, |it| (it.status, it.intent_status) = ("complete", "processing"));
    till.told(&till.of_session(&format!("evt_1_{session}"), "checkout.session.completed", session)).await;
}

/// The bank says no.
pub async fn bounced(till: &Till, session: &str) {
    till.stripe.change(session, |it| it.intent_status = "requires_payment_method");
    till.told(&till.of_session(&format!("evt_2_{session}"), "checkout.session.async_payment_failed", session)).await;
}

/// An order that is owed until that many hours before its event, and the session of its first payment.
pub async fn owed(till: &Till, event: &Event) -> (Order, String) {
    let wish = wish(&till.site.app, event, guest(1), 0, 1).await;
    take(&till.site.app, &Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap();
    let (order, ..) = latest(&till.site, event).await;
    payments::begin(&till.site.app, order.id, &Back::default(), Actor::Guest).await.unwrap();
    (order, till.stripe.session().id)
}

pub fn by_transfer(event: &mut Event) {
    (event.terms.pay_later, event.terms.pay_later_hours) = (PayLater::Transfer, 24);
    event.terms.pay_later_note = "IBAN CH93 0076".into();
}

#[tokio::test]
async fn while_money_is_on_its_way_the_order_says_so_and_nobody_pays_again() {
    let till = patient().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (mut ada, session) = till.at_stripe(&event, "ada").await;
    let (order, ..) = latest(&till.site, &event).await;
    debited(&till, &session.id).await;
    till.back(&mut ada, &session).await.is(200).at(&order.path()).sees("Your payment is on its way");
    assert!(!ada.text().contains("Pay CHF") && !ada.text().contains("Kept for you until"), "{}", ada.text());
    till.site.later(clock::hours(2)).await;
    ada.post(&format!("{}/payment", order.path()), &[]).await.is(303);
    ada.visit(&order.path()).await.is(200).sees("your tickets come by mail");
    let program = till.site.program_of(&till.site.account_named("ada").await, &[Scope::Read, Scope::Write]).await;
    let refused = program.post("/api/v1/payments/create", json!({ "order_id": order.id.to_string() })).await.is(409);
    assert!(refused.text.contains("is on its way"), "{}", refused.text);
    assert_eq!(till.now(&order).await.1.len(), 1);
    bounced(&till, &session.id).await;
    assert_eq!(till.now(&order).await.0.state, OrderState::Ended);
    till.site.verifies().await;
}

#[tokio::test]
async fn of_a_checkout_that_is_over_stripe_is_asked_before_another_one_is_opened() {
    let till = patient().await;
    let event = till.site.event("Jazz").price(CHF_28).starts_in(clock::days(60)).with(by_transfer).make().await;
    let (order, session) = owed(&till, &event).await;
    till.stripe.change(&session, |it| (it.status, it.intent_status) = ("complete", "processing"));
    // The notice was lost, and the sweep has yet to ask.
    till.site.app.clock.advance(clock::minutes(40));
    let refused = payments::begin(&till.site.app, order.id, &Back::default(), Actor::Guest).await;
    assert!(matches!(refused, Err(Refusal::OnItsWay)), "{refused:?}");
    assert_eq!(till.now(&order).await.1.len(), 1);
    bounced(&till, &session).await;
    payments::begin(&till.site.app, order.id, &Back::default(), Actor::Guest).await.unwrap();
    assert_eq!(till.now(&order).await.1.len(), 2);
    till.site.verifies().await;
}

#[tokio::test]
async fn a_payment_that_fails_ends_no_order_that_another_one_may_still_pay() {
    for pays in [true, false] {
        let till = patient().await;
        let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
        let (_, session) = till.at_stripe(&event, "ada").await;
        let (order, ..) = latest(&till.site, &event).await;
        let other = beside(&till, &order).await;
        debited(&till, &session.id).await;
        bounced(&till, &session.id).await;
        assert_eq!((till.now(&order).await.0.state, taken(&till.site, &event).await), (OrderState::Held, 1));
        assert_eq!(till.stripe.session().status, "open", "the buyer may be at it");
        let kind = if pays {
            till.stripe.pay(&other);
            "checkout.session.completed"
        } else {
            till.stripe.change(&other, |it| it.status = "expired");
            "checkout.session.expired"
        };
        till.told(&till.of_session("evt_3", kind, &other)).await;
        let (now, _, refunds) = till.now(&order).await;
        let last = if pays { OrderState::Confirmed } else { OrderState::Ended };
        assert_eq!((now.state, refunds.len(), taken(&till.site, &event).await), (last, 0, i64::from(pays)));
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn the_desk_leaves_alone_what_is_on_its_way_until_stripe_says_nothing_of_it_any_more() {
    let till = patient().await;
    let event = till.site.event("Jazz").price(CHF_28).starts_in(clock::days(60)).with(by_transfer).make().await;
    let (order, session) = owed(&till, &event).await;
    debited(&till, &session).await;
    let stuck = async || {
        let app = &till.site.app;
        let of_event = desk::stuck(app, Some(event.id)).await.unwrap();
        (desk::stuck(app, None).await.unwrap().len(), of_event.len(), desk::waiting(app).await.unwrap())
    };
    for by in [clock::hours(2), clock::days(3), clock::days(10)] {
        till.site.later(by).await;
        assert_eq!(till.now(&order).await.0.hold, Some(Hold::Owed), "its deadline is far behind the bank's");
        assert_eq!(stuck().await, (0, 0, 0), "{by:?}");
    }
    till.stripe.weather(|_| Weather::Down);
    till.site.later(clock::hours(2)).await;
    assert_eq!(stuck().await, (1, 1, 1));
    till.stripe.fair();
    till.site.later(clock::hours(2)).await;
    assert_eq!(stuck().await, (0, 0, 0));
    till.site.verifies().await;
}

/// A second session of an order, as one was opened while nobody knew that the first one brings money.
async fn beside(till: &Till, order: &Order) -> String {
    let (_, payments, _) = till.now(order).await;
    let now = till.site.now();
    let second = Payment { id: Id::new(), reference: None, url: None, ..payments[0].clone() };
    let opened = PaymentFact::PaymentOpened {
        order: Some(order.id),
        purchase: None,
        provider: second.provider,
        amount: second.amount,
        currency: second.currency.clone(),
        expires_at: second.expires_at,
    };
    let mut tx = till.site.app.db.write().await.unwrap();
    payments::store::insert(&mut tx, &second).await.unwrap();
    journal::append(&mut tx, &second.stream(), &opened, Actor::Site, now).await.unwrap();
    tx.commit().await.unwrap();
    let second = settle(&till.site.app, second.id).await.unwrap();
    assert_eq!(second.state, PaymentState::Open);
    till.stripe.session().id
}
