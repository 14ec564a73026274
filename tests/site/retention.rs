//! What says something of people is forgotten once it is as old as the settings say, and not before.
use marquee::clock::{days, hours, minutes};
use marquee::db::sql;
use marquee::events::views;
use marquee::ids;
use marquee::migrations;

use crate::invitations::{invites, link_of};
use crate::races::{guest, take, wish};
use crate::site::{PASSWORD, Site};

async fn count(site: &Site, text: &'static str) -> i64 {
    sql(text).scalar(&site.app.db).await.unwrap()
}

/// That many before so many days have passed, and as many an hour later.
async fn forgotten(site: &Site, after: i64, text: &'static str, (before, then): (i64, i64)) {
    site.later(days(after) - hours(2)).await;
    assert_eq!(count(site, text).await, before, "{text}");
    site.later(hours(4)).await;
    assert_eq!(count(site, text).await, then, "{text}");
    site.later(hours(2)).await;
    assert_eq!(count(site, text).await, then, "a second time changes nothing");
}

#[tokio::test]
async fn from_where_somebody_signed_in_is_forgotten_and_the_session_goes_on() {
    let site = Site::with(&[("MARQUEE_KEEP_ADDRESSES", "3")]).await;
    let mut ada = site.member("ada").await;
    let data: String = sql("SELECT data FROM sessions").scalar(&site.app.db).await.unwrap();
    assert!(!data.contains("\"ip\""), "it stands in one place alone: {data}");
    forgotten(&site, 3, "SELECT COUNT(*) FROM sessions WHERE ip <> ''", (1, 0)).await;
    ada.visit("/settings").await.is(200).at("/settings");
    ada.visit("/settings/sessions").await.is(200);
    assert_eq!(count(&site, "SELECT COUNT(*) FROM sessions WHERE ip <> ''").await, 0);
}

#[tokio::test]
async fn guests_who_never_confirmed_are_forgotten_and_those_who_did_stay() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    for name in ["Eve", "Bob"] {
        let mut guest = site.browser();
        let email = format!("{name}@example.org");
        guest.visit(&event.path()).await.fill("name", name).fill("email", &email).fill("people", "2");
        guest.press("Save my place").await.is(200);
    }
    let path = crate::site::link(&site.mail_to("bob@example.org").await, "/confirm/");
    site.browser().visit(&path).await.press("Confirm my places").await.is(200);
    site.later(hours(1)).await;
    forgotten(&site, 30, "SELECT COUNT(*) FROM order_people WHERE email <> ''", (2, 1)).await;
    let eve = "SELECT COUNT(*) FROM attendees WHERE name LIKE '%Eve%' OR email LIKE '%Eve%'";
    assert_eq!(count(&site, eve).await, 0);
    let bob: String = sql("SELECT name FROM order_people WHERE email <> ''").scalar(&site.app.db).await.unwrap();
    assert_eq!(bob, "Bob");
    site.verifies().await;
}

#[tokio::test]
async fn whose_money_came_too_late_stays_known_and_who_never_paid_does_not() {
    let site = Site::start().await;
    let event = site.event("Jazz").capacity(2).price(2_800).starts_in(days(60)).make().await;
    for (name, then) in [("Eve", "Pay when the places are gone"), ("Ida", "Go back without paying")] {
        let mut guest = site.browser();
        let email = format!("{name}@example.org");
        guest.visit(&event.path()).await.fill("name", name).fill("email", &email).fill("people", "1");
        crate::payments::buy(&mut guest).await.is(200);
        guest.press_starting("Pay CHF").await.is(200);
        guest.press(then).await;
    }
    site.later(minutes(35)).await;
    take(&site.app, &wish(&site.app, &event, guest(1), 0, 2).await).await.unwrap();
    site.later(minutes(15)).await;
    let asked = "SELECT COUNT(*) FROM orders WHERE confirmed_at IS NULL AND ended_at IS NOT NULL";
    assert_eq!(count(&site, asked).await, 2);
    assert_eq!(count(&site, "SELECT COUNT(*) FROM payments WHERE state = 'ended'").await, 1);
    let eve = "SELECT COUNT(*) FROM order_people WHERE name = 'Eve'";
    forgotten(&site, 30, "SELECT COUNT(*) FROM order_people WHERE name = 'Ida'", (1, 0)).await;
    assert_eq!(count(&site, eve).await, 1, "her money came, and went back");
    let ida = "SELECT COUNT(*) FROM attendees WHERE name LIKE '%Ida%' OR email LIKE '%Ida%'";
    assert_eq!(count(&site, ida).await, 0);
    site.verifies().await;
}

#[tokio::test]
async fn who_was_invited_and_did_not_come_is_forgotten_after_the_event_and_the_numbers_stay() {
    let site = Site::with(&[("MARQUEE_KEEP_INVITATIONS", "40")]).await;
    let event = site.event("Supper").starts_in(days(5)).make().await;
    let later = site.event("Dinner").starts_in(days(90)).make().await;
    invites(&site, &event, "Ida, ida@example.org\nbob@example.org\nCy, cy@example.org\neve@example.org").await;
    let bob = link_of(&site, "bob@example.org").await;
    site.browser().visit(&bob).await.fill("name", "Bob").press("I’m coming").await.is(200);
    site.browser().visit(&link_of(&site, "cy@example.org").await).await.press("I cannot come").await.is(200);
    // A place without an answer keeps its name, too; and so does who is asked to another event.
    site.member("eve").await.visit(&event.path()).await.press("Save my place").await.is(200);
    invites(&site, &later, "Ida, ida@example.org").await;
    site.later(site.now().until(event.ends_at)).await;
    let known = "SELECT COUNT(*) FROM invitations
                 WHERE email <> '' AND event_id IN (SELECT id FROM events WHERE title = 'Supper')";
    forgotten(&site, 40, known, (4, 2)).await;
    let traces = "SELECT COUNT(*) FROM invitations WHERE name IN ('Ida', 'Cy') AND email_key NOT LIKE 'ida%'";
    assert_eq!(count(&site, traces).await, 0);
    let letters = "SELECT COUNT(*) FROM mails WHERE kind = 'invitation' AND email_key = 'ida@example.org'";
    assert_eq!(count(&site, letters).await, 1, "the one to the dinner");
    let mut host = site.member("host").await;
    host.visit(&format!("{}/invitations", event.path())).await.is(200);
    host.sees("4 invited: 1 come, 1 cannot, 2 have not answered.").misses("ida@example.org").misses("cy@example.org");
    host.sees("bob@example.org").sees("eve@example.org").sees("No answer in 30 days");
    host.visit(&format!("{}/invitations", later.path())).await.sees("ida@example.org");
    site.verifies().await;
}

#[tokio::test]
async fn who_said_yes_and_chose_no_ticket_is_forgotten_and_who_chose_one_is_not() {
    let site = Site::with(&[("MARQUEE_KEEP_INVITATIONS", "40")]).await;
    let event = site.event("Supper").price(2_800).starts_in(days(5)).make().await;
    invites(&site, &event, "Ida, ida@example.org\nBob, bob@example.org").await;
    for email in ["ida@example.org", "bob@example.org"] {
        site.browser().visit(&link_of(&site, email).await).await.press("Choose tickets").await.is(200);
    }
    crate::payments::bought(&site, &event, "bob", "1").await;
    site.later(site.now().until(event.ends_at)).await;
    forgotten(&site, 40, "SELECT COUNT(*) FROM invitations WHERE email <> ''", (2, 1)).await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/invitations", event.path())).await.is(200).misses("ida@example.org");
    host.sees("2 invited: 2 come, 0 cannot, 0 have not answered.").sees("bob@example.org");
    site.verifies().await;
}

#[tokio::test]
async fn invitations_that_were_passed_over_are_looked_at_once_more() {
    let site = Site::start().await;
    site.later(days(1)).await;
    let looked = "SELECT COUNT(*) FROM settings WHERE name = 'invitations_forgotten_until'";
    assert_eq!(count(&site, looked).await, 1);
    let mut tx = site.app.db.write().await.unwrap();
    sql("DELETE FROM _sqlx_migrations WHERE version = 46").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    migrations::run(&site.app.db).await.unwrap();
    assert_eq!(count(&site, looked).await, 0);
}

#[tokio::test]
async fn sign_ups_that_nobody_proves_are_forgotten() {
    let site = Site::with(&[("MARQUEE_KEEP_SIGN_UPS", "2")]).await;
    let mut eve = site.browser();
    eve.visit("/sign-up").await.fill("name", "Eve").fill("email", "eve@example.org").fill("password", PASSWORD);
    eve.press("Create account").await;
    forgotten(&site, 2, "SELECT COUNT(*) FROM sign_ups", (1, 0)).await;
}

#[tokio::test]
async fn browsers_that_are_not_used_are_forgotten() {
    let site = Site::with(&[("MARQUEE_KEEP_DEVICES", "20")]).await;
    site.member("ada").await;
    forgotten(&site, 20, "SELECT COUNT(*) FROM devices", (1, 0)).await;
}

#[tokio::test]
async fn letters_are_kept_for_ever_or_as_long_as_is_said() {
    for (said, left) in [("ever", 1), ("40", 0)] {
        let site = Site::with(&[("MARQUEE_KEEP_MAILS", said)]).await;
        let event = site.event("Quiz").make().await;
        let mut ada = site.member("ada").await;
        ada.visit(&event.path()).await.press("Save my place").await.is(200);
        site.work().await;
        // Others are written meanwhile; the first one is what this is about.
        let first: String = sql("SELECT id FROM mails ORDER BY created_at LIMIT 1").scalar(&site.app.db).await.unwrap();
        for (by, there) in [(days(39), 1), (days(2), left)] {
            site.later(by).await;
            let found: i64 =
                sql("SELECT COUNT(*) FROM mails WHERE id = $1").bind(&first).scalar(&site.app.db).await.unwrap();
            assert_eq!(found, there, "{said}");
        }
    }
}

#[tokio::test]
async fn what_a_provider_told_is_forgotten_in_batches_and_that_it_did_is_not() {
    let site = Site::with(&[("MARQUEE_KEEP_NOTICES", "10")]).await;
    let mut tx = site.app.db.write().await.unwrap();
    for n in 0..1_200 {
        sql("INSERT INTO notices (id, provider, event, kind, reference, payment, payload, received_at, handled_at)
             VALUES ($1, 'stripe', $1, 'x', '', '', '{}', $2, $2)")
        .bind(ids::hash(&n.to_string()))
        .bind(site.now())
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    forgotten(&site, 10, "SELECT COUNT(*) FROM notices WHERE payload IS NOT NULL", (1_200, 0)).await;
    assert_eq!(count(&site, "SELECT COUNT(*) FROM notices").await, 1_200);
}

#[tokio::test]
async fn reports_that_were_settled_are_forgotten_and_those_that_wait_are_not() {
    let site = Site::with(&[("MARQUEE_KEEP_REPORTS", "20")]).await;
    let event = site.event("Quiz").starts_in(days(60)).make().await;
    let mut eve = site.browser();
    for text in ["They want my card.", "It is a lie."] {
        eve.visit(&format!("{}/report", event.path())).await.fill("ground", "scam").fill("text", text);
        eve.press("Send the report").await.is(200);
    }
    let mut admin = site.admin("root").await;
    admin.visit("/admin/reports").await.sees("Settled reports are kept for 20 days.");
    admin.follow("Quiz").await.is(200);
    admin.fill("reason", "Looked at it").press("Settle the report").await.is(200);
    forgotten(&site, 20, "SELECT COUNT(*) FROM reports", (2, 1)).await;
    assert_eq!(count(&site, "SELECT COUNT(*) FROM reports WHERE settled_at IS NULL").await, 1);
    assert_eq!(
        count(&site, "SELECT COUNT(*) FROM journal WHERE kind = 'report_settled'").await,
        1,
        "that it was stays"
    );
}

#[tokio::test]
async fn how_often_a_page_was_opened_is_forgotten_day_by_day() {
    let site = Site::with(&[("MARQUEE_KEEP_VIEWS", "10")]).await;
    let event = site.event("Quiz").starts_in(days(60)).make().await;
    for _ in 0..2 {
        site.browser().visit(&event.path()).await.is(200);
        views::flush(&site.app).await.unwrap();
        site.later(days(1)).await;
    }
    for (by, left) in [(8, 2), (1, 1), (1, 0)] {
        site.later(days(by)).await;
        assert_eq!(views::store::of_event(&site.app.db, event.id).await.unwrap(), left);
    }
}

#[tokio::test]
async fn my_data_says_what_is_kept_how_long() {
    let site = Site::with(&[("MARQUEE_KEEP_ADDRESSES", "7"), ("MARQUEE_KEEP_MAILS", "365")]).await;
    let mut ada = site.member("ada").await;
    ada.visit("/settings/data")
        .await
        .sees("From where you signed in: 7 days, and never longer than the session.")
        .sees("Who asked for places without an account and never confirmed it: 30 days.")
        .sees("Who was invited to an event and did not come: 30 days after it.")
        .sees("Which letters went to you: 365 days. Their texts are not kept.")
        .sees("What you reported of an event: 365 days after it was settled.");
}
