//! Refunds and disputes at Stripe. A refund is looked for before it is made: Stripe forgets keys after a day, and
//! money must not go back twice.
use std::collections::HashMap;

use anyhow::Context;
use stripe_core::dispute::ListDispute;
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_shared::{Dispute, DisputeStatus, Refund};

use super::asking::{ask, is_other_contents, is_refused, reason, said};
use super::invoices::BILL;
use super::{PAGE, Stripe, instant};
use crate::payments::disputes::{DisputeState, Disputed};
use crate::payments::gateway::{Giving, Returned};

impl Stripe {
    /// Gives back, or says what became of it.
    pub async fn refund(&self, giving: &Giving<'_>) -> anyhow::Result<Returned> {
        if let Some(known) = giving.known
            && let Some(made) = self.known(known, giving).await?
        {
            return Ok(returned(&made));
        }
        let intent = self.intent_of(giving.checkout).await?;
        let refunds = self.refunds(&intent).await?;
        if let Some(made) = refunds.data.iter().find(|refund| is_of(refund, giving)) {
            return Ok(returned(made));
        }
        anyhow::ensure!(!refunds.has_more, "{intent} has too many refunds to know whether one more was made");
        let request = CreateRefund::new().payment_intent(intent).amount(giving.amount).metadata(ours(giving));
        let key = format!("refund-{}-{}", giving.refund, giving.attempt);
        match ask(&self.client, &request, Some(&key)).await {
            Ok(made) => Ok(returned(&made)),
            Err(error) if is_refused(&error) && !is_other_contents(&error) => {
                Ok(Returned::Failed { reason: reason(&error) })
            }
            Err(error) => Err(said(error)),
        }
    }

    /// The payment at Stripe for a session or a bill.
    async fn intent_of(&self, reference: &str) -> anyhow::Result<String> {
        let intent = if reference.starts_with(BILL) {
            self.intent_of_bill(reference).await?
        } else {
            self.session(reference).await?.payment_intent.map(|intent| intent.id().to_string())
        };
        intent.with_context(|| format!("nothing was paid for {reference}"))
    }

    /// The refund of that name, if it is of this try: one that failed is followed by another.
    async fn known(&self, name: &str, giving: &Giving<'_>) -> anyhow::Result<Option<Refund>> {
        match ask(&self.client, &RetrieveRefund::new(name), None).await {
            Ok(refund) => Ok(Some(refund).filter(|refund| is_of(refund, giving))),
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    async fn refunds(&self, intent: &str) -> anyhow::Result<stripe_types::List<Refund>> {
        let request = ListRefund::new().payment_intent(intent).limit(PAGE);
        ask(&self.client, &request, None).await.map_err(said)
    }

    /// What was given back of a payment, and how much of it outside: ours from when it is asked, others' once it has
    /// gone through. `all` is what the charge says, for payments with more refunds than one page has.
    pub(super) async fn given_back(&self, intent: &str, all: i64) -> anyhow::Result<(i64, Option<i64>)> {
        let refunds = self.refunds(intent).await?;
        if refunds.has_more {
            return Ok((all, None));
        }
        let counts = |refund: &&Refund| match refund.status.as_deref() {
            Some("failed" | "canceled") => false,
            Some("succeeded") => true,
            _ => is_ours(refund),
        };
        let (ours, others): (Vec<_>, Vec<_>) = refunds.data.iter().filter(counts).partition(|refund| is_ours(refund));
        let sum = |refunds: &[&Refund]| refunds.iter().map(|refund| refund.amount).sum::<i64>();
        Ok((sum(&ours) + sum(&others), Some(sum(&others))))
    }

    pub(super) async fn disputes(&self, intent: &str) -> anyhow::Result<Vec<Disputed>> {
        let request = ListDispute::new().payment_intent(intent).limit(PAGE);
        let list = ask(&self.client, &request, None).await.map_err(said)?;
        Ok(list.data.iter().map(disputed).collect())
    }
}

fn ours(giving: &Giving<'_>) -> HashMap<String, String> {
    HashMap::from([
        ("refund".to_owned(), giving.refund.to_string()),
        ("attempt".to_owned(), giving.attempt.to_string()),
    ])
}

fn meta<'a>(refund: &'a Refund, name: &str) -> Option<&'a String> {
    refund.metadata.as_ref().and_then(|metadata| metadata.get(name))
}

fn is_ours(refund: &Refund) -> bool {
    meta(refund, "refund").is_some()
}

fn is_of(refund: &Refund, giving: &Giving<'_>) -> bool {
    ours(giving).iter().all(|(name, value)| meta(refund, name) == Some(value))
}

/// <https://docs.stripe.com/api/refunds/object#refund_object-status>
fn returned(refund: &Refund) -> Returned {
    let reference = refund.id.to_string();
    match refund.status.as_deref() {
        Some("succeeded") => Returned::Done { reference },
        Some(status @ ("failed" | "canceled")) => {
            Returned::Failed { reason: refund.failure_reason.clone().unwrap_or_else(|| status.to_owned()) }
        }
        _ => Returned::Pending { reference },
    }
}

/// <https://docs.stripe.com/api/disputes/object#dispute_object-status>
fn disputed(dispute: &Dispute) -> Disputed {
    let state = match dispute.status {
        DisputeStatus::Won | DisputeStatus::WarningClosed => DisputeState::Won,
        // Prevented: Stripe gave the money back before it came to a dispute.
        DisputeStatus::Lost | DisputeStatus::Prevented => DisputeState::Lost,
        _ => DisputeState::Open,
    };
    let due = dispute.evidence_details.due_by.filter(|due| *due > 0);
    Disputed {
        reference: dispute.id.to_string(),
        amount: dispute.amount,
        currency: dispute.currency.to_string().to_uppercase(),
        reason: dispute.reason.clone(),
        state,
        answer_by: due.map(instant),
    }
}
