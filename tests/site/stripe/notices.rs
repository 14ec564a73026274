//! Notices: which are believed, and that none of them moves money twice.
use marquee::clock;
use marquee::orders::OrderState;
use marquee::payments::{PaymentState, notices as inbox, receipts};
use serde_json::json;

use super::{CHF_28, SECRET, Till, latest, notice};

const COMPLETED: &str = "checkout.session.completed";

#[tokio::test]
async fn a_notice_that_comes_again_and_in_parallel_sells_once() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.stripe.pay(&session.id);
    let body = till.of_session("evt_1", COMPLETED, &session.id);
    let all = futures_util::future::join_all((0..20).map(|_| till.tell(&body))).await;
    assert!(all.iter().all(|status| *status == 200), "{all:?}");
    till.site.work().await;
    till.told(&body).await;
    // Another notice of the same thing, as Stripe may send.
    till.told(&till.of_session("evt_2", COMPLETED, &session.id)).await;
    assert_eq!(inbox::newest(&till.site.app, 10).await.unwrap().len(), 2);
    assert_eq!(till.site.mails_to("ada@example.org").await.len(), 1);
    assert_eq!(latest(&till.site, &event).await.1.len(), 1);
    till.site.verifies().await;
}

#[tokio::test]
async fn notices_out_of_order_end_where_stripe_stands() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    let early = till.of_session("evt_3", "checkout.session.expired", &session.id);
    till.stripe.pay(&session.id);
    let completed = till.of_session("evt_1", COMPLETED, &session.id);
    let charge = till.stripe.books(|books| {
        books.give_back(&session, CHF_28, std::collections::HashMap::new());
        session.charge_json(CHF_28, false)
    });
    // The refund is told first; an end that never was, last.
    for body in [notice("evt_2", "charge.refunded", &charge), completed, early] {
        till.told(&body).await;
        let (order, payments, _) = latest(&till.site, &event).await;
        assert_eq!((order.state, payments[0].state), (OrderState::Cancelled, PaymentState::Paid));
        assert_eq!(payments[0].refunded, CHF_28);
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn another_amount_or_currency_issues_nothing_and_waits_for_a_person() {
    for (amount, currency) in [(100, "chf"), (CHF_28, "eur")] {
        let till = Till::open().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let (_, session) = till.at_stripe(&event, "ada").await;
        till.stripe.pay(&session.id);
        till.stripe.change(&session.id, |it| (it.amount, it.currency) = (amount, currency.to_owned()));
        till.told(&till.of_session("evt_1", COMPLETED, &session.id)).await;
        let (order, payments, _) = latest(&till.site, &event).await;
        assert_eq!((order.state, payments[0].problem.as_deref()), (OrderState::Held, Some("amount")));
        let mut host = till.site.member("host").await;
        host.visit(&format!("{}/payments", event.path())).await.sees("Another amount was paid");
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn money_in_another_currency_that_will_do_stands_everywhere_as_what_came() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (mut ada, session) = till.at_stripe(&event, "ada").await;
    till.stripe.pay(&session.id);
    till.stripe.change(&session.id, |it| (it.amount, it.currency) = (3_000, "eur".to_owned()));
    till.told(&till.of_session("evt_1", COMPLETED, &session.id)).await;
    let (order, ..) = latest(&till.site, &event).await;
    let mut host = till.site.member("host").await;
    host.visit(&format!("{}/payments", event.path())).await.sees("€30.00");
    let issue = format!("Issue the tickets if there is room, else give all back, {}", order.number());
    host.press(&issue).await.is(200);
    till.site.work().await;
    assert_eq!(till.now(&order).await.0.state, OrderState::Confirmed);
    let receipt = receipts::store::of_order(&till.site.app.db, order.id).await.unwrap().remove(0);
    assert_eq!((receipt.amount, receipt.currency.as_str()), (3_000, "EUR"));
    ada.visit(&format!("{}/receipt", order.path())).await.sees("€30.00");
    host.visit(&format!("{}/manage", event.path())).await.sees("Takings€30");
    ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
    till.site.work().await;
    let (_, payments, refunds) = till.now(&order).await;
    assert_eq!((payments[0].currency.as_str(), refunds[0].currency.as_str()), ("EUR", "EUR"));
    till.site.verifies().await;
}

#[tokio::test]
async fn what_we_do_not_know_is_kept_and_moves_nothing() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    till.at_stripe(&event, "ada").await;
    let stranger = json!({"id": "cs_test_else", "object": "checkout.session", "client_reference_id": "not-ours"});
    let shop = json!({"id": "ch_else", "object": "charge", "payment_intent": "pi_else", "metadata": {}});
    for (n, body) in [
        notice("evt_1", COMPLETED, &stranger),
        notice("evt_2", "charge.refunded", &shop),
        notice("evt_3", "charge.dispute.created", &json!({"id": "du_1", "payment_intent": null})),
        notice("evt_4", "customer.subscription.updated", &json!({"id": "sub_1"})),
        notice("evt_5", "something.new", &json!({})),
    ]
    .iter()
    .enumerate()
    {
        till.told(body).await;
        let newest = inbox::newest(&till.site.app, 10).await.unwrap();
        assert_eq!((newest.len(), newest[0].outcome.as_str()), (n + 1, "unknown reference"));
    }
    let (order, payments, _) = latest(&till.site, &event).await;
    assert_eq!((order.state, payments[0].state), (OrderState::Held, PaymentState::Open));
    till.site.verifies().await;
}

#[tokio::test]
async fn nothing_is_believed_that_stripe_did_not_sign_just_now() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    till.stripe.pay(&session.id);
    let body = till.of_session("evt_1", COMPLETED, &session.id);
    let now = till.site.now();
    let signed = |secret: &str, body: &[u8], at| inbox::sign(secret.as_bytes(), body, at);
    let tampered = [body.as_slice(), b" "].concat();
    assert_eq!(till.post(&body, None).await, 403);
    assert_eq!(till.post(&body, Some("")).await, 403);
    assert_eq!(till.post(&body, Some("t=1,v1=00")).await, 403);
    assert_eq!(till.post(&body, Some(&signed("whsec_else", &body, now))).await, 403);
    assert_eq!(till.post(&tampered, Some(&signed(SECRET, &body, now))).await, 403);
    assert_eq!(till.post(&body, Some(&signed(SECRET, &body, now - clock::minutes(6)))).await, 403);
    let large = vec![b' '; 1 << 20];
    assert_eq!(till.tell(&large).await, 413);
    assert_eq!(till.tell(b"{}").await, 400);
    till.site.work().await;
    assert!(inbox::newest(&till.site.app, 10).await.unwrap().is_empty());
    assert_eq!(latest(&till.site, &event).await.0.state, OrderState::Held);
}

#[tokio::test]
async fn a_development_site_without_a_secret_takes_unsigned_notices_and_asks_stripe_all_the_same() {
    let till = Till::with(&[]).await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, session) = till.at_stripe(&event, "ada").await;
    let body = till.of_session("evt_1", COMPLETED, &session.id);
    assert_eq!(till.post(&body, None).await, 200);
    till.site.work().await;
    assert_eq!(latest(&till.site, &event).await.0.state, OrderState::Held, "nobody has paid");
}
