//! Why nobody is asked, or an answer is not taken, as sentences.
use std::fmt;

use crate::error::Error;
use crate::i18n::{Locale, Say};
use crate::orders;

#[derive(Debug)]
pub enum Refusal {
    /// There is no such invitation, or it is over.
    Dead,
    /// Somebody else is signed in.
    OtherAccount,
    /// The account has another password, or none: they sign in with it.
    HasAccount,
    TooMany {
        most: i64,
    },
    WrittenTooOften,
    /// The address stopped mails that invite it.
    TakesNone,
    /// Places are taken by it.
    HasPlace,
    /// The event's own rules.
    Places(orders::Refusal),
    Broken(anyhow::Error),
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Dead => t!("This invitation does not stand any more.").say(w, l),
            Self::OtherAccount => t!("This invitation is for another address than that of your account.").say(w, l),
            Self::HasAccount => {
                t!("This address has an account. Accept without a password, or sign in first.").say(w, l)
            }
            Self::TooMany { most } => t!("One event can have {most} invitations at most.", most = *most).say(w, l),
            Self::WrittenTooOften => {
                t!("We wrote to this address often enough for now. Try again in an hour.").say(w, l)
            }
            Self::TakesNone => {
                t!("This person takes no invitations by mail. Send them the event’s address yourself.").say(w, l)
            }
            Self::HasPlace => t!("This person has a place. Take it away on the list of guests.").say(w, l),
            Self::Places(refusal) => refusal.say(w, l),
            Self::Broken(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
says!(Refusal);
breaks!(Refusal);

impl From<orders::Refusal> for Refusal {
    fn from(refusal: orders::Refusal) -> Self {
        match refusal {
            orders::Refusal::Broken(error) => Self::Broken(error),
            refusal => Self::Places(refusal),
        }
    }
}
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Internal(error) => Self::Broken(error),
            other => Self::Broken(anyhow::anyhow!("{other}")),
        }
    }
}
impl Refusal {
    /// What broke is no answer for a form: it ends the request.
    pub fn or_broken(self) -> Result<Self, Error> {
        match self {
            Self::Broken(error) => Err(Error::Internal(error)),
            Self::Places(refusal) => refusal.or_broken().map(Self::Places),
            refusal => Ok(refusal),
        }
    }
    /// The field that it speaks of; '' is the form as a whole.
    pub fn field(&self) -> &'static str {
        match self {
            Self::HasAccount => "password",
            Self::Places(refusal) => refusal.field(),
            _ => "",
        }
    }
}
