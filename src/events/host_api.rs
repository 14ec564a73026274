//! Making and running events, for programs. JSON is brought into the form's own words, so the form's one parser
//! judges it.
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::api::{EventJson, shown_to};
use super::forms::Typed;
use super::wanted::{NewEvent, Wanted, named};
use super::{Event, Refusal, Role, TicketType, hosting, store};
use crate::api::answers::{Fail, Problem, Success};
use crate::api::{Caller, Json, Proof, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::forms::{Errors, Reader};
use crate::i18n::Locale;
use crate::payments::takings;
use crate::web::Path;

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Fields(errors) => Problem::fields(named(&errors)),
        Refusal::Changed => {
            Problem::conflict(t!("Somebody else has changed this event. Read it again, and send its revision."))
        }
        Refusal::AlreadyCancelled | Refusal::Past | Refusal::TooManyEvents { .. } => Problem::conflict(refusal),
        refusal => match refusal.errors() {
            Ok(errors) => Problem::fields(errors),
            Err(error) => error.into(),
        },
    }
}

fn parsed(app: &App, typed: &Typed, errors: Errors) -> Result<super::planning::Plan> {
    match super::pricing::plan(app, typed) {
        Ok(plan) => errors.or(|| plan).map_err(|errors| Problem::fields(named(&errors))),
        Err(more) => {
            let mut all = errors;
            all.take(&more, str::to_owned);
            Err(Problem::fields(named(&all)))
        }
    }
}

/// Make an event
///
/// It is a draft, which only those who run it see, unless `publish` is true.
#[utoipa::path(post, path = "/api/v1/events", tag = "Hosting", request_body = NewEvent, security(("token" = ["host"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    responses((status = 201, body = Success<EventJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 422, body = Fail)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    locale: Locale,
    Json(NewEvent(wanted)): Json<NewEvent>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let mut errors = Errors::default();
    let publish = wanted.publish.clone().flag("publish", &mut errors);
    let known = app.site.ask(&app.db, app.clock.now()).await?;
    let mut blank = Typed::blank(me.zone.as_deref().unwrap_or(&known.zone), locale.language(), &known.currency);
    if let Some(only) = blank.types.first_mut().filter(|_| wanted.ticket_types.is_none()) {
        only.name = "Place".into();
    }
    let plan = parsed(&app, &wanted.typed(blank, &mut errors), errors)?;
    let now = app.clock.now();
    let event = decide!(app.db, tx, hosting::create(tx, &plan, me.id, publish, now).await).map_err(refused)?;
    made(shown_to(&app, &event, &me).await?)
}

async fn hosted(
    app: &App,
    caller: &Caller,
    slug: &str,
) -> Result<(Event, Vec<TicketType>, std::sync::Arc<crate::members::Member>)> {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(app, slug, &me, Role::Host).await?;
    let types = store::ticket_types(&app.db, event.id).await?;
    Ok((event, types, me))
}

/// Change an event
///
/// Holders of places learn by mail when its time or place moves.
#[utoipa::path(patch, path = "/api/v1/events/{slug}", tag = "Hosting", request_body = Wanted, security(("token" = ["host"])),
    params(("slug" = String, Path, example = "repair-cafe")),
    responses((status = 200, body = Success<EventJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Json(wanted): Json<Wanted>,
) -> Result {
    let (event, types, me) = hosted(&app, &caller, &slug).await?;
    let mut errors = Errors::default();
    let publish = wanted.publish.clone().flag("publish", &mut errors) && event.is_draft();
    let typed = wanted.typed(Typed::of(&event, &types), &mut errors);
    let mut reader = Reader { errors };
    let revision = reader.number("revision", &typed.revision, 0, i64::MAX).unwrap_or(event.revision);
    let plan = parsed(&app, &typed, reader.errors)?;
    let (now, actor) = (app.clock.now(), caller.actor());
    let event = decide!(app.db, tx, hosting::edit(tx, event.id, revision, &plan, publish, actor, now).await)
        .map_err(refused)?;
    ok(shown_to(&app, &event, &me).await?)
}

/// Put an event on the bill
#[utoipa::path(post, path = "/api/v1/events/{slug}/publication", tag = "Hosting", security(("token" = ["host"])),
    params(("slug" = String, Path, example = "repair-cafe")),
    responses((status = 200, body = Success<EventJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn publish(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    let (event, types, me) = hosted(&app, &caller, &slug).await?;
    let plan = parsed(&app, &Typed::of(&event, &types), Errors::default())?;
    let (now, actor) = (app.clock.now(), caller.actor());
    let event = decide!(app.db, tx, hosting::publish(tx, event.id, &plan, actor, now).await).map_err(refused)?;
    ok(shown_to(&app, &event, &me).await?)
}

/// Why an event does not take place.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// Holders of places read it in their mail.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "The hall is flooded.")]
    pub reason: Text,
}

/// Cancel an event
///
/// Its orders end, what was paid for them goes back, and their holders are told. Only its owner can. Twice is as good as
/// once.
#[utoipa::path(post, path = "/api/v1/events/{slug}/cancellation", tag = "Hosting", request_body = Why, security(("token" = ["host"])),
    params(("slug" = String, Path, example = "repair-cafe"),
        ("Step-Up" = Option<String>, Header, description = "Where something was paid: a code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<EventJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    proof: Proof,
    Path(slug): Path<String>,
    Json(why): Json<Why>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    proof.needed(&app, &caller, !takings::goes_back(&app, &event).await?.is_empty()).await?;
    let mut errors = Errors::default();
    let reason = why.reason.text("reason", &mut errors);
    let mut reader = Reader { errors };
    let reason = reader.text("reason", &reason, 500);
    reader.errors.or(|| ())?;
    let (now, actor) = (app.clock.now(), caller.actor());
    let event = decide!(app.db, tx, hosting::cancel(tx, event.id, &reason, actor, now).await).map_err(refused)?;
    ok(shown_to(&app, &event, &me).await?)
}
