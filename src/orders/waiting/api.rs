//! Waiting lists, for programs.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms::{Asked, JoinForm};
use super::store::Row;
use super::{Joined, Joining, Party, pages, position, store};
use crate::api::answers::{Done, Fail, Listed, Problem, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result, Scope, Text, accepted, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::events::{self, Role, hosting};
use crate::forms::Errors;
use crate::i18n::{Locale, Say};
use crate::ids::Id;
use crate::orders::{self, Buyer, Refusal};
use crate::web::{Path, Query};

/// For what somebody waits.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedPlaces {
    /// The id of a full ticket type; may be left out where there is one.
    #[serde(rename = "type")]
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub kind: Text,
    /// How many places; 1 unless told.
    #[schema(value_type = Option<i64>, example = 2)]
    #[serde(default)]
    pub places: Text,
    /// Names of those who come along.
    #[schema(value_type = Vec<String>, example = json!(["Ada Lovelace"]))]
    #[serde(default)]
    pub companions: Vec<Text>,
    /// For guests: their name.
    #[schema(value_type = Option<String>, example = "Grace Hopper")]
    #[serde(default)]
    pub name: Text,
    /// For guests: where the link goes that puts them on the list.
    #[schema(value_type = Option<String>, example = "grace@example.org")]
    #[serde(default)]
    pub email: Text,
}

/// A party on a waiting list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyJson {
    pub id: String,
    /// `waiting`, `offered`, `served`, `passed`, `left`, `removed` or `closed`.
    #[schema(example = "waiting")]
    pub state: &'static str,
    #[schema(example = "repair-cafe")]
    pub event: String,
    /// The id of the ticket type.
    #[serde(rename = "type")]
    pub kind: String,
    pub places: i64,
    /// Where it stands, from 1; null when it waits no more.
    pub position: Option<i64>,
    /// RFC 3339.
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub joined_at: String,
    /// The order that was offered or given; an offer is accepted by paying it, with `amount` where one gives what one
    /// likes.
    pub order: Option<String>,
    /// Until when the offer stands.
    pub offered_until: Option<String>,
    /// The page for people.
    pub url: String,
}

async fn json(app: &App, party: &Party) -> Result<PartyJson> {
    let event = events::store::by_id(&app.db, party.event_id).await?.or_404()?;
    let order = match party.order_id.filter(|_| party.is_offered()) {
        Some(id) => orders::store::by_id(&app.db, id).await?,
        None => None,
    };
    let position = if party.is_waiting() { Some(position(&app.db, &event, party).await?) } else { None };
    Ok(PartyJson {
        id: party.id.to_string(),
        state: party.state.word(),
        kind: party.ticket_type_id.to_string(),
        places: party.places,
        position,
        joined_at: party.joined_at.rfc3339(),
        order: party.order_id.map(|id| id.to_string()),
        offered_until: order.and_then(|order| order.held_until).map(Instant::rfc3339),
        url: app.config.url(&super::path(&event)),
        event: event.slug,
    })
}

/// The same as its hosts see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HostedPartyJson {
    #[serde(flatten)]
    pub party: PartyJson,
    pub name: String,
    pub email: String,
    pub companions: Vec<String>,
}

fn refused(refusal: Refusal) -> Problem {
    let refusal = match refusal.or_broken() {
        Ok(refusal) => refusal,
        Err(error) => return error.into(),
    };
    match refusal {
        Refusal::NoPlaces | Refusal::TooManyPlusOnes { .. } | Refusal::TooManyPerOrder { .. } => {
            Problem::fields(Errors::at("places", refusal))
        }
        Refusal::UnknownType => Problem::fields(Errors::at("type", refusal)),
        Refusal::AccountRequired => Problem::forbidden(refusal),
        refusal => Problem::conflict(refusal),
    }
}

impl WantedPlaces {
    /// Brought into the form's own words, so that the form's one parser judges it.
    fn parse(self, types: &[events::TicketType], guest: bool) -> Result<Asked, Problem> {
        let mut errors = Errors::default();
        let mut text = |text: Text, field| text.text(field, &mut errors);
        let form = JoinForm {
            kind: text(self.kind, "type"),
            people: text(self.places, "places"),
            name: text(self.name, "name"),
            email: text(self.email, "email"),
            companions: self.companions.into_iter().map(|name| text(name, "companions")).collect(),
        };
        let parsed = form.parse(types, guest);
        let called = |field: &str| match field {
            "ticket_type" => "type".to_owned(),
            "people" => "places".to_owned(),
            "companion" => "companions".to_owned(),
            other => other.to_owned(),
        };
        match parsed {
            Ok(asked) => errors.or(|| asked).map_err(Problem::fields),
            Err(found) => {
                errors.take(&found, called);
                Err(Problem::fields(errors))
            }
        }
    }
}

/// Join the waiting list of a full event
///
/// A member stands on it at once (201; the same party again if they stood on it before). A guest, who sends name and
/// email, gets a mail with a link that puts them on it within a day (202).
#[utoipa::path(post, path = "/api/v1/events/{slug}/waiting-list", tag = "Places", request_body = WantedPlaces,
    params(("slug" = String, Path, example = "repair-cafe"), ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security((), ("token" = ["write"])),
    responses((status = 201, body = Success<PartyJson>), (status = 202, body = Success<Done>), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn join(
    State(app): State<App>,
    caller: Caller,
    locale: Locale,
    Path(slug): Path<String>,
    Json(wanted): Json<WantedPlaces>,
) -> Result {
    let me = match &caller.member {
        Some(_) => Some(caller.needs(Scope::Write)?),
        None => None,
    };
    let (event, _) = events::api::seen(&app, &caller, &slug).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let asked = wanted.parse(&types, me.is_none())?;
    let buyer = match (&me, asked.email) {
        (Some(me), _) => Buyer::member(me),
        (None, Some(email)) => Buyer::Guest { name: asked.name, email, locale },
        (None, None) => return Err(refused(Refusal::AccountRequired)),
    };
    let (actor, companions) = (caller.actor(), asked.companions);
    let wish =
        Joining { event: event.id, buyer, actor, ticket_type: asked.ticket_type, places: asked.places, companions };
    let guest = me.is_none().then(|| format!("{}/{}", caller.ip.whose(), event.id));
    match pages::place(&app, &wish, guest.as_deref()).await.map_err(refused)? {
        Joined::New(id) | Joined::Already(id) => {
            let party = store::by_id(&app.db, id).await?.or_404()?;
            made(json(&app, &party).await?)
        }
        Joined::Mailed => {
            let message = t!("We have sent you a link. Open it within a day to stand on the list.").to(locale);
            accepted(Done { message })
        }
    }
}

/// Where I wait, the latest first
#[utoipa::path(get, path = "/api/v1/me/waiting-list", tag = "Places", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<PartyJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let (before, id) = span.before();
    let mut shown = Vec::new();
    for party in store::of_member_before(&app.db, me.id, before, &id, span.rows()).await? {
        shown.push((party.joined_at, json(&app, &party).await?));
    }
    ok(span.page(shown, |(at, party)| (*at, party.id.clone()), |(_, party)| party))
}

/// Leave a waiting list, or decline an offer
///
/// Twice is as good as once.
#[utoipa::path(delete, path = "/api/v1/me/waiting-list/{id}", tag = "Places", params(("id" = String, Path)), security(("token" = ["write"])),
    responses((status = 200, body = Success<PartyJson>), (status = 401, body = Fail), (status = 404, body = Fail)))]
pub async fn leave(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result {
    let me = caller.needs(Scope::Write)?;
    let id: Id<Party> = id.parse().ok().or_404()?;
    store::by_id(&app.db, id).await?.filter(|party| party.member_id == Some(me.id)).or_404()?;
    let (actor, now) = (caller.actor(), app.clock.now());
    decide!(app.db, tx, super::leave(tx, id, actor, now).await).map_err(refused)?;
    let party = store::by_id(&app.db, id).await?.or_404()?;
    ok(json(&app, &party).await?)
}

/// The waiting list of an event that I run, in order
#[utoipa::path(get, path = "/api/v1/events/{slug}/waiting-list", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe"), Paging),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Listed<HostedPartyJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Query(paging): Query<Paging>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let span = paging.read()?;
    let (after, id) = span.after.clone().unwrap_or((Instant::from_micros(i64::MIN), String::new()));
    let mut shown = Vec::new();
    for Row { party, name, email, companions, .. } in
        store::list_after(&app.db, event.id, after, &id, span.rows()).await?
    {
        let companions = companions.lines().map(str::to_owned).collect();
        let at = party.joined_at;
        shown.push((at, HostedPartyJson { party: json(&app, &party).await?, name, email, companions }));
    }
    ok(span.page(shown, |(at, row)| (*at, row.party.id.clone()), |(_, row)| row))
}
