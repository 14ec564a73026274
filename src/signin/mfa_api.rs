//! The second factor, for programs: the same verbs as the pages, with a code before anything is on.
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use utoipa::ToSchema;

use super::api::{SignedIn, code_due, enter};
use super::pages::client::Client;
use super::pages::code::CodeDue;
use super::second::{self, Checked, Offer, TurnedOn};
use crate::api::answers::{Done, Fail, Success};
use crate::api::token_api::not_by_token;
use crate::api::{Caller, Json, Problem, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::error::{Error, OrNotFound};
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::web::SteppedUp;

/// A secret for an app, not in use yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offered {
    /// In base 32, to type.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// What a QR code for apps says.
    #[schema(
        example = "otpauth://totp/Marquee:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Marquee"
    )]
    pub otpauth_url: String,
    /// Give it back to `/api/v1/auth/mfa/verify`, within an hour.
    pub setup: String,
}

/// Begin to set up a second factor
///
/// Nothing changes before `/api/v1/auth/mfa/verify` got a code. Only for a session or the token of a sign-in.
#[utoipa::path(post, path = "/api/v1/auth/mfa/setup", tag = "Signing in", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "Your password, unless you proved within the last ten minutes that it is you")),
    responses((status = 201, body = Success<Offered>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 409, body = Fail)))]
pub async fn setup(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    if me.second_factor_at.is_some() {
        return Err(already());
    }
    let offer = Offer::new(&app, &me, app.clock.now())?;
    made(Offered { secret: offer.text().replace(' ', ""), otpauth_url: offer.url()?, setup: offer.sealed })
}

fn already() -> Problem {
    Problem::conflict(t!("It is on already, and nothing was changed."))
}

/// A code that proves that the app has the secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// As `/api/v1/auth/mfa/setup` gave it.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    pub setup: Text,
    /// What the app shows now, six digits.
    #[serde(default)]
    #[schema(value_type = String, example = "418225", required = true)]
    pub code: Text,
}

/// Each works once, if the phone is lost.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    #[schema(example = json!(["7QK4-M2XD", "91VN-P8RA"]))]
    pub recovery_codes: Vec<String>,
}

/// Turn the second factor on
///
/// All other sessions end. The recovery codes are shown this once.
#[utoipa::path(post, path = "/api/v1/auth/mfa/verify", tag = "Signing in", request_body = Verify, security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "Your password, unless you proved within the last ten minutes that it is you")),
    responses((status = 201, body = Success<RecoveryCodes>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn verify(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>, Json(typed): Json<Verify>) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let mut errors = Errors::default();
    let (setup, code) = (typed.setup.text("setup", &mut errors), typed.code.text("code", &mut errors));
    errors.or(|| ())?;
    let Some(offer) = Offer::of(&app, &me, &setup, app.clock.now())? else {
        return Err(Errors::at("setup", t!("This is not a set-up of yours, or it is too old. Begin again.")).into());
    };
    match second::turn_on(&app, &me, &caller.session_id, &offer, &code).await? {
        TurnedOn::Codes(recovery_codes) => made(RecoveryCodes { recovery_codes }),
        TurnedOn::Wrong => Err(Errors::at("code", t!("This code is wrong. Enter the one on screen now.")).into()),
        TurnedOn::Already => Err(already()),
    }
}

/// The second step of a sign-in.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Validate {
    /// Of the app, or a recovery code.
    #[serde(default)]
    #[schema(value_type = String, example = "418225", required = true)]
    pub code: Text,
}

/// Give the code of a sign-in that waits for it
///
/// With the cookie that `/api/v1/auth/login` set when it answered 401 with a message at `totp`.
#[utoipa::path(post, path = "/api/v1/auth/mfa/validate", tag = "Signing in", request_body = Validate,
    responses((status = 200, body = Success<SignedIn>), (status = 401, body = Fail), (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn validate(
    State(app): State<App>,
    mut client: Client,
    session: Session,
    Json(typed): Json<Validate>,
) -> Result {
    let mut errors = Errors::default();
    let code = typed.code.text("code", &mut errors);
    errors.or(|| ())?;
    let Some((_, pass)) = CodeDue::of(&app, &session).await? else {
        return Err(Error::SignIn { back: "/".into() }.into());
    };
    match second::complete(&app, pass, &code).await? {
        (Checked::Right, pass) => enter(&app, &session, &mut client, &pass).await,
        (Checked::Wrong, _) => Err(code_due(&code)),
        (Checked::TooMany { wait_seconds }, _) => Err(Error::TooMany { wait_seconds }.into()),
    }
}

/// Turn the second factor off
///
/// All other sessions end.
#[utoipa::path(delete, path = "/api/v1/auth/mfa", tag = "Signing in", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app, unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn turn_off(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
) -> Result<Response> {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    me.second_factor_at.or_404()?;
    let now = app.clock.now();
    let off: crate::error::Result<()> = decide!(app.db, tx, second::turn_off(tx, &me, &caller.session_id, now).await);
    off?;
    ok(Done { message: t!("The second factor is off. All other devices are signed out.").to(locale) })
}

/// Make new recovery codes
///
/// The old ones work no more.
#[utoipa::path(post, path = "/api/v1/auth/mfa/recovery-codes", tag = "Signing in", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app, unless you proved within the last ten minutes that it is you")),
    responses((status = 201, body = Success<RecoveryCodes>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn remake(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let recovery_codes = second::remake_codes(&app, &me, &caller.session_id).await?.or_404()?;
    made(RecoveryCodes { recovery_codes })
}
