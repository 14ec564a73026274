//! Changing a plan at Stripe: who owes pays first, what we have not heard of is asked about, and no change brings credits.
use marquee::clock::days;
use marquee::credits;
use marquee::plans::changing::change;
use marquee::plans::subscribing::cancel;
use marquee::plans::{Refusal, State, Tier};

use super::plans::month_later;
use super::subscriptions::{has, now, tier_of, with_plans};

#[tokio::test]
async fn who_owes_a_month_pays_it_before_they_choose_another_plan() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    let app = &till.site.app;
    till.stripe.books(|books| books.customers[0].card_pays = false);
    month_later(&till, &reference);
    // Nobody told us of it yet.
    assert_eq!(now(&till, id).await.state, State::Active);
    let owed = change(app, ada.id, Tier::Team, None).await;
    assert!(matches!(owed, Err(Refusal::Owed)), "{owed:?}");
    assert_eq!(now(&till, id).await.state, State::PastDue);
    let mut browser = till.site.member("ada").await;
    browser.visit("/plans").await.press("Choose Team").await.is(422).sees("A month is not paid yet.");
    till.stripe.books(|books| books.recovers(&reference));
    change(app, ada.id, Tier::Team, None).await.expect("changed");
    assert_eq!(tier_of(&till, &ada).await, Tier::Team);
    till.site.verifies().await;
}

#[tokio::test]
async fn a_month_that_was_billed_before_a_change_is_of_the_plan_that_it_bills() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    let app = &till.site.app;
    // Stripe keeps the bill of a new month as a draft for a while.
    month_later(&till, &reference);
    let drafted = till.stripe.books(|books| {
        let bill = books.invoices.last_mut().expect("a bill");
        (bill.status, bill.paid_at) = ("draft", None);
        bill.id.clone()
    });
    till.site.later(days(5)).await;
    change(app, ada.id, Tier::Enterprise, None).await.expect("changed");
    till.stripe.books(|books| {
        let now = books.now();
        let bill = books.invoices.iter_mut().find(|bill| bill.id == drafted).expect("the bill");
        (bill.status, bill.paid_at) = ("paid", Some(now));
    });
    marquee::plans::settling::settle(app, id).await.expect("settled");
    let bills = marquee::plans::store::bills_of(&app.db, id).await.unwrap();
    let month = bills.iter().find(|bill| bill.reference == drafted).expect("it is written down");
    assert_eq!((month.tier, month.credits), (Tier::Individual, 50));
    assert_eq!(tier_of(&till, &ada).await, Tier::Enterprise);
    till.site.verifies().await;
}

#[tokio::test]
async fn what_was_ended_at_the_portal_and_nobody_told_is_taken_back_all_the_same() {
    let till = with_plans().await;
    let (ada, _, reference) = has(&till, "ada", Tier::Individual).await;
    till.stripe.books(|books| books.cancelled_at_the_portal(&reference, true));
    let of = cancel(&till.site.app, ada.id, false).await.expect("taken back");
    assert!(!of.ends_at_period_end);
    assert_eq!(till.stripe.books(|books| books.subscriptions[0].cancel_at), None);
    till.site.verifies().await;
}

#[tokio::test]
async fn going_up_and_down_all_month_brings_no_credits_and_no_money_back() {
    let till = with_plans().await;
    let (ada, _, reference) = has(&till, "ada", Tier::Individual).await;
    let app = &till.site.app;
    till.site.later(days(5)).await;
    for tier in [Tier::Enterprise, Tier::Individual, Tier::Enterprise, Tier::Individual] {
        assert_eq!(change(app, ada.id, tier, None).await.expect("changed").tier, tier);
    }
    assert_eq!(credits::balance(app, ada.id).await.unwrap(), 50, "those of the month");
    assert_eq!(till.stripe.books(|books| books.customers[0].balance), 0);
    till.stripe.books(|books| books.month_later(&reference));
    till.site.later(days(2)).await;
    assert_eq!(credits::balance(app, ada.id).await.unwrap(), 100);
    till.site.verifies().await;
}
