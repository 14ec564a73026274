//! Signing in by a mailed link, and another address for an account.
use marquee::clock::{hours, minutes};
use marquee::db::sql;
use marquee::mail::Message;

use super::{account_of, sign_in, sign_up};
use crate::browser::Browser;
use crate::second_factor::turn_on;
use crate::site::{PASSWORD, Site, link};

async fn ask(browser: &mut Browser, email: &str) {
    browser
        .visit("/sign-in/link?back=/tickets")
        .await
        .fill("email", email)
        .press("Mail me a link")
        .await
        .at("/sign-in");
}

#[tokio::test]
async fn a_mailed_link_signs_in_once_and_only_by_its_button() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    ask(&mut ada, "ada@example.org").await;
    let path = link(&site.mail_to("ada@example.org").await, "/sign-in/link/");
    ada.visit(&path).await.is(200).misses("another browser");
    ada.visit("/settings").await.at("/sign-in");
    ada.visit(&path).await.press("Sign in").await.is(200).at("/tickets");
    let mut again = site.browser();
    again.visit(&path).await.is(404).sees("does not work any more");
}

#[tokio::test]
async fn in_another_browser_the_link_asks_whether_it_was_you() {
    let site = Site::start().await;
    site.account("ada").await;
    ask(&mut site.browser(), "ada@example.org").await;
    let path = link(&site.mail_to("ada@example.org").await, "/sign-in/link/");
    let mut phone = site.browser();
    phone.post(&path, &[("form", "x")]).await.is(422).sees("asked for in another browser");
    phone.visit("/settings").await.at("/sign-in");
    phone.visit(&path).await.press("It was me: sign in here").await.is(200).at("/");
    phone.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn a_link_is_too_old_after_ten_minutes_and_dies_with_the_next_one() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    ask(&mut ada, "ada@example.org").await;
    ask(&mut ada, "ada@example.org").await;
    let mails = site.mails_to("ada@example.org").await;
    let (first, second) = (link(&mails[0], "/sign-in/link/"), link(&mails[1], "/sign-in/link/"));
    site.app.clock.advance(minutes(11));
    ada.visit(&first).await.is(404);
    ask(&mut ada, "ada@example.org").await;
    let third = link(&site.mail_to("ada@example.org").await, "/sign-in/link/");
    ada.visit(&third).await.press("Sign in").await.is(200);
    ada.visit(&second).await.is(404);
}

#[tokio::test]
async fn a_link_goes_around_a_lock_but_not_around_the_second_factor() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let (phone, _) = turn_on(&site, &mut ada).await;
    let mut eve = site.browser();
    for _ in 0..5 {
        sign_in(&mut eve, "ada@example.org", "Not the one 1").await;
    }
    let mut browser = site.browser();
    ask(&mut browser, "ada@example.org").await;
    browser.visit(&link(&site.mail_to("ada@example.org").await, "/sign-in/link/")).await.press("Sign in").await;
    browser.at("/sign-in/code");
    browser.fill("code", &phone.next_code(&site)).press("Sign in").await.at("/tickets");
}

#[tokio::test]
async fn a_link_is_weaker_than_a_password_and_does_not_count_as_stepping_up() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    ask(&mut ada, "ada@example.org").await;
    ada.visit(&link(&site.mail_to("ada@example.org").await, "/sign-in/link/")).await.press("Sign in").await;
    ada.visit("/settings/second-factor").await.at("/step-up");
    ada.steps_up().await.at("/settings/second-factor");
}

#[tokio::test]
async fn who_signed_up_with_a_strangers_address_keeps_nothing_when_its_owner_comes_by_link() {
    let site = Site::start().await;
    let mut eve = site.browser();
    sign_up(&mut eve, "Eve", "ada@example.org").await;
    let mut ada = site.browser();
    ask(&mut ada, "ada@example.org").await;
    let mails = site.mails_to("ada@example.org").await;
    let path = link(mails.iter().find(|mail| mail.subject == "Your link to sign in").unwrap(), "/sign-in/link/");
    ada.visit(&path).await.press("Sign in").await.is(200).at("/tickets");
    assert_eq!(account_of(&site, "ada@example.org").await.password, None);
    sign_in(&mut eve, "ada@example.org", PASSWORD).await;
    eve.is(422);
    eve.visit(&link(&mails[0], "/verify/")).await.is(404);
}

#[tokio::test]
async fn another_address_counts_when_it_is_proven_and_the_old_one_is_told() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.follow("Change e-mail address").await;
    ada.fill("email", "Ada@New.example").press("Send the link").await.at("/settings").sees("Ada@New.example");
    assert_eq!(account_of(&site, "ada@example.org").await.email, "ada@example.org");
    let mail = site.mail_to("ada@new.example").await;
    let mut phone = site.browser();
    let path = link(&mail, "/email/");
    phone.visit(&path).await.is(200);
    assert_eq!(account_of(&site, "ada@example.org").await.email, "ada@example.org");
    phone.press("Use this address").await.is(200).at("/sign-in").sees("is changed");
    assert_eq!(site.mail_to("ada@example.org").await.subject, "Your e-mail address was changed");
    let changed = account_of(&site, "ada@new.example").await;
    assert_eq!((changed.email.as_str(), changed.email_verified_at.is_some()), ("Ada@New.example", true));
    sign_in(&mut phone, "ada@example.org", PASSWORD).await;
    phone.is(422);
    sign_in(&mut phone, "ada@new.example", PASSWORD).await;
    phone.is(200).at("/");
    phone.visit(&path).await.is(404);
}

#[tokio::test]
async fn whoever_else_is_signed_in_gives_nobody_their_address() {
    let site = Site::start().await;
    let (mut eve, mut mara) = (site.member("eve").await, site.member("mara").await);
    eve.visit("/settings/email").await.fill("email", "mara.second@example.org").press("Send the link").await;
    let mail = site.mail_to("mara.second@example.org").await;
    assert!(mail.text.contains("e…@example.org") && !mail.text.contains("eve,"), "{}", mail.text);
    let path = link(&mail, "/email/");
    mara.visit(&path).await.is(200).sees("This link changes another account").sees("eve (e…@example.org)");
    assert!(!mara.has_button("Use this address"));
    mara.post(&path, &[("form", "a copy")]).await.is(422).sees("nothing changes");
    assert_eq!(account_of(&site, "eve@example.org").await.email, "eve@example.org");
    mara.visit(&path).await.press("Sign out and open the link again").await.is(200).at(&path);
    mara.sees("the account of eve (e…@example.org)").sees("If this is not your account, leave this page");
    eve.visit(&path).await.sees("is the address of your account");
    eve.press("Use this address").await.at("/settings");
    assert_eq!(account_of(&site, "mara.second@example.org").await.name, "eve");
}

#[tokio::test]
async fn nobody_learns_from_a_change_whether_an_address_has_an_account_and_none_is_taken_away() {
    let site = Site::start().await;
    site.account("bob").await;
    let mut ada = site.member("ada").await;
    let mut answers = Vec::new();
    for email in ["bob@example.org", "nobody@example.org"] {
        ada.visit("/settings/email").await.fill("email", email).press("Send the link").await.is(200);
        answers.push(ada.text().replace(email, "X"));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(site.mails_to("bob@example.org").await.is_empty());
    // Somebody proves the address between the letter and the button.
    let path = link(&site.mail_to("nobody@example.org").await, "/email/");
    site.account("nobody").await;
    ada.visit(&path).await.press("Use this address").await.is(404);
    assert_eq!(account_of(&site, "ada@example.org").await.name, "ada");
}

#[tokio::test]
async fn an_address_that_somebody_signed_up_with_and_never_proved_is_free_for_its_owner() {
    let site = Site::start().await;
    let mut eve = site.browser();
    sign_up(&mut eve, "Eve", "new@example.org").await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/email").await.fill("email", "new@example.org").press("Send the link").await;
    let mails = site.mails_to("new@example.org").await;
    let path = link(mails.iter().find(|mail| mail.subject == "Confirm your new address").unwrap(), "/email/");
    ada.visit(&path).await.press("Use this address").await.at("/settings").sees("new@example.org");
    sign_in(&mut eve, "new@example.org", PASSWORD).await;
    eve.visit("/settings").await;
    eve.field_is("name", "ada");
}

#[tokio::test]
async fn links_to_an_address_die_when_the_account_has_another_one() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    super::forget(&mut site.browser(), "ada@example.org").await;
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    ada.visit("/settings/email").await.fill("email", "new@example.org").press("Send the link").await;
    ada.visit(&link(&site.mail_to("new@example.org").await, "/email/")).await.press("Use this address").await;
    site.browser().visit(&reset).await.is(404);
}

#[tokio::test]
async fn nothing_that_opens_an_account_goes_late_to_an_address_that_it_has_no_more() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/email").await.fill("email", "new@example.org").press("Send the link").await;
    let change = link(&site.mail_to("new@example.org").await, "/email/");
    site.mail_server_down(true);
    super::forget(&mut site.browser(), "ada@example.org").await;
    ask(&mut site.browser(), "ada@example.org").await;
    site.work().await;
    ada.visit(&change).await.press("Use this address").await.is(200);
    site.mail_server_down(false);
    site.later(hours(1)).await;
    let mails = site.mails_to("ada@example.org").await;
    let opens = |mail: &Message| mail.text.contains("/reset/") || mail.text.contains("/sign-in/link/");
    assert!(!mails.iter().any(opens), "{mails:#?}");
    assert!(mails.iter().any(|mail| mail.subject.contains("address was changed")), "what opens nothing still comes");
    // And nothing waits to be sent.
    let left: i64 = sql("SELECT count(*) FROM mails WHERE state = 'waiting'").scalar(&site.app.db).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_address_is_changed_only_by_whoever_is_still_there() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    site.app.clock.advance(minutes(11));
    ada.visit("/settings/email").await.at("/step-up");
    ada.post("/settings/email", &[("email", "eve@example.org")]).await.is(303);
    assert!(site.mails_to("eve@example.org").await.is_empty());
}
