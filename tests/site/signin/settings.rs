//! One's own settings, password and sessions.
use axum::Router;
use axum::routing::get;
use marquee::clock::{days, minutes};
use marquee::db::sql;
use marquee::signin::{self, Attempt, Entry};
use marquee::web::limits::Ip;
use marquee::web::sessions;
use tower_sessions::Session;

use super::{OTHER, account_of, sign_in};
use crate::browser::Browser;
use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn settings_are_kept_and_seen_on_the_next_page() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.fill("name", "Ada Lovelace").fill("zone", "Europe/London").fill("theme", "dark");
    ada.press("Save").await.is(200).sees("Saved.").field_is("name", "Ada Lovelace").field_is("zone", "Europe/London");
    assert!(ada.html().contains("data-theme=\"dark\""));
    let member = account_of(&site, "ada@example.org").await;
    assert_eq!(member.zone.as_deref(), Some("Europe/London"));
    ada.fill("theme", "").fill("zone", "").press("Save").await.is(200);
    assert_eq!(account_of(&site, "ada@example.org").await.theme, None);
}

#[tokio::test]
async fn only_what_is_offered_can_be_chosen() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    for (field, value) in
        [("language", "tlh"), ("zone", "Europe/Atlantis"), ("zone", "../../etc/passwd"), ("theme", "pink\"")]
    {
        ada.post("/settings", &[("name", "Ada"), (field, value)]).await.is(422).sees("Choose one of the options.");
    }
    ada.post("/settings", &[("name", "  ")]).await.is(422);
    assert_eq!(ada.error_at("name"), "Enter your name.");
    assert_eq!(account_of(&site, "ada@example.org").await.name, "ada");
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_and_keeps_this_one() {
    let site = Site::start().await;
    let (mut ada, mut other) = (site.member("ada").await, site.member("ada").await);
    ada.visit("/settings/password").await.fill("current", PASSWORD).fill("password", OTHER);
    ada.press("Change password").await.is(200).at("/settings/password").sees("Your password is changed.");
    other.visit("/settings").await.at("/sign-in");
    ada.visit("/settings").await.at("/settings");
    sign_in(&mut other, "ada@example.org", PASSWORD).await;
    other.is(422);
    sign_in(&mut other, "ada@example.org", OTHER).await;
    other.is(200);
    assert!(site.mails_to("ada@example.org").await.iter().any(|mail| mail.subject == "Your password was changed"));
}

#[tokio::test]
async fn the_current_password_is_needed_and_cannot_be_guessed() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    for _ in 0..5 {
        ada.post("/settings/password", &[("current", "Something else 5"), ("password", OTHER)]).await.is(422);
        assert_eq!(ada.error_at("current"), "This is not your current password.");
    }
    ada.post("/settings/password", &[("current", PASSWORD), ("password", OTHER)]).await.is(429);
    let mut other = Browser::new(marquee::routes::router(site.second().await));
    sign_in(&mut other, "ada@example.org", PASSWORD).await;
    other.post("/settings/password", &[("current", PASSWORD), ("password", OTHER)]).await.is(429);
}

#[tokio::test]
async fn the_password_rule_holds_wherever_one_is_chosen() {
    let site = Site::start().await;
    let token = signin::first_run::token(&site.app).await.unwrap().unwrap();
    let ada = site.account("ada").await;
    let reset = signin::links::mint(&site.app, signin::links::Kind::Reset, &ada).await.unwrap();
    let mut browser = site.member("ada").await;
    let account = [("name", "Grace"), ("email", "grace@example.org")];
    for weak in ["", "short", "Password1!", "smallletters", &"Aa1-".repeat(33)] {
        let mut asked = vec![("password", weak)];
        asked.extend(account);
        browser.post("/sign-up", &asked).await.is(422);
        browser.post(&format!("/reset/{reset}"), &[("password", weak)]).await.is(422);
        browser.post("/settings/password", &[("current", PASSWORD), ("password", weak)]).await.is(422);
        assert!(!browser.error_at("password").is_empty());
        asked.push(("token", &token));
        browser.post("/setup", &asked).await.is(422);
        let made = marquee::admin::create::create(&site.app, "grace@example.org", None, || Ok(weak.to_owned())).await;
        assert!(made.is_err(), "{weak}");
    }
}

#[tokio::test]
async fn a_password_that_changes_meanwhile_opens_nothing() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let ip = Ip([10, 0, 0, 1].into());
    let attempt = Attempt { email: "ada@example.org", password: PASSWORD, device: None, ip };
    let Entry::Open(pass) = signin::try_password(&site.app, &attempt).await.unwrap() else { panic!("it is right") };
    ada.visit("/settings/password").await.fill("current", PASSWORD).fill("password", OTHER);
    ada.press("Change password").await.is(200);
    let mut tx = site.app.db.write().await.unwrap();
    assert_eq!(signin::welcome(&mut tx, &pass, None, site.now()).await.unwrap(), signin::Welcome::Dead);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let mut phone = site.browser();
    phone.agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1");
    sign_in(&mut phone, "ada@example.org", PASSWORD).await;
    ada.visit("/settings/sessions").await.is(200).sees("Firefox on Linux This device").sees("Safari on iPhone");
    ada.press("Sign out Safari on iPhone").await.is(200).sees("That device is signed out.").misses("Safari on iPhone");
    phone.visit("/settings").await.at("/sign-in");
    let (mut a, mut b) = (site.member("ada").await, site.member("ada").await);
    ada.visit("/settings/sessions")
        .await
        .press("Sign out all other devices")
        .await
        .sees("2 other devices are signed out.");
    a.visit("/settings").await.at("/sign-in");
    b.visit("/settings").await.at("/sign-in");
    ada.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let member = account_of(&site, "ada@example.org").await;
    let open = sessions::of(&site.app.db, member.id, site.now()).await.unwrap();
    let mut eve = site.member("eve").await;
    eve.post(&format!("/settings/sessions/{}/end", open[0].id), &[]).await.is(404);
    for wrong in ["x", "%00", "00000000-0000-0000-0000-000000000000"] {
        eve.post(&format!("/settings/sessions/{wrong}/end"), &[]).await.is(404);
    }
    ada.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn a_session_ends_after_two_idle_weeks_and_after_ninety_days_in_any_case() {
    let site = Site::start().await;
    let mut idle = site.member("ada").await;
    site.app.clock.advance(days(14) + minutes(1));
    idle.visit("/settings").await.at("/sign-in");
    let mut busy = site.member("ada").await;
    for _ in 0..8 {
        site.app.clock.advance(days(11));
        busy.visit("/settings").await.at("/settings");
    }
    site.app.clock.advance(days(3));
    busy.visit("/settings").await.at("/sign-in");
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_written_back_by_a_request_in_flight() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let app = site.app.clone();
    // A request that changes its session, during which somebody ends all of them.
    let slow = async move |session: Session| {
        session.insert("written", "late").await.unwrap();
        let mut tx = app.db.write().await.unwrap();
        sql("DELETE FROM sessions").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    let router = Router::new().route("/slow", get(slow)).layer(sessions::layer(&site.app));
    let mut in_flight = Browser::new(router);
    in_flight.set_cookie("marquee", ada.cookie("marquee").unwrap()).visit("/slow").await.is(200);
    let left: i64 = sql("SELECT COUNT(*) FROM sessions").scalar(&site.app.db).await.unwrap();
    assert_eq!(left, 0);
    ada.visit("/settings").await.at("/sign-in");
}
