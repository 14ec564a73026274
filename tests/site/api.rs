//! The API as programs meet it.
mod attendees;
mod changes;
mod fields;
mod given;
mod once;
mod places;
mod reference;
mod team;
mod tokens;

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use marquee::api::Scope;
use marquee::api::tokens::{Wish, make};
use marquee::clock;
use marquee::db::sql;
use marquee::decide;
use marquee::members::Member;
use marquee::routes::ROUTES;
use marquee::web::sessions;
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
    /// A program with a personal token. Who is no admin and gets an admin's was one when it was made.
    pub async fn program_of(&self, member: &Member, scopes: &[Scope]) -> Program<'_> {
        let wish = Wish { name: "Test".into(), scopes: scopes.to_vec(), days: Some(30) };
        let mut tx = self.app.db.write().await.unwrap();
        let session = sessions::open(&mut tx, member.id, ("", ""), false, self.now()).await.unwrap();
        let was = "UPDATE members SET admin = $2 WHERE id = $1";
        let is: bool = sql("SELECT admin FROM members WHERE id = $1").bind(member.id).scalar(&mut tx).await.unwrap();
        sql(was).bind(member.id).bind(is || scopes.contains(&Scope::Admin)).execute(&mut tx).await.unwrap();
        let (_, secret) = make(&mut tx, member, &session, &wish, self.now()).await.unwrap().unwrap();
        sql(was).bind(member.id).bind(is).execute(&mut tx).await.unwrap();
        sessions::end_one(&mut tx, &session, member.id).await.unwrap();
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
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some("application/json"), body.to_string().into_bytes()).await
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
    let links = crate::bill::attributes(&browser, ".lines a", "href");
    let calls: Vec<_> = ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")).collect();
    for route in &calls {
        browser.sees(&format!("{} {}", route.method.to_uppercase(), route.path));
    }
    assert_eq!(links.len(), calls.len());
    let (mut chapters, mut shown) = (crate::bill::attributes(&browser, "h2 a", "href"), Vec::new());
    for path in &chapters {
        browser.visit(path).await.is(200).sees("curl");
        assert_eq!(crate::bill::attributes(&browser, ".side-nav a[aria-current]", "href"), [path.as_str()]);
        let commands = crate::bill::attributes(&browser, "article > pre", "aria-label").len();
        let calls = crate::bill::attributes(&browser, "article", "id");
        assert_eq!(commands, calls.len(), "{path}: a command for each call");
        shown.extend(calls.into_iter().map(|id| format!("{path}#{id}")));
        assert!(!browser.html().contains("<script"));
    }
    assert_eq!(shown, links, "each link leads to its call, and each call has one");
    chapters.dedup();
    assert_eq!(chapters.len(), 7);
    browser.visit("/api/docs/nothing").await.is(404);
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
    for wrong in ["[]", "1", "\"text\""] {
        program.send("POST", &path, kind, wrong.into()).await.fails_at(422, "message");
    }
    for (wrong, field, says) in [
        ("{\"tickets\": 5}", "tickets", "Give a list here."),
        ("{\"invited_emails\": \"x\"}", "invited_emails", "Give a list here."),
        ("{\"tickets\": [{}, 7]}", "tickets[1]", "Give an object here."),
    ] {
        let answer = program.send("POST", &path, kind, wrong.into()).await.fails_at(422, field);
        assert_eq!(answer.data()[field], says);
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
async fn a_call_that_was_cut_off_is_not_made_again_under_its_key() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}/orders", event.path());
    let program = site.program_of(&ada, &[Scope::Write]).await.with("idempotency-key", "once");
    program.post(&path, json!({"places": 2})).await.is(201);
    // The process died before it had written down what it said.
    let lost = "UPDATE idempotency SET status = NULL, answer = NULL";
    decide!(site.app.db, tx, sql(lost).execute(tx).await).unwrap();
    for (minutes, says) in [(0, "still at work"), (6, "was cut off"), (60, "was cut off")] {
        site.app.clock.advance(clock::minutes(minutes));
        let answer = program.post(&path, json!({"places": 2})).await.fails_at(409, "message");
        assert!(answer.text.contains(says), "{}", answer.text);
    }
    site.verifies().await;
}

#[tokio::test]
async fn of_many_at_once_with_one_key_one_acts() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let body = json!({"name": "Display", "scopes": ["read"]});
    let session = {
        let mut tx = site.app.db.write().await.unwrap();
        let id = marquee::web::sessions::open(&mut tx, ada.id, ("curl", ""), true, site.now()).await.unwrap();
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
