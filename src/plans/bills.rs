//! What was paid for a subscription: a payment with its receipt, and the credits that come with the month.
use super::{Bill, Refusal, Subscription, SubscriptionFact, Tier, store};
use crate::clock::{self, Instant};
use crate::credits;
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member};
use crate::payments::{self, Payment, gateway::Invoice};

/// The shortest month that is one, with a day to spare.
const MONTH: jiff::SignedDuration = clock::days(27);

/// Writes down a bill that the provider says is paid. Wants the member's plan locked; doing it twice is harmless.
pub(super) async fn record(
    tx: &mut Tx,
    (of, tier): (&Subscription, Tier),
    member: &Member,
    invoice: &Invoice,
    now: Instant,
) -> Result<(), Refusal> {
    if store::bill_known(&mut *tx, &invoice.reference).await? {
        return Ok(());
    }
    // The order in which all others lock: the member, their credits, the series of receipts.
    members::store::stands(tx, member.id).await?;
    credits::lock(tx, member.id).await?;
    let credits = credits(tx, (of, tier), member, invoice).await?;
    let payment_id = match invoice.amount {
        1.. => Some(payments::bills::paid(tx, of.provider, invoice, now).await.map_err(unpaid)?),
        // Something was put against it: there is nothing to receipt.
        _ => None,
    };
    let bill = bill((of, tier), invoice, (payment_id, credits), now);
    store::insert_bill(tx, &bill).await?;
    journal::append(tx, &of.stream(), &paid(&bill), Actor::Site, now).await?;
    if credits > 0 {
        credits::with_plan(tx, member.id, bill.id, (tier, credits), now).await?;
    }
    if payment_id.is_some() && member.erased_at.is_none() {
        queue(tx, Letter::PlanPaid { bill: bill.id }, &Reader::of(member), now).await?;
    }
    Ok(())
}

fn bill(
    (of, tier): (&Subscription, Tier),
    invoice: &Invoice,
    (payment_id, credits): (Option<Id<Payment>>, i64),
    now: Instant,
) -> Bill {
    Bill {
        id: Id::new(),
        subscription_id: of.id,
        member_id: of.member_id,
        tier,
        payment_id,
        amount: invoice.amount,
        currency: invoice.currency.clone(),
        starts_at: invoice.period_starts_at,
        ends_at: invoice.period_ends_at,
        credits,
        paid_at: now,
        reference: invoice.reference.clone(),
        hosted_url: invoice.hosted_url.clone(),
    }
}

fn paid(bill: &Bill) -> SubscriptionFact {
    SubscriptionFact::PlanPaid {
        bill: bill.id,
        tier: bill.tier,
        payment: bill.payment_id,
        amount: bill.amount,
        currency: bill.currency.clone(),
        starts_at: bill.starts_at,
        ends_at: bill.ends_at,
        credits: bill.credits,
    }
}

/// What comes with the month of a bill, once: a month may be billed in parts.
async fn credits(
    tx: &mut Tx,
    (of, tier): (&Subscription, Tier),
    member: &Member,
    invoice: &Invoice,
) -> Result<i64, Refusal> {
    // What a change costs is billed for the rest of a month; the month itself brings the credits.
    if invoice.period_starts_at.until(invoice.period_ends_at) < MONTH {
        return Ok(0);
    }
    if member.erased_at.is_some() || store::credited(&mut *tx, of.id, invoice.period_ends_at).await? {
        return Ok(0);
    }
    Ok(store::plan(&mut *tx, tier).await?.map_or(0, |plan| plan.credits))
}

fn unpaid(refusal: crate::orders::Refusal) -> Refusal {
    Refusal::Broken(refusal.into_error())
}
