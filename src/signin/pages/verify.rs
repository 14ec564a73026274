//! Proving the address of a new account with the mailed link.
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tower_sessions::Session;

use super::client::Client;
use super::sign_in::open;
use super::sign_up::Asked;
use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::{self, Id};
use crate::members::Member;
use crate::signin::forms::Proof;
use crate::signin::links::{self, Kind, Press, Pressed};
use crate::signin::passwords::Verdict;
use crate::signin::{Pass, SignUp, Welcome, store};
use crate::web::guards::local_path;
use crate::web::limits::FAILED_SIGN_IN;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, see};

#[derive(Template)]
#[template(path = "signin/verify.html")]
struct Verify<'a> {
    page: &'a Page,
    wall: Wall,
    /// `None` when the link is no good any more.
    member: Option<&'a Member>,
    token: &'a str,
    form: &'a str,
    asks_password: bool,
    errors: &'a Errors,
}

impl<'a> Verify<'a> {
    async fn dead(app: &App, page: &'a Page, errors: &'a Errors) -> Result<Self> {
        let wall = Wall::of(app).await?;
        Ok(Self { page, wall, member: None, token: "", form: "", asks_password: false, errors })
    }
}

/// Whose wish the link makes true.
enum By {
    /// What was written in this browser.
    Here(Id<SignUp>),
    /// Somebody signed up elsewhere, and says the password that was chosen there: else whoever signs up with
    /// somebody's address could wait for them to press the button.
    Elsewhere(Box<SignUp>),
    /// The link is about no sign-up.
    Nobody,
}

impl By {
    async fn of(app: &App, member: &Member, token: &str, asked: &Asked) -> Result<Self> {
        let here = match asked.sign_up {
            Some(id) => store::sign_up(&app.db, id).await?.filter(|own| own.email_key == member.email_key),
            None => None,
        };
        if let Some(own) = here {
            return Ok(Self::Here(own.id));
        }
        let sent = links::sign_up(app, token).await?;
        Ok(sent.map_or(Self::Nobody, |sign_up| Self::Elsewhere(Box::new(sign_up))))
    }
}

/// Opening the link shows a button; only the button proves the address.
pub async fn show(State(app): State<App>, page: Page, session: Session, Path(token): Path<String>) -> Result<Response> {
    let errors = Errors::default();
    let mut shown = Verify::dead(&app, &page, &errors).await?;
    let owner = links::owner(&app, Kind::Verify, &token).await?;
    let Some(member) = &owner else { return page.with(StatusCode::NOT_FOUND, &shown) };
    let form = ids::secret();
    (shown.member, shown.token, shown.form) = (Some(member), &token, &form);
    let by = By::of(&app, member, &token, &Asked::of(&session).await?).await?;
    shown.asks_password = matches!(by, By::Elsewhere(_));
    page.html(&shown)
}

pub async fn prove(
    State(app): State<App>,
    page: Page,
    mut client: Client,
    session: Session,
    flash: Flash,
    Path(token): Path<String>,
    Form(proof): Form<Proof>,
) -> Result<Response> {
    let press = Press { token: &token, form: &proof.form };
    let asked = Asked::of(&session).await?;
    let mut errors = Errors::default();
    let owner = links::owner(&app, Kind::Verify, &token).await?;
    let by = match &owner {
        Some(member) => By::of(&app, member, &token, &asked).await?,
        None => By::Nobody,
    };
    if let By::Elsewhere(sign_up) = &by {
        errors = wrong_password(&app, &client, sign_up, &proof.password).await?;
    }
    if !errors.is_empty() {
        let mut shown = Verify::dead(&app, &page, &errors).await?;
        (shown.member, shown.token, shown.form, shown.asks_password) = (owner.as_ref(), &token, &proof.form, true);
        return page.invalid(&shown);
    }
    let here = if let By::Here(own) = by { Some(own) } else { None };
    match links::verify(&app, press, here).await? {
        Pressed::First(member) if !matches!(by, By::Nobody) => {
            welcome(&app, &session, &mut client, &flash, member, asked).await
        }
        Pressed::Again if page.me.is_some() => {
            flash.say(t!("Your address is confirmed.")).await?;
            see(local_path(&asked.back))
        }
        Pressed::First(_) | Pressed::Again => confirmed(&flash).await,
        Pressed::Dead => page.with(StatusCode::NOT_FOUND, &Verify::dead(&app, &page, &errors).await?),
    }
}

async fn confirmed(flash: &Flash) -> Result<Response> {
    flash.say(t!("Your address is confirmed. Sign in with the password that you chose.")).await?;
    see("/sign-in")
}

/// Signs in whoever proved the address of what they wrote themselves.
async fn welcome(
    app: &App,
    session: &Session,
    client: &mut Client,
    flash: &Flash,
    member: Member,
    asked: Asked,
) -> Result<Response> {
    let name = member.name.clone();
    if member.suspended_at.is_some() || open(app, session, client, &Pass::proven(member)).await? != Welcome::In {
        return confirmed(flash).await;
    }
    flash.say(t!("Welcome, {name}. Your address is confirmed.", name)).await?;
    let mut response = see(local_path(&asked.back))?;
    // Where a second press of the button leads, too.
    Asked { back: asked.back, ..Asked::default() }.keep(session).await?;
    client.remember(app, &mut response)?;
    Ok(response)
}

/// Whether this is not the password of the sign-up, at its field. Tries are limited as those to sign in are.
async fn wrong_password(app: &App, client: &Client, of: &SignUp, typed: &str) -> Result<Errors> {
    if typed.is_empty() {
        return Ok(Errors::at("password", t!("Enter the password that you chose when you signed up.")));
    }
    FAILED_SIGN_IN.check(app, &client.ip.whose()).await?;
    if !matches!(app.passwords.verify(typed, Some(&of.password)).await?, Verdict::Wrong) {
        return Ok(Errors::default());
    }
    FAILED_SIGN_IN.count(app, &client.ip.whose()).await?;
    Ok(Errors::at("password", t!("This is not the password that was chosen when signing up with this address.")))
}
