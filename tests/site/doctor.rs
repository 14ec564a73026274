//! What the operator is told about a site, well and ill.
use marquee::backup;
use marquee::clock::{days, hours, minutes};
use marquee::doctor::{Finding, examine};
use marquee::events::Event;
use marquee::payments::{Provider, notices};

use crate::races::{guest, take, wish};
use crate::site::Site;

async fn wrong(site: &Site) -> Vec<String> {
    let findings = examine(&site.app).await;
    let wrong = findings.into_iter().filter_map(|finding| match finding {
        // The tests' clock stands still, the database's does not.
        Finding::Wrong(text) if !text.starts_with("The clocks") => Some(text),
        _ => None,
    });
    wrong.collect()
}

async fn says(site: &Site, what: &Finding) -> bool {
    examine(&site.app).await.contains(what)
}

#[tokio::test]
async fn a_site_that_is_well_is_told_so_and_what_is_missing() {
    let site = Site::start().await;
    assert_eq!(wrong(&site).await, Vec::<String>::new());
    assert!(says(&site, &Finding::Worth("No backup was made yet: `marquee backup FILE`".into())).await);
    let folder = tempfile::tempdir().unwrap();
    backup::backup(&site.app, &folder.path().join("site.backup")).await.unwrap();
    let last = backup::last(&site.app.db).await.unwrap().unwrap().rfc3339();
    assert!(says(&site, &Finding::Well(format!("The last backup is of {last}"))).await);
    site.app.clock.advance(days(3));
    assert!(says(&site, &Finding::Worth(format!("The last backup is of {last}"))).await);
}

#[tokio::test]
async fn a_mail_that_nobody_sends_tables_of_yesterday_and_a_folder_that_is_gone_are_wrong() {
    let site = Site::start().await;
    let event = site.event("Quiz").make().await;
    take(&site.app, &wish(&site.app, &event, guest(1), 0, 1).await).await.unwrap();
    assert_eq!(wrong(&site).await, Vec::<String>::new());
    site.app.clock.advance(hours(2));
    let told = wrong(&site).await;
    assert!(told.len() == 1 && told[0].starts_with("A mail waits since 2026-11-18T11:00:00Z"), "{told:?}");
    site.work().await;
    assert_eq!(wrong(&site).await, Vec::<String>::new());

    let files = site.app.config.data_dir.join("files");
    std::fs::remove_dir_all(&files).unwrap();
    std::fs::write(&files, "not a folder").unwrap();
    let told = wrong(&site).await;
    assert!(told.len() == 1 && told[0].starts_with("The folder for uploads: Nothing can be written"), "{told:?}");

    let new = Site::empty(false).await;
    let told = wrong(&new).await;
    assert!(told.iter().any(|told| told.contains("run `marquee migrate`")), "{told:?}");
}

/// Somebody begins to pay and is never heard of again, the provider tells something, and nobody takes it up.
async fn left_alone(site: &Site, event: &Event) {
    let mut bob = site.member("bob").await;
    bob.visit(&event.path()).await.fill("people", "1").press("Get tickets").await.is(200);
    bob.press_starting("Pay CHF").await.is(200);
    let told = br#"{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}}"#;
    assert!(notices::receive(&site.app, Provider::Local, told).await.unwrap());
    site.app.clock.advance(hours(3));
}

#[tokio::test]
async fn work_that_stopped_a_notice_that_waits_and_money_that_is_stuck_are_told() {
    let site = Site::start().await;
    let event = site.event("Jazz").price(2_800).make().await;
    assert!(
        examine(&site.app).await.iter().any(|finding| finding.to_string().contains("No recurring work was done yet"))
    );
    site.later(minutes(1)).await;
    let then = site.now().rfc3339();
    assert_eq!(wrong(&site).await, Vec::<String>::new());
    assert!(says(&site, &Finding::Well(format!("Recurring work was last done {then}"))).await);
    assert!(says(&site, &Finding::Well("No payment or refund is stuck".into())).await);
    left_alone(&site, &event).await;
    let told = wrong(&site).await;
    for part in [
        format!("Recurring work was last done {then}: let a worker run"),
        format!("1 notices of payments wait, the oldest since {then}"),
    ] {
        assert!(told.iter().any(|told| told.starts_with(&part)), "no {part} in {told:?}");
    }
    assert!(says(&site, &Finding::Worth("1 payments or refunds are stuck: see /admin/payments".into())).await);
    site.later(minutes(1)).await;
    assert_eq!(wrong(&site).await, Vec::<String>::new(), "a worker is back");
}

#[tokio::test]
async fn settings_that_do_nothing_or_miss_each_other_are_told() {
    let public = [
        ("MARQUEE_ENV", "production"),
        // Nobody listens there.
        ("BASE_URL", "https://localhost:9"),
        ("SMTP_HOST", "localhost"),
        ("SMTP_FROM_ADDRESS", "events@example.org"),
    ];
    let site = Site::with(&public).await;
    let all: Vec<String> = examine(&site.app).await.iter().map(ToString::to_string).collect();
    for part in
        ["look   BASE_URL is https, so a proxy stands before", "look   https://localhost:9/healthz cannot be reached"]
    {
        assert!(all.iter().any(|told| told.starts_with(part)), "no {part} in {all:#?}");
    }
    let site = Site::with(&[&public[..], &[("MARQUEE_TRUSTED_PROXIES", "127.0.0.1")]].concat()).await;
    assert!(!examine(&site.app).await.iter().any(|finding| finding.to_string().contains("MARQUEE_TRUSTED_PROXIES")));
}

#[tokio::test]
async fn measurements_are_for_who_has_the_token_and_name_nobody() {
    Site::start().await.browser().visit("/metrics").await.is(404);
    let site = Site::with(&[("METRICS_TOKEN", "a-token-of-some-length")]).await;
    let event = site.event("Jazz").make().await;
    site.member("ada").await.visit(&event.path()).await.press("Save my place").await.is(200);
    site.work().await;
    site.program().get("/metrics").await.is(401);
    for wrong in ["a-token-of-some-lengt", "A-token-of-some-length", ""] {
        site.program().bearer(wrong).get("/metrics").await.is(401);
    }
    for made_up in ["AAAA1", "AAAA2"] {
        site.program().send(made_up, "/", None, Vec::new()).await;
    }
    let text = site.program().bearer("a-token-of-some-length").get("/metrics").await.is(200).text;
    assert!(text.contains(r#"method="other""#) && !text.contains("AAAA"), "{text}");
    for line in [
        r#"marquee_request_seconds_count{method="POST",route="/events/{slug}/orders",status="303"}"#,
        r#"marquee_job_seconds_count{kind="send_mail",outcome="done"}"#,
        r#"marquee_jobs{state="failed"} 0"#,
        "marquee_open_sockets 0",
        "marquee_oldest_mail_seconds 0",
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    assert!(!text.contains("ada") && !text.contains("jazz"), "{text}");

    // In the same test: the process has one set of measurements.
    let paid = site.event("Opera").price(2_800).make().await;
    site.later(minutes(1)).await;
    left_alone(&site, &paid).await;
    let text = site.program().bearer("a-token-of-some-length").get("/metrics").await.is(200).text;
    for line in [
        r#"marquee_notices{state="waiting"} 1"#,
        "marquee_oldest_notice_seconds 10800",
        "marquee_oldest_due_job_seconds 10800",
        "marquee_recurring_work_age_seconds 10800",
        "marquee_payments_stuck 1",
        "marquee_disk_free_bytes ",
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
}
