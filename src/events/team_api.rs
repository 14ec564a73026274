//! Who runs an event, for programs: what the team's page does, by the same rules.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::team::{self, Asked, Invitation};
use super::{Event, Host, Refusal, Role, hosting, store, team_store, transfers};
use crate::api::answers::{Done, Fail, Problem, Success};
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::OrNotFound;
use crate::forms::{Errors, Reader};
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::members::{self, Member};
use crate::web::Path;

/// Who runs an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamJson {
    /// The owner first, then hosts, then the door.
    pub members: Vec<TeamMemberJson>,
    /// Who was asked and has not answered, the first asked first.
    pub invited: Vec<TeamInvitationJson>,
}

/// Somebody on the team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMemberJson {
    /// The account's.
    pub id: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// `owner`, `host` or `door`.
    #[schema(example = "host")]
    pub role: &'static str,
}

impl TeamMemberJson {
    fn of(host: Host) -> Self {
        Self { id: host.member_id.to_string(), name: host.name, email: host.email, role: host.role.word() }
    }
}

/// An address that was asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamInvitationJson {
    pub id: String,
    #[schema(example = "bob@example.org")]
    pub email: String,
    /// `host` or `door`; `owner` is to take the event over.
    #[schema(example = "door")]
    pub role: &'static str,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub invited_at: String,
    /// Until when an event can be taken over; to help is asked without an end.
    pub ends_at: Option<String>,
}

impl TeamInvitationJson {
    pub(super) fn of(asked: Invitation) -> Self {
        let ends_at = asked.invited_at + clock::days(transfers::DAYS);
        Self {
            id: asked.id.to_string(),
            email: asked.email,
            role: asked.role.word(),
            invited_at: asked.invited_at.rfc3339(),
            ends_at: (asked.role == Role::Owner).then(|| ends_at.rfc3339()),
        }
    }
}

/// Somebody to ask.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedHelper {
    /// Where the invitation is mailed.
    #[schema(value_type = String, example = "bob@example.org", required = true)]
    #[serde(default)]
    pub email: Text,
    /// `host` (edits the event and sees its guests) or `door` (checks people in and sees no more).
    #[schema(value_type = String, example = "door", required = true)]
    #[serde(default)]
    pub role: Text,
}

/// Another role.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedRole {
    /// `host` or `door`.
    #[schema(value_type = String, example = "host", required = true)]
    #[serde(default)]
    pub role: Text,
}

/// What asking came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct HelperJson {
    /// `asked`: a letter asks the address, and it is on the team once its owner joins. `changed`: it was on the team
    /// before, and has this role now.
    #[schema(example = "asked")]
    pub outcome: &'static str,
    pub team: TeamJson,
}

pub(super) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::IsOwner | Refusal::WrittenTooOften => Problem::fields(Errors::at("email", refusal)),
        Refusal::OwnerOnly
        | Refusal::OwnerStays
        | Refusal::TooManyEvents { .. }
        | Refusal::TooManyHosts { .. }
        | Refusal::TooManyToHost { .. }
        | Refusal::HostsFull => Problem::conflict(refusal),
        refusal => match refusal.errors() {
            Ok(errors) => errors.into(),
            Err(error) => error.into(),
        },
    }
}

pub(super) async fn team_of(app: &App, event: &Event, now: Instant) -> Result<TeamJson> {
    let hosts = store::hosts(&app.db, event.id).await?;
    let invited = team_store::invited(&app.db, event.id).await?;
    Ok(TeamJson {
        members: hosts.into_iter().map(TeamMemberJson::of).collect(),
        invited: invited.into_iter().filter(|asked| !asked.is_over(now)).map(TeamInvitationJson::of).collect(),
    })
}

/// Never the owner's: an event is left to somebody by a transfer.
fn read_role(reader: &mut Reader, typed: Text) -> Role {
    let typed = typed.text("role", &mut reader.errors);
    let role = if typed.is_empty() { Role::Owner } else { reader.choice("role", &typed) };
    if role == Role::Owner && reader.errors.on("role").is_none() {
        reader.errors.add("role", t!("Choose one of the options."));
    }
    role
}

/// Who runs an event with me
#[utoipa::path(get, path = "/api/v1/events/{slug}/team", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<TeamJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    ok(team_of(&app, &event, app.clock.now()).await?)
}

/// Ask somebody to help run an event
///
/// A letter goes to the address, which joins with an account that has it. What is answered is the same whether there is
/// one. Only the owner can.
#[utoipa::path(post, path = "/api/v1/events/{slug}/team", tag = "Hosting", request_body = WantedHelper,
    params(("slug" = String, Path, example = "repair-cafe"), ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security(("token" = ["host"])),
    responses((status = 201, body = Success<HelperJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn ask(
    State(app): State<App>,
    caller: Caller,
    locale: Locale,
    Path(slug): Path<String>,
    Json(wanted): Json<WantedHelper>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let mut reader = Reader::default();
    let email = wanted.email.text("email", &mut reader.errors);
    let email = reader.email("email", &email);
    let role = read_role(&mut reader, wanted.role);
    reader.errors.or(|| ())?;
    let (now, by) = (app.clock.now(), (caller.actor(), locale));
    let asked = decide!(app.db, tx, team::ask(tx, event.id, &email, role, by, now).await).map_err(refused)?;
    let outcome = match asked {
        Asked::Changed(_) => "changed",
        Asked::Written => "asked",
    };
    made(HelperJson { outcome, team: team_of(&app, &event, now).await? })
}

/// Give somebody on the team another role
///
/// Only the owner can, and stays the owner.
#[utoipa::path(patch, path = "/api/v1/events/{slug}/team/{member}", tag = "Hosting", request_body = WantedRole,
    params(("slug" = String, Path, example = "repair-cafe"), ("member" = String, Path, description = "The id of their account")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<TeamJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path((slug, member)): Path<(String, String)>,
    Json(wanted): Json<WantedRole>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let member: Id<Member> = member.parse().ok().or_404()?;
    let hosts = store::hosts(&app.db, event.id).await?;
    hosts.iter().any(|host| host.member_id == member).then_some(()).or_404()?;
    let mut reader = Reader::default();
    let role = read_role(&mut reader, wanted.role);
    reader.errors.or(|| ())?;
    let now = app.clock.now();
    let outcome = decide!(app.db, tx, team::change(tx, event.id, member, role, caller.actor(), now).await);
    outcome.map_err(|refusal| match refusal {
        Refusal::IsOwner => Problem::fields(Errors::at("role", refusal)),
        refusal => refused(refusal),
    })?;
    ok(team_of(&app, &event, now).await?)
}

/// Take somebody off the team
///
/// Only the owner can, and stays. Twice is as good as once.
#[utoipa::path(delete, path = "/api/v1/events/{slug}/team/{member}", tag = "Hosting",
    params(("slug" = String, Path, example = "repair-cafe"), ("member" = String, Path, description = "The id of their account")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<TeamJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn remove(State(app): State<App>, caller: Caller, Path((slug, member)): Path<(String, String)>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let member: Id<Member> = member.parse().ok().or_404()?;
    members::store::by_id(&app.db, member).await?.or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, team::remove(tx, event.id, member, caller.actor(), now).await).map_err(refused)?;
    ok(team_of(&app, &event, now).await?)
}

/// Take back what somebody was asked
///
/// Their letter opens nothing any more. Only the owner can. Twice is as good as once.
#[utoipa::path(delete, path = "/api/v1/events/{slug}/team/invitations/{id}", tag = "Hosting",
    params(("slug" = String, Path, example = "repair-cafe"), ("id" = String, Path)), security(("token" = ["host"])),
    responses((status = 200, body = Success<TeamJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn withdraw(State(app): State<App>, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let id: Id<Invitation> = id.parse().ok().or_404()?;
    let now = app.clock.now();
    let found = decide!(app.db, tx, team::withdraw(tx, event.id, id, caller.actor(), now).await).map_err(refused)?;
    found.then_some(()).or_404()?;
    ok(team_of(&app, &event, now).await?)
}

/// Leave the team of an event
///
/// 409 for its owner, who stays until it is somebody else's.
#[utoipa::path(post, path = "/api/v1/events/{slug}/team/departure", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn leave(State(app): State<App>, caller: Caller, locale: Locale, Path(slug): Path<String>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Door).await?;
    let now = app.clock.now();
    decide!(app.db, tx, transfers::leave(tx, event.id, me.id, now).await).map_err(refused)?;
    ok(Done { message: t!("You are not on the team any more.").to(locale) })
}
