//! What plans limit, held against where hosts act.
use marquee::events::forms::Typed;
use marquee::events::{self, Event, Refusal, hosting};
use marquee::journal::Actor;
use marquee::orders;
use marquee::plans::Tier;

use super::{drafts, happens, pays, set, set_up, subscription};
use crate::races::{guest, take, taken, wish};
use crate::site::Site;
use marquee::app::App;
use marquee::payments::local::plans::Deed;

pub async fn publish(app: &App, event: &Event) -> Result<Event, Refusal> {
    let types = events::store::ticket_types(&app.db, event.id).await.unwrap();
    let plan = Typed::of(event, &types).parse().unwrap();
    let now = app.clock.now();
    marquee::decide!(app.db, tx, hosting::publish(tx, event.id, &plan, Actor::Operator, now).await)
}

#[tokio::test]
async fn the_plan_free_has_three_events_ahead_and_the_way_out_stands_in_the_refusal() {
    let site = Site::start().await;
    set_up(&site).await;
    let four = drafts(&site, "ada", 4).await;
    for event in &four[..3] {
        publish(&site.app, event).await.unwrap();
    }
    let mut ada = site.member("ada").await;
    ada.visit(&format!("{}/manage", four[3].path())).await.press("Publish").await.is(422);
    ada.sees("With the plan Free, 3 events can be ahead at a time. Choose a bigger plan under Settings, Plan");
    ada.visit("/plans").await.sees("3 of 3").sees("0 are left").sees("0 of 100");
    let program = site.program_of(&site.account_named("ada").await, &[marquee::api::Scope::Host]).await;
    let path = format!("/api/v1/events/{}/publication", four[3].slug);
    program.post(&path, serde_json::json!({})).await.is(409);
    // Whoever publishes twice does nothing twice.
    publish(&site.app, &four[0]).await.unwrap();
    let now = site.now();
    let by = Actor::Operator;
    marquee::decide!(site.app.db, tx, hosting::cancel(tx, four[0].id, "", by, now).await).unwrap();
    publish(&site.app, &four[3]).await.unwrap();
    site.verifies().await;
}

#[tokio::test]
async fn an_event_that_is_over_makes_room_and_cannot_be_moved_back_ahead_without() {
    let site = Site::start().await;
    set_up(&site).await;
    set(&site, Tier::Free, |free| free.events = Some(1)).await;
    let two = drafts(&site, "ada", 2).await;
    publish(&site.app, &two[0]).await.unwrap();
    assert!(matches!(publish(&site.app, &two[1]).await, Err(Refusal::TooManyEvents { most: 1, .. })));
    let later = marquee::clock::days(8);
    site.later(later).await;
    let next = site.event("Next").host("ada").draft().make().await;
    publish(&site.app, &next).await.unwrap();
    let old = events::store::by_id(&site.app.db, two[0].id).await.unwrap().unwrap();
    let types = events::store::ticket_types(&site.app.db, old.id).await.unwrap();
    let mut plan = Typed::of(&old, &types).parse().unwrap();
    (plan.starts_at, plan.ends_at) = (old.starts_at + later, old.ends_at + later);
    let now = site.now();
    let moved = marquee::decide!(
        site.app.db,
        tx,
        hosting::edit(tx, old.id, old.revision, &plan, false, Actor::Operator, now).await
    );
    assert!(matches!(moved, Err(Refusal::TooManyEvents { .. })), "{moved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_publish_at_the_same_time_as_many_as_the_plan_allows_do() {
    let site = Site::start().await;
    set_up(&site).await;
    let apps = [site.app.clone(), site.second().await];
    let all = drafts(&site, "ada", 40).await;
    let mut tasks = tokio::task::JoinSet::new();
    for (n, event) in all.into_iter().enumerate() {
        let app = apps[n % 2].clone();
        tasks.spawn(async move { publish(&app, &event).await });
    }
    let outcomes = tasks.join_all().await;
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let told = outcomes.iter().filter(|of| matches!(of, Err(Refusal::TooManyEvents { most: 3, .. }))).count();
    assert_eq!((done, told), (3, 37), "{outcomes:#?}");
}

#[tokio::test]
async fn more_people_than_the_plan_allows_find_all_places_taken() {
    let site = Site::start().await;
    set_up(&site).await;
    set(&site, Tier::Free, |free| free.attendees = Some(2)).await;
    let event = drafts(&site, "ada", 1).await.remove(0);
    let event = publish(&site.app, &event).await.unwrap();
    assert_eq!((event.capacity, event.ceiling, event.left()), (None, Some(2), Some(2)));
    for n in 0..2 {
        take(&site.app, &wish(&site.app, &event, guest(n), 0, 1).await).await.unwrap();
    }
    let third = take(&site.app, &wish(&site.app, &event, guest(3), 0, 1).await).await;
    assert!(matches!(third, Err(orders::Refusal::Full { left: 0 })), "{third:?}");
    pays(&site, "ada", Tier::Individual).await;
    take(&site.app, &wish(&site.app, &event, guest(3), 0, 1).await).await.unwrap();
    assert_eq!(taken(&site, &event).await, 3);
    site.verifies().await;
}

#[tokio::test]
async fn a_capacity_beyond_the_plan_is_refused_at_its_field() {
    let site = Site::start().await;
    set_up(&site).await;
    let event = site.event("Fair").host("ada").event_capacity(101).draft().make().await;
    let refused = publish(&site.app, &event).await;
    let Err(Refusal::Fields(errors)) = refused else { panic!("{refused:?}") };
    let told = errors.on("capacity").unwrap().to_string();
    assert!(told.starts_with("With the plan Free, 100 people can come to an event."), "{told}");
    let event = site.event("Show").host("ada").capacity(500).draft().make().await;
    let refused = publish(&site.app, &event).await;
    let Err(Refusal::Fields(errors)) = refused else { panic!("{refused:?}") };
    assert!(errors.on("type-0-capacity").is_some(), "{errors:?}");
    pays(&site, "ada", Tier::Individual).await;
    publish(&site.app, &event).await.unwrap();
}

#[tokio::test]
async fn a_smaller_plan_keeps_what_exists_and_refuses_more() {
    let site = Site::start().await;
    set_up(&site).await;
    let mut ada = pays(&site, "ada", Tier::Individual).await;
    let five = drafts(&site, "ada", 5).await;
    for event in &five[..4] {
        publish(&site.app, event).await.unwrap();
    }
    let big = site.event("Big").host("ada").event_capacity(400).draft().make().await;
    let big = publish(&site.app, &big).await.unwrap();
    let member = site.account_named("ada").await;
    happens(&site, &subscription(&site, &member).await, Deed::End).await;
    let mut now = Vec::new();
    for event in five[..4].iter().chain([&big]) {
        now.push(events::store::by_id(&site.app.db, event.id).await.unwrap().unwrap());
    }
    assert!(now.iter().all(|event| event.is_published() && event.ceiling == Some(100)), "{now:?}");
    assert!(matches!(publish(&site.app, &five[4]).await, Err(Refusal::TooManyEvents { .. })));
    ada.visit("/plans").await.sees("You have the plan Free.").sees("5 of 3").sees("0 are left");
    // What is not made bigger can still be edited.
    ada.visit(&format!("{}/edit", big.path())).await.fill("summary", "Soon").press("Save changes").await.is(200);
    ada.visit(&format!("{}/edit", big.path())).await.fill("capacity", "401").press("Save changes").await.is(422);
    site.verifies().await;
}

#[tokio::test]
async fn turning_plans_on_and_off_reaches_the_events_that_are_there() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let ceiling = async || events::store::by_id(&site.app.db, event.id).await.unwrap().unwrap().ceiling;
    assert_eq!(ceiling().await, None);
    set_up(&site).await;
    assert_eq!(ceiling().await, Some(100));
    set(&site, Tier::Free, |free| free.attendees = Some(70)).await;
    assert_eq!(ceiling().await, Some(70));
    marquee::plans::init::reset(&site.app, Actor::Operator).await.unwrap();
    site.work().await;
    assert_eq!(ceiling().await, None);
}

#[tokio::test]
async fn one_other_host_is_free_and_the_door_does_not_count() {
    let site = Site::start().await;
    set_up(&site).await;
    let event = site.event("Jazz").host("ada").make().await;
    let mut ada = site.member("ada").await;
    let team = format!("{}/team", event.path());
    let asked = [("email", "bob@example.org"), ("role", "host")];
    ada.post(&team, &asked).await.is(303);
    ada.post(&team, &asked).await.is(303);
    ada.post(&team, &[("email", "door@example.org"), ("role", "door")]).await.is(303);
    ada.post(&team, &[("email", "eve@example.org"), ("role", "host")]).await.is(422);
    assert!(ada.error_at("email").starts_with("With the plan Free, 1 other person can host an event."));
    set(&site, Tier::Free, |free| free.hosts = Some(0)).await;
    let mut bob = site.member("bob").await;
    bob.visit(&format!("{team}/invitation")).await.press("Join the team").await.is(200);
    bob.sees("Ask the owner to choose a bigger plan.");
    pays(&site, "ada", Tier::Team).await;
    bob.visit(&format!("{team}/invitation")).await.press("Join the team").await.sees("You are on the team.");
}
