//! What changes around a plan: a bigger one in the middle of the month, a member who is kept out, an event that changes
//! hands.
use marquee::clock::days;
use marquee::credits;
use marquee::plans::Tier;

use super::{pays, set, set_up};
use crate::site::Site;

async fn on() -> Site {
    let site = Site::start().await;
    set_up(&site).await;
    site
}

#[tokio::test]
async fn the_rest_of_a_month_at_a_bigger_plan_brings_no_credits() {
    let site = on().await;
    set(&site, Tier::Individual, |plan| plan.credits = 0).await;
    pays(&site, "ada", Tier::Individual).await;
    let member = site.account_named("ada").await;
    site.later(days(10)).await;
    let mut ada = site.member("ada").await;
    ada.visit("/plans").await.press("Choose Enterprise").await.sees("Your plan is Enterprise now.");
    site.work().await;
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 0, "they come with the month");
    site.later(days(22)).await;
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 1_000);
    site.verifies().await;
}
