//! Admins see what is on the front page until when, and take it off for a reason.
use marquee::clock::{days, minutes};
use marquee::credits;
use marquee::db::sql;
use marquee::journal;

use super::{feature, grant};
use crate::site::Site;

#[tokio::test]
async fn admins_see_what_is_on_the_front_page_and_until_when() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    site.event("Quiz").host("ada").make().await;
    let ada = site.account_named("ada").await.id;
    grant(&site, ada, 100).await;
    feature(&site, &event, ada, 2).await.unwrap();
    let mut admin = site.admin("Root").await;
    admin.visit("/admin/events").await.sees("On the front page until").sees("Quiz");
    admin.visit("/admin/events?state=featured").await.sees("Jazz").sees("On the front page until").misses("Quiz");
    site.later(days(2) + minutes(1)).await;
    admin.visit("/admin/events?state=featured").await.misses("Jazz");
    admin.visit("/admin/events").await.sees("Jazz").misses("On the front page until");
}

#[tokio::test]
async fn an_admin_takes_an_event_off_the_front_page_and_its_hosts_are_told_why() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let ada = site.account_named("ada").await.id;
    grant(&site, ada, 100).await;
    feature(&site, &event, ada, 1).await.unwrap();
    feature(&site, &event, ada, 2).await.unwrap();
    site.later(minutes(5)).await;
    let mut admin = site.admin("Root").await;
    let mut visitor = site.browser();
    visitor.visit("/").await.sees("Featured");
    let page = format!("/admin/events/{}/featuring/removal", event.slug);
    admin.visit(&page).await.sees("not given back").sees("It stands there until");
    admin.press("Take it off the front page").await.is(422);
    assert!(admin.error_at("reason").contains("Say why"));
    admin.fill("reason", "Not for children").press("Take it off the front page").await.is(200).at("/admin/events");
    visitor.visit("/").await.misses("Featured").sees("Jazz");
    assert_eq!(credits::balance(&site.app, ada).await.unwrap(), 40, "what was spent is spent");
    let mail = site.mail_to("ada@example.org").await;
    assert!(mail.subject.starts_with("Off the front page: Jazz") && mail.text.contains("Not for children"));
    admin.post(&page, &[("reason", "Again")]).await.is(422).sees("does not stand on the front page");
    let mut tx = site.app.db.read().await.unwrap();
    let facts = journal::before(&mut tx, i64::MAX, &event.stream(), "featuring_ended", 5).await.unwrap();
    assert_eq!(facts.len(), 1);
    drop(tx);
    site.verifies().await;
}

#[tokio::test]
async fn what_was_taken_off_can_be_paid_for_anew_and_the_journal_knows_both() {
    let site = Site::start().await;
    let event = site.event("Jazz").host("ada").make().await;
    let ada = site.account_named("ada").await.id;
    grant(&site, ada, 100).await;
    feature(&site, &event, ada, 2).await.unwrap();
    let mut admin = site.admin("Root").await;
    site.later(minutes(5)).await;
    let page = format!("/admin/events/{}/featuring/removal", event.slug);
    admin.post(&page, &[("reason", "A mistake")]).await.is(303);
    let asked_at = site.now();
    let line = feature(&site, &event, ada, 1).await.unwrap();
    let (from, until) = (line.from_at.unwrap(), line.until_at.unwrap());
    assert_eq!(until, from + days(1));
    assert!(asked_at < from && from < site.now(), "from now on");
    site.browser().visit("/").await.sees("Featured");
    site.verifies().await;
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE credit_lines SET until_at = until_at + 1 WHERE number = 2").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!marquee::orders::verify::run(&site.app.db).await.unwrap().is_empty());
}
