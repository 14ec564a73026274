//! What is for sale, as the provider has it: the plans, the credits, and what else an operator lists.
use futures_util::future::BoxFuture;

use super::Gateway;

/// What our name for a product stands under at the provider, and our id of a subscription.
pub const OURS: &str = "marquee";

/// One product or plan as the provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The provider's name for it.
    pub product: String,
    /// The provider's name for its price now; None if it has none.
    pub price: Option<String>,
    /// Ours: `plan:team`, `credits` or `product:SLUG`.
    pub key: String,
    pub name: String,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    /// Paid every month, rather than once.
    pub monthly: bool,
}

/// One product or plan as it shall be. The fields are those of [`Listed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub key: String,
    pub name: String,
    pub amount: i64,
    pub currency: String,
    pub monthly: bool,
}

impl Listed {
    /// Whether nothing has to be mended.
    pub fn is(&self, wanted: &Wanted) -> bool {
        self.key == wanted.key && self.name == wanted.name && self.costs(wanted)
    }

    /// Whether its price is the one that is wanted.
    pub fn costs(&self, wanted: &Wanted) -> bool {
        self.price.is_some()
            && self.amount == wanted.amount
            && self.currency == wanted.currency
            && self.monthly == wanted.monthly
    }
}

impl Gateway {
    /// What is on sale there and carries a key of ours.
    pub fn catalogue(&self) -> BoxFuture<'_, anyhow::Result<Vec<Listed>>> {
        match self {
            Self::Local(local) => Box::pin(local.catalogue()),
            Self::Stripe(stripe) => Box::pin(stripe.catalogue()),
        }
    }

    /// Makes it or finds it, and mends its name and price. A changed price is a new one, and the old one is archived:
    /// who pays the old one goes on paying it.
    pub fn list_product<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, anyhow::Result<Listed>> {
        match self {
            Self::Local(local) => Box::pin(local.list_product(wanted)),
            Self::Stripe(stripe) => Box::pin(stripe.list_product(wanted)),
        }
    }

    /// Takes it off sale, by the provider's name for it. One that is off sale already, or unknown, stays so.
    pub fn archive<'a>(&'a self, product: &'a str) -> BoxFuture<'a, anyhow::Result<()>> {
        match self {
            Self::Local(local) => Box::pin(local.archive(product)),
            Self::Stripe(stripe) => Box::pin(stripe.archive(product)),
        }
    }
}
