//! One's own settings: name, handle, a few words, language, zone, theme.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Member;
use super::forms::{self, Settings};
use super::profile::{self, Profile};
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::{Locale, Say, filters};
use crate::signin::forms::zones;
use crate::web::limits::{self, Ip};
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, see};

#[derive(Template)]
#[template(path = "members/settings.html")]
struct Show<'a> {
    page: &'a Page,
    me: &'a Member,
    form: &'a Settings,
    errors: &'a Errors,
    languages: &'static [Locale],
    zones: Vec<String>,
}

impl<'a> Show<'a> {
    fn new(page: &'a Page, me: &'a Member, form: &'a Settings, errors: &'a Errors) -> Self {
        Self { page, me, form, errors, languages: Locale::OFFERED, zones: zones().collect() }
    }
    /// What a handle is for, or where it leads.
    fn handle_hint(&self) -> String {
        match self.me.page() {
            Some(path) => {
                t!("Your public page is {url}.", url = format!("{}{path}", self.page.base_url)).to(self.page.locale)
            }
            None => {
                let url = format!("{}/@…", self.page.base_url);
                t!("With a handle you get a public page, {url}, with the public events that you host.", url)
                    .to(self.page.locale)
            }
        }
    }
    fn bio_hint(&self) -> String {
        t!("Everybody reads it on your public page. Markdown, at most {most} characters.", most = forms::BIO)
            .to(self.page.locale)
    }
}

pub async fn show(State(app): State<App>, page: Page, me: Me, ip: Ip) -> Result<Response> {
    limits::PROFILE_READ.count(&app, &ip.whose()).await?;
    let form = Settings::of(Profile::of(&me));
    page.html(&Show::new(&page, &me, &form, &Errors::default()))
}

/// The page once more: what was wanted of it is refused.
pub fn refused(page: &Page, me: &Member, errors: &Errors) -> Result<Response> {
    page.invalid(&Show::new(page, me, &Settings::of(Profile::of(me)), errors))
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    me: Me,
    ip: Ip,
    flash: Flash,
    Form(form): Form<Settings>,
) -> Result<Response> {
    limits::PROFILE_UPDATE.count(&app, &ip.whose()).await?;
    let profile = match form.parse(&Profile::of(&me), page.site) {
        Ok(profile) => profile,
        Err(errors) => return page.invalid(&Show::new(&page, &me, &form, &errors)),
    };
    let now = app.clock.now();
    if !decide!(app.db, tx, profile::save(tx, me.id, &profile, now).await)? {
        return page.invalid(&Show::new(&page, &me, &form, &forms::taken()));
    }
    flash.say(t!("Saved.")).await?;
    see("/settings")
}
