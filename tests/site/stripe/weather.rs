//! Stripe slow, down, or answering nonsense: nothing is lost, nothing is done twice, and people are told.
use marquee::clock;
use marquee::jobs::{self, Lane};
use marquee::journal::Actor;
use marquee::orders::OrderState;
use marquee::payments::checkout::Back;
use marquee::payments::{PaymentState, RefundState};
use marquee::plans::subscribing::begin;
use marquee::plans::{Tier, init};

use super::{CHF_28, Till, Weather, latest};
use crate::races::taken;

const BAD: [Weather; 4] = [Weather::Down, Weather::Silent, Weather::Garbage, Weather::Half];

#[tokio::test]
async fn bad_weather_on_the_way_to_stripe_charges_nothing_and_passes() {
    for weather in BAD {
        let till = Till::hasty().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let mut ada = till.in_hand(&event, "ada").await;
        till.stripe.weather(move |_| weather);
        ada.press_starting("Pay CHF").await.is(422).sees("Nothing was charged; try again in a minute.");
        till.stripe.fair();
        ada.press_starting("Pay CHF").await;
        assert!(ada.path.starts_with(&till.stripe.base()), "{weather:?}: {}", ada.path);
        assert_eq!(till.stripe.books(|books| books.sessions.len()), 1, "{weather:?}");
        till.site.verifies().await;
    }
}

/// Stripe breaks once over each of these, and keeps that as its answer.
fn breaks_once(till: &Till, over: &[&'static str]) {
    let mut over = over.to_vec();
    till.stripe.weather(move |what| match over.iter().position(|one| *one == what) {
        Some(at) => {
            over.remove(at);
            Weather::Broken
        }
        None => Weather::Fair,
    });
}

#[tokio::test]
async fn what_stripe_broke_over_and_says_so_for_a_day_is_asked_under_another_key() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let mut ada = till.in_hand(&event, "ada").await;
    breaks_once(&till, &["POST checkout/sessions"]);
    ada.press_starting("Pay CHF").await;
    assert!(ada.path.starts_with(&till.stripe.base()), "{}", ada.path);
    assert_eq!(till.stripe.books(|books| books.sessions.len()), 1);
    till.site.verifies().await;
    // Nothing of what is for sale is there yet, and the member is no customer.
    let till = Till::open().await;
    breaks_once(&till, &["POST products", "POST prices", "POST customers", "POST checkout/sessions"]);
    init::run(&till.site.app, Actor::Operator, "For the test.").await.expect("products");
    till.site.work().await;
    let member = till.site.account("ada").await;
    let (_, url) = begin(&till.site.app, &member, Tier::Team, &Back::default()).await.expect("a checkout");
    assert_eq!(url, format!("{}/pay/{}", till.stripe.base(), till.stripe.session().id));
    till.site.verifies().await;
}

#[tokio::test]
async fn bad_weather_on_the_way_back_loses_nothing() {
    for weather in BAD {
        let till = Till::hasty().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let (mut ada, session) = till.at_stripe(&event, "ada").await;
        till.stripe.pay(&session.id);
        till.stripe.weather(move |_| weather);
        till.back(&mut ada, &session).await.is(200).sees("does not answer just now");
        // The notice is taken in though its meaning cannot be found out yet.
        till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
        assert_eq!(latest(&till.site, &event).await.0.state, OrderState::Held, "{weather:?}");
        till.stripe.fair();
        till.site.later(clock::minutes(1)).await;
        assert_eq!(latest(&till.site, &event).await.0.state, OrderState::Confirmed, "{weather:?}");
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn places_are_free_ten_minutes_after_their_end_though_stripe_is_down() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.stripe.weather(|_| Weather::Down);
    till.site.later(clock::minutes(35)).await;
    assert_eq!(taken(&till.site, &event).await, 1);
    till.site.later(clock::minutes(11)).await;
    assert_eq!(taken(&till.site, &event).await, 0);
    // It was paid in its last second: there is room, so the buyer has the place.
    till.stripe.pay(&session.id);
    till.stripe.fair();
    till.site.later(clock::hours(1)).await;
    let (order, payments, _) = latest(&till.site, &event).await;
    assert_eq!((order.state, payments[0].state), (OrderState::Confirmed, PaymentState::Paid));
    till.site.verifies().await;
}

#[tokio::test]
async fn bad_weather_while_giving_back_gives_back_once_when_it_has_passed() {
    for weather in BAD {
        let till = Till::hasty().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let (mut ada, order, session) = till.bought(&event, "ada").await;
        till.stripe.weather(move |_| weather);
        ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
        till.site.work().await;
        assert_eq!(till.now(&order).await.2[0].state, RefundState::Asked, "{weather:?}");
        till.site.later(clock::hours(2)).await;
        let mut host = till.site.member("host").await;
        let desk = format!("{}/payments", event.path());
        host.visit(&desk).await.sees("on its way back for long");
        // What Stripe may still give is not given by hand as well, and no button says so.
        let (number, refund) = (order.number(), till.now(&order).await.2.remove(0).id);
        assert!(host.has_button(&format!("Try again, {number}")), "{}", host.text());
        assert!(!host.has_button(&format!("Given back by hand, {number}")), "{}", host.text());
        let stale = format!("{}/refunds/{refund}/mending", event.path());
        host.post(&stale, &[("do", "by_hand"), ("reason", "In cash.")]).await.is(303);
        host.visit(&desk).await.sees("only once that has failed").sees("on its way back for long");
        till.stripe.fair();
        till.site.later(clock::hours(2)).await;
        let (order, payments, _) = till.now(&order).await;
        assert_eq!((order.state, payments[0].refunded), (OrderState::Cancelled, CHF_28), "{weather:?}");
        assert_eq!(till.stripe.books(|books| books.given_back(&session.intent)), CHF_28);
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn places_that_nobody_began_to_pay_are_free_while_stripe_says_nothing_of_others() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").capacity(2).price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.site.app.clock.advance(clock::minutes(20));
    till.in_hand(&event, "bob").await;
    till.stripe.weather(|what| if what.ends_with("/expire") { Weather::Silent } else { Weather::Fair });
    let app = till.site.app.clone();
    let own = || async { while jobs::run_in(&app, Lane::Own).await.expect("a job") {} };
    // Ada's time is over; then bob's, while Stripe is asked about hers.
    app.clock.advance(clock::minutes(16));
    own().await;
    app.clock.advance(clock::minutes(15));
    let stuck = async { jobs::run_in(&app, Lane::Asking).await.expect("a job") };
    let others = async {
        let mut turn = tokio::time::interval(std::time::Duration::from_millis(5));
        while till.stripe.count(&format!("POST checkout/sessions/{}/expire", session.id)) == 0 {
            turn.tick().await;
        }
        own().await;
        assert_eq!(taken(&till.site, &event).await, 1);
        assert_eq!(latest(&till.site, &event).await.0.state, OrderState::Ended, "bob's");
    };
    let answered = tokio::select! {
        biased;
        () = others => false,
        _ = stuck => true,
    };
    assert!(!answered, "it still waits");
    till.stripe.fair();
    till.site.later(clock::minutes(2)).await;
    assert_eq!(taken(&till.site, &event).await, 0);
    till.site.verifies().await;
}
