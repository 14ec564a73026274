//! Plans: set up, limiting what hosts do, paid every month.
mod asking;
mod changing;
mod limits;
mod paying;
mod products;
mod returning;

use marquee::events::Event;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::payments::Gateway;
use marquee::payments::local::months::act;
use marquee::payments::local::plans::Deed;
use marquee::plans::init::{self, Found};
use marquee::plans::{self, Plan, Subscription, Tier, store};

use crate::browser::Browser;
use crate::site::Site;

/// Turns plans on; answers what was found.
pub async fn set_up(site: &Site) -> Vec<Found> {
    let found = init::run(&site.app, Actor::Operator, "A test").await.unwrap();
    site.work().await;
    found
}

/// Somebody at the stand-in's page of a plan.
pub async fn at_the_till(site: &Site, name: &str, tier: Tier) -> Browser {
    let mut ada = site.member(name).await;
    let button = format!("Choose {}", tier.name());
    ada.visit("/plans").await.press(&button).await.is(200).sees("No money moves.");
    ada
}

/// Somebody who pays for a plan.
pub async fn pays(site: &Site, name: &str, tier: Tier) -> Browser {
    let mut ada = at_the_till(site, name, tier).await;
    ada.press("Pay").await.is(200).sees("Is running");
    site.work().await;
    ada
}

/// Chooses another plan while one runs, and says yes to what the page says that it costs.
pub async fn changes(browser: &mut Browser, tier: Tier) -> &mut Browser {
    browser.visit("/plans").await.press(&format!("Choose {}", tier.name())).await.is(200).at("/plans/change");
    browser.press_starting(&format!("Change to {}", tier.name())).await
}

pub async fn subscription(site: &Site, member: &Member) -> Subscription {
    store::of_member(&site.app.db, member.id).await.unwrap().remove(0)
}

/// What the member's plan is now; None while plans are off.
pub async fn tier(site: &Site, member: &Member) -> Option<Tier> {
    store::plan_of(&site.app.db, member.id).await.unwrap().map(|plan| plan.tier)
}

/// Something happens to the subscription at the stand-in, and we are told.
pub async fn happens(site: &Site, of: &Subscription, deed: Deed) {
    let reference = of.reference.clone().unwrap();
    assert!(act(&site.app, &reference, deed).await.unwrap(), "{deed:?}");
    site.work().await;
}

pub fn gateway(site: &Site) -> &Gateway {
    site.app.gateway.as_ref().unwrap()
}

/// Changes a plan.
pub async fn set(site: &Site, tier: Tier, change: impl Fn(&mut Plan)) {
    let mut plan = store::plan(&site.app.db, tier).await.unwrap().unwrap();
    change(&mut plan);
    let (now, why) = (site.now(), (Actor::Operator, "A test"));
    marquee::decide!(site.app.db, tx, plans::products::set_plan(tx, &plan, why, now).await).unwrap();
    site.work().await;
}

/// Drafts of one owner, ready to be published.
pub async fn drafts(site: &Site, owner: &str, many: usize) -> Vec<Event> {
    let mut all = Vec::new();
    for n in 0..many {
        all.push(site.event(&format!("{owner} draft {n}")).host(owner).draft().make().await);
    }
    all
}

#[tokio::test]
async fn a_plan_that_was_changed_by_hand_is_found() {
    let site = Site::start().await;
    set_up(&site).await;
    pays(&site, "ada", Tier::Team).await;
    site.verifies().await;
    for (spoil, mend) in [
        ("UPDATE plans SET events = 7 WHERE tier = 'free'", "UPDATE plans SET events = 3 WHERE tier = 'free'"),
        ("UPDATE plan_accounts SET tier = 'enterprise'", "UPDATE plan_accounts SET tier = 'team'"),
        ("UPDATE subscriptions SET state = 'past_due'", "UPDATE subscriptions SET state = 'active'"),
        ("UPDATE plan_bills SET credits = 251", "UPDATE plan_bills SET credits = 250"),
        ("UPDATE products SET monthly = NOT monthly", "UPDATE products SET monthly = NOT monthly"),
    ] {
        site.finds(spoil, mend).await;
    }
}
