//! Money of a plan that goes back at Stripe, or is taken back by a bank.
use std::collections::HashMap;

use marquee::clock::minutes;
use marquee::payments::{Why, disputes, receipts};
use marquee::plans::{self, Tier};

use super::objects::Session;
use super::plans::month_later;
use super::subscriptions::{has, with_plans};
use super::{Till, notice};

/// What a bill of nine francs was paid with.
fn payment(till: &Till) -> Session {
    till.stripe.books(|books| books.invoices[0].payment())
}

#[tokio::test]
async fn a_month_that_is_given_back_at_the_dashboard_has_a_credit_note() {
    let till = with_plans().await;
    let (_, id, _) = has(&till, "ada", Tier::Individual).await;
    let paid = payment(&till);
    let bill = plans::store::bills_of(&till.site.app.db, id).await.unwrap().remove(0);
    let of = bill.payment_id.expect("a payment");
    let charge = till.stripe.books(|books| {
        books.give_back(&paid, 900, HashMap::new());
        paid.charge_json(900, false)
    });
    for event in ["evt_1", "evt_1", "evt_2"] {
        till.told(&notice(event, "charge.refunded", &charge)).await;
        let payment = marquee::payments::store::by_id(&till.site.app.db, of).await.unwrap().expect("it");
        let refunds = marquee::payments::store::refunds_of(&till.site.app.db, of).await.unwrap();
        assert_eq!((payment.refunded, refunds.len(), refunds[0].why), (900, 1, Why::Outside));
        let all = receipts::store::of_purchase(&till.site.app.db, of).await.unwrap();
        let kinds: Vec<_> = all.iter().map(|of| (of.kind.word(), of.amount)).collect();
        assert_eq!(kinds, [("receipt", 900), ("credit_note", 900)]);
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn a_month_that_an_admin_gives_back_goes_back_through_stripe_once() {
    let till = with_plans().await;
    let (_, id, _) = has(&till, "ada", Tier::Individual).await;
    let paid = payment(&till);
    let bill = plans::store::bills_of(&till.site.app.db, id).await.unwrap().remove(0);
    let of = bill.payment_id.expect("a payment");
    let mut root = till.site.admin("Root").await;
    root.visit(&format!("/admin/bills/{of}"))
        .await
        .fill("reason", "Asked by mail")
        .press("Give all back")
        .await
        .is(200);
    till.site.work().await;
    let made = till.stripe.books(|books| books.refunds.clone());
    assert_eq!((made.len(), made[0].amount, &made[0].intent), (1, 900, &paid.intent));
    // Told of what we know, we write nothing down twice.
    till.told(&notice("evt_1", "charge.refunded", &paid.charge_json(900, false))).await;
    let payment = marquee::payments::store::by_id(&till.site.app.db, of).await.unwrap().expect("it");
    let refunds = marquee::payments::store::refunds_of(&till.site.app.db, of).await.unwrap();
    assert_eq!((payment.refunded, refunds.len(), refunds[0].why), (900, 1, Why::Amount));
    till.site.verifies().await;
}

#[tokio::test]
async fn a_month_that_was_given_back_before_we_heard_that_it_was_paid_has_its_credit_note() {
    let till = with_plans().await;
    let (_, id, reference) = has(&till, "ada", Tier::Individual).await;
    month_later(&till, &reference);
    let paid = till.stripe.books(|books| books.invoices[1].payment());
    till.stripe.books(|books| books.give_back(&paid, 900, HashMap::new()));
    till.site.later(minutes(1)).await;
    let bill = plans::store::bills_of(&till.site.app.db, id).await.unwrap().remove(0);
    let of = bill.payment_id.expect("a payment");
    let payment = marquee::payments::store::by_id(&till.site.app.db, of).await.unwrap().expect("it");
    assert_eq!((bill.amount, payment.refunded), (900, 900));
    let all = receipts::store::of_purchase(&till.site.app.db, of).await.unwrap();
    assert_eq!(all.iter().map(|of| of.kind.word()).collect::<Vec<_>>(), ["receipt", "credit_note"]);
    till.site.verifies().await;
}

#[tokio::test]
async fn a_month_that_a_bank_takes_back_is_told_to_admins_and_the_plan_goes_on() {
    let till = with_plans().await;
    let mut root = till.site.admin("root").await;
    let (ada, id, _) = has(&till, "ada", Tier::Individual).await;
    let paid = payment(&till);
    let opened = till.stripe.books(|books| books.dispute(&paid).json());
    till.told(&notice("evt_1", "charge.dispute.created", &opened)).await;
    assert_eq!(till.site.mail_to("root@example.org").await.subject, "A payment is disputed: Individual");
    root.visit("/admin/payments").await.is(200).sees("Answer at the payment service.");
    let closed = till.stripe.books(|books| {
        books.disputes[0].status = "lost";
        books.disputes[0].json()
    });
    till.told(&notice("evt_2", "charge.dispute.closed", &closed)).await;
    root.visit("/admin/payments").await.sees("The plan goes on until you end the subscription");
    let bill = plans::store::bills_of(&till.site.app.db, id).await.unwrap().remove(0);
    let all = disputes::store::of_payment(&till.site.app.db, bill.payment_id.expect("a payment")).await.unwrap();
    assert_eq!((all.len(), all[0].amount), (1, 900));
    assert_eq!(plans::store::plan_of(&till.site.app.db, ada.id).await.unwrap().expect("a plan").tier, Tier::Individual);
    till.site.verifies().await;
}
