//! Another plan is asked for before it is charged: what the page says is what is taken, and nothing without a yes.
use marquee::api::Scope;
use marquee::clock::{days, minutes};
use marquee::plans::{Bill, Tier, store};
use serde_json::json;

use super::{changes, pays, set, set_up, subscription, tier};
use crate::browser::{Browser, FORM, encode};
use crate::site::Site;

/// Ada, who pays for a plan.
async fn on(tier: Tier) -> (Site, Browser) {
    let site = Site::start().await;
    set_up(&site).await;
    let ada = pays(&site, "ada", tier).await;
    (site, ada)
}

async fn bills(site: &Site) -> Vec<Bill> {
    site.work().await;
    let of = subscription(site, &site.account_named("ada").await).await;
    store::bills_of(&site.app.db, of.id).await.unwrap()
}

async fn has(site: &Site) -> Option<Tier> {
    tier(site, &site.account_named("ada").await).await
}

#[tokio::test]
async fn the_page_says_to_the_rappen_what_is_charged() {
    let (site, _) = on(Tier::Individual).await;
    site.later(days(10)).await;
    let mut ada = site.member("ada").await;
    ada.visit("/plans").await.press("Choose Enterprise").await.is(200).sees("CHF 9.00 a month");
    ada.sees("CHF 99.00 a month").sees("The new plan begins now.");
    let sum: i64 = ada.field("charge").parse().unwrap();
    assert!((5_500..6_500).contains(&sum), "{sum}: two thirds of 90");
    let button = format!("Change to Enterprise and pay CHF {}.{:02}", sum / 100, sum % 100);
    ada.press(&button).await.at("/plans").sees("Your plan is Enterprise now.");
    let bills = bills(&site).await;
    assert_eq!((bills.len(), bills[0].amount), (2, sum));
    site.verifies().await;
}

#[tokio::test]
async fn to_look_at_the_page_and_to_send_a_form_without_its_price_charge_nothing() {
    let (site, mut ada) = on(Tier::Individual).await;
    ada.visit("/plans/change?tier=enterprise").await.is(200).sees("CHF 90.00");
    let tier = ("tier", "enterprise");
    ada.post("/plans", &[tier]).await.is(303);
    for fields in [&[tier][..], &[tier, ("charge", "9000")], &[tier, ("amount", "9900"), ("charge", "none")]] {
        ada.post("/plans/change", fields).await.is(303);
        assert_eq!(ada.headers["location"], "/plans/change?tier=enterprise", "{fields:?}");
    }
    for (amount, charge) in [("9900", "0"), ("9900", "8999"), ("900", "9000")] {
        ada.post("/plans/change", &[tier, ("amount", amount), ("charge", charge)]).await.is(422);
        ada.sees("The price has changed: now it would be CHF 90.00 at once.");
    }
    for elsewhere in ["", "free", "individual", "golden"] {
        ada.visit(&format!("/plans/change?tier={elsewhere}")).await.is(200).at("/plans");
    }
    assert_eq!((bills(&site).await.len(), has(&site).await), (1, Some(Tier::Individual)));
    site.member("bob").await.visit("/plans/change?tier=team").await.is(200).at("/plans");
}

#[tokio::test]
async fn a_price_that_changed_since_the_page_was_opened_is_asked_for_again() {
    let (site, mut ada) = on(Tier::Individual).await;
    ada.visit("/plans").await.press("Choose Enterprise").await.sees("CHF 99.00 a month");
    set(&site, Tier::Enterprise, |plan| plan.price = 10_900).await;
    ada.press("Change to Enterprise and pay CHF 90.00").await.is(422).sees("Nothing is charged yet.");
    assert_eq!((bills(&site).await.len(), has(&site).await), (1, Some(Tier::Individual)));
    ada.sees("CHF 109.00 a month");
    ada.press("Change to Enterprise and pay CHF 100.00").await.sees("Your plan is Enterprise now.");
    assert_eq!(bills(&site).await[0].amount, 10_000);
    site.verifies().await;
}

#[tokio::test]
async fn a_page_holds_until_the_hour_is_over_and_is_then_shown_with_the_new_sum() {
    let (site, _) = on(Tier::Individual).await;
    site.later(minutes(55)).await;
    let mut ada = site.member("ada").await;
    ada.visit("/plans/change?tier=enterprise").await.field_is("charge", "9000");
    site.later(minutes(9)).await;
    ada.press_starting("Change to Enterprise").await.is(422).sees("The price has changed");
    let sum: i64 = ada.field("charge").parse().unwrap();
    assert!((8_980..9_000).contains(&sum), "{sum}");
    assert_eq!(bills(&site).await.len(), 1);
    ada.press_starting("Change to Enterprise").await.sees("Your plan is Enterprise now.");
    assert_eq!(bills(&site).await[0].amount, sum);
}

#[tokio::test]
async fn whoever_is_not_known_to_be_it_still_is_asked_before_money_is_taken() {
    let (site, mut ada) = on(Tier::Individual).await;
    ada.visit("/plans").await.press("Choose Enterprise").await.is(200);
    site.app.clock.advance(minutes(11));
    ada.press_starting("Change to Enterprise").await.at("/step-up").sees("What you sent was not acted on.");
    assert_eq!((bills(&site).await.len(), has(&site).await), (1, Some(Tier::Individual)));
    ada.steps_up().await.at("/plans/change").sees("press the button once more");
    ada.press_starting("Change to Enterprise").await.sees("Your plan is Enterprise now.");
    assert_eq!(bills(&site).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_pressed_forty_times_is_charged_once() {
    let (site, mut ada) = on(Tier::Individual).await;
    ada.visit("/plans/change?tier=team").await.is(200);
    let (_, action, fields) = ada.form_with("Change to Team and pay CHF 20.00");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (mut tab, action, body) = (ada.clone(), action.clone(), encode(&fields).into_bytes());
        tasks.spawn(async move { tab.request("POST", &action, Some(FORM), body).await.status });
    }
    let answers = tasks.join_all().await;
    assert!(answers.contains(&303) && answers.iter().all(|status| *status < 500), "{answers:?}");
    let bills = bills(&site).await;
    assert_eq!((bills.len(), bills[0].amount, has(&site).await), (2, 2_000, Some(Tier::Team)));
    site.verifies().await;
}

#[tokio::test]
async fn a_cheaper_plan_says_beforehand_that_nothing_comes_back() {
    let (site, mut ada) = on(Tier::Team).await;
    ada.visit("/plans").await.press("Choose Individual").await.is(200).sees("Nothing is charged today.");
    ada.sees("begins now, and nothing comes back for the rest of the month that you paid");
    assert_eq!(has(&site).await, Some(Tier::Team), "to ask changes nothing");
    ada.press("Change to Individual now").await.sees("Your plan is Individual now.");
    assert_eq!((bills(&site).await.len(), has(&site).await), (1, Some(Tier::Individual)));
    changes(&mut ada, Tier::Team).await.sees("Your plan is Team now.");
    assert_eq!(bills(&site).await[0].amount, 2_000, "up again is paid again");
    site.verifies().await;
}

#[tokio::test]
async fn whose_plan_ends_with_the_month_is_told_that_the_other_one_ends_then_too() {
    let (_site, mut ada) = on(Tier::Individual).await;
    ada.visit("/plans").await.press("End with the month").await.is(200);
    ada.press("Choose Team").await.sees("Your plan ends then, as you asked.");
}

#[tokio::test]
async fn programs_say_what_may_be_charged_at_once() {
    let (site, _) = on(Tier::Individual).await;
    let member = site.account_named("ada").await;
    let program = site.program_of(&member, &[Scope::Read, Scope::Write]).await;
    let path = "/api/v1/payments/subscribe";
    program.post(path, json!({"tier": "enterprise", "charge_now": "much"})).await.is(422);
    program.post(path, json!({"tier": "enterprise", "charge_now": 1})).await.is(409);
    assert_eq!((bills(&site).await.len(), has(&site).await), (1, Some(Tier::Individual)));
    let changed = program.post(path, json!({"tier": "enterprise", "charge_now": 9000})).await.is(201);
    assert_eq!(changed.data()["tier"], "enterprise");
    assert_eq!(bills(&site).await[0].amount, 9_000);
}
