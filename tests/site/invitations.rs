//! Invitations: only whoever has the letter answers, once, with the account they like; a list of thousands is sent
//! once and goes on where it stood.
mod allowance;
mod friends;
mod hosts;
mod only_invited;

use marquee::clock::days;
use marquee::events::Event;

use crate::browser::Browser;
use crate::site::{PASSWORD, Site, link};

/// Pastes a list on the host's page and sends it.
pub async fn invites(site: &Site, event: &Event, list: &str) -> Browser {
    let mut host = site.member("host").await;
    host.visit(&format!("{}/invitations", event.path())).await.fill("people", list).press("Look at the list").await;
    host.press_starting("Invite").await.is(200);
    host
}

/// The link of the last letter to an address.
pub async fn link_of(site: &Site, email: &str) -> String {
    link(&site.mail_to(email).await, "/invitations/")
}

#[tokio::test]
async fn a_guest_accepts_with_one_press_and_has_a_ticket() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    invites(&site, &event, "Ida, ida@example.org").await;
    let letter = site.mail_to("ida@example.org").await;
    assert!(letter.subject == "Invitation: Supper" && letter.unsubscribe.is_some(), "{letter:?}");
    let mut ida = site.browser();
    ida.visit(&link(&letter, "/invitations/")).await.is(200).sees("Do you come?").field_is("name", "Ida");
    assert_eq!(site.reload(&event).await.taken, 0, "opening takes nothing");
    ida.press("I’m coming").await.is(200).sees("Supper");
    assert!(ida.path.starts_with("/orders/"), "{}", ida.path);
    assert_eq!(site.reload(&event).await.taken, 1);
    assert!(site.mail_to("ida@example.org").await.subject.contains("Supper"), "the ticket is mailed");
    site.verifies().await;
}

#[tokio::test]
async fn pressing_twice_acts_once_and_the_used_link_opens_nothing_to_anybody_else() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let (mut ida, mut tab) = (site.browser(), site.browser());
    ida.visit(&path).await;
    tab.visit(&path).await;
    let (_, _, fields) = ida.form_with("I’m coming");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ida.post(&path, &fields).await.is(303);
    let first = ida.headers["location"].clone();
    ida.post(&path, &fields).await.is(303);
    assert_eq!(ida.headers["location"], first);
    assert_eq!(site.reload(&event).await.taken, 1);
    tab.press("I cannot come").await.is(404).sees("You said yes");
    site.browser().visit(&path).await.is(404).misses("ida@example.org");
    site.verifies().await;
}

#[tokio::test]
async fn no_other_account_can_use_it() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let mut eve = site.member("eve").await;
    eve.visit(&path).await.is(200).sees("was sent to i…@example.org").sees("You are signed in as eve (e…@example.org)");
    assert!(!eve.has_button("I’m coming") && !eve.has_button("Use the other account"));
    for answer in ["yes", "no"] {
        eve.post(&path, &[("form", "x"), ("answer", answer), ("name", "Eve")]).await.is(422);
        eve.sees("for another address than that of your account");
    }
    assert_eq!(site.reload(&event).await.taken, 0);
    eve.visit(&path).await.press("Sign out and answer as a guest").await.is(200).sees("Do you come?");
    site.account("ida").await;
    let mut eve = site.member("eve").await;
    eve.visit(&path).await.press("Use the other account").await.is(200).at("/sign-in");
    eve.fill("email", "ida@example.org").fill("password", PASSWORD).press("Sign in").await.sees("Do you come?");
    site.verifies().await;
}

#[tokio::test]
async fn a_member_accepts_signed_in_or_not_and_the_ticket_is_in_the_account() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    site.account("ada").await;
    site.account("bob").await;
    invites(&site, &event, "ada@example.org\nBOB@example.org").await;
    let mut ada = site.member("ada").await;
    ada.visit(&link_of(&site, "ada@example.org").await).await.fill("people", "2").press("I’m coming").await.is(200);
    ada.visit("/tickets").await.sees("Supper");
    let mut elsewhere = site.browser();
    elsewhere.visit(&link_of(&site, "bob@example.org").await).await.sees("put into your account");
    elsewhere.fill("name", "Bob").press("I’m coming").await.is(200);
    let mut bob = site.member("bob").await;
    bob.visit("/tickets").await.sees("Supper");
    assert_eq!(site.reload(&event).await.taken, 3);
    site.verifies().await;
}

#[tokio::test]
async fn an_account_made_along_with_the_answer_obeys_the_whole_password_rule() {
    let site = Site::start().await;
    let event = site.event("Supper").with(|event| event.account_required = true).make().await;
    invites(&site, &event, "Ida, ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&path).await.press("I’m coming").await.is(422);
    assert_eq!(ida.error_at("password"), "Choose a password.");
    for weak in ["password", "Ida12345", "ida@example.org"] {
        ida.fill("password", weak).press("I’m coming").await.is(422);
        assert!(!ida.error_at("password").is_empty(), "{weak}");
        ida.field_is("password", "");
    }
    assert_eq!(site.reload(&event).await.taken, 0);
    ida.fill("password", PASSWORD).press("I’m coming").await.is(200).sees("Supper");
    ida.visit("/settings").await.is(200).sees("ida@example.org");
    let member = site.account_named("ida").await;
    assert!(member.email_verified_at.is_some());
    site.member("ida").await.visit("/tickets").await.sees("Supper");
    site.verifies().await;
}

#[tokio::test]
async fn an_account_that_is_in_use_gets_no_other_password() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    site.account("ada").await;
    invites(&site, &event, "ada@example.org").await;
    let path = link_of(&site, "ada@example.org").await;
    let mut thief = site.browser();
    let fields = [("form", "x"), ("answer", "yes"), ("name", "Ada"), ("password", "Another horse 8 battery")];
    thief.post(&path, &fields).await.is(422);
    assert_eq!(site.reload(&event).await.taken, 0, "nothing is done by halves");
    site.member("ada").await.visit("/settings").await.is(200);
}

#[tokio::test]
async fn who_declines_is_not_expected_and_can_say_so_once() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&path).await.press("I cannot come").await.is(200).sees("You are not expected.");
    ida.visit(&path).await.is(404);
    host.visit(&format!("{}/invitations", event.path())).await.sees("Cannot come");
    assert!(!host.has_button("Send again ida@example.org"));
    site.verifies().await;
}

#[tokio::test]
async fn a_link_lives_for_30_days_and_another_letter_brings_another_one() {
    let site = Site::start().await;
    let event = site.event("Supper").starts_in(days(60)).make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    site.later(days(29)).await;
    site.browser().visit(&path).await.is(200);
    site.later(days(2)).await;
    site.browser().visit(&path).await.is(404);
    host = {
        drop(host);
        site.member("host").await
    };
    host.visit(&format!("{}/invitations", event.path())).await.sees("No answer in 30 days");
    host.press("Send again ida@example.org").await.sees("The letter is on its way.");
    let other = link_of(&site, "ida@example.org").await;
    assert_ne!(other, path);
    site.browser().visit(&other).await.is(200).sees("Do you come?");
}

#[tokio::test]
async fn where_tickets_are_chosen_accepting_leads_to_them() {
    let site = Site::start().await;
    let event = site.event("Supper").price(2_800).make().await;
    invites(&site, &event, "Ida, ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&link_of(&site, "ida@example.org").await)
        .await
        .press("Choose tickets")
        .await
        .is(200)
        .sees("You are welcome.");
    assert_eq!(site.reload(&event).await.taken, 0);
    site.verifies().await;
}

#[tokio::test]
async fn whoever_said_no_can_change_their_mind_and_whoever_said_yes_gets_the_tickets_again() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&path).await.press("I cannot come").await.is(200);
    ida.visit(&path).await.is(404).sees("You said that you cannot come").misses("ida@example.org");
    ida.press("Answer again").await.is(200).sees("Do you come?");
    site.verifies().await;
    ida.fill("name", "Ida").press("I’m coming").await.is(200);
    assert_eq!(site.reload(&event).await.taken, 1);
    let before = site.mails_to("ida@example.org").await.len();
    ida.visit(&path).await.is(404).sees("You said yes");
    ida.press("Mail my tickets again").await.is(404).sees("Your tickets are on their way by mail.");
    assert_eq!(site.mails_to("ida@example.org").await.len(), before + 1);
    for _ in 0..3 {
        ida.post(&format!("{path}/again"), &[]).await.is(303);
    }
    assert_eq!(site.mails_to("ida@example.org").await.len(), before + 3, "not without end");
    host.visit(&format!("{}/invitations", event.path())).await.sees("1 invited: 1 come");
    ida.post("/invitations/nothing/again", &[]).await.is(404).sees("This invitation does not stand any more");
    site.verifies().await;
}

#[tokio::test]
async fn what_was_taken_back_cannot_be_answered_again() {
    let site = Site::start().await;
    let event = site.event("Supper").make().await;
    let mut host = invites(&site, &event, "ida@example.org").await;
    let path = link_of(&site, "ida@example.org").await;
    let mut ida = site.browser();
    ida.visit(&path).await.press("I cannot come").await.is(200);
    host.visit(&format!("{}/invitations", event.path())).await.press("Take back ida@example.org").await;
    ida.post(&format!("{path}/again"), &[]).await.is(404).sees("This invitation does not stand any more");
}
