//! Friends whom one asks along, for programs.
use axum::extract::State as FromApp;
use serde::Serialize;
use utoipa::ToSchema;

use super::api::{InvitationJson, InvitedJson, InviteeJson, Invitees, refused};
use super::friends::{self, Outcome};
use super::listing::Row;
use super::{Invitation, Refusal, friends_store, store};
use crate::api::answers::{Fail, Problem, Success};
use crate::api::{Caller, Json, Result, Scope, made, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::events;
use crate::forms::Errors;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::orders::api::{Opener, opened};
use crate::web::{Path, Query};

/// Whom an order asked along, and how many more it may.
#[derive(Debug, Serialize, ToSchema)]
pub struct FriendsJson {
    pub left: i64,
    pub items: Vec<InvitationJson>,
}

fn not_asked(refusal: Refusal) -> Problem {
    match refusal {
        refusal @ Refusal::TooManyFriends { .. } => Problem::fields(Errors::at("people", refusal)),
        refusal => refused(refusal),
    }
}

/// Friends whom I asked along to an event
///
/// Within the plus-ones of my order. A guest's order is opened by the `key` in its `url`, without a token.
#[utoipa::path(get, path = "/api/v1/orders/{id}/invitations", tag = "Places", params(("id" = String, Path), Opener), security((), ("token" = ["read"])),
    responses((status = 200, body = Success<FriendsJson>), (status = 401, body = Fail), (status = 404, body = Fail)))]
pub async fn list(
    FromApp(app): FromApp<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
) -> Result {
    let order = opened(&app, &caller, Scope::Read, &id, &opener).await?;
    let event = events::store::by_id(&app.db, order.event_id).await?.or_404()?;
    let now = app.clock.now();
    let rows = friends_store::of_order(&app.db, order.id).await?;
    let items = rows.iter().map(|row| InvitationJson::of(row, now)).collect();
    ok(FriendsJson { left: friends::left(&app.db, &event, &order).await?, items })
}

/// Ask friends along to an event
///
/// Each gets a letter in the buyer's name with a link of their own. More people than may still be brought, those who are
/// `not_possible` included: 422, and nobody is asked. `asked` were asked by this order before; of those who are
/// `not_possible` nothing more is said.
#[utoipa::path(post, path = "/api/v1/orders/{id}/invitations", tag = "Places", request_body = Invitees,
    params(("id" = String, Path), Opener, ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security((), ("token" = ["write"])),
    responses((status = 201, body = Success<InvitedJson>), (status = 401, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn ask(
    FromApp(app): FromApp<App>,
    caller: Caller,
    locale: Locale,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
    Json(wanted): Json<Invitees>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let people: Vec<_> = wanted.parse()?.into_iter().map(|listed| (listed.name, listed.email)).collect();
    let (now, by) = (app.clock.now(), (caller.actor(), locale));
    let outcomes = friends::try_to_ask(&app, order.id, &people, by, now).await.map_err(not_asked)?;
    let invited = outcomes.iter().filter(|outcome| **outcome == Outcome::Asked).count();
    let told = people.into_iter().zip(outcomes);
    let people = told.map(|((_, email), outcome)| InviteeJson {
        email: email.address,
        outcome: outcome.word(),
        no_letter: None,
    });
    made(InvitedJson { invited, people: people.collect() })
}

/// Take a friend's invitation back
///
/// Its link opens nothing any more, and another friend can be asked. Twice is as good as once. 409 once they come.
#[utoipa::path(delete, path = "/api/v1/orders/{id}/invitations/{invitation}", tag = "Places",
    params(("id" = String, Path), ("invitation" = String, Path), Opener), security((), ("token" = ["write"])),
    responses((status = 200, body = Success<InvitationJson>), (status = 401, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn take_back(
    FromApp(app): FromApp<App>,
    caller: Caller,
    Path((id, invitation)): Path<(String, String)>,
    Query(opener): Query<Opener>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let id: Id<Invitation> = invitation.parse().ok().or_404()?;
    let now = app.clock.now();
    decide!(app.db, tx, friends::take_back(tx, order.id, id, caller.actor(), now).await).map_err(refused)?;
    let invitation = store::by_id(&app.db, id).await?.or_404()?;
    ok(InvitationJson::of(&Row { invitation, mail_state: None, by_name: None, has_place: false }, now))
}
