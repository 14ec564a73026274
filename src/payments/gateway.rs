//! Where money moves: the few things that we ask of a payment provider. Each is safe to ask again.
use super::local::Local;
use super::{Payment, Provider};
use crate::clock::Instant;
use crate::ids::Id;

/// The provider of a site.
#[derive(Clone)]
pub enum Gateway {
    Local(Local),
}

/// What a checkout is opened for. All of it comes from our own records.
#[derive(Debug)]
pub struct Charge {
    /// Names the try: opened twice is opened once.
    pub payment: Id<Payment>,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    /// What the pay page says it is for.
    pub title: String,
    pub email: String,
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
        disputed: bool,
    },
    /// It takes no money any more, and has none.
    Ended,
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
        }
    }

    pub async fn open(&self, charge: &Charge) -> anyhow::Result<Checkout> {
        match self {
            Self::Local(local) => local.open(charge).await,
        }
    }

    pub async fn standing(&self, reference: &str) -> anyhow::Result<Standing> {
        match self {
            Self::Local(local) => local.standing(reference).await,
        }
    }

    /// From now on it takes no money, unless it has it already.
    pub async fn expire(&self, reference: &str) -> anyhow::Result<()> {
        match self {
            Self::Local(local) => local.expire(reference).await,
        }
    }

    /// Gives back an amount in minor units. The same key gives it back once.
    pub async fn refund(&self, reference: &str, amount: i64, key: &str) -> anyhow::Result<Returned> {
        match self {
            Self::Local(local) => local.refund(reference, amount, key).await,
        }
    }

    /// Signs its notices; none are believed without.
    pub fn notice_secret(&self) -> &[u8] {
        match self {
            Self::Local(local) => local.notice_secret(),
        }
    }
}
