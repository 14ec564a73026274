//! Passkeys by the API: added, named, used and removed by programs that can speak to a device.
use marquee::api::Scope;
use marquee::clock::minutes;
use serde_json::{Value, json};

use super::device::Device;
use crate::api::{Answer, Program};
use crate::api_signin::token;
use crate::site::{PASSWORD, Site};

const OWN: &str = "/api/v1/me/passkeys";
const ENTER: &str = "/api/v1/auth/passkey";

impl Program<'_> {
    async fn asked(&self, path: &str) -> Value {
        self.post(&format!("{path}/challenge"), json!({})).await.is(200).data().clone()
    }

    async fn adds(&self, device: &mut Device, name: &str) -> Answer {
        let asked = self.asked(OWN).await;
        self.post(OWN, json!({ "id": asked["id"], "name": name, "answer": device.makes(&asked) })).await
    }

    /// Signs the challenge of `of`, and sends it to `to`.
    async fn signs(&self, device: &mut Device, of: &str, to: &str) -> Answer {
        let asked = self.asked(of).await;
        self.post(to, json!({ "id": asked["id"], "answer": device.signs(&asked) })).await
    }
}

#[tokio::test]
async fn a_program_adds_names_uses_and_removes_one() {
    let site = Site::start().await;
    site.account("ada").await;
    let (access, other) = (token(&site, "ada@example.org").await, token(&site, "ada@example.org").await);
    let program = site.program().bearer(&access);
    let mut device = Device::new();
    let made = program.adds(&mut device, "Phone").await.is(201);
    assert_eq!((&made.data()["name"], &made.data()["last_used_at"]), (&json!("Phone"), &Value::Null));
    site.program().bearer(&other).get("/api/v1/me").await.is(401);
    assert_eq!(site.mail_to("ada@example.org").await.subject, "A passkey opens your account now");

    let one = format!("{OWN}/{}", made.data()["id"].as_str().unwrap());
    assert_eq!(program.patch(&one, json!({ "name": "Old phone" })).await.is(200).data()["name"], "Old phone");
    program.patch(&one, json!({ "name": " " })).await.is(422);
    let entered = site.program().signs(&mut device, ENTER, "/api/v1/auth/passkey/token").await.is(200);
    let program = site.program().bearer(entered.data()["access_token"].as_str().unwrap());
    let list = program.get(OWN).await.is(200);
    assert!(list.data()["items"][0]["last_used_at"].is_string(), "{}", list.text);
    program.delete(&one).await.is(200);
    program.delete(&one).await.is(404);
    site.program().signs(&mut device, ENTER, "/api/v1/auth/passkey/token").await.is(401);
    site.verifies().await;
}

#[tokio::test]
async fn pages_of_the_same_site_get_a_cookie_instead() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut device = Device::new();
    site.program().bearer(&token(&site, "ada@example.org").await).adds(&mut device, "Phone").await.is(201);
    let mut browser = site.browser();
    browser.sends(&format!("{ENTER}/challenge"), &json!({})).await.is(200);
    let asked = browser.json()["data"].clone();
    let body = json!({ "id": asked["id"], "answer": device.signs(&asked) });
    browser.sends(ENTER, &body).await.is(200);
    assert_eq!(browser.json()["data"]["auth_method"], "passkey");
    browser.visit("/settings/passkeys").await.at("/settings/passkeys");
    site.browser().sends(ENTER, &body).await.is(401);
}

#[tokio::test]
async fn after_ten_minutes_the_passkey_itself_is_asked_for_and_no_header_will_do() {
    let site = Site::start().await;
    site.account("ada").await;
    let program = site.program().bearer(&token(&site, "ada@example.org").await);
    let mut device = Device::new();
    program.adds(&mut device, "Phone").await.is(201);
    site.app.clock.advance(minutes(11));
    program.get(OWN).await.is(403);
    let program = program.with("step-up", PASSWORD);
    program.get(OWN).await.is(403);
    let step_up = format!("{ENTER}/step-up");
    let mut wrong = Device::new();
    program.signs(&mut wrong, &step_up, &step_up).await.is(422);
    let proven = program.signs(&mut device, &step_up, &step_up).await.is(200);
    assert!(!proven.headers.contains_key("set-cookie"), "a token is no cookie");
    program.get(OWN).await.is(200);
}

#[tokio::test]
async fn a_challenge_counts_once_for_its_own_session_and_purpose() {
    let site = Site::start().await;
    site.account("ada").await;
    site.account("eve").await;
    let ada = site.program().bearer(&token(&site, "ada@example.org").await);
    let eve = site.program().bearer(&token(&site, "eve@example.org").await);
    let mut device = Device::new();
    let asked = ada.asked(OWN).await;
    let body = json!({ "id": asked["id"], "name": "Mine", "answer": device.makes(&asked) });
    eve.post(OWN, body.clone()).await.is(422);
    ada.post(OWN, body).await.is(422);
    let made = ada.adds(&mut device, "Phone").await.is(201);
    let one = format!("{OWN}/{}", made.data()["id"].as_str().unwrap());
    eve.patch(&one, json!({ "name": "Mine" })).await.is(404);
    eve.delete(&one).await.is(404);
    // A challenge of another kind, and an answer that was used.
    ada.signs(&mut device, &format!("{ENTER}/step-up"), "/api/v1/auth/passkey/token").await.is(401);
    let asked = site.program().asked(ENTER).await;
    let body = json!({ "id": asked["id"], "answer": device.signs(&asked) });
    site.program().post("/api/v1/auth/passkey/token", body.clone()).await.is(200);
    site.program().post("/api/v1/auth/passkey/token", body).await.is(401);
}

#[tokio::test]
async fn a_personal_token_cannot_touch_them_and_the_last_way_in_stays() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let program = site.program().bearer(&token(&site, "ada@example.org").await);
    let mut device = Device::new();
    let made = program.adds(&mut device, "Phone").await.is(201);
    let personal = site.program_of(&ada, Scope::ALL).await;
    personal.get(OWN).await.is(403);
    personal.post(&format!("{OWN}/challenge"), json!({})).await.is(403);
    personal.post(&format!("{ENTER}/step-up/challenge"), json!({})).await.is(403);
    let mut tx = site.app.db.write().await.unwrap();
    marquee::members::store::set_password(&mut tx, ada.id, None).await.unwrap();
    tx.commit().await.unwrap();
    let one = format!("{OWN}/{}", made.data()["id"].as_str().unwrap());
    let refused = program.delete(&one).await.is(409);
    assert!(refused.data()["message"].as_str().unwrap().contains("only way in"), "{}", refused.text);
}

#[tokio::test]
async fn strangers_get_so_many_challenges_and_the_pages_count_too() {
    let site = Site::start().await;
    for _ in 0..15 {
        site.program().asked(ENTER).await;
        site.browser().sends("/sign-in/passkey/challenge", &json!({})).await.is(200);
    }
    site.program().post(&format!("{ENTER}/challenge"), json!({})).await.is(429);
}
