//! The money of an event, for the programs of those who host it.
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::api::{PaymentJson, json};
use super::desk::giving::{self, What};
use super::{settle, store};
use crate::api::answers::{Fail, Listed, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::events::{Role, hosting};
use crate::forms::{Errors, Reader};
use crate::ids::Id;
use crate::orders::api::refused;
use crate::orders::{self, Order, Refusal, Ticket};
use crate::web::{Path, Query, SteppedUp};

/// The payments of an event that I run, the latest first
#[utoipa::path(get, path = "/api/v1/events/{slug}/payments", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe"), Paging),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Listed<PaymentJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Query(paging): Query<Paging>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let span = paging.read()?;
    let (before, id) = span.before();
    let mut shown = Vec::new();
    for payment in store::of_event_before(&app.db, event.id, before, &id, span.rows()).await? {
        shown.push((payment.opened_at, json(&app, payment).await?));
    }
    ok(span.page(shown, |(at, payment)| (*at, payment.id.clone()), |(_, payment)| payment))
}

/// Minor units that are more than anybody has; an `i64` ends soon after.
const MOST_COUNTED: f64 = 9e18;

/// What is to be given back: one of the three.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedRefund {
    /// The ids of tickets: they let nobody in any more, and their price goes back.
    #[schema(value_type = Vec<String>, example = json!([]))]
    #[serde(default)]
    pub tickets: Vec<Text>,
    /// Money alone, in minor units; the tickets stay.
    #[schema(value_type = Option<i64>, example = 1000)]
    #[serde(default)]
    pub amount: Text,
    /// The whole order: no ticket of it lets anybody in any more, and all that is left of its money goes back.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub all: Text,
}

impl WantedRefund {
    fn parse(&self) -> std::result::Result<What, Errors> {
        let mut reader = Reader::default();
        let tickets = self.tickets.iter().map(|id| id.clone().text("tickets", &mut reader.errors)).collect::<Vec<_>>();
        let amount = self.amount.clone().text("amount", &mut reader.errors);
        let all = self.all.clone().flag("all", &mut reader.errors);
        reader.errors.or(|| ())?;
        match (tickets.is_empty(), amount.is_empty(), all) {
            (true, true, true) => Ok(What::Order),
            (true, false, false) => above_0(&amount).map(What::Amount),
            (false, true, false) => {
                let ids: Option<Vec<Id<Ticket>>> = tickets.iter().map(|id| id.parse().ok()).collect();
                ids.map(What::Tickets).ok_or_else(|| Errors::at("tickets", t!("Choose at least one ticket.")))
            }
            _ => Err(Errors::at("tickets", t!("Choose tickets, an amount, or all."))),
        }
    }
}

/// Minor units. Of more than can be counted it is as much as can be: too much for whatever it is held against.
fn above_0(amount: &str) -> std::result::Result<i64, Errors> {
    // A program's whole number of that size comes as a power of ten.
    let number = amount.starts_with(|c: char| c.is_ascii_digit()).then(|| amount.parse::<f64>().ok()).flatten();
    let beyond = number.filter(|number| *number >= MOST_COUNTED).map(|_| i64::MAX);
    let minor = amount.parse::<i64>().ok().or(beyond).filter(|minor| *minor > 0);
    let whole = number.is_none_or(|number| number.fract() == 0.0);
    minor.ok_or_else(|| match whole {
        true => Errors::at("amount", t!("Enter an amount above 0.")),
        false => Errors::at("amount", t!("Give a whole number, in minor units of the currency.")),
    })
}

/// Give money back
///
/// Answers the order's payments with their refunds; 409 when there is nothing left to give back. Send an
/// `Idempotency-Key`: an amount that is asked for twice without one is given back twice.
#[utoipa::path(post, path = "/api/v1/events/{slug}/orders/{id}/refunds", tag = "Hosting", request_body = WantedRefund,
    params(("slug" = String, Path, example = "repair-cafe"), ("id" = String, Path, description = "The order"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once"),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    security(("token" = ["host"])),
    responses((status = 201, body = Success<Listed<PaymentJson>>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn refund(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    Path((slug, id)): Path<(String, String)>,
    Json(wanted): Json<WantedRefund>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let id: Id<Order> = id.parse().ok().or_404()?;
    orders::store::by_id(&app.db, id).await?.filter(|order| order.event_id == event.id).or_404()?;
    let what = wanted.parse()?;
    if let What::Tickets(ids) = &what {
        let of_order = orders::store::tickets(&app.db, id).await?;
        ids.iter().all(|id| of_order.iter().any(|ticket| ticket.id == *id)).then_some(()).or_404()?;
    }
    let (now, by) = (app.clock.now(), caller.actor());
    decide!(app.db, tx, giving::give_back(tx, id, &what, &None, (by, ""), now).await).map_err(|refusal| {
        if let Refusal::MoreThanLeft { .. } = refusal {
            return Errors::at("amount", refusal).into();
        }
        refused(refusal)
    })?;
    made(of_order(&app, id).await?)
}

async fn of_order(app: &App, id: Id<Order>) -> Result<Listed<PaymentJson>> {
    let mut items = Vec::new();
    for payment in store::of_order(&app.db, id).await? {
        items.push(json(app, payment).await?);
    }
    Ok(Listed { items, next_cursor: None })
}

/// Money that a host has in hand.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedMoney {
    /// What the order costs as you were shown it, in minor units: the guest list says it.
    #[schema(value_type = i64, example = 2800, required = true)]
    #[serde(default)]
    pub amount: Text,
}

/// Say that the money of an order is there
///
/// For places that are paid at the door or by transfer: they are confirmed, and their tickets mailed. Answers the order's
/// payments. Twice is as good as once. 409 when it costs something else by now, and when its places are not kept any more.
#[utoipa::path(post, path = "/api/v1/events/{slug}/orders/{id}/payment", tag = "Hosting", request_body = ReceivedMoney,
    params(("slug" = String, Path, example = "repair-cafe"), ("id" = String, Path, description = "The order"),
        ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Listed<PaymentJson>>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn receive(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    Path((slug, id)): Path<(String, String)>,
    Json(received): Json<ReceivedMoney>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let id: Id<Order> = id.parse().ok().or_404()?;
    let here = |order: &Order| order.event_id == event.id && order.total > 0;
    orders::store::by_id(&app.db, id).await?.filter(here).or_404()?;
    let mut errors = Errors::default();
    let amount = received.amount.text("amount", &mut errors);
    errors.or(|| ())?;
    let amount = above_0(&amount)?;
    let (now, by) = (app.clock.now(), caller.actor());
    decide!(app.db, tx, settle::received_by_host(tx, id, amount, by, now).await).map_err(refused)?;
    ok(of_order(&app, id).await?)
}
