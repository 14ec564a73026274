//! One's personal tokens, for programs.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{Done, Fail, Listed, Success};
use super::tokens::{self, Token, Typed};
use super::{Caller, Json, Problem, Result, Scope, Text, made, ok, store, uses};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::web::{Path, SteppedUp};

/// A personal token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenJson {
    pub id: String,
    #[schema(example = "Door display")]
    pub name: String,
    #[schema(example = json!(["read"]))]
    pub scopes: Vec<&'static str>,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub created_at: String,
    /// Null is without end.
    pub expires_at: Option<String>,
    pub last_used_at: Option<String>,
    /// The token itself: shown this once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "mq_q7Zk…")]
    pub token: Option<String>,
}

impl TokenJson {
    fn of(token: &Token, secret: Option<String>) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            scopes: token.scope_list().into_iter().map(Scope::word).collect(),
            created_at: token.created_at.rfc3339(),
            expires_at: token.expires_at.map(Instant::rfc3339),
            last_used_at: token.last_used_at.map(Instant::rfc3339),
            token: secret,
        }
    }
}

/// A token to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What will use it.
    #[schema(value_type = String, example = "Door display", required = true)]
    #[serde(default)]
    pub name: Text,
    /// Of `read`, `write`, `host` and `admin`.
    #[schema(value_type = Vec<String>, example = json!(["read"]), required = true)]
    #[serde(default)]
    pub scopes: Vec<Text>,
    /// In how many days it ends, from 1 to 366; null is never.
    #[schema(value_type = Option<i64>, example = 90)]
    #[serde(default)]
    pub days: Text,
}

/// My personal tokens, the newest first
#[utoipa::path(get, path = "/api/v1/me/tokens", tag = "Me", security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<TokenJson>>), (status = 401, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result {
    let me = caller.needs(Scope::Read)?;
    uses::flush(&app).await?;
    let tokens = store::of(&app.db, me.id).await?;
    ok(Listed { items: tokens.iter().map(|token| TokenJson::of(token, None)).collect(), next_cursor: None })
}

/// Make a personal token
///
/// Only for a session or the token of a sign-in: a personal token makes no other.
#[utoipa::path(post, path = "/api/v1/me/tokens", tag = "Me", request_body = NewToken, security(("session" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once"),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 201, body = Success<TokenJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn make(State(app): State<App>, SteppedUp(caller): SteppedUp<Caller>, Json(new): Json<NewToken>) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let mut errors = Errors::default();
    let typed = Typed {
        name: new.name.text("name", &mut errors),
        scopes: new.scopes.into_iter().map(|scope| scope.text("scopes", &mut errors)).collect(),
        days: new.days.text("days", &mut errors),
    };
    errors.or(|| ())?;
    let wish = typed.parse(me.admin)?;
    let now = app.clock.now();
    let Some((token, secret)) = decide!(app.db, tx, tokens::make(tx, &me, &caller.session_id, &wish, now).await)?
    else {
        return Err(Problem::conflict(t!("There are too many tokens. Revoke one first.")));
    };
    made(TokenJson::of(&token, Some(secret)))
}

/// Revoke a personal token
#[utoipa::path(delete, path = "/api/v1/me/tokens/{id}", tag = "Me", params(("id" = String, Path),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")), security(("session" = [])),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn revoke(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
    Path(id): Path<String>,
) -> Result {
    let me = caller.needs(Scope::Write)?;
    not_by_token(&caller)?;
    let id = id.parse().ok().or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, tokens::revoke(tx, &me, id, now).await)?.then_some(()).or_404()?;
    ok(Done { message: t!("The token is revoked.").to(locale) })
}

/// A token that leaks must not be able to outlive its revocation.
pub(crate) fn not_by_token(caller: &Caller) -> Result<()> {
    if caller.token.is_none() {
        return Ok(());
    }
    Err(Problem::forbidden(t!("A personal token cannot do this. Sign in for that.")))
}
