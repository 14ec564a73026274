//! Replays the facts of payments and compares what follows with the tables.
mod comparing;

use std::collections::{HashMap, HashSet};

use super::disputes::{Dispute, DisputeState, PROBLEM};
use super::purchases::Bought;
use super::refunds::TOO_MUCH;
use super::{Hand, Payment, PaymentFact, PaymentState, Provider, Refund, RefundState, Why};
use crate::clock::Instant;
use crate::ids::Id;
use crate::journal::Entry;
use crate::orders::Order;

/// Payments and refunds as the journal determines them.
#[derive(Debug, Default)]
pub struct Replayed {
    payments: HashMap<Id<Payment>, PaymentNow>,
    /// Those of which the provider said so, whatever became of them.
    on_its_way: HashSet<Id<Payment>>,
    purchases: HashMap<Id<Payment>, Bought>,
    refunds: HashMap<Id<Refund>, RefundNow>,
    disputes: HashMap<Id<Dispute>, DisputeNow>,
    receipts: HashMap<i64, ReceiptNow>,
    /// What went back of each refund, and came back, in order.
    moves: HashMap<Id<Refund>, Vec<(i64, Hand)>>,
}

#[derive(Debug, PartialEq, Eq)]
struct ReceiptNow {
    payment: Id<Payment>,
    refund: Option<Id<Refund>>,
    amount: i64,
    tax: i64,
}

#[derive(Debug, PartialEq, Eq)]
struct PaymentNow {
    order: Option<Id<Order>>,
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
struct DisputeNow {
    payment: Id<Payment>,
    state: DisputeState,
    amount: i64,
    currency: String,
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
        if let PaymentFact::PaymentOpened { order, purchase, provider, amount, currency, expires_at } = fact {
            self.purchases.extend(purchase.map(|purchase| (id, purchase)));
            let (state, received, refunded, problem) = (PaymentState::Open, 0, 0, None);
            let now = PaymentNow { order, provider, state, amount, currency, expires_at, received, refunded, problem };
            self.payments.insert(id, now);
            return Ok(());
        }
        let payment = self.payment(id, entry)?;
        match fact {
            PaymentFact::PaymentOpened { .. } | PaymentFact::Mended { .. } => {}
            PaymentFact::PaymentPaid { amount, currency } => payment.paid(amount, &currency),
            PaymentFact::PaymentOnItsWay => drop(self.on_its_way.insert(id)),
            PaymentFact::PaymentEnded => payment.state = PaymentState::Ended,
            PaymentFact::DisputeOpened { dispute, amount, currency } => {
                payment.problem = payment.problem.or(Some(PROBLEM));
                if let Some(dispute) = dispute {
                    let state = DisputeState::Open;
                    self.disputes.insert(dispute, DisputeNow { payment: id, state, amount, currency });
                }
            }
            PaymentFact::DisputeClosed { dispute, won } => self.close(id, dispute, won)?,
            PaymentFact::ReceiptIssued { number, refund, amount, tax } => {
                let before = self.receipts.insert(number, ReceiptNow { payment: id, refund, amount, tax });
                anyhow::ensure!(before.is_none(), "two receipts have the number {number}");
            }
            PaymentFact::ProblemClosed => payment.problem = None,
            PaymentFact::RefundAsked { refund, amount, why, .. } => {
                self.refunds.insert(refund, RefundNow { payment: id, state: RefundState::Asked, why, amount });
            }
            PaymentFact::RefundSent { refund } => self.refund(refund)?.state = RefundState::Sent,
            PaymentFact::RefundFailed { refund } => self.refund_failed(id, refund, entry)?,
            PaymentFact::RefundCut { refund, amount } => self.refund(refund)?.amount = amount,
            PaymentFact::RefundConfirmed { refund, hand } => self.refund_confirmed(id, refund, hand, entry)?,
        }
        Ok(())
    }

    /// What had gone back has come back to the site.
    fn refund_failed(&mut self, id: Id<Payment>, refund: Id<Refund>, entry: &Entry) -> anyhow::Result<()> {
        let now = self.refund(refund)?;
        let (was, amount) = (now.state, now.amount);
        now.state = RefundState::Failed;
        if was == RefundState::Confirmed {
            self.payment(id, entry)?.refunded -= amount;
            self.moves.entry(refund).or_default().push((-amount, Hand::Provider));
        }
        Ok(())
    }

    fn refund_confirmed(
        &mut self,
        id: Id<Payment>,
        refund: Id<Refund>,
        hand: Hand,
        entry: &Entry,
    ) -> anyhow::Result<()> {
        let now = self.refund(refund)?;
        now.state = RefundState::Confirmed;
        let amount = now.amount;
        let payment = self.payment(id, entry)?;
        payment.refunded += amount;
        let hand = if payment.provider == Provider::Host { Hand::Host } else { hand };
        if payment.refunded > payment.received {
            payment.problem = payment.problem.or(Some(TOO_MUCH));
        }
        self.moves.entry(refund).or_default().push((amount, hand));
        Ok(())
    }

    fn close(&mut self, payment: Id<Payment>, id: Option<Id<Dispute>>, won: bool) -> anyhow::Result<()> {
        if let Some(id) = id {
            let unknown = || anyhow::anyhow!("a fact speaks of dispute {id}, which nobody opened");
            let state = if won { DisputeState::Won } else { DisputeState::Lost };
            self.disputes.get_mut(&id).ok_or_else(unknown)?.state = state;
        }
        let mut others = self.disputes.values().filter(|dispute| dispute.payment == payment);
        // Older facts said nothing of how it ended, and closed the problem.
        if (won && others.all(|dispute| dispute.state == DisputeState::Won) || id.is_none())
            && let Some(payment) = self.payments.get_mut(&payment).filter(|payment| payment.problem == Some(PROBLEM))
        {
            payment.problem = None;
        }
        Ok(())
    }

    fn payment(&mut self, id: Id<Payment>, entry: &Entry) -> anyhow::Result<&mut PaymentNow> {
        self.payments.get_mut(&id).ok_or_else(|| anyhow::anyhow!("{} begins without payment_opened", entry.stream))
    }

    fn refund(&mut self, id: Id<Refund>) -> anyhow::Result<&mut RefundNow> {
        self.refunds.get_mut(&id).ok_or_else(|| anyhow::anyhow!("a fact speaks of refund {id}, which nobody asked for"))
    }
}

impl PaymentNow {
    fn paid(&mut self, amount: i64, currency: &str) {
        let currency = currency.to_uppercase();
        if amount != self.amount || currency != self.currency {
            self.problem = Some("amount");
        }
        (self.state, self.received, self.currency) = (PaymentState::Paid, amount, currency);
    }

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
