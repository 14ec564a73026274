//! Answers that a reader may have already: they are named by what they hold.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids;

/// Whether the reader says that it has this version (RFC 9110 section 13.1.2: one tag, a list of them, or any).
fn knows(headers: &HeaderMap, version: &str) -> bool {
    let asked = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = asked.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == version)
}

/// What is asked for again and again under one version; 304 to who has it.
pub fn versioned(
    headers: &HeaderMap,
    version: &str,
    (kind, cache): (&'static str, &'static str),
    body: impl IntoResponse,
) -> Result<Response> {
    tagged(knows(headers, version), version, (kind, cache), body)
}

fn tagged(
    has_it: bool,
    version: &str,
    (kind, cache): (&'static str, &'static str),
    body: impl IntoResponse,
) -> Result<Response> {
    let mut response = if has_it { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Weak, since the same may be sent compressed.
    set.insert(header::ETAG, HeaderValue::from_str(&format!("W/\"{version}\""))?);
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Ok(response)
}

/// Addresses whose last answer is remembered.
const MOST: usize = 5_000;

/// Since when each address has answered what it does now, as far as this process knows.
///
/// No date in a feed tells when it changed: what leaves it changes it and takes its date along. So the date is that
/// of the answer itself: when it was first seen to be this one. Another node may have seen it sooner or later, which
/// is no harm: a reader who has an answer from a time since when it did not change here has this very one.
#[derive(Clone, Default)]
pub struct Versions(Arc<Mutex<HashMap<String, (String, Instant)>>>);

impl Versions {
    fn since(&self, address: String, version: &str, now: Instant) -> Instant {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST && !seen.contains_key(&address) {
            seen.clear();
        }
        let (kept, since) = seen.entry(address).or_insert_with(|| (version.to_owned(), now));
        if kept != version || *since > now {
            (*kept, *since) = (version.to_owned(), now);
        }
        *since
    }
}

/// In whole seconds since 1970, as dates in headers are.
fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

/// The date of `If-Modified-Since` (RFC 9110 section 13.1.3: it counts only where no tag is sent).
fn since_when(headers: &HeaderMap) -> Option<i64> {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return None;
    }
    let typed = headers.get(header::IF_MODIFIED_SINCE)?.to_str().ok()?;
    let date = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", typed).ok()?.to_datetime().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp().as_second())
}

/// A text that is asked for again and again; 304 to who has it.
pub fn text(
    app: &App,
    (uri, headers): (&Uri, &HeaderMap),
    kind: &'static str,
    cache: &'static str,
    body: String,
) -> Result<Response> {
    let version = ids::hash(&body)[..20].to_owned();
    let now = app.clock.now();
    let since = app.versions.since(ids::hash(&uri.to_string()), &version, now);
    // A date is one to rely on once its second is over (RFC 9110 section 8.8.2.2): in it there may be two answers.
    let dated = now >= since + SignedDuration::from_secs(1);
    let has_it = dated && since_when(headers).is_some_and(|known| known >= seconds(since));
    let mut response = tagged(knows(headers, &version) || has_it, &version, (kind, cache), body)?;
    if dated {
        let date = since.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        response.headers_mut().insert(header::LAST_MODIFIED, HeaderValue::from_str(&date)?);
    }
    Ok(response)
}
