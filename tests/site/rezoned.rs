//! Countries change their clocks: what was to begin at seven begins at seven.
use marquee::clock::{Instant, days, hours};
use marquee::db::sql;
use marquee::events::Event;
use marquee::events::times::text;

use crate::site::Site;

/// As if all instants had been worked out by the zone data of yesterday, and today's had the clocks an hour earlier.
async fn outdated(site: &Site) {
    let mut tx = site.app.db.write().await.unwrap();
    sql("UPDATE events SET starts_at = starts_at + $1, ends_at = ends_at + $1, closes_at = closes_at + $1")
        .bind(3_600_000_000_i64)
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_lies_ahead_follows_the_zone_data_and_nobody_is_written_to() {
    let site = Site::start().await;
    let until = Instant::from_micros((site.now() + days(5)).micros() / 60_000_000 * 60_000_000);
    let far = |event: &mut Event| {
        event.closes_civil = Some(text(until.in_zone(&event.time_zone()).datetime()));
        event.closes_at = Some(until);
    };
    let event = site.event("Jazz").starts_in(days(10)).with(far).make().await;
    let cancelled = site.event("Never").starts_in(days(10)).make().await;
    let mut host = site.member("host").await;
    host.visit(&format!("{}/cancellation", cancelled.path()))
        .await
        .fill("reason", "Rain")
        .press("Cancel the event")
        .await
        .is(200);
    let mut ada = site.member("ada").await;
    ada.visit(&event.path()).await.press("Save my place").await.is(200);
    site.work().await;
    let (event, cancelled) = (site.reload(&event).await, site.reload(&cancelled).await);
    let hour = event.starts();
    outdated(&site).await;
    assert_ne!(site.reload(&event).await.starts(), hour);
    site.later(days(1)).await;
    let fresh = site.reload(&event).await;
    assert_eq!((fresh.starts(), fresh.starts_at, fresh.ends_at), (hour, event.starts_at, event.ends_at));
    assert_eq!((fresh.closes_at, fresh.moved_at), (event.closes_at, None));
    assert_eq!(
        (fresh.sequence, fresh.revision),
        (event.sequence + 1, event.revision + 1),
        "feeds say that it is newer"
    );
    assert_eq!(site.reload(&cancelled).await.starts_at, cancelled.starts_at + hours(1), "what is cancelled stays");
    let mails = site.mails_to("ada@example.org").await;
    assert!(!mails.iter().any(|mail| mail.subject.starts_with("Changed")), "{mails:#?}");
    // The list of what is on says the hour, too.
    let shown = text(hour);
    site.browser().visit("/").await.is(200).sees(&shown[11..]);
    site.later(days(1)).await;
    assert_eq!(site.reload(&event).await.revision, fresh.revision, "once is enough");
    site.verifies().await;
}
