//! What members say about themselves: settings, handles, and the page that everybody sees.
use marquee::clock::days;
use marquee::events::{Role, Visibility};
use marquee::members;
use marquee::routes;
use serde_json::json;

use crate::browser::Browser;
use crate::site::Site;

/// Ada hosts; `events` are made by the builder.
async fn with_handle(site: &Site, name: &str, handle: &str) -> Browser {
    let mut browser = site.member(name).await;
    browser.visit("/settings").await.fill("handle", handle).press("Save").await.is(200).sees("Saved.");
    browser
}

#[tokio::test]
async fn a_handle_makes_a_public_page_with_words_and_hosted_public_events() {
    let site = Site::start().await;
    let mut ada = with_handle(&site, "ada", "@Ada-Lovelace").await;
    ada.field_is("handle", "Ada-Lovelace").sees("Your public page is http://localhost:8080/@Ada-Lovelace.");
    ada.fill("bio", "I write *programs*. <script>alert(1)</script> ![x](https://evil.example/x.png)")
        .press("Save")
        .await;
    site.event("Quiz night").host("ada").make().await;
    site.event("A secret plan").host("ada").draft().make().await;
    site.event("For few").host("ada").with(|e| e.visibility = Visibility::Unlisted).make().await;
    site.event("Of somebody else").host("bob").make().await;
    let mut visitor = site.browser();
    visitor.visit("/@ada-lovelace").await.is(200).sees("ada").sees("@Ada-Lovelace").sees("I write programs.");
    visitor
        .sees("Quiz night")
        .misses("A secret plan")
        .misses("For few")
        .misses("Of somebody else")
        .misses("Edit my profile");
    assert!(visitor.html().contains("<em>programs</em>") && !visitor.html().contains("<script>alert"));
    assert!(!visitor.html().contains("evil.example"));
    assert!(visitor.html().contains(r#"<meta name="description" content="Events by ada">"#), "{}", visitor.html());
    ada.visit("/@ADA-LOVELACE").await.is(200).misses("A secret plan").sees("Edit my profile");
    assert!(ada.html().contains("<link rel=\"canonical\" href=\"http://localhost:8080/@Ada-Lovelace\">"));
    visitor.visit("/@nobody").await.is(404);
    visitor.visit("/@").await.is(404);
    visitor.visit("/@ada/lovelace").await.is(404);
}

#[tokio::test]
async fn the_host_of_an_event_leads_to_their_page_or_to_what_they_host() {
    let site = Site::start().await;
    let event = site.event("Quiz night").host("ada").make().await;
    let mut visitor = site.browser();
    visitor.visit(&event.path()).await.follow("Hosted by ada").await.is(200).sees("Events by ada");
    with_handle(&site, "ada", "ada").await;
    visitor.visit(&event.path()).await.follow("Hosted by ada").await.is(200).at("/@ada").sees("Quiz night");
}

#[tokio::test]
async fn what_is_over_stands_below_the_latest_first_and_page_by_page() {
    let site = Site::start().await;
    let mut visitor = site.browser();
    let door = site.event("At the door of others").make().await;
    for n in 1..=26 {
        site.event(&format!("Evening {n:02}")).host("ada").make().await;
    }
    let ada = site.account_named("ada").await;
    site.gives_role(&door, ada.id, Role::Door).await;
    site.later(days(8)).await;
    with_handle(&site, "ada", "ada").await;
    site.event("Next week").host("ada").make().await;
    visitor.visit("/@ada").await.is(200).sees("Coming up").sees("Next week").sees("Past events").sees("Evening 26");
    visitor.misses("Evening 01").misses("At the door of others");
    visitor.follow("Earlier").await.is(200);
    visitor.sees("Evening 01").sees("Evening 02").misses("Evening 03").misses("Next week");
    visitor.visit("/@ada?before=x").await.is(200);
    visitor.visit("/@ada?before=99999999999999999999.y").await.is(200);
}

#[tokio::test]
async fn one_handle_is_one_member_s_in_any_case_and_free_when_given_up() {
    let site = Site::start().await;
    with_handle(&site, "ada", "ada").await;
    let mut bob = site.member("bob").await;
    for (handle, why) in [
        ("ADA", "Somebody else has this handle. Choose another one."),
        ("Admin", "This handle is kept for the site. Choose another one."),
        ("marquee", "This handle is kept for the site. Choose another one."),
        (
            "b",
            "A handle has 3 to 30 letters from a to z, digits, hyphens and underscores, and begins with a letter or a digit, like ada-lovelace.",
        ),
        (
            "../ada",
            "A handle has 3 to 30 letters from a to z, digits, hyphens and underscores, and begins with a letter or a digit, like ada-lovelace.",
        ),
        (
            "аda",
            "A handle has 3 to 30 letters from a to z, digits, hyphens and underscores, and begins with a letter or a digit, like ada-lovelace.",
        ),
    ] {
        bob.visit("/settings").await.fill("name", "Bob").fill("handle", handle).press("Save").await.is(422);
        assert_eq!(bob.error_at("handle"), why, "{handle}");
        bob.field_is("handle", handle).field_is("name", "Bob");
    }
    assert_eq!(site.account_named("bob").await.name, "bob", "nothing else of it is kept");
    // Two tabs: the last one counts, and the one before is free.
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.fill("handle", "countess").press("Save").await.is(200);
    bob.visit("/settings").await.fill("handle", "Ada").press("Save").await.is(200);
    ada.visit("/settings").await.fill("handle", "").press("Save").await.is(200);
    let mut visitor = site.browser();
    visitor.visit("/@ada").await.sees("bob");
    visitor.visit("/@countess").await.is(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_one_handle_at_once_one_gets_it() {
    let site = Site::start().await;
    let mut all = Vec::new();
    for n in 0..12 {
        let mut browser = site.member(&format!("m{n}")).await;
        all.push(tokio::spawn(async move {
            browser.post("/settings", &[("name", "M"), ("handle", "wanted")]).await;
            browser.status
        }));
    }
    let mut saved = 0;
    for one in all {
        match one.await.unwrap() {
            303 => saved += 1,
            status => assert_eq!(status, 422),
        }
    }
    assert_eq!(saved, 1);
}

#[tokio::test]
async fn saved_twice_is_one_fact_and_changes_are_thirty_an_hour() {
    let site = Site::start().await;
    let mut ada = with_handle(&site, "ada", "ada").await;
    ada.press("Save").await.is(200);
    let mut tx = site.app.db.read().await.unwrap();
    let facts = marquee::journal::before(&mut tx, i64::MAX, "", "profile_changed", 50).await.unwrap();
    drop(tx);
    assert_eq!(facts.len(), 1);
    for _ in 0..28 {
        ada.post("/settings", &[("name", "")]).await.is(422);
    }
    let mut other = Browser::new(routes::router(site.second().await));
    other.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", crate::site::PASSWORD);
    other.press("Sign in").await.is(200);
    other.post("/settings", &[("name", "Ada")]).await.is(429);
}

#[tokio::test]
async fn language_and_theme_act_on_every_signed_in_page() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings").await.fill("language", "de").fill("theme", "dark").press("Save").await.is(200);
    for path in ["/", "/settings", "/tickets", "/hosting", "/events/new", "/settings/password"] {
        let html = ada.visit(path).await.html();
        assert!(html.contains("<html lang=\"de\"") && html.contains("data-theme=\"dark\""), "{path}");
    }
    let mut visitor = site.browser();
    assert!(!visitor.visit("/").await.html().contains("data-theme"));
}

#[tokio::test]
async fn who_is_suspended_has_no_public_page() {
    let site = Site::start().await;
    with_handle(&site, "ada", "ada").await;
    let ada = site.account_named("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    members::store::set_suspended(&mut tx, ada.id, Some(site.now()), Some("a test")).await.unwrap();
    tx.commit().await.unwrap();
    site.browser().visit("/@ada").await.is(404);
    site.program().get("/api/v1/members/ada").await.is(404);
}

// ---------------------------------------------------------------- for programs

#[tokio::test]
async fn a_program_reads_and_changes_the_profile_of_its_member() {
    let site = Site::start().await;
    let ada = site.account("ada").await;
    let program = site.program_of(&ada, &[marquee::api::Scope::Read, marquee::api::Scope::Write]).await;
    let change =
        json!({"first_name": "Ada", "last_name": "Lovelace", "handle": "ada", "bio": "Hello", "theme": "dark"});
    let data = program.patch("/api/v1/me", change).await.is(200).json["data"].clone();
    assert_eq!(
        (&data["name"], &data["handle"], &data["theme"]),
        (&json!("Ada Lovelace"), &json!("ada"), &json!("dark"))
    );
    let data = program.patch("/api/v1/me", json!({"bio": null})).await.is(200).json["data"].clone();
    assert_eq!((&data["bio"], &data["handle"], &data["name"]), (&json!(""), &json!("ada"), &json!("Ada Lovelace")));
    let public = site.program().get("/api/v1/members/ADA").await.is(200);
    assert_eq!(public.data()["url"], "http://localhost:8080/@ada");
    assert!(!public.text.contains("example.org"), "no address is told: {}", public.text);
    let wrong =
        program.patch("/api/v1/me", json!({"name": "", "handle": "a b", "zone": "Mars", "bio": ["x"]})).await.is(422);
    assert!(wrong.data()["bio"].is_string());
    let wrong = program.patch("/api/v1/me", json!({"name": "", "handle": "a b", "zone": "Mars"})).await.is(422);
    assert!(wrong.data()["name"].is_string() && wrong.data()["handle"].is_string() && wrong.data()["zone"].is_string());
}

#[tokio::test]
async fn a_program_without_the_scope_changes_nothing_and_a_taken_handle_is_a_conflict() {
    let site = Site::start().await;
    with_handle(&site, "ada", "ada").await;
    let bob = site.account("bob").await;
    let reader = site.program_of(&bob, &[marquee::api::Scope::Read]).await;
    reader.patch("/api/v1/me", json!({"name": "Eve"})).await.is(403);
    site.program().patch("/api/v1/me", json!({"name": "Eve"})).await.is(401);
    let writer = site.program_of(&bob, &[marquee::api::Scope::Write]).await;
    writer.patch("/api/v1/me", json!({"handle": "ADA", "name": "Eve"})).await.is(409);
    assert_eq!(site.account_named("bob").await.name, "bob");
    for _ in 0..60 {
        reader.get("/api/v1/me").await;
    }
    assert!(reader.get("/api/v1/me").await.is(429).headers.contains_key("retry-after"));
}

#[tokio::test]
async fn events_are_shown_by_one_s_own_clocks_once_a_time_zone_is_chosen_and_no_more_once_it_is_not() {
    let site = Site::start().await;
    let event = site.event("Far away").make().await;
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.misses("in Asia/Tokyo");
    ada.visit("/settings").await.fill("zone", "Asia/Tokyo").press("Save").await.is(200).sees("Saved.");
    ada.field_is("zone", "Asia/Tokyo");
    ada.visit(&event.path()).await.sees("in Asia/Tokyo");
    // What an address asks for comes first; and nobody else is told.
    ada.visit(&format!("{}?zone=America/Lima", event.path())).await.sees("in America/Lima").misses("in Asia/Tokyo");
    site.browser().visit(&event.path()).await.misses("in Asia/Tokyo");
    ada.visit("/settings").await.fill("zone", "").press("Save").await.is(200).field_is("zone", "");
    ada.visit(&event.path()).await.is(200).misses("in Asia/Tokyo");
}
