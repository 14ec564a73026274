//! Pages that are the same for everybody without a session, kept in memory while they are true.
//!
//! A copy counts only while the database holds exactly what it held when the copy was made, whoever changed it, and
//! within the second it was made in, since sales begin and end by the clock. So nothing has to be told to forget.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::sessions;
use crate::app::App;
use crate::db::Version;
use crate::error::Result;
use crate::i18n::Locale;
use crate::ids;

/// The routes whose answers can be kept; their handlers say which are.
const ROUTES: &[&str] = &["/", "/calendar", "/events/{slug}", "/api/v1/events", "/api/v1/events/{slug}"];

/// Bytes of all copies.
const MOST: usize = 16 * 1024 * 1024;
/// Of one: addresses are as long as whoever asks likes.
const LONGEST: usize = 512;

/// Marks an answer that may be kept, with the ids of the forms on it: each reader gets ids of their own.
#[derive(Clone)]
struct Keep(Vec<String>);

/// Says that this answer depends on the address, the language and the database alone.
pub fn keep(mut response: Response, forms: &[&str]) -> Response {
    response.extensions_mut().insert(Keep(forms.iter().map(|id| (*id).to_owned()).collect()));
    response
}

/// One answer; between its parts stand the ids of forms.
struct Copy {
    headers: HeaderMap,
    /// What stands before each form's id, with the form's number.
    before: Vec<(Bytes, usize)>,
    rest: Bytes,
    forms: usize,
}

impl Copy {
    fn of(headers: HeaderMap, body: &Bytes, forms: &[String]) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for (number, id) in forms.iter().enumerate() {
            places.extend(text.match_indices(id).map(|(at, _)| (at, number)));
        }
        places.sort_unstable();
        let (mut before, mut from) = (Vec::new(), 0);
        for (at, number) in places {
            before.push((body.slice(from..at), number));
            from = at + forms[number].len();
        }
        Self { headers, before, rest: body.slice(from..), forms: forms.len() }
    }

    /// About what it takes of memory, with its key and headers.
    fn size(&self) -> usize {
        2 * LONGEST + self.rest.len() + self.before.iter().map(|(part, _)| part.len()).sum::<usize>()
    }

    fn body(&self) -> Bytes {
        if self.before.is_empty() {
            return self.rest.clone();
        }
        let ids: Vec<String> = (0..self.forms).map(|_| ids::secret()).collect();
        let mut body = Vec::with_capacity(self.size());
        for (part, number) in &self.before {
            body.extend_from_slice(part);
            body.extend_from_slice(ids[*number].as_bytes());
        }
        body.extend_from_slice(&self.rest);
        body.into()
    }

    fn answer(&self) -> Response {
        let mut response = self.body().into_response();
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// When a copy counts: while the database holds this, in this second.
type Moment = (Version, i64);
/// Which answer: the address, the language.
type Key = (String, Locale);

/// All copies are of one moment.
#[derive(Default)]
struct Copies {
    of: Option<Moment>,
    size: usize,
    copies: HashMap<Key, Arc<Copy>>,
}

#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Copies>>);

impl Kept {
    fn find(&self, moment: &Moment, key: &Key) -> Option<Arc<Copy>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of.as_ref() == Some(moment) { kept.copies.get(key).cloned() } else { None }
    }

    fn put(&self, moment: Moment, key: Key, copy: Copy) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of.as_ref() != Some(&moment) {
            *kept = Copies { of: Some(moment), ..Copies::default() };
        }
        if kept.size + copy.size() <= MOST {
            kept.size += copy.size();
            kept.copies.insert(key, Arc::new(copy));
        }
    }
}

/// The address, if its answer to this request can be kept.
fn kept_at(app: &App, request: &Request) -> Option<String> {
    let route = request.extensions().get::<MatchedPath>().is_some_and(|path| ROUTES.contains(&path.as_str()));
    let known = request.headers().contains_key(header::AUTHORIZATION) || sessions::has_cookie(app, request.headers());
    let address = request.uri().path_and_query()?.as_str();
    (route && !known && request.method() == Method::GET && address.len() <= LONGEST).then(|| address.to_owned())
}

/// Whatever a handler says: an error is not kept, nor an answer that opens a session, which is one browser's own.
fn is_for_everybody(response: &Response) -> bool {
    response.status() == StatusCode::OK && !response.headers().contains_key(header::SET_COOKIE)
}

/// Answers from memory what can be, and remembers what may be.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    let Some(address) = kept_at(&app, &request) else { return Ok(next.run(request).await) };
    // A database that cannot say what it holds is asked for the page itself, whose error is the one to answer.
    let Ok(version) = app.db.version().await else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let key = (address, Locale::from_request_parts(&mut parts, &app).await?);
    let moment = (version, app.clock.now().micros().div_euclid(1_000_000));
    if let Some(copy) = app.kept.find(&moment, &key) {
        return Ok(copy.answer());
    }
    // What is kept must not hold what another node's admin has changed.
    app.site.forget();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(Keep(forms)) = response.extensions_mut().remove::<Keep>() else { return Ok(response) };
    if !is_for_everybody(&response) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await?;
    let mut headers = parts.headers.clone();
    headers.remove(header::CONTENT_LENGTH);
    app.kept.put(moment, key, Copy::of(headers, &body, &forms));
    Ok(Response::from_parts(parts, Body::from(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_session_is_for_one_browser_alone() {
        let mut response = keep("page".into_response(), &[]);
        assert!(is_for_everybody(&response));
        response.headers_mut().insert(header::SET_COOKIE, header::HeaderValue::from_static("marquee=secret"));
        assert!(!is_for_everybody(&response));
        assert!(!is_for_everybody(&StatusCode::NOT_FOUND.into_response()));
    }

    #[test]
    fn each_reader_gets_ids_of_their_own() {
        let body = Bytes::from("<a>ONE<b>TWO<c>ONE</c>");
        let copy = Copy::of(HeaderMap::new(), &body, &["ONE".into(), "TWO".into()]);
        let text = |body: Bytes| String::from_utf8(body.to_vec()).unwrap();
        let (first, second) = (text(copy.body()), text(copy.body()));
        assert_ne!(first, second);
        let (start, rest) = first.split_once("<b>").unwrap();
        let (other, again) = rest.split_once("<c>").unwrap();
        assert_eq!(format!("{}</c>", start.strip_prefix("<a>").unwrap()), again, "one form, one id");
        assert!(!other.is_empty() && !again.starts_with(other));
        let none = Copy::of(HeaderMap::new(), &body, &[]);
        assert_eq!(text(none.body()), "<a>ONE<b>TWO<c>ONE</c>");
    }
}
