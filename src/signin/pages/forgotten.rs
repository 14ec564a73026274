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
use crate::signin::passwords::{About, Verdict};
use crate::web::limits::{FAILED_SIGN_IN, Ip};
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
    /// A password was set with it already, and not the one that was sent now.
    other_set: bool,
    token: &'a str,
    form: &'a str,
    errors: &'a Errors,
}

impl<'a> Reset<'a> {
    fn of(page: &'a Page, wall: Wall, member: Option<&'a Member>, press: Press<'a>, errors: &'a Errors) -> Self {
        Self { page, wall, member, other_set: false, token: press.token, form: press.form, errors }
    }
}

pub async fn reset(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let member = links::owner(&app, Kind::Reset, &token).await?;
    let (wall, errors, form) = (Wall::of(&app).await?, Errors::default(), ids::secret());
    let status = if member.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let press = Press { token: &token, form: &form };
    page.with(status, &Reset::of(&page, wall, member.as_ref(), press, &errors))
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
    if let Some(answer) = again(&app, &page, &flash, press, (&form.password, ip)).await? {
        return Ok(answer);
    }
    let owner = links::owner(&app, Kind::Reset, &token).await?;
    let wall = Wall::of(&app).await?;
    let errors = Errors::default();
    let mut shown = Reset::of(&page, wall, owner.as_ref(), press, &errors);
    let Some(member) = &owner else { return page.with(StatusCode::NOT_FOUND, &shown) };
    let about = About { name: &member.name, email: &member.email, site: app.site_name() };
    if let Err(errors) = form.parse(&about) {
        shown.errors = &errors;
        return page.invalid(&shown);
    }
    match links::reset(&app, press, &form.password, ip).await? {
        Pressed::First(()) => replaced(&flash).await,
        Pressed::Again | Pressed::Dead => {
            if let Some(answer) = again(&app, &page, &flash, press, (&form.password, ip)).await? {
                return Ok(answer);
            }
            shown.member = None;
            page.with(StatusCode::NOT_FOUND, &shown)
        }
    }
}

/// The answer to a copy of the page that used the link a moment ago. The second press of a double click says the
/// password that stands; another one was not set, and that is said. Tries are limited as those to sign in are.
async fn again(
    app: &App,
    page: &Page,
    flash: &Flash,
    press: Press<'_>,
    (password, ip): (&str, Ip),
) -> Result<Option<Response>> {
    let Some(member) = links::pressed_by(app, Kind::Reset, press).await? else { return Ok(None) };
    FAILED_SIGN_IN.check(app, &ip.whose()).await?;
    if !matches!(app.passwords.verify(password, member.password.as_deref()).await?, Verdict::Wrong) {
        return replaced(flash).await.map(Some);
    }
    FAILED_SIGN_IN.count(app, &ip.whose()).await?;
    let errors = Errors::default();
    let mut shown = Reset::of(page, Wall::of(app).await?, None, press, &errors);
    shown.other_set = true;
    page.with(StatusCode::CONFLICT, &shown).map(Some)
}

async fn replaced(flash: &Flash) -> Result<Response> {
    flash.say(t!("Your password is changed. Sign in with it.")).await?;
    see("/sign-in")
}
