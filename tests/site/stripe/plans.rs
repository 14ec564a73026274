//! What we ask of Stripe for plans, question by question: each may be asked again, and none does a thing twice.
use marquee::clock::{days, minutes};
use marquee::ids::Id;
use marquee::members::Member;
use marquee::payments::gateway::{Payer, Subscribed, Subscribing, SubscriptionStanding};
use marquee::plans::Subscription;

use super::objects::Session;
use super::products::{gateway, listed};
use super::subscribed::MONTH;
use super::{Till, Weather};

fn wish(till: &Till, member: &Member, price: &str) -> Subscribing {
    let now = till.site.now();
    Subscribing {
        payer: Payer { member: member.id, email: member.email.clone(), name: member.name.clone(), customer: None },
        subscription: Id::<Subscription>::new(),
        attempt: 1,
        price: price.to_owned(),
        title: "Team, a month".to_owned(),
        opened_at: now,
        now,
        expires_at: now + minutes(32),
        return_url: "http://localhost:8080/back".to_owned(),
        cancel_url: "http://localhost:8080/plans".to_owned(),
        amount: 2_900,
        currency: "CHF".to_owned(),
    }
}

/// Somebody who pays the price at Stripe's page; answers the session and the subscription.
async fn subscribed(till: &Till, name: &str, price: &str) -> (Session, String) {
    let member = till.site.account(name).await;
    gateway(till).subscribe(&wish(till, &member, price)).await.expect("an answer").expect("a checkout");
    let session = till.stripe.session();
    till.stripe.pay(&session.id);
    let reference = gateway(till).subscription_of(&session.id).await.expect("an answer").expect("a subscription");
    (session, reference)
}

async fn now(till: &Till, reference: &str) -> Subscribed {
    gateway(till).subscription(reference).await.expect("an answer").expect("a subscription")
}

/// A month goes by for both.
pub fn month_later(till: &Till, reference: &str) {
    till.site.app.clock.advance(jiff::SignedDuration::from_secs(MONTH));
    till.stripe.books(|books| books.month_later(reference));
}

#[tokio::test]
async fn a_checkout_of_a_plan_asks_for_our_price_and_carries_our_names() {
    let till = Till::open().await;
    let team = listed(&till, "plan:team", "Team", 2_900).await;
    let ada = till.site.account("ada").await;
    let wish = wish(&till, &ada, team.price.as_deref().expect("a price"));
    let opened = gateway(&till).subscribe(&wish).await.expect("an answer").expect("a checkout");
    assert_eq!(gateway(&till).subscribe(&wish).await.expect("an answer"), Some(opened.clone()));
    let session = till.stripe.session();
    assert_eq!((&opened.reference, session.amount, session.currency.as_str()), (&session.id, 2_900, "chf"));
    let ours = wish.subscription.to_string();
    for name in ["client_reference_id", "metadata[subscription]", "subscription_data[metadata][subscription]"] {
        assert_eq!(session.said(name), ours, "{name}");
    }
    assert_eq!(session.said("metadata[member]"), ada.id.to_string());
    assert_eq!(session.said("subscription_data[description]"), "Team, a month");
    assert!(session.asked.values().any(|value| value == "sepa_debit"), "ways that take days are left out");
    let customers = till.stripe.books(|books| books.customers.clone());
    assert_eq!((customers.len(), customers[0].name.as_str()), (1, ada.name.as_str()));
    assert_eq!((customers[0].email.as_str(), session.said("customer")), ("ada@example.org", customers[0].id.as_str()));
    assert_eq!(gateway(&till).subscription_of(&session.id).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_member_is_one_customer_however_often_they_subscribe() {
    let till = Till::open().await;
    let price = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
    let ada = till.site.account("ada").await;
    for searchable in [false, true] {
        till.stripe.books(|books| books.searchable = searchable);
        for _ in 0..2 {
            gateway(&till).subscribe(&wish(&till, &ada, &price)).await.expect("an answer").expect("a checkout");
        }
        assert_eq!(till.stripe.books(|books| books.customers.len()), 1);
        // The key is forgotten after a day; the search has caught up by then.
        till.stripe.books(super::books::Books::forget_keys);
    }
    // Somebody removed the customer at the dashboard: there is another one.
    let gone = till.stripe.books(|books| {
        books.customers[0].gone = true;
        books.customers[0].id.clone()
    });
    let mut again = wish(&till, &ada, &price);
    again.payer.customer = Some(gone.clone());
    for _ in 0..2 {
        gateway(&till).subscribe(&again).await.expect("an answer").expect("a checkout");
    }
    assert_eq!(till.stripe.books(|books| books.customers.len()), 2);
    assert_ne!(till.stripe.session().said("customer"), gone);
}

#[tokio::test]
async fn an_answer_about_a_plan_that_was_lost_opens_no_second_checkout() {
    for keys_are_known in [true, false] {
        let till = Till::open().await;
        let price = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
        let mut wish = wish(&till, &till.site.account("ada").await, &price);
        till.stripe.weather(|what| if what == "POST checkout/sessions" { Weather::Lost } else { Weather::Fair });
        assert!(gateway(&till).subscribe(&wish).await.is_err());
        till.stripe.fair();
        if !keys_are_known {
            till.stripe.books(super::books::Books::forget_keys);
            // The end is now nearer than Stripe allows for a new one.
            till.site.app.clock.advance(minutes(5));
            wish.now = till.site.now();
        }
        wish.title = "Team".to_owned();
        let found = gateway(&till).subscribe(&wish).await.expect("an answer").expect("the checkout");
        assert_eq!(found.reference, till.stripe.session().id);
        assert_eq!(till.stripe.books(|books| books.sessions.len()), 1);
        wish.attempt = 2;
        let other = gateway(&till).subscribe(&wish).await.expect("an answer");
        assert_eq!(other.is_some(), keys_are_known, "too late for another one, and none was opened");
    }
}

#[tokio::test]
async fn a_plan_is_renewed_fails_and_recovers() {
    let till = Till::open().await;
    let price = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
    let begun = till.site.now();
    let (session, reference) = subscribed(&till, "ada", &price).await;
    let first = now(&till, &reference).await;
    assert_eq!((&first.price, first.customer.as_str()), (&price, session.said("customer")));
    assert_eq!((first.standing, first.ends_at_period_end), (SubscriptionStanding::Active, false));
    assert_eq!(first.metadata_id.as_deref(), Some(session.said("client_reference_id")));
    let seconds = |at: marquee::clock::Instant| at.timestamp().as_second();
    assert_eq!(first.period_ends_at.map(seconds), Some(seconds(begun) + MONTH));
    month_later(&till, &reference);
    let renewed = now(&till, &reference).await;
    assert_eq!(renewed.period_ends_at.map(seconds), Some(seconds(begun) + 2 * MONTH));
    till.stripe.books(|books| books.customers[0].card_pays = false);
    month_later(&till, &reference);
    assert_eq!(now(&till, &reference).await.standing, SubscriptionStanding::PastDue);
    let invoices = gateway(&till).invoices(&reference).await.expect("invoices");
    assert_eq!(
        invoices.iter().map(|one| (one.paid, one.amount)).collect::<Vec<_>>(),
        [(false, 2_900), (true, 2_900), (true, 2_900)]
    );
    assert_eq!(invoices[1].period_starts_at, first.period_ends_at.expect("its end"));
    assert_eq!((invoices[0].currency.as_str(), invoices[0].subscription.as_str()), ("CHF", reference.as_str()));
    assert!(invoices[0].hosted_url.is_some());
    till.stripe.books(|books| books.recovers(&reference));
    assert_eq!(now(&till, &reference).await.standing, SubscriptionStanding::Active);
    assert!(gateway(&till).invoices(&reference).await.expect("invoices").iter().all(|one| one.paid));
}

#[tokio::test]
async fn a_plan_ends_with_its_month_or_at_once_and_stays_over() {
    let till = Till::open().await;
    let price = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
    let (_, ada) = subscribed(&till, "ada", &price).await;
    let (_, bob) = subscribed(&till, "bob", &price).await;
    for yes in [true, true, false, true] {
        let said = gateway(&till).cancel_at_period_end(&ada, yes).await.expect("an answer");
        assert_eq!((said.ends_at_period_end, said.standing), (yes, SubscriptionStanding::Active));
    }
    // As the portal does it, and taken back by us.
    gateway(&till).cancel_at_period_end(&ada, false).await.expect("an answer");
    till.stripe.books(|books| books.cancelled_at_the_portal(&ada, true));
    assert!(now(&till, &ada).await.ends_at_period_end);
    assert!(!gateway(&till).cancel_at_period_end(&ada, false).await.expect("an answer").ends_at_period_end);
    till.stripe.books(|books| books.cancelled_at_the_portal(&ada, true));
    month_later(&till, &ada);
    assert_eq!(now(&till, &ada).await.standing, SubscriptionStanding::Ended);
    assert_eq!(gateway(&till).invoices(&ada).await.expect("invoices").len(), 1);
    for _ in 0..2 {
        gateway(&till).end_subscription(&bob).await.expect("over");
    }
    assert_eq!(now(&till, &bob).await.standing, SubscriptionStanding::Ended);
    assert_eq!(gateway(&till).subscription("sub_else").await.expect("an answer"), None);
    assert!(gateway(&till).cancel_at_period_end(&bob, true).await.is_err());
}

#[tokio::test]
async fn a_bigger_plan_costs_the_difference_for_the_rest_of_the_month_and_a_smaller_one_gives_nothing_back() {
    let till = Till::open().await;
    let small = listed(&till, "plan:individual", "Individual", 900).await.price.expect("a price");
    let large = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
    let (_, reference) = subscribed(&till, "ada", &small).await;
    till.site.app.clock.advance(days(15));
    for _ in 0..2 {
        let changed = gateway(&till).change_plan(&reference, (&large, 2_900), "up", None).await.expect("an answer");
        let changed = changed.expect("changed");
        assert_eq!((&changed.price, changed.standing), (&large, SubscriptionStanding::Active));
    }
    let amounts = async || {
        let all = gateway(&till).invoices(&reference).await.expect("invoices");
        all.iter().map(|one| one.amount).collect::<Vec<_>>()
    };
    assert_eq!(amounts().await, [1_000, 900]);
    // Up and down again brings no money back that the next bills would be paid with.
    let changed = gateway(&till).change_plan(&reference, (&small, 900), "down", None).await.expect("an answer");
    assert_eq!(changed.expect("changed").price, small);
    assert_eq!(amounts().await, [1_000, 900]);
    till.site.app.clock.advance(days(15));
    till.stripe.books(|books| books.month_later(&reference));
    assert_eq!(amounts().await, [900, 1_000, 900]);
    assert_eq!(till.stripe.books(|books| books.customers[0].balance), 0);
}

#[tokio::test]
async fn who_cannot_pay_the_difference_keeps_the_plan_and_may_try_again() {
    let till = Till::open().await;
    let small = listed(&till, "plan:individual", "Individual", 900).await.price.expect("a price");
    let large = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
    let (_, reference) = subscribed(&till, "ada", &small).await;
    till.stripe.books(|books| books.customers[0].card_pays = false);
    let declined = gateway(&till).change_plan(&reference, (&large, 2_900), "up", None).await.expect("an answer");
    assert_eq!(declined, None);
    let kept = now(&till, &reference).await;
    assert_eq!((kept.price, kept.standing), (small, SubscriptionStanding::Active));
    till.stripe.books(|books| books.customers[0].card_pays = true);
    let changed = gateway(&till).change_plan(&reference, (&large, 2_900), "up", None).await.expect("an answer");
    assert_eq!(changed.expect("changed").price, large);
    assert_eq!(gateway(&till).invoices(&reference).await.expect("invoices").len(), 2);
}

#[tokio::test]
async fn the_portal_is_a_page_of_stripe_for_one_customer() {
    let till = Till::open().await;
    let price = listed(&till, "plan:team", "Team", 2_900).await.price.expect("a price");
    let (session, _) = subscribed(&till, "ada", &price).await;
    let back = "http://localhost:8080/plans";
    let url = gateway(&till).portal(session.said("customer"), back).await.expect("a page");
    assert!(url.starts_with(&format!("{}/portal/", till.stripe.base())), "{url}");
    let (_, customer, to) = till.stripe.books(|books| books.portals[0].clone());
    assert_eq!((customer.as_str(), to.as_str()), (session.said("customer"), back));
    assert!(gateway(&till).portal("cus_else", back).await.is_err());
}
