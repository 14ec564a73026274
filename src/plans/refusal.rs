//! Why products are not made and plans not chosen, as sentences.
use std::fmt;

use super::Tier;
use crate::db::{Collision, DbError};
use crate::error::Error;
use crate::forms::Errors;
use crate::i18n::{Locale, Money, Say};

#[derive(Debug)]
pub enum Refusal {
    /// Nobody has set the products up.
    Off,
    /// The plan is not on sale.
    NotListed,
    /// A product has this name.
    Exists,
    /// It is what everybody has who pays nothing.
    FreeStays,
    /// So many members have the plan.
    InUse {
        members: i64,
    },
    /// They pay a plan: it is changed, not begun.
    HasPlan,
    /// They have this one.
    Same {
        tier: Tier,
    },
    /// A month of theirs is not paid.
    Owed,
    /// It does not cost what they agreed to; so much would be charged at once.
    OtherSum {
        charge: Money,
    },
    /// Their card did not pay what a bigger plan costs more.
    Declined,
    /// There is no subscription that could be changed.
    NoSubscription,
    NoPayments,
    NoAnswer,
    NoAccount,
    Gone,
    /// Only test products are thrown away.
    NotATest,
    Broken(anyhow::Error),
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Off => t!("This site has no plans: everybody may do everything.").say(w, l),
            Self::NotListed => {
                t!("This plan cannot be chosen now. Ask whoever runs the site to set the products up again.").say(w, l)
            }
            Self::Exists => {
                t!("There is a product with this name. Choose another name, or delete that one first.").say(w, l)
            }
            Self::FreeStays => t!("The plan Free stays: everybody has it who pays none.").say(w, l),
            Self::InUse { members } => tn!(
                "1 member has this plan. Once nobody has it, it can be deleted.",
                "{n} members have this plan. Once nobody has it, it can be deleted.",
                *members
            )
            .say(w, l),
            Self::HasPlan => t!("You pay for a plan already. Change that one.").say(w, l),
            Self::Same { tier } => t!("You have the plan {name} already.", name = tier.name()).say(w, l),
            Self::Owed => t!("A month is not paid yet. Pay it first, under Cards and bills.").say(w, l),
            Self::OtherSum { charge } => t!(
                "The price has changed: now it would be {amount} at once. Nothing is charged yet.",
                amount = charge.exact()
            )
            .say(w, l),
            Self::Declined => {
                t!("The card was declined, so your plan stays as it is. Look at it under Cards and bills.").say(w, l)
            }
            Self::NoSubscription => t!("You pay for no plan now. Choose one first.").say(w, l),
            Self::NoPayments => t!("This site cannot take payments now.").say(w, l),
            Self::NoAnswer => {
                t!("The payment service does not answer. Nothing changed; try again in a minute.").say(w, l)
            }
            Self::NoAccount => t!("Sign in first.").say(w, l),
            Self::Gone => t!("There is nothing here.").say(w, l),
            Self::NotATest => t!("These products are real: only those of a test account can be thrown away.").say(w, l),
            Self::Broken(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
says!(Refusal);

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Broken(error.into())
    }
}
impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}
impl Collision for Refusal {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Broken(error) if error.is_collision())
    }
}

impl Refusal {
    /// What broke, or is gone, is no answer for a form: it ends the request.
    pub fn or_broken(self) -> Result<Self, Error> {
        match self {
            Self::Broken(error) => Err(Error::Internal(error)),
            Self::NoAccount => Err(Error::SignIn { back: "/".to_owned() }),
            Self::Gone => Err(Error::NotFound),
            refusal => Ok(refusal),
        }
    }

    /// For a form with a field of this name.
    pub fn errors(self, field: &str) -> Result<Errors, Error> {
        Ok(Errors::at(field, self.or_broken()?))
    }

    /// For a terminal, and for work in the background.
    pub fn into_error(self) -> anyhow::Error {
        match self {
            Self::Broken(error) => error,
            refusal => anyhow::anyhow!("{refusal}"),
        }
    }
}
