//! What is for sale: set up any number of times, made once a name, deleted here and at the provider.
use marquee::api::Scope;
use marquee::journal::Actor;
use marquee::payments::checkout::Back;
use marquee::payments::gateway::Wanted;
use marquee::plans::init::{self, Found};
use marquee::plans::subscribing::begin;
use marquee::plans::{Refusal, Tier, products, store, terminal};
use serde_json::json;

use super::{gateway, pays, set, set_up, subscription, tier};
use crate::site::Site;

fn wanted(key: &str, name: &str, amount: i64) -> Wanted {
    Wanted { key: key.into(), name: name.into(), amount, currency: "CHF".into(), monthly: true }
}

#[tokio::test]
async fn everybody_may_everything_until_the_products_are_set_up() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    assert_eq!(tier(&site, &ada).await, None);
    site.member("ada").await.visit("/plans").await.sees("This site has no plans");
    let found = set_up(&site).await;
    let made: Vec<_> = found.iter().filter(|of| matches!(of, Found::MadeHere { .. })).collect();
    assert_eq!((made.len(), found.len()), (5, 5), "{found:?}");
    assert_eq!(tier(&site, &ada).await, Some(Tier::Free));
    let listed = gateway(&site).catalogue().await.unwrap();
    let mut prices: Vec<_> = listed.iter().map(|of| (of.key.as_str(), of.amount)).collect();
    prices.sort_unstable();
    let plans = [("plan:enterprise", 9_900), ("plan:free", 0), ("plan:individual", 900), ("plan:team", 2_900)];
    assert_eq!(prices, [&[("credits", 10)][..], &plans].concat());
    site.verifies().await;
}

#[tokio::test]
async fn setting_up_again_finds_that_all_is_well() {
    let site = Site::start().await;
    set_up(&site).await;
    let before = gateway(&site).catalogue().await.unwrap();
    for _ in 0..2 {
        let found = set_up(&site).await;
        assert!(found.len() == 5 && found.iter().all(Found::is_well), "{found:?}");
    }
    assert_eq!(gateway(&site).catalogue().await.unwrap(), before);
    site.verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_set_up_at_the_same_time_make_one_of_each() {
    let site = Site::start().await;
    let apps = [site.app.clone(), site.second().await];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..10 {
        let app = apps[n % 2].clone();
        tasks.spawn(async move { init::run(&app, marquee::journal::Actor::Operator, "A race").await });
    }
    let outcomes = tasks.join_all().await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:#?}");
    site.work().await;
    assert_eq!(gateway(&site).catalogue().await.unwrap().len(), 5);
    assert_eq!(store::products(&site.app.db).await.unwrap().len(), 5);
    site.verifies().await;
}

#[tokio::test]
async fn where_the_provider_disagrees_it_is_mended_and_told() {
    let site = Site::start().await;
    set_up(&site).await;
    let gateway = gateway(&site);
    let there = gateway.catalogue().await.unwrap();
    let of = |key: &str| there.iter().find(|of| of.key == key).unwrap().product.clone();
    gateway.archive(&of("plan:individual")).await.unwrap();
    gateway.list_product(&wanted("plan:team", "Team", 1_234)).await.unwrap();
    gateway.list_product(&wanted("plan:enterprise", "Big", 9_900)).await.unwrap();
    gateway.list_product(&wanted("product:ghost", "Ghost", 100)).await.unwrap();
    let found = set_up(&site).await;
    for told in [
        Found::MadeThere { name: "Individual".into() },
        Found::Mended { name: "Team".into(), price: true },
        Found::Mended { name: "Enterprise".into(), price: false },
        Found::TakenOff { name: "Ghost".into() },
        Found::Well { name: "Free".into() },
    ] {
        assert!(found.contains(&told), "no {told:?} in {found:?}");
    }
    assert!(set_up(&site).await.iter().all(Found::is_well));
    let now = gateway.catalogue().await.unwrap();
    assert_eq!(now.iter().find(|of| of.key == "plan:team").unwrap().amount, 2_900);
    assert!(now.iter().all(|of| of.key != "product:ghost"));
}

#[tokio::test]
async fn an_admin_makes_products_once_a_name_and_deletes_them() {
    let site = Site::start().await;
    set_up(&site).await;
    let mut root = site.admin("Root").await;
    let fill = [("name", "Sticker"), ("amount", "2.50"), ("reason", "For the fair")];
    root.visit("/admin/products").await.fill("name", "Sticker").fill("amount", "2.50");
    root.press("Make the product").await.is(422).sees("Say why.").field_is("name", "Sticker");
    let again = [("name", "sticker "), ("amount", "3"), ("reason", "Once more")];
    root.post("/admin/products", &fill).await.is(303);
    root.post("/admin/products", &again).await.is(422).sees("There is a product with this name.");
    root.post("/admin/products", &[("name", "team"), ("amount", "3"), ("reason", "x")]).await.is(422);
    root.visit("/admin/products").await.sees("CHF 2.50");
    root.follow("Sticker").await.is(200);
    let listed = async || gateway(&site).catalogue().await.unwrap().iter().any(|of| of.name == "Sticker");
    assert!(listed().await);
    root.fill("why", "Sold out").press("Delete the product").await.is(200).sees("Sticker is deleted.");
    site.work().await;
    assert!(!listed().await, "it is archived at the provider");
    root.post("/admin/products", &again).await.is(303);
    site.verifies().await;
}

#[tokio::test]
async fn a_plan_that_somebody_has_stays_and_so_does_free() {
    let site = Site::start().await;
    set_up(&site).await;
    let ada = pays(&site, "ada", Tier::Team).await;
    drop(ada);
    let mut root = site.admin("Root").await;
    for (tier, says) in [(Tier::Team, "1 member has this plan."), (Tier::Free, "The plan Free stays")] {
        let product = store::by_key(&site.app.db, &tier.key()).await.unwrap().unwrap();
        root.post(&format!("{}/removal", product.path()), &[("why", "x")]).await.is(422).sees(says);
    }
    root.visit("/admin/products").await.follow("Individual").await.fill("why", "Nobody wants it");
    root.press("Delete the product").await.sees("Individual is deleted.");
    site.member("bob").await.visit("/plans").await.misses("Choose Individual");
    assert!(set_up(&site).await.contains(&Found::MadeHere { name: "Individual".into() }));
    site.verifies().await;
}

#[tokio::test]
async fn what_a_plan_allows_and_costs_is_changed_for_a_reason_and_old_prices_stay_good() {
    let site = Site::start().await;
    set_up(&site).await;
    pays(&site, "ada", Tier::Individual).await;
    let mut root = site.admin("Root").await;
    root.visit("/admin/products").await.follow("Individual").await.field_is("price", "9");
    root.fill("price", "12").fill("events", "").press("Save").await.is(422).sees("Say why.");
    root.fill("price", "0").fill("reason", "x").press("Save").await.is(422).sees("Only the plan Free costs nothing.");
    root.fill("price", "12").fill("events", "").fill("reason", "Rent").press("Save").await.is(200).sees("Saved.");
    site.work().await;
    let plan = store::plan(&site.app.db, Tier::Individual).await.unwrap().unwrap();
    assert_eq!((plan.price, plan.events), (1_200, None));
    let member = site.account_named("ada").await;
    let of = marquee::plans::settle(&site.app, subscription(&site, &member).await.id).await.unwrap();
    assert_eq!((of.tier, of.runs()), (Tier::Individual, true), "whoever pays the old price has the plan");
    assert!(set_up(&site).await.iter().all(Found::is_well));
    site.verifies().await;
}

#[tokio::test]
async fn the_command_line_does_the_same() {
    let site = Site::start().await;
    assert_eq!(terminal::init(&site.app).await.unwrap().len(), 5);
    assert_eq!(terminal::create(&site.app, "Mug", "12.50", false).await.unwrap(), "Mug: made.");
    let twice = terminal::create(&site.app, "MUG", "12.50", false).await.unwrap_err().to_string();
    assert!(twice.contains("There is a product with this name."), "{twice}");
    assert!(terminal::create(&site.app, "Dust", "0.10", false).await.is_err(), "less than can be paid");
    assert!(terminal::list(&site.app).await.unwrap().iter().any(|line| line.contains("12.50 once (product:mug")));
    terminal::archive(&site.app, "mug").await.unwrap();
    assert!(terminal::archive(&site.app, "mug").await.is_err());
    pays(&site, "ada", Tier::Team).await;
    assert!(terminal::reset_test(&site.app).await.unwrap().starts_with("5 products"));
    site.work().await;
    let ada = site.account_named("ada").await;
    assert!(subscription(&site, &ada).await.is_ended() && tier(&site, &ada).await.is_none());
    assert!(gateway(&site).catalogue().await.unwrap().is_empty());
    assert_eq!(set_up(&site).await.len(), 5, "and it can begin anew");
    site.verifies().await;
}

#[tokio::test]
async fn a_real_account_is_never_reset() {
    let real = [("STRIPE_SECRET_KEY", "sk_live_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
    let site = Site::with(&real).await;
    let refused = init::reset(&site.app, marquee::journal::Actor::Operator).await;
    assert!(matches!(refused, Err(marquee::plans::Refusal::NotATest)), "{refused:?}");
}

#[tokio::test]
async fn programs_of_admins_set_products_up_and_others_see_the_plans() {
    let site = Site::start().await;
    let root = site.admin("root").await;
    drop(root);
    let token = site.program_of(&site.account_named("root").await, &[Scope::Read, Scope::Admin]).await;
    token.get("/api/v1/products").await.is(200);
    let mut session = site.member("root").await;
    let init = "/api/v1/payments/initialize-products";
    let json = Some("application/json");
    session.request("POST", init, json, b"{}".to_vec()).await.is(422);
    session.request("POST", init, json, br#"{"reason":"Opening"}"#.to_vec()).await.is(200);
    assert_eq!(session.json()["data"]["products"].as_array().unwrap().len(), 5);
    let made = json!({"name": "Cap", "amount": "20", "reason": "Shop"}).to_string();
    session.request("POST", "/api/v1/products", json, made.clone().into_bytes()).await.is(201);
    let id = session.json()["data"]["id"].as_str().unwrap().to_owned();
    session.request("POST", "/api/v1/products", json, made.into_bytes()).await.is(409);
    let gone = format!("/api/v1/products/{id}");
    session.request("DELETE", &gone, json, br#"{"reason":"Closed"}"#.to_vec()).await.is(200);
    session.request("DELETE", &gone, json, br#"{"reason":"Closed"}"#.to_vec()).await.is(404);
    let mut visitor = site.browser();
    visitor.visit("/api/v1/subscription-tiers").await.is(200);
    assert_eq!(visitor.json()["data"]["items"][2]["tier"], "team");
    set(&site, Tier::Free, |free| free.events = Some(1)).await;
    site.verifies().await;
}

#[tokio::test]
async fn a_plan_whose_price_changed_is_chosen_at_the_new_one_or_not_at_all() {
    let site = Site::start().await;
    set_up(&site).await;
    let ada = site.account("ada").await;
    let mut plan = store::plan(&site.app.db, Tier::Team).await.unwrap().unwrap();
    plan.price = 3_500;
    let (now, why) = (site.now(), (Actor::Operator, "Rent"));
    marquee::decide!(site.app.db, tx, products::set_plan(tx, &plan, why, now).await).unwrap();
    let early = begin(&site.app, &ada, Tier::Team, &Back::default()).await;
    assert!(matches!(early, Err(Refusal::NotListed)), "{early:?}");
    site.work().await;
    let (of, _) = begin(&site.app, &ada, Tier::Team, &Back::default()).await.unwrap();
    let product = store::by_key(&site.app.db, &Tier::Team.key()).await.unwrap().unwrap();
    assert_eq!((of.amount, Some(of.price)), (3_500, product.price.clone()));
    // What was listed of an older price is not written down.
    let listed = gateway(&site).catalogue().await.unwrap().into_iter().find(|of| of.name == "Team").unwrap();
    let mut old = product.clone();
    old.amount = 2_900;
    let mut tx = site.app.db.write().await.unwrap();
    let there = marquee::payments::Provider::Local;
    assert!(!store::set_listed(&mut tx, &old, there, &listed).await.unwrap());
    assert!(store::set_listed(&mut tx, &product, there, &listed).await.unwrap());
}
