//! My payments: for places, credits and plans.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::purchases::{self, pages::zone};
use super::{Payment, mine_store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::i18n::filters;
use crate::ids::Id;
use crate::plans::{Bill, Tier};
use crate::web::{Me, Page, Query};

const PAGE: usize = 50;

/// A payment with what it is for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Mine {
    #[sqlx(flatten)]
    pub payment: Payment,
    /// The event's; '' without one.
    pub title: String,
    pub language: String,
    /// How many, 0 for anything else.
    pub credits: i64,
    pub tier: Option<Tier>,
    pub bill_id: Option<Id<Bill>>,
    /// The number of its receipt.
    pub receipt: Option<i64>,
}

impl Mine {
    /// Where it is shown with all of its money.
    fn path(&self) -> String {
        match (self.payment.order_id, self.bill_id) {
            (Some(order), _) => format!("/orders/{order}"),
            (None, Some(bill)) => format!("/plans/bills/{bill}"),
            (None, None) => purchases::path(self.payment.id),
        }
    }
    /// Where its receipt is.
    fn receipt_path(&self) -> String {
        match self.payment.order_id {
            Some(order) => format!("/orders/{order}/receipt"),
            None => self.path(),
        }
    }
    fn returned(&self) -> crate::i18n::Money {
        super::money(self.payment.refunded, &self.payment.currency)
    }
}

#[derive(Template)]
#[template(path = "payments/mine.html")]
struct Payments<'a> {
    page: &'a Page,
    payments: Vec<Mine>,
    /// Where the next page begins.
    next: Option<String>,
    zone: TimeZone,
}

impl Payments<'_> {
    fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

/// `?before=`: the last payment that the page before showed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Before {
    before: String,
}

impl Before {
    fn read(&self) -> Option<(Instant, Option<Id<Payment>>)> {
        let (micros, id) = self.before.split_once('.')?;
        Some((Instant::from_micros(micros.parse().ok()?), Some(id.parse().ok()?)))
    }
}

pub async fn index(State(app): State<App>, page: Page, me: Me, Query(query): Query<Before>) -> Result<Response> {
    let before = query.read().unwrap_or((Instant::from_micros(i64::MAX), None));
    let mut payments = mine_store::before(&app.db, me.id, before, i64::try_from(PAGE)? + 1).await?;
    let more = payments.len() > PAGE;
    payments.truncate(PAGE);
    let cursor = |last: &Mine| format!("{}.{}", last.payment.opened_at.micros(), last.payment.id);
    let next = payments.last().filter(|_| more).map(cursor);
    page.html(&Payments { page: &page, payments, next, zone: zone(&app, &page) })
}
