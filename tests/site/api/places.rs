//! Events and places as programs see them.
use marquee::api::Scope;
use serde_json::json;

use crate::site::Site;

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() {
    let site = Site::start().await;
    for n in 0..5 {
        site.event(&format!("Event {n}")).make().await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = site.program().get(&format!("/api/v1/events?limit=2&cursor={cursor}")).await.is(200);
        seen.extend(
            page.data()["items"].as_array().unwrap().iter().map(|event| event["slug"].as_str().unwrap().to_owned()),
        );
        match page.data()["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, ["event-0", "event-1", "event-2", "event-3", "event-4"]);
}

#[tokio::test]
async fn drafts_are_for_those_who_run_them() {
    let site = Site::start().await;
    let host = site.account("host").await;
    let event = site.event("Secret").draft().make().await;
    let path = format!("/api/v1{}", event.path());
    site.program().get(&path).await.is(404);
    site.program_of(&site.account("Ada").await, Scope::ALL).await.get(&path).await.is(404);
    site.admin("Root").await;
    let root = marquee::members::store::by_email_key(&site.app.db, "root@example.org").await.unwrap().unwrap();
    site.program_of(&root, Scope::ALL).await.get(&path).await.is(404);
    let mine = site.program_of(&host, &[Scope::Read]).await;
    assert_eq!(mine.get(&path).await.is(200).data()["hosting"]["role"], "owner");
    assert_eq!(mine.get("/api/v1/me/hosting").await.is(200).data()["items"][0]["slug"], "secret");
    let listed = site.program().get("/api/v1/events").await.is(200);
    assert!(listed.data()["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_address_is_for_holders_where_the_host_says_so() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Supper").with(|event| event.reveal = marquee::events::Reveal::Holders).make().await;
    let path = format!("/api/v1{}", event.path());
    let place = site.program().get(&path).await.is(200).data()["place"].clone();
    assert_eq!((&place["address"], &place["town"], &place["hidden"]), (&json!(""), &json!("Basel"), &json!(true)));
    let program = site.program_of(&ada, Scope::ALL).await;
    program.post(&format!("{path}/orders"), json!({})).await.is(201);
    assert_eq!(program.get(&path).await.data()["place"]["address"], "Market square 1");
}

#[tokio::test]
async fn times_carry_the_offset_of_the_event() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let starts =
        site.program().get(&format!("/api/v1{}", event.path())).await.data()["starts"].as_str().unwrap().to_owned();
    assert!(starts.ends_with("+01:00") || starts.ends_with("+02:00"), "{starts}");
}

#[tokio::test]
async fn invited_people_are_attendees_of_the_order() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Quiz night").make().await;
    let program = site.program_of(&ada, Scope::ALL).await;
    let body = json!({"invited_emails": ["bob@example.org", "cy@example.org"]});
    let order = program.post(&format!("/api/v1{}/orders", event.path()), body).await.is(201);
    let emails: Vec<_> =
        order.data()["tickets"].as_array().unwrap().iter().map(|ticket| ticket["email"].clone()).collect();
    assert_eq!(emails, ["ada@example.org", "bob@example.org", "cy@example.org"]);
    let id = order.data()["id"].as_str().unwrap();
    assert_eq!(program.get("/api/v1/me/orders").await.data()["items"][0]["id"], id);
    let bob = site.program_of(&site.account("Bob").await, Scope::ALL).await;
    bob.get(&format!("/api/v1/orders/{id}")).await.is(404);
    bob.post(&format!("/api/v1/orders/{id}/cancellation"), json!({})).await.is(404);
}

#[tokio::test]
async fn places_are_given_back_once() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Quiz night").capacity(1).make().await;
    let program = site.program_of(&ada, Scope::ALL).await;
    let path = format!("/api/v1{}/orders", event.path());
    let order = program.post(&path, json!({})).await.is(201);
    site.program_of(&site.account("Bob").await, Scope::ALL).await.post(&path, json!({})).await.fails_at(409, "message");
    let cancel = format!("/api/v1/orders/{}/cancellation", order.data()["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(program.post(&cancel, json!({})).await.is(200).data()["state"], "cancelled");
    }
    site.verifies().await;
}

#[tokio::test]
async fn a_guest_is_told_the_same_whether_the_address_has_places_or_not() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let body = json!({"name": "Grace", "email": "grace@example.org"});
    let first = site.program().post(&path, body.clone()).await.is(202);
    let again = site.program().post(&path, body).await.is(202);
    assert_eq!(first.data()["message"], again.data()["message"]);
    assert!(first.data().get("id").is_none());
    site.program().post(&path, json!({})).await.fails_at(422, "email");
}

#[tokio::test]
async fn unknown_names_are_not_found() {
    let site = Site::start().await;
    let program = site.program_of(&site.account("Ada").await, Scope::ALL).await;
    let id = uuid::Uuid::now_v7();
    for path in ["events/none", "events/%00", "orders/x", &format!("orders/{id}"), "orders/%FF"] {
        program.get(&format!("/api/v1/{path}")).await.is(404);
    }
    program.post("/api/v1/events/none/orders", json!({})).await.is(404);
    program.delete("/api/v1/me/tokens/x").await.is(403);
}

#[tokio::test]
async fn a_list_says_of_each_event_what_the_event_says_itself() {
    let site = Site::start().await;
    let (ada, root) = (site.account("Ada").await, site.account("Root").await);
    let mut events = Vec::new();
    for n in 0..5 {
        events.push(site.event(&format!("Event {n}")).capacity(1 + n).make().await);
    }
    let hers = site.program_of(&ada, Scope::ALL).await;
    hers.post(&format!("/api/v1{}/orders", events[0].path()), json!({})).await.is(201);
    hers.post(&format!("/api/v1{}/orders", events[3].path()), json!({ "places": 2 })).await.is(201);
    let host = site.account_named("host").await;
    for program in [
        site.program(),
        site.program_of(&ada, &[Scope::Read]).await,
        site.program_of(&host, &[Scope::Read]).await,
        site.program_of(&root, &[Scope::Read]).await,
    ] {
        let list = program.get("/api/v1/events").await.is(200);
        assert_eq!(list.data()["items"].as_array().unwrap().len(), 5);
        for event in list.data()["items"].as_array().unwrap() {
            let alone = program.get(&format!("/api/v1/events/{}", event["slug"].as_str().unwrap())).await.is(200);
            assert_eq!(event, alone.data());
        }
    }
    let mine = site.program_of(&host, &[Scope::Read]).await.get("/api/v1/me/hosting").await.is(200);
    for event in mine.data()["items"].as_array().unwrap() {
        assert_eq!(event["hosting"]["role"], "owner");
    }
}
