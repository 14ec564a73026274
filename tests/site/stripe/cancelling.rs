//! An event with five hundred paid orders is cancelled while Stripe is slow, broken or talks nonsense: all of it is
//! queued and seen, nothing else waits for it, and everybody has the money back once.
use std::sync::atomic::{AtomicUsize, Ordering};

use marquee::app::App;
use marquee::clock;
use marquee::decide;
use marquee::events::{self, Event};
use marquee::jobs::{self, Lane};
use marquee::journal::Actor;
use marquee::orders::{OrderState, Way, Wish};
use marquee::payments::checkout::Back;
use marquee::payments::{self, RefundState, settle};

use super::{CHF_28, Till, Weather, latest};
use crate::races::{guest, take, taken, wish};

const ORDERS: usize = 500;

/// Jobs that are done at the same time, as by several processes.
const WORKERS: usize = 25;

/// That many orders of guests, each paid at Stripe.
async fn sold(till: &Till, event: &Event, orders: usize) {
    let app = &till.site.app;
    for n in 0..orders {
        let wish = Wish { way: Way::Own, ..wish(app, event, guest(n), 0, 1).await };
        let order = take(app, &wish).await.expect("a place").id();
        let begun = payments::begin(app, order, &Back::default(), Actor::Guest).await;
        let (payment, _) = begun.expect("a session");
        till.stripe.pay(&till.stripe.session().id);
        settle(app, payment.id).await.expect("paid");
    }
    till.site.work().await;
    assert_eq!(taken(&till.site, event).await, i64::try_from(orders).unwrap());
}

async fn cancelled(app: &App, event: &Event) {
    let now = app.clock.now();
    let done: events::hosting::Result<Event> =
        decide!(app.db, tx, events::hosting::cancel(tx, event.id, "Rain.", Actor::Operator, now).await);
    done.expect("cancelled");
}

/// Does what is due in a lane, many at a time.
async fn drained(app: &App, lane: Lane) {
    let one = || async { while jobs::run_in(app, lane).await.expect("a job") {} };
    futures_util::future::join_all((0..WORKERS).map(|_| one())).await;
}

async fn states(till: &Till) -> Vec<RefundState> {
    let mut tx = till.site.app.db.read().await.unwrap();
    payments::store::every_refund(&mut tx).await.unwrap().into_iter().map(|refund| refund.state).collect()
}

#[tokio::test]
async fn five_hundred_refunds_wait_for_a_stripe_that_fails_and_each_is_made_once() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    sold(&till, &event, ORDERS).await;
    cancelled(&till.site.app, &event).await;
    // One after the other, so that every refund meets another weather on each of its ways.
    let bad = [Weather::Down, Weather::Garbage, Weather::Half, Weather::Lost];
    let asked = AtomicUsize::new(0);
    till.stripe.weather(move |_| bad[asked.fetch_add(1, Ordering::Relaxed) % bad.len()]);
    drained(&till.site.app, Lane::Own).await;
    drained(&till.site.app, Lane::Returning).await;
    let waiting = states(&till).await;
    assert_eq!((waiting.len(), waiting.iter().all(|state| *state == RefundState::Asked)), (ORDERS, true));
    let stopped = till.site.mails_to("guest7@example.org").await;
    assert!(stopped.iter().any(|mail| mail.subject == "Cancelled: Jazz"), "{stopped:#?}");
    till.site.verifies().await;

    // An admin sees them wait; those who run the event see what stays for long.
    let mut root = till.site.admin("root").await;
    root.visit("/admin/jobs?kind=send_refund").await.is(200).sees("send_refund");
    till.site.app.clock.advance(clock::hours(2));
    let mut host = till.site.member("host").await;
    host.visit(&format!("{}/payments", event.path())).await.sees("on its way back for long");

    // Now Stripe does all it is asked for, and the answer to every other is lost.
    let asked = AtomicUsize::new(0);
    till.stripe.weather(move |what| match what {
        "POST refunds" if asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => Weather::Lost,
        _ => Weather::Fair,
    });
    drained(&till.site.app, Lane::Returning).await;
    till.stripe.fair();
    till.site.app.clock.advance(clock::hours(2));
    drained(&till.site.app, Lane::Returning).await;
    till.site.work().await;
    assert!(states(&till).await.iter().all(|state| *state == RefundState::Confirmed));
    let refunds = till.stripe.books(|books| books.refunds.clone());
    let mut intents: Vec<_> = refunds.iter().map(|refund| refund.intent.clone()).collect();
    intents.sort_unstable();
    intents.dedup();
    assert_eq!((refunds.len(), intents.len()), (ORDERS, ORDERS), "each once");
    assert!(refunds.iter().all(|refund| refund.amount == CHF_28));
    assert_eq!(taken(&till.site, &event).await, 0);
    host.visit(&format!("{}/payments", event.path())).await.sees("Nothing is stuck.");
    till.site.verifies().await;
}

#[tokio::test]
async fn nothing_waits_for_refunds_to_which_stripe_gives_no_answer() {
    let till = Till::open().await;
    let event = till.site.event("Jazz").price(CHF_28).make().await;
    let other = till.site.event("Blues").price(CHF_28).make().await;
    sold(&till, &event, 20).await;
    let (_, session) = till.at_stripe(&other, "ada").await;
    cancelled(&till.site.app, &event).await;
    drained(&till.site.app, Lane::Own).await;

    let silent = |what: &str| if what.contains("refunds") { Weather::Silent } else { Weather::Fair };
    till.stripe.weather(silent);
    let app = till.site.app.clone();
    let begun = till.stripe.count("GET refunds");
    let stuck = async { jobs::run_in(&app, Lane::Returning).await.expect("a job") };
    let others = async {
        let mut turn = tokio::time::interval(std::time::Duration::from_millis(5));
        while till.stripe.count("GET refunds") == begun {
            turn.tick().await;
        }
        // Somebody else pays meanwhile, and has the ticket before the refund has failed.
        till.stripe.pay(&session.id);
        assert_eq!(till.tell(&till.of_session("evt_1", "checkout.session.completed", &session.id)).await, 200);
        drained(&till.site.app, Lane::Asking).await;
        drained(&till.site.app, Lane::Own).await;
        drained(&till.site.app, Lane::Mail).await;
        assert_eq!(latest(&till.site, &other).await.0.state, OrderState::Confirmed);
        let mails = till.site.mails.sent.lock().expect("mails");
        assert!(mails.iter().any(|mail| mail.to == "ada@example.org" && mail.subject == "Your ticket for Blues"));
    };
    let answered = tokio::select! {
        biased;
        () = others => false,
        _ = stuck => true,
    };
    assert!(!answered, "it still waits");
    till.stripe.fair();
    till.site.later(clock::hours(1)).await;
    assert_eq!(till.stripe.books(|books| books.refunds.len()), 20);
    till.site.verifies().await;
}
