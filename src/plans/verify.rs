//! Replays what happened to products, plans and subscriptions and compares it with the tables.
use std::collections::HashMap;

use super::standing::Standing;
use super::{Bill, Plan, PlanFact, Product, ProductFact, State, Subscription, SubscriptionFact, Tier, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::Entry;
use crate::members::Member;
use crate::payments::{Payment, Provider};

#[derive(Debug, Default)]
pub struct Replayed {
    products: HashMap<Id<Product>, ProductNow>,
    plans: HashMap<Tier, Plan>,
    accounts: HashMap<Id<Member>, Tier>,
    subscriptions: HashMap<Id<Subscription>, SubscriptionNow>,
    bills: HashMap<Id<Bill>, BillNow>,
}

#[derive(Debug, PartialEq, Eq)]
struct ProductNow {
    key: String,
    amount: i64,
    currency: String,
    monthly: bool,
    archived: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct SubscriptionNow {
    member: Id<Member>,
    provider: Provider,
    terms: String,
    stands: Standing,
}

#[derive(Debug, PartialEq, Eq)]
struct BillNow {
    subscription: Id<Subscription>,
    tier: Tier,
    payment: Option<Id<Payment>>,
    amount: i64,
    currency: String,
    month: (Instant, Instant),
    credits: i64,
}

impl Replayed {
    /// Applies one fact of the stream of products.
    pub fn product(&mut self, entry: &Entry) -> anyhow::Result<()> {
        let missing = |id: Id<Product>| anyhow::anyhow!("a fact speaks of product {id}, which nobody made");
        let fact: ProductFact = entry.fact()?;
        match fact {
            ProductFact::ProductMade { product, key, amount, currency, monthly, .. } => {
                self.products.insert(product, ProductNow { key, amount, currency, monthly, archived: false });
            }
            ProductFact::ProductPriced { product, amount, currency, .. } => {
                let now = self.products.get_mut(&product).ok_or_else(|| missing(product))?;
                (now.amount, now.currency) = (amount, currency);
            }
            ProductFact::ProductArchived { product, .. } => {
                self.products.get_mut(&product).ok_or_else(|| missing(product))?.archived = true;
            }
            ProductFact::PlanSet { plan, .. } => drop(self.plans.insert(plan.tier, plan)),
            ProductFact::PlanDropped { tier, .. } => drop(self.plans.remove(&tier)),
        }
        Ok(())
    }

    /// Applies one fact of the stream `plan/MEMBER`.
    pub fn account(&mut self, member: Id<Member>, entry: &Entry) -> anyhow::Result<()> {
        let fact: PlanFact = entry.fact()?;
        let PlanFact::PlanChanged { tier } = fact;
        self.accounts.insert(member, tier);
        Ok(())
    }

    /// Applies one fact of the stream `subscription/ID`.
    pub fn subscription(&mut self, id: Id<Subscription>, entry: &Entry) -> anyhow::Result<()> {
        let begun = || anyhow::anyhow!("{} begins without subscription_begun", entry.stream);
        let fact: SubscriptionFact = entry.fact()?;
        match fact {
            SubscriptionFact::SubscriptionBegun { member, tier, provider, terms } => {
                let stands = Standing {
                    state: State::Incomplete,
                    tier,
                    period_ends_at: None,
                    ends_at_period_end: false,
                    past_due_at: None,
                };
                self.subscriptions.insert(id, SubscriptionNow { member, provider, terms, stands });
            }
            SubscriptionFact::SubscriptionStands { state, tier, period_ends_at, ends_at_period_end, past_due_at } => {
                let stands = Standing { state, tier, period_ends_at, ends_at_period_end, past_due_at };
                self.subscriptions.get_mut(&id).ok_or_else(begun)?.stands = stands;
            }
            SubscriptionFact::PlanPaid { bill, tier, payment, amount, currency, starts_at, ends_at, credits } => {
                let (subscription, month) = (id, (starts_at, ends_at));
                self.bills.insert(bill, BillNow { subscription, tier, payment, amount, currency, month, credits });
            }
        }
        Ok(())
    }

    /// Each difference as a sentence for the operator.
    pub async fn compare(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = self.compare_products(tx).await?;
        for (member, tier) in store::every_account(tx).await? {
            let told = self.accounts.get(&member).copied().unwrap_or_default();
            if told != tier {
                differences.push(format!("plan of {member}: the journal says {told:?}, the table {tier:?}"));
            }
        }
        let rows = store::every_subscription(tx).await?;
        for row in &rows {
            let now = SubscriptionNow {
                member: row.member_id,
                provider: row.provider,
                terms: row.terms.clone(),
                stands: Standing::of(row),
            };
            let told = self.subscriptions.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("subscription {}: the journal says {told:?}, the table {now:?}", row.id));
            }
        }
        let bills = store::every_bill(tx).await?;
        for row in &bills {
            let now = BillNow {
                subscription: row.subscription_id,
                tier: row.tier,
                payment: row.payment_id,
                amount: row.amount,
                currency: row.currency.clone(),
                month: (row.starts_at, row.ends_at),
                credits: row.credits,
            };
            let told = self.bills.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("bill {}: the journal says {told:?}, the table {now:?}", row.id));
            }
        }
        let (told, there) = ((self.subscriptions.len(), self.bills.len()), (rows.len(), bills.len()));
        if told != there {
            differences.push(format!("the journal speaks of (subscriptions, bills) {told:?}, the tables of {there:?}"));
        }
        Ok(differences)
    }

    async fn compare_products(&self, tx: &mut Tx) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        let rows = store::every_product(tx).await?;
        for row in &rows {
            let now = ProductNow {
                key: row.key.clone(),
                amount: row.amount,
                currency: row.currency.clone(),
                monthly: row.monthly,
                archived: row.archived_at.is_some(),
            };
            let told = self.products.get(&row.id);
            if told != Some(&now) {
                differences.push(format!("product {}: the journal says {told:?}, the table {now:?}", row.id));
            }
        }
        let plans: HashMap<Tier, Plan> =
            store::plans(&mut *tx).await?.into_iter().map(|plan| (plan.tier, plan)).collect();
        if plans != self.plans {
            differences.push(format!("plans: the journal says {:?}, the table {plans:?}", self.plans));
        }
        if rows.len() != self.products.len() {
            let told = self.products.len();
            differences.push(format!("the journal speaks of {told} products, the table has {}", rows.len()));
        }
        Ok(differences)
    }
}
