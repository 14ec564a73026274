//! Where money moves: the few things that we ask of a payment provider. Each is safe to ask again.
mod products;
mod subscriptions;

use futures_util::future::BoxFuture;

use super::disputes::Disputed;
use super::local::Local;
use super::stripe::Stripe;
use super::{Payment, Provider, Refund};
use crate::clock::Instant;
use crate::ids::Id;
use crate::orders::Order;

pub use products::{Listed, OURS, Wanted};
pub use subscriptions::{Invoice, Payer, Subscribed, Subscribing, SubscriptionStanding, rest_of_month};

/// The provider of a site. What it answers comes in a box: what Stripe's library makes of one question would otherwise be
/// compiled into everything that asks.
#[derive(Clone)]
pub enum Gateway {
    Local(Local),
    Stripe(Stripe),
}

/// What a checkout is opened for. All of it comes from our own records.
#[derive(Debug)]
pub struct Charge {
    /// None for credits.
    pub order: Option<Id<Order>>,
    /// Names the try: opened twice is opened once.
    pub payment: Id<Payment>,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    /// What the pay page says it is for.
    pub title: String,
    pub email: String,
    pub opened_at: Instant,
    /// When this try to open it is made.
    pub now: Instant,
    pub expires_at: Instant,
    /// Where the buyer comes back to, whatever happened.
    pub return_url: String,
    /// Where the buyer goes who does not want to pay.
    pub cancel_url: String,
}

/// A checkout at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The provider's name for it.
    pub reference: String,
    /// Its page, for the buyer.
    pub url: String,
}

/// What the provider says of a checkout now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// A delayed way of paying was used: the provider does not know yet.
    OnItsWay,
    Paid {
        amount: i64,
        currency: String,
        /// Of that, what was given back, by us or outside.
        refunded: i64,
        /// Of that, what went outside; None if it cannot be told apart.
        outside: Option<i64>,
        /// Every dispute there ever was about it.
        disputes: Vec<Disputed>,
    },
    /// It takes no money any more, and has none.
    Ended,
}

/// What is to be given back of a checkout.
#[derive(Debug, Clone, Copy)]
pub struct Giving<'a> {
    /// The provider's name for the checkout.
    pub checkout: &'a str,
    /// In minor units.
    pub amount: i64,
    /// Names it together with the try: asked twice is given back once.
    pub refund: Id<Refund>,
    pub attempt: i64,
    /// What the provider called it, if it answered before.
    pub known: Option<&'a str>,
}

/// What the provider says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    Done {
        reference: String,
    },
    Pending {
        reference: String,
    },
    /// It will not happen; why, in the provider's words.
    Failed {
        reason: String,
    },
}

impl Gateway {
    pub fn provider(&self) -> Provider {
        match self {
            Self::Local(_) => Provider::Local,
            Self::Stripe(_) => Provider::Stripe,
        }
    }

    /// None if the provider takes no money for it any more and never opened one before.
    pub fn open<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, anyhow::Result<Option<Checkout>>> {
        Box::pin(async move {
            match self {
                Self::Local(local) => local.open(charge).await.map(Some),
                Self::Stripe(stripe) => stripe.open(charge).await,
            }
        })
    }

    pub fn standing<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, anyhow::Result<Standing>> {
        match self {
            Self::Local(local) => Box::pin(local.standing(reference)),
            Self::Stripe(stripe) => Box::pin(stripe.standing(reference)),
        }
    }

    /// From now on it takes no money, unless it has it already.
    pub fn expire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, anyhow::Result<()>> {
        match self {
            Self::Local(local) => Box::pin(local.expire(reference)),
            Self::Stripe(stripe) => Box::pin(stripe.expire(reference)),
        }
    }

    /// Gives back, or says what became of it.
    pub fn refund<'a>(&'a self, giving: &'a Giving<'a>) -> BoxFuture<'a, anyhow::Result<Returned>> {
        Box::pin(async move {
            match self {
                Self::Local(local) => {
                    let key = format!("{}.{}", giving.refund, giving.attempt);
                    local.refund(giving.checkout, giving.amount, &key).await
                }
                Self::Stripe(stripe) => stripe.refund(giving).await,
            }
        })
    }

    /// The checkout behind what a notice names: charges, refunds and disputes name the payment at the provider alone.
    pub fn checkout_of<'a>(&'a self, named: &'a str) -> BoxFuture<'a, anyhow::Result<Option<String>>> {
        Box::pin(async move {
            match self {
                Self::Stripe(stripe) if named.starts_with(super::stripe::INTENT) => stripe.checkout_of(named).await,
                Self::Local(_) | Self::Stripe(_) => Ok(Some(named.to_owned())),
            }
        })
    }

    /// Signs its notices. Without one they are taken unsigned, which the settings allow on development sites alone.
    pub fn notice_secret(&self) -> Option<&[u8]> {
        match self {
            Self::Local(local) => Some(local.notice_secret()),
            Self::Stripe(stripe) => stripe.notice_secret(),
        }
    }
}
