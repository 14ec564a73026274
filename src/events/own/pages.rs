//! The page where one makes and revokes the address, and what stands under it.
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::sharing;
use crate::i18n::filters;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, fresh, see};

#[derive(Template)]
#[template(path = "events/own_calendar.html")]
struct OwnCalendar<'a> {
    page: &'a Page,
    since: Option<DateTime>,
    /// The new address, this once.
    address: Option<String>,
}

async fn shown(app: &App, page: &Page, me: &Me, address: Option<String>) -> Result<Response> {
    let zone = TimeZone::get(me.zone.as_deref().unwrap_or(&app.config.zone)).unwrap_or(TimeZone::UTC);
    let since = super::since(app, me).await?.map(|at| at.in_zone(&zone).datetime());
    page.html(&OwnCalendar { page, since, address })
}

pub async fn show(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    shown(&app, &page, &me, None).await
}

/// The secret stands on the answer itself and nowhere else, so this one is no redirect.
pub async fn make(State(app): State<App>, page: Page, me: Me, _: Fields) -> Result<Response> {
    let now = app.clock.now();
    let secret = decide!(app.db, tx, super::make(tx, &me, now).await)?;
    let address = app.config.url(&format!("/calendar/{secret}/events.ics"));
    shown(&app, &page, &me, Some(address)).await
}

pub async fn revoke(State(app): State<App>, me: Me, flash: Flash, _: Fields) -> Result<Response> {
    let now = app.clock.now();
    decide!(app.db, tx, super::revoke(tx, &me, now).await)?;
    flash.say(t!("The address is revoked. Calendars that know it get nothing more.")).await?;
    see("/settings/calendar")
}

/// The calendar itself: whoever knows the address reads it.
pub async fn calendar(
    State(app): State<App>,
    Path(secret): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let events = super::events(&app, &secret).await?.or_404()?;
    let seen: Vec<_> = events.iter().map(|(event, viewer)| (event, *viewer)).collect();
    // The file says what the site is called.
    app.site.ask(&app.db, app.clock.now()).await?;
    let file = sharing::calendar_feed(&app, &seen);
    fresh::text(&app, (&uri, &headers), "text/calendar; charset=utf-8", "private, no-cache", file)
}
