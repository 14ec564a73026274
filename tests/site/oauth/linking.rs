//! Accounts elsewhere in one's settings: connected by their owner alone, and the last way in stays.
use marquee::clock::minutes;
use marquee::signin::oauth;

use super::standin::{Standin, person};
use super::ways::comes;
use super::{account, is_out, onward, unvouched};
use crate::browser::Browser;
use crate::site::Site;

/// Presses the button in the settings: the address of the provider that it leads to.
async fn goes(browser: &mut Browser, button: &str) -> String {
    browser.visit("/settings/ways-in").await.press(button).await.is(200).sees("You come back here");
    onward(browser)
}

async fn connected(site: &Site, email: &str) -> usize {
    let member = account(site, email).await.unwrap();
    oauth::store::of(&site.app.db, member.id).await.unwrap().len()
}

#[tokio::test]
async fn who_is_signed_in_connects_any_account_and_comes_in_by_it_from_then_on() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut ada = site.member("ada").await;
    let there = goes(&mut ada, "Connect Microsoft").await;
    // Another address, which nobody vouches for: she has proven both accounts.
    let back = standin.consents(&site, &there, unvouched("1", "ada@work.example"));
    ada.visit(&back).await.is(200).at("/settings/ways-in").sees("Connected").sees("ada@work.example");
    assert!(site.mail_to("ada@example.org").await.subject.contains("opens your account now"));
    let mut phone = site.browser();
    comes(&mut phone, &standin, &site, "microsoft", unvouched("1", "ada@work.example")).await;
    phone.is(200).at("/settings").field_is("name", "ada");
    ada.visit("/settings/ways-in").await.press("Remove Microsoft").await.is(200).sees("Removed.");
    assert_eq!(connected(&site, "ada@example.org").await, 0);
    is_out(&mut phone).await;
    comes(&mut phone, &standin, &site, "microsoft", unvouched("1", "ada@work.example")).await;
    phone.is(403);
    assert!(site.mail_to("ada@example.org").await.subject.contains("does not open your account"));
    site.verifies().await;
}

#[tokio::test]
async fn the_last_way_in_cannot_be_removed() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut ada = site.browser();
    comes(&mut ada, &standin, &site, "google", person("1", "ada@example.org")).await;
    ada.visit("/settings/ways-in").await.sees("It is your only way in");
    assert!(!ada.has_button("Remove Google"));
    let member = account(&site, "ada@example.org").await.unwrap();
    let google = oauth::store::of(&site.app.db, member.id).await.unwrap().remove(0);
    ada.post(&format!("/settings/ways-in/{}/removal", google.id), &[]).await.is(422).sees("Choose a password first");
    assert_eq!(connected(&site, "ada@example.org").await, 1);
    let there = goes(&mut ada, "Connect GitHub").await;
    let back = standin.consents(&site, &there, person("1", "ada@example.org"));
    ada.visit(&back).await.is(200);
    ada.press("Remove Google").await.is(200).sees("Removed.");
    assert_eq!(connected(&site, "ada@example.org").await, 1);
}

#[tokio::test]
async fn an_account_elsewhere_opens_one_here_and_nobody_removes_another_s() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut bob = site.browser();
    comes(&mut bob, &standin, &site, "google", person("1", "bob@example.org")).await;
    let mut ada = site.member("ada").await;
    let there = goes(&mut ada, "Connect Google").await;
    let back = standin.consents(&site, &there, person("1", "bob@example.org"));
    ada.visit(&back).await.is(409).sees("connected elsewhere").sees("Back to my settings");
    let member = account(&site, "bob@example.org").await.unwrap();
    let google = oauth::store::of(&site.app.db, member.id).await.unwrap().remove(0);
    ada.post(&format!("/settings/ways-in/{}/removal", google.id), &[]).await.is(404);
    assert_eq!((connected(&site, "bob@example.org").await, connected(&site, "ada@example.org").await), (1, 0));
}

#[tokio::test]
async fn connecting_and_removing_ask_whether_it_is_still_you() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let mut ada = site.member("ada").await;
    let there = goes(&mut ada, "Connect Google").await;
    let back = standin.consents(&site, &there, person("1", "ada@example.org"));
    ada.visit(&back).await.is(200);
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/ways-in").await.press("Remove Google").await.at("/step-up");
    ada.visit("/settings/ways-in").await.press("Connect GitHub").await.at("/step-up");
    assert_eq!(connected(&site, "ada@example.org").await, 1);
    ada.steps_up().await.is(200);
    ada.press("Remove Google").await.is(200);
    assert_eq!(connected(&site, "ada@example.org").await, 0);
}

#[tokio::test]
async fn a_trip_that_connects_is_worth_nothing_to_anybody_else() {
    let standin = Standin::start().await;
    let site = standin.site().await;
    let (mut ada, mut eve) = (site.member("ada").await, site.member("eve").await);
    // Eve begins it with an account of hers, and has Ada open the way back.
    let there = goes(&mut eve, "Connect Google").await;
    let back = standin.consents(&site, &there, person("eve", "eve@example.org"));
    ada.visit(&back).await.is(400).sees("not begun here");
    assert_eq!((connected(&site, "ada@example.org").await, connected(&site, "eve@example.org").await), (0, 0));
}
