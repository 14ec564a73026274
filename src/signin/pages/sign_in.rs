//! Signing in and out.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::client::Client;
use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::signin::forms::SignIn;
use crate::signin::{self, Attempt, Entry, Pass};
use crate::web::guards::local_path;
use crate::web::{Form, Page, Query, Visitor, see, sessions};

/// Where somebody wanted to go before they were asked who they are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    pub back: String,
}

#[derive(Template)]
#[template(path = "signin/sign_in.html")]
struct SignInPage<'a> {
    page: &'a Page,
    wall: Wall,
    form: &'a SignIn,
    errors: &'a Errors,
}

pub async fn form(State(app): State<App>, page: Page, visitor: Visitor, Query(back): Query<Back>) -> Result<Response> {
    if visitor.me.is_some() {
        return see(local_path(&back.back));
    }
    let form = SignIn { back: back.back, ..SignIn::default() };
    page.html(&SignInPage { page: &page, wall: Wall::of(&app).await?, form: &form, errors: &Errors::default() })
}

pub async fn enter(
    State(app): State<App>,
    page: Page,
    mut client: Client,
    session: Session,
    Form(form): Form<SignIn>,
) -> Result<Response> {
    if let Err(errors) = form.parse() {
        return again(&app, &page, &form, &errors).await;
    }
    let attempt =
        Attempt { email: &form.email, password: &form.password, device: client.device.as_deref(), ip: client.ip };
    let errors = match signin::try_password(&app, &attempt).await? {
        Entry::Open(pass) if open(&app, &session, &mut client, &pass).await? => {
            let mut response = see(local_path(&form.back))?;
            client.remember(&app, &mut response)?;
            return Ok(response);
        }
        // Said as a wrong password is, since whoever signs up with a stranger's address knows this one's.
        Entry::Unverified(sign_up) => {
            signin::ask_to_verify(&app, &sign_up).await?;
            Errors::whole(signin::no_entry())
        }
        Entry::Suspended => Errors::whole(t!("This account is suspended. Ask whoever runs this site.")),
        Entry::Open(_) | Entry::Wrong | Entry::TooMany { .. } => Errors::whole(signin::no_entry()),
    };
    again(&app, &page, &form, &errors).await
}

async fn again(app: &App, page: &Page, form: &SignIn, errors: &Errors) -> Result<Response> {
    page.invalid(&SignInPage { page, wall: Wall::of(app).await?, form, errors })
}

/// Opens a session with a new id for whoever has the pass. False when the pass is worth nothing any more.
pub async fn open(app: &App, session: &Session, client: &mut Client, pass: &Pass) -> Result<bool> {
    let device = client.device().to_owned();
    session.clear().await;
    session.cycle_id().await?;
    session.insert(sessions::MEMBER, pass.member.id).await?;
    session.insert(sessions::AGENT, &client.agent).await?;
    session.insert(sessions::IP, client.ip.0.to_string()).await?;
    // The row is there before the password is looked at again: whoever changes it meanwhile ends this one too.
    session.save().await?;
    let now = app.clock.now();
    let welcome = decide!(app.db, tx, signin::welcome(tx, pass, Some(&device), now).await);
    if !matches!(welcome, Ok(true)) {
        session.flush().await?;
    }
    welcome
}

pub async fn leave(State(app): State<App>, visitor: Visitor, session: Session) -> Result<Response> {
    if let Some(me) = &visitor.me {
        signin::sign_out(&app, me, &visitor.session_id).await?;
    }
    session.flush().await?;
    see("/")
}
