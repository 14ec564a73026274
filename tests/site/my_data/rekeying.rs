//! Addresses from before the program made their keys are compared as all others are, once the hourly job has run.
use marquee::clock::hours;
use marquee::db::sql;
use marquee::doctor::{Finding, examine};
use marquee::my_data::rekeying;

use crate::site::Site;

/// An account as SQLite's LOWER would have keyed it.
async fn old(site: &Site, name: &str, email: &str) {
    let member = site.account(name).await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE members SET email = $2, email_key = $3 WHERE id = $1")
        .bind(member.id)
        .bind(email)
        .bind(email.to_ascii_lowercase())
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn keys(site: &Site, text: &'static str) -> Vec<String> {
    let rows: Vec<(String,)> = sql(text).all(&site.app.db).await.unwrap();
    rows.into_iter().map(|(key,)| key).collect()
}

const KEYS: &str = "SELECT email_key FROM members ORDER BY created_at, name";

#[tokio::test]
async fn they_get_the_key_that_the_program_makes_once() {
    let site = Site::start().await;
    old(&site, "a", "ÉLISE@Example.org").await;
    old(&site, "b", "Bob@example.org").await;
    let event = site.event("Quiz").make().await;
    site.places(&event, "Zoë", 1).await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE order_people SET email = 'ZOË@example.org', email_key = 'zoË@example.org'")
        .execute(&mut tx)
        .await
        .unwrap();
    sql("UPDATE attendees SET email = 'ZOË@example.org', email_key = 'zoË@example.org'")
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    site.later(hours(2)).await;
    assert_eq!(
        keys(&site, "SELECT email_key FROM members WHERE name IN ('a', 'b') ORDER BY name").await,
        ["élise@example.org", "bob@example.org"]
    );
    assert_eq!(keys(&site, "SELECT email_key FROM order_people").await, ["zoë@example.org"]);
    assert_eq!(keys(&site, "SELECT DISTINCT email_key FROM attendees").await, ["zoë@example.org"]);
    // What is written later is right, so nobody looks again.
    old(&site, "c", "ÖZGE@example.org").await;
    site.later(hours(2)).await;
    assert_eq!(keys(&site, "SELECT email_key FROM members WHERE name = 'c'").await, ["Özge@example.org"]);
}

#[tokio::test]
async fn of_two_accounts_that_would_become_equal_neither_is_changed_and_the_doctor_says_so() {
    let site = Site::start().await;
    // The right one stands already; and two that are wrong alike.
    for (name, email) in
        [("a", "élise@example.org"), ("b", "Élise@example.org"), ("c", "ÀÉ@example.org"), ("d", "àÉ@example.org")]
    {
        old(&site, name, email).await;
    }
    old(&site, "e", "Özge@example.org").await;
    let before = keys(&site, KEYS).await;
    rekeying::run(&site.app).await.unwrap();
    let after = keys(&site, KEYS).await;
    assert_eq!(before[..4], after[..4]);
    assert_eq!(after[4], "özge@example.org");
    assert_eq!(rekeying::alike(&site.app.db).await.unwrap(), 4);
    let told = examine(&site.app).await;
    let says =
        |finding: &Finding| matches!(finding, Finding::Worth(text) if text.starts_with("4 accounts have an address"));
    assert!(told.iter().any(says), "{told:?}");
    // A second run changes nothing, whatever is remembered.
    let mut tx = site.app.db.write().await.unwrap();
    sql("DELETE FROM settings WHERE name = 'addresses_looked_at'").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    rekeying::run(&site.app).await.unwrap();
    assert_eq!(keys(&site, KEYS).await, after);
}

#[tokio::test]
async fn more_than_a_batch_of_them_are_all_looked_at() {
    let site = Site::start().await;
    let mut tx = site.app.db.write().await.unwrap();
    for n in 0..1_100 {
        sql("INSERT INTO mails (id, kind, letter, to_name, to_email, locale, state, created_at, email_key)
             VALUES ($1, 'x', '{}', '', $2, 'en', 'sent', 0, $3)")
        .bind(marquee::ids::hash(&n.to_string()))
        .bind(format!("É{n}@example.org"))
        .bind(format!("É{n}@example.org"))
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    rekeying::run(&site.app).await.unwrap();
    let wrong: i64 = sql("SELECT COUNT(*) FROM mails WHERE email_key LIKE 'É%'").scalar(&site.app.db).await.unwrap();
    assert_eq!(wrong, 0);
}

#[tokio::test]
async fn names_from_before_are_found_by_how_they_begin_once_the_job_has_run() {
    let site = Site::start().await;
    site.account("Özge Ångström").await;
    let event = site.event("Été").make().await;
    site.places(&event, "Zoë", 1).await;
    let mut tx = site.app.db.write().await.unwrap();
    for old in [
        "UPDATE members SET name_fold = ''",
        "UPDATE order_people SET name_fold = ''",
        "UPDATE events SET title_fold = ''",
    ] {
        sql(old).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    rekeying::run(&site.app).await.unwrap();
    assert_eq!(keys(&site, "SELECT name_fold FROM members WHERE name LIKE '%ngstr%'").await, ["ozge angstrom"]);
    assert_eq!(keys(&site, "SELECT rest_fold FROM members WHERE name LIKE '%ngstr%'").await, ["angstrom"]);
    assert_eq!(keys(&site, "SELECT name_fold FROM order_people").await, ["zoe"]);
    assert_eq!(keys(&site, "SELECT title_fold FROM events").await, ["ete"]);
}
