//! JSend (`success`, `fail` with messages by field, `error`): what every call is answered with.
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::forms::Errors;
use crate::i18n::{Locale, Say};

pub type Result<T = Response, E = Problem> = std::result::Result<T, E>;

/// Why a call is refused.
#[derive(Debug)]
pub enum Problem {
    /// A "no" with its sentences, by field; what is about the whole call stands under `message`.
    Fail(StatusCode, Errors),
    /// What ends pages too; `web::errors` puts it into JSend.
    Error(Error),
}

impl Problem {
    /// 422: what was sent breaks these rules.
    pub fn fields(errors: Errors) -> Self {
        Self::Fail(StatusCode::UNPROCESSABLE_ENTITY, errors)
    }
    /// 409: it could be done, but not as things stand.
    pub fn conflict(message: impl Say + Send + Sync + 'static) -> Self {
        Self::Fail(StatusCode::CONFLICT, Errors::whole(message))
    }
    pub fn forbidden(message: impl Say + Send + Sync + 'static) -> Self {
        Self::Fail(StatusCode::FORBIDDEN, Errors::whole(message))
    }
}

impl From<Errors> for Problem {
    fn from(errors: Errors) -> Self {
        Self::fields(errors)
    }
}
impl<E> From<E> for Problem
where
    Error: From<E>,
{
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// What the layer finds on a refused call: sentences that are not yet in any language.
#[derive(Clone)]
struct Untold(Arc<Errors>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Error(error) => error.into_response(),
            Self::Fail(status, errors) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(Untold(Arc::new(errors)));
                response
            }
        }
    }
}

/// Says what is wrong in the caller's language.
pub fn told(response: Response, locale: Locale) -> Response {
    let Some(Untold(errors)) = response.extensions().get::<Untold>().cloned() else { return response };
    let mut data: BTreeMap<String, String> = BTreeMap::new();
    for (field, message) in errors.all() {
        let field = if field.is_empty() { "message" } else { field };
        let told = data.entry(field.to_owned()).or_default();
        if !told.is_empty() {
            told.push(' ');
        }
        told.push_str(&message.to(locale));
    }
    (response.status(), Json(Fail { status: "fail", data })).into_response()
}

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always `success`.
    #[schema(example = "success")]
    pub status: &'static str,
    pub data: T,
}

/// Refused because of what was sent, or as things stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fail {
    /// Always `fail`.
    #[schema(example = "fail")]
    pub status: &'static str,
    /// A sentence for each field that is wrong; under `message` what is about the call as a whole.
    #[schema(example = json!({"title": "Give the event a title."}))]
    pub data: BTreeMap<String, String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(example = "MTc5NTY5NzIwMDAwMDAwMHwwMTlh")]
    pub next_cursor: Option<String>,
}

/// Something was done, and there is nothing more to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// A sentence for a person.
    pub message: String,
}

pub fn ok<T: Serialize>(data: T) -> Result {
    Ok(Json(Success { status: "success", data }).into_response())
}
/// 201.
pub fn made<T: Serialize>(data: T) -> Result {
    Ok((StatusCode::CREATED, Json(Success { status: "success", data })).into_response())
}
/// 202: it goes on by mail.
pub fn accepted<T: Serialize>(data: T) -> Result {
    Ok((StatusCode::ACCEPTED, Json(Success { status: "success", data })).into_response())
}
