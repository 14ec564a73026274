//! What programs do with what their member is asked, to help or to own an event, and how its owner leaves it to somebody.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::team::{self, Invitation};
use super::team_api::{TeamInvitationJson, TeamJson, refused, team_of};
use super::{Event, Role, hosting, store, team_store, transfers};
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::forms::Reader;
use crate::i18n::Locale;
use crate::members::Member;
use crate::web::{Path, SteppedUp};

/// What I am asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedOfMeJson {
    #[schema(example = "Repair café")]
    pub event: String,
    /// Who owns the event now.
    #[schema(example = "Ada Lovelace")]
    pub owner: String,
    pub invitation: TeamInvitationJson,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyRoleJson {
    /// `owner`, `host` or `door`.
    #[schema(example = "host")]
    pub role: &'static str,
}

/// Somebody to leave an event to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedOwner {
    /// The address of the member who is asked.
    #[schema(value_type = String, example = "bob@example.org", required = true)]
    #[serde(default)]
    pub email: Text,
}

/// The event, and what the member is asked there. To all others it does not exist.
async fn asked(app: &App, slug: &str, me: &Member) -> Result<(Event, Invitation)> {
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    let asked = team_store::waiting(&app.db, event.id, &me.email_key).await?.or_404()?;
    Ok((event, asked))
}

async fn asked_of_me(app: &App, event: Event, asked: Invitation) -> Result<AskedOfMeJson> {
    let hosts = store::hosts(&app.db, event.id).await?;
    let owner = hosts.into_iter().find(|host| host.role == Role::Owner).map(|host| host.name);
    let owner = owner.unwrap_or_default();
    Ok(AskedOfMeJson { event: event.title, owner, invitation: TeamInvitationJson::of(asked) })
}

/// What I am asked at an event
///
/// To help run it, or, with the role `owner`, to take it over.
#[utoipa::path(get, path = "/api/v1/events/{slug}/team/invitation", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<AskedOfMeJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn read(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, invitation) = asked(&app, &slug, &me).await?;
    (!invitation.is_over(app.clock.now())).then_some(()).or_404()?;
    ok(asked_of_me(&app, event, invitation).await?)
}

/// Says yes, to help or (`own`) to own it.
async fn yes(app: &App, caller: &Caller, slug: &str, own: bool) -> Result {
    let me = caller.needs(Scope::Host)?;
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, team::join_to(tx, event.id, &me, own, now).await).map_err(refused)?;
    let role = store::hosted_by(&app.db, slug, me.id).await?.filter(|role| !own || *role == Role::Owner).or_404()?;
    ok(MyRoleJson { role: role.word() })
}

/// Says no, and answers what was asked.
async fn no(app: &App, caller: &Caller, slug: &str, own: bool) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, invitation) = asked(app, slug, &me).await?;
    ((invitation.role == Role::Owner) == own).then_some(()).or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, transfers::decline(tx, event.id, &me, now).await).map_err(refused)?;
    ok(asked_of_me(app, event, invitation).await?)
}

/// Join the team that I was asked to help
///
/// Twice is as good as once. Who was asked to own the event says so at its transfer.
#[utoipa::path(post, path = "/api/v1/events/{slug}/team/invitation", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<MyRoleJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn join(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    yes(&app, &caller, &slug, false).await
}

/// Say no to helping
#[utoipa::path(delete, path = "/api/v1/events/{slug}/team/invitation", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<AskedOfMeJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn decline(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    no(&app, &caller, &slug, false).await
}

/// Ask somebody to take an event over
///
/// It stays mine until they accept, for 30 days. Whoever was asked before is not asked any more. Only its owner can.
#[utoipa::path(post, path = "/api/v1/events/{slug}/transfer", tag = "Hosting", request_body = WantedOwner,
    params(("slug" = String, Path, example = "repair-cafe"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once"),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    security(("token" = ["host"])),
    responses((status = 201, body = Success<TeamInvitationJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn offer(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
    Path(slug): Path<String>,
    Json(wanted): Json<WantedOwner>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let mut reader = Reader::default();
    let email = wanted.email.text("email", &mut reader.errors);
    let email = reader.email("email", &email);
    reader.errors.or(|| ())?;
    let now = app.clock.now();
    decide!(app.db, tx, transfers::ask(tx, event.id, &email, (&me, locale), now).await).map_err(refused)?;
    made(TeamInvitationJson::of(team_store::waiting(&app.db, event.id, &email.key).await?.or_404()?))
}

/// Take back what I offered
///
/// Nobody is asked to take the event over any more. Only its owner can. Twice is as good as once.
#[utoipa::path(delete, path = "/api/v1/events/{slug}/transfer", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<TeamJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn take_back(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let now = app.clock.now();
    decide!(app.db, tx, transfers::take_back(tx, event.id, caller.actor(), now).await).map_err(refused)?;
    ok(team_of(&app, &event, now).await?)
}

/// Take an event over
///
/// Whoever owned it runs it with me from then on. Twice is as good as once. 409 where my plan allows no more events.
#[utoipa::path(post, path = "/api/v1/events/{slug}/transfer/acceptance", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<MyRoleJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn accept(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    yes(&app, &caller, &slug, true).await
}

/// Say no to an event that I am asked to take over
///
/// Its owner is told by mail.
#[utoipa::path(post, path = "/api/v1/events/{slug}/transfer/refusal", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<AskedOfMeJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn refuse(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    no(&app, &caller, &slug, true).await
}
