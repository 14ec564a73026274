//! Signing in and out.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::client::Client;
use super::code::CodeDue;
use super::wall::Wall;
use crate::app::App;
use crate::error::Result;
use crate::forms::Errors;
use crate::i18n::filters;
use crate::signin::forms::SignIn;
use crate::signin::{self, Attempt, Entry, Pass, Welcome};
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
        Entry::Open(pass) => match come_in(&app, &session, &mut client, &pass, &form.back).await? {
            Some(response) => return Ok(response),
            None => Errors::whole(signin::no_entry()),
        },
        // Said as a wrong password is, since whoever signs up with a stranger's address knows this one's.
        Entry::Unverified(sign_up) => {
            signin::ask_to_verify(&app, &sign_up).await?;
            Errors::whole(signin::no_entry())
        }
        Entry::Suspended => Errors::whole(t!("This account is suspended. Ask whoever runs this site.")),
        Entry::Wrong | Entry::TooMany { .. } => Errors::whole(signin::no_entry()),
    };
    again(&app, &page, &form, &errors).await
}

async fn again(app: &App, page: &Page, form: &SignIn, errors: &Errors) -> Result<Response> {
    page.invalid(&SignInPage { page, wall: Wall::of(app).await?, form, errors })
}

/// Where a pass leads: to where they wanted to go, or to where the code is asked for. `None` when it is worth nothing
/// any more.
pub async fn come_in(
    app: &App,
    session: &Session,
    client: &mut Client,
    pass: &Pass,
    back: &str,
) -> Result<Option<Response>> {
    match open(app, session, client, pass).await? {
        Welcome::In => {
            let mut response = see(local_path(back))?;
            client.remember(app, &mut response)?;
            Ok(Some(response))
        }
        Welcome::CodeDue => {
            CodeDue { pass: pass.kept(), back: local_path(back).to_owned(), at: app.clock.now() }.keep(session).await?;
            see("/sign-in/code").map(Some)
        }
        Welcome::Dead => Ok(None),
    }
}

/// Opens a session with a new id for whoever has the pass. If a code is due, that session is nobody's yet.
pub async fn open(app: &App, session: &Session, client: &mut Client, pass: &Pass) -> Result<Welcome> {
    session.clear().await;
    session.cycle_id().await?;
    if pass.lacks_code() {
        return Ok(Welcome::CodeDue);
    }
    let device = client.device().to_owned();
    let now = app.clock.now();
    session.insert(sessions::MEMBER, pass.member.id).await?;
    session.insert(sessions::AGENT, &client.agent).await?;
    session.insert(sessions::IP, client.ip.0.to_string()).await?;
    if pass.is_strongest() {
        session.insert(sessions::STEPPED_UP, now).await?;
    }
    // The row is there before the account is looked at again: whoever changes it meanwhile ends this one too.
    session.save().await?;
    let welcome = decide!(app.db, tx, signin::welcome(tx, pass, Some(&device), now).await);
    match welcome {
        Ok(Welcome::In) => {}
        _ => session.flush().await?,
    }
    // Turned on this very moment: they begin anew.
    welcome.map(|welcome| if welcome == Welcome::In { welcome } else { Welcome::Dead })
}

/// Signs out, and goes on where `?back=` says: to what another account is to open.
pub async fn leave(
    State(app): State<App>,
    visitor: Visitor,
    session: Session,
    Query(back): Query<Back>,
) -> Result<Response> {
    if let Some(me) = &visitor.me {
        signin::sign_out(&app, me, &visitor.session_id).await?;
    }
    session.flush().await?;
    see(local_path(&back.back))
}
