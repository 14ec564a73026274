//! Coming in by the word of Google, Microsoft or GitHub (OAuth 2.0 with PKCE; OpenID Connect where they speak it).
//!
//! An identity is who says so and of whom: issuer and subject, never an address. Whoever comes with a new one gets
//! into an account that exists only if the provider vouches for its address, and nobody who did not prove that
//! address keeps a way in there.
pub mod entering;
pub mod github;
pub mod http;
pub mod letters;
pub mod linking;
pub mod oidc;
pub mod providers;
pub mod store;
pub mod trips;

use std::fmt;

use crate::clock::Instant;
use crate::forms::{self, Email};
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::members::Member;
use crate::signin::forms::NAME;

pub use crate::config::Provider;
pub use entering::{Entered, enter};
pub use linking::{link, unlink};
pub use providers::Providers;
pub use trips::{Purpose, Taken, Trip, begin, told};

/// An account somewhere else that opens one here.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Identity {
    pub id: Id<Identity>,
    pub member_id: Id<Member>,
    pub provider: Provider,
    pub issuer: String,
    pub subject: String,
    /// What the provider named last; '' if nothing.
    pub email: String,
    pub email_key: String,
    pub created_at: Instant,
    pub last_used_at: Instant,
}

/// What a provider says of somebody.
#[derive(Debug, Clone)]
pub struct Told {
    pub provider: Provider,
    pub issuer: String,
    pub subject: String,
    pub name: String,
    pub email: Option<Email>,
    /// Whether the provider says that the address is theirs, too.
    pub vouched: bool,
}

impl Told {
    /// The address, if it proves anything.
    pub fn proven_email(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| self.vouched)
    }

    /// How they are called here from the start: as the provider calls them, else by their address.
    pub fn called(&self) -> String {
        let given: String = forms::seen(&self.name).chars().take(NAME).collect();
        let by_address = || self.email.as_ref().and_then(|email| email.address.split('@').next().map(str::to_owned));
        Some(given).filter(|name| !name.is_empty() && !forms::has_link(name)).or_else(by_address).unwrap_or_default()
    }

    fn identity(&self, member: Id<Member>, now: Instant) -> Identity {
        let (email, email_key) =
            self.email.as_ref().map_or_else(Default::default, |email| (email.address.clone(), email.key.clone()));
        Identity {
            id: Id::new(),
            member_id: member,
            provider: self.provider,
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            email,
            email_key,
            created_at: now,
            last_used_at: now,
        }
    }
}

/// Why somebody does not come in by a provider, or does not connect it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It does not answer, or it and this site were not set up for each other.
    Down(Provider),
    /// They, or it, said no.
    Denied(Provider),
    /// Not begun in this browser, or too long ago.
    NotBegun,
    /// Begun here and done with.
    Used,
    /// Its word does not hold: signature, issuer, audience, time or nonce are wrong.
    Untrusted(Provider),
    NoEmail(Provider),
    /// It does not vouch for the address.
    Unverified(Provider),
    Suspended,
    /// The site takes no new accounts, or not this one.
    NotAdmitted,
    /// It opens somebody else's account.
    Taken(Provider),
    /// Without it they could not come in any more.
    LastWayIn,
}

impl Refusal {
    pub const fn status(self) -> u16 {
        match self {
            Self::NotBegun => 400,
            Self::Denied(_) | Self::NoEmail(_) | Self::Unverified(_) | Self::Suspended | Self::NotAdmitted => 403,
            Self::Used | Self::Taken(_) => 409,
            Self::LastWayIn => 422,
            Self::Untrusted(_) => 502,
            Self::Down(_) => 503,
        }
    }

    /// Whether beginning once more can help.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Down(_) | Self::Denied(_) | Self::NotBegun | Self::Used | Self::Untrusted(_))
    }

    /// The heading of its page.
    pub fn heading(self, l: Locale) -> String {
        match self {
            Self::Down(by) => t!("{provider} does not answer", provider = by.name()).to(l),
            Self::Denied(by) => t!("{provider} did not let you through", provider = by.name()).to(l),
            Self::NotBegun => t!("This sign-in was not begun here").to(l),
            Self::Used => t!("This sign-in is done already").to(l),
            Self::Untrusted(by) => t!("The answer of {provider} does not hold", provider = by.name()).to(l),
            Self::NoEmail(by) => t!("{provider} told us no e-mail address", provider = by.name()).to(l),
            Self::Unverified(by) => t!("{provider} does not vouch for your address", provider = by.name()).to(l),
            Self::Suspended => t!("This account is suspended").to(l),
            Self::NotAdmitted => t!("No new account").to(l),
            Self::Taken(by) => t!("Your {provider} account is connected elsewhere", provider = by.name()).to(l),
            Self::LastWayIn => t!("Your only way in").to(l),
        }
    }
}

impl Say for Refusal {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Down(by) => {
                t!("Nothing is wrong on your side. Try again in a few minutes, or come in without {provider}.", provider = by.name()).say(w, l)
            }
            Self::Denied(_) => t!("You said no there, or your account there may not be used here. Nothing was changed.").say(w, l),
            Self::NotBegun => t!("It was begun in another browser, or more than ten minutes ago. If you did not begin it, close this page: somebody may want you in an account of theirs.").say(w, l),
            Self::Used => t!("Each sign-in counts once, so going back to it or loading it again does nothing. If you are not in, begin again.").say(w, l),
            Self::Untrusted(_) => t!("It is not what we asked for, so nobody was signed in. Begin again; if this comes back, tell whoever runs this site.").say(w, l),
            Self::NoEmail(by) => t!("An account here needs one. Add a confirmed address to your {provider} account, or sign up with your e-mail address and connect {provider} in your settings.", provider = by.name()).say(w, l),
            Self::Unverified(by) => t!("Confirm the address there and come back. Or sign in here, or sign up with your e-mail address, and connect {provider} in your settings.", provider = by.name()).say(w, l),
            Self::Suspended => t!("Ask whoever runs this site.").say(w, l),
            Self::NotAdmitted => t!("This site takes no new accounts, or only those of people who were invited.").say(w, l),
            Self::Taken(by) => t!("It opens another account of this site. Sign in with {provider}, remove it in the settings of that account, then connect it here.", provider = by.name()).say(w, l),
            Self::LastWayIn => t!("Choose a password first, or connect another account: without this one you could not sign in any more.").say(w, l),
        }
    }
}
crate::says!(Refusal);
