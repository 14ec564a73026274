//! Passwords and sessions, for programs.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::devices::in_words;
use super::forms::{Address, NewPassword};
use super::links::{self, Kind, Press, Pressed};
use super::pages::client::Client;
use super::passwords::About;
use super::settings;
use crate::api::answers::{Done, Fail, Listed, Success};
use crate::api::token_api::not_by_token;
use crate::api::{Caller, Json, Problem, Result, Scope, Text, accepted, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::web::limits::Ip;
use crate::web::{Path, SteppedUp, sessions};

/// Whose password is forgotten.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// The address of the account.
    #[serde(default)]
    #[schema(value_type = String, example = "ada@example.org", required = true)]
    pub email: Text,
}

/// Ask for a mail with which a forgotten password is replaced
///
/// The answer is the same for an address without an account.
#[utoipa::path(post, path = "/api/v1/auth/recover", tag = "Signing in", request_body = Recover,
    responses((status = 202, body = Success<Done>), (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn recover(State(app): State<App>, ip: Ip, locale: Locale, Json(asked): Json<Recover>) -> Result {
    let mut errors = Errors::default();
    let email = asked.email.text("email", &mut errors);
    errors.or(|| ())?;
    let email = Address { email }.parse()?;
    super::forgotten(&app, &email, ip).await?;
    let message =
        t!("If there is an account for {email}, a link is on its way. It works for one hour.", email = email.address);
    accepted(Done { message: message.to(locale) })
}

/// A new password, with the token that was mailed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// What stands behind the last slash of the link.
    #[serde(default)]
    #[schema(value_type = String, example = "q7Zk…", required = true)]
    pub token: Text,
    /// 15 or more characters, or 8 or more of all kinds.
    #[serde(default)]
    #[schema(value_type = String, example = "a long sentence of mine", required = true)]
    pub password: Text,
    /// The same once more, if you have people type it twice.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub password_verify: Text,
}

/// Replace a forgotten password
///
/// All sessions and tokens end. A second factor stays: the next sign-in asks for its code.
#[utoipa::path(post, path = "/api/v1/auth/reset", tag = "Signing in", request_body = Reset,
    responses((status = 200, body = Success<Done>), (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn reset(State(app): State<App>, ip: Ip, locale: Locale, Json(new): Json<Reset>) -> Result {
    let mut errors = Errors::default();
    let token = new.token.text("token", &mut errors);
    let password = twice(new.password, new.password_verify, &mut errors);
    errors.or(|| ())?;
    let dead = || Problem::from(Errors::at("token", t!("This link is used up or too old. Ask for another one.")));
    let member = links::owner(&app, Kind::Reset, &token).await?.ok_or_else(dead)?;
    let form = NewPassword { password, ..NewPassword::default() };
    form.parse(&About { name: &member.name, email: &member.email, site: app.site_name() })?;
    match links::reset(&app, Press { token: &token, form: "" }, &form.password, ip).await? {
        Pressed::First(()) => ok(Done { message: t!("Your password is changed. Sign in with it.").to(locale) }),
        Pressed::Again | Pressed::Dead => Err(dead()),
    }
}

fn twice(password: Text, verify: Text, errors: &mut Errors) -> String {
    let asked = !verify.is_absent();
    let (password, verify) = (password.text("password", errors), verify.text("password_verify", errors));
    if asked && verify != password {
        errors.add("password_verify", t!("The two passwords differ."));
    }
    password
}

/// A new password, from somebody who knows the current one.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The one until now.
    #[serde(default)]
    #[schema(value_type = String, example = "a long sentence of mine", required = true)]
    pub current_password: Text,
    /// The new one: 15 or more characters, or 8 or more of all kinds.
    #[serde(default)]
    #[schema(value_type = String, example = "another sentence of mine", required = true)]
    pub password: Text,
    /// The same once more, if you have people type it twice.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub password_verify: Text,
}

/// Change my password
///
/// All other sessions and all personal tokens end. Only for a session or the token of a sign-in.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "Me", request_body = Change, security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 422, body = Fail), (status = 429, body = Fail)))]
pub async fn change(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    client: Client,
    locale: Locale,
    Json(typed): Json<Change>,
) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let mut errors = Errors::default();
    let current = typed.current_password.text("current_password", &mut errors);
    let password = twice(typed.password, typed.password_verify, &mut errors);
    errors.or(|| ())?;
    let form = NewPassword { password, ..NewPassword::default() };
    form.parse(&About { name: &me.name, email: &me.email, site: app.site_name() })?;
    let change = settings::Change {
        current: &current,
        new: &form.password,
        session: &caller.session_id,
        device: client.device.as_deref(),
        ip: client.ip,
    };
    if !settings::change_password(&app, &me, &change).await? {
        return Err(Errors::at("current_password", t!("This is not your current password.")).into());
    }
    ok(Done { message: t!("Your password is changed. All other devices are signed out.").to(locale) })
}

/// Where I am signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionJson {
    pub id: String,
    #[schema(example = "Firefox on Linux")]
    pub device: String,
    #[schema(example = "192.0.2.7")]
    pub ip: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub created_at: String,
    pub last_seen_at: String,
    pub expires_at: String,
}

/// My sessions, the last used first
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "Me", security(("session" = [])),
    responses((status = 200, body = Success<Listed<SessionJson>>), (status = 401, body = Fail), (status = 403, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller, locale: Locale) -> Result {
    let me = caller.needs(Scope::Read)?;
    not_by_token(&caller)?;
    let open = sessions::of(&app.db, me.id, app.clock.now()).await?;
    let items = open.into_iter().map(|row| SessionJson {
        current: row.id == caller.session_id,
        device: in_words(&row.agent).to(locale),
        id: row.id,
        ip: row.ip,
        created_at: row.created_at.rfc3339(),
        last_seen_at: row.last_seen_at.rfc3339(),
        expires_at: row.expires_at.rfc3339(),
    });
    ok(Listed { items: items.collect(), next_cursor: None })
}

/// End one of my sessions
///
/// Whoever only wants to leave uses `/api/v1/auth/logout`, which asks for nothing.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "Me", security(("session" = [])),
    params(("id" = String, Path),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn end(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
    Path(id): Path<String>,
) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let now = app.clock.now();
    let ended: crate::error::Result<bool> = decide!(app.db, tx, super::end_session(tx, &me, &id, now).await);
    ended?.then_some(()).or_404()?;
    ok(Done { message: t!("That device is signed out.").to(locale) })
}

/// End all my sessions but this one
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "Me", security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail)))]
pub async fn end_others(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>, locale: Locale) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let now = app.clock.now();
    let ended: crate::error::Result<u64> =
        decide!(app.db, tx, super::end_other_sessions(tx, &me, &caller.session_id, now).await);
    let message = tn!("1 other device is signed out.", "{n} other devices are signed out.", ended?);
    ok(Done { message: message.to(locale) })
}
