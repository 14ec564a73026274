//! The second factor, passwords and sessions by the API.
use serde_json::{Value, json};

use crate::api::Answer;
use crate::api_signin::{grant_with, token, token_with};
use crate::second_factor::Phone;
use crate::site::{PASSWORD, Site, link};

const OTHER: &str = "Nine green bottles 9";

/// Turns it on by the API.
async fn secured(site: &Site, access: &str) -> (Phone, Value) {
    let program = site.program().bearer(access);
    let offered = program.post("/api/v1/auth/mfa/setup", json!({})).await.is(201);
    let phone = Phone { secret: offered.data()["secret"].as_str().unwrap().to_owned() };
    let wrong = json!({"setup": offered.data()["setup"], "code": "000000"});
    program.post("/api/v1/auth/mfa/verify", wrong).await.is(422);
    let right = json!({"setup": offered.data()["setup"], "code": phone.code(site)});
    let codes = program.post("/api/v1/auth/mfa/verify", right.clone()).await.is(201);
    program.post("/api/v1/auth/mfa/verify", right).await.is(409);
    program.post("/api/v1/auth/mfa/setup", json!({})).await.is(409);
    (phone, codes.data()["recovery_codes"].clone())
}

async fn grant(site: &Site, totp: &str) -> Answer {
    grant_with(site, "ada@example.org", totp).await
}

#[tokio::test]
async fn a_token_needs_the_code_where_there_is_a_second_factor() {
    let site = Site::start().await;
    site.account("ada").await;
    let access = token(&site, "ada@example.org").await;
    let (phone, codes) = secured(&site, &access).await;
    assert_eq!(grant(&site, "").await.is(400).json["error"], "mfa_required");
    assert_eq!(grant(&site, "000000").await.is(400).json["error"], "mfa_required");
    assert_eq!(grant(&site, &phone.code(&site)).await.is(400).json["error"], "mfa_required", "used to turn it on");
    let access = token_with(&site, "ada@example.org", &phone.next_code(&site)).await;
    site.program().bearer(&access).get("/api/v1/me").await.is(200);
    token_with(&site, "ada@example.org", codes[0].as_str().unwrap()).await;
    let again = site.program().bearer(&access).post("/api/v1/auth/mfa/recovery-codes", json!({})).await.is(201);
    assert_ne!(again.data()["recovery_codes"], codes);
    site.program().bearer(&access).delete("/api/v1/auth/mfa").await.is(200);
    grant(&site, "").await.is(200);
}

#[tokio::test]
async fn a_session_in_a_cookie_opens_when_the_code_is_there_and_not_before() {
    let site = Site::start().await;
    site.account("ada").await;
    let access = token(&site, "ada@example.org").await;
    let (phone, _) = secured(&site, &access).await;
    let mut browser = site.browser();
    let login = json!({"email": "ada@example.org", "password": PASSWORD}).to_string();
    let json_kind = Some("application/json");
    browser.request("POST", "/api/v1/auth/login", json_kind, login.into_bytes()).await.is(401);
    assert!(browser.json()["data"]["totp"].is_string());
    browser.visit("/api/v1/me").await.is(401);
    let code = |code: &str| json!({ "code": code }).to_string().into_bytes();
    browser.request("POST", "/api/v1/auth/mfa/validate", json_kind, code("000000")).await.is(401);
    let right = code(&phone.next_code(&site));
    browser.request("POST", "/api/v1/auth/mfa/validate", json_kind, right.clone()).await.is(200);
    assert_eq!(browser.json()["data"]["email"], "ada@example.org");
    browser.visit("/api/v1/me").await.is(200);
    site.browser().request("POST", "/api/v1/auth/mfa/validate", json_kind, right).await.is(401);
    let login = json!({"email": "ada@example.org", "password": PASSWORD, "totp": phone.next_code(&site)}).to_string();
    site.browser().request("POST", "/api/v1/auth/login", json_kind, login.into_bytes()).await.is(200);
}

#[tokio::test]
async fn a_personal_token_changes_nothing_about_how_its_member_signs_in() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let program = site.program_of(&ada, marquee::api::Scope::ALL).await.with("step-up", PASSWORD);
    for (path, body) in [
        ("/api/v1/auth/mfa/setup", json!({})),
        ("/api/v1/auth/mfa/verify", json!({})),
        ("/api/v1/auth/mfa/recovery-codes", json!({})),
        ("/api/v1/me/password", json!({"current_password": PASSWORD, "password": OTHER})),
    ] {
        program.post(path, body).await.is(403);
    }
    program.delete("/api/v1/me/sessions").await.is(403);
    program.get("/api/v1/me/sessions").await.is(403);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_everything_that_was_open_ends() {
    let site = Site::start().await;
    site.account("ada").await;
    let access = token(&site, "ada@example.org").await;
    let known = site.program().post("/api/v1/auth/recover", json!({"email": "ada@example.org"})).await.is(202);
    let unknown = site.program().post("/api/v1/auth/recover", json!({"email": "eve@example.org"})).await.is(202);
    assert_eq!(known.text.replace("ada", "eve"), unknown.text);
    let path = link(&site.mail_to("ada@example.org").await, "/reset/");
    let reset = |password: &str| json!({"token": path.rsplit('/').next().unwrap(), "password": password});
    site.program().post("/api/v1/auth/reset", reset("short")).await.is(422);
    site.program().post("/api/v1/auth/reset", reset(OTHER)).await.is(200);
    site.program().post("/api/v1/auth/reset", reset(OTHER)).await.is(422);
    site.program().bearer(&access).get("/api/v1/me").await.is(401);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_the_other_sessions_end() {
    let site = Site::start().await;
    site.account("ada").await;
    let (mine, other) = (token(&site, "ada@example.org").await, token(&site, "ada@example.org").await);
    let change = |current: &str| json!({"current_password": current, "password": OTHER});
    let program = site.program().bearer(&mine);
    program.post("/api/v1/me/password", change("wrong")).await.is(422);
    program.post("/api/v1/me/password", change(PASSWORD)).await.is(200);
    program.get("/api/v1/me").await.is(200);
    site.program().bearer(&other).get("/api/v1/me").await.is(401);
    assert_eq!(site.mail_to("ada@example.org").await.subject, "Your password was changed");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_member_alone() {
    let site = Site::start().await;
    site.account("ada").await;
    let (mine, other) = (token(&site, "ada@example.org").await, token(&site, "ada@example.org").await);
    site.account("eve").await;
    let eve = token(&site, "eve@example.org").await;
    let program = site.program().bearer(&mine);
    let list = program.get("/api/v1/me/sessions").await.is(200);
    let items = list.data()["items"].as_array().unwrap().clone();
    assert_eq!(items.iter().filter(|item| item["current"] == true).count(), 1);
    let theirs = items.iter().find(|item| item["current"] == false).unwrap()["id"].as_str().unwrap();
    let path = format!("/api/v1/me/sessions/{theirs}");
    site.program().bearer(&eve).delete(&path).await.is(404);
    site.program().bearer(&other).get("/api/v1/me").await.is(200);
    program.delete(&path).await.is(200);
    site.program().bearer(&other).get("/api/v1/me").await.is(401);
    token(&site, "ada@example.org").await;
    program.delete("/api/v1/me/sessions").await.is(200);
    assert_eq!(program.get("/api/v1/me/sessions").await.data()["items"].as_array().unwrap().len(), 1);
}
