//! A new password for who is signed in.
use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::client::Client;
use crate::app::App;
use crate::error::{Error, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::members::Member;
use crate::signin::forms::NewPassword;
use crate::signin::passwords::About;
use crate::signin::{settings, step_up};
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, SteppedUp, see};

/// A member who may change the password: the current one proves them, unless the account has something stronger, or no
/// password yet. Then they must have stepped up.
pub struct Changer(Me);

impl std::ops::Deref for Changer {
    type Target = Me;
    fn deref(&self) -> &Me {
        &self.0
    }
}

impl FromRequestParts<App> for Changer {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let me = Me::from_request_parts(parts, app).await?;
        if step_up::factor(&me) == step_up::Factor::Password {
            return Ok(Self(me));
        }
        SteppedUp::<Me>::from_request_parts(parts, app).await.map(|SteppedUp(me)| Self(me))
    }
}

#[derive(Template)]
#[template(path = "signin/password.html")]
struct Password<'a> {
    page: &'a Page,
    me: &'a Member,
    errors: &'a Errors,
}

pub async fn form(page: Page, me: Changer) -> Result<Response> {
    page.html(&Password { page: &page, me: &me, errors: &Errors::default() })
}

pub async fn change(
    State(app): State<App>,
    page: Page,
    me: Changer,
    client: Client,
    flash: Flash,
    Form(form): Form<NewPassword>,
) -> Result<Response> {
    let about = About { name: &me.name, email: &me.email, site: app.site_name() };
    if let Err(errors) = form.parse_change(&about, me.password.is_some()) {
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
