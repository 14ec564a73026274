//! The admin's tables: found, filtered, sorted, turned over and taken away as a file, all by plain addresses.
use std::collections::BTreeSet;

use marquee::api::Scope;
use marquee::credits;
use marquee::db::sql;
use marquee::decide;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::payments::notices::Notice;
use marquee::plans::Tier;
use serde_json::json;

use crate::browser::Browser;
use crate::plans;
use crate::site::Site;

/// (page, its file, states, heads that sort, a second filter).
type Wishes = (&'static str, &'static str, &'static [&'static str], &'static [&'static str], &'static str);

const TABLES: [Wishes; 10] = [
    (
        "/admin/members",
        "/admin/members.csv",
        &["admin", "suspended", "unverified"],
        &["joined", "name", "email", "seen"],
        "",
    ),
    (
        "/admin/events",
        "/admin/events.csv",
        &["draft", "published", "cancelled", "past", "featured"],
        &["starts", "title", "made"],
        "",
    ),
    (
        "/admin/orders",
        "/admin/orders.csv",
        &["held", "confirmed", "cancelled", "ended", "refunding"],
        &["placed", "total"],
        "quiz-night",
    ),
    (
        "/admin/payments/all",
        "/admin/payments.csv",
        &["open", "paid", "ended", "problem", "returned"],
        &["opened", "amount"],
        "local",
    ),
    (
        "/admin/credits",
        "/admin/credits.csv",
        &["purchase", "grant", "plan", "spend", "debt", "restored"],
        &["at", "credits"],
        "nobody",
    ),
    (
        "/admin/subscriptions",
        "/admin/subscriptions.csv",
        &["incomplete", "active", "past_due", "ended", "ending"],
        &["started", "until"],
        "team",
    ),
    ("/admin/notices", "/admin/notices.csv", &["waiting", "handled", "unknown"], &["received"], "a.kind"),
    ("/admin/mails", "/admin/mails.csv", &["waiting", "sent", "failed", "dropped"], &["queued", "to"], ""),
    ("/admin/jobs", "/admin/jobs.csv", &["waiting", "tried", "failed"], &["runs"], "tidy"),
    ("/admin/reports", "/admin/reports.csv", &["all"], &["made"], "scam"),
];

/// Somebody with a free place.
async fn takes(site: &Site, name: &str, event: &str) {
    let member = site.account(name).await;
    site.program_of(&member, Scope::ALL).await.post(&format!("/api/v1/events/{event}/orders"), json!({})).await.is(201);
}

#[tokio::test]
async fn every_table_answers_to_every_wish() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let event = site.event("Quiz night").make().await;
    takes(&site, "Ada", &event.slug).await;
    for (page, file, states, sorts, kind) in TABLES {
        for state in states.iter().chain([&"", &"nonsense"]) {
            for sort in sorts {
                for (sign, q, after) in [("", "", ""), ("-", "", "0~5"), ("", "a%_!'", "x~y"), ("-", "ada", "")] {
                    let query = format!("q={}&state={state}&sort={sign}{sort}&kind={kind}&after={after}", encoded(q));
                    admin.visit(&format!("{page}?{query}")).await.is(200);
                    admin.visit(&format!("{page}?{query}&before=0~7")).await.is(200);
                }
            }
            admin.visit(&format!("{file}?state={state}&q=a&kind={kind}")).await.is(200);
        }
        admin.visit(&format!("{page}?q=%00&kind=%00&after=%00~%00&before=~&sort=-")).await.is(200);
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Many members, some of which joined at the same instant.
async fn crowd(site: &Site, count: i64) {
    let mut tx = site.app.db.write().await.unwrap();
    for n in 0..count {
        sql("INSERT INTO members (id, name, email, email_key, created_at) VALUES ($1, $2, $3, $3, $4)")
            .bind(Id::<Member>::new())
            .bind(format!("Person {:03}", (n * 7) % count))
            .bind(format!("person{n}@example.org"))
            .bind(n / 3)
            .execute(&mut tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

fn names(browser: &Browser) -> Vec<String> {
    let heads = scraper::Selector::parse("tbody th[scope=row]").unwrap();
    browser.page().select(&heads).map(|head| head.text().collect::<String>()).collect()
}

#[tokio::test]
async fn pages_of_any_order_hold_every_row_once_and_lead_back() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    crowd(&site, 120).await;
    for sort in ["", "joined", "name", "-name", "-email", "seen"] {
        admin.visit(&format!("/admin/members?sort={sort}")).await;
        let first = names(&admin);
        assert!(!admin.text().contains("Previous"));
        let second = names(admin.follow("Next").await);
        let third = names(admin.follow("Next").await);
        assert!(!admin.text().contains("Next"));
        let all: Vec<_> = [&first, &second, &third].into_iter().flatten().cloned().collect();
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (121, 121), "{sort}");
        assert_eq!(names(admin.follow("Previous").await), second, "{sort}");
        assert_eq!(names(admin.follow("Previous").await), first, "{sort}");
        if sort == "name" {
            assert!(all.is_sorted(), "{all:?}");
        }
    }
}

#[tokio::test]
async fn a_head_sorts_and_says_so_and_the_search_stays() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    for name in ["Cy", "Ada", "Bob"] {
        site.account(name).await;
    }
    admin.visit("/admin/members?q=example").await.follow("Name").await;
    assert_eq!(names(&admin), ["Ada", "Bob", "Cy", "Root"]);
    assert!(admin.html().contains("aria-sort=\"ascending\"><a"), "{}", admin.html());
    admin.field_is("q", "example").field_is("sort", "name");
    assert_eq!(names(admin.follow("Name").await), ["Root", "Cy", "Bob", "Ada"]);
    admin.fill("q", "bob").press("Show").await.field_is("sort", "-name");
    assert_eq!(names(&admin), ["Bob"]);
}

#[tokio::test]
async fn members_are_found_by_the_beginning_of_either_name_however_many_there_are() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let ada = site.account("Ada Lovelace").await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE members SET created_at = 0 WHERE id = $1").bind(ada.id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for q in ["ada", "LOVE", "lovelace", "ada%20l"] {
        assert_eq!(names(admin.visit(&format!("/admin/members?q={q}")).await), ["Ada Lovelace"], "{q}");
    }
    admin.visit("/admin/members?q=a%25e").await.sees("Nothing here.");
}

#[tokio::test]
async fn members_are_found_however_their_names_are_accented() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.account("Özge Ångström").await;
    for q in ["ozge", "ANGSTROM", "%C3%B6zge"] {
        assert_eq!(names(admin.visit(&format!("/admin/members?q={q}")).await), ["Özge Ångström"], "{q}");
    }
}

#[tokio::test]
async fn beginnings_are_found_however_they_are_accented_and_however_many_came_later() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    site.account("Özge Ångström").await;
    let event = site.event("Été à l’île").make().await;
    takes(&site, "Łukasz", &event.slug).await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE members SET created_at = -1").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    // As many as are searched within words, all of them newer.
    crowd(&site, 10_001).await;
    for q in ["ozge", "OZGE%20A", "%C3%96ZG", "angs"] {
        assert_eq!(names(admin.visit(&format!("/admin/members?q={q}")).await), ["Özge Ångström"], "{q}");
    }
    assert!(names(admin.visit("/admin/members?q=zge").await).is_empty(), "that is within a word");
    for q in ["ete", "A%20L%E2%80%99ILE"] {
        assert_eq!(names(admin.visit(&format!("/admin/events?q={q}")).await), ["Été à l’île"], "{q}");
    }
    admin.visit("/admin/orders?q=lukasz").await.sees("Łukasz");
    admin.visit("/admin/events?q=%CC%88").await.is(200);
}

#[tokio::test]
async fn orders_are_found_by_number_buyer_and_event() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let (quiz, ball) = (site.event("Quiz night").make().await, site.event("Ball").make().await);
    takes(&site, "Ada", &quiz.slug).await;
    takes(&site, "Bob", &ball.slug).await;
    let number = {
        admin.visit("/admin/orders?q=ada@").await.sees("Quiz night").sees("Confirmed").misses("Bob");
        names(&admin).remove(0)
    };
    admin.visit(&format!("/admin/orders?q={}", number.to_lowercase())).await.sees("Ada").misses("Bob");
    admin.visit("/admin/orders").await.follow("Ball").await.sees("Bob").misses("Ada").sees("All events");
    admin.follow(&names(&admin).remove(0)).await.is(200).sees("bob@example.org");
    admin.visit("/admin/orders?state=cancelled").await.sees("Nothing here.");
    admin.visit("/admin/events").await.follow("1 Orders of Quiz night").await.sees("Ada").misses("Bob");
}

#[tokio::test]
async fn a_file_has_all_rows_of_its_search_and_no_formula() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    crowd(&site, 2_100).await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE members SET name = '=1+1' WHERE email_key = 'person7@example.org'").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let all = admin.visit("/admin/members.csv").await.is(200).html();
    let emails: BTreeSet<&str> = all.lines().skip(1).filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!(emails.len(), 2_101);
    assert!(all.starts_with("\u{feff}Id,Name,") && all.contains(",'=1+1,") && all.matches('\u{feff}').count() == 1);
    admin.visit("/admin/members?q=person12&sort=name").await.follow("CSV").await;
    let rows = admin.html().lines().count();
    assert_eq!(rows, 1 + 1 + 10 + 100, "12, 120 to 129, 1200 to 1299");
}

#[tokio::test]
async fn the_heads_of_files_are_in_the_language_of_their_reader() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    for (_, file, ..) in TABLES {
        let english = admin.visit(file).await.is(200).html().lines().next().unwrap_or_default().to_owned();
        let german = admin.visit(&format!("{file}?lang=de")).await.is(200).html();
        let german = german.lines().next().unwrap_or_default();
        assert_ne!(german, english, "{file}");
        assert_eq!(german.split(',').count(), english.split(',').count(), "{file}");
    }
    admin.visit("/admin/mails.csv?lang=de").await.sees(",Letzter Fehler,");
}

#[tokio::test]
async fn credits_and_subscriptions_are_found_filtered_sorted_and_taken_along() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    plans::set_up(&site).await;
    plans::pays(&site, "Ada", Tier::Team).await;
    let bob = site.account("Bob Lovelace").await;
    admin.visit(&format!("/admin/members/{}/credits", bob.id)).await.fill("credits", "300").fill("reason", "Helped");
    admin.press("Give credits").await.is(200);
    assert_eq!(names(admin.visit("/admin/credits?sort=-credits").await), ["Bob Lovelace", "Ada"]);
    assert_eq!(names(admin.visit("/admin/credits?sort=credits").await), ["Ada", "Bob Lovelace"]);
    for (wish, found) in
        [("state=plan", "Ada"), ("q=love", "Bob Lovelace"), ("q=ada@", "Ada"), ("q=velac", "Bob Lovelace")]
    {
        assert_eq!(names(admin.visit(&format!("/admin/credits?{wish}")).await), [found], "{wish}");
    }
    admin.visit("/admin/credits?state=debt").await.sees("Nothing here.");
    admin.visit("/admin/credits.csv?q=love").await.is(200).sees(",Bob Lovelace,grant,300,300,").misses("Ada");
    for wish in ["kind=team", "q=ada", "state=active&sort=until", "kind=team&state=active&q=ada&sort=started"] {
        assert_eq!(names(admin.visit(&format!("/admin/subscriptions?{wish}")).await), ["Ada"], "{wish}");
    }
    for wish in ["kind=individual", "q=bob", "state=ended", "state=ending"] {
        admin.visit(&format!("/admin/subscriptions?{wish}")).await.sees("Nothing here.");
    }
    admin.visit("/admin/subscriptions").await.misses("Active");
    assert_eq!(admin.all("tbody .tag"), ["Is running"], "the row, its figure and the filter have one word");
    assert_eq!(names(admin.follow("Is running").await), ["Ada"]);
    admin.visit("/admin/subscriptions").await.follow("CSV").await.sees(",ada@example.org,team,active,29.00,CHF,");
}

#[tokio::test]
async fn the_lines_of_one_member_stand_on_several_pages_each_once() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let (ada, now) = (site.account("Ada").await, site.now());
    for _ in 0..60 {
        decide!(site.app.db, tx, credits::grant(tx, ada.id, 1, "A test", Actor::Operator, now).await).unwrap();
    }
    assert_eq!(names(admin.visit("/admin/credits").await).len(), 50);
    assert_eq!(names(admin.follow("Next").await).len(), 10, "all of them came at the same instant");
    assert_eq!(names(admin.follow("Previous").await).len(), 50);
}

#[tokio::test]
async fn a_notice_is_handled_again_for_a_reason() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let id = Id::<Notice>::new();
    let mut tx = site.app.db.write().await.unwrap();
    sql(
        "INSERT INTO notices (id, provider, event, kind, reference, payment, payload, received_at, handled_at, outcome)
         VALUES ($1, 'local', 'evt_1', 'refund.failed', 'cs_1', '', '{\"id\":\"evt_1\"}', 1, 2, 'a server was down')",
    )
    .bind(id)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    admin.visit("/admin/notices?kind=refund.failed&q=evt_1").await.follow("refund.failed").await;
    admin.sees("a server was down").sees("\"id\": \"evt_1\"");
    admin.press("Handle it again").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    admin.fill("reason", "It is up again").press("Handle it again").await.sees("handled once more");
    site.work().await;
    admin.visit("/admin/notices?state=unknown").await.sees("About nothing of ours").sees("refund.failed");
    admin.visit("/admin/journal?kind=notice_handled_again").await.sees("It is up again");
}

fn report(n: i64) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

#[tokio::test]
async fn reports_are_turned_over_by_where_a_page_ended_so_that_none_is_missed() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    let event = site.event("Gold").make().await;
    let mut tx = site.app.db.write().await.unwrap();
    for n in 0..120_i64 {
        let settled = (n % 2 == 1).then_some(n);
        sql("INSERT INTO reports (id, event_id, ground, text, email, created_at, settled_at)
             VALUES ($1, $2, 'scam', '', '', $3, $4)")
        .bind(report(n))
        .bind(event.id)
        .bind(n / 3)
        .bind(settled)
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let shown = |browser: &Browser| crate::bill::attributes(browser, "tbody a", "href");
    let mut open = shown(admin.visit("/admin/reports").await);
    assert!(!admin.text().contains("Previous"));
    // One of those that were seen is settled meanwhile: the next page begins where this one ended all the same.
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE reports SET settled_at = 1 WHERE id = $1").bind(report(0)).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    open.extend(shown(admin.follow("Next").await));
    assert_eq!(open, (0..60).map(|n| format!("/admin/reports/{}", report(2 * n))).collect::<Vec<_>>());
    let mut all = shown(admin.visit("/admin/reports?state=all").await);
    all.extend(shown(admin.follow("Next").await));
    all.extend(shown(admin.follow("Next").await));
    assert!(!admin.text().contains("Next"));
    assert_eq!(all, (0..120).rev().map(|n| format!("/admin/reports/{}", report(n))).collect::<Vec<_>>());
    admin.visit("/admin/reports?state=nonsense&after=~&before=x").await.is(200);
}

#[tokio::test]
async fn reports_are_found_by_event_words_address_and_ground_and_taken_away_as_a_file() {
    let site = Site::start().await;
    let mut admin = site.admin("Root").await;
    for (title, ground, text, email) in [
        ("Gold rush", "scam", "They ask for cash", "zoe@example.org"),
        ("Quilting bee", "wrong", "It begins at nine", ""),
    ] {
        let event = site.event(title).make().await;
        let fields = [("ground", ground), ("text", text), ("email", email)];
        site.browser().post(&format!("{}/report", event.path()), &fields).await.is(303);
    }
    for query in ["q=gold", "q=rush", "q=ZOE@", "q=cash", "kind=scam", "state=all&kind=scam&q=gold"] {
        admin.visit(&format!("/admin/reports?{query}")).await.sees("Gold rush").misses("Quilting bee");
    }
    admin.visit("/admin/reports?q=nowhere").await.sees("Nothing here.");
    admin.visit("/admin/members").await.sees("Reports 2");
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE reports SET settled_at = 1 WHERE ground = 'scam'").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    admin.visit("/admin/members").await.sees("Reports 1");
    admin.visit("/admin/reports.csv?kind=wrong").await.is(200);
    let file = admin.html();
    let line = ",Quilting bee,\"Time, place or facts are wrong\",It begins at nine,,";
    assert!(file.contains(line) && !file.contains("Gold rush"), "{file}");
}
