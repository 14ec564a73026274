//! Reading JSON as forms are read: every value as text, so that the one parser of each form can judge it.
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::answers::Problem;
use crate::app::App;
use crate::forms::{Errors, Message};
use crate::web::form::too_large;

/// A JSON body; no body at all is an empty object. What is no JSON is 400, another content type 415. A field that the
/// body does not have is 422 (all bodies say `deny_unknown_fields`): passed over, `prize` would make a free ticket.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let json = kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
        let body = Bytes::from_request(request, app).await.map_err(|error| too_large(&error))?;
        if body.is_empty() {
            return read(b"{}");
        }
        if !json {
            let wrong = Errors::whole(t!("Send JSON, with the content type application/json."));
            return Err(Problem::Fail(StatusCode::UNSUPPORTED_MEDIA_TYPE, wrong));
        }
        read(&body)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Json<T>, Problem> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        let at = format!("{}:{}", error.line(), error.column());
        Problem::Fail(StatusCode::BAD_REQUEST, Errors::whole(t!("The body is no JSON (at {at}).", at)))
    })?;
    let shape =
        || Problem::fields(Errors::whole(t!("The body is JSON, but not of the shape that the reference shows.")));
    if !value.is_object() {
        return Err(shape());
    }
    serde_path_to_error::deserialize(value).map(Json).map_err(|error| {
        let field = error.path().to_string();
        match wrong(&error.into_inner().to_string()) {
            Some(message) if field != "." => Problem::fields(Errors::at(field, message)),
            _ => shape(),
        }
    })
}

/// What is wrong with a field, from what serde says of it: that the call has none of this name, or which type should
/// stand there.
fn wrong(said: &str) -> Option<Message> {
    if said.starts_with("unknown field ") {
        return Some(Message::new(t!("There is no field of this name. The reference shows those that there are.")));
    }
    let (_, wanted) = said.split_once(", expected ")?;
    let kind = |words: &[&str]| words.iter().any(|word| wanted.starts_with(word));
    if kind(&["a sequence"]) {
        Some(Message::new(t!("Give a list here.")))
    } else if kind(&["struct", "a map"]) {
        Some(Message::new(t!("Give an object here.")))
    } else if kind(&["a string"]) {
        Some(Message::new(t!("Give a text here.")))
    } else if kind(&["a boolean"]) {
        Some(Message::new(t!("Give true or false here.")))
    } else if kind(&["i", "u", "f"]) {
        Some(Message::new(t!("Give a whole number here.")))
    } else {
        None
    }
}

/// One value as typed: text or a number, or where it is asked for true and false; null is empty. Others are told at the
/// field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Text {
    /// Not in the body.
    #[default]
    Absent,
    Null,
    Said(String),
    Flag(bool),
    /// Neither text nor a number.
    Wrong,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Null,
            Value::Bool(so) => Self::Flag(so),
            Value::Number(n) => Self::Said(n.to_string()),
            Value::String(text) => Self::Said(text),
            Value::Array(_) | Value::Object(_) => Self::Wrong,
        })
    }
}

impl Text {
    pub fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
    /// What was said, else what stands there already.
    pub fn or(self, field: &str, before: &str, errors: &mut Errors) -> String {
        match self {
            Self::Absent => before.to_owned(),
            Self::Null => String::new(),
            Self::Said(text) => text,
            Self::Flag(_) => {
                errors.add(field, t!("Give a text here."));
                String::new()
            }
            Self::Wrong => {
                errors.add(field, t!("Give one value here, no list and no object."));
                String::new()
            }
        }
    }
    /// Null says nothing, where there is always a value: what stands there stays.
    pub fn some(self) -> Self {
        if self == Self::Null { Self::Absent } else { self }
    }
    pub fn text(self, field: &str, errors: &mut Errors) -> String {
        self.or(field, "", errors)
    }
    /// Whether it is so; what is neither true nor false, nor a usual word for one of them, is told at the field.
    pub fn flag(self, field: &str, errors: &mut Errors) -> bool {
        !self.flag_or(field, "", errors).is_empty()
    }
    /// The same as a form's box says it: `on`, or nothing.
    pub fn flag_or(self, field: &str, before: &str, errors: &mut Errors) -> String {
        if let Self::Flag(so) = self {
            return if so { "on".to_owned() } else { String::new() };
        }
        let said = self.or(field, before, errors).trim().to_lowercase();
        match said.as_str() {
            "true" | "1" | "on" | "yes" => "on".to_owned(),
            "false" | "0" | "off" | "no" | "" => String::new(),
            _ => {
                errors.add(field, t!("Give true or false here."));
                String::new()
            }
        }
    }
    /// The first of several names for the same that was used.
    pub fn else_named(self, other: Self) -> Self {
        if self.is_absent() { other } else { self }
    }
}
