//! The page where members make their personal tokens.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::caller::Scope;
use super::tokens::{self, Token, Typed};
use super::{store, uses};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, SteppedUp, see};

/// One line of the table.
struct Line {
    token: Token,
    ended: bool,
    ends: Option<DateTime>,
    used: Option<DateTime>,
}

#[derive(Template)]
#[template(path = "api/tokens.html")]
struct Tokens<'a> {
    page: &'a Page,
    lines: Vec<Line>,
    form: &'a Typed,
    errors: &'a Errors,
    /// The secret of the token that was just made.
    secret: Option<String>,
}

impl Tokens<'_> {
    fn scopes(&self) -> impl Iterator<Item = Scope> {
        let admin = self.page.admin();
        Scope::ALL.iter().copied().filter(move |scope| admin || *scope != Scope::Admin)
    }
}

async fn shown(app: &App, me: &Me) -> Result<Vec<Line>> {
    let now = app.clock.now();
    let zone = TimeZone::get(me.zone.as_deref().unwrap_or("UTC")).unwrap_or(TimeZone::UTC);
    let civil = |at: Option<Instant>| at.map(|at| at.in_zone(&zone).datetime());
    uses::flush(app).await?;
    let tokens = store::of(&app.db, me.member.id).await?.into_iter();
    Ok(tokens
        .map(|token| Line {
            ended: token.is_over(now),
            ends: civil(token.expires_at),
            used: civil(token.last_used_at),
            token,
        })
        .collect())
}

pub async fn tokens(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    let form = Typed { days: "90".into(), scopes: vec![Scope::Read.word().into()], ..Typed::default() };
    let lines = shown(&app, &me).await?;
    page.html(&Tokens { page: &page, lines, form: &form, errors: &Errors::default(), secret: None })
}

/// The secret stands on the answer itself and nowhere else, so this one is no redirect.
pub async fn make_token(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    fields: Fields,
) -> Result<Response> {
    let form = Typed {
        name: fields.text("name").to_owned(),
        scopes: fields.all("scopes").map(str::to_owned).collect(),
        days: fields.text("days").to_owned(),
    };
    let now = app.clock.now();
    let outcome = match form.parse(me.admin) {
        Err(errors) => Err(errors),
        Ok(wish) => decide!(app.db, tx, tokens::make(tx, &me, &me.session_id, &wish, now).await)?
            .ok_or_else(|| Errors::whole(t!("There are too many tokens. Revoke one first."))),
    };
    let lines = shown(&app, &me).await?;
    match outcome {
        Err(errors) => page.invalid(&Tokens { page: &page, lines, form: &form, errors: &errors, secret: None }),
        Ok((_, secret)) => {
            let blank = Typed { days: "90".into(), ..Typed::default() };
            page.html(&Tokens { page: &page, lines, form: &blank, errors: &Errors::default(), secret: Some(secret) })
        }
    }
}

pub async fn revoke_token(
    State(app): State<App>,
    SteppedUp(me): SteppedUp<Me>,
    flash: Flash,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = id.parse().ok().or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, tokens::revoke(tx, &me, id, now).await)?.then_some(()).or_404()?;
    flash.say(t!("The token is revoked.")).await?;
    see("/settings/tokens")
}
