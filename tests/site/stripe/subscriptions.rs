//! Plans that members pay at Stripe, from the first page to the end: notices only say when Stripe is asked.
use marquee::clock::{days, minutes};
use marquee::credits;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::payments::checkout::Back;
use marquee::payments::{notices as inbox, receipts};
use marquee::plans::init::{self, Found};
use marquee::plans::subscribing::{self, begin};
use marquee::plans::{self, Refusal, State, Subscription, Tier, changing};

use super::plans::month_later;
use super::products::listed;
use super::{Till, Weather, notice};

const UPDATED: &str = "customer.subscription.updated";
const DELETED: &str = "customer.subscription.deleted";

pub async fn with_plans() -> Till {
    let till = Till::open().await;
    init::run(&till.site.app, Actor::Operator, "For the test.").await.expect("products");
    till.site.work().await;
    till
}

/// A member who has paid their first month, and Stripe's name for it; nobody told us yet.
async fn paid(till: &Till, name: &str, tier: Tier) -> (Member, Id<Subscription>, String) {
    let member = till.site.account(name).await;
    let (of, url) = begin(&till.site.app, &member, tier, &Back::default()).await.expect("a checkout");
    let session = till.stripe.session();
    assert_eq!(url, format!("{}/pay/{}", till.stripe.base(), session.id));
    till.stripe.pay(&session.id);
    let reference = till.stripe.session().subscription.expect("a subscription");
    (member, of.id, reference)
}

/// The same, and we know.
pub async fn has(till: &Till, name: &str, tier: Tier) -> (Member, Id<Subscription>, String) {
    let made = paid(till, name, tier).await;
    let created = of_plan(till, &format!("evt_begun_{name}"), "customer.subscription.created", &made.2);
    till.told(&created).await;
    assert_eq!(tier_of(till, &made.0).await, tier);
    made
}

/// A notice of a subscription as it is now.
pub fn of_plan(till: &Till, id: &str, kind: &str, reference: &str) -> Vec<u8> {
    let object = till.stripe.books(|books| {
        let of = books.subscriptions.iter().find(|of| of.id == reference).expect("a subscription");
        books.subscription_json(of)
    });
    notice(id, kind, &object)
}

/// A notice of its latest bill.
fn of_bill(till: &Till, id: &str, kind: &str, reference: &str) -> Vec<u8> {
    let object = till.stripe.books(|books| {
        let bill = books.invoices.iter().rev().find(|bill| bill.subscription == reference).expect("a bill");
        bill.json()
    });
    notice(id, kind, &object)
}

pub async fn tier_of(till: &Till, member: &Member) -> Tier {
    plans::store::plan_of(&till.site.app.db, member.id).await.unwrap().expect("a plan").tier
}

pub async fn now(till: &Till, id: Id<Subscription>) -> Subscription {
    plans::store::by_id(&till.site.app.db, id).await.unwrap().expect("a subscription")
}

/// How many bills are written down, how many receipts of them, and what credits there are.
async fn counted(till: &Till, member: &Member, id: Id<Subscription>) -> (usize, usize, i64) {
    let app = &till.site.app;
    let bills = plans::store::bills_of(&app.db, id).await.unwrap();
    let mut of_them = 0;
    for bill in &bills {
        let payment = bill.payment_id.expect("money");
        of_them += receipts::store::of_purchase(&app.db, payment).await.unwrap().len();
    }
    (bills.len(), of_them, credits::balance(app, member.id).await.unwrap())
}

#[tokio::test]
async fn a_plan_begins_by_its_notices_once_in_whatever_order_they_come() {
    let till = with_plans().await;
    let (ada, id, reference) = paid(&till, "ada", Tier::Individual).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Incomplete, Tier::Free));
    let session = till.stripe.session().id;
    let bodies = [
        of_bill(&till, "evt_1", "invoice.paid", &reference),
        of_plan(&till, "evt_2", "customer.subscription.created", &reference),
        till.of_session("evt_3", "checkout.session.completed", &session),
    ];
    for body in bodies.iter().chain(&bodies) {
        till.told(body).await;
        let of = now(&till, id).await;
        assert_eq!((of.state, of.reference.as_deref()), (State::Active, Some(reference.as_str())));
        assert_eq!((tier_of(&till, &ada).await, counted(&till, &ada, id).await), (Tier::Individual, (1, 1, 50)));
    }
    let told = inbox::newest(&till.site.app, 10).await.unwrap();
    assert!(told.len() == 3 && told.iter().all(|one| one.outcome.starts_with("subscription ")), "{told:#?}");
    till.site.verifies().await;
}

#[tokio::test]
async fn a_plan_of_which_no_notice_comes_begins_all_the_same() {
    let till = with_plans().await;
    let (ada, id, _) = paid(&till, "ada", Tier::Individual).await;
    till.site.later(minutes(6)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Active, Tier::Individual));
    // A checkout that nobody pays ends.
    let bob = till.site.account("bob").await;
    let (of, _) = begin(&till.site.app, &bob, Tier::Team, &Back::default()).await.expect("a checkout");
    till.site.later(minutes(45)).await;
    assert_eq!((now(&till, of.id).await.state, tier_of(&till, &bob).await), (State::Ended, Tier::Free));
    till.site.verifies().await;
}

#[tokio::test]
async fn each_month_is_billed_once_and_a_lost_notice_of_it_heals() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    month_later(&till, &reference);
    for body in [of_bill(&till, "evt_1", "invoice.paid", &reference), of_plan(&till, "evt_2", UPDATED, &reference)] {
        till.told(&body).await;
        assert_eq!(counted(&till, &ada, id).await, (2, 2, 100));
    }
    month_later(&till, &reference);
    till.site.later(minutes(1)).await;
    assert_eq!(counted(&till, &ada, id).await, (3, 3, 150));
    till.site.verifies().await;
}

#[tokio::test]
async fn a_month_that_cannot_be_paid_is_owed_for_two_weeks() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    till.stripe.books(|books| books.customers[0].card_pays = false);
    month_later(&till, &reference);
    till.told(&of_bill(&till, "evt_1", "invoice.payment_failed", &reference)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::PastDue, Tier::Individual));
    assert_eq!(counted(&till, &ada, id).await, (1, 1, 50));
    till.site.later(days(15)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::PastDue, Tier::Free));
    till.stripe.books(|books| books.recovers(&reference));
    till.told(&of_bill(&till, "evt_2", "invoice.paid", &reference)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Active, Tier::Individual));
    assert_eq!(counted(&till, &ada, id).await, (2, 2, 100));
    till.site.verifies().await;
}

#[tokio::test]
async fn who_cancels_at_the_portal_keeps_the_plan_for_the_month_that_is_paid() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    let portal = subscribing::portal(&till.site.app, ada.id).await.expect("a page");
    assert!(portal.starts_with(&format!("{}/portal/", till.stripe.base())), "{portal}");
    for yes in [true, false, true] {
        till.stripe.books(|books| books.cancelled_at_the_portal(&reference, yes));
        till.told(&of_plan(&till, &format!("evt_{}_{yes}", till.site.now().micros()), UPDATED, &reference)).await;
        let of = now(&till, id).await;
        assert_eq!(
            (of.ends_at_period_end, of.state, tier_of(&till, &ada).await),
            (yes, State::Active, Tier::Individual)
        );
    }
    month_later(&till, &reference);
    till.told(&of_plan(&till, "evt_9", DELETED, &reference)).await;
    assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Ended, Tier::Free));
    assert_eq!(counted(&till, &ada, id).await, (1, 1, 50));
    till.site.verifies().await;
}

#[tokio::test]
async fn a_subscription_that_was_ended_or_removed_outside_is_over_here() {
    for removed in [false, true] {
        let till = with_plans().await;
        let (ada, id, reference) = has(&till, "ada", Tier::Team).await;
        let late = of_plan(&till, "evt_2", UPDATED, &reference);
        till.stripe.books(|books| books.end(&reference));
        let deleted = of_plan(&till, "evt_1", DELETED, &reference);
        if removed {
            till.stripe.books(|books| books.subscriptions.clear());
        }
        // What was sent before comes afterwards: Stripe is asked, not believed.
        for body in [&deleted, &late, &deleted] {
            till.told(body).await;
            assert_eq!((now(&till, id).await.state, tier_of(&till, &ada).await), (State::Ended, Tier::Free));
        }
        let again = begin(&till.site.app, &ada, Tier::Individual, &Back::default()).await.expect("another one");
        assert_ne!(again.0.id, id);
        assert_eq!(till.stripe.books(|books| books.customers.len()), 1, "still the same customer");
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn another_plan_holds_at_once_and_who_cannot_pay_it_keeps_theirs() {
    let till = with_plans().await;
    let (ada, id, reference) = has(&till, "ada", Tier::Individual).await;
    let app = &till.site.app;
    till.stripe.books(|books| books.customers[0].card_pays = false);
    let declined = changing::change(app, ada.id, Tier::Team, None).await;
    assert!(matches!(declined, Err(Refusal::Declined)), "{declined:?}");
    assert_eq!(tier_of(&till, &ada).await, Tier::Individual);
    till.stripe.books(|books| books.customers[0].card_pays = true);
    changing::change(app, ada.id, Tier::Team, None).await.expect("changed");
    till.told(&of_plan(&till, "evt_1", UPDATED, &reference)).await;
    assert_eq!((now(&till, id).await.tier, tier_of(&till, &ada).await), (Tier::Team, Tier::Team));
    let prices = till.stripe.books(|books| books.invoices.iter().map(|bill| bill.due).collect::<Vec<_>>());
    assert!(prices.len() == 2 && prices[0] == 900 && (1_900..=2_000).contains(&prices[1]), "{prices:?}");
    till.site.verifies().await;
}

#[tokio::test]
async fn products_that_somebody_changed_at_stripe_are_told_of_and_mended() {
    let till = with_plans().await;
    let price_of = |name: &str| {
        till.stripe.books(|books| {
            let of = books.products.iter().find(|of| of.name == name).expect("a product");
            of.default_price.clone().expect("a price")
        })
    };
    let individual = price_of("Individual");
    till.stripe.books(|books| {
        books.prices.iter_mut().filter(|of| of.id == individual).for_each(|of| of.amount = 100);
        for of in &mut books.products {
            match of.name.as_str() {
                "Team" => of.name = "Crew".to_owned(),
                "Enterprise" => of.active = false,
                _ => {}
            }
        }
    });
    listed(&till, "product:old", "Old", 500).await;
    let found = init::run(&till.site.app, Actor::Operator, "For the test.").await.expect("products");
    let name = |name: &str| name.to_owned();
    for one in [
        Found::Mended { name: name("Team"), price: false },
        Found::Mended { name: name("Individual"), price: true },
        Found::MadeThere { name: name("Enterprise") },
        Found::TakenOff { name: name("Old") },
        Found::Well { name: name("Free") },
    ] {
        assert!(found.contains(&one), "{one:?} in {found:#?}");
    }
    assert_ne!(price_of("Individual"), individual);
    let found = init::run(&till.site.app, Actor::Operator, "For the test.").await.expect("products");
    assert!(found.len() == 5 && found.iter().all(Found::is_well), "{found:#?}");
    till.site.verifies().await;
}

#[tokio::test]
async fn while_stripe_is_down_nothing_is_lost_and_nothing_is_done_twice() {
    for weather in [Weather::Down, Weather::Garbage, Weather::Half, Weather::Lost] {
        let till = Till::open().await;
        let app = &till.site.app;
        till.stripe.weather(move |_| weather);
        let down = init::run(app, Actor::Operator, "For the test.").await.expect_err("no answer");
        assert!(matches!(down, Refusal::NoAnswer), "{weather:?}: {down:?}");
        till.stripe.fair();
        init::run(app, Actor::Operator, "For the test.").await.expect("products");
        let made = till.stripe.books(|books| books.products.len());
        assert_eq!(made, 5, "{weather:?}");
        let ada = till.site.account("ada").await;
        till.stripe.weather(move |_| weather);
        let down = begin(app, &ada, Tier::Team, &Back::default()).await.expect_err("no answer");
        assert!(matches!(down, Refusal::NoAnswer), "{weather:?}: {down:?}");
        till.stripe.fair();
        let (of, _) = begin(app, &ada, Tier::Team, &Back::default()).await.expect("a checkout");
        let session = till.stripe.session().id;
        till.stripe.pay(&session);
        till.stripe.weather(move |_| weather);
        till.told(&till.of_session("evt_1", "checkout.session.completed", &session)).await;
        assert_eq!(now(&till, of.id).await.state, State::Incomplete, "{weather:?}");
        till.stripe.fair();
        till.site.later(minutes(20)).await;
        assert_eq!((now(&till, of.id).await.state, tier_of(&till, &ada).await), (State::Active, Tier::Team));
        let there = till.stripe.books(|books| (books.customers.len(), books.sessions.len(), books.subscriptions.len()));
        assert_eq!(there, (1, 1, 1), "{weather:?}");
        till.site.verifies().await;
    }
}
