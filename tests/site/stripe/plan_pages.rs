//! The pages of a member's plan, with Stripe behind them.
use marquee::plans::Tier;

use super::Weather;
use super::subscriptions::with_plans;

#[tokio::test]
async fn somebody_chooses_a_plan_pays_it_at_stripe_changes_it_and_ends_it() {
    let till = with_plans().await;
    let mut ada = till.site.member("ada").await;
    ada.visit("/plans").await.is(200).sees("You have the plan Free.");
    ada.press("Choose Individual").await;
    let session = till.stripe.session();
    assert_eq!(ada.path, format!("{}/pay/{}", till.stripe.base(), session.id));
    // Back without paying: the same page at Stripe again.
    ada.visit("/plans").await.sees("You have the plan Free.");
    ada.press("Choose Individual").await;
    assert_eq!((till.stripe.session().id, till.stripe.count("POST checkout/sessions")), (session.id.clone(), 1));
    till.stripe.pay(&session.id);
    till.back(&mut ada, &session).await.is(200);
    ada.visit("/plans").await.sees("You have the plan Individual.");
    ada.press("Choose Team").await.is(200).sees("The payment service works it out to the second.");
    let bills = || till.stripe.books(|books| books.invoices.iter().map(|bill| bill.due).collect::<Vec<_>>());
    assert_eq!(bills(), [900], "to ask charges nothing");
    ada.press("Change to Team and pay about CHF 20.00").await.is(200).sees("Your plan is Team now.");
    assert!(bills().len() == 2 && (1_990..=2_000).contains(&bills()[1]), "{:?}", bills());
    ada.press("End with the month").await.is(200).sees("Your plan ends with the month that is paid.");
    ada.press("Go on after all").await.is(200).sees("Your plan Team goes on.");
    ada.press("Cards and bills").await;
    assert!(ada.path.starts_with(&format!("{}/portal/bps_", till.stripe.base())), "{}", ada.path);
    let there = till.stripe.books(|books| books.subscriptions[0].clone());
    assert_eq!((there.status, there.ends_at_period_end), ("active", false));
    let team = till.stripe.books(|books| {
        let team = books.products.iter().find(|of| of.name == Tier::Team.name()).expect("a product");
        team.default_price.clone()
    });
    assert_eq!(Some(there.price), team);
    till.site.verifies().await;
}

#[tokio::test]
async fn while_stripe_does_not_answer_the_pages_say_so_and_nothing_changes() {
    let till = with_plans().await;
    let mut ada = till.site.member("ada").await;
    till.stripe.weather(|_| Weather::Down);
    ada.visit("/plans").await.press("Choose Individual").await.is(422).sees("does not answer");
    till.stripe.fair();
    ada.press("Choose Individual").await;
    let session = till.stripe.session();
    till.stripe.pay(&session.id);
    till.back(&mut ada, &session).await.is(200);
    till.stripe.weather(|_| Weather::Down);
    for button in ["Choose Team", "End with the month", "Cards and bills"] {
        ada.visit("/plans").await.sees("You have the plan Individual.");
        ada.press(button).await.is(422).sees("does not answer");
    }
    till.stripe.fair();
    ada.visit("/plans").await.sees("You have the plan Individual.").misses("ends on");
    till.site.verifies().await;
}
