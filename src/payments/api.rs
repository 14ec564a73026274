//! Payments for programs: opening one for an order, and what became of it.
use axum::extract::State;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::checkout::{self, Back};
use super::{Payment, Refund, purchases, settle, store};
use crate::api::answers::{Fail, Listed, Problem, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Json, Result, Scope, Text, made, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::config::Config;
use crate::error::OrNotFound;
use crate::forms::{Errors, Reader};
use crate::ids::Id;
use crate::orders::Refusal;
use crate::orders::api::{own, refused};
use crate::orders::repricing::{Due, offered};
use crate::plans;
use crate::web::{Path, Query};

/// For which order money is to be taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// An order of yours that is held and costs something.
    #[schema(value_type = String, example = "01939c5e-7d1c-7c6a-9a55-3b1f6a0d9d10", required = true)]
    #[serde(default)]
    pub order_id: Text,
    /// If given, it must be what the order costs, in minor units: the amount is always ours.
    #[schema(value_type = Option<i64>, example = 2800)]
    #[serde(default)]
    pub amount_cents: Text,
    /// For places that the waiting list offered you at a price of your choice: what you give for one, in minor units;
    /// without it what the host suggests. Where nothing would be left to pay, as at 0, it is refused and the offer stays
    /// open: send the person to the order's `url` then, where such an offer is accepted.
    #[schema(value_type = Option<i64>, example = 1500)]
    #[serde(default)]
    pub amount: Text,
    /// Where the buyer comes back to: below the site's address or an origin that the operator allows.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub success_url: Text,
    /// Where the buyer goes who does not want to pay.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub cancel_url: Text,
}

/// Where a buyer goes on from the provider's page: the addresses that may be gone to, of `success_url` and `cancel_url`.
pub(crate) fn way_back(reader: &mut Reader, config: &Config, success: Text, cancel: Text) -> Back {
    Back {
        return_url: address(reader, "success_url", success, config),
        cancel_url: address(reader, "cancel_url", cancel, config),
    }
}

/// One try to move money for an order, or for credits.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentJson {
    pub id: String,
    /// Null for credits.
    pub order_id: Option<String>,
    /// How many are bought, null for an order.
    pub credits: Option<i64>,
    /// The plan of which a month was paid; null else.
    pub plan: Option<&'static str>,
    /// `stripe`, `local`, or `host` for money that somebody who runs the event has.
    #[schema(example = "stripe")]
    pub provider: &'static str,
    /// `open`, `paid` or `ended`.
    #[schema(example = "open")]
    pub state: &'static str,
    /// In minor units of the currency.
    #[schema(example = 2800)]
    pub amount: i64,
    /// Of what came, once something did: rarely another one than was asked.
    #[schema(example = "CHF")]
    pub currency: String,
    /// What came: 0 until it is paid, and rarely another amount than was asked.
    #[schema(example = 2800)]
    pub received: i64,
    /// The sum of its confirmed refunds.
    pub refunded: i64,
    /// RFC 3339, like all times.
    pub opened_at: String,
    /// Until when the provider takes the money.
    pub expires_at: String,
    pub paid_at: Option<String>,
    /// The provider's page, while it is open.
    pub url: Option<String>,
    pub refunds: Vec<RefundJson>,
}

/// Money on its way back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundJson {
    pub id: String,
    /// `asked`, `sent`, `confirmed` or `failed`.
    #[schema(example = "confirmed")]
    pub state: &'static str,
    /// `tickets`, `amount`, `cancelled`, `late`, `repriced`, `twice` or `outside`.
    #[schema(example = "tickets")]
    pub why: &'static str,
    pub amount: i64,
    pub asked_at: String,
    pub done_at: Option<String>,
}

impl RefundJson {
    fn of(refund: &Refund) -> Self {
        Self {
            id: refund.id.to_string(),
            state: refund.state.word(),
            why: refund.why.word(),
            amount: refund.amount,
            asked_at: refund.asked_at.rfc3339(),
            done_at: refund.done_at.map(Instant::rfc3339),
        }
    }
}

pub(crate) async fn json(app: &App, payment: Payment) -> Result<PaymentJson> {
    let refunds = store::refunds_of(&app.db, payment.id).await?;
    let open = payment.is_open();
    Ok(PaymentJson {
        id: payment.id.to_string(),
        order_id: payment.order_id.map(|id| id.to_string()),
        credits: match payment.order_id {
            Some(_) => None,
            None => purchases::store::by_payment(&app.db, payment.id).await?.map(|purchase| purchase.credits),
        },
        plan: match payment.order_id {
            Some(_) => None,
            None => plans::store::bill_of_payment(&app.db, payment.id).await?.map(|bill| bill.tier.word()),
        },
        provider: payment.provider.word(),
        state: payment.state.word(),
        amount: payment.amount,
        currency: payment.currency,
        received: payment.received,
        refunded: payment.refunded,
        opened_at: payment.opened_at.rfc3339(),
        expires_at: payment.expires_at.rfc3339(),
        paid_at: payment.paid_at.map(Instant::rfc3339),
        url: payment.url.filter(|_| open).map(|url| if url.starts_with('/') { app.config.url(&url) } else { url }),
        refunds: refunds.iter().map(RefundJson::of).collect(),
    })
}

/// Whether people may be sent to an address: below ours, or at an origin that the operator allows.
pub fn may_return_to(config: &Config, address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let web = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    let ours = Url::parse(&config.base_url).is_ok_and(|base| base.origin() == url.origin());
    web && (ours || config.return_origins.contains(&origin))
}

/// An address to come back to, '' for none.
fn address(reader: &mut Reader, field: &'static str, typed: Text, config: &Config) -> Option<String> {
    let typed = typed.text(field, &mut reader.errors);
    if typed.is_empty() {
        return None;
    }
    if typed.len() > 2_000 || !may_return_to(config, &typed) {
        reader.errors.add(field, t!("This address is not below the site's, nor at an origin that is allowed."));
    }
    Some(typed)
}

/// What is wrong with an amount of one's choice is said of its field.
fn not_given(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::PriceFixed
        | Refusal::AmountTooSmall { .. }
        | Refusal::AmountTooLarge { .. }
        | Refusal::Amount(_)
        | Refusal::TotalTooSmall { .. }
        | Refusal::NothingToBegin => Problem::fields(Errors::at("amount", refusal)),
        Refusal::OtherTotal => Problem::fields(Errors::at("amount_cents", refusal)),
        refusal => refused(refusal),
    }
}

/// Open a payment for an order
///
/// Answers the provider's page, to which the buyer is sent. While a payment is open, asking again answers the same
/// one; 409 while money for the order is on its way. What is refused with 422 changed nothing. With an
/// `Idempotency-Key` the same request again has the same answer, and another body is refused (409).
#[utoipa::path(post, path = "/api/v1/payments/create", tag = "Payments", request_body = Asked,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of yours; the same again within 24 hours acts once")),
    security(("token" = ["write"])),
    responses((status = 201, body = Success<PaymentJson>), (status = 401, body = Fail), (status = 404, body = Fail),
        (status = 409, body = Fail), (status = 422, body = Fail)))]
pub async fn create(State(app): State<App>, caller: Caller, Json(asked): Json<Asked>) -> Result {
    let me = caller.needs(Scope::Write)?;
    let mut reader = Reader::default();
    let id = asked.order_id.text("order_id", &mut reader.errors);
    let due = asked.amount_cents.text("amount_cents", &mut reader.errors);
    let due = reader.number("amount_cents", &due, 0, super::MOST);
    let given = asked.amount.text("amount", &mut reader.errors);
    let given = reader.number("amount", &given, 0, super::MOST);
    let to = way_back(&mut reader, &app.config, asked.success_url, asked.cancel_url);
    if id.is_empty() {
        reader.errors.add("order_id", t!("Say which order."));
    }
    reader.errors.or(|| ())?;
    let mut order = own(&app, &me, &id).await?;
    if let Some(given) = given {
        order = offered::give(&app, order.id, given, Due::ToPay(due), caller.actor()).await.map_err(not_given)?;
    }
    if due.is_some_and(|due| due != order.total) {
        return Err(not_given(Refusal::OtherTotal));
    }
    let (payment, _) = checkout::begin(&app, order.id, &to, caller.actor()).await.map_err(refused)?;
    let payment = store::by_id(&app.db, payment.id).await?.or_404()?;
    made(json(&app, payment).await?)
}

/// What became of a payment
///
/// Asks the provider when the payment is open.
#[utoipa::path(get, path = "/api/v1/payments/{id}", tag = "Payments", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Success<PaymentJson>), (status = 401, body = Fail), (status = 404, body = Fail)))]
pub async fn read(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let id: Id<Payment> = id.parse().ok().or_404()?;
    let mut payment = store::by_id(&app.db, id).await?.or_404()?;
    match payment.order_id {
        Some(order) => drop(own(&app, &me, &order.to_string()).await?),
        None => {
            let purchase = purchases::store::by_payment(&app.db, id).await?.map(|purchase| purchase.member_id);
            let bill = plans::store::bill_of_payment(&app.db, id).await?.map(|bill| bill.member_id);
            purchase.or(bill).filter(|member| *member == me.id).or_404()?;
        }
    }
    if payment.is_open() {
        // A provider that does not answer changes nothing of what we know.
        payment = settle(&app, id).await.unwrap_or(payment);
    }
    ok(json(&app, payment).await?)
}

/// My payments, the latest first
#[utoipa::path(get, path = "/api/v1/me/payments", tag = "Payments", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<PaymentJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let (before, id) = span.before();
    let payments = store::of_member_before(&app.db, me.id, before, &id, span.rows()).await?;
    let mut shown = Vec::with_capacity(payments.len());
    for payment in payments {
        shown.push((payment.opened_at, json(&app, payment).await?));
    }
    ok(span.page(shown, |(at, payment)| (*at, payment.id.clone()), |(_, payment)| payment))
}
