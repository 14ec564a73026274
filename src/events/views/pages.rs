//! Where views are counted: around the page, so that one kept in memory counts as well.
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::events::{finding, store};
use crate::web::guards::Found;

/// The pages whose openings are counted.
const PAGE: &str = "/events/{slug}";

/// What programs call themselves that are no browser in front of a person.
const PROGRAMS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "fetch",
    "facebookexternalhit",
    "whatsapp",
    "embed",
    "monitor",
    "uptime",
    "pingdom",
    "lighthouse",
    "headless",
    "phantom",
    "scan",
    "archive",
    "feed",
    "curl",
    "wget",
    "python",
    "java/",
    "go-http",
    "okhttp",
    "libwww",
    "ruby",
    "perl",
    "php",
    "httpclient",
    "axios",
    "node",
    "undici",
];

/// Counts the openings of events' pages, and lets everything through.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let slug = opened(&request);
    let found = request.extensions().get::<Found>().cloned();
    let response = next.run(request).await;
    if let Some(slug) = slug.filter(|_| matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED)) {
        let me = found.and_then(|found| found.who().me);
        let runs_it = match me {
            Some(me) => store::hosted_by(&app.db, &slug, me.id).await.map_or(true, |role| role.is_some()),
            None => false,
        };
        if !runs_it {
            app.views.count(&slug, finding::today(&app));
        }
    }
    response
}

/// The slug of the event whose page a person opens.
fn opened(request: &Request) -> Option<String> {
    let page = request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == PAGE);
    if !page || request.method() != Method::GET || !by_a_person(request.headers()) {
        return None;
    }
    request.uri().path().strip_prefix("/events/").map(str::to_owned)
}

/// Whether the page was asked for by a browser, to be looked at now.
fn by_a_person(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_lowercase();
    // A maker of telephones, whose name ends like that of a program.
    let agent = text(header::USER_AGENT.as_str()).replace("cubot", "");
    let ahead = ["purpose", "sec-purpose", "x-moz"].iter().any(|name| text(name).contains("fetch"));
    let page = matches!(text("sec-fetch-dest").as_str(), "" | "document");
    !agent.is_empty() && !PROGRAMS.iter().any(|program| agent.contains(program)) && !ahead && page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_say_so_and_pages_fetched_ahead_are_no_views() {
        let person = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            by_a_person(&pairs.collect::<HeaderMap>())
        };
        let firefox = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0");
        assert!(person(&[firefox]) && person(&[firefox, ("sec-fetch-dest", "document")]));
        assert!(!person(&[]) && !person(&[("user-agent", "")]));
        for program in ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "curl/8.5.0"] {
            assert!(!person(&[("user-agent", program)]), "{program}");
        }
        assert!(!person(&[firefox, ("sec-purpose", "prefetch;prerender")]));
        assert!(!person(&[firefox, ("sec-fetch-dest", "iframe")]));
    }
}
