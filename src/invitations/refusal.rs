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
    /// The order that would ask friends has no places (any more).
    NoPlace,
    /// More friends than the order may still bring.
    TooManyFriends {
        left: i64,
    },
    /// One buyer tried too many in an hour, also such as were refused or taken back.
    AskedTooOften,
    /// The friend has a place, which is theirs alone to give back.
    FriendComes,
    /// Whoever asked does not come themselves any more.
    AskerGone,
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
            Self::NoPlace => t!("Only who has a place can ask friends along.").say(w, l),
            Self::TooManyFriends { left: 0 } => t!("No more friends can come along.").say(w, l),
            Self::TooManyFriends { left } => {
                tn!("You can ask 1 more friend along.", "You can ask {n} more friends along.", *left).say(w, l)
            }
            Self::AskedTooOften => t!("You asked often enough for now. Try again in an hour.").say(w, l),
            Self::FriendComes => t!("Your friend has a place already, and alone can give it back.").say(w, l),
            Self::AskerGone => t!("Whoever invited you does not come any more, so this invitation is over.").say(w, l),
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
            Self::TooManyFriends { .. } => "people",
            Self::Places(refusal) => refusal.field(),
            _ => "",
        }
    }
}
