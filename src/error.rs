//! Why a request ends without what was asked for.
//!
//! A rule's "no" that belongs to a form is the slice's `Refusal` and stands at its field; what is here
//! ends the request. `web::errors` turns it into a page, or into JSend under `/api`.
use std::fmt;

use crate::i18n::{Locale, Say};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Deliberately not a `std::error::Error`, so that `?` takes every other error as internal.
#[derive(Debug)]
pub enum Error {
    /// 404, also for what exists but is none of the asker's business.
    NotFound,
    /// 400: a body or an address that no page of ours sends.
    Malformed,
    /// 408: the body of the request did not arrive in time.
    TooSlow,
    /// 413.
    TooLarge,
    /// 303 to the sign-in page, then back; 401 under `/api`.
    SignIn { back: String },
    /// 303 to the page that asks whether it is still them, then back; 403 under `/api`.
    StepUp {
        back: String,
        /// It was a form: it is not sent again by itself.
        form: bool,
    },
    /// 303 to where admins turn on their second factor, which this site demands; 403 under `/api`.
    SecondFactorDue,
    /// 403.
    Forbidden,
    /// 429 with Retry-After.
    TooMany { wait_seconds: i64 },
    /// 409: two wishes that exclude each other, for example one form id with two contents.
    Conflict,
    /// 503: a part of the site is switched off or unreachable.
    Unavailable,
    /// 503 with Retry-After: more was asked of the database than it could do in time.
    Busy,
    /// 500: logged once with the request's id, which the page shows.
    Internal(anyhow::Error),
}

impl Error {
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Malformed => 400,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::SignIn { .. } => 401,
            Self::StepUp { .. } | Self::SecondFactorDue | Self::Forbidden => 403,
            Self::TooMany { .. } => 429,
            Self::Conflict => 409,
            Self::Unavailable | Self::Busy => 503,
            Self::Internal(_) => 500,
        }
    }
}

impl Say for Error {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::NotFound => t!("There is nothing here.").say(w, l),
            Self::Malformed => t!("The request could not be read. Go back, reload the page and try again.").say(w, l),
            Self::TooSlow => t!("The request took too long to arrive. Try again.").say(w, l),
            Self::TooLarge => t!("That was too large to take.").say(w, l),
            Self::SignIn { .. } => t!("Sign in first.").say(w, l),
            Self::StepUp { .. } => {
                t!("Send your code in the header Step-Up: a code of your app, or your password if you have no app.")
                    .say(w, l)
            }
            Self::SecondFactorDue => {
                t!("Admins of this site need a second factor. Turn it on in your settings.").say(w, l)
            }
            Self::Forbidden => t!("That is not open to you.").say(w, l),
            Self::TooMany { .. } => t!("That was too often.").say(w, l),
            Self::Conflict => t!("This was already sent with other contents. Reload the page and try again.").say(w, l),
            Self::Unavailable => t!("This part of the site is not available now. Try again in a minute.").say(w, l),
            Self::Busy => t!("The site is very busy now. Try again in a moment.").say(w, l),
            Self::Internal(_) => t!("Something broke on our side.").say(w, l),
        }
    }
}
crate::says!(Error);

impl<E> From<E> for Error
where
    anyhow::Error: From<E>,
{
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

pub trait OrNotFound<T> {
    /// Nothing there, or nothing that this person may know of: 404 for both.
    fn or_404(self) -> Result<T>;
}
impl<T> OrNotFound<T> for Option<T> {
    fn or_404(self) -> Result<T> {
        self.ok_or(Error::NotFound)
    }
}
