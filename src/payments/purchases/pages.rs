//! One purchase of credits as its member sees it: waiting for the money, or the receipt of it.
use std::ops::Deref;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::moved::Moved;
use super::{Purchase, sheet, store};
use crate::app::App;
use crate::credits;
use crate::error::{OrNotFound, Result};
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::Member;
use crate::payments::{Payment, receipts, settle, store as payments};
use crate::pdf::Faces;
use crate::web::{Me, Page, Path, download};

/// Seconds after which a page that waits for the provider looks again.
const LOOK_AGAIN: &str = "4";

/// A member's own purchase; to others there is none.
pub(crate) async fn own(app: &App, me: Option<&Member>, id: Id<Payment>) -> Result<(Purchase, Payment)> {
    let purchase = store::by_payment(&app.db, id).await?;
    let mine = |purchase: &Purchase| me.is_some_and(|me| me.id == purchase.member_id);
    let purchase = purchase.filter(mine).or_404()?;
    Ok((purchase, payments::by_id(&app.db, id).await?.or_404()?))
}

/// The reader's own zone, or the site's.
pub(crate) fn zone(app: &App, page: &Page) -> TimeZone {
    let own = page.me.as_ref().and_then(|me| me.zone.as_deref());
    TimeZone::get(own.unwrap_or(&app.config.zone)).unwrap_or(TimeZone::UTC)
}

/// All that a receipt says, on the page and on paper.
pub(super) struct Shown {
    pub purchase: Purchase,
    moved: Moved,
}

impl Shown {
    pub async fn of(app: &App, (purchase, payment): (Purchase, Payment), zone: TimeZone) -> Result<Self> {
        Ok(Self { purchase, moved: Moved::of(app, payment, zone).await? })
    }
}

impl Deref for Shown {
    type Target = Moved;

    fn deref(&self) -> &Moved {
        &self.moved
    }
}

#[derive(Template)]
#[template(path = "credits/purchase.html")]
struct PurchasePage<'a> {
    page: &'a Page,
    me: &'a Member,
    of: &'a Shown,
    balance: i64,
    /// The provider did not answer just now.
    unreachable: bool,
}

/// Where members come back to: asks the provider, and tells the truth.
pub async fn show(State(app): State<App>, page: Page, me: Me, Path(id): Path<Id<Payment>>) -> Result<Response> {
    let (_, payment) = own(&app, Some(&me), id).await?;
    let mut unreachable = false;
    if payment.is_open() {
        let settled = settle(&app, id).await.inspect_err(|error| {
            tracing::warn!(payment = %id, error = format!("{error:#}"), "the provider was not reached");
        });
        unreachable = settled.is_err();
    }
    let of = Shown::of(&app, own(&app, Some(&me), id).await?, zone(&app, &page)).await?;
    let balance = credits::balance(&app, me.id).await?;
    let mut response = page.html(&PurchasePage { page: &page, me: &me, of: &of, balance, unreachable })?;
    if of.payment.is_open() {
        response.headers_mut().insert("refresh", HeaderValue::from_static(LOOK_AGAIN));
    }
    Ok(response)
}

pub async fn pdf(State(app): State<App>, page: Page, me: Me, Path(id): Path<Id<Payment>>) -> Result<Response> {
    let of = Shown::of(&app, own(&app, Some(&me), id).await?, zone(&app, &page)).await?;
    of.receipt().or_404()?;
    let paper = sheet::words(&app, &of, &me, page.locale);
    let bytes = tokio::task::spawn_blocking(move || receipts::sheet::draw(&paper, Faces::new())).await??;
    download::pdf(&format!("receipt-{}", of.purchase.number()), bytes)
}
