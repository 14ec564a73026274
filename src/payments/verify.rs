//! Replays the facts of payments and compares what follows with the tables.
use std::collections::HashMap;

use super::{Payment, PaymentFact, PaymentState, Provider, Refund, RefundState, Why, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::Entry;
use crate::orders::Order;

/// Payments and refunds as the journal determines them.
#[derive(Debug, Default)]
pub struct Replayed {
    payments: HashMap<Id<Payment>, PaymentNow>,
    refunds: HashMap<Id<Refund>, RefundNow>,
}

#[derive(Debug, PartialEq, Eq)]
struct PaymentNow {
    order: Id<Order>,
    provider: Provider,
    state: PaymentState,
    amount: i64,
    currency: String,
    expires_at: Instant,
    received: i64,
    refunded: i64,
    problem: Option<&'static str>,
}

#[derive(Debug, PartialEq, Eq)]
struct RefundNow {
    payment: Id<Payment>,
    state: RefundState,
    why: Why,
    amount: i64,
}

impl Replayed {
    pub fn apply(&mut self, id: Id<Payment>, entry: &Entry) -> anyhow::Result<()> {
        let fact: PaymentFact = entry.fact()?;
        if let PaymentFact::PaymentOpened { order, provider, amount, currency, expires_at } = fact {
            let (state, received, refunded, problem) = (PaymentState::Open, 0, 0, None);
            let now = PaymentNow { order, provider, state, amount, currency, expires_at, received, refunded, problem };
            self.payments.insert(id, now);
            return Ok(());
        }
        let begun = || anyhow::anyhow!("{} begins without payment_opened", entry.stream);
        let payment = self.payments.get_mut(&id).ok_or_else(begun)?;
        match fact {
            PaymentFact::PaymentOpened { .. } | PaymentFact::Mended { .. } => {}
            PaymentFact::PaymentPaid { amount, currency } => {
                (payment.state, payment.received) = (PaymentState::Paid, amount);
                if amount != payment.amount || !currency.eq_ignore_ascii_case(&payment.currency) {
                    payment.problem = Some("amount");
                }
            }
            PaymentFact::PaymentEnded => payment.state = PaymentState::Ended,
            PaymentFact::DisputeOpened => payment.problem = Some("dispute"),
            PaymentFact::DisputeClosed | PaymentFact::ProblemClosed => payment.problem = None,
            PaymentFact::RefundAsked { refund, amount, why, .. } => {
                self.refunds.insert(refund, RefundNow { payment: id, state: RefundState::Asked, why, amount });
            }
            PaymentFact::RefundSent { refund } => self.refund(refund)?.state = RefundState::Sent,
            PaymentFact::RefundFailed { refund } => self.refund(refund)?.state = RefundState::Failed,
            PaymentFact::RefundConfirmed { refund } => {
                let now = self.refund(refund)?;
                now.state = RefundState::Confirmed;
                let amount = now.amount;
                self.payments.get_mut(&id).ok_or_else(begun)?.refunded += amount;
            }
        }
        Ok(())
    }

    fn refund(&mut self, id: Id<Refund>) -> anyhow::Result<&mut RefundNow> {
        self.refunds.get_mut(&id).ok_or_else(|| anyhow::anyhow!("a fact speaks of refund {id}, which nobody asked for"))
    }

    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let payments = store::every_payment(tx).await?;
        for row in &payments {
            let told = self.payments.get(&row.id);
            if told.is_none_or(|told| !told.is(row)) {
                differences.push(format!("payment {}: the journal says {told:?}, the table {row:?}", row.id));
            }
            if row.refunded > row.received && row.problem.is_none() {
                differences.push(format!("payment {}: {} given back of {}", row.id, row.refunded, row.received));
            }
        }
        let refunds = store::every_refund(tx).await?;
        for row in &refunds {
            let now = RefundNow { payment: row.payment_id, state: row.state, why: row.why, amount: row.amount };
            let told = self.refunds.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("refund {}: the journal says {told:?}, the table {now:?}", row.id));
            }
        }
        if (payments.len(), refunds.len()) != (self.payments.len(), self.refunds.len()) {
            let told = (self.payments.len(), self.refunds.len());
            let rows = (payments.len(), refunds.len());
            differences.push(format!("the journal speaks of (payments, refunds) {told:?}, the tables of {rows:?}"));
        }
        Ok(differences)
    }
}

impl PaymentNow {
    fn is(&self, row: &Payment) -> bool {
        self.order == row.order_id
            && self.provider == row.provider
            && self.state == row.state
            && self.amount == row.amount
            && self.currency == row.currency
            && self.expires_at == row.expires_at
            && self.received == row.received
            && self.refunded == row.refunded
            && self.problem == row.problem.as_deref()
    }
}
