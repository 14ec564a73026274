//! An event's pictures: the poster as SVG and PNG, the uploaded cover, the preview for links. Their addresses
//! carry a hash of what they show, so browsers keep them for ever.
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;

use super::place::Viewer;
use super::{Event, Visibility, sharing, store};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::files::Picture;
use crate::ids;
use crate::posters::{self, Sheet};
use crate::web::{Path, Query, Visitor, fresh};

/// Changes whenever the pictures do.
fn version(event: &Event) -> String {
    let shown = format!(
        "{}|{}|{}|{}|{:?}",
        event.title, event.starts_civil, event.language, event.poster_variant, event.cover_key
    );
    ids::hash(&shown)[..10].to_owned()
}

/// The picture that hangs on pages.
pub fn poster_path(event: &Event) -> String {
    let file = if event.cover_key.is_some() { "cover.jpg" } else { "poster.svg" };
    format!("{}/{file}?v={}", event.path(), version(event))
}

/// The picture for previews of links, 1200 × 630.
pub fn preview_path(event: &Event) -> String {
    format!("{}/og.png?v={}", event.path(), version(event))
}

/// What a poster is drawn from, owned, so that a thread can draw it.
pub struct Drawing {
    slug: String,
    title: String,
    date: String,
    time: String,
    day: i8,
    variant: u32,
}

impl Drawing {
    pub fn of(event: &Event) -> Self {
        let (date, time) = super::poster_words(event.starts(), event.locale());
        Self {
            slug: event.slug.clone(),
            title: event.title.clone(),
            date,
            time,
            day: event.starts().day(),
            variant: u32::try_from(event.poster_variant).unwrap_or_default(),
        }
    }
    pub fn sheet(&self) -> Sheet<'_> {
        Sheet {
            slug: &self.slug,
            title: &self.title,
            date: &self.date,
            time: &self.time,
            day: self.day,
            variant: self.variant,
        }
    }
}

/// The event, if whoever asks may know of it. Who names the picture's version has seen where it hangs: a letter, or a
/// guest's ticket.
async fn visible(app: &App, visitor: &Visitor, slug: &str, asked: &Asked) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    if !event.is_draft() && asked.v == version(&event) {
        return Ok(event);
    }
    super::access::seen(app, visitor, slug).await
}

/// `?v=`: the version of a picture that a page asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    v: String,
}

/// For ever only under the address that names this very version; a draft's pictures are its hosts' own.
fn caching(event: &Event, asked: &Asked) -> &'static str {
    match event.is_draft() || event.visibility == Visibility::Invited {
        true => "private, no-cache",
        false if asked.v == version(event) => FOR_EVER,
        false => "public, max-age=300",
    }
}

const FOR_EVER: &str = "public, max-age=31536000, immutable";

fn picture(
    headers: &HeaderMap,
    version: &str,
    cache: &'static str,
    kind: &'static str,
    bytes: Bytes,
) -> Result<Response> {
    let mut response = fresh::versioned(headers, version, (kind, cache), bytes)?;
    // Previews are fetched by other sites' pages.
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    Ok(response)
}

pub async fn poster_svg(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let event = visible(&app, &visitor, &slug, &asked).await?;
    let (version, drawing) = (version(&event), Drawing::of(&event));
    let drawn = app
        .pictures
        .or_draw(format!("{}/{version}/svg", event.id), move || Ok(posters::svg(&drawing.sheet()).into_bytes()))
        .await?;
    picture(&headers, &version, caching(&event, &asked), "image/svg+xml", drawn)
}

/// For mails, which show no SVG.
pub async fn poster_png(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let event = visible(&app, &visitor, &slug, &asked).await?;
    let drawn = drawn_png(&app, &event).await?;
    picture(&headers, &version(&event), caching(&event, &asked), "image/png", drawn)
}

async fn drawn_png(app: &App, event: &Event) -> anyhow::Result<Bytes> {
    let drawing = Drawing::of(event);
    let draw = move || posters::png(&posters::svg(&drawing.sheet()), 480, 600);
    app.pictures.or_paint(format!("{}/{}/png", event.id, version(event)), draw).await
}

async fn drawn_preview(app: &App, event: &Event) -> anyhow::Result<Bytes> {
    let drawing = Drawing::of(event);
    let draw = move || posters::og_png(&drawing.sheet());
    app.pictures.or_paint(format!("{}/{}/og", event.id, version(event)), draw).await
}

/// The poster in place of a cover that cannot be shown now; the next look may find it.
fn stand_in(drawn: Bytes) -> Response {
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "no-store")];
    (headers, drawn).into_response()
}

/// The cover that was uploaded, so many pixels wide; what is drawn if it cannot be shown now.
async fn uploaded(
    app: &App,
    headers: &HeaderMap,
    (event, asked): (&Event, &Asked),
    width: u32,
    drawn: impl Future<Output = anyhow::Result<Bytes>>,
) -> Result<Response> {
    let key = event.cover_key.as_deref().or_404()?;
    match app.files.picture(&format!("{key}-{width}.jpg"), "image/jpeg").await {
        Picture::There(bytes) => picture(headers, &version(event), caching(event, asked), "image/jpeg", bytes),
        Picture::Gone => Err(Error::NotFound),
        Picture::Unreachable => Ok(stand_in(drawn.await?)),
    }
}

pub async fn preview(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let event = visible(&app, &visitor, &slug, &asked).await?;
    let drawn = drawn_preview(&app, &event);
    if event.cover_key.is_some() {
        return uploaded(&app, &headers, (&event, &asked), 1_200, drawn).await;
    }
    picture(&headers, &version(&event), caching(&event, &asked), "image/png", drawn.await?)
}

pub async fn cover(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let event = visible(&app, &visitor, &slug, &asked).await?;
    uploaded(&app, &headers, (&event, &asked), 800, drawn_png(&app, &event)).await
}

/// The poster of what is not there.
pub async fn not_found(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let drawn = app.pictures.or_draw("404".to_owned(), || Ok(posters::not_found().into_bytes())).await?;
    picture(&headers, "404", "public, max-age=86400", "image/svg+xml", drawn)
}

/// The event as a calendar file.
pub async fn calendar(State(app): State<App>, visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let event = super::access::seen(&app, &visitor, &slug).await?;
    let viewer = super::pages::viewer(&app, &visitor, &event).await?;
    // The file says what the site is called.
    app.site.ask(&app.db, app.clock.now()).await?;
    let file = sharing::calendar_file(&app, &event, viewer);
    let name = format!("attachment; filename=\"{}.ics\"", event.slug);
    let cache = if viewer == Viewer::Public { "private, no-cache" } else { "no-store" };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, &name),
        (header::CACHE_CONTROL, cache),
    ];
    Ok((headers, file).into_response())
}
