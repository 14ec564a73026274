//! Answers that a reader may have already: they are named by what they hold.
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::clock::Instant;
use crate::error::Result;
use crate::ids;

/// Whether the reader says that it has this version (RFC 9110 section 13.1.2: one tag, a list of them, or any).
pub fn knows(headers: &HeaderMap, version: &str) -> bool {
    let asked = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = asked.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == version)
}

/// A text that is asked for again and again; 304 to who has it.
///
/// `changed` is for readers' eyes only: what leaves a feed changes it and no date in it, so dates answer nothing.
pub fn text(
    headers: &HeaderMap,
    kind: &'static str,
    cache: &'static str,
    changed: Option<Instant>,
    body: String,
) -> Result<Response> {
    let version = ids::hash(&body)[..20].to_owned();
    let mut response =
        if knows(headers, &version) { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Weak, since the same text may be sent compressed.
    set.insert(header::ETAG, HeaderValue::from_str(&format!("W/\"{version}\""))?);
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(changed) = changed {
        let date = changed.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        set.insert(header::LAST_MODIFIED, HeaderValue::from_str(&date)?);
    }
    Ok(response)
}
