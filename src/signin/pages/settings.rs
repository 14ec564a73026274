//! One's own settings: name, language, zone, theme, password.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::client::Client;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::{Locale, filters};
use crate::members::Member;
use crate::signin::forms::{self, NewPassword};
use crate::signin::passwords::About;
use crate::signin::settings;
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, see};

#[derive(Template)]
#[template(path = "signin/settings.html")]
struct Settings<'a> {
    page: &'a Page,
    me: &'a Member,
    form: &'a forms::Settings,
    errors: &'a Errors,
    languages: &'static [Locale],
    zones: Vec<String>,
}

impl<'a> Settings<'a> {
    fn new(page: &'a Page, me: &'a Member, form: &'a forms::Settings, errors: &'a Errors) -> Self {
        Self { page, me, form, errors, languages: Locale::OFFERED, zones: forms::zones().collect() }
    }
}

pub async fn show(page: Page, me: Me) -> Result<Response> {
    let chosen = |choice: &Option<String>| choice.clone().unwrap_or_default();
    let form = forms::Settings {
        name: me.name.clone(),
        language: chosen(&me.locale),
        zone: chosen(&me.zone),
        theme: chosen(&me.theme),
    };
    page.html(&Settings::new(&page, &me, &form, &Errors::default()))
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Form(form): Form<forms::Settings>,
) -> Result<Response> {
    let profile = match form.parse() {
        Ok(profile) => profile,
        Err(errors) => return page.invalid(&Settings::new(&page, &me, &form, &errors)),
    };
    let now = app.clock.now();
    decide!(app.db, tx, settings::save(tx, me.id, profile.clone(), now).await)?;
    flash.say(t!("Saved.")).await?;
    see("/settings")
}

#[derive(Template)]
#[template(path = "signin/password.html")]
struct Password<'a> {
    page: &'a Page,
    me: &'a Member,
    errors: &'a Errors,
}

pub async fn password(page: Page, me: Me) -> Result<Response> {
    page.html(&Password { page: &page, me: &me, errors: &Errors::default() })
}

pub async fn change_password(
    State(app): State<App>,
    page: Page,
    me: Me,
    client: Client,
    flash: Flash,
    Form(form): Form<NewPassword>,
) -> Result<Response> {
    let about = About { name: &me.name, email: &me.email, site: app.site_name() };
    if let Err(errors) = form.parse_change(&about) {
        return page.invalid(&Password { page: &page, me: &me, errors: &errors });
    }
    let change = settings::Change {
        current: &form.current,
        new: &form.password,
        session: &me.session_id,
        device: client.device.as_deref(),
        ip: client.ip,
    };
    if !settings::change_password(&app, &me, &change).await? {
        let errors = Errors::at("current", t!("This is not your current password."));
        return page.invalid(&Password { page: &page, me: &me, errors: &errors });
    }
    flash.say(t!("Your password is changed. All other devices are signed out.")).await?;
    see("/settings/password")
}
