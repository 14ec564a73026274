//! The API as programs meet it.
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use marquee::api::Scope;
use marquee::api::tokens::{self, Wish};
use marquee::clock;
use marquee::members::Member;
use marquee::routes::ROUTES;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::site::Site;

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
    pub fn data(&self) -> &Value {
        &self.json["data"]
    }
    /// Refused with a message at this field.
    fn fails_at(self, status: u16, field: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.json["status"], "fail", "{}", answer.text);
        assert!(answer.data()[field].is_string(), "nothing at {field:?}: {}", answer.text);
        answer
    }
}

/// A program that calls.
pub struct Program<'a> {
    site: &'a Site,
    headers: Vec<(&'static str, String)>,
}

impl Site {
    pub fn program(&self) -> Program<'_> {
        Program { site: self, headers: Vec::new() }
    }
    /// A program with a personal token.
    pub async fn program_of(&self, member: &Member, scopes: &[Scope]) -> Program<'_> {
        let wish = Wish { name: "Test".into(), scopes: scopes.to_vec(), days: Some(30) };
        let mut tx = self.app.db.write().await.unwrap();
        let (_, secret) = tokens::make(&mut tx, member, &wish, self.now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        self.program().bearer(&secret)
    }
}

impl Program<'_> {
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(header, _)| *header != name);
        self.headers.push((name, value.into()));
        self
    }
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, Vec::new()).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some("application/json"), body.to_string().into_bytes()).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, Vec::new()).await
    }
    pub async fn send(&self, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.site.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }
}

// ---------------------------------------------------------------- the description

#[tokio::test]
async fn every_route_of_the_api_is_described_and_nothing_else() {
    let site = Site::start().await;
    let api = site.program().get("/api/openapi.json").await.is(200).json;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"), "{}", api["openapi"]);
    let mut described: Vec<String> = Vec::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    let routes = ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/"));
    let mut routes: Vec<String> = routes.map(|route| format!("{} {}", route.method, route.path)).collect();
    described.sort();
    routes.sort();
    assert_eq!(described, routes);
}

#[tokio::test]
async fn the_reference_shows_every_call_with_a_command() {
    let site = Site::start().await;
    let mut browser = site.browser();
    browser.visit("/api/docs").await.is(200);
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")) {
        browser.sees(route.path);
    }
    browser.sees("curl").sees("application/json");
    assert!(!browser.html().contains("<script"));
}

// ---------------------------------------------------------------- who may call

#[tokio::test]
async fn without_a_token_one_is_asked_for() {
    let site = Site::start().await;
    let answer = site.program().get("/api/v1/me").await.fails_at(401, "message");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_refused_everywhere() {
    let site = Site::start().await;
    for wrong in ["mq_nothing", "x.y.z", "", "é"] {
        site.program().bearer(wrong).get("/api/v1/events").await.is(401);
    }
    site.program().with("authorization", "Basic YTpi").get("/api/v1/events").await.is(401);
}

#[tokio::test]
async fn a_personal_token_opens_what_its_scopes_say() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Quiz night").make().await;
    let reader = site.program_of(&ada, &[Scope::Read]).await;
    assert_eq!(reader.get("/api/v1/me").await.is(200).data()["email"], "ada@example.org");
    let path = format!("/api/v1{}/orders", event.path());
    reader.post(&path, json!({})).await.fails_at(403, "message");
    let writer = site.program_of(&ada, &[Scope::Write]).await;
    writer.post(&path, json!({})).await.is(201);
    writer.get("/api/v1/me").await.is(403);
}

#[tokio::test]
async fn a_personal_token_ends_when_it_says_when_it_is_revoked_and_with_suspension() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let program = site.program_of(&ada, &[Scope::Read]).await;
    program.get("/api/v1/me").await.is(200);
    let mut tx = site.app.db.write().await.unwrap();
    marquee::members::store::set_suspended(&mut tx, ada.id, Some(site.now()), Some("spam")).await.unwrap();
    tx.commit().await.unwrap();
    program.get("/api/v1/me").await.is(401);
    let mut tx = site.app.db.write().await.unwrap();
    marquee::members::store::set_suspended(&mut tx, ada.id, None, None).await.unwrap();
    tx.commit().await.unwrap();
    program.get("/api/v1/me").await.is(200);
    site.app.clock.advance(clock::days(31));
    program.get("/api/v1/me").await.is(401);
    let program = site.program_of(&ada, &[Scope::Read]).await;
    let mut tx = site.app.db.write().await.unwrap();
    tokens::revoke_all(&mut tx, ada.id).await.unwrap();
    tx.commit().await.unwrap();
    program.get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn a_personal_token_makes_no_other() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let program = site.program_of(&ada, Scope::ALL).await;
    program.post("/api/v1/me/tokens", json!({"name": "Another", "scopes": ["read"]})).await.fails_at(403, "message");
}

#[tokio::test]
async fn a_bearer_call_needs_no_origin_of_ours() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Quiz night").make().await;
    let program = site.program_of(&ada, &[Scope::Write]).await;
    let program = program.with("origin", "https://elsewhere.example").with("sec-fetch-site", "cross-site");
    program.post(&format!("/api/v1{}/orders", event.path()), json!({})).await.is(201);
}

// ---------------------------------------------------------------- what is sent

#[tokio::test]
async fn what_cannot_be_read_is_told_and_never_breaks() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let program = site.program();
    let kind = Some("application/json");
    for wrong in ["{", "nonsense", "{\"places\": }", "\u{0}", "[1,2"] {
        program.send("POST", &path, kind, wrong.into()).await.fails_at(400, "message");
    }
    for wrong in ["[]", "1", "\"text\"", "{\"tickets\": 5}", "{\"invited_emails\": \"x\"}"] {
        program.send("POST", &path, kind, wrong.into()).await.fails_at(422, "message");
    }
    program.send("POST", &path, Some("text/plain"), "{}".into()).await.fails_at(415, "message");
    program.send("POST", &path, kind, vec![b' '; 1_000_000]).await.is(413);
    program.get("/api/v1/nothing").await.fails_at(404, "message");
    program.send("DELETE", "/api/v1/events", None, Vec::new()).await.is(405);
    for wrong in ["limit=0", "limit=many", "cursor=%00", "cursor=x"] {
        program.get(&format!("/api/v1/events?{wrong}")).await.is(if wrong == "cursor=%00" { 200 } else { 422 });
    }
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let body = json!({"places": "two", "name": ["x"], "email": "nobody", "invited_emails": ["also nobody"]});
    let answer = site.program().post(&format!("/api/v1{}/orders", event.path()), body).await.is(422);
    let mut fields: Vec<_> = answer.data().as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["email", "invited_emails", "name", "places"]);
}

// ---------------------------------------------------------------- acting once

#[tokio::test]
async fn the_same_key_and_body_act_once_and_get_the_same_answer() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let program = site.program_of(&ada, &[Scope::Write]).await.with("idempotency-key", "once");
    let first = program.post(&path, json!({"places": 2})).await.is(201);
    let again = program.post(&path, json!({"places": 2})).await.is(201);
    assert_eq!(first.text, again.text);
    program.post(&path, json!({"places": 3})).await.fails_at(409, "message");
    site.app.clock.advance(clock::hours(25));
    program.post(&path, json!({"places": 2})).await.fails_at(409, "message");
    site.verifies().await;
}

#[tokio::test]
async fn of_many_at_once_with_one_key_one_acts() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let body = json!({"name": "Display", "scopes": ["read"]});
    let session = {
        let mut tx = site.app.db.write().await.unwrap();
        let id = marquee::web::sessions::open(&mut tx, ada.id, "curl", "", site.now()).await.unwrap();
        tx.commit().await.unwrap();
        marquee::api::jwt::issue(&site.app, ada.id, &id, site.now()).unwrap()
    };
    let program = site.program().bearer(&session).with("idempotency-key", "token");
    let mut calls = Vec::new();
    for _ in 0..10 {
        calls.push(program.post("/api/v1/me/tokens", body.clone()));
    }
    let mut made = std::collections::BTreeSet::new();
    for answer in futures(calls).await {
        assert!(matches!(answer.status, 201 | 409), "{}", answer.text);
        if answer.status == 201 {
            made.insert(answer.text);
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(program.get("/api/v1/me/tokens").await.is(200).data()["items"].as_array().unwrap().len(), 1);
}

/// All at the same time.
async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(move |cx| {
        for (call, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = call.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            return std::task::Poll::Ready(done.iter_mut().filter_map(Option::take).collect());
        }
        std::task::Poll::Pending
    })
    .await
}

#[tokio::test]
async fn nobody_elses_key_shows_anything() {
    let site = Site::start().await;
    let (ada, bob) = (site.account("Ada").await, site.account("Bob").await);
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let hers = site.program_of(&ada, &[Scope::Write]).await.with("idempotency-key", "1");
    let his = site.program_of(&bob, &[Scope::Write]).await.with("idempotency-key", "1");
    let hers = hers.post(&path, json!({})).await.is(201);
    let his = his.post(&path, json!({})).await.is(201);
    assert_ne!(hers.data()["id"], his.data()["id"]);
}

// ---------------------------------------------------------------- events and places

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
