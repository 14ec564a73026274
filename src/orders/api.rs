//! Taking places, and one's orders, for programs.
mod shapes;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::{Places, Wished};
use super::ending::{self, By};
use super::{Buyer, Order, RefundRule, Refusal, Taken, Ticket, Way, Wish, promo_codes, store, taxes};
use crate::api::answers::{Fail, Listed, Problem, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result, Scope, accepted, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::events::api::civil;
use crate::events::{self, Event};
use crate::forms::Errors;
use crate::i18n::Locale;
use crate::ids::Id;
use crate::members::Member;
use crate::web::limits::GUEST_HOLDS;
use crate::web::{Path, Query};

pub use shapes::{OrderEventJson, OrderJson, OrderTaxJson, TicketJson, WaitsJson};

pub(super) async fn json(app: &App, order: &Order) -> Result<OrderJson> {
    let event = events::store::by_id(&app.db, order.event_id).await?.or_404()?;
    json_at(app, &event, order).await
}

async fn json_at(app: &App, event: &Event, order: &Order) -> Result<OrderJson> {
    let tickets = store::tickets(&app.db, order.id).await?;
    let reduction = promo_codes::reduction(app, order).await?;
    let taxes = if order.total > 0 { taxes::of_order(app, order.id).await? } else { Vec::new() };
    let rule = RefundRule::of(event, order);
    Ok(OrderJson {
        id: order.id.to_string(),
        number: order.number(),
        state: order.state.word(),
        held_until: order.held_until.filter(|_| order.is_held()).map(Instant::rfc3339),
        places: order.places,
        total: order.total,
        currency: order.currency.clone(),
        promo_code: reduction.map(|reduction| reduction.code),
        discount: order.discount,
        taxes: taxes.into_iter().map(OrderTaxJson::of).collect(),
        placed_at: order.placed_at.rfc3339(),
        refund_percent: rule.percent,
        refund_until: civil(event, rule.until),
        tickets: tickets.into_iter().map(|ticket| TicketJson::of(app, ticket)).collect(),
        url: app.config.url(&order.path()),
        event: OrderEventJson::of(app, event),
    })
}

/// A refusal as the API says it.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    let refusal = match refusal.or_broken() {
        Ok(refusal) => refusal,
        Err(error) => return error.into(),
    };
    match refusal {
        Refusal::NoPlaces | Refusal::TooManyPlusOnes { .. } | Refusal::TooManyPerOrder { .. } => {
            Problem::fields(Errors::at("places", refusal))
        }
        Refusal::UnknownType
        | Refusal::AmountTooSmall { .. }
        | Refusal::AmountTooLarge { .. }
        | Refusal::TotalTooSmall { .. } => Problem::fields(Errors::at("tickets", refusal)),
        Refusal::UnknownPromo
        | Refusal::PromoOver
        | Refusal::PromoUsedUp
        | Refusal::PromoNotForThese
        | Refusal::PromoLeavesTooLittle { .. } => Problem::fields(Errors::at("promo_code", refusal)),
        Refusal::PayNow => Problem::fields(Errors::at("pay_later", refusal)),
        Refusal::AccountRequired => Problem::forbidden(refusal),
        refusal => Problem::conflict(refusal),
    }
}

/// Take places at an event
///
/// A member's places are confirmed at once (201). A guest, who sends name and email, gets a mail with a link
/// that confirms them within 30 minutes (202). Places that cost something are held (201) until they are paid:
/// see `POST /api/v1/payments/create`, or send the person to the order's `url`.
#[utoipa::path(post, path = "/api/v1/events/{slug}/orders", tag = "Places", request_body = Places,
    params(("slug" = String, Path, example = "repair-cafe"), ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security((), ("token" = ["write"])),
    responses((status = 201, body = Success<OrderJson>), (status = 202, body = Success<WaitsJson>), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn take(
    State(app): State<App>,
    caller: Caller,
    locale: Locale,
    Path(slug): Path<String>,
    Json(places): Json<Places>,
) -> Result {
    let me = match &caller.member {
        Some(_) => Some(caller.needs(Scope::Write)?),
        None => None,
    };
    let (event, types) = events::api::known_with_types(&app, &caller, &slug).await?;
    let (wished, buyer) = places.parse(&types, me.as_deref(), locale)?;
    promo_codes::count_guess(&app, event.id, &wished.promo, &caller.ip.whose()).await?;
    let wish = wish(&event, &caller, buyer, wished);
    if me.is_none() {
        GUEST_HOLDS.count(&app, &format!("{}/{}", caller.ip.whose(), event.id)).await?;
    }
    let now = app.clock.now();
    let taken = decide!(app.db, tx, super::take(tx, &wish, now).await).map_err(refused)?;
    if let (None, Taken::New(order)) = (&me, &taken)
        && order.total > 0
    {
        let mut shown = json_at(&app, &event, order).await?;
        shown.url = app.config.url(&order.form_path(&app));
        return made(shown);
    }
    if me.is_none() {
        let held_until = (now + super::CONFIRM).rfc3339();
        let message = crate::i18n::Say::to(
            &t!("We have sent you a link. Open it within half an hour to confirm your places."),
            locale,
        );
        return accepted(WaitsJson { state: "held", held_until, message });
    }
    let order = match taken {
        Taken::New(order) => order,
        Taken::Again(id) | Taken::Already(id) | Taken::Nothing(id) => store::by_id(&app.db, id).await?.or_404()?,
    };
    made(json_at(&app, &event, &order).await?)
}

fn wish(event: &Event, caller: &Caller, buyer: Buyer, wished: Wished) -> Wish {
    let first = match &buyer {
        Buyer::Member { name, email, .. } | Buyer::Guest { name, email, .. } => (name.clone(), email.address.clone()),
    };
    let others = wished.invited.into_iter().map(|email| (String::new(), email.address));
    Wish {
        event: event.id,
        way: Way::Own,
        actor: caller.actor(),
        places: wished.places,
        amounts: wished.amounts,
        promo: wished.promo,
        pay_later: wished.pay_later,
        attendees: std::iter::once(first).chain(others).collect(),
        form: None,
        buyer,
    }
}

/// My orders, the latest first
#[utoipa::path(get, path = "/api/v1/me/orders", tag = "Places", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<OrderJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let (before, id) = span.before();
    let orders = store::of_member_before(&app.db, me.id, before, &id, span.rows()).await?;
    let mut shown = Vec::with_capacity(orders.len());
    for order in orders {
        shown.push((order.placed_at, json(&app, &order).await?));
    }
    ok(span.page(shown, |(at, order)| (*at, order.id.clone()), |(_, order)| order))
}

/// An order of the caller's, else 404.
pub(crate) async fn own(app: &App, me: &Member, id: &str) -> Result<Order> {
    let id: Id<Order> = id.parse().ok().or_404()?;
    let order = store::by_id(&app.db, id).await?.filter(|order| order.member_id == Some(me.id));
    Ok(order.or_404()?)
}

/// What opens a guest's order: the `key` in its `url`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Opener {
    #[param(required = false)]
    pub key: String,
}

/// An order that is the caller's, or whose key was sent; else 404. Without either, 401.
pub(crate) async fn opened(
    app: &App,
    caller: &Caller,
    scope: Scope,
    id: &str,
    opener: &Opener,
) -> Result<Order, Problem> {
    let by_key = id.parse().is_ok_and(|id| super::opening(app, id, &opener.key).is_some());
    if !by_key {
        let me = caller.needs(scope)?;
        return own(app, &me, id).await;
    }
    let id: Id<Order> = id.parse().ok().or_404()?;
    Ok(store::by_id(&app.db, id).await?.or_404()?)
}

/// One of my orders, with its tickets
///
/// A guest's is opened by the `key` in its `url`, without a token.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "Places", params(("id" = String, Path), Opener), security((), ("token" = ["read"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail)))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
) -> Result {
    let order = opened(&app, &caller, Scope::Read, &id, &opener).await?;
    ok(json(&app, &order).await?)
}

/// Give all places of an order back
///
/// Twice is as good as once. What comes back of the money is the event's refund rule, or all of it where its date or
/// place was moved after the order was placed: see the order's `refund_percent` and `refund_until`.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancellation", tag = "Places", params(("id" = String, Path), Opener), security((), ("token" = ["write"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let (now, by) = (app.clock.now(), By::Buyer(caller.actor()));
    let order = decide!(app.db, tx, super::cancel(tx, order.id, by, now).await).map_err(refused)?;
    ok(json(&app, &order).await?)
}

/// Give one ticket of an order back
///
/// Twice is as good as once; the order's last ticket ends the order.
#[utoipa::path(post, path = "/api/v1/orders/{id}/tickets/{ticket}/cancellation", tag = "Places",
    params(("id" = String, Path), ("ticket" = String, Path), Opener), security((), ("token" = ["write"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn cancel_ticket(
    State(app): State<App>,
    caller: Caller,
    Path((id, ticket)): Path<(String, String)>,
    Query(opener): Query<Opener>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let ticket: Id<Ticket> = ticket.parse().ok().or_404()?;
    store::tickets(&app.db, order.id).await?.iter().find(|one| one.id == ticket).or_404()?;
    let (now, by) = (app.clock.now(), By::Buyer(caller.actor()));
    let order = decide!(app.db, tx, ending::cancel_ticket(tx, ticket, by, now).await).map_err(refused)?;
    ok(json(&app, &order).await?)
}
