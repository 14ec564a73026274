//! Credits that are paid at Stripe, and taken back by a bank.
use std::collections::HashMap;

use marquee::clock;
use marquee::credits;
use marquee::ids::Id;
use marquee::members::Member;
use marquee::payments::{Payment, disputes, purchases};

use super::objects::Session;
use super::{Till, notice};
use crate::browser::Browser;
use crate::credits::feature;

async fn at_stripe(till: &Till) -> (Browser, Session, Payment) {
    let mut ada = till.site.member("ada").await;
    ada.visit("/credits").await.fill("credits", "50").press("Buy credits").await;
    let session = till.stripe.session();
    assert_eq!(ada.path, format!("{}/pay/{}", till.stripe.base(), session.id));
    let member = till.site.account_named("ada").await.id;
    (ada, session, purchases::store::of_member(&till.site.app.db, member, 1).await.unwrap().remove(0))
}

async fn balance(till: &Till, member: Id<Member>) -> i64 {
    credits::balance(&till.site.app, member).await.unwrap()
}

#[tokio::test]
async fn stripe_is_asked_for_our_price_and_its_notice_brings_the_credits_once() {
    let till = Till::open().await;
    let (mut ada, session, payment) = at_stripe(&till).await;
    assert_eq!((session.amount, session.currency.as_str()), (500, "chf"));
    assert_eq!(session.said("client_reference_id"), payment.id.to_string());
    assert_eq!(session.said("line_items[0][price_data][product_data][name]"), "50 credits for Marquee");
    assert!(session.asked.keys().all(|name| !name.contains("[order]")), "{:?}", session.asked);
    till.back(&mut ada, &session).await.is(200).sees("has no money from you yet");
    till.stripe.pay(&session.id);
    for id in ["evt_1", "evt_1", "evt_2"] {
        till.told(&till.of_session(id, "checkout.session.completed", &session.id)).await;
    }
    let member = till.site.account_named("ada").await.id;
    assert_eq!(balance(&till, member).await, 50);
    till.back(&mut ada, &session).await.is(200).sees("Paid. Your balance is 50.").sees("Receipt R-000001");
    till.site.verifies().await;
}

#[tokio::test]
async fn credits_of_disputed_money_are_owed_while_the_bank_has_it() {
    for ends in ["won", "lost"] {
        let till = Till::open().await;
        let mut root = till.site.admin("root").await;
        let event = till.site.event("Jazz").host("ada").make().await;
        let (_, session, payment) = at_stripe(&till).await;
        till.stripe.pay(&session.id);
        till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
        let member = till.site.account_named("ada").await.id;
        feature(&till.site, &event, member, 1).await.unwrap();
        let opened = till.stripe.books(|books| books.dispute(&session).json());
        till.told(&notice("evt_2", "charge.dispute.created", &opened)).await;
        assert_eq!(balance(&till, member).await, -20);
        assert_eq!(disputes::store::of_payment(&till.site.app.db, payment.id).await.unwrap().len(), 1);
        assert_eq!(till.site.mail_to("root@example.org").await.subject, "A payment is disputed: Credits");
        root.visit("/admin/payments").await.sees(&purchases::number(payment.id)).sees("asks to");
        till.site.verifies().await;
        let closed = till.stripe.books(|books| {
            books.disputes[0].status = ends;
            books.disputes[0].json()
        });
        till.told(&notice("evt_3", "charge.dispute.closed", &closed)).await;
        assert_eq!(balance(&till, member).await, if ends == "won" { 30 } else { -20 });
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn credits_whose_money_came_back_from_the_bank_are_there_again_and_every_paper_says_so() {
    let till = Till::open().await;
    let (mut ada, session, payment) = at_stripe(&till).await;
    till.stripe.pay(&session.id);
    till.told(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await;
    let member = till.site.account_named("ada").await.id;
    let told = async |id: &str, kind: &str| {
        let charge = till.stripe.books(|books| session.charge_json(books.given_back(&session.intent), false));
        till.told(&notice(id, kind, &charge)).await;
        till.site.verifies().await;
    };
    till.stripe.books(|books| books.give_back(&session, 500, HashMap::new()));
    told("evt_2", "charge.refunded").await;
    assert_eq!(balance(&till, member).await, 0);
    till.site.later(clock::minutes(10)).await;
    till.stripe.books(|books| books.refunds[0].status = "failed");
    told("evt_3", "refund.failed").await;
    assert_eq!(balance(&till, member).await, 50);
    let page = purchases::path(payment.id);
    ada.visit(&page).await.sees("Credit note R-000002").sees("R-000003: the money came back to us");
    ada.sees("Paid in the endCHF 5.00").misses("On its way back");
    ada.visit(&format!("{page}/receipt.pdf")).await.is(200);
}

#[tokio::test]
async fn a_checkout_of_credits_that_nobody_pays_ends() {
    let till = Till::open().await;
    let (mut ada, session, payment) = at_stripe(&till).await;
    till.site.later(clock::minutes(40)).await;
    till.stripe.change(&session.id, |it| it.status = "expired");
    till.told(&till.of_session("evt_1", "checkout.session.expired", &session.id)).await;
    ada.visit(&purchases::path(payment.id)).await.is(200).sees("nothing was charged");
    till.site.verifies().await;
}
