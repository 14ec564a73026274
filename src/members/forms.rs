//! What members type about themselves, and what is made of it.
use serde::Deserialize;

use super::profile::{self, Profile};
use crate::forms::{Errors, Reader};
use crate::i18n::Locale;
use crate::signin::forms::{NAME, zones};

/// Characters of what somebody says about themselves.
pub const BIO: usize = 1_000;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub name: String,
    pub handle: String,
    pub bio: String,
    pub language: String,
    pub zone: String,
    pub theme: String,
}

impl Settings {
    /// As the form shows what stands.
    pub fn of(profile: Profile) -> Self {
        let chosen = Option::unwrap_or_default;
        Self {
            name: profile.name,
            handle: chosen(profile.handle),
            bio: profile.bio,
            language: chosen(profile.locale),
            zone: chosen(profile.zone),
            theme: chosen(profile.theme),
        }
    }

    /// `now` is what stands: what is not offered any more, or is not allowed any more, may stay.
    pub fn parse(&self, now: &Profile, site: &str) -> Result<Profile, Errors> {
        let mut reader = Reader::default();
        let name = reader.required_name("name", &self.name, NAME, t!("Enter your name."));
        let handle = self.handle(now, site, &mut reader.errors);
        let bio = reader.text("bio", &self.bio, usize::MAX);
        let too_many = bio.chars().count().saturating_sub(BIO);
        if too_many > 0 {
            // Summed up above the form it stands far from its field, so it says which one it means.
            let message = tn!("Shorten “About me” by 1 character.", "Shorten “About me” by {n} characters.", too_many);
            reader.errors.add("bio", message);
        }
        let mut one_of = |field: &str, typed: &str, stands: &Option<String>, offered: bool| {
            if !typed.is_empty() && !offered && stands.as_deref() != Some(typed) {
                reader.errors.add(field, t!("Choose one of the options."));
            }
            Some(typed.to_owned()).filter(|typed| !typed.is_empty())
        };
        let known = Locale::OFFERED.iter().any(|l| l.tag() == self.language);
        let locale = one_of("language", &self.language, &now.locale, known);
        let zone = one_of("zone", &self.zone, &now.zone, zones().any(|zone| zone == self.zone));
        let theme = one_of("theme", &self.theme, &None, matches!(self.theme.as_str(), "light" | "dark"));
        reader.errors.or(|| Profile { name, handle, bio, locale, zone, theme })
    }

    fn handle(&self, now: &Profile, site: &str, errors: &mut Errors) -> Option<String> {
        let typed = self.handle.trim();
        let typed = typed.strip_prefix('@').unwrap_or(typed);
        if typed.is_empty() {
            return None;
        }
        if !profile::is_handle(typed) {
            errors.add(
                "handle",
                t!(
                    "A handle has {least} to {most} letters from a to z, digits, hyphens and underscores, and begins with a letter or a digit, like ada-lovelace.",
                    least = profile::LEAST,
                    most = profile::MOST
                ),
            );
        } else if now.handle.as_deref() != Some(typed) && profile::is_reserved(typed, site) {
            errors.add("handle", t!("This handle is kept for the site. Choose another one."));
        }
        Some(typed.to_owned())
    }
}

/// Why a handle cannot be had.
pub fn taken() -> Errors {
    Errors::at("handle", t!("Somebody else has this handle. Choose another one."))
}
