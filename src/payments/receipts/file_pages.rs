//! All receipts of a period as a file for spreadsheets, for admins; one order's as a PDF, for whoever may see it.
use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::pages::Shown;
use super::{sheet, store};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::orders::Order;
use crate::orders::opened::{Key, Opened};
use crate::payments::desk::pages::Desk;
use crate::payments::purchases;
use crate::payments::takings::file_pages::Period;
use crate::pdf::Faces;
use crate::web::csv::{Cell, Sheet};
use crate::web::{Admin, Page, Path, Query, download};

/// Every receipt and credit note of a period, in the order of their numbers; what went back is below 0.
pub async fn of_site(State(app): State<App>, _: Admin, Query(period): Query<Period>) -> Result<Response> {
    let zone = TimeZone::get(&app.config.zone).unwrap_or(TimeZone::UTC);
    let (_, (from, until)) = period.read(&zone).ok_or(Error::Malformed)?;
    let mut sheet = Sheet::new();
    let heads = ["Number", "Kind", "Issued", "Order", "Event", "Address", "Amount", "Tax", "Net", "Currency", "Seller"];
    sheet.row(&heads.map(Cell::Text))?;
    for store::Mine { receipt, slug, title, credits, tier, .. } in store::between(&app.db, from, until).await? {
        let of = |minor: i64| Cell::Money(super::money(receipt.signed(minor), &receipt.currency));
        sheet.row(&[
            Cell::Text(&receipt.label()),
            Cell::Text(receipt.kind.word()),
            Cell::Text(&crate::events::times::text(receipt.issued_at.in_zone(&zone).datetime())),
            Cell::Text(&purchases::number_of(receipt.order_id, receipt.payment_id)),
            Cell::Text(&match tier {
                Some(tier) => format!("Plan {}", tier.name()),
                None if credits > 0 => format!("{credits} credits"),
                None => title,
            }),
            Cell::Text(&if slug.is_empty() { String::new() } else { format!("/events/{slug}") }),
            of(receipt.amount),
            of(receipt.tax),
            of(receipt.amount - receipt.tax),
            Cell::Text(&receipt.currency),
            Cell::Text(&receipt.seller_name),
        ])?;
    }
    download::sheet("receipts", sheet)
}

pub async fn pdf(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let shown = Shown::by(&app, &page, id, &key).await?;
    paper(&app, &page, &shown).await
}

/// The same at the desk, for a buyer who asks for it once more, and for the books.
pub async fn at_desk(State(app): State<App>, page: Page, desk: Desk) -> Result<Response> {
    let opened = Opened::at_desk(&app, desk.order(&app).await?).await?;
    paper(&app, &page, &Shown::of(&app, opened).await?).await
}

async fn paper(app: &App, page: &Page, shown: &Shown) -> Result<Response> {
    let paper = sheet::words(app, shown, page.locale);
    let bytes = tokio::task::spawn_blocking(move || sheet::draw(&paper, Faces::new())).await??;
    download::pdf(&format!("receipt-{}", shown.opened.order.number()), bytes)
}
