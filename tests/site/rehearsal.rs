//! `marquee dev webhook`: what developers see without a browser.
use std::process::Command;

use marquee::orders::OrderState;
use marquee::payments::{local::rehearsal, notices};

use crate::site::Site;

#[tokio::test]
async fn a_developer_has_a_payment_made_and_its_signed_notice_sent() {
    let site = Site::start().await;
    let none = rehearsal::payment(&site.app).await.unwrap_err().to_string();
    assert!(none.contains("`marquee seed` makes some"), "{none}");
    let event = site.event("Jazz").price(2_800).make().await;
    for n in 1..=2 {
        let made = rehearsal::payment(&site.app).await.unwrap();
        assert_eq!((made.order.state, made.order.event_id), (OrderState::Confirmed, event.id));
        let told = made.told.join("\n");
        assert!(told.contains("28.00 was paid for “Jazz”") && told.contains("checkout.session.completed"), "{told}");
        let all = notices::newest(&site.app, 10).await.unwrap();
        assert_eq!((all.len(), all.iter().all(|notice| notice.handled_at.is_some())), (n, true));
    }
    site.work().await;
    assert_eq!(notices::newest(&site.app, 10).await.unwrap().len(), 2, "the jobs of it did nothing more");
    site.verifies().await;
}

#[test]
fn of_subscriptions_the_command_says_that_there_are_none_yet() {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_marquee"))
        .args(["dev", "webhook", "--type", "subscription"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.code() == Some(1) && said.contains("This site has no plans yet"), "{said}");
}
