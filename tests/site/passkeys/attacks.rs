//! What strangers, and devices that lie, try.
use axum::body::Body;
use axum::http::{Request, header};
use marquee::clock::minutes;
use marquee::members;
use serde_json::json;
use tower::ServiceExt;

use super::device::Device;
use super::{SIGN_IN, STEP_UP, is_out, with_passkey};
use crate::site::Site;

#[tokio::test]
async fn an_answer_counts_once_for_its_own_challenge_and_for_five_minutes() {
    let site = Site::start().await;
    let (_, mut device) = with_passkey(&site, "ada").await;
    let (mut ada, mut eve) = (site.browser(), site.browser());
    let asked = ada.is_asked(SIGN_IN).await;
    let answer = json!({ "id": asked["id"], "answer": device.signs(&asked) });
    ada.sends(SIGN_IN, &answer).await.is(200);
    eve.sends(SIGN_IN, &answer).await.is(422);
    // With the name of another challenge, and the challenge of a wrong answer once more.
    let other = eve.is_asked(SIGN_IN).await;
    eve.sends(SIGN_IN, &json!({ "id": other["id"], "answer": answer["answer"] })).await.is(422);
    let right = json!({ "id": other["id"], "answer": device.signs(&other) });
    eve.sends(SIGN_IN, &right).await.is(422);
    let late = eve.is_asked(SIGN_IN).await;
    site.app.clock.advance(minutes(5));
    eve.sends(SIGN_IN, &json!({ "id": late["id"], "answer": device.signs(&late) })).await.is(422);
    eve.sends(SIGN_IN, &json!({ "id": "", "answer": device.signs(&late) })).await.is(422);
    is_out(&mut eve).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_send_one_answer_at_once_one_is_in() {
    let site = Site::start().await;
    let (_, mut device) = with_passkey(&site, "ada").await;
    let asked = site.browser().is_asked(SIGN_IN).await;
    let answer = json!({ "id": asked["id"], "answer": device.signs(&asked) });
    let nodes = [site.router.clone(), marquee::routes::router(site.second().await)];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (mut browser, answer) = (crate::browser::Browser::new(nodes[n % 2].clone()), answer.clone());
        tasks.spawn(async move { browser.sends(SIGN_IN, &answer).await.status });
    }
    let statuses = tasks.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 422)), "{statuses:?}");
}

#[tokio::test]
async fn answers_from_another_site_for_another_site_or_by_nobody_in_particular_open_nothing() {
    let site = Site::start().await;
    let (_, mut device) = with_passkey(&site, "ada").await;
    let mut eve = site.browser();
    for origin in ["https://evil.example", "http://localhost:8081", "https://localhost:8080", "http://a.localhost:8080"]
    {
        origin.clone_into(&mut device.origin);
        eve.uses(&mut device, SIGN_IN, "/").await.is(422);
    }
    "http://localhost:8080".clone_into(&mut device.origin);
    "evil.example".clone_into(&mut device.site);
    eve.uses(&mut device, SIGN_IN, "/").await.is(422);
    "localhost".clone_into(&mut device.site);
    device.verifies = false;
    eve.uses(&mut device, SIGN_IN, "/").await.is(422);
    device.verifies = true;
    is_out(&mut eve).await;
    eve.uses(&mut device, SIGN_IN, "//evil.example").await.is_told("/");
    // The same when one is made.
    let mut ada = site.member("bob").await;
    for lie in 0..3 {
        let mut device = Device::new();
        match lie {
            0 => "https://evil.example".clone_into(&mut device.origin),
            1 => "evil.example".clone_into(&mut device.site),
            _ => device.verifies = false,
        }
        ada.adds(&mut device, "Phone").await.is(422);
    }
    assert!(site.account_named("bob").await.passkey_at.is_none());
}

#[tokio::test]
async fn a_copy_of_a_device_betrays_itself_by_its_counter() {
    let site = Site::start().await;
    let (_, mut device) = with_passkey(&site, "ada").await;
    device.counter = 10;
    site.browser().uses(&mut device, SIGN_IN, "/").await.is(200);
    for counter in [10, 3, 0] {
        device.counter = counter;
        site.browser().uses(&mut device, SIGN_IN, "/").await.is(422);
    }
    device.counter = 11;
    site.browser().uses(&mut device, SIGN_IN, "/").await.is(200);
}

#[tokio::test]
async fn a_key_of_one_member_is_none_of_another_s() {
    let site = Site::start().await;
    let (mut ada, mut of_ada) = with_passkey(&site, "ada").await;
    let (mut eve, mut of_eve) = with_passkey(&site, "eve").await;
    // Eve's key under Ada's name.
    of_eve.claims_to_be_of(&site.account_named("ada").await.id.to_string());
    site.browser().uses(&mut of_eve, SIGN_IN, "/").await.is(422);
    ada.uses(&mut of_eve, STEP_UP, "/").await.is(422);
    // Ada's answer in Eve's session, and the other way round.
    let asked = ada.is_asked(STEP_UP).await;
    let answer = json!({ "id": asked["id"], "answer": of_ada.signs(&asked) });
    eve.sends(STEP_UP, &answer).await.is(422);
    ada.sends(STEP_UP, &answer).await.is(422);
    // A challenge counts for nothing else than what it was asked for.
    let asked = ada.is_asked(STEP_UP).await;
    site.browser().sends(SIGN_IN, &json!({ "id": asked["id"], "answer": of_ada.signs(&asked) })).await.is(422);
    let asked = site.browser().is_asked(SIGN_IN).await;
    ada.sends(STEP_UP, &json!({ "id": asked["id"], "answer": of_ada.signs(&asked) })).await.is(422);
    // Nobody adds a key that somebody has.
    let asked = eve.is_asked("/settings/passkeys").await;
    eve.sends("/settings/passkeys", &json!({ "id": asked["id"], "name": "x", "answer": of_ada.makes(&asked) }))
        .await
        .is(422);
    assert!(eve.json()["message"].as_str().unwrap().contains("opens an account already"));
    of_ada.claims_to_be_of(&site.account_named("ada").await.id.to_string());
    ada.uses(&mut of_ada, STEP_UP, "/").await.is(200);
}

#[tokio::test]
async fn the_suspended_and_whoever_was_signed_out_meanwhile_are_not_let_in() {
    let site = Site::start().await;
    let (mut ada, mut device) = with_passkey(&site, "ada").await;
    let asked = ada.is_asked("/settings/passkeys").await;
    site.browser().uses(&mut device, SIGN_IN, "/").await.is(200);
    let mut phone = site.browser();
    phone.uses(&mut device, SIGN_IN, "/").await.is(200);
    phone.visit("/settings/sessions").await.press("Sign out all other devices").await.is(200);
    let mut other = Device::new();
    ada.sends("/settings/passkeys", &json!({ "id": asked["id"], "name": "x", "answer": other.makes(&asked) }))
        .await
        .is(303);
    let mut tx = site.app.db.write().await.unwrap();
    let id = site.account_named("ada").await.id;
    members::store::set_suspended(&mut tx, id, Some(site.now()), Some("a test")).await.unwrap();
    tx.commit().await.unwrap();
    site.browser().uses(&mut device, SIGN_IN, "/").await.is(422);
}

#[tokio::test]
async fn another_site_s_page_sends_nothing_in_somebody_s_name() {
    let site = Site::start().await;
    let (ada, _) = with_passkey(&site, "ada").await;
    let cookie = format!("marquee={}", ada.cookie("marquee").unwrap());
    for path in [SIGN_IN, STEP_UP, "/settings/passkeys", "/settings/passkeys/challenge"] {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let request = Request::post(path).header(header::HOST, "localhost:8080").header(name, value);
            let request = request.header(header::COOKIE, &cookie).header(header::CONTENT_TYPE, "application/json");
            let answer = site.router.clone().oneshot(request.body(Body::from("{}")).unwrap()).await.unwrap();
            assert_eq!(answer.status(), 403, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn challenges_for_strangers_are_limited_and_forgotten() {
    let site = Site::start().await;
    let mut eve = site.browser();
    for _ in 0..30 {
        eve.is_asked(SIGN_IN).await;
    }
    eve.sends(&format!("{SIGN_IN}/challenge"), &json!({})).await.is(429);
    site.app.clock.advance(minutes(6));
    marquee::signin::tidy(&site.app).await.unwrap();
    let left: i64 = marquee::db::sql("SELECT COUNT(*) FROM passkey_challenges").scalar(&site.app.db).await.unwrap();
    assert_eq!(left, 0);
}
