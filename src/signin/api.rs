//! Signing up, in and out, for programs: the same verbs as the pages, so the same rule for passwords, the same
//! lock and limits, and the same silence about who has an account.
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use utoipa::ToSchema;

use super::forms::{SignIn, SignUp};
use super::links::{self, Press, Pressed};
use super::pages::client::Client;
use super::pages::code::CodeDue;
use super::pages::sign_in::open;
use super::second::{self, Checked};
use super::{Attempt, Entry, Pass, Welcome};
use crate::api::answers::{Done, Fail, Success};
use crate::api::{Caller, Json, Problem, Result, Text, accepted, ok};
use crate::app::App;
use crate::error::Error;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::web::limits::Ip;
use crate::web::sessions;

/// Somebody who wants an account.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Or `first_name` and `last_name`.
    #[serde(default)]
    #[schema(value_type = String, example = "Ada Lovelace")]
    pub name: Text,
    /// With `last_name` another way to say the name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub first_name: Text,
    /// Behind the first one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub last_name: Text,
    /// The address that signs in; a mail with a link proves it.
    #[serde(default)]
    #[schema(value_type = String, example = "ada@example.org", required = true)]
    pub email: Text,
    /// 15 or more characters, or 8 or more of all kinds.
    #[serde(default)]
    #[schema(value_type = String, example = "a long sentence of mine", required = true)]
    pub password: Text,
    /// The same once more, if you have people type it twice.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "a long sentence of mine")]
    pub password_verify: Text,
}

impl Register {
    fn parse(self, site: &str, locale: Locale) -> Result<super::NewMember, Errors> {
        let mut errors = Errors::default();
        let mut text = |of: Text, field: &str| of.text(field, &mut errors);
        let (first, last) = (text(self.first_name, "first_name"), text(self.last_name, "last_name"));
        let name = text(self.name, "name");
        let name = if name.is_empty() { format!("{first} {last}").trim().to_owned() } else { name };
        let (email, password) = (text(self.email, "email"), text(self.password, "password"));
        let twice = !self.password_verify.is_absent();
        let verify = text(self.password_verify, "password_verify");
        if twice && verify != password {
            errors.add("password_verify", t!("The two passwords differ."));
        }
        let form = SignUp { name, email, password, ..SignUp::default() };
        match form.parse(site, locale) {
            Ok(wish) => errors.or(|| wish),
            Err(more) => {
                errors.take(&more, str::to_owned);
                Err(errors)
            }
        }
    }
}

/// Sign up
///
/// A mail with a link follows; its token goes to `/api/v1/auth/verify`. The answer is the same for an address
/// that has an account: its owner is told by mail.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "Signing in", request_body = Register,
    responses((status = 202, body = Success<Done>), (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn register(State(app): State<App>, ip: Ip, locale: Locale, Json(new): Json<Register>) -> Result {
    let wish = new.parse(app.site_name(), locale)?;
    if !crate::site::admits(&app, &wish.email).await? {
        let mut errors = Errors::default();
        errors.add("email", t!("This site takes no new accounts, or only those of people who were invited."));
        errors.or(|| ())?;
    }
    super::sign_up(&app, wish, ip).await?;
    accepted(Done { message: t!("We have sent you a mail. Open the link in it to confirm your address.").to(locale) })
}

/// A mailed link's secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mailed {
    /// What stands behind the last slash of the link.
    #[serde(default)]
    #[schema(value_type = String, example = "q7Zk…", required = true)]
    pub token: Text,
}

/// Prove an address with the token that was mailed
#[utoipa::path(post, path = "/api/v1/auth/verify", tag = "Signing in", request_body = Mailed,
    responses((status = 200, body = Success<Done>), (status = 422, body = Fail)))]
pub async fn verify(State(app): State<App>, locale: Locale, Json(mailed): Json<Mailed>) -> Result {
    let mut errors = Errors::default();
    let token = mailed.token.text("token", &mut errors);
    let press = Press { token: &token, form: "" };
    if !matches!(links::verify(&app, press, None).await?, Pressed::First(_)) {
        errors.add("token", t!("This link is used up or too old. Ask for another one."));
    }
    errors.or(|| ())?;
    ok(Done { message: t!("The address is confirmed. You can sign in.").to(locale) })
}

/// Who signs in, for a session in a cookie.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Or `username`, or `identifier`.
    #[serde(default)]
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Text,
    /// Another name of `email`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub username: Text,
    /// Another name of `email`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub identifier: Text,
    /// As it was chosen; every character counts.
    #[serde(default)]
    #[schema(value_type = String, example = "a long sentence of mine", required = true)]
    pub password: Text,
    /// The code of the app, or a recovery code, if the account has a second factor. It may come later, to
    /// `/api/v1/auth/mfa/validate`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub totp: Text,
}

/// Who is signed in now. The session itself is only in the cookie.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    pub user_id: String,
    #[schema(example = "ada@example.org")]
    pub email: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// The address of a picture, when there is one.
    pub avatar: Option<String>,
    /// `password`, `link`, `provider` or `passkey`.
    #[schema(example = "password")]
    pub auth_method: &'static str,
    /// RFC 3339.
    #[schema(example = "2026-12-05T18:30:00Z")]
    pub session_expiry: String,
}

/// The pass of whoever has the password. Wrong, unknown, locked and not yet confirmed are the same "no" (401).
pub(super) async fn pass(app: &App, client: &Client, email: &str, password: &str) -> Result<Pass> {
    let attempt = Attempt { email, password, device: client.device.as_deref(), ip: client.ip };
    match super::try_password(app, &attempt).await? {
        Entry::Open(pass) => Ok(pass),
        Entry::Unverified(sign_up) => {
            super::ask_to_verify(app, &sign_up).await?;
            Err(wrong())
        }
        Entry::Suspended => Err(Problem::forbidden(t!("This account is suspended. Ask whoever runs this site."))),
        Entry::Wrong => Err(wrong()),
        Entry::TooMany { wait_seconds } => Err(Error::TooMany { wait_seconds }.into()),
    }
}

fn wrong() -> Problem {
    Problem::Fail(StatusCode::UNAUTHORIZED, Errors::whole(super::no_entry()))
}

/// The code of a second factor is missing, or wrong (401).
pub(super) fn code_due(typed: &str) -> Problem {
    let errors = if typed.is_empty() {
        Errors::at("totp", t!("This account has a second factor: give the code of the app, too."))
    } else {
        Errors::at("totp", t!("This code is wrong, or it was used before. Enter the one on screen now."))
    };
    Problem::Fail(StatusCode::UNAUTHORIZED, errors)
}

/// With the code, where the account asks for one.
pub(super) async fn with_code(app: &App, pass: Pass, typed: &str) -> Result<Pass> {
    if !pass.lacks_code() || typed.is_empty() {
        return Ok(pass);
    }
    match second::complete(app, pass, typed).await? {
        (Checked::Right, pass) => Ok(pass),
        (Checked::Wrong, _) => Err(code_due(typed)),
        (Checked::TooMany { wait_seconds }, _) => Err(Error::TooMany { wait_seconds }.into()),
    }
}

/// Sign in with a cookie
///
/// For pages of the same site. Programs use `/api/v1/auth/token`, or a personal token. An account with a second
/// factor answers 401 with a message at `totp` until the code is given, too: here, or to `/api/v1/auth/mfa/validate`
/// with the cookie of this answer.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "Signing in", request_body = Login,
    responses((status = 200, body = Success<SignedIn>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn login(State(app): State<App>, mut client: Client, session: Session, Json(login): Json<Login>) -> Result {
    let mut errors = Errors::default();
    let email = login.email.else_named(login.username).else_named(login.identifier).text("email", &mut errors);
    let password = login.password.text("password", &mut errors);
    let totp = login.totp.text("totp", &mut errors);
    errors.or(|| ())?;
    let form = SignIn { email, password, ..SignIn::default() };
    form.parse()?;
    let pass = pass(&app, &client, &form.email, &form.password).await?;
    let pass = with_code(&app, pass, &totp).await?;
    enter(&app, &session, &mut client, &pass).await
}

/// Opens the session, or keeps the pass until its code comes.
pub(super) async fn enter(app: &App, session: &Session, client: &mut Client, pass: &Pass) -> Result {
    match open(app, session, client, pass).await? {
        Welcome::In => {}
        Welcome::Dead => return Err(wrong()),
        Welcome::CodeDue => {
            CodeDue { pass: pass.kept(), back: "/".to_owned(), at: app.clock.now() }.keep(session).await?;
            return Err(code_due(""));
        }
    }
    let now = app.clock.now();
    let public: String = session.get(sessions::PUBLIC_ID).await?.unwrap_or_default();
    let open = sessions::of(&app.db, pass.member.id, now).await?;
    let expiry = open.into_iter().find(|row| row.id == public).map_or(now, |row| row.expires_at);
    let mut response = ok(SignedIn {
        user_id: pass.member.id.to_string(),
        email: pass.member.email.clone(),
        name: pass.member.name.clone(),
        avatar: pass.member.portrait().large().map(|path| app.config.url(&path)),
        auth_method: pass.way.word(),
        session_expiry: expiry.rfc3339(),
    })?;
    client.remember(app, &mut response)?;
    Ok(response)
}

/// End the session of the cookie, or of the token
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "Signing in", security(("session" = [])),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail)))]
pub async fn logout(State(app): State<App>, caller: Caller, session: Session, locale: Locale) -> Result {
    leave(&app, &caller).await?;
    session.flush().await?;
    ok(Done { message: t!("You are signed out.").to(locale) })
}

/// End the session of an access token
#[utoipa::path(delete, path = "/api/v1/auth/token", tag = "Signing in", security(("session" = [])),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail)))]
pub async fn end_token(State(app): State<App>, caller: Caller, session: Session, locale: Locale) -> Result {
    logout(State(app), caller, session, locale).await
}

async fn leave(app: &App, caller: &Caller) -> Result<()> {
    let me = caller.member.as_ref().ok_or(Error::SignIn { back: "/".into() })?;
    if caller.token.is_some() {
        return Err(Problem::forbidden(t!("A personal token has no session to end. Revoke it in your settings.")));
    }
    Ok(super::sign_out(app, me, &caller.session_id).await?)
}
