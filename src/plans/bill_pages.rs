//! One month of a plan that was paid, with its receipt, for its member.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Bill, sheet, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::i18n::filters;
use crate::ids::Id;
use crate::members::Member;
use crate::payments::purchases::pages::zone;
use crate::payments::receipts::{self, Receipt};
use crate::pdf::Faces;
use crate::web::{Me, Page, Path, download};

/// All that the receipt says, on the page and on paper.
pub(super) struct Shown {
    pub bill: Bill,
    pub receipt: Receipt,
    /// Credit notes, and what took them back, as they came.
    pub notes: Vec<Receipt>,
    /// The version of the terms that held; '' for none.
    pub terms: String,
    zone: TimeZone,
}

impl Shown {
    pub fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
    pub fn seller(&self) -> Vec<&str> {
        let parts = std::iter::once(self.receipt.seller_name.as_str()).chain(self.receipt.seller_address.lines());
        parts.filter(|line| !line.trim().is_empty()).collect()
    }
}

/// A member's own; to others there is none.
async fn own(app: &App, page: &Page, me: &Member, id: Id<Bill>) -> Result<Shown> {
    let bill = store::bill(&app.db, id).await?.filter(|bill| bill.member_id == me.id).or_404()?;
    let payment = bill.payment_id.or_404()?;
    let receipt = receipts::store::of_payment(&app.db, payment).await?.or_404()?;
    let of = store::by_id(&app.db, bill.subscription_id).await?.or_404()?;
    let mut notes = receipts::store::of_purchase(&app.db, payment).await?;
    notes.retain(|note| !note.is_receipt());
    Ok(Shown { bill, receipt, notes, terms: of.terms, zone: zone(app, page) })
}

#[derive(Template)]
#[template(path = "plans/bill.html")]
struct BillPage<'a> {
    page: &'a Page,
    me: &'a Member,
    of: &'a Shown,
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(id): Path<Id<Bill>>) -> Result<Response> {
    let of = own(&app, &page, &me, id).await?;
    page.html(&BillPage { page: &page, me: &me, of: &of })
}

pub async fn pdf(State(app): State<App>, page: Page, me: Me, Path(id): Path<Id<Bill>>) -> Result<Response> {
    let of = own(&app, &page, &me, id).await?;
    let paper = sheet::words(&app, &of, &me, page.locale);
    let bytes = tokio::task::spawn_blocking(move || receipts::sheet::draw(&paper, Faces::new())).await??;
    download::pdf(&format!("receipt-{}", of.receipt.label()), bytes)
}
