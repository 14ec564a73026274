//! What a person, or a program, sees when a request ends without what was asked for.
use askama::Template;
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header, request, response};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::guards::{Found, coming_back, local_path};
use super::headers::RequestId;
use super::page::Page;
use super::sessions;
use crate::app::App;
use crate::db;
use crate::error::Error;
use crate::i18n::{Locale, Say, filters};

/// What the layer finds on a failed response.
#[derive(Clone)]
struct Failure(std::sync::Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Internal(source) if db::is_busy(&source) || sessions::was_busy(&source) => {
                tracing::warn!(error = format!("{source:#}"), "the database was busy");
                Self::Busy
            }
            error => error,
        };
        let mut response =
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(Failure(std::sync::Arc::new(error)));
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: &'a Page,
    status: u16,
    error: &'a Error,
    request_id: &'a str,
    wait_minutes: i64,
}

/// Turns a failure into a page inside the layout, or into JSend under `/api`.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Found::default());
    let before = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let failure = response.extensions().get::<Failure>().cloned();
    let error = match failure {
        Some(Failure(error)) => error,
        // Refusals of axum and tower-http themselves: no such route, wrong method, body too large.
        None if (status.is_client_error() || status.is_server_error())
            && !response.headers().contains_key(header::CONTENT_TYPE) =>
        {
            std::sync::Arc::new(plain(status))
        }
        None => return response,
    };
    let request_id = before.extensions.get::<RequestId>().map_or("", |id| id.0.as_str()).to_owned();
    if let Error::Internal(source) = &*error {
        // Never the address: with /reset/{token} and its like, who reads the log could use it.
        let route = before.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        tracing::error!(request_id, route, error = format!("{source:#}"), "the request failed");
    }
    let api = before.uri.path().starts_with("/api/");
    let mut answer = match &*error {
        Error::SignIn { back } if !api => {
            return Redirect::to(&coming_back("/sign-in", local_path(back))).into_response();
        }
        Error::StepUp { back, form } if !api => {
            let form = if *form { "&form=1" } else { "" };
            return Redirect::to(&format!("{}{form}", coming_back("/step-up", local_path(back)))).into_response();
        }
        Error::SecondFactorDue if !api => return Redirect::to("/settings/second-factor").into_response(),
        error if api => told(&app, &before, error, status, &request_id),
        error => {
            let page = Page::bare(&app, &before);
            let wait_minutes = if let Error::TooMany { wait_seconds } = error { (wait_seconds + 59) / 60 } else { 0 };
            let shown =
                ErrorPage { page: &page, status: status.as_u16(), error, request_id: &request_id, wait_minutes };
            page.with(status, &shown).unwrap_or_else(|_| status.into_response())
        }
    };
    let wait_seconds = match &*error {
        Error::TooMany { wait_seconds } => Some(*wait_seconds),
        Error::Busy => Some(5),
        _ => None,
    };
    if let Some(seconds) = wait_seconds {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

fn plain(status: StatusCode) -> Error {
    match status.as_u16() {
        404 | 405 => Error::NotFound,
        403 => Error::Forbidden,
        413 => Error::TooLarge,
        503 | 504 | 408 => Error::Unavailable,
        500 => Error::Internal(anyhow::anyhow!("a handler panicked")),
        _ => Error::Malformed,
    }
}

/// What the layer will make of a call of a program that failed, for who keeps it: JSend.
pub fn body_of(failed: &response::Parts, locale: Locale, request_id: &str) -> Value {
    match failed.extensions.get::<Failure>() {
        Some(Failure(error)) => jsend(error, failed.status, locale, request_id),
        None => jsend(&plain(failed.status), failed.status, locale, request_id),
    }
}

fn jsend(error: &Error, status: StatusCode, locale: Locale, request_id: &str) -> Value {
    let message = error.to(locale);
    if status.is_server_error() {
        json!({ "status": "error", "message": message, "code": status.as_u16(), "data": { "request_id": request_id } })
    } else {
        json!({ "status": "fail", "data": { "message": message } })
    }
}

fn told(app: &App, parts: &request::Parts, error: &Error, status: StatusCode, request_id: &str) -> Response {
    let body = jsend(error, status, Page::bare(app, parts).locale, request_id);
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
