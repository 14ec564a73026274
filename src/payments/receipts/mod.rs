//! Receipts of what was bought, and credit notes of what was given back: numbered without gaps, in the transaction
//! that settles the payment or the refund.
pub mod api;
pub mod file_pages;
pub mod list_pages;
pub mod pages;
pub mod sheet;
pub mod store;

use super::{Payment, PaymentFact, Refund, money, purchases};
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::i18n::Money;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::orders::taxes::{self, OrderTax};
use crate::orders::{self, Order, Refusal, Ticket};
use crate::site::{self, Seller};

words! {
    pub enum Kind {
        Receipt = "receipt",
        CreditNote = "credit_note",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Receipt {
    pub number: i64,
    pub kind: Kind,
    /// None for credits.
    pub order_id: Option<Id<Order>>,
    pub payment_id: Id<Payment>,
    /// What a credit note is of.
    pub refund_id: Option<Id<Refund>>,
    /// In minor units of `currency`; of a credit note what went back.
    pub amount: i64,
    /// What of it is tax.
    pub tax: i64,
    pub currency: String,
    pub issued_at: Instant,
    pub seller_name: String,
    pub seller_address: String,
    pub seller_tax: String,
}

impl Receipt {
    /// As people write it: "R-000042".
    pub fn label(&self) -> String {
        format!("R-{:06}", self.number)
    }
    pub fn money(&self) -> Money {
        money(self.amount, &self.currency)
    }
    pub fn tax_money(&self) -> Money {
        money(self.tax, &self.currency)
    }
    /// Where whoever paid sees it.
    pub fn path(&self) -> String {
        match self.order_id {
            Some(order) => format!("/orders/{order}/receipt"),
            None => purchases::path(self.payment_id),
        }
    }
    pub fn is_credit_note(&self) -> bool {
        self.kind == Kind::CreditNote
    }
}

/// Numbers what a payment bought, in the transaction that settles it. Wants the event locked; doing it twice is
/// harmless.
pub(super) async fn issue(tx: &mut Tx, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    if store::of_payment(&mut *tx, payment.id).await?.is_none() && payment.received > 0 {
        let taxes = match payment.order_id {
            Some(order) => taxes::store::of_order(&mut *tx, order).await?,
            None => Vec::new(),
        };
        let tax = taxes.iter().map(|tax| tax.tax).sum();
        write(tx, payment, None, (payment.received, tax), now).await?;
    }
    Ok(())
}

/// Numbers what went back of a payment that has a receipt, in the transaction that confirms the refund. Money that
/// bought nothing has neither. Wants the event locked; doing it twice is harmless.
pub(super) async fn credit(tx: &mut Tx, refund: &Refund, now: Instant) -> Result<(), Refusal> {
    if refund.amount == 0
        || store::of_payment(&mut *tx, refund.payment_id).await?.is_none()
        || store::of_refund(&mut *tx, refund.id).await?.is_some()
    {
        return Ok(());
    }
    let Some(payment) = super::store::by_id(&mut *tx, refund.payment_id).await? else { return Ok(()) };
    let Some(order) = refund.order_id else {
        return write(tx, &payment, Some(refund.id), (refund.amount, 0), now).await;
    };
    let tickets = orders::store::tickets(&mut *tx, order).await?;
    let died = store::tickets_of(&mut *tx, refund.id).await?;
    let rates = taxes::store::of_order(&mut *tx, order).await?;
    let tax = taxes_of(refund.amount, &tickets, &died, &rates).iter().map(|(_, tax)| tax).sum();
    write(tx, &payment, Some(refund.id), (refund.amount, tax), now).await
}

async fn write(
    tx: &mut Tx,
    payment: &Payment,
    refund: Option<Id<Refund>>,
    (amount, tax): (i64, i64),
    now: Instant,
) -> Result<(), Refusal> {
    let Seller { name, address, tax: seller_tax } = site::seller(&mut *tx).await?;
    let number = store::next(tx).await?;
    let receipt = Receipt {
        number,
        kind: if refund.is_some() { Kind::CreditNote } else { Kind::Receipt },
        order_id: payment.order_id,
        payment_id: payment.id,
        refund_id: refund,
        amount,
        tax,
        currency: payment.currency.clone(),
        issued_at: now,
        seller_name: name,
        seller_address: address,
        seller_tax,
    };
    store::insert(tx, &receipt).await?;
    let fact = PaymentFact::ReceiptIssued { number, refund, amount, tax };
    journal::append(tx, &payment.stream(), &fact, Actor::Site, now).await?;
    Ok(())
}

/// What of money that goes back is tax, by rate: that of the tickets that died with it, in proportion to how much of
/// their price it is; without any, of all tickets of the order. Halves are rounded up.
pub fn taxes_of<'a>(
    amount: i64,
    tickets: &[Ticket],
    died: &[Id<Ticket>],
    rates: &'a [OrderTax],
) -> Vec<(&'a OrderTax, i64)> {
    let counts = |ticket: &&Ticket| died.is_empty() || died.contains(&ticket.id);
    let of: Vec<_> = tickets.iter().filter(counts).collect();
    let price: i64 = of.iter().map(|ticket| ticket.price).sum();
    let share = |tax: i64| {
        let of = i128::from(amount) * i128::from(tax);
        let whole = i128::from(price.max(1));
        i64::try_from((2 * of + whole) / (2 * whole)).unwrap_or(i64::MAX)
    };
    let tax = |rate: &OrderTax| {
        let with = of.iter().filter(|ticket| ticket.tax_rate_id == Some(rate.tax_rate_id));
        with.map(|ticket| ticket.tax).sum::<i64>()
    };
    rates.iter().map(|rate| (rate, share(tax(rate)))).filter(|(_, tax)| *tax > 0).collect()
}

/// Receipts of a member's orders, the latest first; a cursor is the number of the last one shown.
pub async fn of_member(
    app: &crate::app::App,
    member: Id<crate::members::Member>,
    before: i64,
    limit: i64,
) -> db::Result<Vec<store::Mine>> {
    store::of_member(&app.db, member, before, limit).await
}
