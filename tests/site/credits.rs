//! Credits: bought, given, spent and owed, and the front page that they are spent on.
mod ending;
mod money;

use marquee::api::Scope;
use marquee::clock::{self, days};
use marquee::credits::featuring::{self, Wish};
use marquee::credits::{self, Line, Refusal};
use marquee::decide;
use marquee::events::{Event, Role, Visibility};
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use serde_json::json;

use crate::browser::Browser;
use crate::site::{PUBLIC, Site};

pub async fn grant(site: &Site, member: Id<Member>, credits: i64) {
    let (now, why) = (site.now(), "A test");
    let given = decide!(site.app.db, tx, credits::grant(tx, member, credits, why, Actor::Operator, now).await);
    given.unwrap();
}

pub async fn feature(site: &Site, event: &Event, by: Id<Member>, days: i64) -> Result<Line, Refusal> {
    let (now, wish) = (site.now(), Wish { event: event.id, days, form: "", by });
    decide!(site.app.db, tx, featuring::feature(tx, &wish, now).await)
}

/// Somebody who has bought credits.
pub async fn bought(site: &Site, name: &str, credits: &str) -> Browser {
    let mut ada = site.member(name).await;
    ada.visit("/credits").await.fill("credits", credits).press("Buy credits").await.is(200).sees("No money moves.");
    ada.press("Pay").await.is(200).sees("Paid. Your balance is");
    site.work().await;
    ada
}

#[tokio::test]
async fn who_pays_has_credits_a_receipt_and_a_letter() {
    let site = Site::start().await;
    let mut ada = bought(&site, "ada", "60").await;
    ada.sees("Receipt R-000001").sees("60 credits").sees("CHF 6.00");
    ada.follow("PDF").await.is(200);
    assert!(ada.html().starts_with("%PDF-"));
    ada.visit("/credits").await.sees("Balance60").sees("Bought").sees("+60");
    ada.visit("/receipts").await.sees("R-000001").sees("60 credits").sees("CHF 6.00");
    let mail = site.mail_to("ada@example.org").await;
    assert_eq!(mail.subject, "60 credits bought");
    assert!(mail.text.contains("R-000001"), "{}", mail.text);
    let member = site.account_named("ada").await;
    let program = site.program_of(&member, &[Scope::Read]).await;
    let credits = program.get("/api/v1/me/credits").await.is(200);
    assert_eq!((&credits.data()["balance"], &credits.data()["items"][0]["kind"]), (&json!(60), &json!("purchase")));
    let payments = program.get("/api/v1/me/payments").await.is(200);
    let payment = &payments.data()["items"][0];
    assert_eq!(
        (&payment["order_id"], &payment["credits"], &payment["amount"]),
        (&json!(null), &json!(60), &json!(600))
    );
    program.get(&format!("/api/v1/payments/{}", payment["id"].as_str().unwrap())).await.is(200);
    let mut eve = site.member("eve").await;
    eve.visit(&format!("/credits/purchases/{}", payment["id"].as_str().unwrap())).await.is(404);
    let other = site.program_of(&site.account_named("eve").await, &[Scope::Read]).await;
    other.get(&format!("/api/v1/payments/{}", payment["id"].as_str().unwrap())).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn fewer_than_the_least_cannot_be_bought_and_what_is_typed_stays() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    for typed in ["49", "", "0", "-60", "sixty", "10000000"] {
        ada.visit("/credits")
            .await
            .fill("credits", typed)
            .press("Buy credits")
            .await
            .is(422)
            .field_is("credits", typed);
        assert!(!ada.error_at("credits").is_empty(), "{typed}");
    }
    site.verifies().await;
}

#[tokio::test]
async fn credits_put_an_event_on_the_front_page_until_their_day_is_over() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&format!("{}/manage", event.path())).await.follow("Put it on the front page").await.is(200);
    ada.fill("days", "2")
        .press("Put it on the front page")
        .await
        .is(422)
        .sees("This costs 40 credits, and you have 0.");
    grant(&site, site.account_named("ada").await.id, 50).await;
    ada.visit(&format!("{}/featuring", event.path())).await.sees("Balance50");
    ada.fill("days", "2")
        .press("Put it on the front page")
        .await
        .is(200)
        .sees("you have 10 credits left")
        .sees("It stands there until");
    let mut visitor = site.browser();
    visitor.visit("/").await.sees("Featured");
    visitor.visit("/?q=jazz").await.misses("Featured");
    site.later(days(2) - clock::minutes(1)).await;
    visitor.visit("/").await.sees("Featured");
    site.later(clock::minutes(2)).await;
    visitor.visit("/").await.misses("Featured").sees("Jazz");
    ada.visit("/credits").await.sees("Balance10").sees("−40").sees("on the front page until");
    site.verifies().await;
}

#[tokio::test]
async fn only_what_everybody_finds_can_be_featured_and_no_longer_than_it_lasts() {
    let site = Site::start().await;
    let ada = site.account("ada").await.id;
    grant(&site, ada, 2_000).await;
    let hidden = site.event("Hidden").host("ada").with(|event| event.visibility = Visibility::Unlisted).make().await;
    let draft = site.event("Draft").host("ada").draft().make().await;
    for event in [&hidden, &draft] {
        assert!(matches!(feature(&site, event, ada, 1).await, Err(Refusal::NotPublic)));
    }
    let soon = site.event("Soon").host("ada").starts_in(days(2)).make().await;
    assert!(matches!(feature(&site, &soon, ada, 4).await, Err(Refusal::TooLong { most: 3 })));
    let first = feature(&site, &soon, ada, 1).await.unwrap();
    let second = feature(&site, &soon, ada, 2).await.unwrap();
    assert_eq!((second.from_at, second.balance), (first.until_at, 2_000 - 60), "it stays longer");
    assert!(matches!(feature(&site, &soon, ada, 1).await, Err(Refusal::TooLong { most: 0 })));
    site.later(days(4)).await;
    assert!(matches!(feature(&site, &soon, ada, 1).await, Err(Refusal::Over)));
    site.verifies().await;
}

#[tokio::test]
async fn a_form_that_is_pressed_twice_pays_once() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let ada = site.account_named("ada").await.id;
    grant(&site, ada, 100).await;
    let now = site.now();
    for (days, left) in [(2, Some(60)), (2, Some(60)), (3, None)] {
        let wish = Wish { event: event.id, days, form: "one-form", by: ada };
        let done = decide!(site.app.db, tx, featuring::feature(tx, &wish, now).await);
        assert_eq!(done.ok().map(|line| line.balance), left, "{days} days");
    }
    assert_eq!(credits::balance(&site.app, ada).await.unwrap(), 60);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_spend_one_balance_at_the_same_time_as_many_as_it_holds_do() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let ada = site.account("ada").await.id;
    let mut events = Vec::new();
    for n in 0..8 {
        events.push(site.event(&format!("Event {n}")).host("ada").starts_in(days(300)).make().await.id);
    }
    grant(&site, ada, 7 * 20 + 19).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, event, now) = (apps[n % 2].clone(), events[n % 8], site.now());
        tasks.spawn(async move {
            let wish = Wish { event, days: 1, form: "", by: ada };
            decide!(app.db, tx, featuring::feature(tx, &wish, now).await)
        });
    }
    let outcomes = tasks.join_all().await;
    let spent = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let told = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refusal::TooFew { cost: 20, .. }))).count();
    assert_eq!((spent, told), (7, 33), "{outcomes:#?}");
    assert_eq!(credits::balance(&site.app, ada).await.unwrap(), 19);
    site.verifies().await;
}

#[tokio::test]
async fn an_admin_gives_credits_for_a_reason_and_sees_where_all_went() {
    let site = Site::start().await;
    let member = site.account("ada").await;
    let mut root = site.admin("Root").await;
    root.visit(&format!("/admin/members/{}", member.id)).await.is(200);
    assert!(root.html().contains(&format!("/admin/members/{}/credits", member.id)));
    root.visit(&format!("/admin/members/{}/credits", member.id)).await.is(200);
    root.fill("credits", "80").press("Give credits").await.is(422).sees("Say why.").field_is("credits", "80");
    root.fill("reason", "Helped at the door").press("Give credits").await.is(200).sees("80 credits given.");
    root.sees("Balance80").sees("Helped at the door");
    root.visit("/admin/credits").await.sees("In circulation80").sees("Given80").sees("ada");
    let mut ada = site.member("ada").await;
    ada.visit("/credits").await.sees("Given by the site: Helped at the door").sees("+80");
    ada.visit("/admin/credits").await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn an_admin_who_presses_twice_gives_once_and_twice_with_a_new_page() {
    let site = Site::start().await;
    let page = format!("/admin/members/{}/credits", site.account("ada").await.id);
    let mut root = site.admin("Root").await;
    for has in [10, 20] {
        root.visit(&page).await.fill("credits", "10").fill("reason", "Helped");
        let (_, action, fields) = root.form_with("Give credits");
        let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for _ in 0..3 {
            root.post(&action, &fields).await.is(303);
        }
        root.visit(&page).await.sees("10 credits given.").sees(&format!("Balance{has}"));
        fields.retain(|(name, _)| *name != "credits");
        fields.push(("credits", "11"));
        root.post(&action, &fields).await.is(422).sees("already sent with other contents");
    }
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_presses_of_one_form_at_the_same_time_one_gives() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let ada = site.account("ada").await.id;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, now, by) = (apps[n % 2].clone(), site.now(), Actor::Operator);
        tasks.spawn(async move {
            decide!(app.db, tx, credits::grant_once(tx, ada, (10, "Helped"), "one-form", by, now).await)
        });
    }
    let outcomes = tasks.join_all().await;
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_ok_and(|line| line.balance == 10)), "{outcomes:#?}");
    assert_eq!(credits::balance(&site.app, ada).await.unwrap(), 10);
    site.verifies().await;
}

#[tokio::test]
async fn programs_buy_credits_at_our_price_and_come_back_only_to_where_they_may() {
    let site = Site::with(&[("RETURN_ORIGINS", "https://app.example.org")]).await;
    let member = site.account("ada").await;
    let program = site.program_of(&member, &[Scope::Read, Scope::Write]).await;
    let buy = "/api/v1/payments/buy-tokens";
    program.post(buy, json!({"credits": 49})).await.is(422);
    program.post(buy, json!({})).await.is(422);
    let wrong = program.post(buy, json!({"tokens": 100, "amount_cents": 1})).await.is(422);
    assert!(wrong.data()["amount_cents"].is_string());
    for evil in ["https://evil.example", "https://app.example.org.evil.example/x", "javascript:alert(1)"] {
        let refused = program.post(buy, json!({"credits": 100, "success_url": evil})).await.is(422);
        assert!(refused.data()["success_url"].is_string(), "{evil}");
        program.post(buy, json!({"credits": 100, "cancel_url": evil})).await.is(422);
    }
    let to = "https://app.example.org/thanks";
    let wish = json!({"credits": 100, "amount_cents": 1000, "success_url": to});
    let made = program.post(buy, wish.clone()).await.is(201);
    assert_eq!((&made.data()["amount"], &made.data()["state"]), (&json!(1_000), &json!("open")));
    let again = program.post(buy, wish).await.is(201);
    assert_eq!(again.data()["id"], made.data()["id"], "the open one");
    let read = site.program_of(&member, &[Scope::Read]).await;
    read.post(buy, json!({"credits": 100})).await.is(403);
    site.verifies().await;
}

#[tokio::test]
async fn programs_spend_credits_on_events_of_their_member() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let member = site.account_named("ada").await;
    let program = site.program_of(&member, &[Scope::Read, Scope::Host, Scope::Write]).await;
    let path = format!("/api/v1/events/{}/featuring", event.slug);
    program.post(&path, json!({"days": 1})).await.is(409);
    let given = program.post("/api/v1/payments/buy-tokens/test", json!({"credits": 50})).await.is(201);
    assert_eq!(given.data()["balance"], 50);
    program.post(&path, json!({"days": 99})).await.is(422);
    let line = program.post(&path, json!({"days": 2})).await.is(201);
    assert_eq!((&line.data()["credits"], &line.data()["event"]), (&json!(-40), &json!("jazz")));
    let eve = site.account("eve").await;
    site.gives_role(&event, eve.id, Role::Door).await;
    let door = site.program_of(&eve, &[Scope::Host]).await;
    door.post(&path, json!({"days": 1})).await.is(403);
    site.verifies().await;
}

#[tokio::test]
async fn a_public_site_gives_no_credits_for_a_test() {
    let site = Site::with(&PUBLIC).await;
    let member = site.account("ada").await;
    let program = site.program_of(&member, &[Scope::Read, Scope::Write]).await;
    program.post("/api/v1/payments/buy-tokens/test", json!({"credits": 50})).await.is(404);
    let none = program.post("/api/v1/payments/buy-tokens", json!({"credits": 50})).await.is(409);
    assert!(none.data()["message"].as_str().unwrap().contains("cannot take payments"));
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 0);
}

#[tokio::test]
async fn a_ledger_that_was_changed_by_hand_is_found() {
    let site = Site::start().await;
    let ada = site.account("ada").await.id;
    grant(&site, ada, 50).await;
    for (spoil, mend) in [
        ("UPDATE credit_lines SET credits = 60, balance = 60", "UPDATE credit_lines SET credits = 50, balance = 50"),
        ("UPDATE credit_accounts SET balance = 60", "UPDATE credit_accounts SET balance = 50"),
        ("UPDATE credit_lines SET reason = 'Other'", "UPDATE credit_lines SET reason = 'A test'"),
    ] {
        site.finds(spoil, mend).await;
    }
}
