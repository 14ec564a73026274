//! Payments of plans: the provider asks for them every month and says that they came, so they begin as paid.
use super::gateway::Invoice;
use super::{Payment, PaymentFact, PaymentState, Provider, receipts, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::orders::Refusal;

/// Writes down the money of a bill, with its receipt. Whoever calls has made sure that this bill is new. At Stripe some
/// of it may be given back already: that is asked next.
pub async fn paid(tx: &mut Tx, provider: Provider, bill: &Invoice, now: Instant) -> Result<Id<Payment>, Refusal> {
    let (amount, currency) = (bill.amount, bill.currency.clone());
    let payment = Payment {
        id: Id::new(),
        order_id: None,
        provider,
        state: PaymentState::Paid,
        amount,
        currency: currency.clone(),
        received: amount,
        refunded: 0,
        opened_at: now,
        expires_at: now,
        paid_at: Some(now),
        ended_at: None,
        problem: None,
        reference: Some(bill.reference.clone()),
        url: bill.hosted_url.clone(),
        return_url: None,
        cancel_url: None,
        asked_at: None,
    };
    store::insert(tx, &payment).await?;
    store::set_checkout(tx, payment.id, &bill.reference, bill.hosted_url.as_deref().unwrap_or_default()).await?;
    let opened = PaymentFact::PaymentOpened {
        order: None,
        purchase: None,
        provider,
        amount,
        currency: currency.clone(),
        expires_at: now,
    };
    journal::append(tx, &payment.stream(), &opened, Actor::Site, now).await?;
    journal::append(tx, &payment.stream(), &PaymentFact::PaymentPaid { amount, currency }, Actor::Site, now).await?;
    receipts::issue(tx, &payment, now).await?;
    if provider == Provider::Stripe {
        jobs::enqueue(tx, Job::Settle { payment: payment.id }, now).await?;
    }
    Ok(payment.id)
}
