//! Two tabs in which one member chooses plans: one of them is paid, and never both.
use marquee::clock::{hours, minutes};
use marquee::payments::checkout::Back;
use marquee::plans::subscribing::begin;
use marquee::plans::{Refusal, State, Tier};

use super::Weather;
use super::subscriptions::{now, tier_of, with_plans};

#[tokio::test]
async fn a_checkout_that_only_stripe_knows_of_is_closed_before_another_one_opens() {
    let till = with_plans().await;
    let (app, ada) = (&till.site.app, till.site.account("ada").await);
    // The first tab asked, and has no answer yet.
    till.stripe.weather(|what| if what == "POST checkout/sessions" { Weather::Lost } else { Weather::Fair });
    begin(app, &ada, Tier::Individual, &Back::default()).await.expect_err("no answer");
    till.stripe.fair();
    let first = till.stripe.session();
    begin(app, &ada, Tier::Team, &Back::default()).await.expect("a checkout");
    let states = till.stripe.books(|books| {
        let state = |id: &str| books.sessions.iter().find(|one| one.id == id).expect("a session").status;
        (books.sessions.len(), state(&first.id))
    });
    assert_eq!(states, (2, "expired"), "nobody pays the first one any more");
    till.site.verifies().await;
}

#[tokio::test]
async fn what_was_paid_late_goes_before_what_is_only_begun() {
    let till = with_plans().await;
    let (app, ada) = (&till.site.app, till.site.account("ada").await);
    let (first, _) = begin(app, &ada, Tier::Individual, &Back::default()).await.expect("a checkout");
    let paid = till.stripe.session();
    till.site.later(minutes(45)).await;
    assert_eq!(now(&till, first.id).await.state, State::Ended);
    let (second, _) = begin(app, &ada, Tier::Team, &Back::default()).await.expect("a checkout");
    let begun = till.stripe.session();
    till.stripe.pay(&paid.id);
    till.told(&till.of_session("evt_1", "checkout.session.completed", &paid.id)).await;
    till.site.later(minutes(2)).await;
    assert_eq!((now(&till, first.id).await.state, now(&till, second.id).await.state), (State::Active, State::Ended));
    assert_eq!(tier_of(&till, &ada).await, Tier::Individual);
    let there = till.stripe.books(|books| {
        let open = books.sessions.iter().find(|one| one.id == begun.id).expect("a session").status;
        (open, books.subscriptions.iter().filter(|of| of.status == "active").count())
    });
    assert_eq!(there, ("expired", 1));
    let again = begin(app, &ada, Tier::Team, &Back::default()).await;
    assert!(matches!(again, Err(Refusal::HasPlan)), "{again:?}");
    till.site.verifies().await;
}

#[tokio::test]
async fn what_was_paid_at_the_last_moment_and_never_told_is_found_a_day_later() {
    let till = with_plans().await;
    let (app, ada) = (&till.site.app, till.site.account("ada").await);
    let (of, _) = begin(app, &ada, Tier::Individual, &Back::default()).await.expect("a checkout");
    till.site.later(minutes(45)).await;
    assert_eq!(now(&till, of.id).await.state, State::Ended);
    till.stripe.pay(&till.stripe.session().id);
    till.site.later(hours(25)).await;
    assert_eq!((now(&till, of.id).await.state, tier_of(&till, &ada).await), (State::Active, Tier::Individual));
    till.site.verifies().await;
}
