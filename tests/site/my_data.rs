//! One's own data: the copy to take along, and the end of an account with what stands in its way and what stays.
mod copying;
mod erasing;
mod rekeying;
mod tables;

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;
use marquee::api::Scope;
use marquee::clock::days;
use marquee::db::sql;
use marquee::my_data;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::site::{PASSWORD, Site};

fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a whole ZIP");
    (0..zip.len())
        .map(|n| {
            let mut file = zip.by_index(n).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn rows(files: &[(String, Vec<u8>)], name: &str) -> Vec<Value> {
    let (_, content) = files.iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("no {name}"));
    serde_json::from_slice::<Value>(content).unwrap().as_array().unwrap().clone()
}

/// All that the site keeps, table by table, as a backup has it.
async fn kept(site: &Site) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.tar.gz");
    marquee::backup::backup(&site.app, &file).await.unwrap();
    let mut tar = tar::Archive::new(GzDecoder::new(std::fs::File::open(&file).unwrap()));
    let mut all = String::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        all.push_str(&format!("\n{name}\n{}", String::from_utf8_lossy(&bytes)));
    }
    all
}

async fn goes_to(site: &Site, browser: &mut Browser, event: &marquee::events::Event) {
    browser.visit(&event.path()).await.press("Save my place").await.is(200);
    site.work().await;
}

/// Who signed in just now is still them.
async fn deletes(browser: &mut Browser) {
    browser.visit("/settings/data").await.follow("Delete my account").await.at("/settings/data/deletion");
    browser.press("Delete my account for good").await;
}

#[tokio::test]
async fn the_copy_holds_what_is_kept_of_its_member_and_nothing_of_others() {
    let site = Site::start().await;
    let quiz = site.event("Quiz night").host("bob").make().await;
    site.event("Ada’s evening").host("ada").make().await;
    let mut ada = site.member("ada").await;
    goes_to(&site, &mut ada, &quiz).await;
    let mut bob = site.member("bob").await;
    goes_to(&site, &mut bob, &quiz).await;
    let member = site.account_named("ada").await;
    site.program_of(&member, &[Scope::Read]).await;
    ada.visit("/settings/data").await.follow("Download my data").await.is(200);
    assert_eq!(ada.headers["content-type"], "application/zip");
    assert!(ada.headers["content-disposition"].to_str().unwrap().contains("my-data.zip"));
    let files = unzipped(&ada.bytes);
    let (_, profile) = files.iter().find(|(name, _)| name == "profile.json").unwrap();
    let profile: Value = serde_json::from_slice(profile).unwrap();
    assert_eq!((&profile["email"], &profile["has_password"]), (&json!("ada@example.org"), &json!(true)));
    assert_eq!(rows(&files, "orders.json").len(), 1);
    assert_eq!(rows(&files, "tickets.json")[0]["name"], "ada");
    assert_eq!(rows(&files, "events.json")[0]["title"], "Ada’s evening");
    assert_eq!(rows(&files, "tokens.json").len(), 1);
    assert!(!rows(&files, "sessions.json").is_empty() && !rows(&files, "letters.json").is_empty());
    assert!(rows(&files, "payments.json").is_empty());
    let all: String = files.iter().map(|(_, content)| String::from_utf8_lossy(content).into_owned()).collect();
    assert!(!all.contains("bob@example.org"), "{all}");
    assert!(!all.contains("argon2") && !all.contains("hash"), "no secrets: {all}");
    site.browser().visit("/settings/data/my-data.zip").await.at("/sign-in");
    for _ in 0..10 {
        ada.visit("/settings/data/my-data.zip").await;
    }
    ada.is(429);
}

#[tokio::test]
async fn the_copy_arrives_whole_where_answers_may_be_compressed() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    for accepts in ["gzip", "br", "gzip, deflate, br, zstd"] {
        ada.accepts = Some(accepts);
        ada.visit("/settings/data/my-data.zip").await.is(200);
        assert!(!ada.headers.contains_key("content-encoding"), "a ZIP is compressed already");
        assert!(unzipped(&ada.bytes).iter().any(|(name, _)| name == "profile.json"));
    }
}

#[tokio::test]
async fn a_copy_of_many_rows_is_whole() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    let member = site.account_named("ada").await;
    let mut tx = site.app.db.write().await.unwrap();
    for n in 0..1_203 {
        sql("INSERT INTO mails (id, kind, letter, member_id, to_name, to_email, locale, state, created_at)
             VALUES ($1, 'test', '{}', $2, 'ada', 'ada@example.org', 'en', 'sent', $3)")
        .bind(format!("id-{n:05}"))
        .bind(member.id)
        .bind(site.now())
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    ada.visit("/settings/data/my-data.zip").await.is(200);
    let letters = rows(&unzipped(&ada.bytes), "letters.json");
    assert_eq!(letters.iter().filter(|letter| letter["kind"] == "test").count(), 1_203);
}

#[tokio::test]
async fn deleting_erases_the_person_everywhere_and_the_journal_agrees() {
    let site = Site::start().await;
    let quiz = site.event("Quiz night").host("bob").make().await;
    let full = site.event("Full house").host("bob").capacity(1).make().await;
    let empty = site.event("Nobody comes").host("zora").make().await;
    let draft = site.event("Zora’s secret draft").host("zora").draft().make().await;
    let mut bob = site.member("bob").await;
    goes_to(&site, &mut bob, &full).await;
    let mut zora = site.member("zora").await;
    let zoras = site.account_named("zora").await;
    zora.visit("/settings").await.fill("name", "Zora Neale").fill("handle", "zora-n").fill("bio", "I dig things up.");
    zora.press("Save").await.is(200);
    goes_to(&site, &mut zora, &quiz).await;
    zora.visit(&full.path()).await.press("Join the waiting list").await.is(200);
    zora.post(&format!("{}/report", quiz.path()), &[("ground", "wrong"), ("text", "It begins at eight.")]).await;
    site.work().await;
    assert!(kept(&site).await.contains("zora@example.org"));
    deletes(&mut zora).await;
    zora.is(200).at("/account-deleted").sees("Your account is deleted");
    assert!(zora.cookie("marquee").is_none(), "the cookie is gone");
    assert!(site.mail_to("zora@example.org").await.text.contains("is deleted"));
    site.later(days(3)).await;
    let all = kept(&site).await;
    for trace in ["zora@example.org", "Zora Neale", "zora-n", "I dig things up", "Zora’s secret"] {
        let at = all.find(trace).map(|at| all[at.saturating_sub(200)..].chars().take(400).collect::<String>());
        assert_eq!(at, None, "{trace}");
    }
    assert!(all.contains(&zoras.id.to_string()), "the id stays, and is never given again");
    assert!(site.reload(&empty).await.is_cancelled() && site.reload(&draft).await.title == "–");
    assert_eq!(site.reload(&quiz).await.taken, 0, "the free place is given back");
    site.browser().visit("/@zora-n").await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn nothing_that_opened_the_account_opens_anything_any_more() {
    let site = Site::start().await;
    let member = site.account("ada").await;
    let token = site.program_of(&member, &[Scope::Read, Scope::Write]).await;
    let jwt = crate::api_signin::token(&site, "ada@example.org").await;
    let (mut ada, mut other) = (site.member("ada").await, site.member("ada").await);
    ada.visit("/settings/calendar").await.press("Make the address").await.is(200);
    deletes(&mut ada).await;
    ada.at("/account-deleted");
    token.get("/api/v1/me").await.is(401);
    site.program().bearer(&jwt).get("/api/v1/me").await.is(401);
    other.visit("/settings").await.at("/sign-in");
    ada.visit("/settings").await.at("/sign-in");
    other.visit("/sign-in").await.fill("email", "ada@example.org").fill("password", PASSWORD).press("Sign in").await;
    other.is(422);
    // Who comes next with this address is somebody else.
    let next = site.account("ada").await;
    assert_ne!(next.id, member.id);
    token.get("/api/v1/me").await.is(401);
    site.program().bearer(&jwt).get("/api/v1/me").await.is(401);
    site.member("ada").await.visit("/tickets").await.is(200);
    site.verifies().await;
}

#[tokio::test]
async fn who_hosts_events_to_which_people_come_cancels_them_first() {
    let site = Site::start().await;
    let event = site.event("Quiz night").host("ada").make().await;
    let mut bob = site.member("bob").await;
    goes_to(&site, &mut bob, &event).await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/data/deletion").await;
    ada.at("/settings/data/deletion").sees("People come to events of yours.").sees("Cancel “Quiz night”");
    assert!(!ada.has_button("Delete my account for good"));
    ada.post("/settings/data/deletion", &[]).await.is(422).sees("People come to events of yours.");
    assert!(site.account_named("ada").await.erased_at.is_none());
    ada.visit("/settings/data/deletion")
        .await
        .follow("Cancel “Quiz night”")
        .await
        .press("Cancel the event")
        .await
        .is(200);
    ada.visit("/settings/data/deletion").await.press("Delete my account for good").await.at("/account-deleted");
    site.work().await;
    site.verifies().await;
}

#[tokio::test]
async fn the_last_admin_stays_until_there_is_another_one() {
    let site = Site::start().await;
    let mut root = site.admin("root").await;
    root.visit("/settings/data/deletion").await.sees("You are the last admin.");
    root.post("/settings/data/deletion", &[]).await.is(422);
    site.admin("second").await;
    root.visit("/settings/data/deletion").await.press("Delete my account for good").await.at("/account-deleted");
    let mut second = site.member("second").await;
    second.visit("/settings/data/deletion").await.sees("You are the last admin.");
    second.visit("/admin/members").await.is(200).sees("Deleted account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_admins_who_go_at_once_one_stays() {
    let site = Site::start().await;
    for name in ["one", "two"] {
        site.admin(name).await;
    }
    let mut all = Vec::new();
    for name in ["one", "two"] {
        let (app, member) = (site.app.clone(), site.account_named(name).await);
        all.push(tokio::spawn(async move {
            let now = app.clock.now();
            let outcome: marquee::error::Result<my_data::Outcome> =
                marquee::decide!(app.db, tx, my_data::erase(tx, member.id, now).await);
            outcome.unwrap()
        }));
    }
    let mut outcomes = Vec::new();
    for one in all {
        outcomes.push(one.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == my_data::Outcome::Erased).count(), 1, "{outcomes:?}");
}

#[tokio::test]
async fn pressed_twice_or_in_two_tabs_it_is_done_once() {
    let site = Site::start().await;
    site.account("ada").await;
    let (mut one, mut two) = (site.member("ada").await, site.member("ada").await);
    for tab in [&mut one, &mut two] {
        tab.visit("/settings/data/deletion").await;
    }
    let id = site.account_named("ada").await.id;
    one.press("Delete my account for good").await.at("/account-deleted");
    two.press("Delete my account for good").await.at("/sign-in");
    one.post("/settings/data/deletion", &[]).await.is(303);
    let now = site.now();
    let again: marquee::error::Result<my_data::Outcome> =
        marquee::decide!(site.app.db, tx, my_data::erase(tx, id, now).await);
    assert_eq!(again.unwrap(), my_data::Outcome::Erased);
    let mut tx = site.app.db.read().await.unwrap();
    let facts = marquee::journal::before(&mut tx, i64::MAX, "", "member_erased", 9).await.unwrap();
    assert_eq!(facts.len(), 1);
}

#[tokio::test]
async fn nobody_deletes_an_account_without_proving_that_it_is_still_them() {
    let site = Site::start().await;
    let mut ada = site.member("ada").await;
    site.app.clock.advance(marquee::clock::minutes(11));
    ada.post("/settings/data/deletion", &[]).await.is(303);
    assert!(ada.headers["location"].to_str().unwrap().starts_with("/step-up"));
    assert!(site.account_named("ada").await.erased_at.is_none());
}

#[tokio::test]
async fn what_was_paid_keeps_its_buyer_s_name_where_no_page_shows_it() {
    let site = Site::start().await;
    let event = site.event("Concert").host("bob").price(2_800).make().await;
    site.member("zora").await.visit("/settings").await.fill("name", "Zora Neale").press("Save").await.is(200);
    let (mut zora, order) = crate::payments::bought(&site, &event, "zora", "1").await;
    zora.visit("/settings/data/my-data.zip").await;
    assert_eq!(rows(&unzipped(&zora.bytes), "payments.json")[0]["amount"], 2_800);
    deletes(&mut zora).await;
    zora.at("/account-deleted");
    site.later(days(3)).await;
    assert_eq!(kept(&site).await.matches("Zora Neale").count(), 1, "in one table alone");
    let mut root = site.admin("root").await;
    for path in ["/admin/orders".to_owned(), format!("/admin/orders/{}", order.id), "/admin/members".to_owned()] {
        root.visit(&path).await.is(200).misses("Zora Neale");
    }
    site.member("bob").await.visit(&format!("{}/guests", event.path())).await.is(200).misses("Zora Neale");
    site.verifies().await;
}

#[tokio::test]
async fn a_program_deletes_its_account_with_a_sign_in_and_a_proof_and_never_with_a_personal_token() {
    let site = Site::start().await;
    let member = site.account("ada").await;
    let personal = site.program_of(&member, &[Scope::Read, Scope::Write]).await;
    personal.delete("/api/v1/me").await.is(403);
    site.program_of(&member, &[Scope::Write]).await.with("step-up", PASSWORD).delete("/api/v1/me").await.is(403);
    let event = site.event("Quiz night").host("ada").make().await;
    let mut bob = site.member("bob").await;
    goes_to(&site, &mut bob, &event).await;
    let jwt = crate::api_signin::token(&site, "ada@example.org").await;
    let refused = site.program().bearer(&jwt).delete("/api/v1/me").await.is(409);
    assert_eq!(
        refused.data()["message"],
        "People come to 1 event of yours. Leave it to somebody else or cancel it first."
    );
    site.app.clock.advance(marquee::clock::minutes(11));
    site.program().bearer(&jwt).delete("/api/v1/me").await.is(403);
    bob.visit("/tickets").await;
    let order = marquee::orders::store::of_member_at(&site.app.db, event.id, site.account_named("bob").await.id)
        .await
        .unwrap()
        .unwrap();
    bob.post(&format!("/orders/{}/cancellation", order.id), &[]).await;
    site.program().bearer(&jwt).with("step-up", "wrong").delete("/api/v1/me").await.is(403);
    site.program().bearer(&jwt).with("step-up", PASSWORD).delete("/api/v1/me").await.is(200);
    site.program().bearer(&jwt).get("/api/v1/me").await.is(401);
    site.verifies().await;
}
