//! What is heard, and by whom.
use marquee::api::Scope;
use marquee::events::{GuestList, Role, Visibility};
use marquee::journal::Actor;
use marquee::orders::check_in;
use marquee::plans::{self, Tier};
use marquee::{decide, orders};
use serde_json::json;

use super::{new_face, serve, token};
use crate::races::{guest, take, wish};
use crate::site::{Site, link};

#[tokio::test]
async fn a_visitor_hears_how_many_places_are_left_when_somebody_takes_one() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(8).make().await;
    let node = serve(site.app.clone()).await;
    let (mut visitor, stands) = node.visitor("event/quiz").await;
    assert_eq!(stands, json!({ "going": 0, "left": 8 }));
    site.member("ada").await.visit(&event.path()).await.press("Save my place").await.is(200);
    let said = visitor.hears("event_counts").await;
    assert_eq!((&said["topic"], &said["counts"]), (&json!("event/quiz"), &json!({ "going": 1, "left": 7 })));
}

#[tokio::test]
async fn how_many_come_is_not_told_where_the_host_hides_it() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(8).with(|event| event.guest_list = GuestList::Hidden).make().await;
    site.places(&event, "Bob", 1).await;
    let (_, stands) = serve(site.app.clone()).await.visitor("event/quiz").await;
    assert_eq!(stands, json!({ "going": null, "left": 7 }));
}

#[tokio::test]
async fn a_crowd_is_told_in_one_count() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(60).make().await;
    let (mut visitor, _) = serve(site.app.clone()).await.visitor("event/quiz").await;
    for n in 0..40 {
        take(&site.app, &wish(&site.app, &event, guest(n), 0, 1).await).await.unwrap();
    }
    let (mut told, mut left) = (0, 60);
    while left > 20 {
        left = visitor.hears("event_counts").await["counts"]["left"].as_i64().unwrap();
        told += 1;
    }
    assert!(left == 20 && told < 20, "{told} messages for 40 guests");
}

#[tokio::test]
async fn hosts_hear_the_dashboard_and_the_door_hears_the_door() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(8).make().await;
    let node = serve(site.app.clone()).await;
    for name in ["ada", "bob"] {
        site.account(name).await;
    }
    site.gives_role(&event, site.account_named("bob").await.id, Role::Door).await;
    let (mut visitor, _) = node.visitor("event/quiz").await;
    let mut ada = node.page(&site.member("ada").await, "/ws").await;
    for topic in ["dashboard/quiz", "door/quiz", "dashboard/none", "event/none", "order/quiz", "event", "member/quiz"] {
        visitor.is_refused(topic).await;
        ada.is_refused(topic).await;
    }
    let mut door = node.page(&site.member("bob").await, "/ws").await;
    door.is_refused("dashboard/quiz").await;
    assert_eq!(door.subscribes("door/quiz").await, json!({ "checked_in": 0, "sold": 0 }));
    let mut host = node.page(&site.member("host").await, "/ws").await;
    let stands = host.subscribes("dashboard/quiz").await;
    assert_eq!(stands, json!({ "checked_in": 0, "held": 0, "refunding": 0, "sold": 0, "waiting": 0 }));
    site.places(&event, "Eve", 2).await;
    assert_eq!(host.hears("event_counts").await["counts"]["sold"], 2);
    assert_eq!(door.hears("event_counts").await["counts"], json!({ "checked_in": 0, "sold": 2 }));
}

#[tokio::test]
async fn the_door_hears_who_was_let_in_at_another_door() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let order = take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap().id();
    let mut door = serve(site.app.clone()).await.page(&site.member("host").await, "/ws").await;
    door.subscribes("door/quiz").await;
    let ticket = orders::store::tickets(&site.app.db, order).await.unwrap().remove(0);
    let now = site.now();
    decide!(site.app.db, tx, check_in::check_in(tx, event.id, ticket.id, Actor::Site, now).await).unwrap();
    let said = door.hears("checked_in").await;
    assert_eq!((&said["topic"], &said["checked_in"]), (&json!("door/quiz"), &json!(true)));
    assert_eq!(said["ticket"], ticket.id.to_string());
    assert_eq!(door.hears("event_counts").await["counts"], json!({ "checked_in": 1, "sold": 1 }));
    decide!(site.app.db, tx, check_in::undo(tx, event.id, ticket.id, Actor::Site, now).await).unwrap();
    assert_eq!(door.comes_to_hear("checked_in").await["checked_in"], false);
}

#[tokio::test]
async fn drafts_are_heard_by_hosts_alone_and_what_is_for_the_invited_by_them() {
    let site = Site::start().await;
    site.event("Draft").draft().make().await;
    site.event("Unlisted").with(|event| event.visibility = Visibility::Unlisted).make().await;
    let supper = site.event("Supper").with(|event| event.visibility = Visibility::Invited).make().await;
    crate::invitations::invites(&site, &supper, "Ida, ida@example.org").await;
    let mut guest = site.browser();
    guest.visit(&link(&site.mail_to("ida@example.org").await, "/invitations/")).await.is(200);
    site.account("ida").await;
    let node = serve(site.app.clone()).await;
    let (mut visitor, _) = node.visitor("event/unlisted").await;
    let mut stranger = node.page(&site.member("stranger").await, "/ws").await;
    for topic in ["event/draft", "event/supper"] {
        visitor.is_refused(topic).await;
        stranger.is_refused(topic).await;
    }
    let mut host = node.page(&site.member("host").await, "/ws").await;
    host.subscribes("event/draft").await;
    host.subscribes("event/supper").await;
    let mut ida = node.page(&site.member("ida").await, "/ws").await;
    ida.subscribes("event/supper").await;
    ida.is_refused("event/draft").await;
}

#[tokio::test]
async fn a_token_hears_what_its_scopes_open() {
    let site = Site::start().await;
    site.event("Quiz").make().await;
    let host = site.account_named("host").await;
    let node = serve(site.app.clone()).await;
    let mut reads = node.open("/ws", &[]).await.unwrap();
    reads.says(json!({ "token": token(&site, &host, &[Scope::Read]).await })).await;
    reads.is_refused("dashboard/quiz").await;
    let mut hosts = node.open("/ws", &[]).await.unwrap();
    hosts.says(json!({ "token": token(&site, &host, &[Scope::Read, Scope::Host]).await })).await;
    hosts.subscribes("dashboard/quiz").await;
}

#[tokio::test]
async fn a_buyer_hears_that_the_payment_came_and_nobody_else_does() {
    let site = Site::start().await;
    let event = site.event("Concert").price(2_800).make().await;
    let mut ada = crate::payments::at_the_till(&site, &event, "ada", "1").await;
    let (order, ..) = crate::payments::latest(&site, &event).await;
    let (topic, key) = (format!("order/{}", order.id), orders::key(&site.app, order.id));
    let node = serve(site.app.clone()).await;
    let (mut stranger, _) = node.visitor("event/concert").await;
    stranger.is_refused(&topic).await;
    let mut by_key = node.open("/ws", &[]).await.unwrap();
    by_key.says(json!({ "subscribe": topic, "key": key })).await.comes_to_hear("subscribed").await;
    let mut own = node.page(&ada, "/ws").await;
    own.hears("ready").await;
    ada.press("Pay").await.is(200);
    site.work().await;
    for socket in [&mut own, &mut by_key] {
        let said = socket.comes_to_hear("payment_updated").await;
        assert_eq!((&said["order"], &said["state"]), (&json!(order.id.to_string()), &json!("paid")));
    }
    assert_eq!(stranger.next().await["event"], "event_counts", "and nothing else before it");
}

#[tokio::test]
async fn whoever_pays_for_a_plan_hears_that_the_money_came_and_nobody_else_does() {
    let site = Site::start().await;
    crate::plans::set_up(&site).await;
    let mut ada = crate::plans::at_the_till(&site, "ada", Tier::Team).await;
    let node = serve(site.app.clone()).await;
    let mut own = node.page(&ada, "/ws").await;
    own.hears("ready").await;
    let mut other = node.page(&site.member("bob").await, "/ws").await;
    other.hears("ready").await;
    ada.press("Pay").await.is(200).sees("Is running");
    site.work().await;
    let said = own.comes_to_hear("payment_updated").await;
    assert_eq!((&said["order"], &said["state"]), (&json!(null), &json!("paid")));
    let of = crate::plans::subscription(&site, &site.account_named("ada").await).await;
    let bills = plans::store::bills_of(&site.app.db, of.id).await.unwrap();
    assert_eq!(said["payment"], bills[0].payment_id.unwrap().to_string());
    new_face(&site, &site.account_named("bob").await).await;
    other.hears("avatar_changed").await;
}

#[tokio::test]
async fn whoever_waits_hears_of_an_offer() {
    let site = Site::start().await;
    let event = site.event("Concert").capacity(1).price(2_800).make().await;
    let taken = crate::waiting::fill(&site, &event, 1).await;
    crate::waiting::joins(&site, &event, "ada", 1).await;
    let mut ada = serve(site.app.clone()).await.page(&site.member("ada").await, "/ws").await;
    ada.hears("ready").await;
    let now = site.now();
    let by = orders::ending::By::Host(Actor::Site);
    decide!(site.app.db, tx, orders::cancel(tx, taken[0], by, now).await).unwrap();
    site.work().await;
    let said = ada.comes_to_hear("place_offered").await;
    let order = said["order"].as_str().unwrap();
    assert_eq!((&said["event_slug"], &said["places"]), (&json!("concert"), &json!(1)));
    assert_eq!(said["url"], format!("http://localhost:8080/orders/{order}"));
}
