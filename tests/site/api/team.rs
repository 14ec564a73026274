//! Who runs an event, and to whom it is left, as programs do it.
use marquee::api::Scope;
use marquee::clock::days;
use serde_json::{Value, json};

use crate::api::Program;
use crate::site::{PASSWORD, Site};

/// Somebody's program with a token for hosting alone.
async fn program<'a>(site: &'a Site, name: &str) -> Program<'a> {
    let member =
        match marquee::members::store::by_email_key(&site.app.db, &format!("{name}@example.org")).await.unwrap() {
            Some(member) => member,
            None => site.account(name).await,
        };
    site.program_of(&member, &[Scope::Host]).await
}

/// (name, role) of everybody on a team.
fn roles(team: &Value) -> Vec<(&str, &str)> {
    let members = team["members"].as_array().unwrap().iter();
    members.map(|of| (of["name"].as_str().unwrap(), of["role"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_team_is_asked_joined_changed_and_left() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (host, bob) = (program(&site, "host").await, program(&site, "bob").await);
    let team = format!("/api/v1{}/team", event.path());
    let asked = host.post(&team, json!({"email": "BOB@example.org", "role": "door"})).await.is(201);
    assert_eq!(
        (&asked.data()["outcome"], &asked.data()["team"]["invited"][0]["role"]),
        (&json!("asked"), &json!("door"))
    );
    assert_eq!(site.mails_to("bob@example.org").await.len(), 1);
    assert_eq!(roles(host.get(&team).await.is(200).data()), [("host", "owner")], "not before they join");
    bob.get(&team).await.is(404);
    let what = bob.get(&format!("{team}/invitation")).await.is(200);
    assert_eq!((&what.data()["owner"], &what.data()["invitation"]["role"]), (&json!("host"), &json!("door")));
    for _ in 0..2 {
        assert_eq!(bob.post(&format!("{team}/invitation"), json!({})).await.is(200).data()["role"], "door");
    }
    bob.get(&team).await.is(403);
    let id = host.get(&team).await.data()["members"][1]["id"].as_str().unwrap().to_owned();
    let changed = host.patch(&format!("{team}/{id}"), json!({"role": "host"})).await.is(200);
    assert_eq!(roles(changed.data()), [("host", "owner"), ("bob", "host")]);
    assert_eq!(roles(bob.get(&team).await.is(200).data()).len(), 2);
    bob.post(&format!("{team}/departure"), json!({})).await.is(200);
    bob.get(&team).await.is(404);
    host.patch(&format!("{team}/{id}"), json!({"role": "door"})).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn only_the_owner_decides_who_is_on_the_team_and_stays_on_it() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (host, bob) = (program(&site, "host").await, program(&site, "bob").await);
    let team = format!("/api/v1{}/team", event.path());
    host.post(&team, json!({"email": "bob@example.org", "role": "host"})).await.is(201);
    bob.post(&format!("{team}/invitation"), json!({})).await.is(200);
    let ids = host.get(&team).await.is(200);
    let id = |n: usize| ids.data()["members"][n]["id"].as_str().unwrap().to_owned();
    bob.post(&team, json!({"email": "eve@example.org", "role": "door"})).await.is(403);
    bob.patch(&format!("{team}/{}", id(1)), json!({"role": "door"})).await.is(403);
    bob.delete(&format!("{team}/{}", id(0))).await.is(403);
    for role in [json!({"role": "owner"}), json!({"role": "cook"}), json!({})] {
        host.patch(&format!("{team}/{}", id(1)), role).await.fails_at(422, "role");
    }
    host.patch(&format!("{team}/{}", id(0)), json!({"role": "door"})).await.fails_at(422, "role");
    host.post(&team, json!({"email": "host@example.org", "role": "door"})).await.fails_at(422, "email");
    host.post(&format!("{team}/departure"), json!({})).await.fails_at(409, "message");
    assert_eq!(roles(host.delete(&format!("{team}/{}", id(0))).await.is(200).data()).len(), 2, "the owner stays");
    for _ in 0..2 {
        assert_eq!(roles(host.delete(&format!("{team}/{}", id(1))).await.is(200).data()), [("host", "owner")]);
    }
    let reader = site.program_of(&site.account_named("host").await, &[Scope::Read, Scope::Write]).await;
    reader.get(&team).await.is(403);
    site.verifies().await;
}

#[tokio::test]
async fn what_was_taken_back_or_declined_opens_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (host, bob) = (program(&site, "host").await, program(&site, "bob").await);
    let team = format!("/api/v1{}/team", event.path());
    let asked = host.post(&team, json!({"email": "bob@example.org", "role": "door"})).await.is(201);
    let id = asked.data()["team"]["invited"][0]["id"].as_str().unwrap().to_owned();
    bob.delete(&format!("{team}/invitations/{id}")).await.is(404);
    for _ in 0..2 {
        let left = host.delete(&format!("{team}/invitations/{id}")).await.is(200);
        assert_eq!(left.data()["invited"], json!([]));
    }
    bob.post(&format!("{team}/invitation"), json!({})).await.is(404);
    host.post(&team, json!({"email": "bob@example.org", "role": "door"})).await.is(201);
    bob.delete(&format!("{team}/invitation")).await.is(200);
    bob.post(&format!("{team}/invitation"), json!({})).await.is(404);
    assert_eq!(host.get(&team).await.data()["invited"], json!([]));
    site.verifies().await;
}

#[tokio::test]
async fn an_event_is_left_to_somebody_who_takes_it_over_and_means_to() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let (host, bob) = (program(&site, "host").await, program(&site, "bob").await);
    let (team, transfer) = (format!("/api/v1{}/team", event.path()), format!("/api/v1{}/transfer", event.path()));
    host.post(&transfer, json!({"email": "bob@example.org"})).await.is(403);
    assert!(site.mails_to("bob@example.org").await.is_empty(), "it is asked first whether it is them");
    let host = host.with("step-up", PASSWORD);
    host.post(&transfer, json!({"email": "host@example.org"})).await.fails_at(422, "email");
    host.post(&transfer, json!({})).await.fails_at(422, "email");
    let offered = host.post(&transfer, json!({"email": "bob@example.org"})).await.is(201);
    assert_eq!(offered.data()["role"], "owner");
    assert!(offered.data()["ends_at"].is_string());
    bob.post(&format!("{team}/invitation"), json!({})).await.is(404);
    bob.delete(&format!("{team}/invitation")).await.is(404);
    assert_eq!(roles(host.get(&team).await.data()), [("host", "owner")], "not by what was meant as help");
    for _ in 0..2 {
        assert_eq!(bob.post(&format!("{transfer}/acceptance"), json!({})).await.is(200).data()["role"], "owner");
    }
    assert_eq!(roles(bob.get(&team).await.is(200).data()), [("bob", "owner"), ("host", "host")]);
    host.post(&transfer, json!({"email": "host@example.org"})).await.is(403);
    assert_eq!(site.mail_to("host@example.org").await.subject, "Taken over: Quiz");
    site.verifies().await;
}

#[tokio::test]
async fn an_offer_is_taken_back_refused_or_too_old_and_then_opens_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz").starts_in(days(60)).make().await;
    let host = program(&site, "host").await.with("step-up", PASSWORD);
    let (bob, transfer) = (program(&site, "bob").await, format!("/api/v1{}/transfer", event.path()));
    let (body, accept) = (json!({"email": "bob@example.org"}), format!("{transfer}/acceptance"));
    host.post(&transfer, body.clone()).await.is(201);
    bob.delete(&transfer).await.is(404);
    for _ in 0..2 {
        assert_eq!(host.delete(&transfer).await.is(200).data()["invited"], json!([]));
    }
    bob.post(&accept, json!({})).await.is(404);
    host.post(&transfer, body.clone()).await.is(201);
    bob.post(&format!("{transfer}/refusal"), json!({})).await.is(200);
    bob.post(&format!("{transfer}/refusal"), json!({})).await.is(404);
    bob.post(&accept, json!({})).await.is(404);
    assert_eq!(site.mail_to("host@example.org").await.subject, "Not taken over: Quiz");
    host.post(&transfer, body).await.is(201);
    site.app.clock.advance(days(31));
    let bob = program(&site, "bob").await;
    bob.get(&format!("/api/v1{}/team/invitation", event.path())).await.is(404);
    bob.post(&accept, json!({})).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn a_plan_without_room_for_one_more_host_is_told_however_they_become_one() {
    let site = Site::start().await;
    crate::plans::set_up(&site).await;
    let event = site.event("Quiz").make().await;
    let (host, bob) = (program(&site, "host").await, program(&site, "bob").await);
    let team = format!("/api/v1{}/team", event.path());
    host.post(&team, json!({"email": "bob@example.org", "role": "door"})).await.is(201);
    bob.post(&format!("{team}/invitation"), json!({})).await.is(200);
    host.post(&team, json!({"email": "eve@example.org", "role": "host"})).await.is(201);
    host.post(&team, json!({"email": "ida@example.org", "role": "host"})).await.fails_at(409, "message");
    let id = host.get(&team).await.data()["members"][1]["id"].as_str().unwrap().to_owned();
    host.patch(&format!("{team}/{id}"), json!({"role": "host"})).await.fails_at(409, "message");
    assert_eq!(roles(host.get(&team).await.data()), [("host", "owner"), ("bob", "door")]);
}
