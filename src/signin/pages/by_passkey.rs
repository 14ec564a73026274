//! Signing in, and proving that it is still you, with a passkey: what the script of those pages asks for and sends.
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tower_sessions::Session;
use webauthn_rs::prelude::PublicKeyCredential;

use super::client::Client;
use super::passkeys::no;
use super::sign_in::open;
use super::step_up::renewed;
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::i18n::Locale;
use crate::signin::Welcome;
use crate::signin::passkeys::proving;
use crate::web::Me;
use crate::web::form::Sent;
use crate::web::guards::local_path;
use crate::web::limits::Ip;

/// What a script sends: the challenge's name, where to go on, and what the device signed.
#[derive(Debug, Deserialize)]
pub struct Signed {
    id: String,
    #[serde(default)]
    back: String,
    /// Of the page that asks again: not empty if a form was sent and not acted on.
    #[serde(default)]
    form: String,
    answer: PublicKeyCredential,
}

pub async fn ask(State(app): State<App>, ip: Ip) -> Result<Response> {
    Ok(Json(proving::ask(&app, ip).await?).into_response())
}

pub async fn enter(
    State(app): State<App>,
    mut client: Client,
    session: Session,
    locale: Locale,
    Sent(signed): Sent<Signed>,
) -> Result<Response> {
    let refused = || Ok(no(locale, t!("This passkey opens no account here, or that took too long. Try again.")));
    let Some(pass) = proving::enter(&app, &signed.id, &signed.answer).await? else { return refused() };
    match open(&app, &session, &mut client, &pass).await? {
        Welcome::In => {}
        Welcome::CodeDue | Welcome::Dead => return refused(),
    }
    let mut response = Json(json!({ "see": local_path(&signed.back) })).into_response();
    client.remember(&app, &mut response)?;
    Ok(response)
}

pub async fn ask_again(State(app): State<App>, me: Me) -> Result<Response> {
    Ok(Json(proving::ask_again(&app, &me, &me.session_id).await?.or_404()?).into_response())
}

pub async fn prove(State(app): State<App>, me: Me, locale: Locale, Sent(signed): Sent<Signed>) -> Result<Response> {
    if !proving::prove_again(&app, &me, &me.session_id, &signed.id, &signed.answer).await? {
        return Ok(no(locale, t!("This passkey is none of yours, or that took too long. Try again.")));
    }
    let cookie = renewed(&app, &me, locale, (&signed.back, !signed.form.is_empty())).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
    Ok((StatusCode::OK, headers, Json(json!({ "see": local_path(&signed.back) }))).into_response())
}
