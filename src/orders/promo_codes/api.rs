//! The promo codes of an event, for the programs of those who host it.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms::Typed;
use super::{Listed, PromoCode, store};
use crate::api::answers::{Fail, Success};
use crate::api::{Caller, Json, Problem, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::events::{self, Role, hosting};
use crate::forms::Errors;
use crate::ids::Id;
use crate::orders::Refusal;
use crate::orders::api::refused;
use crate::web::Path;

/// A code that takes something off the price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromoCodeJson {
    pub id: String,
    #[schema(example = "WINTER10")]
    pub code: String,
    /// Of the price of each place; null where an amount comes off.
    #[schema(example = 10)]
    pub percent: Option<i64>,
    /// Of an order, in minor units of the currency.
    pub amount: Option<i64>,
    #[schema(example = "CHF")]
    pub currency: String,
    /// In how many orders it counts at most; null is any number.
    pub most_uses: Option<i64>,
    /// In how many it counts now: those that hold or have places.
    pub uses: i64,
    /// What it took off these, in minor units.
    pub discount: i64,
    pub from: Option<String>,
    pub until: Option<String>,
    /// The ids of the ticket types that it is for; empty is all.
    pub types: Vec<String>,
    /// `open`, `early`, `over`, `used_up` or `ended`.
    #[schema(example = "open")]
    pub state: &'static str,
}

impl PromoCodeJson {
    fn of(listed: Listed, now: Instant) -> Self {
        let Listed { code, uses, discount } = listed;
        Self {
            id: code.id.to_string(),
            percent: code.percent,
            amount: code.amount,
            most_uses: code.most_uses,
            uses,
            discount,
            from: code.starts_at.map(Instant::rfc3339),
            until: code.ends_at.map(Instant::rfc3339),
            types: code.types().iter().map(ToString::to_string).collect(),
            state: code.stage(uses, now).word(),
            currency: code.currency,
            code: code.code,
        }
    }
}

/// A new code.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedPromoCode {
    /// Without one, one is made up.
    #[schema(value_type = Option<String>, example = "WINTER10")]
    #[serde(default)]
    pub code: Text,
    /// From 1 to 100. This or `amount`.
    #[schema(value_type = Option<i64>, example = 10)]
    #[serde(default)]
    pub percent: Text,
    /// Of an order, as decimal in the currency of the event, like `5.00`.
    #[schema(value_type = Option<String>, example = json!(null))]
    #[serde(default)]
    pub amount: Text,
    /// How many orders may use it; null is any number.
    #[schema(value_type = Option<i64>, example = 100)]
    #[serde(default)]
    pub most_uses: Text,
    /// By the clocks of the event's place, like `2026-12-05T19:30`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub from: Text,
    /// In the same form; null is without end.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub until: Text,
    /// The ids of ticket types; none is all.
    #[schema(value_type = Vec<String>, example = json!([]))]
    #[serde(default)]
    pub types: Vec<Text>,
}

impl WantedPromoCode {
    fn typed(self, errors: &mut Errors) -> Typed {
        let (percent, amount) = (self.percent.text("percent", errors), self.amount.text("amount", errors));
        if percent.is_empty() == amount.is_empty() {
            errors.add("percent", t!("Say either a percentage or an amount."));
        }
        Typed {
            code: self.code.text("code", errors),
            kind: if percent.is_empty() { "amount" } else { "percent" }.to_owned(),
            value: if percent.is_empty() { amount } else { percent },
            uses: self.most_uses.text("most_uses", errors),
            from: self.from.text("from", errors),
            until: self.until.text("until", errors),
            types: self.types.into_iter().map(|of| of.text("types", errors)).collect(),
        }
    }
}

/// The fields of the form are called otherwise here.
fn renamed(errors: &Errors, by_percent: bool) -> Errors {
    let mut renamed = Errors::default();
    let called = |field: &str| match field {
        "value" | "kind" if by_percent => "percent".to_owned(),
        "value" | "kind" => "amount".to_owned(),
        "uses" => "most_uses".to_owned(),
        "type" => "types".to_owned(),
        field => field.to_owned(),
    };
    renamed.take(errors, called);
    renamed
}

/// The promo codes of an event that I run, the latest first
#[utoipa::path(get, path = "/api/v1/events/{slug}/promo-codes", tag = "Hosting", params(("slug" = String, Path, example = "repair-cafe")),
    security(("token" = ["host"])),
    responses((status = 200, body = Success<Vec<PromoCodeJson>>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn list(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let (codes, now) = (store::of_event(&app.db, event.id).await?, app.clock.now());
    ok(codes.into_iter().map(|code| PromoCodeJson::of(code, now)).collect::<Vec<_>>())
}

/// Make a promo code
///
/// Buyers type it on the event's page, or open the page with `?promo=CODE`. However it is written, with capitals or
/// without, it is the same code.
#[utoipa::path(post, path = "/api/v1/events/{slug}/promo-codes", tag = "Hosting", request_body = WantedPromoCode,
    params(("slug" = String, Path, example = "repair-cafe")), security(("token" = ["host"])),
    responses((status = 201, body = Success<PromoCodeJson>), (status = 401, body = Fail), (status = 403, body = Fail),
        (status = 404, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn make(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Json(wanted): Json<WantedPromoCode>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut errors = Errors::default();
    let typed = wanted.typed(&mut errors);
    errors.or(|| ())?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let planned = typed.parse(&event, &types).map_err(|errors| renamed(&errors, typed.kind == "percent"))?;
    let (now, by) = (app.clock.now(), caller.actor());
    let code =
        decide!(app.db, tx, super::make(tx, event.id, &planned, by, now).await).map_err(|refusal| match refusal {
            Refusal::PromoExists => Problem::conflict(Refusal::PromoExists),
            refusal => refused(refusal),
        })?;
    made(PromoCodeJson::of(Listed { code, uses: 0, discount: 0 }, now))
}

/// End a promo code
///
/// Orders that have it keep what they were promised. Twice is as good as once.
#[utoipa::path(post, path = "/api/v1/events/{slug}/promo-codes/{id}/end", tag = "Hosting",
    params(("slug" = String, Path, example = "repair-cafe"), ("id" = String, Path)), security(("token" = ["host"])),
    responses((status = 200, body = Success<PromoCodeJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail)))]
pub async fn end(State(app): State<App>, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let id: Id<PromoCode> = id.parse().ok().or_404()?;
    let (now, by) = (app.clock.now(), caller.actor());
    let ended = decide!(app.db, tx, super::end(tx, event.id, id, by, now).await).map_err(refused)?;
    ended.or_404()?;
    let listed = store::of_event(&app.db, event.id).await?.into_iter().find(|listed| listed.code.id == id);
    ok(PromoCodeJson::of(listed.or_404()?, now))
}
