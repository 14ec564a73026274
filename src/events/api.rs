//! Events for programs.
mod shapes;

use axum::extract::State;

use super::finding::wish::Asked;
use super::finding::{self, Cursor};
use super::place::Viewer;
use super::{Event, TicketType, many, store};
use crate::api::answers::{Fail, Listed, Problem, Success};
use crate::api::cursors::{self, Paging};
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::members::Member;
use crate::orders;
use crate::web::{Path, Query, kept};

pub use shapes::{EventJson, HostingJson, PlaceJson, TicketTypeJson, civil};
pub(super) use shapes::{Eyes, written};

async fn eyes(app: &App, event: &Event, me: Option<&Member>) -> Result<Eyes> {
    let Some(me) = me else { return Ok(Eyes { viewer: Viewer::Public, role: None }) };
    let role = store::hosted_by(&app.db, &event.slug, me.id).await?;
    if role.is_some() || me.admin {
        return Ok(Eyes { viewer: Viewer::Host, role });
    }
    let holds = orders::mine::holds_at(app, event.id, me).await?;
    Ok(Eyes { viewer: if holds { Viewer::Holder } else { Viewer::Public }, role })
}

/// The event with what belongs to it, through these eyes.
async fn json(app: &App, event: &Event, eyes: &Eyes) -> Result<EventJson> {
    let now = app.clock.now();
    let types = store::ticket_types(&app.db, event.id).await?;
    let types = orders::waiting::as_others_see(&app.db, event, types, now).await?;
    let hosts = store::hosts(&app.db, event.id).await?;
    Ok(written(app, event, eyes, &types, hosts))
}

/// The event, if the caller may know of it.
async fn known(app: &App, caller: &Caller, slug: &str) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    may_know(app, caller, &event).await?;
    Ok(event)
}

/// The same with all its ticket types, asked for at once.
pub async fn known_with_types(app: &App, caller: &Caller, slug: &str) -> Result<(Event, Vec<TicketType>)> {
    let (event, types) = store::with_ticket_types(&app.db, slug).await?.or_404()?;
    may_know(app, caller, &event).await?;
    Ok((event, types))
}

/// 404 for whoever may not know that there is such an event.
async fn may_know(app: &App, caller: &Caller, event: &Event) -> Result<(), Problem> {
    let sees = super::access::may_see(app, event, caller.sees().as_deref(), &[]).await?;
    Ok(sees.then_some(()).or_404()?)
}

/// The same with what the caller sees of it.
pub async fn seen(app: &App, caller: &Caller, slug: &str) -> Result<(Event, EventJson)> {
    let event = known(app, caller, slug).await?;
    let eyes = eyes(app, &event, caller.sees().as_deref()).await?;
    let shown = json(app, &event, &eyes).await?;
    Ok((event, shown))
}

/// The event as this member sees it.
pub async fn shown_to(app: &App, event: &Event, me: &Member) -> Result<EventJson> {
    let eyes = eyes(app, event, Some(me)).await?;
    json(app, event, &eyes).await
}

/// What's on: public events that are not over, the soonest first; the best match first where words are looked for
///
/// A page may hold fewer events than asked for, even none, and still have a `next_cursor`: with `room` or
/// `sort=newest` so many events are looked at for one answer. The list ends where `next_cursor` is null.
#[utoipa::path(get, path = "/api/v1/events", tag = "Events", params(Asked, Paging),
    responses((status = 200, body = Success<Listed<EventJson>>), (status = 422, body = Fail)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
    Query(paging): Query<Paging>,
) -> Result {
    let span = paging.read()?;
    let (wish, errors) = asked.read(finding::today(&app));
    errors.or(|| ()).map_err(Problem::fields)?;
    let behind = span
        .after
        .as_ref()
        .and_then(|(position, leg)| Some(Cursor { leg: leg.parse().ok()?, position: position.micros() }));
    let finding::Look { rows, further } = finding::look(&app, &wish, behind, span.rows()).await?;
    let me = caller.sees();
    let events: Vec<&Event> = rows.iter().map(|row| &row.found.event).collect();
    let shown = many::shown(&app, &events, me.as_deref()).await?;
    let shown: Vec<(Cursor, EventJson)> = rows.iter().map(finding::Row::cursor).zip(shown).collect();
    let key = |at: &Cursor| (Instant::from_micros(at.position), at.leg.to_string());
    let mut listed = span.page(shown, |(at, _)| key(at), |(_, event)| event);
    listed.next_cursor = listed.next_cursor.or_else(|| further.map(|at| cursors::text(&key(&at))));
    Ok(kept::keep(ok(listed)?, &[]))
}

/// One event
#[utoipa::path(get, path = "/api/v1/events/{slug}", tag = "Events", params(("slug" = String, Path, example = "repair-cafe")),
    responses((status = 200, body = Success<EventJson>), (status = 404, body = Fail)))]
pub async fn read(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    Ok(kept::keep(ok(seen(&app, &caller, &slug).await?.1)?, &[]))
}

/// The events that I run, the latest first
#[utoipa::path(get, path = "/api/v1/me/hosting", tag = "Hosting", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<EventJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let (before, id) = span.before();
    let events = store::of_host_before(&app.db, me.id, before, &id, span.rows()).await?;
    let events: Vec<&Event> = events.iter().collect();
    let shown = many::shown(&app, &events, Some(&me)).await?;
    let shown: Vec<(Instant, EventJson)> = events.iter().map(|event| event.starts_at).zip(shown).collect();
    ok(span.page(shown, |(at, event)| (*at, event.id.clone()), |(_, event)| event))
}
