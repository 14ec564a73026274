//! One purchase of credits as its member sees it: waiting for the money, or the receipt of it.
use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Purchase, sheet, store};
use crate::app::App;
use crate::clock::Instant;
use crate::credits;
use crate::error::{OrNotFound, Result};
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::members::Member;
use crate::payments::receipts::{self, Receipt};
use crate::payments::{Payment, Refund, RefundState, money, settle, store as payments};
use crate::pdf::Faces;
use crate::web::{Me, Page, Path};

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
    pub payment: Payment,
    pub refunds: Vec<Refund>,
    /// With the credit notes among them.
    pub receipts: Vec<Receipt>,
    pub zone: TimeZone,
}

impl Shown {
    pub async fn of(app: &App, (purchase, payment): (Purchase, Payment), zone: TimeZone) -> Result<Self> {
        Ok(Self {
            refunds: payments::refunds_of(&app.db, payment.id).await?,
            receipts: receipts::store::of_purchase(&app.db, payment.id).await?,
            purchase,
            payment,
            zone,
        })
    }
    pub fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| !receipt.is_credit_note())
    }
    pub fn note_of(&self, refund: &Refund) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| receipt.refund_id == Some(refund.id))
    }
    pub fn seller(&self) -> Vec<&str> {
        let Some(receipt) = self.receipt() else { return Vec::new() };
        let parts = std::iter::once(receipt.seller_name.as_str()).chain(receipt.seller_address.lines());
        parts.filter(|line| !line.trim().is_empty()).collect()
    }
    pub fn seller_tax(&self) -> &str {
        self.receipt().map_or("", |receipt| &receipt.seller_tax)
    }
    /// What is paid and neither given back nor on its way back, in minor units.
    pub fn left(&self) -> i64 {
        let gone = self.refunds.iter().filter(|refund| refund.state != RefundState::Failed);
        self.payment.received - gone.map(|refund| refund.amount).sum::<i64>()
    }
    /// What is paid and not given back.
    pub fn kept(&self) -> Money {
        money(self.payment.received - self.payment.refunded, &self.payment.currency)
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
    let name = format!("attachment; filename=\"receipt-{}.pdf\"", of.purchase.number());
    let headers: [(HeaderName, &str); 3] =
        [(CONTENT_TYPE, "application/pdf"), (CACHE_CONTROL, "no-store"), (CONTENT_DISPOSITION, &name)];
    Ok((headers, bytes).into_response())
}
