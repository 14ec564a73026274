//! Money of a month of a plan that goes back: asked for by admins, once.
use marquee::clock;
use marquee::credits;
use marquee::db::sql;
use marquee::decide;
use marquee::ids::Id;
use marquee::journal::Actor;
use marquee::members::Member;
use marquee::orders::Refusal;
use marquee::payments::local::Fault;
use marquee::payments::{self, Gateway, Payment, purchases};
use marquee::plans::{Tier, store};

use super::{gateway, pays, set_up, subscription, tier};
use crate::site::Site;

/// A site on which ada paid a month of Team, with that payment.
async fn paid() -> (Site, Member, Id<Payment>) {
    let site = Site::start().await;
    set_up(&site).await;
    pays(&site, "ada", Tier::Team).await;
    let member = site.account_named("ada").await;
    let of = subscription(&site, &member).await.id;
    let bill = store::bills_of(&site.app.db, of).await.unwrap().remove(0);
    (site, member, bill.payment_id.unwrap())
}

async fn refunded(site: &Site, id: Id<Payment>) -> i64 {
    payments::store::by_id(&site.app.db, id).await.unwrap().unwrap().refunded
}

#[tokio::test]
async fn an_admin_gives_a_month_back_for_a_reason_and_the_plan_goes_on() {
    let (site, member, payment) = paid().await;
    let mut root = site.admin("Root").await;
    let path = format!("/admin/bills/{payment}");
    root.visit("/admin/payments/all?q=ada").await.is(200);
    assert!(root.html().contains(&path));
    root.visit(&path).await.is(200).sees("Plan Team").sees("CHF 29.00").sees("R-000001");
    root.press("Give all back").await.is(422).sees("Say why.");
    root.fill("reason", "Asked by mail").press("Give all back").await.is(200).sees("on its way back");
    root.misses("Give all back");
    root.post(&format!("{path}/refund"), &[("reason", "Again")]).await.is(303);
    site.work().await;
    assert_eq!(refunded(&site, payment).await, 2_900);
    assert_eq!(site.mail_to("ada@example.org").await.subject, "CHF\u{a0}29.00 given back for the plan Team");
    assert_eq!(tier(&site, &member).await, Some(Tier::Team));
    assert_eq!(credits::balance(&site.app, member.id).await.unwrap(), 250, "they came with the month, and stay");
    let mut ada = site.member("ada").await;
    ada.visit("/receipts").await.sees("R-000002 Credit note").sees("−CHF 29.00");
    root.visit(&path).await.sees("Credit note R-000002").sees("Paid in the endCHF 0.00");
    root.visit("/admin/journal?kind=mended").await.sees("Asked by mail");
    ada.visit(&path).await.is(404);
    site.verifies().await;
}

#[tokio::test]
async fn while_the_provider_is_down_the_money_waits_and_it_goes_back_once() {
    for fault in [Fault::Before, Fault::After] {
        let (site, _, payment) = paid().await;
        let Gateway::Local(local) = gateway(&site) else { panic!("no local provider") };
        local.set_weather(move |what| if what == "refund" { fault } else { Fault::None });
        let mut root = site.admin("Root").await;
        root.visit(&format!("/admin/bills/{payment}"))
            .await
            .fill("reason", "Asked")
            .press("Give all back")
            .await
            .is(200);
        site.work().await;
        assert_eq!(refunded(&site, payment).await, 0, "{fault:?}");
        local.set_weather(|_| Fault::None);
        site.later(clock::hours(2)).await;
        assert_eq!(refunded(&site, payment).await, 2_900, "{fault:?}");
        let there: i64 =
            sql("SELECT COUNT(*) FROM local_invoice_refunds WHERE amount = 2900").scalar(&site.app.db).await.unwrap();
        assert_eq!(there, 1, "{fault:?}");
        site.verifies().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_admins_who_press_at_once_one_gives_back() {
    let (site, _, payment) = paid().await;
    let apps = [site.app.clone(), site.second().await];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (app, now) = (apps[n % 2].clone(), site.now());
        tasks.spawn(async move {
            let given: Result<bool, Refusal> =
                decide!(app.db, tx, purchases::give_back(tx, payment, (Actor::Operator, "A test"), now).await);
            given.unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|given| *given).count(), 1);
    site.work().await;
    assert_eq!(refunded(&site, payment).await, 2_900);
    site.verifies().await;
}
