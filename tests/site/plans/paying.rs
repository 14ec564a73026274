//! Paying for a plan: once, every month, not at all, and the end of it.
use marquee::api::Scope;
use marquee::clock::{self, days};
use marquee::credits::{self, Kind};
use marquee::payments::local::plans::Deed;
use marquee::payments::notices;
use marquee::payments::{Gateway, Provider, local::Fault};
use marquee::plans::{self, State, Tier, settle, store};
use serde_json::json;

use super::{at_the_till, changes, happens, pays, set_up, subscription, tier};
use crate::site::{PUBLIC, Site};

async fn on() -> Site {
    let site = Site::start().await;
    set_up(&site).await;
    site
}

async fn subjects(site: &Site, email: &str) -> Vec<String> {
    site.mails_to(email).await.into_iter().map(|mail| mail.subject).collect()
}

/// A month of the calendar and a little.
async fn a_month_later(site: &Site) {
    site.later(days(31) + clock::hours(1)).await;
}

#[tokio::test]
async fn who_pays_has_the_plan_its_credits_a_receipt_and_letters() {
    let site = on().await;
    let mut ada = pays(&site, "ada", Tier::Team).await;
    let member = site.account_named("ada").await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Team));
    ada.visit("/plans").await.sees("You have the plan Team.").sees("Credits250");
    ada.visit("/subscriptions").await.follow("Team").await.sees("CHF 29.00");
    ada.follow("Receipt").await.sees("Receipt R-000001").sees("Plan Team").sees("250 credits come with it.");
    ada.follow("PDF").await.is(200);
    assert!(ada.html().starts_with("%PDF-"));
    ada.visit("/payments").await.sees("Plan Team").sees("CHF 29.00");
    ada.visit("/receipts").await.sees("Plan Team").sees("R-000001");
    ada.visit("/credits").await.sees("With the plan Team").sees("+250");
    let told = subjects(&site, "ada@example.org").await;
    for subject in ["You have the plan Team", "CHF 29.00 paid for the plan Team"] {
        assert!(told.iter().any(|told| told.replace('\u{a0}', " ") == subject), "{subject}: {told:?}");
    }
    site.verifies().await;
}

#[tokio::test]
async fn pressing_twice_and_two_tabs_are_one_subscription() {
    let site = on().await;
    let mut ada = at_the_till(&site, "ada", Tier::Team).await;
    let mut tab = ada.clone();
    let till = ada.path.clone();
    assert_eq!(tab.visit("/plans").await.press("Choose Team").await.path, till);
    // Another plan in the second tab closes the first.
    tab.visit("/plans").await.press("Choose Individual").await.is(200);
    assert_ne!(tab.path, till);
    ada.visit(&till).await.sees("This checkout is over.");
    tab.press("Pay").await.sees("Is running");
    ada.post("/plans", &[("tier", "team")]).await.is(303);
    changes(&mut ada, Tier::Team).await.sees("Your plan is Team now.");
    let member = site.account_named("ada").await;
    site.work().await;
    let all = store::of_member(&site.app.db, member.id).await.unwrap();
    assert_eq!(all.iter().filter(|of| of.runs()).count(), 1, "{all:?}");
    assert_eq!(tier(&site, &member).await, Some(Tier::Team), "the third press asked, and changed the plan");
    site.verifies().await;
}

#[tokio::test]
async fn a_notice_that_comes_twice_or_never_begins_one_month() {
    for button in ["Pay, and tell twice", "Pay, and tell nobody"] {
        let site = on().await;
        let mut ada = at_the_till(&site, "ada", Tier::Individual).await;
        ada.press(button).await.is(200);
        site.later(clock::minutes(10)).await;
        let member = site.account_named("ada").await;
        let of = settle(&site.app, subscription(&site, &member).await.id).await.unwrap();
        assert_eq!(
            (of.state, store::bills_of(&site.app.db, of.id).await.unwrap().len()),
            (State::Active, 1),
            "{button}"
        );
        assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 50, "{button}");
        site.verifies().await;
    }
}

#[tokio::test]
async fn a_declined_card_and_a_change_of_mind_begin_nothing() {
    let site = on().await;
    let mut ada = at_the_till(&site, "ada", Tier::Team).await;
    ada.press("Decline the card").await.is(422).sees("The card was declined.");
    ada.press("Go back without paying").await.at("/plans").sees("You have the plan Free.");
    site.later(clock::hours(1)).await;
    let member = site.account_named("ada").await;
    assert!(subscription(&site, &member).await.is_ended());
    assert_eq!(tier(&site, &member).await, Some(Tier::Free));
    assert!(subjects(&site, "ada@example.org").await.iter().all(|subject| !subject.contains("plan")));
    site.verifies().await;
}

#[tokio::test]
async fn each_month_is_paid_once_with_a_receipt_and_its_credits() {
    let site = on().await;
    pays(&site, "ada", Tier::Individual).await;
    for _ in 0..3 {
        a_month_later(&site).await;
    }
    let member = site.account_named("ada").await;
    let of = subscription(&site, &member).await;
    let bills = store::bills_of(&site.app.db, of.id).await.unwrap();
    assert_eq!((bills.len(), of.state), (4, State::Active));
    for _ in 0..3 {
        settle(&site.app, of.id).await.unwrap();
    }
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 4 * 50);
    let lines = credits::store::of_member(&site.app.db, member.id, i64::MAX, 100).await.unwrap();
    assert!(lines.iter().all(|told| told.line.kind == Kind::Plan && told.line.credits == 50));
    let mut ada = site.member("ada").await;
    ada.visit("/receipts").await.sees("R-000001").sees("R-000004").misses("R-000005");
    site.verifies().await;
}

#[tokio::test]
async fn a_month_that_is_not_paid_goes_on_for_a_while_and_is_free_then() {
    let site = on().await;
    let mut ada = pays(&site, "ada", Tier::Team).await;
    let member = site.account_named("ada").await;
    happens(&site, &subscription(&site, &member).await, Deed::Fail).await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Team));
    ada.visit("/plans").await.sees("The plan Team could not be paid. It goes on until");
    ada.visit("/hosting").await.sees("Your plan could not be paid.");
    site.later(days(plans::GRACE_DAYS) - clock::hours(1)).await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Team));
    site.later(clock::hours(2)).await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Free));
    // Sessions do not last as long.
    site.member("ada").await.visit("/plans").await.sees("so your plan is Free until it is");
    let told = subjects(&site, "ada@example.org").await;
    for subject in ["The plan Team could not be paid", "Your plan is Free until Team is paid"] {
        assert_eq!(told.iter().filter(|told| *told == subject).count(), 1, "{told:?}");
    }
    happens(&site, &subscription(&site, &member).await, Deed::PayOwed).await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Team));
    site.verifies().await;
}

#[tokio::test]
async fn a_plan_ends_with_the_month_unless_that_is_taken_back() {
    let site = on().await;
    let mut ada = pays(&site, "ada", Tier::Team).await;
    let member = site.account_named("ada").await;
    ada.visit("/plans").await.press("End with the month").await.sees("The plan Team ends on");
    ada.press("Go on after all").await.sees("Your plan Team goes on.");
    ada.press("Choose Free").await.sees("Your plan ends with the month that is paid.");
    assert_eq!(tier(&site, &member).await, Some(Tier::Team), "until then it is there");
    a_month_later(&site).await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Free));
    assert!(subscription(&site, &member).await.is_ended());
    let told = subjects(&site, "ada@example.org").await;
    for part in ["The plan Team ends on", "The plan Team goes on", "The plan Team is over"] {
        assert!(told.iter().any(|told| told.starts_with(part)), "{part}: {told:?}");
    }
    // Sessions do not last as long.
    let mut ada = site.member("ada").await;
    ada.visit("/plans").await.press("Choose Individual").await.sees("No money moves.");
    site.verifies().await;
}

#[tokio::test]
async fn a_bigger_plan_holds_at_once_and_brings_its_credits_with_the_next_month() {
    let site = on().await;
    let mut ada = pays(&site, "ada", Tier::Individual).await;
    let member = site.account_named("ada").await;
    changes(&mut ada, Tier::Enterprise).await.sees("Your plan is Enterprise now.");
    site.work().await;
    assert_eq!(tier(&site, &member).await, Some(Tier::Enterprise));
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 50, "one grant a month");
    let bills = store::bills_of(&site.app.db, subscription(&site, &member).await.id).await.unwrap();
    assert!(bills.len() == 2 && bills[0].amount > 8_900 && bills[0].amount <= 9_000, "the difference: {bills:?}");
    let costs = async || subscription(&site, &member).await.amount;
    assert_eq!(costs().await, 9_900, "what a month costs now");
    changes(&mut ada, Tier::Team).await.sees("Your plan is Team now.");
    assert_eq!(costs().await, 2_900);
    a_month_later(&site).await;
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 50 + 250);
    site.verifies().await;
}

#[tokio::test]
async fn nobody_else_sees_or_touches_a_subscription() {
    let site = on().await;
    pays(&site, "ada", Tier::Team).await;
    let of = subscription(&site, &site.account_named("ada").await).await;
    let bill = store::bills_of(&site.app.db, of.id).await.unwrap().remove(0);
    let till = format!("/local/subscriptions/{}", of.reference.clone().unwrap());
    let mut eve = site.member("eve").await;
    for path in [of.path(), format!("/plans/bills/{}", bill.id), till.clone()] {
        eve.visit(&path).await.is(404);
    }
    eve.post(&till, &[("do", "end")]).await.is(404);
    eve.post("/plans/cancellation", &[]).await.is(422).sees("You pay for no plan now.");
    eve.post("/plans/portal", &[]).await.is(422);
    site.work().await;
    assert_eq!(subscription(&site, &site.account_named("ada").await).await.state, State::Active);
}

#[tokio::test]
async fn a_public_site_has_no_stand_in() {
    let site = Site::with(&PUBLIC).await;
    let refused = plans::init::run(&site.app, marquee::journal::Actor::Operator, "A test").await;
    assert!(matches!(refused, Err(plans::Refusal::NoPayments)), "{refused:?}");
}

#[tokio::test]
async fn what_a_notice_says_is_a_hint_and_the_provider_is_asked() {
    let site = on().await;
    pays(&site, "ada", Tier::Team).await;
    let of = subscription(&site, &site.account_named("ada").await).await;
    let reference = of.reference.clone().unwrap();
    for kind in ["customer.subscription.deleted", "customer.subscription.updated"] {
        let object = json!({"object": "subscription", "id": reference, "status": "canceled"});
        let body = json!({"id": format!("evt_{kind}"), "type": kind, "data": {"object": object}}).to_string();
        notices::receive(&site.app, Provider::Local, body.as_bytes()).await.unwrap();
    }
    let bill = json!({"parent": {"subscription_details": {"subscription": reference}}, "amount_paid": 1_000_000});
    let body = json!({"id": "evt_bill", "type": "invoice.paid", "data": {"object": bill}}).to_string();
    notices::receive(&site.app, Provider::Local, body.as_bytes()).await.unwrap();
    site.work().await;
    let after = subscription(&site, &site.account_named("ada").await).await;
    assert_eq!((after.state, store::bills_of(&site.app.db, of.id).await.unwrap().len()), (State::Active, 1));
    let all = notices::newest(&site.app, 20).await.unwrap();
    assert!(all.iter().all(|notice| notice.outcome.starts_with("subscription ")), "{all:#?}");
    site.verifies().await;
}

#[tokio::test]
async fn a_provider_that_answers_badly_delays_and_doubles_nothing() {
    let site = on().await;
    let Some(Gateway::Local(local)) = &site.app.gateway else { panic!("a local provider") };
    let mut calls = 0;
    local.set_weather(move |_| {
        calls += 1;
        match calls % 3 {
            0 => Fault::None,
            1 => Fault::After,
            _ => Fault::Before,
        }
    });
    let mut ada = site.member("ada").await;
    for _ in 0..6 {
        ada.visit("/plans").await.press("Choose Team").await;
        if ada.path.starts_with("/local/") {
            break;
        }
        ada.is(422).sees("The payment service does not answer.");
    }
    ada.press("Pay").await.is(200);
    for _ in 0..12 {
        site.later(clock::hours(1)).await;
    }
    local.set_weather(|_| Fault::None);
    site.later(clock::hours(2)).await;
    let member = site.account_named("ada").await;
    let of = subscription(&site, &member).await;
    assert_eq!((of.state, store::bills_of(&site.app.db, of.id).await.unwrap().len()), (State::Active, 1));
    site.verifies().await;
}

#[tokio::test]
async fn who_deletes_the_account_pays_no_more() {
    let site = on().await;
    let mut ada = pays(&site, "ada", Tier::Team).await;
    let member = site.account_named("ada").await;
    ada.visit("/settings/data").await.follow("Delete my account").await.is(200);
    ada.press("Delete my account for good").await.is(200);
    site.work().await;
    let of = subscription(&site, &member).await;
    assert!(of.is_ended() && tier(&site, &member).await == Some(Tier::Free));
    let told = marquee::plans::settle(&site.app, of.id).await.unwrap();
    assert!(told.is_ended(), "the provider says so, too");
    for _ in 0..2 {
        a_month_later(&site).await;
    }
    assert_eq!(store::bills_of(&site.app.db, of.id).await.unwrap().len(), 1);
    site.verifies().await;
}

#[tokio::test]
async fn programs_choose_plans_at_our_price_and_come_back_only_to_where_they_may() {
    let site = on().await;
    let member = site.account("ada").await;
    let program = site.program_of(&member, &[Scope::Read, Scope::Write]).await;
    let path = "/api/v1/payments/subscribe";
    program.post(path, json!({})).await.is(422);
    program.post(path, json!({"tier": "team", "amount_cents": 1})).await.is(422);
    program.post(path, json!({"tier": "team", "success_url": "https://evil.example"})).await.is(422);
    program.post(path, json!({"tier": "free"})).await.is(409);
    let made = program.post(path, json!({"tier": "team", "amount_cents": 2900})).await.is(201);
    assert_eq!(made.data()["state"], "incomplete");
    let again = program.post(path, json!({"tier": "team"})).await.is(201);
    assert_eq!(again.data()["id"], made.data()["id"], "the open one");
    let mine = program.get("/api/v1/my/subscriptions").await.is(200);
    assert_eq!(mine.data()["items"][0]["tier"], "team");
    let read = site.program_of(&member, &[Scope::Read]).await;
    read.post(path, json!({"tier": "team"})).await.is(403);
}
