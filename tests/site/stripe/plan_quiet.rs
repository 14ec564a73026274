//! Plans of which no notice comes: what happened at Stripe is found all the same.
use marquee::clock::{hours, minutes};
use marquee::plans::{State, Tier};

use super::plans::month_later;
use super::subscriptions::{has, now, tier_of, with_plans};

#[tokio::test]
async fn what_happened_to_a_plan_at_stripe_and_nobody_told_is_found_within_a_day() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    till.stripe.books(|books| books.customers[0].card_pays = false);
    month_later(&till, &reference);
    till.site.later(minutes(1)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::PastDue, Tier::Individual));
    till.stripe.books(|books| books.recovers(&reference));
    till.site.later(hours(2)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Active, Tier::Individual));
    till.stripe.books(|books| books.end(&reference));
    till.site.later(hours(25)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Ended, Tier::Free));
    till.site.verifies().await;
}
