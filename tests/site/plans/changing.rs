//! What changes around a plan: a bigger one in the middle of the month, a member who is kept out, an event that changes
//! hands.
use marquee::clock::days;
use marquee::credits;
use marquee::events::{self, Role};
use marquee::plans::{Tier, settle};

use super::{changes, drafts, limits::publish, pays, set, set_up, subscription, tier};
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
    changes(&mut ada, Tier::Enterprise).await.sees("Your plan is Enterprise now.");
    site.work().await;
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 0, "they come with the month");
    site.later(days(22)).await;
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 1_000);
    site.verifies().await;
}

#[tokio::test]
async fn whoever_takes_an_event_over_has_room_for_it_in_their_plan_and_it_has_the_room_of_theirs() {
    let site = on().await;
    set(&site, Tier::Free, |free| (free.events, free.attendees) = (Some(1), Some(70))).await;
    let mut ada = pays(&site, "ada", Tier::Individual).await;
    publish(&site.app, &drafts(&site, "bob", 1).await[0]).await.unwrap();
    let event = publish(&site.app, &drafts(&site, "ada", 1).await[0]).await.unwrap();
    assert_eq!(event.ceiling, Some(500));
    let (page, path) = (format!("{}/team/transfer", event.path()), format!("{}/team/invitation", event.path()));
    ada.visit(&page).await.fill("email", "bob@example.org").press("Ask them").await.sees("Until then it is yours.");
    let mut bob = site.member("bob").await;
    bob.visit(&path).await.press("Take it over").await.is(200);
    bob.sees("With the plan Free, 1 event can be ahead at a time.");
    ada.visit(&page).await.is(200).sees("bob@example.org is asked");
    set(&site, Tier::Free, |free| free.events = Some(2)).await;
    bob.visit(&path).await.press("Take it over").await.sees("This event is yours now.");
    let now = events::store::by_id(&site.app.db, event.id).await.unwrap().unwrap();
    assert_eq!(now.ceiling, Some(70));
    site.verifies().await;
}

#[tokio::test]
async fn an_event_that_is_handed_on_has_no_more_hosts_than_the_plan_of_whoever_takes_it_over() {
    let site = on().await;
    set(&site, Tier::Free, |free| free.hosts = Some(1)).await;
    let mut ada = pays(&site, "ada", Tier::Individual).await;
    let event = publish(&site.app, &drafts(&site, "ada", 1).await[0]).await.unwrap();
    let (page, path) = (format!("{}/team/transfer", event.path()), format!("{}/team/invitation", event.path()));
    let cleo = site.account("cleo").await;
    let helps = async |role| {
        let mut tx = site.app.db.write().await.unwrap();
        events::store::set_host(&mut tx, event.id, cleo.id, role, site.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    helps(Role::Host).await;
    ada.visit(&page).await.fill("email", "bob@example.org").press("Ask them").await.is(200);
    let mut bob = site.member("bob").await;
    bob.visit(&path).await.press("Take it over").await.is(200);
    bob.sees("With your plan Free, 1 other person can host an event, and whoever owns it now stays as one.");
    ada.visit(&page).await.is(200).sees("bob@example.org is asked");
    // Whoever hosts it already and owns it then makes room for the one who did.
    ada.visit(&page).await.fill("email", "cleo@example.org").press("Ask them").await.is(200);
    let mut new = site.member("cleo").await;
    new.visit(&path).await.press("Take it over").await.sees("This event is yours now.");
}

#[tokio::test]
async fn whoever_is_suspended_pays_no_more() {
    let site = on().await;
    pays(&site, "ada", Tier::Team).await;
    let member = site.account_named("ada").await;
    let mut root = site.admin("root").await;
    root.visit(&format!("/admin/members/{}", member.id)).await.sees("If you suspend somebody who pays for a plan");
    root.fill("reason", "Spam").press("Suspend").await.is(200);
    site.work().await;
    let of = subscription(&site, &member).await;
    assert!(of.is_ended() && tier(&site, &member).await == Some(Tier::Free));
    assert!(settle(&site.app, of.id).await.unwrap().is_ended(), "the provider says so, too");
    site.verifies().await;
}
