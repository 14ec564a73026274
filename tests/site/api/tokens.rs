//! Who may call, and until when.
use marquee::api::Scope;
use marquee::api::tokens;
use marquee::clock;
use marquee::db::sql;
use marquee::signin::links;
use serde_json::json;

use crate::api::Program;
use crate::api_signin::token;
use crate::site::{PASSWORD, Site, link};

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
async fn a_visit_behind_a_proxy_that_asks_for_a_password_is_a_visit() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.authorization("Basic YTpi").visit("/settings").await.is(200).at("/settings");
    ada.fill("name", "Ada L").press("Save").await.is(200).sees("Ada L");
    // A token's authority is its own, and no cookie's.
    ada.authorization("Bearer mq_nothing").visit("/settings").await.at("/sign-in");
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
async fn when_a_token_was_last_used_is_told_at_once_and_written_down_within_the_beat() {
    let site = Site::start().await;
    let ada = site.account("Ada").await;
    let program = site.program_of(&ada, &[Scope::Read]).await;
    let used = async || -> i64 {
        sql("SELECT COALESCE(MAX(last_used_at), 0) FROM api_tokens").scalar(&site.app.db).await.unwrap()
    };
    program.get("/api/v1/me").await.is(200);
    assert_eq!(used().await, 0, "the caller waited for it");
    marquee::api::uses::flush(&site.app).await.unwrap();
    let first = used().await;
    assert!(first > 0);
    site.app.clock.advance(clock::minutes(2));
    let list = program.get("/api/v1/me/tokens").await.is(200);
    assert!(used().await > first);
    assert!(list.data()["items"][0]["last_used_at"].is_string(), "{}", list.text);
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

const NEW: &str = "Another horse 8 battery";

/// A personal token and one that a password bought.
async fn both<'a>(site: &'a Site, name: &str) -> [Program<'a>; 2] {
    let email = format!("{name}@example.org");
    let member = marquee::members::store::by_email_key(&site.app.db, &email).await.unwrap().unwrap();
    let programs = [site.program_of(&member, Scope::ALL).await, site.program().bearer(&token(site, &email).await)];
    open(&programs, 200).await;
    programs
}

async fn open(programs: &[Program<'_>], status: u16) {
    for program in programs {
        program.get("/api/v1/me").await.is(status);
    }
}

#[tokio::test]
async fn a_changed_password_ends_every_token_of_its_member_and_nobody_elses() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    site.account("bob").await;
    let (hers, his) = (both(&site, "ada").await, both(&site, "bob").await);
    ada.visit("/settings/password").await.fill("current", "Wrong horse 7 battery").fill("password", NEW);
    ada.press("Change password").await.is(422);
    open(&hers, 200).await;
    ada.visit("/settings/password").await.fill("current", PASSWORD).fill("password", NEW);
    ada.press("Change password").await.is(200);
    open(&hers, 401).await;
    open(&his, 200).await;
}

#[tokio::test]
async fn a_reset_password_ends_every_token_of_its_member_and_nobody_elses() {
    let site = Site::start().await;
    site.account("ada").await;
    site.account("bob").await;
    let (hers, his) = (both(&site, "ada").await, both(&site, "bob").await);
    let mut ada = site.browser();
    ada.visit("/forgotten").await.fill("email", "ada@example.org").press("Send the link").await;
    let path = link(&site.mail_to("ada@example.org").await, "/reset/");
    ada.visit(&path).await;
    open(&hers, 200).await;
    ada.fill("password", NEW).press("Save the password").await.is(200);
    open(&hers, 401).await;
    open(&his, 200).await;
}

#[tokio::test]
async fn a_suspension_ends_every_token_for_good() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let hers = both(&site, "ada").await;
    let mut admin = site.admin("admin").await;
    let page = format!("/admin/members/{}", ada.id);
    admin.visit(&page).await.fill("reason", "spam").press("Suspend").await.is(200);
    open(&hers, 401).await;
    admin.visit(&page).await.fill("reason", "a mistake").press("Restore").await.is(200);
    open(&hers, 401).await;
}

#[tokio::test]
async fn a_token_of_the_api_is_no_mailed_link_and_no_link_a_token() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let mut browser = site.browser();
    let bought = token(&site, "ada@example.org").await;
    for path in ["/reset", "/verify", "/confirm"] {
        browser.visit(&format!("{path}/{bought}")).await.is(404);
        browser.post(&format!("{path}/{bought}"), &[("password", NEW)]).await.is(404);
    }
    for kind in [links::Kind::Reset, links::Kind::Verify] {
        let mailed = links::mint(&site.app, kind, &ada).await.unwrap();
        site.program().bearer(&mailed).get("/api/v1/me").await.is(401);
    }
}
