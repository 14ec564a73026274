//! What becomes of credits when their money comes late, twice, never, or goes back.
use marquee::clock;
use marquee::credits::{self, Kind, Refusal};
use marquee::events::Event;
use marquee::ids::Id;
use marquee::members::Member;
use marquee::payments::local::Fault;
use marquee::payments::{self, Gateway, Payment, PaymentState, Provider, purchases, settle};

use super::{bought, feature};
use crate::browser::Browser;
use crate::site::Site;

async fn payment(site: &Site, member: Id<Member>) -> Payment {
    purchases::store::of_member(&site.app.db, member, 1).await.unwrap().remove(0)
}

async fn kinds(site: &Site, member: Id<Member>) -> Vec<(Kind, i64)> {
    let lines = credits::store::of_member(&site.app.db, member, i64::MAX, 100).await.unwrap();
    lines.into_iter().rev().map(|told| (told.line.kind, told.line.credits)).collect()
}

/// Somebody at the provider's page.
async fn at_the_till(site: &Site, name: &str) -> Browser {
    let mut ada = site.member(name).await;
    ada.visit("/credits").await.fill("credits", "50").press("Buy credits").await.is(200).sees("Pay CHF 5.00");
    ada
}

#[tokio::test]
async fn money_that_is_told_twice_or_not_at_all_buys_once() {
    for button in ["Pay, and tell twice", "Pay, and tell nobody"] {
        let site = Site::start().await;
        let mut ada = at_the_till(&site, "ada").await;
        ada.press(button).await.is(200);
        site.later(clock::minutes(10)).await;
        let member = site.account_named("ada").await.id;
        let paid = payment(&site, member).await;
        settle(&site.app, paid.id).await.unwrap();
        assert_eq!(kinds(&site, member).await, [(Kind::Purchase, 50)], "{button}");
        assert_eq!((paid.state, paid.order_id), (PaymentState::Paid, None));
        site.verifies().await;
    }
}

#[tokio::test]
async fn who_is_declined_or_walks_away_goes_on_with_the_same_payment() {
    let site = Site::start().await;
    let mut ada = at_the_till(&site, "ada").await;
    ada.press("Decline the card").await.is(422).sees("declined");
    ada.press("Go back without paying").await.is(200).at("/credits");
    let member = site.account_named("ada").await.id;
    let first = payment(&site, member).await;
    let mut ada = at_the_till(&site, "ada").await;
    assert_eq!(payment(&site, member).await.id, first.id);
    ada.visit(&purchases::path(first.id)).await.sees("has no money from you yet").sees("Look again");
    site.later(clock::minutes(40)).await;
    ada.visit(&purchases::path(first.id)).await.sees("No money came for this");
    assert_eq!(payment(&site, member).await.state, PaymentState::Ended);
    at_the_till(&site, "ada").await;
    assert_ne!(payment(&site, member).await.id, first.id);
    site.verifies().await;
}

#[tokio::test]
async fn nobody_pays_at_the_page_of_another() {
    let site = Site::start().await;
    let ada = at_the_till(&site, "ada").await;
    let mut eve = site.member("eve").await;
    eve.visit(&ada.path).await.is(404);
    eve.post(&ada.path, &[("do", "pay")]).await.is(404);
    site.browser().post(&ada.path, &[("do", "pay")]).await.is(404);
    assert_eq!(credits::balance(&site.app, site.account_named("ada").await.id).await.unwrap(), 0);
}

/// A member whose credits are spent, and whose money went back at the provider.
async fn gone_back(site: &Site) -> (Browser, Id<Member>, Event) {
    let event = site.event("Jazz").host("ada").make().await;
    let mut ada = bought(site, "ada", "50").await;
    let member = site.account_named("ada").await.id;
    feature(site, &event, member, 2).await.unwrap();
    let paid = payment(site, member).await;
    ada.visit(paid.url.as_deref().unwrap()).await.press("Give it back outside the site").await.is(200);
    site.work().await;
    (ada, member, event)
}

#[tokio::test]
async fn credits_of_money_that_went_back_are_taken_back_and_what_was_spent_is_owed() {
    let site = Site::start().await;
    let (mut ada, member, event) = gone_back(&site).await;
    assert_eq!(kinds(&site, member).await, [(Kind::Purchase, 50), (Kind::Spend, -40), (Kind::Debt, -50)]);
    assert!(matches!(feature(&site, &event, member, 1).await, Err(Refusal::TooFew { cost: 20, left: -40 })));
    ada.visit("/credits").await.sees("Balance−40").sees("Nothing can be spent until the balance is above 0");
    ada.visit("/receipts").await.sees("R-000002 Credit note").sees("−CHF 5.00");
    ada.follow("R-000002").await;
    ada.sees("Credit note R-000002").sees("Paid in the endCHF 0.00");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "CHF\u{a0}5.00 given back for credits");
    settle(&site.app, payment(&site, member).await.id).await.unwrap();
    assert_eq!(credits::balance(&site.app, member).await.unwrap(), -40, "once");
    bought(&site, "ada", "60").await;
    feature(&site, &event, member, 1).await.unwrap();
    assert_eq!(credits::balance(&site.app, member).await.unwrap(), 0);
    site.verifies().await;
}

#[tokio::test]
async fn an_admin_gives_the_money_back_once_and_the_credits_go_with_it() {
    let site = Site::start().await;
    bought(&site, "ada", "50").await;
    let member = site.account_named("ada").await.id;
    let paid = payment(&site, member).await;
    let mut root = site.admin("Root").await;
    root.visit(&format!("/admin/members/{member}/credits")).await.follow(&purchases::number(paid.id)).await.is(200);
    root.press("Give all back").await.is(422).sees("Say why.");
    root.fill("reason", "Asked by mail").press("Give all back").await.is(200).sees("on its way back");
    root.misses("Give all back");
    root.post(&format!("/admin/purchases/{}/refund", paid.id), &[("reason", "Again")]).await;
    site.work().await;
    assert_eq!(kinds(&site, member).await, [(Kind::Purchase, 50), (Kind::Debt, -50)]);
    assert_eq!(payment(&site, member).await.refunded, 500);
    root.visit("/admin/receipts.csv").await.sees("50 credits").sees("-5.00,0.00,-5.00,CHF");
    root.visit("/admin/payments/all").await.sees(&purchases::number(paid.id)).sees("Credits");
    root.visit("/admin/payments/all?q=ada").await.sees(&purchases::number(paid.id));
    site.verifies().await;
}

#[tokio::test]
async fn another_amount_gives_nothing_until_an_admin_has_seen_it() {
    for (button, credits, back) in [("Give the credits", 50, 0), ("Give all back", 0, 450)] {
        let site = Site::start().await;
        let mut ada = at_the_till(&site, "ada").await;
        let mut tx = site.app.db.write().await.unwrap();
        marquee::db::sql("UPDATE local_checkouts SET amount = 450").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        ada.press("Pay").await.is(200).sees("Another amount came");
        let member = site.account_named("ada").await.id;
        assert_eq!(kinds(&site, member).await, []);
        let paid = payment(&site, member).await;
        let mut root = site.admin("Root").await;
        let number = purchases::number(paid.id);
        root.visit("/admin/payments").await.sees("The credits are not given.").sees(&number);
        root.fill(&format!("reason-{}", paid.id), "x");
        root.post(&format!("/admin/payments/{}/mending", paid.id), &[("do", word(button)), ("reason", "Looked")]).await;
        site.work().await;
        assert_eq!(payments::store::by_id(&site.app.db, paid.id).await.unwrap().unwrap().refunded, back);
        assert_eq!(credits::balance(&site.app, member).await.unwrap(), credits, "{button}");
        root.visit("/admin/payments").await.misses(&number);
        site.verifies().await;
    }
}

fn word(button: &str) -> &'static str {
    if button == "Give the credits" { "issue" } else { "give_back" }
}

#[tokio::test]
async fn a_provider_that_is_silent_charges_nobody_and_loses_nothing() {
    let site = Site::start().await;
    let Some(Gateway::Local(local)) = site.app.gateway.clone() else { panic!("no local provider") };
    let mut ada = site.member("ada").await;
    local.set_weather(|_| Fault::After);
    ada.visit("/credits").await.fill("credits", "50").press("Buy credits").await.is(422).sees("does not answer");
    local.set_weather(|_| Fault::None);
    ada.fill("credits", "50").press("Buy credits").await.is(200).sees("Pay CHF 5.00");
    ada.press("Pay").await.is(200);
    let member = site.account_named("ada").await.id;
    let all = purchases::store::of_member(&site.app.db, member, 9).await.unwrap();
    assert_eq!((all.len(), all[0].provider), (1, Provider::Local));
    assert_eq!(credits::balance(&site.app, member).await.unwrap(), 50);
    site.verifies().await;
}

#[tokio::test]
async fn money_for_an_account_that_is_gone_goes_back_and_what_was_paid_keeps_its_name_apart() {
    let site = Site::start().await;
    bought(&site, "ada", "50").await;
    let mut ada = at_the_till(&site, "ada").await;
    let member = site.account_named("ada").await.id;
    let (open, till) = (payment(&site, member).await, ada.path.clone());
    ada.visit("/settings/data/deletion").await.sees("Your balance of 50 credits");
    ada.press("Delete my account for good").await.is(200);
    let mut tx = site.app.db.write().await.unwrap();
    let late = "UPDATE local_checkouts SET state = 'paid' WHERE id = $1";
    marquee::db::sql(late).bind(till.rsplit('/').next().unwrap()).execute(&mut tx).await.unwrap();
    let names: Vec<(String,)> = marquee::db::sql("SELECT name FROM tax_names_of_purchases").all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names, [("ada".to_owned(),)]);
    settle(&site.app, open.id).await.unwrap();
    site.work().await;
    let now = payments::store::by_id(&site.app.db, open.id).await.unwrap().unwrap();
    assert_eq!((now.state, now.refunded), (PaymentState::Paid, 500));
    assert_eq!(kinds(&site, member).await, [(Kind::Purchase, 50)]);
    site.verifies().await;
}
