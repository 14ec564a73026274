//! The page that asks whether it is still you, and leads back.
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;

use super::code;
use crate::app::App;
use crate::error::{Error, Result};
use crate::forms::Errors;
use crate::i18n::{Locale, Say, filters};
use crate::members;
use crate::signin::second::Checked;
use crate::signin::step_up::{self, Factor};
use crate::web::guards::local_path;
use crate::web::page::{FLASH, Flash, Said};
use crate::web::{Form, Me, Page, Query, see, sessions};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub proof: String,
    pub back: String,
    /// Not empty: a form was sent, and was not acted on.
    pub form: String,
}

impl Asked {
    /// This page, to come back to from the mail's button.
    fn path(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("back", local_path(&self.back))
            .append_pair("form", &self.form)
            .finish();
        format!("/step-up?{query}")
    }
}

#[derive(Template)]
#[template(path = "signin/step_up.html")]
struct StepUp<'a> {
    page: &'a Page,
    form: &'a Asked,
    factor: Factor,
    /// Whether they have a passkey.
    passkey: bool,
    email: &'a str,
    errors: &'a Errors,
}

pub async fn form(page: Page, me: Me, Query(form): Query<Asked>) -> Result<Response> {
    let form = Asked { proof: String::new(), ..form };
    let factor = step_up::factor(&me);
    let passkey = me.passkey_at.is_some();
    page.html(&StepUp { page: &page, form: &form, factor, passkey, email: &me.email, errors: &Errors::default() })
}

pub async fn prove(
    State(app): State<App>,
    page: Page,
    me: Me,
    locale: Locale,
    Form(form): Form<Asked>,
) -> Result<Response> {
    let factor = step_up::factor(&me);
    match step_up::prove(&app, &me, &form.proof).await? {
        Checked::Right => return go_on(&app, &me, locale, &form).await,
        Checked::TooMany { wait_seconds } => return Err(Error::TooMany { wait_seconds }),
        Checked::Wrong => {}
    }
    let errors = match factor {
        Factor::Password if form.proof.is_empty() => Errors::at("proof", t!("Enter your password.")),
        Factor::Password => Errors::at("proof", t!("This is not your password.")),
        Factor::Passkey => Errors::whole(t!("Use your passkey: nothing else is asked for.")),
        Factor::Code | Factor::Mail => code::wrong("proof", &form.proof, factor == Factor::Mail),
    };
    let passkey = me.passkey_at.is_some();
    page.invalid(&StepUp { page: &page, form: &form, factor, passkey, email: &me.email, errors: &errors })
}

/// Back to where they were asked, in a session with a new secret.
async fn go_on(app: &App, me: &Me, locale: Locale, form: &Asked) -> Result<Response> {
    let cookie = renewed(app, me, locale, (&form.back, !form.form.is_empty())).await?;
    let mut response = see(local_path(&form.back))?;
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
    Ok(response)
}

/// Notes that it is them; the cookie with the session's new secret. If a form was sent and not acted on, the next page
/// says so.
pub(super) async fn renewed(app: &App, me: &Me, locale: Locale, (back, form): (&str, bool)) -> Result<String> {
    let said = Said { text: t!("It is you. Nothing was done yet: press the button once more.").to(locale) };
    let flash = if form { Some((FLASH, serde_json::to_value(said)?)) } else { None };
    let now = app.clock.now();
    let renewed: Result<_> = decide!(app.db, tx, {
        members::store::lock(tx, me.id).await?;
        Ok(sessions::renew(tx, &me.session_id, me.id, flash.clone(), now).await?)
    });
    let secret = renewed?.ok_or_else(|| Error::SignIn { back: back.to_owned() })?;
    Ok(sessions::cookie(app, secret))
}

/// Mails a code to those who have neither an app nor a password.
pub async fn mail(State(app): State<App>, me: Me, flash: Flash, Form(form): Form<Asked>) -> Result<Response> {
    if step_up::factor(&me) == Factor::Mail {
        step_up::mail(&app, &me).await?;
        flash.say(t!("A code is on its way to {email}. It works for ten minutes.", email = me.email.clone())).await?;
    }
    see(form.path())
}
