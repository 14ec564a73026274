//! Words, filters and the month: the same answers on both engines.
use jiff::SignedDuration;
use marquee::clock;
use marquee::events::{self, Category, Event, Reveal, Visibility, finding};

use crate::bill::all;
use crate::site::Site;

/// The titles that an address of the list shows, in order.
async fn titles(site: &Site, address: &str) -> Vec<String> {
    let mut browser = site.browser();
    browser.visit(address).await.is(200);
    all(&browser, ".entry h3")
}

fn category(category: Category) -> impl FnOnce(&mut Event) {
    move |event| event.category = category
}

#[tokio::test]
async fn words_are_found_where_they_begin_without_accents_and_case() {
    let site = Site::start().await;
    site.event("Café Zürich").make().await;
    site.event("Straßenfest").starts_in(clock::days(8)).make().await;
    site.event("俳句の夕べ").with(|event| event.slug = "haiku".into()).starts_in(clock::days(9)).make().await;
    for (words, title) in [
        ("cafe", "Café Zürich"),
        ("CAFÉ", "Café Zürich"),
        ("zur ca", "Café Zürich"),
        ("zuerich", "Café Zürich"),
        ("Cafe Zuer", "Café Zürich"),
        ("strassen", "Straßenfest"),
        ("STRASSE", "Straßenfest"),
        ("夕べ", "俳句の夕べ"),
        ("俳", "俳句の夕べ"),
    ] {
        let q = form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
        assert_eq!(titles(&site, &format!("/?{q}")).await, [title], "{words}");
    }
    for none in ["afe", "cafe fest", "x", "ahead"] {
        assert!(titles(&site, &format!("/?q={}", none.replace(' ', "+"))).await.is_empty(), "{none}");
    }
}

#[tokio::test]
async fn what_a_word_finds_by_two_spellings_in_two_places_stands_there_once() {
    let site = Site::start().await;
    let near = |event: &mut Event| event.place_name = "Koelner Hof".into();
    site.event("Köln liest").with(near).make().await;
    let both = |event: &mut Event| event.summary = "Durch Koeln und Köln".into();
    site.event("Umzug").with(both).starts_in(clock::days(8)).make().await;
    for q in ["koeln", "k%C3%B6ln", "koeln+liest"] {
        let found = titles(&site, &format!("/?q={q}")).await;
        let all: &[&str] = if q.ends_with("liest") { &["Köln liest"] } else { &["Köln liest", "Umzug"] };
        assert_eq!(found, all, "{q}");
    }
}

#[tokio::test]
async fn a_question_without_a_word_in_it_finds_nothing() {
    let site = Site::start().await;
    site.event("Jazz").make().await;
    let mut browser = site.browser();
    for signs in ["%F0%9F%8E%AD", "%22", "%28", "%25", "%C2%A7+%22%27*%3A"] {
        for order in ["", "&sort=date", "&sort=newest", "&room=1"] {
            assert!(titles(&site, &format!("/?q={signs}{order}")).await.is_empty(), "{signs}{order}");
        }
        browser.visit(&format!("/?q={signs}")).await.sees("Nothing found for “");
        browser.visit(&format!("/calendar?q={signs}")).await.is(200).misses("Jazz");
        for file in ["/events.ics", "/events.atom"] {
            browser.visit(&format!("{file}?q={signs}")).await.is(200);
            assert!(!browser.html().contains("Jazz"), "{file}: {signs}");
        }
        let list = site.program().get(&format!("/api/v1/events?q={signs}")).await.is(200);
        assert_eq!(list.data()["items"], serde_json::json!([]), "{signs}");
        assert!(list.data()["next_cursor"].is_null());
    }
    for empty in ["", "+", "%E2%80%8B"] {
        assert_eq!(titles(&site, &format!("/?q={empty}")).await, ["Jazz"], "nothing is asked: {empty:?}");
    }
}

#[tokio::test]
async fn a_tag_a_town_and_a_place_nearby_without_a_word_in_them_find_nothing() {
    let site = Site::start().await;
    site.event("Jazz").with(|event| event.tags = "late".into()).make().await;
    let mut browser = site.browser();
    for filter in ["tag", "town", "near"] {
        for signs in ["!!!", "---", "%F0%9F%8E%AD", "%22+%28"] {
            let query = format!("{filter}={signs}");
            assert!(titles(&site, &format!("/?{query}")).await.is_empty(), "{query}");
            browser.visit(&format!("/?{query}")).await.sees("No event matches").sees("Show everything");
            browser.visit(&format!("/calendar?{query}")).await.is(200).misses("Jazz");
            let list = site.program().get(&format!("/api/v1/events?{query}")).await.is(200);
            assert_eq!(list.data()["items"], serde_json::json!([]), "{query}");
        }
        for empty in ["", "+", "%E2%80%8B"] {
            assert_eq!(titles(&site, &format!("/?{filter}={empty}")).await, ["Jazz"], "nothing is asked: {filter}");
        }
    }
}

#[tokio::test]
async fn the_title_stands_before_place_host_and_tags_and_these_before_the_description() {
    let site = Site::start().await;
    let days = clock::days;
    site.event("About").with(|event| event.description = "A night of **jazz**.".into()).make().await;
    site.event("Tag").starts_in(days(8)).with(|event| event.tags = "jazz,late".into()).make().await;
    site.event("Host").starts_in(days(9)).host("Jazz club").make().await;
    site.event("Place").starts_in(days(10)).with(|event| event.place_name = "Jazzkeller".into()).make().await;
    site.event("Late Jazz").starts_in(days(12)).make().await;
    site.event("Jazz brunch").starts_in(days(11)).make().await;
    let best = ["Jazz brunch", "Late Jazz", "Tag", "Host", "Place", "About"];
    assert_eq!(titles(&site, "/?q=jazz").await, best);
    assert_eq!(
        titles(&site, "/?q=jazz&sort=date").await,
        ["About", "Tag", "Host", "Place", "Jazz brunch", "Late Jazz"]
    );
    assert_eq!(titles(&site, "/?q=late+jazz").await, ["Late Jazz", "Tag"]);
}

#[tokio::test]
async fn filters_are_addresses_and_can_be_combined() {
    let site = Site::start().await;
    let days = clock::days;
    let basel = |event: &mut Event| {
        (event.category, event.tags, event.language) = (Category::Music, "open air,late,grün".into(), "de-CH".into());
    };
    site.event("Basel").with(basel).make().await;
    site.event("Zürich").starts_in(days(8)).price(2000).with(|event| event.place_town = "Zürich".into()).make().await;
    site.event("Full").starts_in(days(9)).capacity(1).with(category(Category::Sport)).make().await;
    let mut guest = site.member("ada").await;
    guest.visit("/events/full").await.press("Save my place").await;
    for (query, found) in [
        ("category=music", vec!["Basel"]),
        ("tag=open+air", vec!["Basel"]),
        ("tag=Open-Air", vec!["Basel"]),
        ("tag=open", vec![]),
        ("tag=gruen", vec!["Basel"]),
        ("town=zurich", vec!["Zürich"]),
        ("town=Zuerich", vec!["Zürich"]),
        ("language=de", vec!["Basel"]),
        ("language=de-AT", vec!["Basel"]),
        ("free=1", vec!["Basel", "Full"]),
        ("room=1", vec!["Basel", "Zürich"]),
        ("free=1&room=1&town=Basel", vec!["Basel"]),
        ("q=zur&free=1", vec![]),
        ("q=full&category=sport", vec!["Full"]),
        ("category=x&when=y&from=z&sort=w&language=xx", vec!["Basel", "Zürich", "Full"]),
    ] {
        assert_eq!(titles(&site, &format!("/?{query}")).await, found, "{query}");
    }
}

#[tokio::test]
async fn days_are_those_of_the_site_and_what_lasts_longer_counts_on_each() {
    let site = Site::start().await;
    // The clock stands on a Wednesday at noon.
    let hours = clock::hours;
    site.event("Tonight").starts_in(hours(8)).make().await;
    site.event("Thursday").starts_in(hours(30)).make().await;
    site.event("Saturday").starts_in(hours(72)).make().await;
    site.event("Next Wednesday").starts_in(hours(7 * 24)).make().await;
    let fair = site.event("Fair").starts_in(-hours(20)).make().await;
    lasts(&site, &fair, hours(24 * 6)).await;
    for (query, found) in [
        ("when=today", vec!["Fair", "Tonight"]),
        ("when=tomorrow", vec!["Fair", "Thursday"]),
        ("when=weekend", vec!["Fair", "Saturday"]),
        ("when=week", vec!["Fair", "Tonight", "Thursday", "Saturday"]),
        ("from=2026-11-20&to=2026-11-21", vec!["Fair", "Saturday"]),
        ("from=2026-11-25", vec!["Next Wednesday"]),
        ("to=2026-11-18", vec!["Fair", "Tonight"]),
        ("when=weekend&q=fair", vec!["Fair"]),
        ("when=weekend&q=tonight", vec![]),
    ] {
        assert_eq!(titles(&site, &format!("/?{query}")).await, found, "{query}");
    }
}

async fn lasts(site: &Site, event: &Event, long: SignedDuration) {
    let mut tx = site.app.db.write().await.unwrap();
    let event = events::store::by_id(&mut tx, event.id).await.unwrap().unwrap();
    let ends_at = event.starts_at + long;
    let ends_civil = events::times::text(ends_at.in_zone(&event.time_zone()).datetime());
    let id = event.id;
    assert!(events::store::update(&mut tx, &Event { ends_at, ends_civil, ..event }).await.unwrap());
    finding::index::write(&mut tx, id, site.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn nothing_is_found_that_not_everyone_may_know() {
    let site = Site::start().await;
    let secret = |event: &mut Event| {
        (event.reveal, event.place_name, event.place_address) =
            (Reveal::Holders, "Quincaillerie".into(), "Quaderweg 7".into());
    };
    site.event("Known").with(secret).make().await;
    site.event("Quiet").with(|event| event.visibility = Visibility::Unlisted).make().await;
    site.event("Quarrel").draft().make().await;
    site.event("Quashed").with(|event| event.status = events::Status::Cancelled).make().await;
    for mut who in [site.browser(), site.member("ada").await, site.member("host").await] {
        who.visit("/?q=qu").await.is(200).sees("Nothing found for “qu”");
        who.visit("/api/v1/events?q=qu").await.is(200);
        assert_eq!(who.json()["data"]["items"], serde_json::json!([]));
    }
    assert_eq!(titles(&site, "/?town=basel").await, ["Known"]);
}

#[tokio::test]
async fn every_change_of_an_event_is_found_at_once() {
    let site = Site::start().await;
    let mut host = site.member("host").await;
    host.visit("/events/new").await.fill("title", "Quiz night").fill("description", "Ten rounds.");
    host.fill("starts", "2026-12-10T19:30").fill("ends", "2026-12-10T22:30").fill("place_name", "Town hall");
    host.fill("type-0-name", "Seat").press("Save draft").await;
    assert!(titles(&site, "/?q=quiz").await.is_empty(), "a draft");
    host.visit("/events/quiz-night/manage").await.press("Publish").await;
    assert_eq!(titles(&site, "/?q=quiz").await, ["Quiz night"]);
    host.visit("/events/quiz-night/edit").await.fill("title", "Trivia").press("Save changes").await;
    assert!(titles(&site, "/?q=quiz").await.is_empty(), "the old title");
    assert_eq!(titles(&site, "/?q=trivia+rounds").await, ["Trivia"]);
    host.visit("/settings").await.fill("name", "Grace Hopper").press("Save").await;
    site.work().await;
    assert_eq!(titles(&site, "/?q=hopper").await, ["Trivia"]);
    host.visit("/events/quiz-night/cancellation").await.fill("reason", "Ill").press("Cancel the event").await;
    assert!(titles(&site, "/?q=trivia").await.is_empty(), "cancelled");
}

#[tokio::test]
async fn what_is_over_leaves_the_list_and_stays_in_the_month() {
    let site = Site::start().await;
    site.event("Concert").starts_in(clock::hours(2)).make().await;
    assert_eq!(titles(&site, "/?q=concert").await, ["Concert"]);
    site.app.clock.advance(clock::hours(6));
    assert!(titles(&site, "/?q=concert").await.is_empty(), "before the sweep");
    site.later(clock::hours(1)).await;
    assert!(titles(&site, "/").await.is_empty() && titles(&site, "/?q=concert").await.is_empty());
    assert_eq!(titles(&site, "/calendar").await, ["Concert"]);
}

#[tokio::test]
async fn pages_of_what_was_found_have_no_gap_and_no_repeat() {
    let site = Site::start().await;
    for n in 0..40 {
        let about = |event: &mut Event| event.description = "jazz".into();
        site.event(&format!("Jazz {n}")).make().await;
        site.event(&format!("Evening {n}")).with(about).make().await;
    }
    for address in
        ["/?q=jazz", "/?q=jazz&sort=date", "/?category=other", "/?when=month&category=other", "/?from=2026-11-20"]
    {
        let mut seen = Vec::new();
        let mut next = Some(address.to_owned());
        while let Some(address) = next {
            let mut browser = site.browser();
            browser.visit(&address).await.is(200);
            seen.extend(all(&browser, ".entry h3"));
            next = crate::bill::attributes(&browser, ".pager a[rel=next]", "href").pop();
            assert!(seen.len() <= 80, "the pages never end");
        }
        if address == "/?q=jazz" {
            assert!(seen[..40].iter().all(|title| title.starts_with("Jazz")), "{seen:?}");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 80, "{address}");
    }
}

#[tokio::test]
async fn an_empty_page_leads_on() {
    let site = Site::start().await;
    site.event("Jazz brunch").with(category(Category::Music)).make().await;
    let mut visitor = site.browser();
    visitor.visit("/?q=jazz+opera&category=sport").await.sees("Nothing found for “jazz opera”");
    visitor.follow("Everything with “jazz”").await.sees("Jazz brunch");
    visitor.visit("/?category=music&when=today").await.sees("No event matches");
    visitor.follow("On any day").await.sees("Jazz brunch");
    visitor.visit("/?q=zzz").await.sees("Try another word");
    visitor.follow("Show everything").await.sees("Jazz brunch");
}

#[tokio::test]
async fn the_form_works_without_javascript_and_its_address_can_be_shared() {
    let site = Site::start().await;
    site.event("Jazz brunch").with(category(Category::Music)).make().await;
    site.event("Run").make().await;
    let mut visitor = site.browser();
    visitor.visit("/").await.fill("q", "JAZZ").fill("category", "music").press("Show").await;
    visitor.sees("Jazz brunch").misses("Run");
    assert!(visitor.html().contains("value=\"JAZZ\""));
    visitor.follow("Month").await.is(200);
}

#[tokio::test]
async fn programs_ask_for_the_same() {
    let site = Site::start().await;
    site.event("Late Jazz").make().await;
    site.event("Evening").with(|event| event.description = "jazz".into()).make().await;
    let mut program = site.browser();
    program.visit("/api/v1/events?q=jazz&limit=1").await.is(200);
    let first: serde_json::Value = program.json();
    assert_eq!(first["data"]["items"][0]["title"], "Late Jazz");
    let cursor = first["data"]["next_cursor"].as_str().expect("a second page").to_owned();
    program.visit(&format!("/api/v1/events?q=jazz&limit=1&cursor={cursor}")).await.is(200);
    let second: serde_json::Value = program.json();
    assert_eq!(second["data"]["items"][0]["title"], "Evening");
    assert_eq!(second["data"]["next_cursor"], serde_json::Value::Null);
    for wrong in ["category=x", "when=x", "from=2026-02-30", "free=x", "sort=x", "language=%27", "language=xx"] {
        program.visit(&format!("/api/v1/events?{wrong}")).await.is(422);
    }
}

#[tokio::test]
async fn a_month_shows_its_days_and_leads_to_others() {
    let site = Site::start().await;
    for n in 0..5 {
        site.event(&format!("Event {n}")).starts_in(clock::days(2)).make().await;
    }
    site.event("Advent").starts_in(clock::days(20)).with(category(Category::Music)).make().await;
    let mut visitor = site.browser();
    visitor.visit("/calendar").await.is(200).sees("November 2026").sees("More on this day");
    assert_eq!(all(&visitor, ".entry h3").len(), 3);
    visitor.follow("More on this day").await.is(200);
    assert_eq!(all(&visitor, ".entry h3").len(), 5);
    visitor.visit("/calendar").await.follow("December 2026").await.sees("Advent");
    assert!(titles(&site, "/calendar?month=2026-12&category=sport").await.is_empty());
    assert_eq!(titles(&site, "/calendar?month=2026-12&category=music").await, ["Advent"]);
    assert_eq!(titles(&site, "/calendar?month=2026-12&q=adv").await, ["Advent"]);
    for odd in ["2026-13", "x", "1969-12", "2200-01", "99999-01", "%00"] {
        visitor.visit(&format!("/calendar?month={odd}")).await.is(200).sees("November 2026");
    }
    for edge in ["1970-01", "2199-12"] {
        visitor.visit(&format!("/calendar?month={edge}")).await.is(200);
    }
}

#[tokio::test]
async fn an_event_stands_on_every_day_of_a_month_on_which_it_is_on() {
    let site = Site::start().await;
    let fair = site.event("Fair").starts_in(clock::days(41)).make().await;
    lasts(&site, &fair, clock::days(12)).await;
    let night = site.event("Night").starts_in(clock::days(60) + clock::hours(8)).make().await;
    lasts(&site, &night, clock::hours(8)).await;
    let mut visitor = site.browser();
    let days = |month: &str, days: &[i8]| days.iter().map(|day| format!("d{month}-{day:02}")).collect::<Vec<_>>();
    for (query, month, on) in [
        ("", "2026-12", vec![29, 30, 31]),
        ("", "2027-01", vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17]),
        ("&q=fair", "2027-01", vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("&room=1", "2027-01", vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17]),
        ("", "2027-02", vec![]),
    ] {
        visitor.visit(&format!("/calendar?month={month}{query}")).await.is(200);
        assert_eq!(crate::bill::attributes(&visitor, ".timeline .day", "id"), days(month, &on), "{month}{query}");
        assert_eq!(visitor.text().contains("Nothing is on in this month."), on.is_empty(), "{month}{query}");
    }
    visitor.visit("/calendar?month=2027-01").await.is(200);
    assert_eq!(all(&visitor, "#d2027-01-10 .entry-time"), ["Tue 29 Dec 2026, 12:00"]);
    assert_eq!(titles(&site, "/?from=2027-01-10&to=2027-01-10").await, ["Fair"], "as in the list");
    // An evening ends late; what goes on in the morning is on then, too.
    lasts(&site, &night, clock::hours(12)).await;
    visitor.visit("/calendar?month=2027-01").await.is(200);
    assert_eq!(all(&visitor, "#d2027-01-18 .entry-time"), ["Sun 17 Jan 2027, 20:00"]);
    for n in 0..3 {
        site.event(&format!("Event {n}")).starts_in(clock::days(48)).make().await;
    }
    visitor.visit("/calendar?month=2027-01&category=other").await.is(200);
    assert_eq!(all(&visitor, "#d2027-01-05 .entry h3"), ["Event 0", "Event 1", "Event 2"]);
    visitor.follow("More on this day").await.is(200);
    assert_eq!(all(&visitor, ".entry h3").len(), 4);
}

#[tokio::test]
async fn a_month_says_hours_by_the_clocks_that_part_its_days() {
    let site = Site::start().await;
    let far = |event: &mut Event| event.zone = "America/New_York".into();
    // A Sunday at 19:00 there, when it is Monday at the site.
    site.event("Far").starts_in(clock::days(32) + clock::hours(13)).with(far).make().await;
    let mut visitor = site.browser();
    visitor.visit("/calendar?month=2026-12").await.is(200);
    assert_eq!(crate::bill::attributes(&visitor, ".timeline .day", "id"), ["d2026-12-21"]);
    assert_eq!(all(&visitor, ".entry-time"), ["01:00"]);
    assert_eq!(crate::bill::attributes(&visitor, ".entry-time time", "datetime"), ["2026-12-21T01:00"]);
    visitor.visit("/").await.is(200);
    assert_eq!(all(&visitor, ".entry-time"), ["19:00"], "the list has the days of the place");
    assert_eq!(crate::bill::attributes(&visitor, ".entry-time time", "datetime"), ["2026-12-20T19:00"]);
}

#[tokio::test]
async fn events_that_were_there_before_the_index_are_filled_in() {
    let site = Site::start().await;
    for n in 0..3 {
        site.event(&format!("Old {n}")).make().await;
    }
    let mut tx = site.app.db.write().await.unwrap();
    marquee::db::sql("DELETE FROM finding").execute(&mut tx).await.unwrap();
    marquee::jobs::enqueue(&mut tx, marquee::jobs::Job::FillFinding { after: None }, site.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(titles(&site, "/?q=old").await.is_empty());
    site.work().await;
    assert_eq!(titles(&site, "/?q=old").await.len(), 3);
}

/// How each engine finds its way: along an index, without sorting all that is on.
#[tokio::test]
async fn lists_are_read_along_an_index() {
    let site = Site::start().await;
    site.event("Jazz").make().await;
    let plans: Vec<String> = match &site.app.db {
        marquee::db::Db::Sqlite { readers, .. } => {
            let mut plans = Vec::new();
            for text in [
                "EXPLAIN QUERY PLAN SELECT e.* FROM finding f CROSS JOIN events e
                 WHERE e.id = f.event_id AND f.ahead AND f.position > 1 AND f.position < 9 AND f.ends_at > 0
                   AND e.status = 'published' AND e.visibility = 'public' ORDER BY f.position LIMIT 31",
                "EXPLAIN QUERY PLAN SELECT e.* FROM finding_words CROSS JOIN finding f ON f.position = finding_words.rowid
                 CROSS JOIN events e ON e.id = f.event_id WHERE finding_words MATCH '\"tjazz\"' AND finding_words.rowid > 1
                 AND finding_words.rowid < 9 AND f.ends_at > 0 ORDER BY finding_words.rowid LIMIT 31",
            ] {
                let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(text).fetch_all(readers).await.unwrap();
                plans.extend(rows.into_iter().map(|(.., detail)| detail));
            }
            plans
        }
        marquee::db::Db::Postgres(pool, _) => {
            let mut conn = pool.acquire().await.unwrap();
            // An empty table is always read whole: whether it can go along the index is what is asked.
            sqlx::query("SET enable_seqscan = off").execute(&mut *conn).await.unwrap();
            let rows: Vec<(String,)> = sqlx::query_as(
                "EXPLAIN SELECT e.* FROM finding f JOIN events e ON e.id = f.event_id
                 WHERE f.ahead AND f.position > 1 AND f.position < 9 AND f.ends_at > 0 ORDER BY f.position LIMIT 31",
            )
            .fetch_all(&mut *conn)
            .await
            .unwrap();
            rows.into_iter().map(|(line,)| line).collect()
        }
    };
    let plan = plans.join("\n");
    assert!(plan.contains("finding_ahead"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    assert!(!plan.contains("SCAN e") && !plan.contains("SCAN f\n"), "{plan}");
}

/// At these coordinates.
fn at(latitude: f64, longitude: f64) -> impl FnOnce(&mut Event) {
    move |event| (event.latitude, event.longitude) = (Some(latitude), Some(longitude))
}

#[tokio::test]
async fn near_is_a_circle_around_coordinates_or_a_town_and_knows_no_more_than_everyone() {
    let site = Site::start().await;
    site.event("Basel").with(at(47.5581, 7.5878)).make().await;
    site.event("Liestal").starts_in(clock::days(8)).with(at(47.4846, 7.7347)).make().await;
    let zurich = |event: &mut Event| {
        (event.place_town, event.latitude, event.longitude) = ("Zürich".into(), Some(47.3769), Some(8.5417));
    };
    site.event("Zurich").starts_in(clock::days(9)).with(zurich).make().await;
    let nowhere = |event: &mut Event| (event.latitude, event.longitude) = (None, None);
    site.event("Nowhere").starts_in(clock::days(10)).with(nowhere).make().await;
    let hidden = |event: &mut Event| {
        (event.latitude, event.longitude, event.reveal) = (Some(47.5612), Some(7.5931), Reveal::Holders);
    };
    site.event("Hidden").starts_in(clock::days(11)).with(hidden).make().await;
    for (query, found) in [
        ("near=47.558,7.588&radius=5", vec!["Basel", "Hidden"]),
        ("near=47.558,7.588&radius=20", vec!["Basel", "Liestal", "Hidden"]),
        ("near=47.558,7.588&radius=100", vec!["Basel", "Liestal", "Zurich", "Hidden"]),
        ("near=https%3A%2F%2Fwww.openstreetmap.org%2F%3Fmlat%3D47.37%26mlon%3D8.54&radius=2", vec!["Zurich"]),
        ("near=zurich&radius=10", vec!["Zurich"]),
        ("near=Zuerich&radius=10", vec!["Zurich"]),
        ("near=Z%C3%BCrich&radius=100&q=liest", vec!["Liestal"]),
        ("near=Atlantis", vec![]),
        ("near=-60,120", vec![]),
        ("near=47.558,7.588&radius=nonsense", vec!["Basel", "Hidden"]),
        ("radius=5", vec!["Basel", "Liestal", "Zurich", "Nowhere", "Hidden"]),
    ] {
        assert_eq!(titles(&site, &format!("/?{query}")).await, found, "{query}");
    }
    // Asked closer and closer, it is as far away as its rounded point: 1 km around the true one does not say more.
    let secret = find(&site, "hidden").await;
    let rounded = events::place::visible_place(&secret, events::place::Viewer::Public, site.now());
    let (latitude, longitude) = rounded.point.unwrap();
    assert!((latitude - 47.5612).abs() > 0.0005 || (longitude - 7.5931).abs() > 0.0005);
    let exact = finding::near::Near::Point { latitude, longitude, km: 1 };
    let circle = finding::near::circle(&site.app, &exact).await.unwrap().unwrap();
    assert!(circle.holds(&secret, site.now()));
    let month = site.now().in_zone(&jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string();
    let mut lost = site.browser();
    lost.visit("/?near=Atlantis").await.sees("Nothing is known to be in Atlantis").misses("Try another word");
    lost.visit("/?from=2031-02-01&to=2031-01-01").await.is(200).sees("The last day is before the first one.");
    lost.visit("/?from=bogus").await.is(200).sees("Enter a day like 2026-12-31.").sees("Basel");
    lost.visit("/?near=zurich&q=nothing").await.misses("Nothing is known to be in");
    site.browser().visit(&format!("/calendar?month={month}&near=Atlantis")).await.is(200).misses("Basel");
}

async fn find(site: &Site, slug: &str) -> Event {
    events::store::by_slug(&site.app.db, slug).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_new_comes_first_page_by_page_and_with_filters() {
    let site = Site::start().await;
    for n in 0..40 {
        let event = site.event(&format!("Event {n:02}")).starts_in(clock::days(60 - n));
        let event = if n % 2 == 0 { event.with(category(Category::Music)) } else { event };
        event.with(|event| event.published_at = Some(event.created_at + clock::minutes(n))).make().await;
    }
    let mut browser = site.browser();
    browser.visit("/?sort=newest").await.is(200);
    let first = all(&browser, ".entry h3");
    assert_eq!((first.len(), first[0].as_str(), first[29].as_str()), (30, "Event 39", "Event 10"));
    browser.follow("More").await.is(200);
    let rest = all(&browser, ".entry h3");
    assert_eq!((rest.len(), rest[0].as_str(), rest[9].as_str()), (10, "Event 09", "Event 00"));
    let music = titles(&site, "/?sort=newest&category=music").await;
    assert_eq!((music.len(), music[0].as_str()), (20, "Event 38"));
    assert_eq!(titles(&site, "/?sort=newest&q=event+07").await, ["Event 07"]);
    for odd in ["/?sort=newest&page=0.1", "/?sort=newest&page=99999999999999999999.1", "/?sort=newest&near=Basel"] {
        browser.visit(odd).await.is(200);
    }
}
