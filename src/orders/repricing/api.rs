//! The promo code of an order that waits to be paid, for programs.
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Json, Result, Scope, Text, ok};
use crate::app::App;
use crate::forms::{Errors, Reader};
use crate::orders::api::{Opener, OrderJson, json, opened, refused};
use crate::orders::promo_codes;
use crate::web::{Path, Query};

/// A code for an order.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedCode {
    /// In capitals or not.
    #[schema(value_type = String, example = "WINTER10", required = true)]
    #[serde(default)]
    pub promo_code: Text,
}

/// Put a promo code on an order that is not paid
///
/// Instead of the one that it has. A checkout that is open at the payment provider is ended: open another payment then.
/// What costs nothing any more is confirmed at once, for a guest by the link in the mail. 409 once it is paid, while money
/// may be on its way, and when it is too late to open another payment.
#[utoipa::path(post, path = "/api/v1/orders/{id}/promo-code", tag = "Places", request_body = WantedCode,
    params(("id" = String, Path), Opener), security((), ("token" = ["write"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn put_on(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
    Json(wanted): Json<WantedCode>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let mut errors = Errors::default();
    let typed = wanted.promo_code.text("promo_code", &mut errors);
    let mut reader = Reader { errors };
    let typed = reader.line("promo_code", &typed, promo_codes::LONGEST);
    reader.errors.or(|| ())?;
    promo_codes::count_guess(&app, order.event_id, &typed, &caller.ip.whose()).await?;
    let order = super::put_on(&app, order.id, &typed, caller.actor()).await.map_err(refused)?;
    ok(json(&app, &order).await?)
}

/// Take the promo code off an order that is not paid
///
/// It costs again what its places cost, and the code's use is free. What cost nothing with the code is taxed by today's
/// rates, all else by those of when it was ordered. Twice is as good as once. 409 where nothing is left to pay and only
/// the link in the mail is missing.
#[utoipa::path(delete, path = "/api/v1/orders/{id}/promo-code", tag = "Places", params(("id" = String, Path), Opener),
    security((), ("token" = ["write"])),
    responses((status = 200, body = Success<OrderJson>), (status = 401, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail)))]
pub async fn take_off(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(opener): Query<Opener>,
) -> Result {
    let order = opened(&app, &caller, Scope::Write, &id, &opener).await?;
    let order = super::take_off(&app, order.id, caller.actor()).await.map_err(refused)?;
    ok(json(&app, &order).await?)
}
