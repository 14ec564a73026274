//! Credits for programs: the balance and where it came from, buying some, and spending them.
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::featuring::{self, MOST_DAYS, Wish};
use super::pages::{TEST, read};
use super::store::Told;
use super::{Refusal, store};
use crate::api::answers::{Fail, Problem, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::events::{Role, hosting};
use crate::forms::{Errors, Reader};
use crate::orders::api::refused as unpaid;
use crate::payments::api::{PaymentJson, json, way_back};
use crate::payments::{purchases, store as payments};
use crate::web::{Path, Query};

/// A member's credits.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditsJson {
    /// Below 0 what is owed: credits of a payment that went back were spent.
    #[schema(example = 130)]
    pub balance: i64,
    /// What came and went, the latest first.
    pub items: Vec<LineJson>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// One line of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineJson {
    pub number: i64,
    /// `purchase`, `grant`, `plan`, `spend`, `debt` or `restored`.
    #[schema(example = "purchase")]
    pub kind: &'static str,
    /// Below 0 for what went.
    #[schema(example = 50)]
    pub credits: i64,
    /// What was there after it.
    pub balance: i64,
    pub payment_id: Option<String>,
    /// The slug of the event that is featured for it.
    pub event: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    /// Why an admin gave them, or the plan that they came with; '' else.
    pub reason: String,
    /// RFC 3339.
    pub at: String,
}

impl LineJson {
    fn of(told: Told) -> Self {
        let Told { line, slug, .. } = told;
        Self {
            number: line.number,
            kind: line.kind.word(),
            credits: line.credits,
            balance: line.balance,
            payment_id: line.payment_id.map(|id| id.to_string()),
            event: line.event_id.map(|_| slug),
            from: line.from_at.map(Instant::rfc3339),
            until: line.until_at.map(Instant::rfc3339),
            reason: line.reason,
            at: line.at.rfc3339(),
        }
    }
}

/// My credits: the balance and its history
#[utoipa::path(get, path = "/api/v1/me/credits", tag = "Payments", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<CreditsJson>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let before = span.after.as_ref().and_then(|(_, number)| number.parse().ok()).unwrap_or(i64::MAX);
    let lines = store::of_member(&app.db, me.id, before, span.rows()).await?;
    let page = span.page(lines, |told| (told.line.at, told.line.number.to_string()), LineJson::of);
    let balance = super::balance(&app, me.id).await?;
    ok(CreditsJson { balance, items: page.items, next_cursor: page.next_cursor })
}

/// How many credits to buy.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedCredits {
    /// 50 or more; more where a payment cannot be as small.
    #[schema(value_type = i64, example = 50, required = true)]
    #[serde(default, alias = "tokens", alias = "quantity")]
    pub credits: Text,
    /// If given, it must be what they cost, in minor units: the amount is always ours.
    #[schema(value_type = Option<i64>, example = 500)]
    #[serde(default)]
    pub amount_cents: Text,
    /// Where the buyer comes back to: below the site's address or an origin that the operator allows.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub success_url: Text,
    /// Where the buyer goes who does not want to pay.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub cancel_url: Text,
}

/// Buy credits
///
/// Answers a payment with the provider's page, to which the buyer is sent. While it is open, asking for as many again
/// answers the same one.
#[utoipa::path(post, path = "/api/v1/payments/buy-tokens", tag = "Payments", request_body = WantedCredits,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security(("token" = ["write"])),
    responses((status = 201, body = Success<PaymentJson>), (status = 401, body = Fail), (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn buy(State(app): State<App>, caller: Caller, Json(wanted): Json<WantedCredits>) -> Result {
    let me = caller.needs(Scope::Write)?;
    let mut reader = Reader::default();
    let typed = wanted.credits.text("credits", &mut reader.errors);
    let credits = read(&app, &mut reader, &typed);
    let amount = wanted.amount_cents.text("amount_cents", &mut reader.errors);
    let price = super::price::of(credits, super::pages::currency(&app));
    if !amount.is_empty() && amount != price.minor.to_string() {
        reader.errors.add("amount_cents", t!("They cost another amount."));
    }
    let to = way_back(&mut reader, &app.config, wanted.success_url, wanted.cancel_url);
    reader.errors.or(|| ())?;
    let (payment, _) = purchases::begin(&app, &me, credits, &to).await.map_err(unpaid)?;
    let payment = payments::by_id(&app.db, payment.id).await?.or_404()?;
    made(json(&app, payment).await?)
}

/// Credits without a payment, on development sites
///
/// For trying out what credits are spent on. Elsewhere there is no such address (404).
#[utoipa::path(post, path = "/api/v1/payments/buy-tokens/test", tag = "Payments", request_body = WantedCredits, security(("token" = ["write"])),
    responses((status = 201, body = Success<CreditsJson>), (status = 401, body = Fail), (status = 404, body = Fail), (status = 422, body = Fail)))]
pub async fn test(State(app): State<App>, caller: Caller, Json(wanted): Json<WantedCredits>) -> Result {
    let me = caller.needs(Scope::Write)?;
    app.config.development().then_some(()).or_404()?;
    let mut reader = Reader::default();
    let typed = wanted.credits.text("credits", &mut reader.errors);
    let credits = read(&app, &mut reader, &typed);
    reader.errors.or(|| ())?;
    let (now, by) = (app.clock.now(), caller.actor());
    let line = decide!(app.db, tx, super::grant(tx, me.id, credits, TEST, by, now).await).map_err(refused)?;
    let lines = store::of_member(&app.db, me.id, line.number + 1, 1).await?;
    let items = lines.into_iter().map(LineJson::of).collect();
    made(CreditsJson { balance: line.balance, items, next_cursor: None })
}

/// For how long.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedDays {
    /// From 1 to 30; each costs 20 credits.
    #[schema(value_type = i64, example = 3, required = true)]
    #[serde(default)]
    pub days: Text,
}

/// Feature an event on the front page, for credits
#[utoipa::path(post, path = "/api/v1/events/{slug}/featuring", tag = "Hosting", request_body = WantedDays,
    params(("slug" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security(("token" = ["host"])),
    responses((status = 201, body = Success<LineJson>), (status = 401, body = Fail), (status = 403, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn feature(
    State(app): State<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Json(wanted): Json<WantedDays>,
) -> Result {
    let me = caller.needs(Scope::Host)?;
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut reader = Reader::default();
    let typed = wanted.days.text("days", &mut reader.errors);
    let days = super::number(&mut reader, "days", &typed, (1, MOST_DAYS));
    reader.errors.or(|| ())?;
    let (now, wish) = (app.clock.now(), Wish { event: event.id, days, form: "", by: me.id });
    let line = decide!(app.db, tx, featuring::feature(tx, &wish, now).await).map_err(refused)?;
    made(LineJson::of(Told { line, slug: event.slug, title: event.title, name: me.name.clone() }))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::TooLong { .. } => Problem::fields(Errors::at("days", refusal)),
        refusal => match refusal.errors("") {
            Ok(errors) => Problem::Fail(StatusCode::CONFLICT, errors),
            Err(error) => error.into(),
        },
    }
}
