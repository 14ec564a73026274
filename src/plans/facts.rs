//! What happens to products, plans and subscriptions. Old facts are read for ever: variants and fields are only ever
//! added.
use serde::{Deserialize, Serialize};

use super::{Bill, Plan, Product, State, Tier};
use crate::clock::Instant;
use crate::ids::Id;
use crate::journal::Fact;
use crate::members::Member;
use crate::payments::{Payment, Provider};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProductFact {
    ProductMade {
        product: Id<Product>,
        key: String,
        amount: i64,
        currency: String,
        monthly: bool,
        reason: String,
    },
    ProductPriced {
        product: Id<Product>,
        amount: i64,
        currency: String,
        reason: String,
    },
    /// Archived at the provider and gone here.
    ProductArchived {
        product: Id<Product>,
        reason: String,
    },
    /// What a plan allows and costs from now on.
    PlanSet {
        plan: Plan,
        reason: String,
    },
    /// It cannot be chosen any more.
    PlanDropped {
        tier: Tier,
        reason: String,
    },
}
impl Fact for ProductFact {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SubscriptionFact {
    SubscriptionBegun {
        member: Id<Member>,
        tier: Tier,
        provider: Provider,
        terms: String,
    },
    /// How it stands by the provider's word.
    SubscriptionStands {
        state: State,
        tier: Tier,
        period_ends_at: Option<Instant>,
        ends_at_period_end: bool,
        past_due_at: Option<Instant>,
    },
    /// A bill of the provider was paid.
    PlanPaid {
        bill: Id<Bill>,
        tier: Tier,
        payment: Option<Id<Payment>>,
        /// In minor units of `currency`.
        amount: i64,
        currency: String,
        starts_at: Instant,
        ends_at: Instant,
        /// Those that came with it.
        credits: i64,
    },
}
impl Fact for SubscriptionFact {}

/// In the stream of a member's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlanFact {
    PlanChanged { tier: Tier },
}
impl Fact for PlanFact {}
