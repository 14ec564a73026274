//! Invitations to one's events, for programs.
use axum::extract::State as FromApp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::inviting::{self, By, Planned, Problem as Passed, Silent};
use super::listing::Row;
use super::{Invitation, Refusal, store};
use crate::api::answers::{Fail, Listed as Page, Problem, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::events::{Role, hosting};
use crate::forms::{Email, Errors, Reader};
use crate::i18n::Locale;
use crate::ids::Id;
use crate::web::csv::Listed;
use crate::web::{Path, Query};

/// People of one call.
const MOST: usize = 1_000;

/// Somebody to invite.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitee {
    #[schema(value_type = String, example = "ada@example.org", required = true)]
    #[serde(default)]
    pub email: Text,
    #[schema(value_type = Option<String>, example = "Ada Lovelace")]
    #[serde(default)]
    pub name: Text,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitees {
    /// Each gets a mail with a link of their own.
    #[schema(required = true)]
    #[serde(default)]
    pub people: Vec<Invitee>,
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteeJson {
    pub email: String,
    /// `invited`, or why not: `twice`, `asked` before, `going` already, `runs` the event; `not_possible` where an
    /// attendee asks.
    #[schema(example = "invited")]
    pub outcome: &'static str,
    /// Why no letter goes to somebody who is invited: they stopped such mails (`unwanted`), or had enough for now
    /// (`limited`).
    pub no_letter: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedJson {
    pub invited: usize,
    pub people: Vec<InviteeJson>,
}

/// One invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationJson {
    pub id: String,
    pub name: String,
    pub email: String,
    /// `queued`, `limited`, `sent`, `bounced`, `undelivered`, `opened`, `ended`, `accepted`, `declined` or `revoked`.
    #[schema(example = "sent")]
    pub state: &'static str,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub invited_at: String,
    pub answered_at: Option<String>,
    /// The places that were taken by accepting.
    pub order: Option<String>,
    /// The attendee who asks them along; null where a host does.
    pub invited_by: Option<String>,
}

impl InvitationJson {
    pub(super) fn of(row: &Row, now: Instant) -> Self {
        let of = &row.invitation;
        Self {
            id: of.id.to_string(),
            name: of.name.clone(),
            email: of.email.clone(),
            state: row.standing(&now).word(),
            invited_at: of.invited_at.rfc3339(),
            answered_at: of.answered_at.map(Instant::rfc3339),
            order: of.order_id.map(|id| id.to_string()),
            invited_by: row.by_name.clone(),
        }
    }
}

pub(super) fn refused(refusal: Refusal) -> Problem {
    match refusal.or_broken() {
        Ok(Refusal::Dead) => crate::error::Error::NotFound.into(),
        Ok(refusal) => Problem::conflict(refusal),
        Err(error) => error.into(),
    }
}

impl Invitees {
    pub(super) fn parse(self) -> Result<Vec<Listed>, Problem> {
        let mut errors = Errors::default();
        if self.people.is_empty() || self.people.len() > MOST {
            errors.add("people", t!("Add up to {most} people at a time.", most = MOST));
        }
        let mut list = Vec::new();
        for (one, line) in self.people.into_iter().take(MOST).zip(1..) {
            let email = one.email.text("email", &mut errors);
            let name = one.name.text("name", &mut errors);
            let mut reader = Reader { errors };
            let name = reader.name(&format!("people.{}.name", line - 1), &name, 100);
            errors = reader.errors;
            match Email::parse(&email) {
                Some(email) => list.push(Listed { line, name, email, kind: String::new() }),
                None => errors
                    .add(format!("people.{}.email", line - 1), t!("Enter an e-mail address like name@example.org.")),
            }
        }
        if errors.is_empty() { Ok(list) } else { Err(Problem::fields(errors)) }
    }
}

/// Invite people to an event that I run
///
/// Each gets a letter with a link of their own. Who was invited before is passed over, so that sending the same
/// again is harmless.
#[utoipa::path(post, path = "/api/v1/events/{slug}/invitations", tag = "Hosting", request_body = Invitees,
    params(("slug" = String, Path, example = "repair-cafe"), ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security(("token" = ["host"])),
    responses((status = 201, body = Success<InvitedJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn invite(
    FromApp(app): FromApp<App>,
    caller: Caller,
    locale: Locale,
    Path(slug): Path<String>,
    Json(wanted): Json<Invitees>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let now = app.clock.now();
    let planned = inviting::plan(&app.db, &event, wanted.parse()?, now).await?;
    let new = planned.iter().filter(|one| one.problem.is_none());
    let people: Vec<_> = new.map(|one| (one.listed.name.clone(), one.listed.email.clone())).collect();
    let by = By { actor: caller.actor(), order: None, locale };
    let invited = decide!(long app.db, tx, inviting::invite(tx, event.id, &people, by, now).await).map_err(refused)?;
    let outcome = |problem: &Option<Passed>| match problem {
        None => "invited",
        Some(Passed::Twice(_)) => "twice",
        Some(Passed::Asked(_)) => "asked",
        Some(Passed::Going) => "going",
        Some(Passed::Runs) => "runs",
    };
    let no_letter = |one: &Planned| match one.silent.filter(|_| one.problem.is_none()) {
        None => None,
        Some(Silent::Unwanted) => Some("unwanted"),
        Some(Silent::Limited) => Some("limited"),
    };
    let people = planned.into_iter().map(|one| InviteeJson {
        outcome: outcome(&one.problem),
        no_letter: no_letter(&one),
        email: one.listed.email.address,
    });
    made(InvitedJson { invited, people: people.collect() })
}

/// Who is invited to an event that I run
#[utoipa::path(get, path = "/api/v1/events/{slug}/invitations", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe"), Paging),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Page<InvitationJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(
    FromApp(app): FromApp<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Query(paging): Query<Paging>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let span = paging.read()?;
    let (_, behind) = span.after.clone().unwrap_or_default();
    let rows = store::list(&app.db, event.id, "", &behind, span.rows()).await?;
    let now = app.clock.now();
    let shown = rows.iter().map(|row| (row.invitation.invited_at, InvitationJson::of(row, now))).collect();
    ok(span.page(shown, |(at, row)| (*at, row.id.clone()), |(_, row)| row))
}

/// Take an invitation back
///
/// Its link opens nothing any more. Twice is as good as once. 409 where somebody comes by it: take their place away.
#[utoipa::path(delete, path = "/api/v1/events/{slug}/invitations/{id}", tag = "Hosting", params(("slug" = String, Path), ("id" = String, Path)),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<InvitationJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn revoke(FromApp(app): FromApp<App>, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let id: Id<Invitation> = id.parse().ok().or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, inviting::revoke(tx, event.id, id, caller.actor(), now).await).map_err(refused)?;
    let invitation = store::by_id(&app.db, id).await?.or_404()?;
    ok(InvitationJson::of(&Row { invitation, mail_state: None, by_name: None, has_place: false }, now))
}
