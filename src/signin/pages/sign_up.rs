//! Signing up and proving the address.
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::client::Client;
use super::sign_in::{Back, open};
use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::Member;
use crate::signin::forms::{Address, SignUp};
use crate::signin::links::{self, Kind};
use crate::signin::{self, Pass};
use crate::web::guards::local_path;
use crate::web::limits::Ip;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, Query, Visitor, see};

/// Which address this browser wants to prove, and for which account: whoever opens the link in the same
/// browser is signed in at once. For an address that had an account before, the id is nobody's.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Asked {
    pub member: Option<Id<Member>>,
    pub email: String,
    pub back: String,
}

impl Asked {
    const KEY: &'static str = "asked";

    pub async fn keep(&self, session: &Session) -> Result<()> {
        Ok(session.insert(Self::KEY, self).await?)
    }
    async fn of(session: &Session) -> Result<Self> {
        Ok(session.get(Self::KEY).await?.unwrap_or_default())
    }
}

#[derive(Template)]
#[template(path = "signin/sign_up.html")]
struct SignUpPage<'a> {
    page: &'a Page,
    wall: Wall,
    form: &'a SignUp,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page, visitor: Visitor, Query(back): Query<Back>) -> Result<Response> {
    if visitor.me.is_some() {
        return see(local_path(&back.back));
    }
    let form = SignUp { back: back.back, ..SignUp::default() };
    page.html(&SignUpPage { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &Errors::default() })
}

pub async fn create(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    session: Session,
    Form(mut form): Form<SignUp>,
) -> Result<Response> {
    let wish = match form.parse(&app.config.site_name, page.locale) {
        Ok(wish) => wish,
        Err(errors) => {
            if errors.on("").is_some() {
                form.asked = "yes".to_owned();
            }
            form.website.clear();
            let wall = Wall::of(&app).await?;
            return page.invalid(&SignUpPage { page: &page, wall, form: &form, errors: &errors });
        }
    };
    let email = wish.email.address.clone();
    let member = Some(signin::sign_up(&app, wish, ip).await?);
    Asked { member, email, back: local_path(&form.back).to_owned() }.keep(&session).await?;
    see("/verification")
}

#[derive(Template)]
#[template(path = "signin/verification.html")]
struct Verification<'a> {
    page: &'a Page,
    wall: Wall,
    /// Where a link went just now.
    sent: &'a str,
    email: &'a str,
    errors: &'a Errors,
}

/// What to do until the mail comes, and how to get another one.
pub async fn verification(State(app): State<App>, page: Page, session: Session) -> Result<Response> {
    let asked = Asked::of(&session).await?;
    let (wall, sent) = (Wall::of(&app).await?, asked.email.as_str());
    page.html(&Verification { page: &page, wall, sent, email: sent, errors: &Errors::default() })
}

pub async fn resend(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    session: Session,
    flash: Flash,
    Form(form): Form<Address>,
) -> Result<Response> {
    let email = match form.parse() {
        Ok(email) => email,
        Err(errors) => {
            let wall = Wall::of(&app).await?;
            let shown = Verification { page: &page, wall, sent: "", email: &form.email, errors: &errors };
            return page.invalid(&shown);
        }
    };
    signin::resend(&app, &email, ip).await?;
    let asked = Asked::of(&session).await?;
    // Another address than the one that this browser signed up with signs nobody in.
    let member = asked.member.filter(|_| asked.email == email.address);
    Asked { member, email: email.address, back: asked.back }.keep(&session).await?;
    flash.say(t!("If an account with this address waits to be confirmed, a new link is on its way.")).await?;
    see("/verification")
}

#[derive(Template)]
#[template(path = "signin/verify.html")]
struct Verify<'a> {
    page: &'a Page,
    wall: Wall,
    /// `None` when the link is no good any more.
    member: Option<&'a Member>,
    token: &'a str,
}

/// Opening the link shows a button; only the button proves the address.
pub async fn verify(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let member = links::owner(&app, Kind::Verify, &token).await?;
    let status = if member.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    page.with(status, &Verify { page: &page, wall: Wall::of(&app).await?, member: member.as_ref(), token: &token })
}

pub async fn prove(
    State(app): State<App>,
    page: Page,
    mut client: Client,
    session: Session,
    flash: Flash,
    Path(token): Path<String>,
) -> Result<Response> {
    let Some(member) = links::verify(&app, &token).await? else {
        let shown = Verify { page: &page, wall: Wall::of(&app).await?, member: None, token: "" };
        return page.with(StatusCode::NOT_FOUND, &shown);
    };
    let asked = Asked::of(&session).await?;
    if asked.member == Some(member.id) && member.suspended_at.is_none() {
        let name = member.name.clone();
        if open(&app, &session, &mut client, &Pass::proven(member)).await? {
            flash.say(t!("Welcome, {name}. Your address is confirmed.", name)).await?;
            let mut response = see(local_path(&asked.back))?;
            client.remember(&app, &mut response)?;
            return Ok(response);
        }
    }
    flash.say(t!("Your address is confirmed. Sign in with the password that you chose.")).await?;
    see("/sign-in")
}
