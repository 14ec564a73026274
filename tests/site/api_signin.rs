//! Signing up and in by the API, and running events by it.
use marquee::api::Scope;
use marquee::clock;
use serde_json::{Value, json};

use crate::api::Answer;
use crate::browser::{FORM, encode};
use crate::site::{PASSWORD, Site, link};

/// Asks for a token with these fields.
async fn asks(site: &Site, fields: [(&str, &str); 3]) -> Answer {
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    site.program().send("POST", "/api/v1/auth/token", Some(FORM), encode(&fields).into_bytes()).await
}

pub async fn grant(site: &Site, username: &str, password: &str) -> Answer {
    asks(site, [("grant_type", "password"), ("username", username), ("password", password)]).await
}

/// With a code, for an account that has a second factor.
pub async fn grant_with(site: &Site, username: &str, totp: &str) -> Answer {
    asks(site, [("username", username), ("password", PASSWORD), ("totp", totp)]).await
}

pub async fn token_with(site: &Site, username: &str, totp: &str) -> String {
    grant_with(site, username, totp).await.is(200).json["access_token"].as_str().unwrap().to_owned()
}

pub async fn token(site: &Site, username: &str) -> String {
    let answer = grant(site, username, PASSWORD).await.is(200);
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(1800)));
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.json["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_password_buys_a_token_for_half_an_hour() {
    let site = Site::start().await;
    site.account("Ada").await;
    let program = site.program().bearer(&token(&site, "Ada@Example.org").await);
    assert_eq!(program.get("/api/v1/me").await.is(200).data()["name"], "Ada");
    site.app.clock.advance(clock::minutes(31));
    program.get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn a_token_is_made_anew_whatever_key_the_request_has() {
    let site = Site::start().await;
    site.account("Ada").await;
    let fields = [("username", "ada@example.org"), ("password", PASSWORD)];
    let body = encode(&fields.map(|(name, value)| (name.to_owned(), value.to_owned()))).into_bytes();
    let program = site.program().with("idempotency-key", "1");
    let asked = async || program.send("POST", "/api/v1/auth/token", Some(FORM), body.clone()).await.is(200);
    let first = asked().await.json["access_token"].as_str().unwrap().to_owned();
    site.app.clock.advance(clock::minutes(31));
    let second = asked().await;
    assert!(!second.headers.contains_key("idempotency-replayed"));
    let second = second.json["access_token"].as_str().unwrap().to_owned();
    site.program().bearer(&first).get("/api/v1/me").await.is(401);
    site.program().bearer(&second).get("/api/v1/me").await.is(200);
}

#[tokio::test]
async fn a_token_dies_with_its_session() {
    let site = Site::start().await;
    site.account("Ada").await;
    let program = site.program().bearer(&token(&site, "ada@example.org").await);
    program.delete("/api/v1/auth/token").await.is(200);
    program.get("/api/v1/me").await.is(401);
    let program = site.program().bearer(&token(&site, "ada@example.org").await);
    let mut browser = site.member("Ada").await;
    browser.visit("/settings/sessions").await.press("Sign out all other devices").await;
    program.get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn a_token_of_another_site_or_another_kind_opens_nothing() {
    let site = Site::start().await;
    site.account("Ada").await;
    let real = token(&site, "ada@example.org").await;
    let other = Site::with(&[("MARQUEE_SECRET_KEY", "ffffffffffffffffffffffffffffffff")]).await;
    other.account("Ada").await;
    other.program().bearer(&real).get("/api/v1/me").await.is(401);
    let [_, claims, _] = real.split('.').collect::<Vec<_>>()[..] else { panic!("{real}") };
    // {"alg":"none"}
    site.program().bearer(&format!("eyJhbGciOiJub25lIn0.{claims}.")).get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn grant_errors_are_those_of_the_standard() {
    let site = Site::start().await;
    site.account("Ada").await;
    let wrong = grant(&site, "ada@example.org", "wrong").await.is(400);
    let unknown = grant(&site, "nobody@example.org", "wrong").await.is(400);
    assert_eq!(wrong.json, unknown.json);
    assert_eq!(wrong.json["error"], "invalid_grant");
    assert_eq!(grant(&site, "", "").await.is(400).json["error"], "invalid_request");
    let other = b"grant_type=client_credentials".to_vec();
    let other = site.program().send("POST", "/api/v1/auth/token", Some(FORM), other).await.is(400);
    assert_eq!(other.json["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_api_too() {
    let site = Site::start().await;
    site.account("Ada").await;
    for _ in 0..5 {
        grant(&site, "ada@example.org", "wrong").await.is(400);
    }
    grant(&site, "ada@example.org", PASSWORD).await.is(400);
    let login = json!({"email": "ada@example.org", "password": PASSWORD});
    site.program().post("/api/v1/auth/login", login).await.is(401);
    site.app.clock.advance(clock::minutes(16));
    grant(&site, "ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn one_signs_up_proves_the_address_and_signs_in() {
    let site = Site::start().await;
    let body = json!({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org", "password": PASSWORD, "password_verify": PASSWORD});
    let first = site.program().post("/api/v1/auth/register", body.clone()).await.is(202);
    grant(&site, "ada@example.org", PASSWORD).await.is(400);
    let token = link(&site.mails_to("ada@example.org").await[0], "/verify/");
    let token = token.rsplit('/').next().unwrap();
    site.program().post("/api/v1/auth/verify", json!({"token": token})).await.is(200);
    site.program().post("/api/v1/auth/verify", json!({"token": token})).await.is(422);
    let again = site.program().post("/api/v1/auth/register", body).await.is(202);
    assert_eq!(first.text, again.text);
    let login = json!({"username": "ada@example.org", "password": PASSWORD});
    let login = site.program().post("/api/v1/auth/login", login).await.is(200);
    let data = login.data();
    assert_eq!((&data["name"], &data["auth_method"]), (&json!("Ada Lovelace"), &json!("password")));
    assert!(data["session_expiry"].as_str().unwrap().ends_with('Z') && data["user_id"].is_string());
    let mut cookies = login.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
    let cookie = cookies.find(|set| set.starts_with("marquee=")).unwrap().split(';').next().unwrap().to_owned();
    let program = site.program().with("cookie", cookie).with("sec-fetch-site", "same-origin");
    program.get("/api/v1/me").await.is(200);
    program.post("/api/v1/auth/logout", json!({})).await.is(200);
    program.get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn a_weak_password_is_refused_here_too() {
    let site = Site::start().await;
    let body = json!({"name": "Ada", "email": "ada@example.org", "password": "short", "password_verify": "other"});
    let answer = site.program().post("/api/v1/auth/register", body).await.is(422);
    let fields: Vec<_> = answer.data().as_object().unwrap().keys().collect();
    assert_eq!(fields, ["password", "password_verify"]);
}

#[tokio::test]
async fn a_cookie_acts_for_pages_of_the_same_site_only() {
    let site = Site::start().await;
    let browser = site.member("Ada").await;
    let cookie = format!("marquee={}", browser.cookie("marquee").unwrap());
    let program = site.program().with("cookie", cookie).with("sec-fetch-site", "cross-site");
    program.post("/api/v1/me/tokens", json!({"name": "x", "scopes": ["read"]})).await.is(403);
}

// ---------------------------------------------------------------- hosting

pub fn wanted(site: &Site) -> Value {
    let starts = (site.now() + clock::days(20)).rfc3339();
    let ends = (site.now() + clock::days(20) + clock::hours(2)).rfc3339();
    json!({"title": "Repair café", "description": "We mend it together.", "starts": starts, "ends": ends,
        "zone": "Europe/Zurich", "place_name": "Town hall", "place_town": "Basel", "tags": ["repair", "tea"],
        "ticket_types": [{"name": "Standard", "capacity": 12, "per_order": 4}]})
}

#[tokio::test]
async fn an_event_is_made_changed_published_and_cancelled() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host, Scope::Read]).await;
    let event = host.post("/api/v1/events", wanted(&site)).await.is(201);
    let path = format!("/api/v1/events/{}", event.data()["slug"].as_str().unwrap());
    assert_eq!((&event.data()["status"], &event.data()["places_left"]), (&json!("draft"), &json!(12)));
    site.program().get(&path).await.is(404);
    let change = json!({"summary": "Bring what is broken", "capacity": 10}).to_string().into_bytes();
    let changed = host.send("PATCH", &path, Some("application/json"), change).await.is(200);
    assert_eq!((&changed.data()["title"], &changed.data()["places_left"]), (&json!("Repair café"), &json!(10)));
    assert_eq!(host.post(&format!("{path}/publication"), json!({})).await.is(200).data()["status"], "published");
    site.program().get(&path).await.is(200);
    let stale = json!({"title": "Mine", "revision": 0}).to_string().into_bytes();
    host.send("PATCH", &path, Some("application/json"), stale).await.is(409);
    let cancelled = host.post(&format!("{path}/cancellation"), json!({"reason": "Flooded"})).await.is(200);
    assert_eq!(
        (&cancelled.data()["status"], &cancelled.data()["cancelled_why"]),
        (&json!("cancelled"), &json!("Flooded"))
    );
}

#[tokio::test]
async fn what_the_form_refuses_the_api_refuses_at_its_own_names() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host]).await;
    let body = json!({"title": "", "starts": "tomorrow", "zone": "Mars", "tags": {"a": 1}, "ticket_types": [{"name": "A", "capacity": "many"}]});
    host.post("/api/v1/events", body).await.is(422);
    let body = json!({"title": ["x"], "starts": "tomorrow", "zone": "Europe/Zurich", "ticket_types": [{"name": "A", "capacity": "many"}]});
    let answer = host.post("/api/v1/events", body).await.is(422);
    for field in ["title", "starts", "ends", "ticket_types[0].capacity"] {
        assert!(answer.data()[field].is_string(), "{field}: {}", answer.text);
    }
}

#[tokio::test]
async fn true_and_false_are_read_as_they_are_meant() {
    let site = Site::start().await;
    let host = site.program_of(&site.account("Ada").await, &[Scope::Host]).await;
    let with = |field: &str, said: &Value| {
        let mut body = wanted(&site);
        body[field] = said.clone();
        body
    };
    for no in [json!(false), json!("false"), json!(0), json!("0"), json!("off"), json!("No"), json!(""), json!(null)] {
        let made = host.post("/api/v1/events", with("publish", &no)).await.is(201);
        assert_eq!(made.data()["status"], "draft", "{no}");
        let made = host.post("/api/v1/events", with("account_required", &no)).await.is(201);
        assert_eq!(made.data()["account_required"], false, "{no}");
    }
    for yes in [json!(true), json!("true"), json!(1), json!("1"), json!("on"), json!("YES")] {
        let made = host.post("/api/v1/events", with("account_required", &yes)).await.is(201);
        assert_eq!(made.data()["account_required"], true, "{yes}");
    }
    for field in ["publish", "account_required"] {
        let answer = host.post("/api/v1/events", with(field, &json!("perhaps"))).await.is(422);
        assert_eq!(answer.data()[field], "Give true or false here.");
    }
}

#[tokio::test]
async fn strangers_and_the_wrong_scope_change_nothing() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let path = format!("/api/v1{}", event.path());
    let body = || json!({"title": "Mine"}).to_string().into_bytes();
    let host = marquee::members::store::by_email_key(&site.app.db, "host@example.org").await.unwrap().unwrap();
    let reader = site.program_of(&host, &[Scope::Read, Scope::Write]).await;
    reader.send("PATCH", &path, Some("application/json"), body()).await.is(403);
    let stranger = site.program_of(&site.account("Bob").await, Scope::ALL).await;
    stranger.send("PATCH", &path, Some("application/json"), body()).await.is(404);
    stranger.post(&format!("{path}/cancellation"), json!({})).await.is(404);
}
