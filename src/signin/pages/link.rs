//! Signing in by a mailed link: asking for it, and the page with the button that it opens.
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::client::Client;
use super::sign_in::{Back, come_in};
use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::{self, Id};
use crate::members::Member;
use crate::signin::forms::Address;
use crate::signin::links::{self, Kind, Press, Pressed};
use crate::signin::sign_in_links::{self, Wish};
use crate::web::guards::local_path;
use crate::web::limits::Ip;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, Query, Visitor, see};

/// What this browser asked for.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Asked {
    wish: Option<Id<Wish>>,
    back: String,
}

impl Asked {
    const KEY: &'static str = "link_asked";

    async fn of(session: &Session) -> Result<Self> {
        Ok(session.get(Self::KEY).await?.unwrap_or_default())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub email: String,
    pub back: String,
}

#[derive(Template)]
#[template(path = "signin/link_new.html")]
struct New<'a> {
    page: &'a Page,
    wall: Wall,
    form: &'a Typed,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page, visitor: Visitor, Query(back): Query<Back>) -> Result<Response> {
    if visitor.me.is_some() {
        return see(local_path(&back.back));
    }
    let form = Typed { back: back.back, ..Typed::default() };
    page.html(&New { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &Errors::default() })
}

/// Answers the same whether there is such an account or not.
pub async fn send(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    session: Session,
    flash: Flash,
    Form(form): Form<Typed>,
) -> Result<Response> {
    let email = match (Address { email: form.email.clone() }).parse() {
        Ok(email) => email,
        Err(errors) => {
            return page.invalid(&New { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &errors });
        }
    };
    let wish = Id::new();
    sign_in_links::ask(&app, &email, wish, ip).await?;
    let asked = Asked { wish: Some(wish), back: local_path(&form.back).to_owned() };
    session.insert(Asked::KEY, asked).await?;
    flash
        .say(t!(
            "If there is an account for {email}, a link is on its way. It works for ten minutes: open it in this browser.",
            email = email.address
        ))
        .await?;
    see("/sign-in")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Button {
    /// Names this copy of the page.
    pub form: String,
    /// `yes` where another browser asked for the link.
    pub elsewhere: String,
}

#[derive(Template)]
#[template(path = "signin/link.html")]
struct Show<'a> {
    page: &'a Page,
    wall: Wall,
    /// `None` when the link is no good any more.
    member: Option<&'a Member>,
    token: &'a str,
    form: &'a str,
    elsewhere: bool,
}

/// Opening the link shows a button; only the button signs in.
pub async fn show(State(app): State<App>, page: Page, session: Session, Path(token): Path<String>) -> Result<Response> {
    answer(&app, &page, &session, &token, StatusCode::OK).await
}

async fn answer(app: &App, page: &Page, session: &Session, token: &str, status: StatusCode) -> Result<Response> {
    let member = links::owner(app, Kind::SignIn, token).await?;
    let status = if member.is_some() { status } else { StatusCode::NOT_FOUND };
    let elsewhere = !sign_in_links::is_of(app, token, Asked::of(session).await?.wish).await?;
    let (wall, form) = (Wall::of(app).await?, ids::secret());
    page.with(status, &Show { page, wall, member: member.as_ref(), token, form: &form, elsewhere })
}

pub async fn enter(
    State(app): State<App>,
    page: Page,
    mut client: Client,
    session: Session,
    Path(token): Path<String>,
    Form(button): Form<Button>,
) -> Result<Response> {
    let asked = Asked::of(&session).await?;
    let here = sign_in_links::is_of(&app, &token, asked.wish).await?;
    if !here && button.elsewhere != "yes" && links::owner(&app, Kind::SignIn, &token).await?.is_some() {
        return answer(&app, &page, &session, &token, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match sign_in_links::enter(&app, Press { token: &token, form: &button.form }).await? {
        Pressed::First(pass) => {
            let response = come_in(&app, &session, &mut client, &pass, &asked.back).await?;
            response.map_or_else(|| see("/sign-in"), Ok)
        }
        // Of two presses the second finds them in, or at the code.
        Pressed::Again => see(if page.me.is_some() { "/" } else { "/sign-in/code" }),
        Pressed::Dead => answer(&app, &page, &session, &token, StatusCode::NOT_FOUND).await,
    }
}
