//! Mails that nobody asked for: each is stopped by the link that it carries, with or without a person, and no other.
use axum::body::Body;
use axum::http::{Request, header};
use marquee::clock::{days, hours, minutes};
use marquee::mail::Message;
use tower::ServiceExt;

use crate::site::{Site, link};

/// A guest with a confirmed place at an event that begins in a week, on the day before.
async fn reminded(site: &Site, email: &str) -> Message {
    let event = site.event("Quiz night").make().await;
    let mut guest = site.browser();
    guest.visit(&event.path()).await.fill("name", "Ida").fill("email", email).press("Save my place").await;
    let confirm = link(&site.mail_to(email).await, "/confirm/");
    guest.visit(&confirm).await.press("Confirm my places").await.sees("Quiz night");
    site.later(days(6) + minutes(5)).await;
    let mail = site.mail_to(email).await;
    assert_eq!(mail.subject, "A reminder: Quiz night");
    mail
}

/// The path of the address in the mail's header.
fn stop_of(mail: &Message) -> String {
    let url = mail.unsubscribe.clone().expect("an address to stop such mails");
    url.trim_start_matches("http://localhost:8080").to_owned()
}

#[tokio::test]
async fn a_mail_program_stops_reminders_with_one_click_that_carries_no_cookie_and_comes_from_elsewhere() {
    let site = Site::start().await;
    let mail = reminded(&site, "ida@example.org").await;
    let stop = stop_of(&mail);
    let click = Request::post(&stop)
        .header(header::HOST, "localhost:8080")
        .header(header::ORIGIN, "https://mail.example.net")
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer =
        site.router.clone().oneshot(click.body(Body::from("List-Unsubscribe=One-Click")).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "no redirect");
    assert!(answer.headers().get(header::SET_COOKIE).is_none(), "nobody is remembered");
    let before = site.mails_to("ida@example.org").await.len();
    site.later(hours(22)).await;
    assert_eq!(site.mails_to("ida@example.org").await.len(), before, "no reminder two hours before");
}

#[tokio::test]
async fn opening_the_link_stops_nothing_its_button_does_and_pressing_twice_is_harmless() {
    let site = Site::start().await;
    let mail = reminded(&site, "ida@example.org").await;
    let stop = stop_of(&mail);
    assert!(
        mail.text.contains(&stop) && mail.html.contains("No more mails of this kind"),
        "it stands below the mail too"
    );
    let mut browser = site.browser();
    browser.visit(&stop).await.is(200).sees("Stop these mails?");
    let mut other = site.browser();
    other.visit(&stop).await.sees("Stop these mails?");
    browser.press("Stop these mails").await.is(200).sees("No more of these mails");
    other.press("Stop these mails").await.is(200).sees("No more of these mails");
    browser.visit(&stop).await.sees("No more of these mails");
    assert_eq!(browser.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn what_was_stopped_can_be_chosen_again_without_signing_in() {
    let site = Site::start().await;
    let mail = reminded(&site, "ida@example.org").await;
    let mut browser = site.browser();
    browser.visit(&stop_of(&mail)).await.press("Stop these mails").await;
    browser.follow("Choose which mails you want").await.is(200).sees("Which mails you want");
    assert_eq!(browser.all("input[checked]").len(), 1, "invitations are still wanted");
    browser.fill_all("mails", &["reminders"]).press("Save").await.is(200).sees("Saved.");
    let before = site.mails_to("ida@example.org").await.len();
    site.later(hours(22)).await;
    assert_eq!(site.mails_to("ida@example.org").await.len(), before + 1);
    assert_eq!(site.mail_to("ida@example.org").await.subject, "It begins soon: Quiz night");
}

#[tokio::test]
async fn a_link_that_was_changed_opens_nothing_and_tickets_cannot_be_stopped() {
    let site = Site::start().await;
    let mail = reminded(&site, "ida@example.org").await;
    let stop = stop_of(&mail);
    let other = marquee::ids::hash("bob@example.org");
    let (_, key) = stop.split_once('.').unwrap();
    let mut browser = site.browser();
    browser.visit(&format!("/mails/{other}.{key}")).await.is(404);
    browser.post(&format!("/mails/{other}.{key}"), &[]).await.is(404);
    browser.visit(&stop.replace("/reminders", "/tickets")).await.is(404);
    let tickets = site.mails_to("ida@example.org").await;
    let plain = tickets.iter().find(|mail| mail.subject.contains("Quiz night") && mail.unsubscribe.is_none());
    let plain = plain.expect("a mail that was asked for");
    assert!(!plain.html.contains("unasked") && !plain.text.contains("/mails/"));
}

#[tokio::test]
async fn members_choose_among_their_settings_and_the_choice_follows_them_to_another_address() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.press("Save my place").await;
    ada.visit("/settings/mails").await.fill_all("mails", &["invitations"]).press("Save").await.sees("Saved.");
    assert_eq!(ada.all("input[checked]").len(), 1);
    let before = site.mails_to("ada@example.org").await.len();
    site.later(days(6) + minutes(5)).await;
    assert_eq!(site.mails_to("ada@example.org").await.len(), before);
    ada.visit("/settings/email").await.steps_up().await.fill("email", "countess@example.org");
    ada.press("Send the link").await;
    let confirm = link(&site.mail_to("countess@example.org").await, "/email/");
    ada.visit(&confirm).await.press("Use this address").await;
    ada.visit("/settings/mails").await;
    assert_eq!(ada.all("input[checked]").len(), 1, "reminders are still not wanted");
}
