//! What was sent twice under one Idempotency-Key is done once: the second call gets the first one's answer. That our
//! side broke is an answer, too, unless it is known that nothing had begun: what was done before may stand.
//!
//! A key belongs to its caller, as far as their token reaches, and to its route with all that the address asks, where
//! the secret of an order may stand. It is good for 24 hours. Answers may hold secrets, so they are kept
//! encrypted under the key itself, which the database does not have.
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::answers::{Problem, told};
use super::caller::Caller;
use crate::app::App;
use crate::begun;
use crate::clock::{self, Instant};
use crate::db::{self, Tx, sql};
use crate::error::{Error, Result};
use crate::forms::Errors;
use crate::i18n::Locale;
use crate::ids;
use crate::web::headers::RequestId;
use crate::web::{errors, signing};

/// What a call with a key may send; the routes' own limits are smaller.
const MOST: usize = 1024 * 1024;
/// A call that began so long ago and never ended died with its process. Whether it had done anything by then is not
/// known, so it is not done again.
const GIVEN_UP: jiff::SignedDuration = clock::minutes(5);

#[derive(sqlx::FromRow)]
struct Kept {
    body_hash: String,
    status: Option<i64>,
    answer: Option<String>,
    created_at: Instant,
}

enum Turn {
    /// Nobody has used the key: act.
    Ours,
    Answered(i64, String),
    /// Under the same key something else was asked for.
    Other,
    /// The first call is still at work.
    Busy,
    /// It was cut off, and its answer is lost.
    CutOff,
}

/// Runs the call, or answers what it was answered before.
pub async fn once(app: &App, caller: &Caller, locale: Locale, request: Request, next: Next) -> Response {
    // What a sign-in gives is never given out again, and kept nowhere.
    let path = request.uri().path();
    let opens = matches!(path, "/api/v1/auth/login" | "/api/v1/auth/token" | "/api/v1/auth/mfa/validate")
        || path.starts_with("/api/v1/auth/passkey");
    // The same picture once more changes nothing, and it is larger than what is kept here.
    let harmless = path == "/api/v1/me/avatar";
    let keyed = request.method() == Method::POST && !opens && !harmless;
    let Some(key) = request.headers().get("idempotency-key").cloned().filter(|_| keyed) else {
        return told(next.run(request).await, locale);
    };
    match keep(app, caller, &key, locale, request, next).await {
        Ok(response) => response,
        Err(problem) => told(problem.into_response(), locale),
    }
}

async fn keep(
    app: &App,
    caller: &Caller,
    key: &HeaderValue,
    locale: Locale,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(key) = key.to_str().ok().filter(|key| (1..=255).contains(&key.len())) else {
        let wrong = Errors::at("Idempotency-Key", t!("Use 1 to 255 printable ASCII characters."));
        return Err(Problem::Fail(StatusCode::BAD_REQUEST, wrong));
    };
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST).await.map_err(|_| Error::TooLarge)?;
    let name = name(caller, &parts, key);
    let (key_hash, body_hash) = (ids::hash(&name), body_hash(&parts, &body));
    let now = app.clock.now();
    match decide!(app.db, tx, turn(tx, &key_hash, &body_hash, now).await)? {
        Turn::Other => Err(Problem::conflict(t!("This Idempotency-Key was used with another body."))),
        Turn::Busy => Err(Problem::conflict(t!(
            "The first call with this Idempotency-Key is still at work. Try again in a moment."
        ))),
        Turn::Answered(status, kept) => Ok(again(app, &name, status, &kept)),
        Turn::CutOff => Err(Problem::conflict(t!(
            "The first call with this Idempotency-Key was cut off. Look whether it was done; if not, use another key."
        ))),
        Turn::Ours => {
            // On a task of its own: a caller that hangs up does not leave the key without an answer.
            let (app, request) = (app.clone(), Request::from_parts(parts, Body::from(body)));
            let act = tokio::spawn(async move { act(&app, &name, &key_hash, locale, request, next).await });
            act.await.map_err(|error| Problem::Error(Error::Internal(error.into())))?
        }
    }
}

/// What is kept goes to whoever could have asked for it: neither without an order's secret nor by a weaker token.
fn name(caller: &Caller, parts: &Parts, key: &str) -> String {
    let mut reach: Vec<&str> =
        caller.token.iter().flat_map(|(_, scopes)| scopes.iter().map(|scope| scope.word())).collect();
    reach.sort_unstable();
    let asked = parts.uri.path_and_query().map_or(parts.uri.path(), PathAndQuery::as_str);
    format!("{}{}\n{} {asked}\n{key}", caller.whose(), reach.join(" "), parts.method)
}

fn body_hash(parts: &Parts, body: &Bytes) -> String {
    let kind = parts.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    ids::hash(&format!("{}\n{}", BASE64_URL_SAFE_NO_PAD.encode(kind), BASE64_URL_SAFE_NO_PAD.encode(body)))
}

async fn act(
    app: &App,
    name: &str,
    key_hash: &str,
    locale: Locale,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let request_id = request.extensions().get::<RequestId>().cloned();
    let (response, begun) = begun::noticing(next.run(request)).await;
    let (parts, body) = told(response, locale).into_parts();
    let (broke, json) = (parts.status.is_server_error(), parts.headers.contains_key(header::CONTENT_TYPE));
    let body = to_bytes(body, usize::MAX).await?;
    let stands = if broke { begun } else { json };
    if stands {
        let request_id = request_id.as_ref().map_or("", |id| id.0.as_str());
        let broken = || errors::body_of(&parts, locale, request_id).to_string().into_bytes();
        let sealed = seal(app, name, &if json { body.to_vec() } else { broken() });
        decide!(app.db, tx, answer(tx, key_hash, parts.status, &sealed).await)?;
    } else {
        // Not let in, not found, or broken before anything had begun: the key is free again.
        decide!(app.db, tx, release(tx, key_hash).await)?;
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(app: &App, name: &str, status: i64, kept: &str) -> Response {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), unseal(app, name, kept)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

async fn turn(tx: &mut Tx, key: &str, body: &str, now: Instant) -> Result<Turn> {
    let added = sql("INSERT INTO idempotency (key_hash, body_hash, created_at) VALUES ($1, $2, $3) ON CONFLICT (key_hash) DO NOTHING")
        .bind(key)
        .bind(body)
        .bind(now)
        .execute(tx)
        .await?;
    if added == 1 {
        return Ok(Turn::Ours);
    }
    let row: Kept = sql("SELECT body_hash, status, answer, created_at FROM idempotency WHERE key_hash = $1")
        .bind(key)
        .one(&mut *tx)
        .await?;
    if row.created_at + clock::hours(24) <= now {
        let taken = sql("UPDATE idempotency SET body_hash = $2, status = NULL, answer = NULL, created_at = $3 WHERE key_hash = $1 AND created_at = $4")
            .bind(key)
            .bind(body)
            .bind(now)
            .bind(row.created_at)
            .execute(tx)
            .await?;
        return Ok(if taken == 1 { Turn::Ours } else { Turn::Busy });
    }
    Ok(match (row.status, row.answer) {
        _ if row.body_hash != body => Turn::Other,
        (Some(status), Some(answer)) => Turn::Answered(status, answer),
        _ if row.created_at + GIVEN_UP <= now => Turn::CutOff,
        _ => Turn::Busy,
    })
}

async fn answer(tx: &mut Tx, key: &str, status: StatusCode, sealed: &str) -> db::Result<()> {
    sql("UPDATE idempotency SET status = $2, answer = $3 WHERE key_hash = $1")
        .bind(key)
        .bind(i64::from(status.as_u16()))
        .bind(sealed)
        .execute(tx)
        .await
        .map(drop)
}

async fn release(tx: &mut Tx, key: &str) -> db::Result<()> {
    sql("DELETE FROM idempotency WHERE key_hash = $1 AND status IS NULL").bind(key).execute(tx).await.map(drop)
}

/// At the start of the only process that answers calls: those that it was at when it ended were cut off.
pub async fn nothing_is_at_work(app: &App) -> db::Result<()> {
    let before = app.clock.now() - GIVEN_UP;
    decide!(
        app.db,
        tx,
        sql("UPDATE idempotency SET created_at = $1 WHERE created_at > $1 AND status IS NULL")
            .bind(before)
            .execute(tx)
            .await
            .map(drop)
    )
}

/// Removes keys that are no longer good.
pub async fn forget(tx: &mut Tx, now: Instant) -> db::Result<()> {
    sql("DELETE FROM idempotency WHERE created_at <= $1").bind(now - clock::hours(24)).execute(tx).await.map(drop)
}

/// XORs with a stream that HMAC-SHA-256 makes of the site's key, the caller's key and a nonce.
fn stream(app: &App, name: &str, nonce: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (n, block) in bytes.chunks(32).enumerate() {
        let pad = signing::derived(app.key(), &format!("idempotency\n{nonce}\n{n}\n{name}"));
        out.extend(block.iter().zip(pad).map(|(byte, pad)| byte ^ pad));
    }
    out
}

fn seal(app: &App, name: &str, body: &[u8]) -> String {
    let nonce = ids::secret();
    let sealed = stream(app, name, &nonce, body);
    format!("{nonce}.{}", BASE64_URL_SAFE_NO_PAD.encode(sealed))
}

fn unseal(app: &App, name: &str, kept: &str) -> Vec<u8> {
    let Some((nonce, sealed)) = kept.split_once('.') else { return Vec::new() };
    stream(app, name, nonce, &BASE64_URL_SAFE_NO_PAD.decode(sealed).unwrap_or_default())
}
