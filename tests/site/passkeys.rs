//! Passkeys: what they open, what they prove, and what strangers make of their answers.
mod attacks;
mod device;
mod programs;

use marquee::clock::minutes;
use marquee::signin::passkeys;

use crate::browser::Browser;
use crate::second_factor::turn_on;
use crate::site::{PASSWORD, Site};
use device::Device;

const SIGN_IN: &str = "/sign-in/passkey";
const STEP_UP: &str = "/step-up/passkey";

/// A member who has a passkey, signed in by password, with the device that holds it.
async fn with_passkey(site: &Site, name: &str) -> (Browser, Device) {
    let (mut browser, mut device) = (site.member(name).await, Device::new());
    browser.adds(&mut device, "Phone").await.is_told("/settings/passkeys");
    (browser, device)
}

async fn is_out(browser: &mut Browser) {
    browser.visit("/settings").await.at("/sign-in");
}

#[tokio::test]
async fn one_is_added_named_used_and_removed() {
    let site = Site::start().await;
    let mut other = site.member("ada").await;
    let (mut ada, mut device) = with_passkey(&site, "ada").await;
    is_out(&mut other).await;
    ada.visit("/settings/passkeys")
        .await
        .is(200)
        .sees("The passkey opens your account from now on")
        .sees("not used yet");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "A passkey opens your account now");
    ada.fill("name", "Old phone").press("Rename Phone").await.is(200).sees("Saved.").field_is("name", "Old phone");
    let mut phone = site.browser();
    phone.uses(&mut device, SIGN_IN, "/tickets").await.is_told("/tickets");
    phone.visit("/settings/passkeys").await.is(200).at("/settings/passkeys").misses("not used yet");
    phone.press("Remove Old phone").await.is(200).sees("Removed.").sees("You have none yet.");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "A passkey was removed");
    is_out(&mut ada).await;
    ada.uses(&mut device, SIGN_IN, "/").await.is(422);
    assert!(ada.json()["message"].as_str().unwrap().contains("opens no account here"));
    is_out(&mut ada).await;
    let member = site.account_named("ada").await;
    assert!(member.passkey_at.is_none());
    let mut tx = site.app.db.read().await.unwrap();
    for kind in ["passkey_added", "passkey_removed"] {
        let facts = marquee::journal::before(&mut tx, i64::MAX, &member.stream(), kind, 9).await.unwrap();
        assert_eq!(facts.len(), 1, "{kind}");
    }
    drop(tx);
    site.verifies().await;
}

#[tokio::test]
async fn the_page_that_signs_in_says_nothing_of_it_without_a_script_and_where_there_can_be_none() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/sign-in?back=/tickets").await.is(200);
    let hidden = crate::bill::attributes(&ada, "[data-passkey][hidden]", "data-passkey");
    assert_eq!(hidden, [SIGN_IN]);
    assert_eq!(crate::bill::attributes(&ada, "[data-passkey]", "data-back"), ["/tickets"]);
    let site = Site::with(&[("BASE_URL", "http://127.0.0.1:8080")]).await;
    let mut ada = site.browser();
    ada.visit("/sign-in").await.is(200).misses("passkey");
    ada.sends(&format!("{SIGN_IN}/challenge"), &serde_json::json!({})).await.is(404);
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.misses("Passkeys");
    ada.visit("/settings/passkeys").await.is(404);
}

#[tokio::test]
async fn adding_and_removing_ask_whether_it_is_still_you_and_from_then_on_for_the_passkey() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/passkeys").await.at("/step-up");
    ada.sends("/settings/passkeys/challenge", &serde_json::json!({})).await.is(303);
    assert!(ada.headers["location"].to_str().unwrap().starts_with("/step-up?back="));
    ada.visit("/settings/passkeys").await.steps_up().await.at("/settings/passkeys");
    let mut device = Device::new();
    ada.adds(&mut device, "Phone").await.is(200);
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/passkeys").await.at("/step-up").sees("Your account asks for your passkey");
    ada.post("/step-up", &[("proof", PASSWORD), ("back", "/settings/passkeys")]).await.is(422);
    let old = ada.cookie("marquee").unwrap().to_owned();
    ada.uses(&mut device, STEP_UP, "/settings/passkeys").await.is_told("/settings/passkeys");
    assert_ne!(ada.cookie("marquee").unwrap(), old, "the session has a new secret");
    ada.visit("/settings/passkeys").await.at("/settings/passkeys");
}

#[tokio::test]
async fn whoever_comes_in_by_password_is_asked_for_the_passkey_before_anything_important() {
    let site = Site::start().await;
    let (_, mut device) = with_passkey(&site, "ada").await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.at("/settings");
    ada.visit("/settings/email").await.at("/step-up");
    ada.uses(&mut device, STEP_UP, "/settings/email").await.is(200);
    ada.visit("/settings/email").await.at("/settings/email");
    let access = crate::api_signin::token(&site, "ada@example.org").await;
    let refused = site.program().bearer(&access).with("step-up", PASSWORD).delete("/api/v1/me/sessions").await.is(403);
    assert!(refused.data()["message"].as_str().unwrap().contains("passkey"));
}

#[tokio::test]
async fn it_is_both_factors_and_the_code_will_do_as_well() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let (phone, _) = turn_on(&site, &mut ada).await;
    let mut device = Device::new();
    ada.adds(&mut device, "Phone").await.is(200);
    let mut elsewhere = site.browser();
    elsewhere.uses(&mut device, SIGN_IN, "/").await.is_told("/");
    elsewhere.visit("/settings/second-factor").await.at("/settings/second-factor");
    site.app.clock.advance(minutes(11));
    elsewhere.visit("/settings/second-factor").await.fill("proof", &phone.code(&site)).press("Go on").await;
    elsewhere.at("/settings/second-factor");
    site.app.clock.advance(minutes(11));
    elsewhere.uses(&mut device, STEP_UP, "/settings/second-factor").await.is(200);
    elsewhere.visit("/settings/second-factor").await.at("/settings/second-factor");
    let mut half = site.browser();
    half.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", PASSWORD).press("Sign in").await;
    half.at("/sign-in/code").uses_on_the_way(&mut device).await;
}

impl Browser {
    /// Instead of the code that the page asks for.
    async fn uses_on_the_way(&self, device: &mut Device) {
        let mut own = self.clone();
        own.uses(device, SIGN_IN, "/tickets").await.is_told("/tickets");
        own.visit("/tickets").await.at("/tickets");
    }
}

#[tokio::test]
async fn a_site_that_demands_a_second_factor_of_admins_takes_a_passkey_that_was_used() {
    let site = Site::with(&[("MARQUEE_ADMIN_SECOND_FACTOR", "yes")]).await;
    let mut root = site.admin("root").await;
    root.visit("/admin").await.at("/settings/second-factor");
    let mut device = Device::new();
    root.adds(&mut device, "Key").await.is(200);
    root.visit("/admin").await.is(200).at("/admin");
    let mut weak = site.member("root").await;
    weak.visit("/admin").await.at("/step-up");
    weak.visit("/api/v1/me").await.is(200);
    let mut strong = site.browser();
    strong.uses(&mut device, SIGN_IN, "/admin").await.is_told("/admin");
    strong.visit("/admin").await.is(200).at("/admin");
}

#[tokio::test]
async fn the_last_way_in_stays_and_a_passkey_is_one() {
    let site = Site::start().await;
    let (mut ada, mut device) = with_passkey(&site, "ada").await;
    let member = site.account_named("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    marquee::members::store::set_password(&mut tx, member.id, None).await.unwrap();
    tx.commit().await.unwrap();
    ada.visit("/settings/passkeys").await.press("Remove Phone").await.is(422).sees("your only way in");
    let mut second = Device::new();
    ada.adds(&mut second, "Key").await.is(200);
    ada.visit("/settings/passkeys").await.press("Remove Phone").await.is(200).sees("Removed.");
    site.browser().uses(&mut device, SIGN_IN, "/").await.is(422);
    site.browser().uses(&mut second, SIGN_IN, "/").await.is(200);
}

#[tokio::test]
async fn an_admin_who_turns_off_the_second_factor_of_a_member_removes_the_passkeys() {
    let site = Site::start().await;
    let (_, mut device) = with_passkey(&site, "ada").await;
    let mut root = site.admin("root").await;
    let path = format!("/admin/members/{}", site.account_named("ada").await.id);
    root.visit(&path).await.fill("reason", "lost the phone").press("Turn off the second factor").await.is(200);
    site.browser().uses(&mut device, SIGN_IN, "/").await.is(422);
    let mut ada = site.member("ada").await;
    ada.visit("/settings/email").await.at("/settings/email");
    let of_ada = passkeys::store::of(&site.app.db, site.account_named("ada").await.id).await.unwrap();
    assert!(of_ada.is_empty());
}

#[tokio::test]
async fn names_are_needed_and_their_own() {
    let site = Site::start().await;
    let (mut ada, _) = with_passkey(&site, "ada").await;
    ada.visit("/settings/passkeys")
        .await
        .fill("name", " ")
        .press("Rename Phone")
        .await
        .is(422)
        .sees("Give the passkey a name");
    let mut device = Device::new();
    ada.adds(&mut device, "").await.is(422);
    assert!(ada.json()["message"].as_str().unwrap().contains("Give the passkey a name"));
    let id = passkeys::store::of(&site.app.db, site.account_named("ada").await.id).await.unwrap()[0].id;
    let mut eve = site.member("eve").await;
    eve.post(&format!("/settings/passkeys/{id}"), &[("name", "Mine")]).await.is(404);
    eve.post(&format!("/settings/passkeys/{id}/removal"), &[]).await.is(404);
    ada.visit("/settings/passkeys").await.field_is("name", "Phone");
}

/// A new device whose browser is at that page, with a key for that site.
fn seen_by(origin: &str, site: &str) -> Device {
    let mut device = Device::new();
    origin.clone_into(&mut device.origin);
    site.clone_into(&mut device.site);
    device
}

#[tokio::test]
async fn a_passkey_is_for_the_address_of_the_site_and_made_there_alone() {
    let site = Site::with(&[
        ("MARQUEE_ENV", "production"),
        ("BASE_URL", "https://events.example.org"),
        ("SMTP_HOST", "localhost"),
        ("SMTP_FROM_ADDRESS", "site@example.org"),
    ])
    .await;
    site.account("ada").await;
    let mut ada = site.browser();
    ada.post("/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await.is(303);
    let asked = ada.is_asked("/settings/passkeys").await;
    assert_eq!(asked["publicKey"]["rp"]["id"], "events.example.org");
    assert_eq!(ada.is_asked(SIGN_IN).await["publicKey"]["rpId"], "events.example.org");
    let (home, id) = ("https://events.example.org", "events.example.org");
    for (origin, of) in [
        ("http://localhost:8080", "localhost"),
        ("http://events.example.org", id),
        ("https://evil.events.example.org", id),
        ("https://example.org", id),
        (home, "example.org"),
    ] {
        ada.adds(&mut seen_by(origin, of), "Phone").await.is(422);
    }
    let mut device = seen_by(home, id);
    ada.adds(&mut device, "Phone").await.is_told("/settings/passkeys");
    let mut phone = site.browser();
    phone.uses(&mut device, SIGN_IN, "/tickets").await.is_told("/tickets");
}
