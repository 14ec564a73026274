//! Where an event is: every output shows it to whom the host reveals it, and to nobody else.
use marquee::events::{Event, Reveal};

use super::all;
use super::outputs::json_ld;
use crate::browser::Browser;
use crate::site::Site;

#[tokio::test]
async fn a_place_is_shown_to_whom_the_host_reveals_it() {
    let site = Site::start().await;
    for reveal in Reveal::ALL.iter().copied() {
        let event = site.event(&format!("Reveal {}", reveal.word())).host("mara").with(|event| {
            event.reveal = reveal;
            event.place_name = "The hidden loft".into();
            event.place_address = "Secret lane 5".into();
            event.latitude = Some(47.558_123);
        });
        let event = event.make().await;
        let mut holder = site.member("ada").await;
        holder.visit(&event.path()).await.press("Save my place").await;
        let (always, holders) = (reveal == Reveal::Always, reveal == Reveal::Holders);
        shows(&mut site.browser(), &event, always).await;
        shows(&mut site.member("bob").await, &event, always).await;
        shows(&mut holder, &event, always || holders).await;
        shows(&mut site.member("mara").await, &event, true).await;
    }
}

/// Whether page, calendar file and list show the exact place; search engines and lists read what everyone may.
async fn shows(browser: &mut Browser, event: &Event, exact: bool) {
    let everyone = event.reveal == Reveal::Always;
    for path in [event.path(), format!("{}/calendar.ics", event.path()), "/".into()] {
        browser.visit(&path).await.is(200);
        let expected = if path == "/" { everyone } else { exact };
        // The list holds the events of the other rounds too, whose titles tell them apart.
        let text = browser.html().replace("\r\n ", "");
        if path == "/" {
            let entries = all(browser, ".entry");
            let entry = entries.iter().find(|entry| entry.contains(&event.title)).unwrap();
            assert_eq!(entry.contains("hidden loft"), expected, "{:?} {path}", event.reveal);
            continue;
        }
        for secret in ["hidden loft", "Secret lane"] {
            assert_eq!(text.contains(secret), expected, "{:?} {path} {secret}", event.reveal);
        }
        assert!(text.contains("Basel"));
        assert!(expected || !text.contains("47.558"), "{:?} {path}: the exact point", event.reveal);
    }
    browser.visit(&format!("/api/v1{}", event.path())).await;
    let one = browser.html();
    browser.visit("/api/v1/events").await.is(200);
    let list = browser.json();
    let listed = list["data"]["items"].as_array().expect("a list");
    let listed = listed.iter().find(|other| other["slug"] == event.slug.as_str()).expect("the event").to_string();
    for (text, may) in [(one, exact), (listed, exact)] {
        assert!(may || !text.contains("Secret lane") && !text.contains("47.558123"), "{:?}: {text}", event.reveal);
    }
    browser.visit(&event.path()).await;
    let data = json_ld(browser).to_string();
    assert_eq!(data.contains("Secret lane"), everyone, "{:?}: search engines", event.reveal);
}
