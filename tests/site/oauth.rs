//! Coming in by the word of Google, Microsoft and GitHub: whom it lets in, and whom not.
mod attacks;
mod linking;
mod standin;
#[cfg(feature = "browser")]
mod strict;
mod ways;

use marquee::members::{self, Member};
use marquee::signin::oauth;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::site::{PASSWORD, Site, link};
use standin::{Standin, person};
use ways::comes;

const PROVIDERS: [&str; 3] = ["google", "microsoft", "github"];

async fn account(site: &Site, email: &str) -> Option<Member> {
    members::store::by_email_key(&site.app.db, email).await.unwrap()
}

/// The same person with another word of the provider about them.
fn but(mut person: Value, name: &str, value: Value) -> Value {
    person[name] = value;
    person
}

/// Somebody whose address the provider names and does not vouch for.
fn unvouched(subject: &str, email: &str) -> Value {
    but(but(person(subject, email), "email_verified", json!(false)), "xms_edov", json!(false))
}

/// Where a page asks to go on to.
fn onward(browser: &Browser) -> String {
    let page = browser.page();
    let link = page.select(&scraper::Selector::parse("a[rel=nofollow]").unwrap()).next().unwrap();
    link.value().attr("href").unwrap().to_owned()
}

async fn is_out(browser: &mut Browser) {
    browser.visit("/settings").await.at("/sign-in");
}

#[tokio::test]
async fn only_a_provider_that_is_set_up_has_a_button() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/sign-in").await.misses("GitHub");
    ada.visit("/auth/google/login").await.is(404);
    let site = Site::with(&[("GITHUB_CLIENT_ID", "x"), ("GITHUB_CLIENT_SECRET", "y")]).await;
    let mut ada = site.browser();
    for page in ["/sign-in", "/sign-up"] {
        ada.visit(page).await.is(200).sees("GitHub").misses("Microsoft");
        assert_eq!(ada.all("a[href^='/auth/']"), ["GitHub"]);
    }
    ada.visit("/auth/google/login").await.is(404);
    ada.visit("/auth/gitlab/login").await.is(404);
    ada.visit("/auth/google/callback?code=x&state=y").await.is(404);
}

#[tokio::test]
async fn who_is_new_gets_an_account_and_comes_back_to_it_by_each_provider() {
    let standin = Standin::start().await;
    for provider in PROVIDERS {
        let site = standin.site().await;
        let mut ada = site.browser();
        comes(&mut ada, &standin, &site, provider, person("1", "Ada@example.org")).await;
        ada.is(200).at("/settings").sees("Welcome, Ada of Google.");
        let member = account(&site, "ada@example.org").await.unwrap();
        assert!(member.email_verified_at.is_some() && member.password.is_none());
        assert_eq!(member.email, "Ada@example.org");
        let mut phone = site.browser();
        comes(&mut phone, &standin, &site, provider, person("1", "Ada@example.org")).await;
        phone.is(200).at("/settings").misses("Welcome");
        assert_eq!(oauth::store::of(&site.app.db, member.id).await.unwrap().len(), 1);
        site.verifies().await;
    }
}

#[tokio::test]
async fn a_form_may_begin_it_too_and_a_slash_at_the_end_does_no_harm() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut ada = site.browser();
    ada.post("/auth/google/login/", &[("back", "/tickets")]).await.is(200).sees("On to Google");
    let there = onward(&ada);
    let back = standin.consents(&site, &there, person("1", "ada@example.org")).replace("/callback?", "/callback/?");
    ada.visit(&back).await.is(200).at("/tickets");
}

#[tokio::test]
async fn a_vouched_address_joins_the_account_that_proved_it_and_its_owner_is_told() {
    let standin = Standin::start().await;
    for provider in PROVIDERS {
        let site = standin.site().await;
        let ada = site.account("ada").await;
        let mut browser = site.browser();
        comes(&mut browser, &standin, &site, provider, person("1", "ADA@example.org")).await;
        browser.is(200).at("/settings").field_is("name", "ada");
        assert_eq!(oauth::store::of(&site.app.db, ada.id).await.unwrap().len(), 1);
        assert!(account(&site, "ada@example.org").await.unwrap().password.is_some());
        let mails = site.mails_to("ada@example.org").await;
        assert!(mails.iter().any(|mail| mail.subject.contains("opens your account now")), "{mails:?}");
    }
}

#[tokio::test]
async fn an_address_that_nobody_vouches_for_opens_nothing_and_tells_nothing() {
    let standin = Standin::start().await;
    for provider in PROVIDERS {
        let site = standin.site().await;
        let ada = site.account("ada").await;
        let (mut eve, mut other) = (site.browser(), site.browser());
        comes(&mut eve, &standin, &site, provider, unvouched("1", "ada@example.org")).await;
        eve.is(403).sees("does not vouch for your address");
        comes(&mut other, &standin, &site, provider, unvouched("2", "nobody@example.org")).await;
        assert_eq!(eve.text(), other.text());
        is_out(&mut eve).await;
        assert!(oauth::store::of(&site.app.db, ada.id).await.unwrap().is_empty());
        assert!(account(&site, "nobody@example.org").await.is_none());
    }
}

#[tokio::test]
async fn a_missing_claim_vouches_for_nothing() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    for (provider, claim) in [("google", "email_verified"), ("microsoft", "xms_edov")] {
        let mut ada = site.browser();
        comes(&mut ada, &standin, &site, provider, but(person("1", "ada@example.org"), claim, Value::Null)).await;
        ada.is(403).sees("does not vouch");
    }
    for provider in PROVIDERS {
        let mut ada = site.browser();
        comes(&mut ada, &standin, &site, provider, but(person("1", ""), "email", Value::Null)).await;
        ada.is(403).sees("told us no e-mail address");
    }
}

#[tokio::test]
async fn nothing_remains_of_whoever_took_an_address_that_they_never_proved() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let (mut eve, mut ada) = (site.browser(), site.browser());
    eve.visit("/sign-up").await.fill("name", "Eve").fill("email", "ada@example.org").fill("password", PASSWORD);
    eve.press("Create account").await.at("/verification");
    let of_eve = link(&site.mail_to("ada@example.org").await, "/verify/");
    comes(&mut ada, &standin, &site, "google", person("1", "ada@example.org")).await;
    ada.is(200).at("/settings").sees("Welcome, Ada of Google.").field_is("name", "Ada of Google");
    let member = account(&site, "ada@example.org").await.unwrap();
    assert!(member.password.is_none() && member.email_verified_at.is_some());
    eve.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", PASSWORD).press("Sign in").await;
    eve.is(422);
    eve.visit(&of_eve).await.is(404);
}

#[tokio::test]
async fn the_second_factor_is_asked_for_all_the_same() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let (_, phone, _) = site.secured("ada").await;
    let mut ada = site.browser();
    comes(&mut ada, &standin, &site, "google", person("1", "ada@example.org")).await;
    ada.is(200).at("/sign-in/code");
    is_out(&mut ada).await;
    ada.visit("/sign-in/code")
        .await
        .fill("code", &phone.next_code(&site))
        .press("Sign in")
        .await
        .is(200)
        .at("/settings");
}

#[tokio::test]
async fn the_suspended_and_those_whom_the_site_does_not_take_are_told_so() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let ada = site.account("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    members::store::set_suspended(&mut tx, ada.id, Some(site.now()), Some("a test")).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = site.browser();
    comes(&mut browser, &standin, &site, "google", person("1", "ada@example.org")).await;
    browser.is(403).sees("This account is suspended");
    is_out(&mut browser).await;
    let mut root = site.admin("root").await;
    root.visit("/admin/settings").await.fill("sign_ups", "closed").fill("reason", "full").press("Save").await.is(200);
    comes(&mut browser, &standin, &site, "google", person("2", "bob@example.org")).await;
    browser.is(403).sees("No new account");
    assert!(account(&site, "bob@example.org").await.is_none());
}

#[tokio::test]
async fn another_address_there_is_told_once_and_changes_nothing_here() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    for (email, told) in [("ada@example.org", false), ("ada@new.example", true), ("ada@new.example", false)] {
        let mut ada = site.browser();
        comes(&mut ada, &standin, &site, "google", person("1", email)).await;
        ada.is(200).at("/settings");
        assert_eq!(ada.text().contains("Google knows you by ada@new.example now."), told, "{email}");
    }
    assert!(account(&site, "ada@example.org").await.is_some() && account(&site, "ada@new.example").await.is_none());
}
