//! Receipts for programs.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::Mine;
use crate::api::answers::{Fail, Listed, Success};
use crate::api::cursors::Paging;
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::plans::Tier;
use crate::web::Query;

/// A receipt, or a credit note of money that went back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptJson {
    /// One series for the site, without gaps.
    #[schema(example = "R-000042")]
    pub number: String,
    /// `receipt`, `credit_note`, or `reversal` of a credit note whose money came back.
    #[schema(example = "receipt")]
    pub kind: &'static str,
    /// Null for credits.
    pub order_id: Option<String>,
    pub payment_id: String,
    /// Of a credit note, or of what takes it back.
    pub refund_id: Option<String>,
    /// The event's title; '' for credits.
    pub event: String,
    /// How many were bought; 0 for an order.
    #[schema(example = 0)]
    pub credits: i64,
    /// The plan of which a month was paid; null else.
    pub plan: Option<&'static str>,
    /// In minor units of the currency.
    #[schema(example = 2800)]
    pub amount: i64,
    /// What of it is tax.
    pub tax: i64,
    #[schema(example = "CHF")]
    pub currency: String,
    /// RFC 3339.
    pub issued_at: String,
    /// The page for people.
    pub url: String,
}

/// My receipts, the latest first
#[utoipa::path(get, path = "/api/v1/me/receipts", tag = "Payments", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<ReceiptJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let before = span.after.as_ref().and_then(|(_, number)| number.parse().ok()).unwrap_or(i64::MAX);
    let receipts = super::of_member(&app, me.id, before, span.rows()).await?;
    let shown = |mine: Mine| {
        let url = app.config.url(&mine.path());
        let Mine { receipt, title, credits, tier, .. } = mine;
        let json = ReceiptJson {
            number: receipt.label(),
            kind: receipt.kind.word(),
            url,
            plan: tier.map(Tier::word),
            order_id: receipt.order_id.map(|id| id.to_string()),
            payment_id: receipt.payment_id.to_string(),
            refund_id: receipt.refund_id.map(|id| id.to_string()),
            event: title,
            credits,
            amount: receipt.amount,
            tax: receipt.tax,
            currency: receipt.currency,
            issued_at: receipt.issued_at.rfc3339(),
        };
        ((receipt.issued_at, receipt.number), json)
    };
    let rows: Vec<_> = receipts.into_iter().map(shown).collect();
    ok(span.page(rows, |((at, number), _)| (*at, number.to_string()), |(_, json)| json))
}
