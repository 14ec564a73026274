//! The second step of signing in: the code of the app. Until then the session is nobody's.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::client::Client;
use super::sign_in::come_in;
use super::wall::Wall;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::{Error, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::signin::second::{self, Checked};
use crate::signin::{Kept, Pass};
use crate::web::{Form, Page, Query, Visitor, see};

/// How long the first step waits for the second.
const WAITS: jiff::SignedDuration = clock::minutes(10);

/// The first step is done, the code is missing.
#[derive(Debug, Serialize, Deserialize)]
pub struct CodeDue {
    pub pass: Kept,
    pub back: String,
    pub at: Instant,
}

impl CodeDue {
    const KEY: &'static str = "code_due";

    pub async fn keep(&self, session: &Session) -> Result<()> {
        Ok(session.insert(Self::KEY, self).await?)
    }
    /// With the pass, while both are good.
    pub async fn of(app: &App, session: &Session) -> Result<Option<(Self, Pass)>> {
        let due: Option<Self> = session.get(Self::KEY).await?;
        let Some(due) = due.filter(|due| app.clock.now() < due.at + WAITS) else { return Ok(None) };
        let pass = due.pass.pass(app).await?;
        Ok(pass.map(|pass| (due, pass)))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub code: String,
    /// Not empty: a recovery code is asked for.
    pub recovery: String,
}

#[derive(Template)]
#[template(path = "signin/code.html")]
struct CodePage<'a> {
    page: &'a Page,
    wall: Wall,
    form: &'a Typed,
    /// Where they wanted to go.
    back: &'a str,
    errors: &'a Errors,
}

pub async fn form(
    State(app): State<App>,
    page: Page,
    visitor: Visitor,
    session: Session,
    Query(form): Query<Typed>,
) -> Result<Response> {
    if visitor.me.is_some() {
        return see("/");
    }
    let Some((due, _)) = CodeDue::of(&app, &session).await? else { return see("/sign-in") };
    let form = Typed { code: String::new(), ..form };
    let (wall, back, errors) = (Wall::of(&app).await?, &due.back, &Errors::default());
    page.html(&CodePage { page: &page, wall, form: &form, back, errors })
}

pub async fn enter(
    State(app): State<App>,
    page: Page,
    mut client: Client,
    session: Session,
    Form(form): Form<Typed>,
) -> Result<Response> {
    let Some((due, pass)) = CodeDue::of(&app, &session).await? else { return see("/sign-in") };
    let errors = match second::complete(&app, pass, &form.code).await? {
        (Checked::Right, pass) => {
            let response = come_in(&app, &session, &mut client, &pass, &due.back).await?;
            return response.map_or_else(|| see("/sign-in"), Ok);
        }
        (Checked::TooMany { wait_seconds }, _) => return Err(Error::TooMany { wait_seconds }),
        (Checked::Wrong, _) => wrong("code", &form.code, !form.recovery.is_empty()),
    };
    let form = Typed { code: String::new(), ..form };
    let (wall, back) = (Wall::of(&app).await?, &due.back);
    page.invalid(&CodePage { page: &page, wall, form: &form, back, errors: &errors })
}

/// What is wrong with a code, at its field.
pub fn wrong(field: &str, typed: &str, recovery: bool) -> Errors {
    if typed.trim().is_empty() {
        Errors::at(field, t!("Enter the code."))
    } else if recovery {
        Errors::at(field, t!("This recovery code is wrong, or it was used before."))
    } else {
        Errors::at(field, t!("This code is wrong, or it was used before. Enter the one on screen now."))
    }
}
