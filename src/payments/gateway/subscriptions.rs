//! Plans that are paid every month, as the provider has them.
use futures_util::future::BoxFuture;

use super::{Checkout, Gateway};
use crate::clock::Instant;
use crate::ids::Id;
use crate::members::Member;
use crate::plans::Subscription;

/// Who pays.
#[derive(Debug, Clone)]
pub struct Payer {
    pub member: Id<Member>,
    pub email: String,
    pub name: String,
    /// The provider's name for the member, if there is one already: made once, and used for every subscription.
    pub customer: Option<String>,
}

/// A subscription that shall begin. All of it comes from our own records.
#[derive(Debug, Clone)]
pub struct Subscribing {
    pub payer: Payer,
    pub subscription: Id<Subscription>,
    /// Names the try together with the subscription: opened twice is opened once.
    pub attempt: i64,
    /// The provider's name for the price.
    pub price: String,
    /// What the pay page says it is for.
    pub title: String,
    pub opened_at: Instant,
    /// When this try to open it is made.
    pub now: Instant,
    pub expires_at: Instant,
    /// Where the member comes back to, whatever happened.
    pub return_url: String,
    /// Where the member goes who does not want to pay.
    pub cancel_url: String,
    /// A month of it, in minor units of `currency`. The local provider needs both; Stripe has them with the price.
    pub amount: i64,
    pub currency: String,
}

/// What the provider says of a subscription now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The provider's name for it.
    pub reference: String,
    pub customer: String,
    pub price: String,
    /// A month of it, in minor units; None where the provider does not say.
    pub amount: Option<i64>,
    pub standing: SubscriptionStanding,
    pub period_starts_at: Option<Instant>,
    /// Until when it is paid, or tried to be.
    pub period_ends_at: Option<Instant>,
    pub ends_at_period_end: bool,
    /// Our id of it, as the provider has it.
    pub metadata_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionStanding {
    /// Its first month is not paid yet.
    Incomplete,
    Active,
    /// A month could not be taken; the provider goes on trying.
    PastDue,
    /// It is over and does not come back.
    Ended,
}

/// What a price that is higher by `more` costs for what is left of a month, in minor units; 0 where it is not higher. By
/// the hour, of which one that has begun counts whole: what a page says holds for a while.
pub fn rest_of_month(more: i64, (starts_at, ends_at): (Instant, Instant), now: Instant) -> i64 {
    const HOUR: i64 = 3_600;
    let whole = starts_at.until(ends_at).as_secs().max(1);
    let left = now.until(ends_at).as_secs().clamp(0, whole);
    let hours = ((left + HOUR - 1) / HOUR * HOUR).min(whole);
    i64::try_from(i128::from(more.max(0)) * i128::from(hours) / i128::from(whole)).unwrap_or(more)
}

/// One bill for a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The provider's names for it and for what it is about.
    pub reference: String,
    pub subscription: String,
    pub paid: bool,
    /// The price that it bills, if the provider says; a subscription may have another one since.
    pub price: Option<String>,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    pub at: Instant,
    pub period_starts_at: Instant,
    pub period_ends_at: Instant,
    /// The provider's page of it.
    pub hosted_url: Option<String>,
}

impl Gateway {
    /// Opens the checkout of a subscription, or finds the one that was opened for this try before. None if the provider
    /// takes no money for it any more and never opened one.
    pub fn subscribe<'a>(&'a self, wish: &'a Subscribing) -> BoxFuture<'a, anyhow::Result<Option<Checkout>>> {
        match self {
            Self::Local(local) => Box::pin(local.subscribe(wish)),
            Self::Stripe(stripe) => Box::pin(stripe.subscribe(wish)),
        }
    }

    /// The subscription that a finished checkout made.
    pub fn subscription_of<'a>(&'a self, checkout: &'a str) -> BoxFuture<'a, anyhow::Result<Option<String>>> {
        match self {
            Self::Local(local) => Box::pin(local.subscription_of(checkout)),
            Self::Stripe(stripe) => Box::pin(stripe.subscription_of(checkout)),
        }
    }

    /// None if the provider never had it, or has removed it.
    pub fn subscription<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, anyhow::Result<Option<Subscribed>>> {
        match self {
            Self::Local(local) => Box::pin(local.subscription(reference)),
            Self::Stripe(stripe) => Box::pin(stripe.subscription(reference)),
        }
    }

    /// Another price from now on, with its amount in minor units: what it costs more for the rest of the month is paid
    /// at once, and what it costs less is not given back. `key` names the change: asked twice is changed once. What
    /// was agreed to be paid at once is all that the local provider takes: it fails where that is another sum by now.
    /// Stripe counts by the second and is not told. None if the card was declined; then nothing changed.
    pub fn change_plan<'a>(
        &'a self,
        reference: &'a str,
        (price, amount): (&'a str, i64),
        key: &'a str,
        agreed: Option<i64>,
    ) -> BoxFuture<'a, anyhow::Result<Option<Subscribed>>> {
        match self {
            Self::Local(local) => Box::pin(local.change_plan(reference, (price, agreed), key)),
            Self::Stripe(stripe) => Box::pin(stripe.change_plan(reference, (price, amount), key)),
        }
    }

    /// Lets it end with what is paid, or go on after all.
    pub fn cancel_at_period_end<'a>(
        &'a self,
        reference: &'a str,
        yes: bool,
    ) -> BoxFuture<'a, anyhow::Result<Subscribed>> {
        match self {
            Self::Local(local) => Box::pin(local.cancel_at_period_end(reference, yes)),
            Self::Stripe(stripe) => Box::pin(stripe.cancel_at_period_end(reference, yes)),
        }
    }

    /// Ends it at once, without giving anything back. One that is over stays over.
    pub fn end_subscription<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, anyhow::Result<()>> {
        match self {
            Self::Local(local) => Box::pin(local.end_subscription(reference)),
            Self::Stripe(stripe) => Box::pin(stripe.end_subscription(reference)),
        }
    }

    /// The bills of a subscription that money was asked for, the newest first.
    pub fn invoices<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, anyhow::Result<Vec<Invoice>>> {
        match self {
            Self::Local(local) => Box::pin(local.invoices(subscription)),
            Self::Stripe(stripe) => Box::pin(stripe.invoices(subscription)),
        }
    }

    /// The provider's own page for a customer's cards, bills and subscriptions: a link that soon ends.
    pub fn portal<'a>(&'a self, customer: &'a str, return_url: &'a str) -> BoxFuture<'a, anyhow::Result<String>> {
        match self {
            Self::Local(local) => Box::pin(local.portal(customer, return_url)),
            Self::Stripe(stripe) => Box::pin(stripe.portal(customer, return_url)),
        }
    }
}
