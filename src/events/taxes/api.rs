//! The tax rates of an event, for the programs of those who host it.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms::Typed;
use super::{TaxRate, Taxes};
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Json, Problem, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::error::OrNotFound;
use crate::events::{self, Refusal, Role, TicketType, hosting};
use crate::forms::Errors;
use crate::ids::Id;
use crate::web::Path;

/// A tax that is in the price of tickets, or comes on top of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaxRateJson {
    pub id: String,
    #[schema(example = "VAT")]
    pub name: String,
    /// Thousandths of a percent: 8.1 % is 8100.
    #[schema(example = 8100)]
    pub thousandths: i64,
    /// Whether prices hold it already; else it comes on top.
    pub inclusive: bool,
    /// The ids of the ticket types that have it.
    pub types: Vec<String>,
}

impl TaxRateJson {
    fn of(rate: &TaxRate, taxes: &Taxes, types: &[TicketType]) -> Self {
        let has = |of: &&TicketType| taxes.of(of.id).is_some_and(|has| has.id == rate.id);
        Self {
            id: rate.id.to_string(),
            name: rate.name.clone(),
            thousandths: rate.thousandths,
            inclusive: rate.inclusive,
            types: types.iter().filter(has).map(|of| of.id.to_string()).collect(),
        }
    }
}

/// A new rate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedTaxRate {
    /// As it stands on receipts.
    #[schema(value_type = String, example = "VAT", required = true)]
    #[serde(default)]
    pub name: Text,
    /// With three decimals at most.
    #[schema(value_type = String, example = "8.1", required = true)]
    #[serde(default)]
    pub percent: Text,
    /// `inclusive` (prices hold it already, as without this field) or `exclusive` (it comes on top).
    #[schema(value_type = Option<String>, example = "inclusive")]
    #[serde(default)]
    pub kind: Text,
    /// The ids of the ticket types that have it from now on.
    #[schema(value_type = Vec<String>, example = json!([]))]
    #[serde(default)]
    pub types: Vec<Text>,
}

fn refused(refusal: Refusal) -> Problem {
    match refusal.errors() {
        Ok(errors) => errors.into(),
        Err(error) => error.into(),
    }
}

async fn listed(app: &App, event: Id<events::Event>) -> Result<Vec<TaxRateJson>> {
    let taxes = super::of_event(&app.db, event).await?;
    let types = events::store::ticket_types(&app.db, event).await?;
    Ok(taxes.rates.iter().map(|rate| TaxRateJson::of(rate, &taxes, &types)).collect())
}

/// The tax rates of an event that I run
#[utoipa::path(get, path = "/api/v1/events/{slug}/taxes", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Vec<TaxRateJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    ok(listed(&app, event.id).await?)
}

/// Name a tax rate
///
/// Tax is worked out for each ticket and rounded to what can be paid, halves up. Orders keep the rates that they were
/// placed with.
#[utoipa::path(post, path = "/api/v1/events/{slug}/taxes", tag = "Hosting", request_body = WantedTaxRate,
    params(("slug" = String, Path, example = "repair-cafe")), security(("token" = ["host"])),
    responses((status = 201, body = Success<TaxRateJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 422, body = Fail)))]
pub async fn make(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Json(wanted): Json<WantedTaxRate>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut errors = Errors::default();
    let typed = Typed {
        name: wanted.name.text("name", &mut errors),
        percent: wanted.percent.text("percent", &mut errors),
        kind: wanted.kind.text("kind", &mut errors),
    };
    let mut types: Vec<Id<TicketType>> = Vec::new();
    for of in wanted.types {
        match of.text("types", &mut errors).parse() {
            Ok(of) => types.push(of),
            Err(_) => errors.add("types", t!("Choose one of the ticket types shown.")),
        }
    }
    errors.or(|| ())?;
    let planned = typed.parse()?;
    let (now, by) = (app.clock.now(), caller.actor());
    let rate = decide!(app.db, tx, {
        let rate = super::make(tx, event.id, &planned, by, now).await;
        match rate {
            Ok(rate) => {
                let wanted: Vec<_> = types.iter().map(|of| (*of, Some(rate.id))).collect();
                super::assign(tx, event.id, &wanted, by, now).await.map(|()| rate)
            }
            Err(refusal) => Err(refusal),
        }
    });
    let rate = rate.map_err(refused)?;
    let rates = listed(&app, event.id).await?;
    made(rates.into_iter().find(|listed| listed.id == rate.id.to_string()).or_404()?)
}

/// Remove a tax rate that no ticket has
#[utoipa::path(delete, path = "/api/v1/events/{slug}/taxes/{id}", tag = "Hosting",
    params(("slug" = String, Path, example = "repair-cafe"), ("id" = String, Path)), security(("token" = ["host"])),
    responses((status = 200, body = Success<Vec<TaxRateJson>>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 422, body = Fail)))]
pub async fn remove(State(app): State<App>, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let id: Id<TaxRate> = id.parse().ok().or_404()?;
    let (now, by) = (app.clock.now(), caller.actor());
    let found = decide!(app.db, tx, super::remove(tx, event.id, id, by, now).await).map_err(refused)?;
    found.then_some(()).or_404()?;
    ok(listed(&app, event.id).await?)
}
