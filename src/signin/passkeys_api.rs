//! Passkeys, for programs that can speak to a device: the same verbs, limits and step-up as the pages. Options and
//! answers have the JSON forms of WebAuthn (level 3: `parseCreationOptionsFromJSON`, `toJSON`).
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_sessions::Session;
use utoipa::ToSchema;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::Pass;
use super::api::{SignedIn, enter as enter_session};
use super::grant_api::{AccessToken, issue};
use super::pages::client::Client;
use super::passkeys::challenges::Asked;
use super::passkeys::{self, Added, Passkey, proving};
use crate::api::answers::{Done, Fail, Listed, Success};
use crate::api::token_api::not_by_token;
use crate::api::{Caller, Json, Problem, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::error::{Error, OrNotFound};
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::members;
use crate::web::limits::Ip;
use crate::web::{Path, SteppedUp, sessions};

/// One of my passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyJson {
    pub id: String,
    #[schema(example = "Phone")]
    pub name: String,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub created_at: String,
    /// Null if it was never used.
    #[schema(example = "2026-11-22T08:00:00Z")]
    pub last_used_at: Option<String>,
}

impl PasskeyJson {
    fn of(passkey: Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            created_at: passkey.created_at.rfc3339(),
            last_used_at: passkey.last_used_at.map(crate::clock::Instant::rfc3339),
        }
    }
}

/// What a device is to sign, for five minutes and once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyChallenge {
    /// Comes back beside the answer.
    #[schema(example = "q7Zk…")]
    pub id: String,
    /// For `navigator.credentials`, in WebAuthn's JSON form.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object, example = json!({"challenge": "pXw2…", "rpId": "events.example.org"}))]
    pub public_key: Value,
}

fn challenge(asked: Asked<impl Serialize>) -> Result {
    let mut options = serde_json::to_value(&asked.options)?;
    ok(PasskeyChallenge { id: asked.id, public_key: options["publicKey"].take() })
}

/// My passkeys, the oldest first
#[utoipa::path(get, path = "/api/v1/me/passkeys", tag = "Me", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Listed<PasskeyJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>) -> Result {
    let me = caller.needs(Scope::Read)?;
    not_by_token(&caller)?;
    app.passkeys.as_ref().or_404()?;
    let own = passkeys::store::of(&app.db, me.id).await?;
    ok(Listed { items: own.into_iter().map(PasskeyJson::of).collect(), next_cursor: None })
}

/// Begin to add a passkey
#[utoipa::path(post, path = "/api/v1/me/passkeys/challenge", tag = "Me", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<PasskeyChallenge>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail)))]
pub async fn offer(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    match passkeys::offer(&app, &me, &caller.session_id).await? {
        Some(asked) => challenge(asked),
        None => Err(Problem::conflict(t!("You have as many passkeys as fit. Remove one first."))),
    }
}

/// What a device made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// Of the challenge.
    #[schema(example = "q7Zk…")]
    pub id: String,
    /// By which you know it again.
    #[serde(default)]
    #[schema(value_type = String, example = "Phone", required = true)]
    pub name: Text,
    /// The credential, in WebAuthn's JSON form.
    #[schema(value_type = Object, example = json!({"id": "Ab3d…", "rawId": "Ab3d…", "type": "public-key", "response": {"clientDataJSON": "eyJ0…", "attestationObject": "o2Nm…"}}))]
    pub answer: RegisterPublicKeyCredential,
}

/// Add a passkey
///
/// It opens the account from now on, and all other sessions end.
#[utoipa::path(post, path = "/api/v1/me/passkeys", tag = "Me", request_body = NewPasskey, security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 201, body = Success<PasskeyJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 409, body = Fail),
        (status = 422, body = Fail)))]
pub async fn add(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>, Json(new): Json<NewPasskey>) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let name = named(new.name)?;
    match passkeys::add(&app, &me, &caller.session_id, &new.id, &new.answer, &name).await? {
        Added::Done => {}
        Added::Known => return Err(Problem::conflict(t!("This passkey opens an account already."))),
        Added::Wrong => return Err(Errors::at("answer", t!("That did not work, or took too long. Try again.")).into()),
    }
    // The newest: they stand in the order in which they were added.
    let own = passkeys::store::of(&app.db, me.id).await?;
    made(PasskeyJson::of(own.into_iter().next_back().or_404()?))
}

fn named(typed: Text) -> Result<String> {
    let mut errors = Errors::default();
    let name = typed.text("name", &mut errors);
    errors.or(|| ())?;
    Ok(passkeys::name(&name)?)
}

/// What one is called.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyName {
    /// By which you know it again.
    #[serde(default)]
    #[schema(value_type = String, example = "Old phone", required = true)]
    pub name: Text,
}

/// The passkey of this member, or 404.
async fn own(app: &App, caller: &Caller, id: Id<Passkey>) -> Result<Passkey> {
    let me = caller.needs(Scope::Write)?;
    not_by_token(caller)?;
    let all = passkeys::store::of(&app.db, me.id).await?;
    Ok(all.into_iter().find(|passkey| passkey.id == id).or_404()?)
}

/// Rename a passkey
#[utoipa::path(patch, path = "/api/v1/me/passkeys/{id}", tag = "Me", request_body = PasskeyName, security(("session" = [])),
    params(("id" = String, Path),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<PasskeyJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 422, body = Fail)))]
pub async fn rename(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    Path(id): Path<Id<Passkey>>,
    Json(typed): Json<PasskeyName>,
) -> Result {
    let passkey = own(&app, &caller, id).await?;
    let name = named(typed.name)?;
    let renamed: crate::error::Result<()> =
        decide!(app.db, tx, passkeys::rename(tx, passkey.member_id, id, &name).await);
    renamed?;
    ok(PasskeyJson::of(Passkey { name, ..passkey }))
}

/// Remove a passkey
///
/// Refused (409) if nothing else opens the account. All other sessions end.
#[utoipa::path(delete, path = "/api/v1/me/passkeys/{id}", tag = "Me", security(("session" = [])),
    params(("id" = String, Path),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail)))]
pub async fn remove(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
    Path(id): Path<Id<Passkey>>,
) -> Result {
    let passkey = own(&app, &caller, id).await?;
    let now = app.clock.now();
    let refused: crate::error::Result<Option<Errors>> =
        decide!(app.db, tx, passkeys::remove(tx, passkey.member_id, &caller.session_id, id, now).await);
    if let Some(errors) = refused? {
        return Err(Problem::Fail(StatusCode::CONFLICT, errors));
    }
    ok(Done { message: t!("Removed. All other devices are signed out.").to(locale) })
}

/// What a device signed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// Of the challenge.
    #[schema(example = "q7Zk…")]
    pub id: String,
    /// The assertion, in WebAuthn's JSON form.
    #[schema(value_type = Object, example = json!({"id": "Ab3d…", "rawId": "Ab3d…", "type": "public-key", "response": {"clientDataJSON": "eyJ0…", "authenticatorData": "SZYN…", "signature": "MEUC…", "userHandle": "AZ3k…"}}), required = true)]
    pub answer: Option<PublicKeyCredential>,
}

impl PasskeyAnswer {
    fn given(&self) -> Result<&PublicKeyCredential, Problem> {
        self.answer.as_ref().ok_or_else(|| Problem::fields(Errors::at("answer", t!("Give an object here."))))
    }
}

/// Begin to sign in with a passkey
#[utoipa::path(post, path = "/api/v1/auth/passkey/challenge", tag = "Signing in",
    responses((status = 200, body = Success<PasskeyChallenge>), (status = 404, body = Fail), (status = 429, body = Fail)))]
pub async fn ask(State(app): State<App>, ip: Ip) -> Result {
    challenge(proving::ask(&app, ip).await?)
}

/// What it opens (401 if nothing, and nobody is told why).
async fn pass(app: &App, signed: &PasskeyAnswer) -> Result<Pass> {
    proving::enter(app, &signed.id, signed.given()?).await?.ok_or_else(nothing)
}

fn nothing() -> Problem {
    let why = t!("This passkey opens no account here, or that took too long. Try again.");
    Problem::Fail(StatusCode::UNAUTHORIZED, Errors::whole(why))
}

/// Sign in with a passkey and a cookie
///
/// For pages of the same site. Programs use `/api/v1/auth/passkey/token`.
#[utoipa::path(post, path = "/api/v1/auth/passkey", tag = "Signing in", request_body = PasskeyAnswer,
    responses((status = 200, body = Success<SignedIn>), (status = 401, body = Fail), (status = 422, body = Fail)))]
pub async fn enter(
    State(app): State<App>,
    mut client: Client,
    session: Session,
    Json(signed): Json<PasskeyAnswer>,
) -> Result {
    let pass = pass(&app, &signed).await?;
    enter_session(&app, &session, &mut client, &pass).await
}

/// Sign in with a passkey for an access token
#[utoipa::path(post, path = "/api/v1/auth/passkey/token", tag = "Signing in", request_body = PasskeyAnswer,
    responses((status = 200, body = Success<AccessToken>), (status = 401, body = Fail), (status = 422, body = Fail)))]
pub async fn token(State(app): State<App>, client: Client, Json(signed): Json<PasskeyAnswer>) -> Result {
    let pass = pass(&app, &signed).await?;
    ok(issue(&app, &client, &pass).await?.ok_or_else(nothing)?)
}

/// Begin to prove with a passkey that it is still me
#[utoipa::path(post, path = "/api/v1/auth/passkey/step-up/challenge", tag = "Signing in", security(("session" = [])),
    responses((status = 200, body = Success<PasskeyChallenge>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn ask_again(State(app): State<App>, caller: Caller) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    challenge(proving::ask_again(&app, &me, &caller.session_id).await?.or_404()?)
}

/// Prove with a passkey that it is still me
///
/// It counts for ten minutes, instead of the header `Step-Up`. A session in a cookie gets a new one.
#[utoipa::path(post, path = "/api/v1/auth/passkey/step-up", tag = "Signing in", request_body = PasskeyAnswer, security(("session" = [])),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 422, body = Fail)))]
pub async fn prove(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    locale: Locale,
    Json(signed): Json<PasskeyAnswer>,
) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    if !proving::prove_again(&app, &me, &caller.session_id, &signed.id, signed.given()?).await? {
        let why = t!("This passkey is none of yours, or that took too long. Try again.");
        return Err(Errors::at("answer", why).into());
    }
    let now = app.clock.now();
    let renewed: crate::error::Result<_> = decide!(app.db, tx, {
        members::store::lock(tx, me.id).await?;
        Ok(sessions::renew(tx, &caller.session_id, me.id, None, now).await?)
    });
    let secret = renewed?.ok_or(Error::SignIn { back: "/".into() })?;
    let mut response = ok(Done { message: t!("It is you, for ten minutes.").to(locale) })?;
    // A token goes on as it is; the cookie's secret is another one now.
    if !headers.contains_key(header::AUTHORIZATION) {
        let cookie = HeaderValue::from_str(&sessions::cookie(&app, secret))?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
