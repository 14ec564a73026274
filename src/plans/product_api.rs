//! Products for programs: what admins set up.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api::refused;
use super::forms::NewProduct;
use super::{Product, init, products, store};
use crate::api::answers::{Done, Fail, Listed, Problem, Success};
use crate::api::token_api::not_by_token;
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::forms::{Errors, Reader};
use crate::i18n::{Currency, Locale, Say};
use crate::ids::Id;
use crate::web::{Path, SteppedUp};

/// Something that this site sells.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductJson {
    pub id: String,
    #[schema(example = "plan:team")]
    pub key: String,
    pub name: String,
    /// In minor units of the currency.
    pub amount: i64,
    pub currency: String,
    /// Paid every month, rather than once.
    pub monthly: bool,
    /// How the payment service calls it, once it is listed there.
    pub reference: Option<String>,
}

impl ProductJson {
    fn of(of: Product) -> Self {
        let Product { id, key, name, amount, currency, monthly, reference, .. } = of;
        Self { id: id.to_string(), key, name, amount, currency, monthly, reference }
    }
}

/// What is for sale, for admins
#[utoipa::path(get, path = "/api/v1/products", tag = "Payments", security(("token" = ["admin"])),
    responses((status = 200, body = Success<Listed<ProductJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result {
    caller.needs(Scope::Admin)?;
    let items = store::products(&app.db).await?.into_iter().map(ProductJson::of).collect();
    ok(Listed { items, next_cursor: None })
}

/// A new product.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedProduct {
    /// What it is called, at the provider too.
    #[schema(value_type = String, example = "Sticker", required = true)]
    #[serde(default)]
    pub name: Text,
    /// As a person types it, in the site's currency.
    #[schema(value_type = String, example = "12.50", required = true)]
    #[serde(default)]
    pub amount: Text,
    /// Whether it is paid every month; once unless told.
    #[schema(value_type = bool, example = false)]
    #[serde(default)]
    pub monthly: Text,
    /// It stands in the journal.
    #[schema(value_type = String, example = "People ask for them.", required = true)]
    #[serde(default)]
    pub reason: Text,
}

/// Make a product
///
/// Refused when its name exists (409). Only for a session or the token of a sign-in.
#[utoipa::path(post, path = "/api/v1/products", tag = "Payments", request_body = WantedProduct, security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 201, body = Success<ProductJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn make(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    Json(wanted): Json<WantedProduct>,
) -> Result {
    caller.needs(Scope::Admin)?;
    not_by_token(&caller)?;
    let mut errors = Errors::default();
    let typed = NewProduct {
        name: wanted.name.text("name", &mut errors),
        amount: wanted.amount.text("amount", &mut errors),
        monthly: wanted.monthly.flag_or("monthly", "", &mut errors),
        reason: wanted.reason.text("reason", &mut errors),
    };
    errors.or(|| ())?;
    let currency = Currency::new(&app.config.currency).unwrap_or(Currency::NONE);
    let (making, reason) = typed.parse(currency)?;
    let (now, by) = (app.clock.now(), caller.actor());
    let product = decide!(app.db, tx, products::make(tx, &making, (by, &reason), now).await).map_err(refused)?;
    // Its job tries again where the provider does not answer.
    products::list(&app, product.id).await.ok();
    made(ProductJson::of(store::product(&app.db, product.id).await?.or_404()?))
}

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductReason {
    /// It stands in the journal.
    #[schema(value_type = String, example = "The prices are agreed.", required = true)]
    #[serde(default)]
    pub reason: Text,
}

fn reason(wanted: ProductReason) -> Result<String, Problem> {
    let mut reader = Reader::default();
    let typed = wanted.reason.text("reason", &mut reader.errors);
    let reason = reader.required("reason", &typed, 300, t!("Say why. It stands in the journal."));
    reader.errors.or(|| reason).map_err(Problem::fields)
}

/// Delete a product
///
/// It is archived at the payment service and gone here. Only for a session or the token of a sign-in.
#[utoipa::path(delete, path = "/api/v1/products/{id}", tag = "Payments", request_body = ProductReason, security(("session" = [])),
    params(("id" = String, Path), ("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<Done>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn remove(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
    Path(id): Path<String>,
    Json(why): Json<ProductReason>,
) -> Result {
    caller.needs(Scope::Admin)?;
    not_by_token(&caller)?;
    let id: Id<Product> = id.parse().ok().or_404()?;
    store::product(&app.db, id).await?.filter(|of| of.archived_at.is_none()).or_404()?;
    let reason = reason(why)?;
    let (now, by) = (app.clock.now(), caller.actor());
    let gone = decide!(app.db, tx, products::archive(tx, id, (by, &reason), now).await).map_err(refused)?;
    products::list(&app, id).await.ok();
    ok(Done { message: t!("{name} is deleted.", name = gone.name).to(locale) })
}

/// What setting up found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetUpJson {
    /// Whether nothing had to be done.
    pub well: bool,
    /// A sentence for each thing.
    pub found: Vec<String>,
    pub products: Vec<ProductJson>,
}

/// Set the products up
///
/// Makes the four plans and the credits, and mends what differs at the payment service. Any number of times. Only for a
/// session or the token of a sign-in.
#[utoipa::path(post, path = "/api/v1/products/initialize", tag = "Payments", request_body = ProductReason, security(("session" = [])),
    params(("Step-Up" = Option<String>, Header, description = "A code of your app (your password if you have none), unless you proved within the last ten minutes that it is you")),
    responses((status = 200, body = Success<SetUpJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn set_up(
    State(app): State<App>,
    SteppedUp(caller): SteppedUp<Caller>,
    locale: Locale,
    Json(why): Json<ProductReason>,
) -> Result {
    caller.needs(Scope::Admin)?;
    not_by_token(&caller)?;
    let reason = reason(why)?;
    let found = init::run(&app, caller.actor(), &reason).await.map_err(refused)?;
    ok(SetUpJson {
        well: found.iter().all(init::Found::is_well),
        found: found.iter().map(|of| of.to(locale)).collect(),
        products: store::products(&app.db).await?.into_iter().map(ProductJson::of).collect(),
    })
}
