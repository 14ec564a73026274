//! What the operator is told about a site, well and ill.
use marquee::backup;
use marquee::clock::{days, hours};
use marquee::doctor::{Finding, examine};

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
    let text = site.program().bearer("a-token-of-some-length").get("/metrics").await.is(200).text;
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
}
