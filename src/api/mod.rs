//! The same site for programs, under `/api/v1`: JSend answers, one guard, one reader of JSON, one memory of
//! what was sent twice. What can be done stands in the slices' `api.rs`; no rule lives here.
pub mod answers;
pub mod body;
pub mod caller;
pub mod cursors;
pub mod docs;
pub mod idempotency;
pub mod jwt;
pub mod openapi;
pub mod pages;
pub mod store;
pub mod token_api;
pub mod tokens;
pub mod uses;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub use answers::{Problem, Result, accepted, made, ok};
pub use body::{Json, Text};
pub use caller::{Caller, Proof, Scope};

use crate::app::App;
use crate::i18n::Locale;
use crate::web::guards::Who;

/// Around every call of the API: finds out who calls, acts once for each Idempotency-Key, and says what is
/// wrong in the caller's language. Pages pass through untouched.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/v1/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let caller = match caller::recognise(&app, &parts).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let session = parts.extensions.get::<Who>().is_some_and(|who| who.session);
    parts.extensions.insert(Who {
        me: caller.member.clone(),
        session,
        session_id: caller.session_id.clone(),
        stepped_up_at: caller.stepped_up_at,
        invited: Vec::new(),
    });
    let locale = Locale::from_request_parts(&mut parts, &app).await.unwrap_or_default();
    parts.extensions.insert(caller.clone());
    let mut response = idempotency::once(&app, &caller, locale, Request::from_parts(parts, body), next).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Removes what has ended.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    idempotency::forget(&mut tx, now).await?;
    store::forget_tokens(&mut tx, now - crate::clock::days(30)).await?;
    Ok(tx.commit().await?)
}
