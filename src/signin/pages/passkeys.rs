//! One's passkeys: added with the help of a script, named and removed without.
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Locale, Say, filters};
use crate::ids::Id;
use crate::signin::devices::in_words;
use crate::signin::passkeys::{self, Added, Passkey};
use crate::web::form::Sent;
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Path, SteppedUp, see};

const HERE: &str = "/settings/passkeys";

/// One line of the list.
struct Line {
    id: Id<Passkey>,
    /// Of its name.
    field: String,
    name: String,
    /// As clocks show it where the member lives.
    added: DateTime,
    used: Option<DateTime>,
}

fn field(id: Id<Passkey>) -> String {
    format!("name-{id}")
}

#[derive(Template)]
#[template(path = "signin/passkeys.html")]
struct Passkeys<'a> {
    page: &'a Page,
    lines: Vec<Line>,
    /// What a new one is called if nobody says so: by the device.
    device: String,
    errors: &'a Errors,
}

async fn answer(app: &App, page: &Page, me: &Me, headers: &HeaderMap, errors: &Errors) -> Result<Response> {
    let zone = me.zone.as_deref().unwrap_or(&app.config.zone);
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let there = |at: Instant| at.in_zone(&zone).datetime();
    let own = passkeys::store::of(&app.db, me.id).await?;
    let lines = own.into_iter().map(|passkey| Line {
        id: passkey.id,
        field: field(passkey.id),
        name: passkey.name,
        added: there(passkey.created_at),
        used: passkey.last_used_at.map(there),
    });
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let shown = Passkeys { page, lines: lines.collect(), device: in_words(agent).to(page.locale), errors };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    headers: HeaderMap,
) -> Result<Response> {
    app.passkeys.as_ref().or_404()?;
    answer(&app, &page, &me, &headers, &Errors::default()).await
}

/// "No", for a script to show.
pub(super) fn no(locale: Locale, why: impl Say) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "message": why.to(locale) }))).into_response()
}

pub async fn challenge(State(app): State<App>, SteppedUp(me): SteppedUp<Me>, locale: Locale) -> Result<Response> {
    Ok(match passkeys::offer(&app, &me, &me.session_id).await? {
        Some(asked) => Json(asked).into_response(),
        None => no(locale, t!("You have as many passkeys as fit. Remove one first.")),
    })
}

/// What a script sends of a new one.
#[derive(Debug, Deserialize)]
pub struct New {
    id: String,
    name: String,
    answer: RegisterPublicKeyCredential,
}

pub async fn add(
    State(app): State<App>,
    SteppedUp(me): SteppedUp<Me>,
    locale: Locale,
    flash: Flash,
    Sent(new): Sent<New>,
) -> Result<Response> {
    let name = match passkeys::name(&new.name) {
        Ok(name) => name,
        Err(errors) => return Ok(no(locale, errors.on("name").cloned().ok_or(Error::Malformed)?)),
    };
    match passkeys::add(&app, &me, &me.session_id, &new.id, &new.answer, &name).await? {
        Added::Done => {
            flash.say(t!("The passkey opens your account from now on. All other devices are signed out.")).await?;
            Ok(Json(json!({ "see": HERE })).into_response())
        }
        Added::Known => Ok(no(locale, t!("This passkey opens an account already."))),
        Added::Wrong => Ok(no(locale, t!("That did not work, or took too long. Try again."))),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    pub name: String,
}

pub async fn rename(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    headers: HeaderMap,
    flash: Flash,
    Path(id): Path<Id<Passkey>>,
    Form(typed): Form<Named>,
) -> Result<Response> {
    let own = passkeys::store::of(&app.db, me.id).await?;
    own.iter().find(|passkey| passkey.id == id).or_404()?;
    match passkeys::name(&typed.name) {
        Ok(name) => decide!(app.db, tx, passkeys::rename(tx, me.id, id, &name).await)?,
        Err(errors) => {
            let message = errors.on("name").cloned().ok_or(Error::Malformed)?;
            return answer(&app, &page, &me, &headers, &Errors::at(field(id), message)).await;
        }
    }
    flash.say(t!("Saved.")).await?;
    see(HERE)
}

pub async fn remove(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    headers: HeaderMap,
    flash: Flash,
    Path(id): Path<Id<Passkey>>,
) -> Result<Response> {
    let now = app.clock.now();
    if let Some(errors) = decide!(app.db, tx, passkeys::remove(tx, me.id, &me.session_id, id, now).await)? {
        return answer(&app, &page, &me, &headers, &errors).await;
    }
    flash.say(t!("Removed. All other devices are signed out.")).await?;
    see(HERE)
}
