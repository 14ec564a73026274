//! Who comes, for the programs of those who host.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Order;
use super::guests::{self, Cursor, Guest, Row, Search, Sort};
use crate::api::answers::{Fail, Listed, Problem, Success};
use crate::api::cursors::{Paging, Span};
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::events::{Role, hosting};
use crate::forms::Errors;
use crate::ids::Id;
use crate::invitations::friends;
use crate::web::{Path, Query};

/// A place that is kept, and who comes.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestJson {
    /// The ticket's.
    pub id: String,
    pub order: String,
    /// Empty for a companion whose name is not known.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The ticket type's name.
    #[serde(rename = "type")]
    #[schema(example = "Standard")]
    pub kind: String,
    #[schema(example = "7K3F-9QXM-2HTB")]
    pub code: String,
    /// `held` or `valid`.
    #[schema(example = "valid")]
    pub state: &'static str,
    /// Its order is to be paid at the door or by transfer, and is not.
    pub owed: bool,
    /// What its whole order costs, in minor units of the currency.
    #[schema(example = 2800)]
    pub order_total: i64,
    #[schema(example = "CHF")]
    pub order_currency: String,
    /// RFC 3339.
    pub checked_in_at: Option<String>,
    /// Who ordered it.
    #[schema(example = "Ada Lovelace")]
    pub ordered_by: String,
    #[schema(example = "ada@example.org")]
    pub order_email: String,
    #[schema(example = "2026-11-21T18:30:00Z")]
    pub ordered_at: String,
    /// The attendee who asked them along, within their plus-ones.
    pub friend_of: Option<String>,
}

impl GuestJson {
    fn of(guest: Guest, asker: Option<&String>) -> Self {
        Self {
            friend_of: asker.filter(|_| !guest.is_given()).cloned(),
            owed: guest.is_owed(),
            id: guest.ticket_id.to_string(),
            order: guest.order_id.to_string(),
            name: guest.name,
            email: guest.email,
            kind: guest.type_name,
            code: guest.code,
            state: guest.state.word(),
            order_total: guest.total,
            order_currency: guest.currency,
            checked_in_at: guest.checked_in_at.map(Instant::rfc3339),
            ordered_by: guest.buyer_name,
            order_email: guest.buyer_email,
            ordered_at: guest.placed_at.rfc3339(),
        }
    }
}

/// Where the page before ended: in the cursor of all lists stands the place in an order where others have an instant.
fn behind(span: &Span) -> Result<Option<Cursor>> {
    let Some((position, order)) = &span.after else { return Ok(None) };
    let order: Option<Id<Order>> = order.parse().ok();
    let wrong = || Errors::at("cursor", t!("This is no cursor of ours. Leave it out for the first page."));
    let order = order.ok_or_else(|| Problem::fields(wrong()))?;
    Ok(Some(Cursor { key: String::new(), order, position: position.micros() }))
}

/// Who comes to an event that I run
///
/// Every place that is kept, the first orders first; the places of an order stand together.
#[utoipa::path(get, path = "/api/v1/events/{slug}/guests", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe"), Paging),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Listed<GuestJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail), (status = 422, body = Fail)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Query(paging): Query<Paging>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let span = paging.read()?;
    let search = Search { sort: Sort::Oldest, ..Search::default() };
    let rows = guests::list(&app.db, event.id, &search, behind(&span)?.as_ref(), span.rows()).await?;
    let brought = friends::brought(&app.db, rows.iter().map(|row| row.guest.order_id).collect()).await?;
    let key = |row: &Row| (Instant::from_micros(row.position), row.guest.order_id.to_string());
    ok(span.page(rows, key, |row| {
        let asker = brought.get(&row.guest.order_id);
        GuestJson::of(row.guest, asker)
    }))
}
