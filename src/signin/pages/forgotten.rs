//! A new password for those who forgot theirs.
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids;
use crate::members::Member;
use crate::signin;
use crate::signin::forms::{Address, NewPassword};
use crate::signin::links::{self, Kind, Press, Pressed};
use crate::signin::passwords::About;
use crate::web::limits::Ip;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, see};

#[derive(Template)]
#[template(path = "signin/forgotten.html")]
struct Forgotten<'a> {
    page: &'a Page,
    wall: Wall,
    email: &'a str,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page) -> Result<Response> {
    page.html(&Forgotten { page: &page, wall: Wall::of(&app).await?, email: "", errors: &Errors::default() })
}

/// Answers the same whether there is such an account or not.
pub async fn send(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    flash: Flash,
    Form(form): Form<Address>,
) -> Result<Response> {
    let email = match form.parse() {
        Ok(email) => email,
        Err(errors) => {
            let wall = Wall::of(&app).await?;
            return page.invalid(&Forgotten { page: &page, wall, email: &form.email, errors: &errors });
        }
    };
    signin::forgotten(&app, &email, ip).await?;
    flash
        .say(t!(
            "If there is an account for {email}, a link is on its way. It works for one hour.",
            email = email.address
        ))
        .await?;
    see("/sign-in")
}

#[derive(Template)]
#[template(path = "signin/reset.html")]
struct Reset<'a> {
    page: &'a Page,
    wall: Wall,
    /// `None` when the link is no good any more.
    member: Option<&'a Member>,
    token: &'a str,
    form: &'a str,
    errors: &'a Errors,
}

pub async fn reset(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let member = links::owner(&app, Kind::Reset, &token).await?;
    let (wall, errors, form) = (Wall::of(&app).await?, &Errors::default(), &ids::secret());
    let status = if member.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    page.with(status, &Reset { page: &page, wall, member: member.as_ref(), token: &token, form, errors })
}

pub async fn replace(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    flash: Flash,
    Path(token): Path<String>,
    Form(form): Form<NewPassword>,
) -> Result<Response> {
    let press = Press { token: &token, form: &form.form };
    if links::was_pressed(&app, Kind::Reset, press).await? {
        return replaced(&flash).await;
    }
    let owner = links::owner(&app, Kind::Reset, &token).await?;
    let wall = Wall::of(&app).await?;
    let errors = &Errors::default();
    let mut shown = Reset { page: &page, wall, member: owner.as_ref(), token: &token, form: &form.form, errors };
    let Some(member) = &owner else { return page.with(StatusCode::NOT_FOUND, &shown) };
    let about = About { name: &member.name, email: &member.email, site: app.site_name() };
    if let Err(errors) = form.parse(&about) {
        shown.errors = &errors;
        return page.invalid(&shown);
    }
    match links::reset(&app, press, &form.password, ip).await? {
        Pressed::First(()) | Pressed::Again => replaced(&flash).await,
        Pressed::Dead => {
            shown.member = None;
            page.with(StatusCode::NOT_FOUND, &shown)
        }
    }
}

async fn replaced(flash: &Flash) -> Result<Response> {
    flash.say(t!("Your password is changed. Sign in with it.")).await?;
    see("/sign-in")
}
