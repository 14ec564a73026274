//! Links that are mailed.
use marquee::clock::{hours, minutes};
use marquee::forms::Email;
use marquee::i18n::Locale;
use marquee::journal::Actor;
use marquee::signin::links::{self, Press, Pressed};
use marquee::{decide, orders};

use super::{OTHER, account_of, forget, sign_in, sign_up};
use crate::site::{PASSWORD, Site, link};

#[tokio::test]
async fn opening_a_link_changes_nothing() {
    let site = Site::start().await;
    let mut ada = site.browser();
    sign_up(&mut ada, "Ada", "ada@example.org").await;
    let verify = link(&site.mail_to("ada@example.org").await, "/verify/");
    let mut scanner = site.browser();
    for method in ["GET", "HEAD", "GET"] {
        scanner.request(method, &verify, None, Vec::new()).await.is(200);
    }
    assert!(account_of(&site, "ada@example.org").await.email_verified_at.is_none());
    ada.visit(&verify).await.press("Confirm my address").await.is(200).at("/");
    forget(&mut scanner, "ada@example.org").await;
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    scanner.visit(&reset).await.is(200);
    scanner.visit(&reset).await.is(200);
    ada.visit("/settings").await.at("/settings");
}

#[tokio::test]
async fn a_link_works_once() {
    let site = Site::start().await;
    let mut ada = site.browser();
    sign_up(&mut ada, "Ada", "ada@example.org").await;
    let verify = link(&site.mail_to("ada@example.org").await, "/verify/");
    ada.visit(&verify).await.press("Confirm my address").await.is(200);
    ada.post(&verify, &[]).await.is(404).sees("does not work any more");
    forget(&mut site.browser(), "ada@example.org").await;
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    let mut browser = site.browser();
    browser.post(&reset, &[("password", OTHER)]).await.is(303);
    browser.post(&reset, &[("password", PASSWORD)]).await.is(404);
    sign_in(&mut browser, "ada@example.org", OTHER).await;
    browser.is(200).at("/");
}

#[tokio::test]
async fn a_link_works_for_an_hour() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    forget(&mut ada, "ada@example.org").await;
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    site.later(minutes(59)).await;
    ada.visit(&reset).await.is(200);
    site.later(minutes(2)).await;
    ada.visit(&reset).await.is(404).sees("does not work any more");
    ada.post(&reset, &[("password", OTHER)]).await.is(404);
    sign_in(&mut ada, "ada@example.org", PASSWORD).await;
    ada.is(200).at("/");
}

#[tokio::test]
async fn a_link_of_one_kind_opens_nothing_else() {
    let site = Site::start().await;
    let mut eve = site.browser();
    sign_up(&mut eve, "Ada", "ada@example.org").await;
    let verify = link(&site.mail_to("ada@example.org").await, "/verify/").replace("/verify/", "");
    eve.visit(&format!("/reset/{verify}")).await.is(404);
    eve.post(&format!("/reset/{verify}"), &[("password", OTHER)]).await.is(404);
    site.account("bob").await;
    forget(&mut eve, "bob@example.org").await;
    let reset = link(&site.mail_to("bob@example.org").await, "/reset/").replace("/reset/", "");
    eve.visit(&format!("/verify/{reset}")).await.is(404);
    eve.post(&format!("/verify/{reset}"), &[]).await.is(404);
    eve.visit(&format!("/setup?token={reset}")).await.is(404);
    for path in ["/verify/x", "/reset/%F0%9F%92%A9", "/verify/%00", "/reset/a%0Ab", "/verify/..%2F..%2Fx"] {
        eve.visit(path).await.is(404);
    }
}

#[tokio::test]
async fn of_forty_presses_at_once_one_uses_the_link() {
    let site = Site::start().await;
    site.account("ada").await;
    forget(&mut site.browser(), "ada@example.org").await;
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/").replace("/reset/", "");
    let tries = (0..40_u8).map(|n| {
        let (app, token) = (site.app.clone(), reset.clone());
        let ip = marquee::web::limits::Ip([10, 0, 0, n].into());
        tokio::spawn(async move {
            let press = Press { token: &token, form: &format!("copy {n}") };
            links::reset(&app, press, OTHER, ip).await.unwrap() == Pressed::First(())
        })
    });
    let mut used = 0;
    for one in tries.collect::<Vec<_>>() {
        used += u8::from(one.await.unwrap());
    }
    assert_eq!(used, 1);
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_is_told_by_mail() {
    let site = Site::start().await;
    let mut thief = site.member("ada").await;
    let mut ada = site.browser();
    forget(&mut ada, "ada@example.org").await;
    ada.visit(&link(&site.mail_to("ada@example.org").await, "/reset/")).await.fill("password", OTHER);
    ada.press("Save the password").await.is(200).at("/sign-in").sees("Your password is changed.");
    thief.visit("/settings").await.at("/sign-in");
    sign_in(&mut thief, "ada@example.org", PASSWORD).await;
    thief.is(422);
    sign_in(&mut ada, "ada@example.org", OTHER).await;
    ada.is(200).at("/");
    assert!(site.mails_to("ada@example.org").await.iter().any(|mail| mail.subject == "Your password was changed"));
}

#[tokio::test]
async fn links_are_asked_for_and_used_a_few_times_an_hour() {
    let site = Site::start().await;
    site.account("ada").await;
    let mut ada = site.browser();
    for _ in 0..3 {
        forget(&mut ada, "ada@example.org").await;
        ada.is(200).at("/sign-in");
    }
    forget(&mut ada, "nobody@example.org").await;
    ada.is(429).sees("Try again in");
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    for n in 0..6 {
        let app = if n % 2 == 0 { site.app.clone() } else { site.second().await };
        let ip = marquee::web::limits::Ip([127, 0, 0, 1].into());
        let used = links::reset(&app, Press { token: "no such token", form: "" }, OTHER, ip).await;
        assert_eq!(used.is_err(), n == 5, "{used:?}");
    }
    ada.visit(&reset).await.fill("password", OTHER).press("Save the password").await.is(429);
}

#[tokio::test]
async fn one_address_gets_three_links_an_hour_whoever_asks() {
    let site = Site::start().await;
    let mut ada = site.browser();
    sign_up(&mut ada, "Ada", "ada@example.org").await;
    for _ in 0..4 {
        ada.visit("/verification").await.press("Send the link again").await.is(200).sees("a new link is on its way");
    }
    assert_eq!(site.mails_to("ada@example.org").await.len(), 3);
    site.later(hours(1)).await;
    ada.visit("/verification").await.press("Send the link again").await.is(200);
    let mails = site.mails_to("ada@example.org").await;
    assert_eq!(mails.len(), 4);
    ada.visit(&link(&mails[3], "/verify/")).await.press("Confirm my address").await.is(200).at("/");
    // Proven: there is nothing to send any more.
    site.browser().post("/verification", &[("email", "ada@example.org")]).await.is(303);
    assert_eq!(site.mails_to("ada@example.org").await.len(), 4);
}

#[tokio::test]
async fn what_was_ordered_as_a_guest_is_there_after_proving_the_address() {
    let site = Site::start().await;
    let event = site.event("Quiz night").make().await;
    let types = marquee::events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    let email = Email::parse("ada@example.org").unwrap();
    let wish = orders::Wish {
        event: event.id,
        buyer: orders::Buyer::Guest { name: "Ada".into(), email, locale: Locale::En },
        way: orders::Way::Own,
        actor: Actor::Guest,
        places: vec![(types[0].id, 1)],
        amounts: Vec::new(),
        promo: String::new(),
        pay_later: false,
        attendees: Vec::new(),
        form: None,
    };
    let now = site.now();
    let taken = decide!(site.app.db, tx, orders::take(tx, &wish, now).await).unwrap();
    decide!(site.app.db, tx, orders::confirm(tx, taken.id(), Actor::Guest, now).await).unwrap();
    let mut ada = site.browser();
    sign_up(&mut ada, "Ada", "ada@example.org").await;
    let mails = site.mails_to("ada@example.org").await;
    let mail = mails.iter().find(|mail| mail.text.contains("/verify/")).unwrap();
    ada.visit(&link(mail, "/verify/")).await.press("Confirm my address").await.is(200);
    let order = orders::store::by_id(&site.app.db, taken.id()).await.unwrap().unwrap();
    assert_eq!(order.member_id, Some(account_of(&site, "ada@example.org").await.id));
    site.verifies().await;
}
