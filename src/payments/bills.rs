//! Payments of plans: the provider asks for them every month and says that they came, so they begin as paid.
use super::gateway::Invoice;
use super::settle::came;
use super::{Payment, Provider, receipts, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::Actor;
use crate::orders::Refusal;

/// Writes down the money of a bill, with its receipt. Whoever calls has made sure that this bill is new. At Stripe some
/// of it may be given back already: that is asked next.
pub async fn paid(tx: &mut Tx, provider: Provider, bill: &Invoice, now: Instant) -> Result<Id<Payment>, Refusal> {
    let payment = Payment {
        reference: Some(bill.reference.clone()),
        url: bill.hosted_url.clone(),
        ..Payment::paid(None, provider, (bill.amount, &bill.currency), now)
    };
    came(tx, &payment, Actor::Site, now).await?;
    store::set_checkout(tx, payment.id, &bill.reference, bill.hosted_url.as_deref().unwrap_or_default()).await?;
    receipts::issue(tx, &payment, now).await?;
    if provider == Provider::Stripe {
        jobs::enqueue(tx, Job::Settle { payment: payment.id }, now).await?;
    }
    Ok(payment.id)
}
