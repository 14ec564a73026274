//! Why an event is not made, changed, published or cancelled, as sentences.
use std::fmt;

use crate::error::Error;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::plans::Tier;

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
    /// The plan of its owner allows so many events ahead.
    TooManyEvents {
        tier: Tier,
        most: i64,
    },
    /// The same for hosts of one event.
    TooManyHosts {
        tier: Tier,
        most: i64,
    },
    /// The same, for whoever was asked to own the event.
    TooManyToHost {
        tier: Tier,
        most: i64,
    },
    /// The same, for whoever was asked to help.
    HostsFull,
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
            Self::TooManyEvents { tier, most } => tn!(
                "With the plan {name}, 1 event can be ahead at a time. Choose a bigger plan under Settings, Plan, or wait until one is over.",
                "With the plan {name}, {n} events can be ahead at a time. Choose a bigger plan under Settings, Plan, or wait until one is over.",
                *most,
                name = tier.name()
            )
            .say(w, l),
            Self::TooManyHosts { tier, most } => tn!(
                "With the plan {name}, 1 other person can host an event. Choose a bigger plan under Settings, Plan, or ask them to help at the door.",
                "With the plan {name}, {n} other people can host an event. Choose a bigger plan under Settings, Plan, or ask them to help at the door.",
                *most,
                name = tier.name()
            )
            .say(w, l),
            Self::TooManyToHost { tier, most } => tn!(
                "With your plan {name}, 1 other person can host an event, and whoever owns it now stays as one. Choose a bigger plan under Settings, Plan, or ask its owner to take a host off the team first.",
                "With your plan {name}, {n} other people can host an event, and whoever owns it now stays as one. Choose a bigger plan under Settings, Plan, or ask its owner to take a host off the team first.",
                *most,
                name = tier.name()
            )
            .say(w, l),
            Self::HostsFull => t!("This event has as many hosts as its owner’s plan allows. Ask the owner to choose a bigger plan.").say(w, l),
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
