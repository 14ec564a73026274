//! Paid at Stripe: what is asked of it, and what becomes of orders and holds.
use marquee::clock;
use marquee::db::sql;
use marquee::events::{Event, PayLater};
use marquee::journal::{self, Actor};
use marquee::orders::{Hold, Order, OrderState, Way, Wish};
use marquee::payments::checkout::Back;
use marquee::payments::{self, PaymentState, settle};

use super::{CHF_28, Till, Weather, buy, latest};
use crate::races::{guest, take, taken, wish};
use crate::waiting;

#[tokio::test]
async fn stripe_is_asked_for_what_stands_in_our_books() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (browser, session) = till.at_stripe(&event, "ada").await;
    let (order, payments, _) = latest(&till.site, &event).await;
    let payment = &payments[0];
    assert_eq!((session.amount, session.currency.as_str()), (CHF_28, "chf"));
    assert_eq!(session.said("client_reference_id"), payment.id.to_string());
    for holder in ["metadata", "payment_intent_data[metadata]"] {
        assert_eq!(session.said(&format!("{holder}[order]")), order.id.to_string());
        assert_eq!(session.said(&format!("{holder}[payment]")), payment.id.to_string());
    }
    assert_eq!(session.said("customer_email"), "ada@example.org");
    assert_eq!(session.said("line_items[0][price_data][product_data][name]"), "Jazz");
    assert_eq!(session.expires_at, payment.expires_at.timestamp().as_second());
    assert_eq!(order.held_until, Some(payment.expires_at + clock::minutes(2)));
    assert!(session.asked.values().any(|value| value == "sepa_debit"), "ways that take days are left out");
    let policy = browser.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains(&format!("form-action 'self' {};", till.stripe.base())), "{policy}");
}

#[tokio::test]
async fn a_notice_brings_the_tickets() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.stripe.pay(&session.id);
    till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
    let (order, payments, _) = latest(&till.site, &event).await;
    assert_eq!((order.state, payments[0].state), (OrderState::Confirmed, PaymentState::Paid));
    assert_eq!(till.site.mail_to("ada@example.org").await.subject, "Your ticket for Jazz");
    till.site.verifies().await;
}

#[tokio::test]
async fn the_page_that_buyers_come_back_to_needs_no_notice() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (mut ada, session) = till.at_stripe(&event, "ada").await;
    till.back(&mut ada, &session).await.is(200).sees("has no money from you yet");
    till.stripe.pay(&session.id);
    till.back(&mut ada, &session).await.is(200).sees("You’re going");
    till.site.verifies().await;
}

#[tokio::test]
async fn who_walks_away_finds_the_same_session_and_at_its_end_it_is_closed_at_stripe() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let (mut ada, session) = till.at_stripe(&event, "ada").await;
    let (order, ..) = latest(&till.site, &event).await;
    ada.visit(&order.path()).await.press_starting("Pay CHF").await;
    assert_eq!((till.stripe.session().id, till.stripe.count("POST checkout/sessions")), (session.id, 1));
    till.site.later(clock::minutes(35)).await;
    assert_eq!(till.stripe.session().status, "expired");
    let (order, payments, _) = till.now(&order).await;
    assert_eq!((order.state, payments[0].state), (OrderState::Ended, PaymentState::Ended));
    assert_eq!(taken(&till.site, &event).await, 0);
    till.site.verifies().await;
}

#[tokio::test]
async fn an_answer_that_was_lost_opens_no_second_session() {
    for keys_are_known in [true, false] {
        let till = Till::open().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let mut ada = till.in_hand(&event, "ada").await;
        till.stripe.weather(|what| if what == "POST checkout/sessions" { Weather::Lost } else { Weather::Fair });
        ada.press_starting("Pay CHF").await.is(422).sees("does not answer");
        till.stripe.fair();
        let session = till.stripe.session();
        if !keys_are_known {
            till.stripe.books(super::books::Books::forget_keys);
            // The end is now nearer than Stripe allows for a new one.
            till.site.app.clock.advance(clock::minutes(5));
        }
        ada.press_starting("Pay CHF").await;
        assert_eq!(ada.path, format!("{}/pay/{}", till.stripe.base(), session.id));
        assert_eq!(till.stripe.books(|books| books.sessions.len()), 1);
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn a_session_that_stripe_never_heard_of_gives_way_to_a_new_one() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let mut ada = till.in_hand(&event, "ada").await;
    till.stripe.weather(|_| Weather::Down);
    ada.press_starting("Pay CHF").await.is(422).sees("does not answer");
    till.stripe.fair();
    till.site.app.clock.advance(clock::minutes(5));
    ada.press_starting("Pay CHF").await;
    let session = till.stripe.session();
    assert_eq!(ada.path, format!("{}/pay/{}", till.stripe.base(), session.id));
    let (order, payments, _) = latest(&till.site, &event).await;
    let states: Vec<_> = payments.iter().map(|payment| payment.state).collect();
    assert_eq!(states, [PaymentState::Open, PaymentState::Ended]);
    assert!(order.held_until.unwrap() <= order.placed_at + clock::minutes(70));
    till.site.verifies().await;
}

#[tokio::test]
async fn money_that_takes_days_keeps_its_places_until_stripe_knows() {
    for comes in [true, false] {
        let till = patient().await;
        let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
        let (_, session) = till.at_stripe(&event, "ada").await;
        assert!(!session.asked.values().any(|value| value == "sepa_debit"));
        till.stripe.change(&session.id, |it| (it.status, it.intent_status) = ("complete", "processing"));
        till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
        till.site.later(clock::days(3)).await;
        let (order, ..) = latest(&till.site, &event).await;
        assert_eq!((order.state, order.hold), (OrderState::Held, Some(Hold::OnItsWay)));
        let kind = if comes {
            till.stripe.pay(&session.id);
            "checkout.session.async_payment_succeeded"
        } else {
            till.stripe.change(&session.id, |it| it.intent_status = "requires_payment_method");
            "checkout.session.async_payment_failed"
        };
        till.told(&till.of_session("evt_2", kind, &session.id)).await;
        let (order, ..) = till.now(&order).await;
        assert_eq!(order.state, if comes { OrderState::Confirmed } else { OrderState::Ended });
        assert_eq!(taken(&till.site, &event).await, i64::from(comes));
        till.site.verifies().await;
    }
}

/// A site that also offers ways of paying that take days.
pub async fn patient() -> Till {
    Till::with(&[("STRIPE_DELAYED_METHODS", "yes"), ("STRIPE_WEBHOOK_SECRET", super::SECRET)]).await
}

#[tokio::test]
async fn money_on_its_way_keeps_its_places_and_is_not_written_down_at_every_look() {
    let till = patient().await;
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).starts_in(clock::days(60)).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.stripe.change(&session.id, |it| (it.status, it.intent_status) = ("complete", "processing"));
    let (order, payments, _) = latest(&till.site, &event).await;
    let changes = async || {
        let mut tx = till.site.app.db.read().await.unwrap();
        journal::before(&mut tx, i64::MAX, &order.stream(), "hold_changed", 100).await.unwrap().len()
    };
    assert_eq!(changes().await, 1, "sent to Stripe");
    for _ in 0..10 {
        settle(&till.site.app, payments[0].id).await.unwrap();
        till.site.app.clock.advance(clock::minutes(6));
    }
    assert_eq!(changes().await, 2, "on its way, once");
    let kept = till.now(&order).await.0.held_until.unwrap();
    for _ in 0..3 {
        till.site.later(clock::days(6)).await;
    }
    let (order, ..) = till.now(&order).await;
    assert_eq!((order.state, order.hold), (OrderState::Held, Some(Hold::OnItsWay)), "behind {kept:?}");
    assert!(order.held_until.unwrap() > till.site.now() + clock::days(1));
    till.site.verifies().await;
}

/// An order whose one place is offered, or owed until the host's deadline.
async fn promised(till: &Till, event: &Event, hold: Hold) -> Order {
    let (site, app) = (&till.site, &till.site.app);
    if hold == Hold::Offer {
        let taken = waiting::fill(site, event, 1).await;
        let party = waiting::joins(site, event, "ada", 1).await;
        waiting::give_back(app, taken[0]).await.unwrap();
        site.work().await;
        return waiting::order_of(site, party).await;
    }
    let wish = wish(app, event, guest(1), 0, 1).await;
    take(app, &Wish { way: Way::Own, pay_later: true, ..wish }).await.unwrap();
    latest(site, event).await.0
}

#[tokio::test]
async fn what_was_offered_or_is_owed_keeps_its_time_when_money_on_its_way_comes_to_nothing() {
    for hold in [Hold::Offer, Hold::Owed] {
        let till = patient().await;
        let later = |e: &mut Event| (e.terms.pay_later, e.terms.pay_later_hours) = (PayLater::Transfer, 24);
        let event = till.site.event("Jazz").capacity(1).price(CHF_28).with(later).make().await;
        let order = promised(&till, &event, hold).await;
        assert_eq!(order.hold, Some(hold));
        payments::begin(&till.site.app, order.id, &Back::default(), Actor::Guest).await.unwrap();
        let session = till.stripe.session();
        till.stripe.change(&session.id, |it| (it.status, it.intent_status) = ("complete", "processing"));
        till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
        assert_eq!(till.now(&order).await.0.hold, Some(Hold::OnItsWay));
        till.site.later(clock::hours(2)).await;
        till.stripe.change(&session.id, |it| it.intent_status = "requires_payment_method");
        till.told(&till.of_session("evt_2", "checkout.session.async_payment_failed", &session.id)).await;
        let (after, payments, _) = till.now(&order).await;
        assert_eq!((after.state, payments[0].state), (OrderState::Held, PaymentState::Ended));
        assert_eq!((after.hold, after.held_until), (Some(hold), order.held_until), "as it was promised");
        till.site.verifies().await;
        till.site.later(clock::days(7)).await;
        assert_eq!((till.now(&order).await.0.state, taken(&till.site, &event).await), (OrderState::Ended, 0));
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn what_is_owed_has_until_the_new_deadline_when_the_event_moved_while_money_was_on_its_way() {
    let till = patient().await;
    let later = |e: &mut Event| e.terms.pay_later = PayLater::Door;
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).with(later).make().await;
    let order = promised(&till, &event, Hold::Owed).await;
    payments::begin(&till.site.app, order.id, &Back::default(), Actor::Guest).await.unwrap();
    let session = till.stripe.session();
    till.stripe.change(&session.id, |it| (it.status, it.intent_status) = ("complete", "processing"));
    till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
    assert_eq!(till.now(&order).await.0.hold, Some(Hold::OnItsWay));
    crate::reminding::put_off(&till.site, &event, clock::days(7)).await;
    till.stripe.change(&session.id, |it| it.intent_status = "requires_payment_method");
    till.told(&till.of_session("evt_2", "checkout.session.async_payment_failed", &session.id)).await;
    let after = till.now(&order).await.0;
    let moved = till.site.reload(&event).await.pay_later_until();
    assert_eq!((after.hold, after.held_until), (Some(Hold::Owed), moved), "as the host says now");
    till.site.verifies().await;
}

#[tokio::test]
async fn what_was_owed_is_free_when_money_on_its_way_comes_to_nothing_behind_the_deadline() {
    let till = patient().await;
    let later = |e: &mut Event| (e.terms.pay_later, e.terms.pay_later_hours) = (PayLater::Transfer, 24);
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).with(later).make().await;
    let order = promised(&till, &event, Hold::Owed).await;
    let (payment, _) = payments::begin(&till.site.app, order.id, &Back::default(), Actor::Guest).await.unwrap();
    let session = till.stripe.session();
    till.stripe.change(&session.id, |it| (it.status, it.intent_status) = ("complete", "processing"));
    settle(&till.site.app, payment.id).await.unwrap();
    let deadline = till.site.now().until(order.held_until.unwrap());
    till.site.app.clock.advance(deadline + clock::hours(1));
    till.stripe.change(&session.id, |it| it.intent_status = "requires_payment_method");
    till.told(&till.of_session("evt_1", "checkout.session.async_payment_failed", &session.id)).await;
    assert_eq!((till.now(&order).await.0.state, taken(&till.site, &event).await), (OrderState::Ended, 0));
    till.site.verifies().await;
}

#[tokio::test]
async fn money_that_comes_too_late_goes_back_through_stripe() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.site.later(clock::minutes(35)).await;
    let (late, ..) = latest(&till.site, &event).await;
    let mut bob = till.site.member("bob").await;
    bob.visit(&event.path()).await;
    buy(&mut bob).await.is(200);
    till.stripe.pay(&session.id);
    till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
    let (late, payments, refunds) = till.now(&late).await;
    assert_eq!((late.state, payments[0].refunded, refunds.len()), (OrderState::Ended, CHF_28, 1));
    assert_eq!(till.stripe.books(|books| books.given_back(&session.intent)), CHF_28);
    till.site.verifies().await;
}

#[tokio::test]
async fn beside_stripe_nothing_is_paid_at_the_pages_that_move_no_money() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (mut ada, _) = till.at_stripe(&event, "ada").await;
    let (order, payments, _) = latest(&till.site, &event).await;
    // As it may be left in a database of a site that was tried without Stripe, about a payment that is hers.
    let mut tx = till.site.app.db.write().await.unwrap();
    sql("INSERT INTO local_checkouts (id, key, payment, amount, currency, state, expires_at, return_url, cancel_url)
         VALUES ('cs_local_left', 'left', $1, $2, 'CHF', 'open', $3, '/', '/')")
    .bind(payments[0].id)
    .bind(CHF_28)
    .bind(payments[0].expires_at)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    ada.visit("/local/checkouts/cs_local_left").await.is(404);
    for deed in ["pay", "quiet", "twice", "late"] {
        ada.post("/local/checkouts/cs_local_left", &[("do", deed)]).await.is(404);
    }
    till.site.later(clock::minutes(10)).await;
    assert_eq!(till.now(&order).await.0.state, OrderState::Held);
    let state: String = sql("SELECT state FROM local_checkouts").scalar(&till.site.app.db).await.unwrap();
    assert_eq!(state, "open");
    till.site.verifies().await;
}
