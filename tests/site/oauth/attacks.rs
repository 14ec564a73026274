//! What strangers, and providers that lie, try: each ends on a page that says what happened, and nobody is in.
use marquee::clock::minutes;
use marquee::signin::oauth;
use marquee::web::sessions;
use serde_json::{Value, json};

use super::standin::{Lie, Standin, person};
use super::ways::{comes, leaves};
use super::{PROVIDERS, account, is_out};
use crate::site::Site;

#[tokio::test]
async fn a_state_that_this_browser_did_not_leave_with_is_refused() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let (mut eve, mut ada) = (site.browser(), site.browser());
    // Eve's own trip, sent to Ada: she would be in Eve's account and not know it.
    let there = leaves(&mut eve, "google").await;
    let back = standin.consents(&site, &there, person("eve", "eve@example.org"));
    ada.visit(&back).await.is(400).sees("This sign-in was not begun here");
    leaves(&mut ada, "google").await;
    ada.visit(&back).await.is(400);
    for state in ["", "guess"] {
        ada.visit(&format!("/auth/google/callback?code=x&state={state}")).await.is(400);
    }
    ada.visit("/auth/google/callback").await.is(400);
    is_out(&mut ada).await;
    assert!(account(&site, "eve@example.org").await.is_none());
}

#[tokio::test]
async fn a_trip_counts_once_for_ten_minutes_and_with_its_own_provider() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut ada = site.browser();
    let there = leaves(&mut ada, "google").await;
    let back = standin.consents(&site, &there, person("1", "ada@example.org"));
    ada.visit(&back).await.is(200).at("/settings");
    ada.visit(&back).await.is(409).sees("This sign-in is done already");
    let mut late = site.browser();
    let there = leaves(&mut late, "google").await;
    let back = standin.consents(&site, &there, person("1", "ada@example.org"));
    site.app.clock.advance(minutes(10));
    late.visit(&back).await.is(400).sees("not begun here");
    let mut mixed = site.browser();
    let there = leaves(&mut mixed, "google").await;
    let back = standin.consents(&site, &there, person("1", "ada@example.org"));
    mixed.visit(&back.replace("/auth/google/", "/auth/microsoft/")).await.is(400).sees("not begun here");
    is_out(&mut mixed).await;
}

/// The provider is no help: it would take the code forty times.
#[tokio::test(flavor = "multi_thread")]
async fn of_forty_who_come_back_at_once_with_one_answer_one_is_in() {
    let standin = Standin::start().await;
    standin.forgets();
    for provider in PROVIDERS {
        let site = standin.site().await;
        let mut ada = site.browser();
        let there = leaves(&mut ada, provider).await;
        let back = standin.consents(&site, &there, person("1", "ada@example.org"));
        let cookie = ada.cookie("marquee").unwrap().to_owned();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let (mut copy, back) = (site.browser(), back.clone());
            copy.set_cookie("marquee", &cookie);
            tasks.spawn(async move { copy.request("GET", &back, None, Vec::new()).await.status });
        }
        let mut answers = tasks.join_all().await;
        answers.sort_unstable();
        assert_eq!((answers[0], &answers[1..]), (303, &[409; 39][..]), "{provider}");
        let member = account(&site, "ada@example.org").await.unwrap();
        assert_eq!(oauth::store::of(&site.app.db, member.id).await.unwrap().len(), 1);
        assert_eq!(sessions::of(&site.app.db, member.id, site.now()).await.unwrap().len(), 1);
        site.verifies().await;
    }
}

#[tokio::test]
async fn a_code_that_is_no_good_any_more_is_called_so_by_each_provider() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    for provider in PROVIDERS {
        let mut ada = site.browser();
        let there = leaves(&mut ada, provider).await;
        let back = standin.consents(&site, &there, person("1", "ada@example.org"));
        let state = back.split("state=").nth(1).unwrap();
        ada.visit(&format!("/auth/{provider}/callback?code=stolen&state={state}")).await.is(409).sees("done already");
        is_out(&mut ada).await;
    }
}

#[tokio::test]
async fn a_code_is_of_no_use_in_another_trip() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    for provider in PROVIDERS {
        let (mut eve, mut ada) = (site.browser(), site.browser());
        // Eve has Ada's code, and a trip of her own to bring it home by: its verifier is another.
        let of_ada = leaves(&mut ada, provider).await;
        let of_ada = standin.consents(&site, &of_ada, person("1", "ada@example.org"));
        let of_eve = leaves(&mut eve, provider).await;
        let of_eve = standin.consents(&site, &of_eve, person("2", "eve@example.org"));
        let (code, state) = (of_ada.split("&state=").next().unwrap(), of_eve.split("&state=").nth(1).unwrap());
        eve.visit(&format!("{code}&state={state}")).await.is(409);
        is_out(&mut eve).await;
    }
}

#[tokio::test]
async fn a_token_that_does_not_hold_lets_nobody_in() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    for lie in [Lie::Unsigned, Lie::Symmetric, Lie::OtherKey, Lie::Broken] {
        standin.lies(lie);
        for provider in ["google", "microsoft"] {
            let mut eve = site.browser();
            comes(&mut eve, &standin, &site, provider, person("1", "ada@example.org")).await;
            assert_eq!(eve.status, 502, "{lie:?} of {provider}: {}", eve.text());
            eve.sees("does not hold");
            is_out(&mut eve).await;
        }
    }
    assert!(account(&site, "ada@example.org").await.is_none());
}

/// Claims that are not those of this trip.
async fn refuses(standin: &Standin, site: &Site, provider: &str, claims: Value) {
    standin.claims(claims.clone());
    let mut eve = site.browser();
    comes(&mut eve, standin, site, provider, person("1", "ada@example.org")).await;
    assert_eq!(eve.status, 502, "{claims} of {provider}: {}", eve.text());
    is_out(&mut eve).await;
}

#[tokio::test]
async fn a_token_of_another_time_trip_site_or_issuer_lets_nobody_in() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let now = site.now().timestamp().as_second();
    for provider in ["google", "microsoft"] {
        for claims in [
            json!({ "nonce": "another" }),
            json!({ "nonce": null }),
            json!({ "aud": "another-client" }),
            json!({ "aud": [format!("{provider}-client"), "another-client"] }),
            json!({ "aud": null }),
            json!({ "iss": "https://accounts.example.com" }),
            json!({ "exp": now - 1 }),
            json!({ "exp": null }),
        ] {
            refuses(&standin, &site, provider, claims).await;
        }
    }
    // Each tenant has its issuer: one cannot speak for another's people.
    refuses(&standin, &site, "microsoft", json!({ "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47" })).await;
    refuses(&standin, &site, "microsoft", json!({ "tid": "common" })).await;
    refuses(&standin, &site, "microsoft", json!({ "oid": null })).await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_said_to_be_down() {
    let standin = Standin::start().await;
    for status in [500, 404, 302] {
        standin.answers(Some(status));
        let site = standin.site().await;
        let mut ada = site.browser();
        ada.visit("/auth/google/login").await.is(503).sees("Google does not answer");
        let there = leaves(&mut ada, "github").await;
        let back = standin.consents(&site, &there, person("1", "ada@example.org"));
        ada.visit(&back).await.is(503).sees("GitHub does not answer").sees("Begin again");
        standin.answers(None);
        let there = leaves(&mut ada, "google").await;
        let back = standin.consents(&site, &there, person("1", "ada@example.org"));
        standin.answers(Some(status));
        ada.visit(&back).await.is(503).sees("Google does not answer");
        is_out(&mut ada).await;
    }
}

#[tokio::test]
async fn a_provider_that_publishes_another_s_issuer_is_not_believed() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    standin.publishes("https://accounts.example.com");
    for provider in ["google", "microsoft"] {
        site.browser().visit(&format!("/auth/{provider}/login")).await.is(503).sees("does not answer");
    }
}

#[tokio::test]
async fn who_says_no_there_is_told_that_nothing_was_changed() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    for provider in PROVIDERS {
        let mut ada = site.browser();
        let there = leaves(&mut ada, provider).await;
        let back = standin.consents(&site, &there, person("1", "ada@example.org"));
        let state = back.split("state=").nth(1).unwrap();
        let path = format!("/auth/{provider}/callback?error=access_denied&state={state}");
        ada.visit(&path).await.is(403).sees("did not let you through").sees("Sign in another way");
        is_out(&mut ada).await;
    }
}

#[tokio::test]
async fn nobody_is_led_elsewhere_after_signing_in() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut ada = site.browser();
    ada.request("GET", "/auth/google/login?back=//evil.example", None, Vec::new()).await.is(303);
    let there = ada.headers["location"].to_str().unwrap().to_owned();
    let back = standin.consents(&site, &there, person("1", "ada@example.org"));
    ada.visit(&back).await.is(200).at("/");
}
