//! Who comes with which ticket, for the programs of whoever ordered: naming them, and giving a ticket to somebody else.
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::api::{Opener, OrderJson, json, opened, refused};
use super::ending::By;
use super::giving::{self, Gift};
use super::naming::{self, Named};
use super::{Refusal, Ticket, store};
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Json, Result, Scope, Text, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::forms::{Email, Errors, Reader};
use crate::ids::Id;
use crate::web::{Path, Query};

/// To whom a ticket is given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedGift {
    /// Who gets it.
    #[schema(value_type = String, example = "Mara Lind", required = true)]
    #[serde(default)]
    pub name: Text,
    /// Where the ticket is mailed, with its new code.
    #[schema(value_type = String, example = "mara@example.org", required = true)]
    #[serde(default)]
    pub email: Text,
    /// The `code_version` that you saw on the ticket: what was given since is not given again.
    #[schema(value_type = i64, example = 0, required = true)]
    #[serde(default)]
    pub code_version: Text,
}

impl WantedGift {
    fn parse(self) -> std::result::Result<Gift, Errors> {
        let mut reader = Reader::default();
        let name = self.name.text("name", &mut reader.errors);
        let email = self.email.text("email", &mut reader.errors);
        let version = self.code_version.text("code_version", &mut reader.errors);
        let version = reader.number("code_version", &version, 0, i64::from(i32::MAX));
        if version.is_none() && reader.errors.on("code_version").is_none() {
            reader.errors.add("code_version", t!("Say which code it has, as the order’s ticket does."));
        }
        giving::to(reader, &name, &email, version.unwrap_or(-1))
    }
}

/// Give a ticket to somebody else
///
/// It gets a new code, which is mailed to them; the old one lets nobody in any more. Sent twice it is given once. 409 where
/// it lets nobody in, somebody came in with it, the event has begun, it was given to somebody else since, or too many
/// mails went to this address or with this ticket.
#[utoipa::path(post, path = "/api/v1/orders/{id}/tickets/{ticket}/gift", tag = "Places", request_body = WantedGift,
    params(("id" = String, Path), ("ticket" = String, Path), Opener), security((), ("token" = ["write"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn give(
    State(app): State<App>,
    caller: Caller,
    Path((id, ticket)): Path<(String, String)>,
    Query(opener): Query<Opener>,
    Json(wanted): Json<WantedGift>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let ticket: Id<Ticket> = ticket.parse().ok().or_404()?;
    store::tickets(&app.db, order.id).await?.iter().find(|one| one.id == ticket).or_404()?;
    let gift = wanted.parse()?;
    let (now, by) = (app.clock.now(), By::Buyer(caller.actor()));
    decide!(app.db, tx, giving::give(tx, ticket, &gift, by, now).await).map_err(refused)?;
    ok(json(&app, &order).await?)
}

/// Who comes with which ticket.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedAttendees {
    /// Tickets that are not named stay as they are.
    #[schema(required = true)]
    #[serde(default)]
    pub attendees: Vec<WantedAttendee>,
}

/// Who comes with one ticket.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedAttendee {
    /// The id of a ticket of the order that is valid and was not given to anybody.
    #[schema(value_type = String, example = "01939c5e-7d1c-7c6a-9a55-3b1f6a0d9d10", required = true)]
    #[serde(default)]
    pub ticket: Text,
    /// Left out, it stays as it is; empty, it is not known.
    #[schema(value_type = Option<String>, example = "Mara Lind")]
    #[serde(default)]
    pub name: Text,
    /// Where the ticket is mailed, if it was mailed nowhere yet.
    #[schema(value_type = Option<String>, example = "mara@example.org")]
    #[serde(default)]
    pub email: Text,
}

impl WantedAttendees {
    fn parse(self, tickets: &[Ticket]) -> std::result::Result<Vec<Named>, Errors> {
        let mut reader = Reader::default();
        let mut all: Vec<Named> = Vec::new();
        if self.attendees.is_empty() {
            reader.errors.add("attendees", t!("Say who comes with which ticket."));
        }
        for (n, wanted) in self.attendees.into_iter().enumerate() {
            let field = |of: &str| format!("attendees[{n}].{of}");
            let id = wanted.ticket.text(&field("ticket"), &mut reader.errors);
            let once = |id: Id<Ticket>| all.iter().all(|named| named.ticket != id);
            let mut own = tickets.iter().filter(|one| one.is_valid() && !one.is_given() && once(one.id));
            let Some(ticket) = own.find(|one| one.id.to_string() == id) else {
                let wrong = t!("Choose a valid ticket of this order that was not given to anybody, and each once.");
                reader.errors.add(field("ticket"), wrong);
                continue;
            };
            let name = wanted.name.or(&field("name"), &ticket.name, &mut reader.errors);
            let email = wanted.email.text(&field("email"), &mut reader.errors);
            all.push(Named {
                ticket: ticket.id,
                name: reader.name(&field("name"), &name, 100),
                email: mailed(&mut reader, &field("email"), ticket, &email),
            });
        }
        reader.errors.or(|| all)
    }
}

/// The address to which a ticket is to be mailed, if there is one.
fn mailed(reader: &mut Reader, field: &str, ticket: &Ticket, typed: &str) -> Option<Email> {
    if typed.trim().is_empty() {
        return None;
    }
    let email = reader.email(field, typed);
    if naming::takes_email(ticket) {
        return Some(email);
    }
    // Sent twice, it is as it should be.
    let same = Email::parse(&ticket.email).is_some_and(|before| before.key == email.key);
    if !same && !email.key.is_empty() {
        reader.errors.add(field, t!("This ticket was mailed to an address already. Give it to somebody else instead."));
    }
    None
}

/// Say who comes
///
/// Names stand on the tickets and at the door. Each new address gets its tickets by mail. What is not spoken of stays as
/// it is.
#[utoipa::path(post, path = "/api/v1/orders/{id}/attendees", tag = "Places", request_body = WantedAttendees,
    params(("id" = String, Path), Opener), security((), ("token" = ["write"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn name(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
    Json(wanted): Json<WantedAttendees>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    if !order.is_confirmed() {
        return Err(refused(Refusal::NotLive));
    }
    let named = wanted.parse(&store::tickets(&app.db, order.id).await?)?;
    let (actor, now) = (caller.actor(), app.clock.now());
    decide!(app.db, tx, naming::name(tx, order.id, &named, actor, now).await).map_err(refused)?;
    ok(json(&app, &order).await?)
}
