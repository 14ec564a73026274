//! What money moved for something that is no order: credits, or a month of a plan.
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::clock::Instant;
use crate::db;
use crate::i18n::Money;
use crate::payments::receipts::{self, Receipt};
use crate::payments::{Payment, Refund, RefundState, disputes, money, store as payments};

/// A payment with what went back of it, and its papers.
pub struct Moved {
    pub payment: Payment,
    pub refunds: Vec<Refund>,
    /// With the credit notes among them.
    pub receipts: Vec<Receipt>,
    /// What banks have taken back for good, in minor units.
    lost: i64,
    pub zone: TimeZone,
}

impl Moved {
    pub async fn of(app: &App, payment: Payment, zone: TimeZone) -> db::Result<Self> {
        Ok(Self {
            refunds: payments::refunds_of(&app.db, payment.id).await?,
            receipts: receipts::store::of_purchase(&app.db, payment.id).await?,
            lost: disputes::store::lost(&app.db, payment.id).await?,
            payment,
            zone,
        })
    }
    pub fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| receipt.is_receipt())
    }
    /// Credit notes, and what took them back, as they came.
    pub fn notes(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.iter().filter(|receipt| !receipt.is_receipt())
    }
    /// Refunds that no note stands for, and that are not over: of what came back, the credits are there again.
    pub fn other_refunds(&self) -> impl Iterator<Item = &Refund> {
        let noted = |refund: &Refund| {
            let last = self.notes().filter(|note| note.refund_id == Some(refund.id)).last();
            last.is_some_and(Receipt::is_credit_note)
        };
        self.refunds.iter().filter(move |refund| refund.state != RefundState::Failed && !noted(refund))
    }
    pub fn has_given_back(&self) -> bool {
        !self.refunds.is_empty() || self.notes().next().is_some()
    }
    pub fn seller(&self) -> Vec<&str> {
        let Some(receipt) = self.receipt() else { return Vec::new() };
        let parts = std::iter::once(receipt.seller_name.as_str()).chain(receipt.seller_address.lines());
        parts.filter(|line| !line.trim().is_empty()).collect()
    }
    pub fn seller_tax(&self) -> &str {
        self.receipt().map_or("", |receipt| &receipt.seller_tax)
    }
    /// What is paid and neither given back, nor on its way back, nor taken back by a bank, in minor units.
    pub fn left(&self) -> i64 {
        let gone = self.refunds.iter().filter(|refund| refund.state != RefundState::Failed);
        self.payment.received - gone.map(|refund| refund.amount).sum::<i64>() - self.lost
    }
    /// What is paid and not given back.
    pub fn kept(&self) -> Money {
        money(self.payment.received - self.payment.refunded, &self.payment.currency)
    }
}
