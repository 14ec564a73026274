//! What comes with a request, read so that nothing a stranger sends is a 500: malformed is 400, too
//! large 413, an address that names nothing 404.
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::{StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::Error;

/// A form's fields in order, as typed. For forms whose fields repeat or are made up as they go.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }
    /// The first value of a field; '' when it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }
    /// Every value of a field that stands more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
    /// As a struct of strings with `#[serde(default)]`. Of a field that stands twice the first counts.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut seen = std::collections::HashSet::new();
        let once: Vec<_> = self.0.iter().filter(|(field, _)| seen.insert(field.as_str())).collect();
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(once).finish();
        serde_urlencoded::from_str(&text).map_err(|_| Error::Malformed)
    }
}

impl FromRequest<App> for Fields {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let form = kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded");
        let body = Bytes::from_request(request, app).await.map_err(|error| too_large(&error))?;
        if form { Ok(Self::parse(&body)) } else { Err(Error::Malformed) }
    }
}

pub fn too_large(error: &BytesRejection) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { Error::Malformed }
}

/// A form as a struct of strings; missing fields are empty.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        Fields::from_request(request, app).await?.typed().map(Self)
    }
}

/// JSON that a script of ours sends.
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let body = Bytes::from_request(request, app).await.map_err(|error| too_large(&error))?;
        serde_json::from_slice(&body).ok().filter(|_| json).map(Self).ok_or(Error::Malformed)
    }
}

/// The query of an address as a struct of strings. Control characters are dropped: no search means them,
/// and PostgreSQL takes no NUL.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let mut fields = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        for (_, value) in &mut fields.0 {
            value.retain(|c| !c.is_control());
            if let Some((end, _)) = value.char_indices().nth(300) {
                value.truncate(end);
            }
        }
        fields.typed().map(Self)
    }
}

/// The variable parts of an address. What does not parse, or holds control characters, names nothing: 404.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let raw = axum::extract::RawPathParams::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        if raw.iter().any(|(_, value)| value.len() > 300 || value.chars().any(char::is_control)) {
            return Err(Error::NotFound);
        }
        let path = axum::extract::Path::<T>::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        Ok(Self(path.0))
    }
}

/// The file of a form: the first part that has one of these names, or an image that is the body itself. Empty without.
pub async fn upload(app: &App, request: Request, names: &[&str]) -> Result<Vec<u8>, Error> {
    let refused = |status| if status == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { Error::Malformed };
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("image/") {
        return Ok(Bytes::from_request(request, app).await.map_err(|error| too_large(&error))?.to_vec());
    }
    let mut parts = Multipart::from_request(request, app).await.map_err(|_| Error::Malformed)?;
    while let Some(part) = parts.next_field().await.map_err(|error| refused(error.status()))? {
        if part.name().is_some_and(|name| names.contains(&name)) {
            return Ok(part.bytes().await.map_err(|error| refused(error.status()))?.to_vec());
        }
    }
    Ok(Vec::new())
}

/// The attributes that tie a field to its error and hint. Field names are ours, never people's.
pub fn described(errors: &crate::forms::Errors, name: &str, hinted: impl std::borrow::Borrow<bool>) -> String {
    match (errors.on(name).is_some(), *hinted.borrow()) {
        (true, true) => format!("aria-invalid=\"true\" aria-describedby=\"{name}-e {name}-h\""),
        (true, false) => format!("aria-invalid=\"true\" aria-describedby=\"{name}-e\""),
        (false, true) => format!("aria-describedby=\"{name}-h\""),
        (false, false) => String::new(),
    }
}
