//! The language that a visitor chose. It rests in a cookie that says nothing else, so pages that are kept for
//! everybody stay so: one copy a language.
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;

use super::{Form, cookies, see};
use crate::app::App;
use crate::error::Result;
use crate::i18n::Locale;
use crate::routes;
use crate::web::guards::local_path;

const DAYS: i64 = 365;

const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-marquee-language" } else { "marquee-language" }
}

/// What was chosen, if it is offered still.
pub fn chosen(app: &App, headers: &HeaderMap) -> Option<Locale> {
    cookies::named(headers, cookie_name(app.config.https())).and_then(offered)
}

fn offered(tag: &str) -> Option<Locale> {
    tag.parse().ok().filter(|locale| Locale::OFFERED.contains(locale))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    pub lang: String,
    /// The address at which it was chosen.
    pub back: String,
}

pub async fn choose(State(app): State<App>, Form(choice): Form<Choice>) -> Result<Response> {
    let mut response = see(without_language(&routes::page_of(local_path(&choice.back))))?;
    if let Some(locale) = offered(&choice.lang) {
        let https = app.config.https();
        let (name, tag, seconds) = (cookie_name(https), locale.tag(), DAYS * 24 * 3600);
        let secure = if https { "; Secure" } else { "" };
        let cookie = format!("{name}={tag}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}");
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
    }
    Ok(response)
}

/// An address that asks for a language itself would go on showing that one.
fn without_language(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("lang=")).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_all_but_its_language() {
        for (address, kept) in [
            ("/", "/"),
            ("/?lang=de", "/"),
            ("/?q=a&lang=de&page=2", "/?q=a&page=2"),
            ("/events/x?slang=de", "/events/x?slang=de"),
        ] {
            assert_eq!(without_language(address), kept);
        }
    }

    #[test]
    fn only_offered_languages_are_chosen() {
        assert_eq!(offered("de"), Some(Locale::De));
        for tag in ["en-XA", "", "xx", "de;", "../de"] {
            assert_eq!(offered(tag), None, "{tag}");
        }
    }
}
