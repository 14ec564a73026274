//! The receipt of an order: what was bought, the tax in it, what was paid for it, and what came back.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Receipt, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::events::Event;
use crate::events::taxes::TaxRate;
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::orders::Order;
use crate::orders::opened::{Key, Opened};
use crate::orders::taxes::OrderTax;
use crate::payments::pages::{Line, Sums, lines};
use crate::payments::{self, Payment, PaymentState, Provider, Refund, RefundState, came_in, money};
use crate::web::{Page, Path, Query};

/// All that a receipt says, on the page and on paper.
pub struct Shown {
    pub(super) opened: Opened,
    pub(super) lines: Vec<Line>,
    pub(super) sums: Sums,
    pub(super) payments: Vec<Payment>,
    pub(super) refunds: Vec<Refund>,
    /// With the credit notes among them.
    pub(super) receipts: Vec<Receipt>,
    /// What of each of them is which tax.
    taxes: Vec<(i64, Id<TaxRate>, i64)>,
}

impl Shown {
    /// For whoever may see the order.
    pub(super) async fn by(app: &App, page: &Page, id: Id<Order>, key: &Key) -> Result<Self> {
        Self::of(app, Opened::by(app, page, id, key).await?).await
    }
    /// Without money there is no receipt.
    pub(super) async fn of(app: &App, opened: Opened) -> Result<Self> {
        let id = opened.order.id;
        let mut payments = payments::store::of_order(&app.db, id).await?;
        payments.retain(|payment| payment.state == PaymentState::Paid);
        payments.reverse();
        (!payments.is_empty()).then_some(()).or_404()?;
        let mut refunds = payments::store::refunds_of_order(&app.db, id).await?;
        // What failed moved nothing; what moved and came back has notes that say so.
        refunds.retain(|refund| refund.state != RefundState::Failed);
        let sums = Sums::of(app, &opened.order).await?;
        Ok(Self {
            lines: lines(&opened.tickets, &opened.order.currency),
            sums,
            receipts: store::of_order(&app.db, id).await?,
            payments,
            refunds,
            taxes: store::taxes_of_order(&app.db, id).await?,
            opened,
        })
    }
    pub(super) fn event(&self) -> &Event {
        &self.opened.event
    }
    pub(super) fn at(&self, at: &Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.opened.event.time_zone()).datetime()
    }
    /// The receipt of the payment that bought the places; older orders have none.
    pub(super) fn receipt(&self) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| receipt.is_receipt())
    }
    /// Credit notes, and what took them back, as they came.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.iter().filter(|receipt| !receipt.is_receipt())
    }
    pub(super) fn has_given_back(&self) -> bool {
        !self.refunds.is_empty() || self.notes().next().is_some()
    }
    /// Refunds that no note stands for: on their way, or of money that bought nothing.
    pub(super) fn other_refunds(&self) -> impl Iterator<Item = &Refund> {
        let noted = |refund: &Refund| {
            let last = self.notes().filter(|note| note.refund_id == Some(refund.id)).last();
            last.is_some_and(Receipt::is_credit_note)
        };
        self.refunds.iter().filter(move |refund| !noted(refund))
    }
    /// What of a note is tax, by rate.
    pub(super) fn taxes_of(&self, note: &Receipt) -> Vec<(&OrderTax, Money)> {
        let rate = |id: &Id<TaxRate>| self.sums.taxes.iter().find(|rate| rate.tax_rate_id == *id);
        let of = self.taxes.iter().filter(|(number, ..)| *number == note.number);
        of.filter_map(|(_, id, tax)| Some((rate(id)?, money(*tax, &note.currency)))).collect()
    }
    pub(super) fn is_back(&self, refund: &Refund) -> bool {
        refund.state == RefundState::Confirmed
    }
    /// What is paid and not given back.
    pub(super) fn kept(&self) -> Money {
        let paid: i64 = self.payments.iter().map(|payment| payment.received - payment.refunded).sum();
        money(paid, came_in(&self.payments, &self.opened.order))
    }
    /// Its number, or the order's for what was bought before receipts had one.
    pub(super) fn label(&self) -> String {
        self.receipt().map_or_else(|| self.opened.order.number(), Receipt::label)
    }
    pub(super) fn seller(&self) -> Vec<&str> {
        let Some(receipt) = self.receipt() else { return Vec::new() };
        let parts = std::iter::once(receipt.seller_name.as_str()).chain(receipt.seller_address.lines());
        parts.filter(|line| !line.trim().is_empty()).collect()
    }
    pub(super) fn seller_tax(&self) -> &str {
        self.receipt().map_or("", |receipt| &receipt.seller_tax)
    }
}

#[derive(Template)]
#[template(path = "payments/receipt.html")]
struct ReceiptPage<'a> {
    page: &'a Page,
    of: &'a Shown,
    opened: &'a Opened,
    event: &'a Event,
    sums: &'a Sums,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let of = Shown::by(&app, &page, id, &key).await?;
    page.html(&ReceiptPage { page: &page, opened: &of.opened, event: of.event(), sums: &of.sums, of: &of })
}
