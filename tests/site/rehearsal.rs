//! `marquee dev webhook`: what developers see without a browser.
use std::process::Command;

use marquee::journal::Actor;
use marquee::orders::OrderState;
use marquee::payments::{local::rehearsal, notices};
use marquee::plans;

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

#[tokio::test]
async fn a_developer_has_a_plan_paid_and_its_signed_notices_sent() {
    let site = Site::start().await;
    let none = rehearsal::subscription(&site.app).await.unwrap_err().to_string();
    assert!(none.contains("`marquee products init` makes them"), "{none}");
    plans::init::run(&site.app, Actor::Operator, "For the test.").await.unwrap();
    site.work().await;
    for n in 1..=2 {
        let told = rehearsal::subscription(&site.app).await.unwrap().join("\n");
        assert!(told.contains("9.00 was paid for a month of Individual"), "{told}");
        for kind in ["checkout.session.completed", "customer.subscription.created", "invoice.paid"] {
            assert!(told.contains(&format!("{kind} was signed, taken in and handled: subscription")), "{kind}: {told}");
        }
        let all = notices::newest(&site.app, 10).await.unwrap();
        assert_eq!((all.len(), all.iter().all(|notice| notice.handled_at.is_some())), (3 * n, true));
    }
    site.work().await;
    assert_eq!(notices::newest(&site.app, 10).await.unwrap().len(), 6, "the jobs of it did nothing more");
    site.verifies().await;
}

#[test]
fn on_a_site_without_plans_the_command_says_how_to_make_them() {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_marquee"))
        .args(["dev", "webhook", "--type", "subscription"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.code() == Some(1) && said.contains("`marquee products init`"), "{said}");
}
