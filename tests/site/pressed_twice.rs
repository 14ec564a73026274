//! What is pressed twice happens once: by one finger, from two tabs, at the same time.
use marquee::events;

use crate::browser::{Browser, FORM, encode};
use crate::site::{PASSWORD, Site, link};

/// So many people press the same copy of the same form at once; answers where each of them was led.
async fn pressed(site: &Site, form: &(String, String, Vec<(String, String)>), times: usize) -> Vec<String> {
    let (_, action, fields) = form;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..times {
        let mut host = site.member("host").await;
        let (action, body) = (action.clone(), encode(fields).into_bytes());
        tasks.spawn(async move {
            host.request("POST", &action, Some(FORM), body).await.is(303);
            host.headers["location"].to_str().unwrap().to_owned()
        });
    }
    tasks.join_all().await
}

async fn events(site: &Site) -> usize {
    let mut count = 0;
    for slug in ["quiz", "quiz-2", "quiz-3", "quiz-4"] {
        count += usize::from(events::store::by_slug(&site.app.db, slug).await.unwrap().is_some());
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_makes_one_event_however_often_it_is_sent() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    host.visit("/events/new").await.fill("title", "Quiz");
    host.fill("starts", "2031-03-10 19:30").fill("ends", "2031-03-10T22:30").fill("place_name", "Town hall");
    host.fill("type-0-name", "Seat");
    let form = host.form_with("Save draft");
    let led = pressed(&site, &form, 4).await;
    assert!(led.iter().all(|to| *to == led[0]), "{led:?}");
    assert_eq!(events(&site).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_made_once_a_page_and_again_from_the_next() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    let mut host = site.member("host").await;
    for copies in [1, 2] {
        let form = host.visit(&format!("{}/manage", event.path())).await.form_with("Copy to another week");
        pressed(&site, &form, 4).await;
        assert_eq!(events(&site).await, 1 + copies);
    }
}

/// Sends what stands on the page twice; answers where each press led.
async fn twice(browser: &mut Browser, button: &str) -> [String; 2] {
    let (_, action, fields) = browser.form_with(button);
    let mut led = [String::new(), String::new()];
    for to in &mut led {
        browser.request("POST", &action, Some(FORM), encode(&fields).into_bytes()).await.is(303);
        browser.headers["location"].to_str().unwrap().clone_into(to);
    }
    led
}

#[tokio::test]
async fn a_link_that_was_used_a_moment_ago_on_this_page_says_that_it_is_done() {
    let site = Site::start().await;
    let mut ada = site.browser();
    ada.visit("/sign-up?back=/settings").await.fill("name", "Ada").fill("email", "ada@example.org");
    ada.fill("password", PASSWORD).press("Create account").await.is(200);
    let verify = link(&site.mail_to("ada@example.org").await, "/verify/");
    let first = ada.visit(&verify).await.form_with("Confirm my address");
    assert_eq!(twice(&mut ada, "Confirm my address").await, ["/settings", "/settings"]);
    ada.visit("/settings").await.at("/settings").sees("Your address is confirmed.");
    // A browser that never learnt what came of the first press is told, and signs in.
    let mut late = site.browser();
    late.request("POST", &verify, Some(FORM), encode(&first.2).into_bytes()).await.is(303);
    late.visit("/sign-in").await.sees("Your address is confirmed. Sign in");
    // Another copy of the page was not the one that used it.
    late.post(&verify, &[("form", "another")]).await.is(404);
    late.post(&verify, &[("form", "")]).await.is(404);
    ada.post("/forgotten", &[("email", "ada@example.org")]).await.is(303);
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    late.visit(&reset).await.fill("password", "Nine green bottles 9");
    let pressed = late.form_with("Save the password");
    late.fill("password", "Nine green bottles 9");
    assert_eq!(twice(&mut late, "Save the password").await, ["/sign-in", "/sign-in"]);
    assert_eq!(site.letters("password_changed").await, 1);
    site.app.clock.advance(marquee::clock::minutes(11));
    late.request("POST", &reset, Some(FORM), encode(&pressed.2).into_bytes()).await.is(404);
}

#[tokio::test]
async fn of_two_passwords_that_are_sent_with_one_link_the_second_is_not_said_to_be_set() {
    let site = Site::start().await;
    site.account("ada").await;
    let (mut ada, mut late) = (site.browser(), site.browser());
    ada.post("/forgotten", &[("email", "ada@example.org")]).await.is(303);
    let reset = link(&site.mail_to("ada@example.org").await, "/reset/");
    ada.visit(&reset).await.fill("password", "Nine green bottles 9");
    let (_, _, first) = ada.form_with("Save the password");
    let (_, _, second) = ada.fill("password", "Ten green bottles 10").form_with("Save the password");
    ada.request("POST", &reset, Some(FORM), encode(&first).into_bytes()).await.is(303);
    late.request("POST", &reset, Some(FORM), encode(&second).into_bytes()).await.is(409);
    late.sees("A new password was set with this link already").misses("Your password is changed");
    late.request("POST", &reset, Some(FORM), encode(&first).into_bytes()).await.is(303);
    late.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", "Ten green bottles 10");
    late.press("Sign in").await.is(422);
    late.fill("password", "Nine green bottles 9").press("Sign in").await.is(200).at("/");
}

#[tokio::test]
async fn changes_that_are_saved_twice_are_saved() {
    let site = Site::start().await;
    let event = site.event("Quiz").capacity(10).make().await;
    let mut host = site.member("host").await;
    let edit = format!("{}/edit", event.path());
    host.visit(&edit).await.press("Add a ticket type").await;
    host.fill("title", "Quiz night").fill("type-1-name", "Standing").fill("point", "47.55814, 7.58781");
    let to = format!("{}/manage", event.path());
    assert_eq!(twice(&mut host, "Save changes").await, [to.clone(), to.clone()]);
    assert_eq!(site.reload(&event).await.revision, 1);
    let types = events::store::ticket_types(&site.app.db, event.id).await.unwrap();
    assert_eq!(types.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["Place", "Standing"]);
    // What differs is still somebody else's change.
    host.visit(&edit).await;
    let (_, _, old) = host.form_with("Save changes");
    host.fill("type-1-name", "Balcony").press("Save changes").await.sees("Saved.");
    host.request("POST", &edit, Some(FORM), encode(&old).into_bytes()).await.is(422).sees("Somebody else has changed");
    let draft = site.event("Draft").draft().make().await;
    host.visit(&format!("{}/edit", draft.path())).await.fill("summary", "Ten rounds");
    let to = format!("{}/manage", draft.path());
    assert_eq!(twice(&mut host, "Publish").await, [to.clone(), to]);
    assert!(site.reload(&draft).await.is_published());
}
