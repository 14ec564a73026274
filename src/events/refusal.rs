//! Why an event is not made, changed, published or cancelled, as sentences.
use std::fmt;

use crate::error::Error;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};

#[derive(Debug)]
pub enum Refusal {
    /// At fields of the form.
    Fields(Errors),
    /// Somebody else has changed the event since the form was shown.
    Changed,
    Gone,
    /// Whoever asks has no account any more.
    NoAccount,
    AlreadyCancelled,
    Past,
    /// Who owns the event stays its owner.
    IsOwner,
    OwnerOnly,
    /// Whoever owns an event cannot leave its team.
    OwnerStays,
    /// Letters to an address whose owner did not ask for them.
    WrittenTooOften,
    Broken(anyhow::Error),
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Fields(_) => t!("Some of this needs another look.").say(w, l),
            Self::Changed => t!("Somebody else has changed this event since you opened it. What you typed stands below: open the event in another tab to compare, then save again to replace it.").say(w, l),
            Self::Gone => t!("This event is gone.").say(w, l),
            Self::NoAccount => t!("Sign in first.").say(w, l),
            Self::AlreadyCancelled => t!("This event is cancelled.").say(w, l),
            Self::Past => t!("This event is over.").say(w, l),
            Self::IsOwner => t!("This person owns the event and stays its owner.").say(w, l),
            Self::OwnerOnly => t!("Only the owner can do that.").say(w, l),
            Self::OwnerStays => t!("You own this event: leave it to somebody else first.").say(w, l),
            Self::WrittenTooOften => t!("We wrote to this address often enough for now. Try again in an hour.").say(w, l),
            Self::Broken(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
says!(Refusal);
breaks!(Refusal);

impl Refusal {
    /// As the form shows it; what broke, and what is gone, ends the request.
    pub fn errors(self) -> Result<Errors, Error> {
        match self {
            Self::Broken(error) => Err(Error::Internal(error)),
            Self::Gone => Err(Error::NotFound),
            Self::NoAccount => Err(Error::SignIn { back: "/".to_owned() }),
            Self::Fields(errors) => Ok(errors),
            refusal => Ok(Errors::whole(refusal)),
        }
    }
}
