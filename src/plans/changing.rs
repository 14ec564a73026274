//! Another plan while one runs: what that costs, so that it can be asked first, and the change itself.
use super::subscribing::{cancel, gateway, running, unanswered};
use super::{Refusal, Subscription, Tier, settle, store};
use crate::app::App;
use crate::clock::Instant;
use crate::i18n::Money;
use crate::ids::Id;
use crate::members::Member;
use crate::payments::gateway::{SubscriptionStanding, rest_of_month};
use crate::payments::{Provider, money};

/// What another plan costs whoever pays one. Amounts are in minor units of `currency`.
#[derive(Debug)]
pub struct Quote {
    /// What runs.
    pub live: Subscription,
    /// The plan now, as the provider has it, and what it costs a month.
    pub has: Tier,
    pub pays: i64,
    /// The other one, and what that costs a month.
    pub tier: Tier,
    pub amount: i64,
    /// What is charged at once. See [`Quote::is_estimate`].
    pub charge: i64,
    pub currency: String,
    /// When the month ends that is paid, and whether the plan ends with it.
    pub ends_at: Option<Instant>,
    pub ends: bool,
    reference: String,
    price: String,
}

impl Quote {
    pub fn pays_money(&self) -> Money {
        money(self.pays, &self.currency)
    }
    pub fn amount_money(&self) -> Money {
        money(self.amount, &self.currency)
    }
    pub fn charge_money(&self) -> Money {
        money(self.charge, &self.currency)
    }
    /// The local provider charges just that sum. Stripe counts by the second when it does, so it is a little less there.
    pub fn is_estimate(&self) -> bool {
        self.live.provider == Provider::Stripe
    }
    pub fn is_cheaper(&self) -> bool {
        self.amount < self.pays
    }
}

/// What somebody said yes to, in minor units.
#[derive(Debug, Clone, Copy)]
pub struct Agreed {
    /// A month; None for who was asked of today's sum only.
    pub amount: Option<i64>,
    /// At once.
    pub charge: i64,
}

impl Agreed {
    fn is(self, quote: &Quote) -> bool {
        self.charge == quote.charge && self.amount.is_none_or(|amount| amount == quote.amount)
    }
}

/// What another plan would cost, asked of the provider; changes nothing. Whoever owes a month pays it first.
pub async fn quote(app: &App, member: Id<Member>, tier: Tier) -> Result<Quote, Refusal> {
    let (live, reference) = running(app, member).await?;
    let told = gateway(app)?.subscription(&reference).await.map_err(|error| unanswered(&error))?;
    let told = told.ok_or(Refusal::NoSubscription)?;
    match told.standing {
        SubscriptionStanding::Active => {}
        SubscriptionStanding::PastDue => return Err(Refusal::Owed),
        SubscriptionStanding::Incomplete | SubscriptionStanding::Ended => return Err(Refusal::NoSubscription),
    }
    let has = store::tier_of_price(&app.db, &told.price).await?.unwrap_or(live.tier);
    if has == tier {
        return Err(Refusal::Same { tier });
    }
    store::plan(&app.db, tier).await?.ok_or(Refusal::NotListed)?;
    let product = store::by_key(&app.db, &tier.key()).await?.ok_or(Refusal::NotListed)?;
    let price = product.price.filter(|_| product.provider == Some(live.provider)).ok_or(Refusal::NotListed)?;
    let pays = told.amount.unwrap_or(live.amount);
    let month = told.period_starts_at.zip(told.period_ends_at);
    let charge = month.map_or(0, |month| rest_of_month(product.amount - pays, month, app.clock.now()));
    Ok(Quote {
        live,
        has,
        pays,
        tier,
        amount: product.amount,
        charge,
        currency: product.currency,
        ends_at: told.period_ends_at,
        ends: told.ends_at_period_end,
        reference,
        price,
    })
}

/// Another plan from now on, if it costs what was agreed; Free ends it with the month. What exists stays, and more is
/// refused. Who agreed to nothing is not asked.
pub async fn change(
    app: &App,
    member: Id<Member>,
    tier: Tier,
    agreed: Option<Agreed>,
) -> Result<Subscription, Refusal> {
    let (live, _) = running(app, member).await?;
    if tier == Tier::Free {
        return cancel(app, member, true).await;
    }
    settle(app, live.id).await.map_err(|error| unanswered(&error))?;
    let quote = quote(app, member, tier).await?;
    if agreed.is_some_and(|agreed| !agreed.is(&quote)) {
        return Err(Refusal::OtherSum { charge: quote.charge_money() });
    }
    let key = format!("plan-{}-{}-{}", quote.live.id, quote.live.attempt, tier.word());
    let sum = agreed.map(|agreed| agreed.charge);
    let changed = gateway(app)?.change_plan(&quote.reference, (&quote.price, quote.amount), &key, sum).await;
    if let Ok(Some(_)) = changed {
        return Ok(settle(app, quote.live.id).await?);
    }
    // The provider keeps its answer to a key: the next try is another one.
    let counted: Result<(), Refusal> = decide!(app.db, tx, {
        store::count_attempt(tx, quote.live.id).await?;
        Ok(())
    });
    counted?;
    Err(changed.map_or_else(|error| unanswered(&error), |_| Refusal::Declined))
}
