//! The files under `static/`, in the binary: each under a name with a hash of its contents, kept by browsers for
//! ever, sent compressed. What changes gets another name.
use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_embed::Embed;
use sha2::{Digest, Sha256};

use super::form::Path;
use crate::error::Error;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/static"]
#[exclude = "fonts/server/*"]
struct Folder;

struct Asset {
    /// `/static/app.3f2a9c1b40.css`
    url: String,
    mime: String,
    tag: String,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// By the name in the folder, and by the name with the hash.
struct Assets {
    by_name: HashMap<String, Asset>,
    by_url: HashMap<String, String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    // Stylesheets name fonts, so they are read last.
    let mut names: Vec<_> = Folder::iter().collect();
    names.sort_by_key(|name| name.ends_with(".css"));
    for name in names {
        let Some(file) = Folder::get(&name) else { continue };
        let mut bytes = file.data.into_owned();
        if name.ends_with(".css") {
            bytes = with_hashed_urls(&slim(&String::from_utf8_lossy(&bytes)), &by_name).into_bytes();
        }
        by_name.insert(name.to_string(), asset(&name, bytes));
    }
    let by_url = by_name.iter().map(|(name, asset): (&String, &Asset)| (asset.url.clone(), name.clone())).collect();
    Assets { by_name, by_url }
});

/// Rewrites `url("fonts/x.woff2")` to the address that is kept for ever.
fn with_hashed_urls(css: &str, known: &HashMap<String, Asset>) -> String {
    let mut out = css.to_owned();
    for (name, asset) in known {
        out = out.replace(&format!("url(\"{name}\")"), &format!("url(\"{}\")", asset.url));
    }
    out
}

/// A stylesheet without comments and without the spaces that only people need. What stands in quotes stays.
fn slim(css: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(css.len()), css);
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if matches!(c, '"' | '\'') {
            let end = rest[1..].find(c).map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if c.is_whitespace() {
            rest = rest.trim_start();
            let tight = |c: char| matches!(c, '{' | '}' | ';' | ',');
            // Not behind what ends a selector's or a value's part only, so that `a :hover` and `1px -2px` stay.
            let needed = !out.ends_with(|c| tight(c) || c == ':') && !rest.starts_with(tight);
            if needed && !out.is_empty() && !rest.starts_with("/*") {
                out.push(' ');
            }
        } else {
            if c == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn asset(name: &str, bytes: Vec<u8>) -> Asset {
    let hash: String = Sha256::digest(&bytes).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, "bin"));
    let text = matches!(end, "css" | "js" | "svg" | "txt" | "webmanifest");
    let mime = match end {
        "css" => "text/css; charset=utf-8".to_owned(),
        "js" => "text/javascript; charset=utf-8".to_owned(),
        "txt" => "text/plain; charset=utf-8".to_owned(),
        _ => Folder::get(name)
            .map_or_else(|| "application/octet-stream".to_owned(), |file| file.metadata.mimetype().to_owned()),
    };
    let (gzip, brotli) = if text { (gzip(&bytes), brotli(&bytes)) } else { (None, None) };
    Asset {
        url: format!("/static/{stem}.{hash}.{end}"),
        mime,
        tag: format!("\"{hash}\""),
        gzip,
        brotli,
        plain: bytes.into(),
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn brotli(bytes: &[u8]) -> Option<Bytes> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).ok()?;
    Some(out.into())
}

/// The address of a file in `static/`, with its hash. A name that is not there is answered as it is, and is a 404.
pub fn url(name: &'static str) -> &'static str {
    ASSETS.by_name.get(name).map_or(name, |asset| asset.url.as_str())
}

/// `GET /static/{*path}`: by the hashed name for ever, by the plain name for an hour.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let hashed = ASSETS.by_url.get(&format!("/static/{path}"));
    let asset = ASSETS.by_name.get(hashed.unwrap_or(&path)).ok_or(Error::NotFound)?;
    let cache = if hashed.is_some() { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let asks = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if is_known(asks(header::IF_NONE_MATCH), &asset.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let accepted = asks(header::ACCEPT_ENCODING);
        let (body, encoding) = match (&asset.brotli, &asset.gzip) {
            (Some(brotli), _) if is_accepted(accepted, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if is_accepted(accepted, "gzip") => (gzip, Some("gzip")),
            _ => (&asset.plain, None),
        };
        let mut response = body.clone().into_response();
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_str(&asset.mime)?);
    set.insert(header::ETAG, HeaderValue::from_str(&asset.tag)?);
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
    fn a_stylesheet_says_the_same_in_fewer_letters() {
        let css = "/* why */\n.a :hover, .b > p {\n  margin: 0 -1px; /* so */\n  &:not(.c) { content: \"a;  b\"; }\n}\n@media (width >= 40rem) { .d { color: red; } }\n";
        let slim = super::slim(css);
        assert_eq!(
            slim,
            ".a :hover,.b > p{margin:0 -1px;&:not(.c){content:\"a;  b\"}}@media (width >= 40rem){.d{color:red}}"
        );
        assert_eq!(super::slim(&slim), slim);
        assert_eq!(super::slim("a {} /* x"), "a{}");
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
        let css = String::from_utf8(ASSETS.by_name["app.css"].plain.to_vec()).unwrap();
        let named: Vec<_> =
            css.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap().trim_matches('"')).collect();
        assert!(!named.is_empty());
        for name in named.into_iter().filter(|name| !name.starts_with("data:")) {
            assert!(ASSETS.by_url.contains_key(name), "{name}");
        }
        assert!(
            !ASSETS.by_name.keys().any(|name| name.starts_with("fonts/server")),
            "the poster fonts are never served"
        );
    }
}
