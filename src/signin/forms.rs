//! What people type to come in, and what is made of it.
use serde::Deserialize;

use super::NewMember;
use super::passwords::{self, About};
use crate::forms::{Email, Errors, Reader};
use crate::i18n::Locale;

/// Characters of a name.
pub const NAME: usize = 100;

/// The one way to a new password: what it misses is told at its field.
pub fn read_password(reader: &mut Reader, field: &str, password: &str, about: &About<'_>) {
    if password.is_empty() {
        reader.errors.add(field, t!("Choose a password."));
    } else if let Err(missing) = passwords::check(password, about) {
        reader.errors.add(field, missing);
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    pub back: String,
    /// Hidden from people: who fills it is asked once more.
    pub website: String,
    pub asked: String,
}

impl SignUp {
    pub fn parse(&self, site: &str, locale: Locale) -> Result<NewMember, Errors> {
        let mut reader = Reader::default();
        let name = reader.required_name("name", &self.name, NAME, t!("Enter your name."));
        let email = reader.email("email", &self.email);
        let about = About { name: &self.name, email: &self.email, site };
        read_password(&mut reader, "password", &self.password, &about);
        if reader.errors.is_empty() && !self.website.is_empty() && self.asked.is_empty() {
            reader.errors.add("", t!("Enter the password once more and press the button again."));
        }
        reader.errors.or(|| NewMember { name, email, password: self.password.clone(), locale })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignIn {
    pub email: String,
    pub password: String,
    pub back: String,
}

impl SignIn {
    pub fn parse(&self) -> Result<(), Errors> {
        let mut errors = Errors::default();
        if self.email.trim().is_empty() {
            errors.add("email", t!("Enter your e-mail address."));
        }
        if self.password.is_empty() {
            errors.add("password", t!("Enter your password."));
        }
        errors.or(|| ())
    }
}

/// An address to which a link goes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Address {
    pub email: String,
}

impl Address {
    pub fn parse(&self) -> Result<Email, Errors> {
        let mut reader = Reader::default();
        let email = reader.email("email", &self.email);
        reader.errors.or(|| email)
    }
}

/// The button of a link that proves an address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Proof {
    /// Names this copy of the page.
    pub form: String,
    /// Asked of those who did not sign up in this browser.
    pub password: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewPassword {
    /// Names this copy of a mailed link's page.
    pub form: String,
    pub current: String,
    pub password: String,
}

impl NewPassword {
    pub fn parse(&self, about: &About<'_>) -> Result<(), Errors> {
        let mut reader = Reader::default();
        read_password(&mut reader, "password", &self.password, about);
        reader.errors.or(|| ())
    }

    /// For those who are signed in: they say the current one too, if there is one.
    pub fn parse_change(&self, about: &About<'_>, has_password: bool) -> Result<(), Errors> {
        let mut reader = Reader::default();
        if has_password && self.current.is_empty() {
            reader.errors.add("current", t!("Enter your current password."));
        }
        read_password(&mut reader, "password", &self.password, about);
        reader.errors.or(|| ())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Setup {
    pub token: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

impl Setup {
    pub fn parse(&self, site: &str, locale: Locale) -> Result<NewMember, Errors> {
        let Self { name, email, password, .. } = self;
        let same = SignUp { name: name.clone(), email: email.clone(), password: password.clone(), ..SignUp::default() };
        same.parse(site, locale)
    }
}

/// The time zones that people choose from: places, not abbreviations.
pub fn zones() -> impl Iterator<Item = String> {
    let named = jiff::tz::db().available().map(|zone| zone.to_string());
    named.filter(|zone| zone == "UTC" || zone.contains('/') && !zone.starts_with("Etc/"))
}
