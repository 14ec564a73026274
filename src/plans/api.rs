//! Plans for programs: what there is to choose, choosing it, and what was paid.
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::changing::{self, Agreed};
use super::{Bill, Plan, Refusal, Subscription, Tier, store, subscribing};
use crate::api::answers::{Fail, Listed, Problem, Success};
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::forms::{Errors, Reader};
use crate::money::MOST;
use crate::payments::api::way_back;

/// What a plan allows and costs. A limit that is null is none.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierJson {
    /// `free`, `individual`, `team` or `enterprise`.
    #[schema(example = "team")]
    pub tier: &'static str,
    pub name: &'static str,
    /// A month, in minor units of the currency.
    #[schema(example = 2900)]
    pub amount: i64,
    #[schema(example = "CHF")]
    pub currency: String,
    /// Events ahead.
    pub events: Option<i64>,
    /// People at one event.
    pub attendees: Option<i64>,
    /// Hosts of one event beside its owner.
    pub hosts: Option<i64>,
    /// Announcements a month.
    pub announcements: Option<i64>,
    /// Credits that come with each month.
    pub credits: i64,
}

impl TierJson {
    fn of(plan: Plan) -> Self {
        Self {
            tier: plan.tier.word(),
            name: plan.tier.name(),
            amount: plan.price,
            currency: plan.currency,
            events: plan.events,
            attendees: plan.attendees,
            hosts: plan.hosts,
            announcements: plan.announcements,
            credits: plan.credits,
        }
    }
}

/// The plans to choose from
///
/// None while the site has no plans: then everybody may do everything.
#[utoipa::path(get, path = "/api/v1/subscription-tiers", tag = "Payments",
    responses((status = 200, body = Success<Listed<TierJson>>)))]
pub async fn tiers(State(app): State<App>) -> Result {
    let items = store::plans(&app.db).await?.into_iter().map(TierJson::of).collect();
    ok(Listed { items, next_cursor: None })
}

/// Which plan, and where to come back to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedPlan {
    /// `individual`, `team` or `enterprise`.
    #[schema(value_type = String, example = "team", required = true)]
    #[serde(default, alias = "plan", alias = "subscription_tier")]
    pub tier: Text,
    /// If given, it must be what a month costs, in minor units: the amount is always ours.
    #[schema(value_type = Option<i64>, example = 2900)]
    #[serde(default)]
    pub amount_cents: Text,
    /// For who pays a plan already: if given, it must be what is charged at once for the rest of the month, in minor
    /// units. Where it is another sum the answer is 409 and names it, and nothing is charged. Stripe counts by the
    /// second, so there a little less may be taken.
    #[schema(value_type = Option<i64>, example = 1850)]
    #[serde(default)]
    pub charge_now: Text,
    /// Where the buyer comes back to: below the site's address or an origin that the operator allows.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub success_url: Text,
    /// Where the buyer goes who does not want to pay.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub cancel_url: Text,
}

/// A plan that a member pays every month.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionJson {
    pub id: String,
    #[schema(example = "team")]
    pub tier: &'static str,
    /// `incomplete`, `active`, `past_due` or `ended`.
    #[schema(example = "active")]
    pub state: &'static str,
    pub ends_at_period_end: bool,
    /// RFC 3339, like all times.
    pub period_ends_at: Option<String>,
    /// Until when a plan goes on that could not be paid.
    pub grace_until: Option<String>,
    pub started_at: String,
    /// The payment service's page, while it is not paid yet.
    pub url: Option<String>,
    pub bills: Vec<BillJson>,
}

/// What was paid for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillJson {
    pub payment_id: Option<String>,
    #[schema(example = "team")]
    pub tier: &'static str,
    /// In minor units of the currency.
    pub amount: i64,
    pub currency: String,
    pub starts_at: String,
    pub ends_at: String,
    /// Those that came with it.
    pub credits: i64,
    pub paid_at: String,
}

impl BillJson {
    fn of(bill: Bill) -> Self {
        Self {
            payment_id: bill.payment_id.map(|id| id.to_string()),
            tier: bill.tier.word(),
            amount: bill.amount,
            currency: bill.currency,
            starts_at: bill.starts_at.rfc3339(),
            ends_at: bill.ends_at.rfc3339(),
            credits: bill.credits,
            paid_at: bill.paid_at.rfc3339(),
        }
    }
}

async fn json(app: &App, of: Subscription) -> Result<SubscriptionJson> {
    let bills = store::bills_of(&app.db, of.id).await?;
    let open = of.is_incomplete();
    Ok(SubscriptionJson {
        id: of.id.to_string(),
        tier: of.tier.word(),
        state: of.state.word(),
        ends_at_period_end: of.ends_at_period_end,
        period_ends_at: of.period_ends_at.map(Instant::rfc3339),
        grace_until: of.grace_until().map(Instant::rfc3339),
        started_at: of.started_at.rfc3339(),
        url: of.url.filter(|_| open).map(|url| if url.starts_with('/') { app.config.url(&url) } else { url }),
        bills: bills.into_iter().map(BillJson::of).collect(),
    })
}

/// Choose a plan
///
/// Answers a subscription with the payment service's page, to which the buyer is sent. While it is open, asking again
/// answers the same one. Who pays for a plan already has another one from then on: what a dearer one costs more for the
/// rest of the month is charged at once, and with a cheaper one nothing comes back. `charge_now` guards against a sum
/// that nobody agreed to.
#[utoipa::path(post, path = "/api/v1/payments/subscribe", tag = "Payments", request_body = WantedPlan,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security(("token" = ["write"])),
    responses((status = 201, body = Success<SubscriptionJson>), (status = 401, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn subscribe(State(app): State<App>, caller: Caller, Json(wanted): Json<WantedPlan>) -> Result {
    let me = caller.needs(Scope::Write)?;
    let mut reader = Reader::default();
    let typed = wanted.tier.text("tier", &mut reader.errors);
    let tier: Tier = reader.choice("tier", &typed);
    let amount = wanted.amount_cents.text("amount_cents", &mut reader.errors);
    let price = store::plan(&app.db, tier).await?.map(|plan| plan.price.to_string());
    if !amount.is_empty() && price.is_some_and(|price| price != amount) {
        reader.errors.add("amount_cents", t!("The plan costs another amount."));
    }
    let charge = wanted.charge_now.text("charge_now", &mut reader.errors);
    let agreed = reader.number("charge_now", &charge, 0, MOST).map(|charge| Agreed { amount: None, charge });
    let to = way_back(&mut reader, &app.config, wanted.success_url, wanted.cancel_url);
    reader.errors.or(|| ())?;
    let live = store::live_of(&app.db, me.id).await?;
    let of = if live.is_some_and(|live| live.runs()) {
        changing::change(&app, me.id, tier, agreed).await.map_err(refused)?
    } else {
        subscribing::begin(&app, &me, tier, &to).await.map_err(refused)?.0
    };
    let of = store::by_id(&app.db, of.id).await?.or_404()?;
    made(json(&app, of).await?)
}

/// My subscriptions, the latest first
#[utoipa::path(get, path = "/api/v1/me/subscriptions", tag = "Payments", security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<SubscriptionJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller) -> Result {
    let me = caller.needs(Scope::Read)?;
    let mut items = Vec::new();
    for of in store::of_member(&app.db, me.id).await? {
        items.push(json(&app, of).await?);
    }
    ok(Listed { items, next_cursor: None })
}

pub(super) fn refused(refusal: Refusal) -> Problem {
    match refusal.or_broken() {
        Ok(refusal) => Problem::Fail(StatusCode::CONFLICT, Errors::whole(refusal)),
        Err(error) => Problem::Error(error),
    }
}
