//! My subscriptions: those that run and those that are over, each with what was paid for it.
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Bill, Subscription, settle, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::i18n::filters;
use crate::ids::Id;
use crate::payments::purchases::pages::zone;
use crate::web::{Me, Page, Path};

/// Seconds after which a page that waits for the provider looks again.
const LOOK_AGAIN: &str = "4";

#[derive(Template)]
#[template(path = "plans/subscriptions.html")]
struct Subscriptions<'a> {
    page: &'a Page,
    all: Vec<Subscription>,
    zone: TimeZone,
}

impl Subscriptions<'_> {
    fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

pub async fn index(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    let all = store::of_member(&app.db, me.id).await?;
    page.html(&Subscriptions { page: &page, all, zone: zone(&app, &page) })
}

#[derive(Template)]
#[template(path = "plans/subscription.html")]
struct One<'a> {
    page: &'a Page,
    of: Subscription,
    bills: Vec<Bill>,
    zone: TimeZone,
    /// The provider did not answer just now.
    unreachable: bool,
}

impl One<'_> {
    fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

/// Where members come back to: asks the provider, and tells the truth.
pub async fn show(State(app): State<App>, page: Page, me: Me, Path(id): Path<Id<Subscription>>) -> Result<Response> {
    let mut of = store::by_id(&app.db, id).await?.filter(|of| of.member_id == me.id).or_404()?;
    let mut unreachable = false;
    if of.is_incomplete() {
        match settle(&app, id).await {
            Ok(settled) => of = settled,
            Err(error) => {
                tracing::warn!(subscription = %id, error = format!("{error:#}"), "the provider was not reached");
                unreachable = true;
            }
        }
    }
    let bills = store::bills_of(&app.db, id).await?;
    let waits = of.is_incomplete();
    let mut response = page.html(&One { page: &page, of, bills, zone: zone(&app, &page), unreachable })?;
    if waits {
        response.headers_mut().insert("refresh", HeaderValue::from_static(LOOK_AGAIN));
    }
    Ok(response)
}
