//! What one key does when our side breaks, and for whom.
use marquee::api::{Scope, idempotency};
use marquee::db::sql;
use marquee::{clock, decide, orders};
use serde_json::json;

use crate::api_signin::wanted;
use crate::site::Site;

/// A table that the answer about a new event needs and its making does not; taking places needs it first.
const AWAY: &str = "ALTER TABLE waiting RENAME TO elsewhere";
const BACK: &str = "ALTER TABLE elsewhere RENAME TO waiting";

async fn moved(site: &Site, to: &'static str) {
    decide!(site.app.db, tx, sql(to).execute(tx).await).unwrap();
}

#[tokio::test]
async fn what_was_done_before_our_side_broke_is_not_done_again_under_its_key() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host, Scope::Read]).await;
    let host = host.with("idempotency-key", "once");
    let body = wanted(&site);
    moved(&site, AWAY).await;
    let broke = host.post("/api/v1/events", body.clone()).await.is(500);
    moved(&site, BACK).await;
    assert_eq!(broke.json["status"], "error", "{}", broke.text);
    for _ in 0..2 {
        let again = host.post("/api/v1/events", body.clone()).await.is(500);
        assert_eq!(again.text, broke.text);
        assert_eq!(again.headers["idempotency-replayed"], "true");
    }
    host.post("/api/v1/events", json!({"title": "Another"})).await.fails_at(409, "message");
    let mine = async || host.get("/api/v1/me/hosting").await.is(200).data()["items"].as_array().unwrap().len();
    assert_eq!(mine().await, 1);
    let other = site.program_of(&site.account_named("ada").await, &[Scope::Host]).await;
    other.with("idempotency-key", "another").post("/api/v1/events", body).await.is(201);
    assert_eq!(mine().await, 2);
}

#[tokio::test]
async fn where_nothing_had_begun_before_our_side_broke_the_same_key_acts() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let ada = site.program_of(&site.account("Ada").await, &[Scope::Write]).await;
    // A guest's try is counted before: that is no part of what they ask for.
    let (ada, guest) = (ada.with("idempotency-key", "1"), site.program().with("idempotency-key", "1"));
    let body = json!({"name": "Grace", "email": "grace@example.org"});
    moved(&site, AWAY).await;
    ada.post(&path, json!({})).await.is(500);
    guest.post(&path, body.clone()).await.is(500);
    moved(&site, BACK).await;
    ada.post(&path, json!({})).await.is(201);
    guest.post(&path, body).await.is(202);
    site.verifies().await;
}

#[tokio::test]
async fn who_found_nothing_may_come_again_with_the_same_key() {
    let site = Site::start().await;
    let program = site.program_of(&site.account("Ada").await, &[Scope::Write]).await.with("idempotency-key", "1");
    program.post("/api/v1/events/quiz-night/orders", json!({})).await.fails_at(404, "message");
    let event = site.event("Quiz night").make().await;
    assert_eq!(event.slug, "quiz-night");
    program.post("/api/v1/events/quiz-night/orders", json!({})).await.is(201);
}

#[tokio::test]
async fn a_kept_answer_needs_the_orders_secret_as_the_first_one_did() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let order = site.places(&event, "Grace", 1).await.remove(0).order_id;
    let path = format!("/api/v1/orders/{order}/cancellation");
    let program = site.program().with("idempotency-key", "1");
    let with_secret = format!("{path}?key={}", orders::key(&site.app, order));
    let first = program.post(&with_secret, json!({})).await.is(200);
    assert_eq!(program.post(&with_secret, json!({})).await.is(200).text, first.text);
    program.post(&path, json!({})).await.is(401);
    let guessed = program.post(&format!("{path}?key=none"), json!({})).await;
    assert!(matches!(guessed.status, 401 | 404) && !guessed.text.contains("Grace"), "{}", guessed.text);
}

#[tokio::test]
async fn a_kept_answer_is_not_given_to_a_weaker_token() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let ada = site.account("Ada").await;
    let path = format!("/api/v1{}/orders", event.path());
    let strong = site.program_of(&ada, &[Scope::Read, Scope::Write]).await.with("idempotency-key", "1");
    let weak = site.program_of(&ada, &[Scope::Read]).await.with("idempotency-key", "1");
    let alike = site.program_of(&ada, &[Scope::Write, Scope::Read]).await.with("idempotency-key", "1");
    let first = strong.post(&path, json!({})).await.is(201);
    weak.post(&path, json!({})).await.is(403);
    assert_eq!(alike.post(&path, json!({})).await.is(201).text, first.text);
}

#[tokio::test]
async fn what_was_at_work_when_the_only_process_ended_was_cut_off() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let program = site.program_of(&site.account("Ada").await, &[Scope::Write]).await.with("idempotency-key", "1");
    program.post(&path, json!({})).await.is(201);
    site.app.clock.advance(clock::minutes(1));
    let answered = site.program_of(&site.account("Eve").await, &[Scope::Write]).await.with("idempotency-key", "1");
    answered.post(&path, json!({})).await.is(201);
    let lost = "UPDATE idempotency SET status = NULL, answer = NULL WHERE key_hash = (SELECT key_hash FROM idempotency
         ORDER BY created_at LIMIT 1)";
    decide!(site.app.db, tx, sql(lost).execute(tx).await).unwrap();
    site.app.clock.advance(clock::minutes(1));
    idempotency::nothing_is_at_work(&site.app).await.unwrap();
    let cut_off = program.post(&path, json!({})).await.fails_at(409, "message");
    assert!(cut_off.text.contains("was cut off"), "{}", cut_off.text);
    answered.post(&path, json!({})).await.is(201);
}
