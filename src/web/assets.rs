//! The files under `static/`, in the binary: each under a name with a hash of its contents, kept by browsers for
//! ever, sent compressed. What changes gets another name. They are made ready when the program is built.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::form::Path;
use crate::error::Error;

#[cfg(test)]
mod making;

struct Asset {
    /// `/static/app.3f2a9c1b40.css`
    url: &'static str,
    mime: &'static str,
    tag: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

#[rustfmt::skip]
mod tables {
    use super::Asset;
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}
use tables::{BY_NAME, BY_URL};

/// The address of a file in `static/`, with its hash. A name that is not there is answered as it is, and is a 404.
pub fn url(name: &'static str) -> &'static str {
    BY_NAME.get(name).map_or(name, |asset| asset.url)
}

/// `GET /static/{*path}`: by the hashed name for ever, by the plain name for an hour.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let hashed = BY_URL.get(&format!("/static/{path}"));
    let asset = BY_NAME.get(hashed.copied().unwrap_or(&path)).ok_or(Error::NotFound)?;
    let cache = if hashed.is_some() { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let asks = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if is_known(asks(header::IF_NONE_MATCH), asset.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let accepted = asks(header::ACCEPT_ENCODING);
        let (body, encoding) = match (asset.brotli, asset.gzip) {
            (Some(brotli), _) if is_accepted(accepted, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if is_accepted(accepted, "gzip") => (gzip, Some("gzip")),
            _ => (asset.plain, None),
        };
        let mut response = Bytes::from_static(body).into_response();
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    set.insert(header::ETAG, HeaderValue::from_static(asset.tag));
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    set.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Ok(response)
}

/// Whether a browser that sends `If-None-Match` has these contents; what stands in between may have weakened the tag.
fn is_known(sent: &str, tag: &str) -> bool {
    sent.split(',').map(str::trim).any(|sent| sent == "*" || sent.strip_prefix("W/").unwrap_or(sent) == tag)
}

/// Whether `Accept-Encoding` names an encoding and does not refuse it by `q=0`.
fn is_accepted(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = |part: &str| {
            part.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
        };
        named && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(path: &str, sent: &[(&'static str, &str)]) -> Response {
        let headers = sent.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        serve(Path(path.to_owned()), headers.collect()).await.unwrap()
    }

    fn said<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn everything_under_static_is_sent_as_it_was_made() {
        let made = making::make(std::path::Path::new("static")).unwrap();
        assert_eq!(made.len(), BY_NAME.len());
        for (name, file) in made {
            let asset = &BY_NAME[name.as_str()];
            assert_eq!((asset.url, asset.mime, asset.tag), (file.url.as_str(), file.mime, file.tag.as_str()));
            assert_eq!(asset.plain, file.plain, "{name}");
            assert_eq!((asset.gzip, asset.brotli), (file.gzip.as_deref(), file.brotli.as_deref()), "{name}");
            assert_eq!(BY_URL[asset.url], name);
        }
    }

    #[tokio::test]
    async fn a_hashed_name_is_kept_for_ever_and_the_plain_one_is_not() {
        let hashed = asked(url("app.css").trim_start_matches("/static/"), &[]).await;
        assert_eq!(said(&hashed, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(said(&hashed, "content-type"), "text/css; charset=utf-8");
        assert_eq!(said(&hashed, "vary"), "Accept-Encoding");
        assert_eq!(said(&asked("app.css", &[]).await, "cache-control"), "public, max-age=3600");
        let font = asked("fonts/instrument-sans-latin.woff2", &[("accept-encoding", "br, gzip")]).await;
        assert_eq!((said(&font, "content-encoding"), said(&font, "content-type")), ("", "font/woff2"));
        let none = serve(Path("../Cargo.toml".into()), HeaderMap::new()).await;
        assert!(matches!(none, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn the_best_encoding_that_is_not_refused_is_sent() {
        for (accepted, sent) in
            [("gzip, deflate, br", "br"), ("gzip;q=0.8", "gzip"), ("br;q=0, gzip", "gzip"), ("brotli", ""), ("", "")]
        {
            let response = asked("app.css", &[("accept-encoding", accepted)]).await;
            assert_eq!(said(&response, "content-encoding"), sent, "{accepted}");
        }
    }

    #[tokio::test]
    async fn what_a_browser_has_is_not_sent_again() {
        let tag = said(&asked("app.css", &[]).await, "etag").to_owned();
        for sent in [tag.clone(), format!("W/{tag}"), format!("\"old\", {tag}")] {
            assert_eq!(
                asked("app.css", &[("if-none-match", &sent)]).await.status(),
                StatusCode::NOT_MODIFIED,
                "{sent}"
            );
        }
        assert_eq!(asked("app.css", &[("if-none-match", "\"old\"")]).await.status(), StatusCode::OK);
    }

    #[test]
    fn everything_that_the_stylesheet_names_is_there_under_its_hash() {
        let css = String::from_utf8(BY_NAME["app.css"].plain.to_vec()).unwrap();
        let named: Vec<_> =
            css.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap().trim_matches('"')).collect();
        assert!(!named.is_empty());
        for name in named.into_iter().filter(|name| !name.starts_with("data:")) {
            assert!(BY_URL.contains_key(name), "{name}");
        }
        assert!(!BY_NAME.keys().any(|name| name.starts_with("fonts/server")), "the poster fonts are never served");
    }
}
