//! Why credits are not given or not spent, as sentences.
use std::fmt;

use crate::error::Error;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};

#[derive(Debug)]
pub enum Refusal {
    /// `left` is what is there, below 0 for a debt.
    TooFew {
        cost: i64,
        left: i64,
    },
    /// Only what everybody finds can stand on the front page.
    NotPublic,
    Over,
    /// It is over after so many days.
    TooLong {
        most: i64,
    },
    /// The form did something else before.
    OtherContents,
    Gone,
    /// Whoever asks has no account any more.
    NoAccount,
    Broken(anyhow::Error),
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::TooFew { cost, left } if *left < 0 => {
                let owed = -left;
                t!("This costs {cost} credits, and you owe {owed}: a payment for credits that you had spent was given back. Buy credits first.", cost = *cost, owed).say(w, l)
            }
            Self::TooFew { cost, left } => {
                t!("This costs {cost} credits, and you have {left}. Buy credits first.", cost = *cost, left = *left)
                    .say(w, l)
            }
            Self::NotPublic => {
                t!("Only an event that is published for everybody can stand on the front page.").say(w, l)
            }
            Self::Over => t!("This event is over.").say(w, l),
            Self::TooLong { most: 0 } => t!("It already stands on the front page until it is over.").say(w, l),
            Self::TooLong { most } => tn!(
                "The event is over then: choose 1 day at most.",
                "The event is over then: choose {n} days at most.",
                *most
            )
            .say(w, l),
            Self::OtherContents => {
                t!("This form was already sent with other contents. Reload the page and try again.").say(w, l)
            }
            Self::Gone => t!("There is no such member any more.").say(w, l),
            Self::NoAccount => t!("Sign in first.").say(w, l),
            Self::Broken(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
says!(Refusal);
breaks!(Refusal);

impl Refusal {
    /// For a form with a field of this name.
    pub fn errors(self, field: &str) -> Result<Errors, Error> {
        match self {
            Self::Broken(error) => Err(Error::Internal(error)),
            Self::NoAccount => Err(Error::SignIn { back: "/".to_owned() }),
            refusal => Ok(Errors::at(field, refusal)),
        }
    }
}
