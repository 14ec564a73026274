//! Lists of so many events that one look does not go through all: nothing is lost, no page says that there is nothing
//! where there may be something, and words cost and find the same wherever they stand.
use marquee::clock;
use marquee::events::finding::store::put_in;
use marquee::events::finding::words::{self, Mark, Text};
use marquee::events::{self, Category, Event};
use marquee::ids::Id;

use crate::bill::all;
use crate::site::Site;

/// More than one look goes through.
const MANY: i64 = 5_300;
/// Those of another kind that were published last.
const NEW: i64 = 600;

/// Events without any ticket type, so without room, a minute behind one another, as they start and as they were
/// published; those that come last are talks, the others music.
async fn many(site: &Site, like: &Event) {
    for from in (1..=MANY + NEW).step_by(1_000) {
        let mut tx = site.app.db.write_long().await.unwrap();
        for n in from..=(from + 999).min(MANY + NEW) {
            let category = if n > MANY { Category::Talks } else { Category::Music };
            let later = clock::minutes(n);
            let event = Event {
                id: Id::new(),
                slug: format!("many-{n}"),
                title: format!("Many {n}"),
                category,
                starts_at: like.starts_at + later,
                ends_at: like.ends_at + later,
                published_at: Some(like.created_at + later),
                ..like.clone()
            };
            assert!(events::store::insert(&mut tx, &event).await.unwrap());
            let marks = vec![Mark::Ahead, Mark::Category(category.word())];
            let text = Text { title: words::split(&event.title), marks, ..Text::default() };
            assert!(put_in(&mut tx, &event, event.starts_at.micros(), true, &text).await.unwrap());
        }
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_new_loses_nothing_however_long_ago_it_was_published() {
    let site = Site::start().await;
    let old = |event: &mut Event| event.published_at = Some(event.created_at - clock::days(9));
    let like = site.event("Long known").with(|event| event.category = Category::Sport).with(old).make().await;
    many(&site, &like).await;
    let mut reader = site.browser();
    reader.visit("/?sort=newest&category=sport").await.is(200);
    assert_eq!(all(&reader, ".entry h3"), ["Long known"]);
    reader.visit("/?sort=newest&q=many+7").await.is(200);
    assert_eq!(all(&reader, ".entry h3")[0], "Many 799");
    // Thousands are music, and none of those that were published last.
    reader.visit("/?sort=newest&category=music").await.is(200).sees("Nothing so far").misses("No event matches");
    reader.follow("Go on looking").await.is(200).misses("Nothing so far");
    let found = all(&reader, ".entry h3");
    assert_eq!((found.len(), found[0].as_str()), (30, "Many 5300"));
    reader.follow("More").await.is(200);
    assert_eq!(all(&reader, ".entry h3")[0], "Many 5270");
}

#[tokio::test]
async fn a_place_behind_thousands_of_full_events_is_found_by_going_on() {
    let site = Site::start().await;
    let full = site.event("Full").capacity(0).make().await;
    many(&site, &full).await;
    site.event("Far off").starts_in(clock::days(60)).make().await;
    let mut reader = site.browser();
    reader.visit("/?room=1").await.is(200).sees("Nothing so far").misses("No event matches");
    reader.follow("Go on looking").await.is(200);
    assert_eq!(all(&reader, ".entry h3"), ["Far off"]);
    assert!(crate::bill::attributes(&reader, ".pager a[rel=next]", "href").is_empty(), "the end");
    reader.visit("/?room=1&q=far").await.is(200);
    assert_eq!(all(&reader, ".entry h3"), ["Far off"], "a rare word is looked up");
    reader.visit("/?room=1&category=music").await.is(200).sees("Nothing so far");
    reader.follow("Go on looking").await.is(200).sees("No event matches").misses("Nothing so far");
    let month = full.start().strftime("%Y-%m").to_string();
    reader.visit(&format!("/calendar?room=1&month={month}")).await.is(200);
    reader.sees("Go on looking").misses("Nothing is on in this month.");
    reader.visit("/events.atom?room=1").await.is(200).sees("Far off");
    let mut program = site.browser();
    program.visit("/api/v1/events?room=1&limit=1").await.is(200);
    let first: serde_json::Value = program.json();
    assert_eq!(first["data"]["items"], serde_json::json!([]));
    let cursor = first["data"]["next_cursor"].as_str().expect("a page behind it").to_owned();
    program.visit(&format!("/api/v1/events?room=1&limit=1&cursor={cursor}")).await.is(200);
    let second: serde_json::Value = program.json();
    assert_eq!(second["data"]["items"][0]["title"], "Far off");
    assert_eq!(second["data"]["next_cursor"], serde_json::Value::Null);
}

/// The titles that an address of the list shows, in order.
async fn titles(site: &Site, address: &str) -> Vec<String> {
    let mut browser = site.browser();
    browser.visit(address).await.is(200);
    all(&browser, ".entry h3")
}

#[tokio::test]
async fn a_word_counts_once_where_it_stands_best_however_much_of_it_is_typed() {
    let site = Site::start().await;
    let days = clock::days;
    let about = |text: &'static str| move |event: &mut Event| event.description = text.into();
    site.event("Report").with(about("Repeated: a Nachbarschaftstreffen.")).make().await;
    site.event("Evening").starts_in(days(8)).with(about("Reparatur, and a report")).make().await;
    site.event("Nachbarschaftstreff").starts_in(days(9)).with(about("Repair")).make().await;
    for (words, found) in [
        ("rep", vec!["Report", "Evening", "Nachbarschaftstreff"]),
        ("repo", vec!["Report", "Evening"]),
        ("repe", vec!["Report"]),
        ("report", vec!["Report", "Evening"]),
        ("reports", vec![]),
        ("nachbarschaftstreff", vec!["Nachbarschaftstreff", "Report"]),
        ("nachbarschaftstreffe", vec!["Report"]),
        ("rep nach", vec!["Report", "Nachbarschaftstreff"]),
        ("trep", vec![]),
    ] {
        let address = format!("/?q={}", words.replace(' ', "+"));
        assert_eq!(titles(&site, &address).await, found, "{words}");
    }
    assert_eq!(titles(&site, "/?q=nach&sort=date").await, ["Report", "Nachbarschaftstreff"]);
}

#[tokio::test]
async fn marks_that_many_events_have_are_asked_for_together_as_one_by_one() {
    let site = Site::start().await;
    let days = clock::days;
    let kind = |category, language: &'static str| {
        move |event: &mut Event| (event.category, event.language) = (category, language.into())
    };
    site.event("Free talk").with(kind(Category::Talks, "de-CH")).make().await;
    site.event("Concert").starts_in(days(8)).price(2_000).with(kind(Category::Music, "de")).make().await;
    site.event("Free concert").starts_in(days(9)).with(kind(Category::Music, "fr")).make().await;
    for (query, found) in [
        ("free=1&category=music", vec!["Free concert"]),
        ("free=1&language=de", vec!["Free talk"]),
        ("category=music&language=de", vec!["Concert"]),
        ("free=1&category=music&language=de", vec![]),
        ("free=1&category=music&language=fr", vec!["Free concert"]),
        ("free=1&category=music&q=concert", vec!["Free concert"]),
        ("free=1&category=music&sort=newest", vec!["Free concert"]),
    ] {
        assert_eq!(titles(&site, &format!("/?{query}")).await, found, "{query}");
    }
}

#[tokio::test]
async fn a_page_says_that_words_are_being_written_anew() {
    let site = Site::start().await;
    site.event("Old").make().await;
    let says = "The list of words is being written anew.";
    let mut reader = site.browser();
    reader.visit("/?q=old").await.is(200).misses(says);
    let mut tx = site.app.db.write().await.unwrap();
    marquee::jobs::enqueue(&mut tx, marquee::jobs::Job::FillFinding { after: None }, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    reader.visit("/?q=old").await.is(200).sees(says).sees("Old");
    reader.visit("/calendar?q=old").await.is(200).sees(says);
    reader.visit("/").await.is(200).misses(says);
    site.work().await;
    reader.visit("/?q=old").await.is(200).misses(says).sees("Old");
}
