//! Addresses that an earlier system had for the same: each answers as the one that it names.
use axum::extract::State;

use super::product_api::{ProductReason, SetUpJson};
use super::{api, product_api};
use crate::api::answers::{Fail, Listed, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result};
use crate::app::App;
use crate::i18n::Locale;
use crate::payments;
use crate::payments::api::PaymentJson;
use crate::plans::api::SubscriptionJson;
use crate::web::{Query, SteppedUp};

/// My payments: the same as /api/v1/me/payments
#[utoipa::path(get, path = "/api/v1/my/payments", tag = "Payments", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<PaymentJson>>), (status = 401, body = Fail)))]
pub async fn payments(app: State<App>, caller: Caller, paging: Query<Paging>) -> Result {
    payments::api::mine(app, caller, paging).await
}

/// My subscriptions: the same as /api/v1/me/subscriptions
#[utoipa::path(get, path = "/api/v1/my/subscriptions", tag = "Payments", security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<SubscriptionJson>>), (status = 401, body = Fail)))]
pub async fn subscriptions(app: State<App>, caller: Caller) -> Result {
    api::mine(app, caller).await
}

/// Set the products up: the same as /api/v1/products/initialize
#[utoipa::path(post, path = "/api/v1/payments/initialize-products", tag = "Payments", request_body = ProductReason, security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<SetUpJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn initialize(
    app: State<App>,
    caller: SteppedUp<Caller>,
    locale: Locale,
    why: Json<ProductReason>,
) -> Result {
    product_api::set_up(app, caller, locale, why).await
}
