//! What's on, for programs that look again and again: calendars, feed readers, search engines.
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::wish::{Asked, Sort};
use super::{starts, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, OrNotFound, Result};
use crate::events::place::{Viewer, visible_place};
use crate::events::{Event, sharing};
use crate::i18n::{Locale, Say, When};
use crate::web::{Path, Query, fresh};

/// Events of a calendar feed: the soonest.
const CALENDAR: i64 = 500;
/// Entries of an Atom feed: the newest.
const ENTRIES: i64 = 100;
/// How often it is looked on for them, where a look ends before there are as many.
const LOOKS: usize = 10;
/// Addresses of one page of the sitemap; the protocol allows 50,000.
pub const ADDRESSES: i64 = 20_000;

const SHARED: &str = "public, max-age=300";

/// The events that an address of the list shows, as a calendar that can be subscribed to.
pub async fn calendar(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    // The file says what the site is called.
    app.site.ask(&app.db, app.clock.now()).await?;
    let events = found(&app, &asked, Sort::Date, CALENDAR).await?;
    let seen: Vec<(&Event, Viewer)> = events.iter().map(|event| (event, Viewer::Public)).collect();
    let file = sharing::calendar_feed(&app, &seen);
    fresh::text(&app, (&uri, &headers), "text/calendar; charset=utf-8", SHARED, file)
}

#[derive(Template)]
#[template(path = "events/atom.xml")]
struct Atom<'a> {
    app: &'a App,
    asked: &'a Asked,
    events: &'a [Event],
    updated: Instant,
}

impl Atom<'_> {
    fn url(&self, path: &str) -> String {
        self.app.config.url(&format!("{path}{}", self.asked.query()))
    }
    fn page(&self, event: &Event) -> String {
        self.app.config.url(&event.path())
    }
    /// In the event's own language: when, where, what.
    fn summary(&self, event: &Event) -> String {
        let when = When { start: event.starts(), end: Some(event.ends()), now_year: None };
        let place = visible_place(event, Viewer::Public, self.app.clock.now());
        let parts = [when.to(event.locale()), place.name.to_owned(), place.town.to_owned(), event.summary.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
    fn published(&self, event: &Event) -> Instant {
        event.published_at.unwrap_or(event.created_at)
    }
}

/// The same as an Atom feed (RFC 4287), what was published last first: whoever reads it learns what is new, however far
/// off it is.
pub async fn atom(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    app.site.ask(&app.db, app.clock.now()).await?;
    let events = found(&app, &asked, Sort::Newest, ENTRIES).await?;
    let updated = events.iter().map(|event| event.updated_at).max().unwrap_or_default();
    let feed = Atom { app: &app, asked: &asked, events: &events, updated }.render_with_values(&Locale::default())?;
    fresh::text(&app, (&uri, &headers), "application/atom+xml; charset=utf-8", SHARED, feed)
}

async fn found(app: &App, asked: &Asked, sort: Sort, limit: i64) -> Result<Vec<Event>> {
    let (wish, _) = asked.with("sort", sort.word()).read(super::today(app));
    let (mut events, mut behind) = (Vec::new(), None);
    for _ in 0..LOOKS {
        let got = i64::try_from(events.len()).unwrap_or(limit);
        let look = super::look(app, &wish, behind, limit - got).await?;
        events.extend(look.rows.into_iter().map(|row| row.found.event));
        behind = look.further;
        if behind.is_none() {
            break;
        }
    }
    Ok(events)
}

#[derive(Template)]
#[template(path = "events/sitemap_index.xml")]
struct SitemapIndex {
    pages: Vec<String>,
}

/// Where the pages of the sitemap are.
pub async fn sitemap(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let starts = starts::of(&app, ADDRESSES).await?;
    let numbers = [0].into_iter().chain(starts.iter().skip(1).copied());
    let pages = numbers.map(|start| app.config.url(&format!("/sitemaps/{start}.xml"))).collect();
    fresh::text(&app, (&uri, &headers), XML, SHARED, SitemapIndex { pages }.render_with_values(&Locale::default())?)
}

#[derive(Template)]
#[template(path = "events/sitemap.xml")]
struct Sitemap {
    /// The site's own pages stand on the first one.
    own: Vec<String>,
    events: Vec<(String, Instant)>,
}

const XML: &str = "application/xml; charset=utf-8";

/// Where a page begins, written as the index writes it.
fn page_start(written: &str) -> Option<i64> {
    written.parse().ok().filter(|start: &i64| *start >= 0 && start.to_string() == written)
}

/// One of them: the events from a position on.
pub async fn sitemap_page(
    State(app): State<App>,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let start = file.strip_suffix(".xml").and_then(page_start).or_404()?;
    let from = if start == 0 { i64::MIN } else { start };
    let rows = store::addresses(&app.db, from, ADDRESSES).await?;
    if start > 0 && rows.is_empty() {
        return Err(Error::NotFound);
    }
    let own = if start == 0 { ["/", "/calendar"].map(|path| app.config.url(path)).to_vec() } else { Vec::new() };
    let events = rows.into_iter().map(|(slug, at)| (app.config.url(&format!("/events/{slug}")), at)).collect();
    let page = Sitemap { own, events }.render_with_values(&Locale::default())?;
    fresh::text(&app, (&uri, &headers), XML, SHARED, page)
}

/// What crawlers may read: all but what is a person's own.
pub async fn robots(State(app): State<App>) -> String {
    const OWN: [&str; 9] =
        ["/orders/", "/t/", "/confirm/", "/waiting/", "/calendar/", "/admin", "/settings", "/hosting", "/auth/"];
    let own: String = OWN.iter().map(|path| format!("Disallow: {path}\n")).collect();
    format!("User-agent: *\n{own}Sitemap: {}\n", app.config.url("/sitemap.xml"))
}
