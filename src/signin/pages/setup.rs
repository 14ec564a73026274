//! The first-run page: the log's token makes the first admin.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::wall::Wall;
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::signin::first_run;
use crate::signin::forms::Setup;
use crate::web::limits::{self, Ip};
use crate::web::page::Flash;
use crate::web::{Form, Page, Query, see};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Token {
    token: String,
}

#[derive(Template)]
#[template(path = "signin/setup.html")]
struct SetupPage<'a> {
    page: &'a Page,
    wall: Wall,
    form: &'a Setup,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page, Query(token): Query<Token>) -> Result<Response> {
    first_run::opens(&app, &token.token).await?.then_some(()).or_404()?;
    let form = Setup { token: token.token, ..Setup::default() };
    page.html(&SetupPage { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &Errors::default() })
}

pub async fn create(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    flash: Flash,
    Form(form): Form<Setup>,
) -> Result<Response> {
    first_run::opens(&app, &form.token).await?.then_some(()).or_404()?;
    let errors = match form.parse(app.site_name(), page.locale) {
        Ok(wish) => {
            limits::SIGN_UP.count(&app, &ip.whose()).await?;
            match first_run::set_up(&app, &form.token, wish).await? {
                first_run::Setup::Done => {
                    flash.say(t!("You are the admin of this site. Sign in with the password that you chose.")).await?;
                    return see("/sign-in");
                }
                first_run::Setup::Closed => return Err(crate::error::Error::NotFound),
                first_run::Setup::Taken => Errors::at(
                    "email",
                    t!(
                        "This address has an account. Make it an admin with “marquee admin create --email …” on the machine."
                    ),
                ),
            }
        }
        Err(errors) => errors,
    };
    page.invalid(&SetupPage { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &errors })
}
