//! What must hold: at every moment, and when all has settled.
use std::collections::HashMap;

use marquee::clock::{hours, minutes};
use marquee::credits;
use marquee::db::{Tx, sql};
use marquee::decide;
use marquee::jobs;
use marquee::journal::Actor;
use marquee::orders::waiting::{self, Party, PartyState};
use marquee::orders::{self, Hold, Order, OrderState, Refusal};
use marquee::payments::local::{Book, CheckoutState};
use marquee::payments::{self, Hand, Payment, Provider, Refund, RefundState, Why, refunds};

use super::deeds::some_jobs;
use super::world::World;

/// Jobs that one look may find due; more is a job that makes itself again.
const MANY: usize = 2_000;

/// A refund in the provider's books.
#[derive(Debug, sqlx::FromRow)]
struct Returned {
    checkout_id: String,
    key: String,
    amount: i64,
    outside: bool,
}

/// All that is known of money, by one snapshot.
struct Books {
    orders: Vec<Order>,
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    checkouts: Vec<Book>,
    returned: Vec<Returned>,
}

fn all_of(wrong: &[String]) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Whoever has an offer has places that are held, and what is offered is offered to somebody.
async fn offers_agree(tx: &mut Tx) -> Vec<String> {
    let parties = waiting::store::every(tx).await.expect("parties");
    let mut orders = orders::store::every_order(tx).await.expect("orders");
    orders.retain(Order::is_held);
    let offered = |order: &Order| parties.iter().any(|party| party.is_offered() && party.order_id == Some(order.id));
    let held = |party: &Party| orders.iter().any(|order| Some(order.id) == party.order_id);
    let parties = parties.iter().filter(|party| party.is_offered() && !held(party));
    let mut wrong: Vec<_> = parties.map(|party| format!("nothing is behind the offer: {party:?}")).collect();
    let offers = orders.iter().filter(|order| order.hold == Some(Hold::Offer) && !offered(order));
    wrong.extend(offers.map(|order| format!("offered to nobody: {order:?}")));
    wrong
}

impl World {
    /// No place is sold twice, at any moment.
    pub async fn observe(&self) -> Result<(), String> {
        let mut tx = self.app.db.read().await.expect("a snapshot");
        let mut wrong = Vec::new();
        for (id, sold, held, capacity) in orders::store::every_type_count(&mut tx).await.expect("counts") {
            if sold < 0 || held < 0 || capacity.is_some_and(|capacity| sold + held > capacity) {
                wrong.push(format!("type {id}: sold {sold}, held {held} of {capacity:?}"));
            }
        }
        for (id, taken, _) in orders::store::every_event(&mut tx).await.expect("counts") {
            let capacity = self.events.iter().find(|event| event.id == id).and_then(|event| event.capacity);
            if taken < 0 || capacity.is_some_and(|capacity| taken > capacity) {
                wrong.push(format!("event {id}: {taken} taken of {capacity:?}"));
            }
        }
        wrong.extend(offers_agree(&mut tx).await);
        drop(tx);
        wrong.extend(orders::verify::run(&self.app.db).await.expect("verify"));
        all_of(&wrong)
    }

    /// Fair weather, and time for everything that waits.
    pub async fn settle(&mut self) -> Result<(), String> {
        self.storm(0);
        self.reopen().await;
        let spans = [minutes(20), minutes(20), hours(1), hours(1), hours(5), hours(24), hours(24), hours(24)];
        for span in spans {
            self.app.clock.advance(span);
            // Twice: what the first wave of jobs queues for a little later is due in the second.
            for _ in 0..2 {
                self.app.clock.advance(minutes(2));
                jobs::schedule(&self.app).await.map_err(|error| format!("the schedule: {error:?}"))?;
                let done = some_jobs(&self.app, MANY).await.map_err(|error| format!("a job: {error:?}"))?;
                if done == MANY.to_string() {
                    return Err("jobs without end".into());
                }
            }
            self.observe().await?;
        }
        self.give_by_hand().await;
        some_jobs(&self.app, MANY).await.map_err(|error| format!("a job: {error:?}"))?;
        self.observe().await
    }

    /// What hosts have in hand, they give back themselves.
    async fn give_by_hand(&self) {
        let now = self.app.clock.now();
        for refund in self.books().await.refunds.iter().filter(|refund| !refund.is_confirmed()) {
            let payment = payments::store::by_id(&self.app.db, refund.payment_id).await.expect("a look-up");
            if payment.is_some_and(|payment| payment.provider == Provider::Host) {
                let done: Result<(), Refusal> = decide!(
                    self.app.db,
                    tx,
                    refunds::given_by_hand(tx, refund.id, (Hand::Site, Actor::Operator), now).await
                );
                done.expect("given back");
            }
        }
    }

    async fn books(&self) -> Books {
        let mut tx = self.app.db.read().await.expect("a snapshot");
        let tx: &mut Tx = &mut tx;
        Books {
            orders: orders::store::every_order(tx).await.expect("orders"),
            payments: payments::store::every_payment(tx).await.expect("payments"),
            refunds: payments::store::every_refund(tx).await.expect("refunds"),
            checkouts: sql("SELECT * FROM local_checkouts").all(&mut *tx).await.expect("checkouts"),
            returned: sql("SELECT * FROM local_refunds").all(&mut *tx).await.expect("refunds"),
        }
    }

    /// What must hold now that all has settled.
    pub async fn agrees(&self) -> Result<(), String> {
        let books = self.books().await;
        let mut wrong = books.payments_agree();
        wrong.extend(books.refunds_agree());
        for order in &books.orders {
            wrong.extend(self.order_agrees(&books, order).await);
        }
        wrong.extend(self.credits_agree(&books).await);
        wrong.extend(self.parties_agree(&books).await);
        let rows: Vec<jobs::store::Row> = sql("SELECT * FROM jobs").all(&self.app.db).await.expect("jobs");
        wrong.extend(rows.iter().map(|job| format!("a job is left: {job:?}")));
        all_of(&wrong)
    }

    /// Nobody waits for what is over, and who was served has had the places.
    async fn parties_agree(&self, books: &Books) -> Vec<String> {
        let mut tx = self.app.db.read().await.expect("a snapshot");
        let parties = waiting::store::every(&mut tx).await.expect("parties");
        let served = |party: &Party| {
            let order = books.orders.iter().find(|order| Some(order.id) == party.order_id);
            order.is_some_and(|order| order.confirmed_at.is_some())
        };
        let wrong = parties.iter().filter(|party| match party.state {
            PartyState::Asked | PartyState::Waiting | PartyState::Offered => true,
            PartyState::Served => !served(party),
            PartyState::Passed | PartyState::Left | PartyState::Removed | PartyState::Closed | PartyState::Lapsed => {
                false
            }
        });
        wrong.map(|party| format!("left on the list, or not served: {party:?}")).collect()
    }

    /// Members have the credits that their money stayed here for, and never spent what was not there.
    async fn credits_agree(&self, books: &Books) -> Vec<String> {
        let mut tx = self.app.db.read().await.expect("a snapshot");
        let (lines, purchases) = (
            credits::store::every_line(&mut tx).await.expect("lines"),
            payments::purchases::store::every(&mut tx).await.expect("purchases"),
        );
        let mut wrong = Vec::new();
        for of in &purchases {
            let payment = books.payments.iter().find(|payment| payment.id == of.payment_id).expect("its payment");
            let has: i64 =
                lines.iter().filter(|line| line.payment_id == Some(payment.id)).map(|line| line.credits).sum();
            let kept = payment.received - payment.refunded;
            if has * payment.amount != of.credits * kept {
                wrong.push(format!("{has} of {} credits for {kept}: {payment:?}", of.credits));
            }
        }
        let over = lines.iter().filter(|line| line.kind == credits::Kind::Spend && line.balance < 0);
        wrong.extend(over.map(|line| format!("overdrawn: {line:?}")));
        wrong
    }

    /// An order has the places that its money stayed here for.
    async fn order_agrees(&self, books: &Books, order: &Order) -> Vec<String> {
        let mut wrong = Vec::new();
        if order.is_held() || order.state == OrderState::Refunding {
            wrong.push(format!("left: {order:?}"));
        }
        if order.confirmed_at.is_some() && order.state == OrderState::Ended {
            wrong.push(format!("was confirmed and is gone: {order:?}"));
        }
        let tickets = orders::store::tickets(&self.app.db, order.id).await.expect("tickets");
        let worth: i64 = tickets.iter().filter(|ticket| ticket.is_valid()).map(|ticket| ticket.price).sum();
        let paid = || books.payments.iter().filter(|payment| payment.order_id == Some(order.id) && payment.is_paid());
        let kept: i64 = paid().map(|payment| payment.amount - payment.refunded).sum();
        let event = self.events.iter().find(|event| event.id == order.event_id).expect("the event");
        // What a buyer gives back is worth less by the event's rule; the rest stays with the host.
        let whole = event.terms.refund_percent == 100;
        if (whole && kept != worth) || kept < worth || kept > order.total {
            let money: Vec<_> = paid().collect();
            wrong.push(format!("{kept} kept for places worth {worth}: {order:#?} {money:#?} {tickets:#?}"));
        }
        wrong
    }
}

impl Books {
    /// Each payment stands with us as it does in the provider's books.
    fn payments_agree(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let books: HashMap<_, _> = self.checkouts.iter().map(|book| (book.payment.clone(), book)).collect();
        for payment in &self.payments {
            if payment.is_open() {
                wrong.push(format!("open without end: {payment:?}"));
            }
            let book = books.get(&payment.id.to_string());
            let theirs = book.is_some_and(|book| book.state == CheckoutState::Paid);
            if payment.provider == Provider::Local && payment.is_paid() != theirs {
                wrong.push(format!("paid here: {}, at the provider: {theirs}: {payment:?}", payment.is_paid()));
            }
            let back: i64 = book.map_or(0, |book| {
                self.returned.iter().filter(|refund| refund.checkout_id == book.id).map(|refund| refund.amount).sum()
            });
            if payment.provider == Provider::Local && payment.refunded != back {
                wrong.push(format!("given back here {}, there {back}: {payment:?}", payment.refunded));
            }
        }
        wrong
    }

    /// Each refund that was asked went out once, or the money had gone back outside.
    fn refunds_agree(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for refund in &self.refunds {
            if refund.state != RefundState::Confirmed {
                wrong.push(format!("a refund is left: {refund:?}"));
            }
            let ours = |of: &&Returned| of.key.starts_with(&refund.id.to_string());
            let sent: Vec<_> = self.returned.iter().filter(ours).collect();
            if sent.len() > 1 || sent.iter().any(|sent| sent.amount != refund.amount || sent.outside) {
                wrong.push(format!("sent {sent:?}: {refund:?}"));
            }
            if refund.why == Why::Outside && !sent.is_empty() {
                wrong.push(format!("given back outside and by us: {refund:?}"));
            }
        }
        let known = |of: &&Returned| self.refunds.iter().any(|refund| of.key.starts_with(&refund.id.to_string()));
        let unknown = self.returned.iter().filter(|of| !of.outside && !known(of));
        wrong.extend(unknown.map(|of| format!("nobody asked for {of:?}")));
        wrong
    }
}
