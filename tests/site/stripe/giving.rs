//! Money that goes back through Stripe, or is taken back by a bank.
use std::collections::HashMap;
use std::sync::Arc;

use marquee::app::App;
use marquee::clock;
use marquee::config::Environment;
use marquee::db::Db;
use marquee::events::Event;
use marquee::jobs;
use marquee::mail::Mailer;
use marquee::orders::{Order, OrderState};
use marquee::payments::{RefundState, Why, disputes, receipts, takings};
use marquee::signin::passwords::Passwords;

use super::{CHF_28, Till, Weather, latest, notice};
use crate::browser::Browser;
use crate::races::taken;

pub(super) async fn gives_back(ada: &mut Browser, order: &Order) {
    ada.visit(&format!("{}/cancellation", order.path())).await.press("Give back").await.is(200);
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_made_once_however_late_we_ask_again() {
    for keys_are_known in [true, false] {
        let till = Till::open().await;
        let event = till.site.event("Jazz").capacity(1).price(CHF_28).make().await;
        let (mut ada, order, session) = till.bought(&event, "ada").await;
        till.stripe.weather(|what| if what == "POST refunds" { Weather::Lost } else { Weather::Fair });
        gives_back(&mut ada, &order).await;
        till.site.work().await;
        assert_eq!(till.now(&order).await.2[0].state, RefundState::Asked);
        assert_eq!(taken(&till.site, &event).await, 1, "not free before the money is back");
        till.stripe.fair();
        if !keys_are_known {
            till.stripe.books(super::books::Books::forget_keys);
        }
        till.site.later(clock::hours(25)).await;
        let (order, payments, refunds) = till.now(&order).await;
        assert_eq!((order.state, payments[0].refunded), (OrderState::Cancelled, CHF_28));
        assert_eq!(refunds[0].state, RefundState::Confirmed);
        assert_eq!(till.stripe.books(|books| (books.refunds.len(), books.given_back(&session.intent))), (1, CHF_28));
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn part_of_the_money_goes_back_and_the_tickets_stay() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, order, session) = till.bought(&event, "ada").await;
    let mut host = till.site.member("host").await;
    let page = format!("{}{}", event.path(), order.path());
    host.visit(&page).await.fill("amount", "10.50").press("Refund this amount").await.is(200);
    host.press("Give back CHF 10.50").await.is(200);
    till.site.work().await;
    let (order, payments, refunds) = till.now(&order).await;
    assert_eq!((order.state, payments[0].refunded, refunds[0].why), (OrderState::Confirmed, 1_050, Why::Amount));
    let made = till.stripe.books(|books| books.refunds.clone());
    assert_eq!((made.len(), made[0].amount, &made[0].intent), (1, 1_050, &session.intent));
    // Told of what we know, we write nothing down twice.
    till.told(&notice("evt_1", "charge.refunded", &session.charge_json(1_050, false))).await;
    assert_eq!(till.now(&order).await.2.len(), 1);
    till.site.verifies().await;
}

#[tokio::test]
async fn a_refund_that_is_under_way_ends_by_its_notice() {
    for ends in ["succeeded", "failed"] {
        let till = Till::open().await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let (mut ada, order, _) = till.bought(&event, "ada").await;
        till.stripe.books(|books| books.refunds_are = "pending");
        gives_back(&mut ada, &order).await;
        till.site.work().await;
        assert_eq!(till.now(&order).await.2[0].state, RefundState::Sent);
        let told = till.stripe.books(|books| {
            books.refunds[0].status = ends;
            books.refunds[0].json()
        });
        till.told(&notice("evt_1", "refund.updated", &told)).await;
        let state = till.now(&order).await.2[0].state;
        assert_eq!(state, if ends == "failed" { RefundState::Failed } else { RefundState::Confirmed });
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn a_refund_that_a_bank_sends_back_days_later_waits_at_the_desk_and_is_tried_again() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (mut ada, order, session) = till.bought(&event, "ada").await;
    gives_back(&mut ada, &order).await;
    till.site.work().await;
    assert_eq!(till.now(&order).await.1[0].refunded, CHF_28);
    let began = till.site.now();
    till.site.later(clock::days(5)).await;
    let (day, app) = (clock::days(1), &till.site.app);
    // What went back of the month before, as it was reported, and since.
    let returned = |from, until| async move {
        let owed = takings::store::owed(&app.db, from, until).await.unwrap();
        owed.iter().map(|of| of.returned).sum::<i64>()
    };
    let reported = (began - day, began + day);
    assert_eq!(returned(reported.0, reported.1).await, CHF_28);
    let told = till.stripe.books(|books| {
        books.refunds[0].status = "failed";
        books.refunds[0].json()
    });
    for id in ["evt_1", "evt_2"] {
        till.told(&notice(id, "refund.failed", &told)).await;
        let (_, payments, refunds) = till.now(&order).await;
        assert_eq!((payments[0].refunded, refunds[0].state), (0, RefundState::Failed));
        till.site.verifies().await;
    }
    let mut host = till.site.member("host").await;
    host.visit(&format!("{}/payments", event.path())).await.sees("expired_or_canceled_card");
    host.press(&format!("Try again, {}", order.number())).await.is(200);
    till.site.work().await;
    let (_, payments, refunds) = till.now(&order).await;
    assert_eq!((payments[0].refunded, refunds[0].state), (CHF_28, RefundState::Confirmed));
    assert_eq!(till.stripe.books(|books| books.given_back(&session.intent)), CHF_28);
    assert_eq!(returned(reported.0, reported.1).await, CHF_28, "what was reported stays");
    assert_eq!(returned(reported.1, till.site.now() + day).await, 0, "back to us, and back again");
    let all = receipts::store::of_order(&app.db, order.id).await.unwrap();
    let kinds: Vec<_> = all.iter().map(|of| (of.number, of.kind.word(), of.amount)).collect();
    let note = |number, kind| (number, kind, CHF_28);
    assert_eq!(kinds, [note(1, "receipt"), note(2, "credit_note"), note(3, "reversal"), note(4, "credit_note")]);
    ada.visit(&format!("{}/receipt", order.path())).await.sees("R-000003: the money came back to us").sees("R-000004");
    ada.sees("Paid in the endCHF 0.00");
    till.site.verifies().await;
}

/// The same site after its settings have lost the key: the stand-in takes money, or on a public site nobody.
pub(super) async fn without_its_key(till: &Till, environment: Environment) -> App {
    let app = &till.site.app;
    let mut config = (*app.config).clone();
    (config.stripe, config.environment) = (None, environment);
    let db = Db::connect(&config.database_url).await.unwrap();
    let mailer = Mailer::Memory(Arc::clone(&till.site.mails));
    App::with(config, db, app.clock.clone(), mailer, app.files.clone(), Passwords::cheap()).unwrap()
}

#[tokio::test]
async fn a_refund_of_a_service_that_the_site_has_left_waits_at_the_desk() {
    let half = |event: &mut Event| event.terms.refund_percent = 50;
    for (environment, before, button) in [
        (Environment::Development, Weather::Down, "Given back by hand"),
        (Environment::Production, Weather::Down, "Given back by hand"),
        // Stripe had made it when the key was taken out, and its answer was lost.
        (Environment::Development, Weather::Lost, "Try again"),
    ] {
        let till = Till::open().await;
        let event = till.site.event("Jazz").price(CHF_28).with(half).make().await;
        let (mut ada, order, session) = till.bought(&event, "ada").await;
        till.stripe.weather(move |what| if what == "POST refunds" { before } else { Weather::Fair });
        gives_back(&mut ada, &order).await;
        till.site.work().await;
        till.stripe.fair();
        till.site.app.clock.advance(clock::hours(2));
        let left = without_its_key(&till, environment).await;
        while jobs::run_next(&left).await.unwrap() {}
        assert_eq!(till.now(&order).await.2[0].state, RefundState::Failed, "{environment:?}");
        let mut host = till.site.member("host").await;
        host.visit(&format!("{}/payments", event.path()))
            .await
            .sees("a payment service that this site does not use now");
        host.fill("reason", "Looked.").press(&format!("{button}, {}", order.number())).await.is(200);
        till.site.work().await;
        let (order, _, refunds) = till.now(&order).await;
        assert_eq!((order.state, refunds[0].state), (OrderState::Cancelled, RefundState::Confirmed), "{button}");
        let by_stripe = till.stripe.books(|books| books.given_back(&session.intent));
        assert_eq!(by_stripe, if before == Weather::Lost { CHF_28 / 2 } else { 0 }, "not twice, nor by both");
        till.site.verifies().await;
    }
}

#[tokio::test]
async fn money_given_back_at_the_dashboard_voids_the_order_if_it_is_all() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, order, session) = till.bought(&event, "ada").await;
    for (id, part, state) in [("evt_1", 800, OrderState::Confirmed), ("evt_2", 2_000, OrderState::Cancelled)] {
        let charge = till.stripe.books(|books| {
            books.give_back(&session, part, HashMap::new());
            session.charge_json(books.given_back(&session.intent), false)
        });
        till.told(&notice(id, "charge.refunded", &charge)).await;
        assert_eq!(till.now(&order).await.0.state, state);
        till.site.verifies().await;
    }
    let refunds = till.now(&order).await.2;
    assert!(refunds.iter().all(|refund| refund.why == Why::Outside && refund.is_confirmed()), "{refunds:?}");
}

#[tokio::test]
async fn money_given_back_at_the_dashboard_that_the_bank_sends_back_waits_for_a_person() {
    let till = Till::open().await;
    let mut root = till.site.admin("root").await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let (_, order, session) = till.bought(&event, "ada").await;
    let told = async |id: &str, kind: &str| {
        let charge = till.stripe.books(|books| session.charge_json(books.given_back(&session.intent), false));
        till.told(&notice(id, kind, &charge)).await;
        till.site.verifies().await;
    };
    // Two parts before we hear of them, so that one line of ours stands for both.
    till.stripe.books(|books| {
        books.give_back(&session, 800, HashMap::new());
        books.give_back(&session, 2_000, HashMap::new());
    });
    told("evt_1", "charge.refunded").await;
    assert_eq!(till.now(&order).await.0.state, OrderState::Cancelled);
    till.site.later(clock::minutes(10)).await;
    till.stripe.books(|books| books.refunds[1].status = "failed");
    for id in ["evt_2", "evt_3"] {
        told(id, "refund.failed").await;
        let (order, _, refunds) = till.now(&order).await;
        let are: Vec<_> = refunds.iter().map(|refund| (refund.amount, refund.state)).collect();
        assert_eq!(are, [(CHF_28, RefundState::Failed), (800, RefundState::Confirmed)], "{id}");
        assert_eq!(order.state, OrderState::Cancelled, "the places stay free");
    }
    root.visit("/admin/payouts.csv").await.is(200);
    assert!(root.html().contains("CHF,28.00,8.00,0.00,20.00"), "{}", root.html());
    let mut host = till.site.member("host").await;
    host.visit(&format!("{}/payments", event.path())).await.sees("the bank sent it back");
}

#[tokio::test]
async fn a_dispute_is_written_down_once_and_told_to_the_host_and_the_admins() {
    for ends in ["won", "lost"] {
        let till = Till::open().await;
        let mut root = till.site.admin("root").await;
        let event = till.site.event("Jazz").price(CHF_28).make().await;
        let (_, order, session) = till.bought(&event, "ada").await;
        let before = till.site.mails_to("ada@example.org").await.len();
        let opened = till.stripe.books(|books| books.dispute(&session).json());
        for id in ["evt_1", "evt_2"] {
            till.told(&notice(id, "charge.dispute.created", &opened)).await;
        }
        let (_, payments, _) = latest(&till.site, &event).await;
        let written = disputes::store::of_payment(&till.site.app.db, payments[0].id).await.unwrap();
        assert_eq!((written.len(), written[0].amount, written[0].reason.as_str()), (1, CHF_28, "fraudulent"));
        for who in ["host@example.org", "root@example.org"] {
            let mails = till.site.mails_to(who).await;
            assert_eq!(mails.iter().filter(|mail| mail.subject == "A payment is disputed: Jazz").count(), 1, "{who}");
        }
        let mut host = till.site.member("host").await;
        let desk = format!("{}/payments", event.path());
        host.visit(&desk).await.sees("asks to. Answer at the payment service.").sees("fraudulent");
        till.site.verifies().await;

        let closed = till.stripe.books(|books| {
            books.disputes[0].status = ends;
            books.disputes[0].json()
        });
        till.told(&notice("evt_3", "charge.dispute.closed", &closed)).await;
        host.visit(&desk).await.sees(if ends == "won" { "Nothing is stuck." } else { "has taken the money back" });
        if ends == "lost" {
            host.fill("reason", "Seen.").press(&format!("It is well, {}", order.number())).await.is(200);
            host.visit(&desk).await.sees("Nothing is stuck.");
        }
        till.told(&notice("evt_4", "charge.dispute.closed", &closed)).await;
        host.visit(&desk).await.sees("Nothing is stuck.");
        // What the bank has taken is owed to nobody.
        root.visit("/admin/payouts.csv").await.is(200);
        let owed = if ends == "won" { "CHF,28.00,0.00,0.00,28.00" } else { "CHF,28.00,0.00,28.00,0.00" };
        assert!(root.html().contains(owed), "{}", root.html());
        let takings = if ends == "won" { "TakingsCHF 28" } else { "TakingsCHF 0" };
        host.visit(&format!("{}/manage", event.path())).await.sees(takings);
        assert_eq!(host.text().contains("CHF 28 taken back by banks"), ends == "lost", "{}", host.text());
        assert_eq!(till.now(&order).await.0.state, OrderState::Confirmed);
        assert_eq!(till.site.mails_to("ada@example.org").await.len(), before, "the buyer's bank told the buyer");
        till.site.verifies().await;
        if ends == "lost" {
            // The money is back with the buyer: who takes the places back gives none, and they are free at once.
            host.visit(&format!("{}{}", event.path(), order.path())).await.press("Cancel the order").await.is(200);
            host.sees("No money goes back.");
            host.press("Take back").await.is(200).sees("The places are free again.");
            till.site.work().await;
            let (order, _, refunds) = till.now(&order).await;
            assert_eq!((order.state, refunds.len()), (OrderState::Cancelled, 0));
            root.visit("/admin/payouts.csv").await.is(200);
            assert!(root.html().contains(owed), "{}", root.html());
            till.site.verifies().await;
        }
    }
}
