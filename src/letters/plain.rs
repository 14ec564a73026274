//! What a letter says, and the plain kind of letter: a few sentences and at most one button.
use askama::Template;

use super::Reader;
use crate::app::App;
use crate::forms::Message as Sentence;
use crate::i18n::{Locale, Say};
use crate::mail::File;

/// What a letter says.
pub struct Content {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub files: Vec<File>,
}

/// A letter of a few sentences and at most one button; those that show more have templates of their own.
#[derive(Template)]
#[template(path = "mail/letter.html")]
pub struct Plain<'a> {
    pub site: &'a str,
    pub base_url: &'a str,
    pub heading: Sentence,
    pub sentences: Vec<Sentence>,
    pub button: Option<(Sentence, String)>,
    /// Why this came, as the last line.
    pub why: Sentence,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct PlainText<'a> {
    letter: &'a Plain<'a>,
}

impl Plain<'_> {
    pub fn content(&self, locale: Locale) -> anyhow::Result<Content> {
        Ok(Content {
            subject: self.heading.to(locale),
            text: PlainText { letter: self }.render_with_values(&locale)?,
            html: self.render_with_values(&locale)?,
            files: Vec::new(),
        })
    }
}

/// An admin's test of the mail settings.
pub(super) fn test(app: &App, to: &Reader) -> anyhow::Result<Content> {
    Plain {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Sentence::new(t!("Mail works")),
        sentences: vec![Sentence::new(t!("This is the test that you asked for. The mail settings are right."))],
        button: None,
        why: Sentence::new(t!("You receive this because an admin of the site sent a test to this address.")),
    }
    .content(to.locale)
}
