//! What happens to a member's credits. Old facts are read for ever: variants and fields are only ever added.
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::clock::Instant;
use crate::events::Event;
use crate::ids::Id;
use crate::journal::Fact;
use crate::payments::Payment;
use crate::plans::{Bill, Tier};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CreditFact {
    CreditsBought {
        payment: Id<Payment>,
        credits: i64,
    },
    CreditsGranted {
        credits: i64,
        /// Why, in the admin's words.
        reason: String,
    },
    /// A month of a plan was paid, and they come with it.
    CreditsWithPlan {
        bill: Id<Bill>,
        tier: Tier,
        credits: i64,
    },
    /// Spent on a place on the front page.
    EventFeatured {
        event: Id<Event>,
        credits: i64,
        from: Instant,
        until: Instant,
    },
    /// Their payment went back, or is asked back by the buyer's bank.
    CreditsTakenBack {
        payment: Id<Payment>,
        credits: i64,
    },
    /// It stands after all.
    CreditsRestored {
        payment: Id<Payment>,
        credits: i64,
    },
}
impl Fact for CreditFact {}

/// What else happens to what is on the front page, in the stream of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeaturingFact {
    /// An admin took it off: no day counts any more that was paid until then, whoever paid it.
    FeaturingEnded { reason: String },
}
impl Fact for FeaturingFact {}

/// The kind under which the journal has `FeaturingEnded`.
pub const ENDED: &str = "featuring_ended";

/// The line of the ledger that a fact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub kind: Kind,
    /// Below 0 for what goes.
    pub credits: i64,
    pub payment: Option<Id<Payment>>,
    /// The event that is on the front page for it, from and until when.
    pub featured: Option<(Id<Event>, Instant, Instant)>,
    pub reason: String,
}

impl Written {
    /// The event was taken off the front page then.
    pub fn end(&mut self, of: Id<Event>, at: Instant) {
        if let Some((event, from, until)) = &mut self.featured
            && *event == of
            && *until > at
        {
            (*from, *until) = ((*from).min(at), at);
        }
    }
}

impl CreditFact {
    pub fn written(&self) -> Written {
        let paid = |kind, credits, payment| Written {
            kind,
            credits,
            payment: Some(payment),
            featured: None,
            reason: String::new(),
        };
        match self {
            Self::CreditsBought { payment, credits } => paid(Kind::Purchase, *credits, *payment),
            Self::CreditsTakenBack { payment, credits } => paid(Kind::Debt, -credits, *payment),
            Self::CreditsRestored { payment, credits } => paid(Kind::Restored, *credits, *payment),
            Self::CreditsGranted { credits, reason } => {
                let (kind, reason) = (Kind::Grant, reason.clone());
                Written { kind, credits: *credits, payment: None, featured: None, reason }
            }
            Self::CreditsWithPlan { tier, credits, .. } => {
                let (kind, reason) = (Kind::Plan, tier.name().to_owned());
                Written { kind, credits: *credits, payment: None, featured: None, reason }
            }
            Self::EventFeatured { event, credits, from, until } => Written {
                kind: Kind::Spend,
                credits: -credits,
                payment: None,
                featured: Some((*event, *from, *until)),
                reason: String::new(),
            },
        }
    }
}
