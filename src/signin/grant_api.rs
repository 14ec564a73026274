//! OAuth 2.0's password grant: name and password for a token that lives half an hour (RFC 6749).
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::{code_due, pass, with_code};
use super::pages::client::Client;
use super::{Pass, Welcome};
use crate::api::answers::Fail;
use crate::api::{Problem, Result, jwt};
use crate::app::App;
use crate::i18n::{Locale, Say};
use crate::web::{Fields, sessions};

/// RFC 6749, section 4.3.
#[derive(Debug, ToSchema)]
pub struct PasswordGrant {
    /// Always `password`.
    #[schema(example = "password", required = true)]
    pub grant_type: String,
    /// The e-mail address.
    #[schema(example = "ada@example.org", required = true)]
    pub username: String,
    /// As it was chosen; every character counts.
    #[schema(example = "a long sentence of mine", required = true)]
    pub password: String,
    /// The code of the app, or a recovery code, if the account has a second factor.
    #[schema(example = json!(null))]
    pub totp: Option<String>,
}

/// RFC 6749, section 5.1.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessToken {
    #[schema(example = "eyJhbGciOiJIUzI1NiIs…")]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds.
    #[schema(example = 1800)]
    pub expires_in: i64,
}

/// RFC 6749, section 5.2.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantError {
    #[schema(example = "invalid_grant")]
    pub error: &'static str,
    pub error_description: String,
}

fn grant_error(error: &'static str, why: &dyn Say, locale: Locale) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(GrantError { error, error_description: why.to(locale) })).into_response()
}

/// Sign in with name and password for an access token (OAuth 2.0)
///
/// An account with a second factor answers `mfa_required` until `totp` is sent, too. The token lives half an hour, and dies sooner when its session is ended, the password changes, or the
/// account is suspended.
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "Signing in",
    request_body(content = PasswordGrant, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = AccessToken), (status = 400, body = GrantError, description = "invalid_request, unsupported_grant_type, invalid_grant or mfa_required"),
        (status = 429, body = Fail)))]
pub async fn token(State(app): State<App>, client: Client, locale: Locale, request: Request) -> Result {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        let why = t!("Send a form (application/x-www-form-urlencoded).");
        return Ok(grant_error("invalid_request", &why, locale));
    }
    let fields = Fields::from_request(request, &app).await?;
    if !matches!(fields.text("grant_type"), "" | "password") {
        return Ok(grant_error("unsupported_grant_type", &t!("The only grant type is “password”."), locale));
    }
    let (email, password) = (fields.text("username"), fields.text("password"));
    if email.is_empty() || password.is_empty() {
        return Ok(grant_error("invalid_request", &t!("Send username and password."), locale));
    }
    let totp = fields.text("totp");
    let tried = match pass(&app, &client, email, password).await {
        Ok(pass) if pass.lacks_code() && totp.is_empty() => Err(code_due(totp)),
        Ok(pass) => with_code(&app, pass, totp).await,
        refused => refused,
    };
    let pass = match tried {
        Ok(pass) => pass,
        Err(Problem::Fail(_, errors)) => {
            let error = if errors.on("totp").is_some() { "mfa_required" } else { "invalid_grant" };
            let why = errors.all().next().map(|(_, message)| message.to(locale)).unwrap_or_default();
            return Ok(grant_error(error, &why, locale));
        }
        Err(problem) => return Err(problem),
    };
    let Some(answer) = issue(&app, &client, &pass).await? else {
        return Ok(grant_error("invalid_grant", &super::no_entry(), locale));
    };
    let mut response = axum::Json(answer).into_response();
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The token of a session that this pass opens; `None` if it opens nothing any more.
pub(super) async fn issue(app: &App, client: &Client, pass: &Pass) -> crate::error::Result<Option<AccessToken>> {
    let (now, member, ip) = (app.clock.now(), pass.member.id, client.ip.0.to_string());
    // In one transaction with the second look at the account: whoever changes it meanwhile ends this one too.
    let opened: crate::error::Result<Option<String>> = decide!(app.db, tx, {
        match super::welcome(tx, pass, client.device.as_deref(), now).await? {
            Welcome::In => Ok(Some(sessions::open(tx, member, (&client.agent, &ip), pass.is_strongest(), now).await?)),
            Welcome::CodeDue | Welcome::Dead => Ok(None),
        }
    });
    let Some(session) = opened? else { return Ok(None) };
    let access_token = jwt::issue(app, member, &session, now)?;
    Ok(Some(AccessToken { access_token, token_type: "Bearer", expires_in: jwt::seconds(app) }))
}
