//! My receipts.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::store::Mine;
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::i18n::filters;
use crate::web::{Me, Page, Query};

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "payments/receipts.html")]
struct Receipts<'a> {
    page: &'a Page,
    receipts: Vec<Mine>,
    /// Where the next page begins.
    next: Option<i64>,
    zone: jiff::tz::TimeZone,
}

impl Receipts<'_> {
    fn at(&self, at: &Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

/// `?before=`: the number of the last receipt that the page before showed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Before {
    before: String,
}

pub async fn mine(State(app): State<App>, page: Page, me: Me, Query(query): Query<Before>) -> Result<Response> {
    let before = query.before.parse().unwrap_or(i64::MAX);
    let mut receipts = super::of_member(&app, me.id, before, PAGE + 1).await?;
    let more = receipts.len() > usize::try_from(PAGE)?;
    receipts.truncate(usize::try_from(PAGE)?);
    let next = receipts.last().filter(|_| more).map(|last| last.receipt.number);
    let zone = me.zone.as_deref().unwrap_or(&page.known.zone);
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    page.html(&Receipts { page: &page, receipts, next, zone })
}
