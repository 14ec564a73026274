//! What must hold when all has settled: our books and Stripe's say the same.
use marquee::clock::{hours, minutes};
use marquee::credits;
use marquee::orders::{self, Order, OrderState};
use marquee::payments::{self, Payment, Refund, purchases};

use super::Till;
use super::objects::Session;

pub async fn every_order(till: &Till) -> Vec<Order> {
    let mut tx = till.site.app.db.read().await.expect("a snapshot");
    let mut all = orders::store::every_order(&mut tx).await.expect("orders");
    all.sort_by_key(|order| order.placed_at);
    all
}

/// Fair weather, and time for all that waits.
pub async fn settles(till: &Till) {
    till.stripe.fair();
    for by in [minutes(20), minutes(20), hours(1), hours(2), hours(5), hours(25), hours(25), hours(25)] {
        till.site.later(by).await;
        till.site.later(minutes(2)).await;
    }
}

/// What is wrong now that all has settled.
pub async fn wrong(till: &Till) -> Vec<String> {
    let mut tx = till.site.app.db.read().await.expect("a snapshot");
    let payments = payments::store::every_payment(&mut tx).await.expect("payments");
    let refunds = payments::store::every_refund(&mut tx).await.expect("refunds");
    drop(tx);
    let mut wrong: Vec<String> =
        refunds.iter().filter(|one| !Refund::is_confirmed(one)).map(|one| format!("not back: {one:?}")).collect();
    wrong.extend(payments.iter().filter_map(|payment| differs(till, payment)));
    for order in every_order(till).await {
        if order.is_held() || order.state == OrderState::Refunding {
            wrong.push(format!("left: {order:?}"));
        }
        let tickets = orders::store::tickets(&till.site.app.db, order.id).await.expect("tickets");
        let worth: i64 = tickets.iter().filter(|ticket| ticket.is_valid()).map(|ticket| ticket.price).sum();
        let of = payments.iter().filter(|payment| payment.order_id == Some(order.id));
        let kept: i64 = of.map(|payment| payment.received - payment.refunded).sum();
        if kept != worth {
            wrong.push(format!("{kept} kept for places worth {worth}: {order:?}"));
        }
    }
    wrong.extend(credits_differ(till, &payments).await);
    wrong
}

/// How a payment stands at Stripe, if it stands otherwise with us.
fn differs(till: &Till, payment: &Payment) -> Option<String> {
    let name = payment.id.to_string();
    till.stripe.books(|books| {
        let of = |session: &&Session| session.said("client_reference_id") == name;
        let theirs: Vec<_> = books.sessions.iter().filter(of).cloned().collect();
        let paid = theirs.iter().any(|session| session.paid);
        let back: i64 = theirs.iter().map(|session| books.given_back(&session.intent)).sum();
        let differs = theirs.len() > 1 || payment.is_open() || payment.is_paid() != paid || payment.refunded != back;
        differs.then(|| format!("{payment:?}, at Stripe {theirs:?} and {back} given back"))
    })
}

/// Members have the credits that their money stayed here for.
async fn credits_differ(till: &Till, payments: &[Payment]) -> Vec<String> {
    let mut tx = till.site.app.db.read().await.expect("a snapshot");
    let lines = credits::store::every_line(&mut tx).await.expect("lines");
    let mut wrong = Vec::new();
    for of in purchases::store::every(&mut tx).await.expect("purchases") {
        let payment = payments.iter().find(|payment| payment.id == of.payment_id).expect("its payment");
        let has: i64 = lines.iter().filter(|line| line.payment_id == Some(payment.id)).map(|line| line.credits).sum();
        let kept = payment.received - payment.refunded;
        if has * payment.amount != of.credits * kept {
            wrong.push(format!("{has} of {} credits for {kept}: {payment:?}", of.credits));
        }
    }
    wrong
}
