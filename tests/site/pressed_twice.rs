//! What is pressed twice happens once: by one finger, from two tabs, at the same time.
use marquee::events;

use crate::browser::{FORM, encode};
use crate::site::Site;

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
