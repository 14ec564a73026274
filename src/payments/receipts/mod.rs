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
use crate::events::taxes::TaxRate;
use crate::i18n::Money;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::orders::taxes;
use crate::orders::{self, Order, Refusal, Ticket};
use crate::site::{self, Seller};

words! {
    pub enum Kind {
        Receipt = "receipt",
        CreditNote = "credit_note",
        /// Takes back a credit note whose money came back.
        Reversal = "reversal",
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
    /// Counts those of one refund: 1 is its first credit note.
    pub turn: i64,
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
    pub fn is_receipt(&self) -> bool {
        self.kind == Kind::Receipt
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
    pub fn is_reversal(&self) -> bool {
        self.kind == Kind::Reversal
    }
    /// Below 0 where money went back.
    pub fn signed(&self, minor: i64) -> i64 {
        if self.is_credit_note() { -minor } else { minor }
    }
}

/// Tax in minor units, by rate.
type Split = Vec<(Id<TaxRate>, i64)>;

/// Numbers what a payment bought, in the transaction that settles it. Wants the event locked; doing it twice is
/// harmless.
pub(super) async fn issue(tx: &mut Tx, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    if store::of_payment(&mut *tx, payment.id).await?.is_none() && payment.received > 0 {
        // Another amount may have come than was asked, and somebody said that it will do.
        let part = |tax: i64| part(tax, payment.received, payment.amount);
        let rates = match payment.order_id {
            Some(order) => taxes::store::of_order(&mut *tx, order).await?,
            None => Vec::new(),
        };
        let split = rates.iter().map(|rate| (rate.tax_rate_id, part(rate.tax))).collect();
        write(tx, payment, (Kind::Receipt, None), (payment.received, split), now).await?;
    }
    Ok(())
}

/// Numbers what went back of a payment that has a receipt, in the transaction that confirms the refund. Money that
/// bought nothing has neither. Wants the event locked; doing it twice is harmless.
pub(super) async fn credit(tx: &mut Tx, refund: &Refund, now: Instant) -> Result<(), Refusal> {
    let Some(receipt) = store::of_payment(&mut *tx, refund.payment_id).await? else { return Ok(()) };
    if refund.amount == 0 || store::last_of(&mut *tx, refund.id).await?.is_some_and(|last| last.is_credit_note()) {
        return Ok(());
    }
    let Some(payment) = super::store::by_id(&mut *tx, refund.payment_id).await? else { return Ok(()) };
    let split = tax_in(tx, refund, &receipt).await?;
    write(tx, &payment, (Kind::CreditNote, Some(refund.id)), (refund.amount, split), now).await
}

/// Takes back the credit note of a refund that the buyer's bank sent back, with the same amounts. Wants the event
/// locked; doing it twice is harmless.
pub(super) async fn take_back(tx: &mut Tx, refund: &Refund, now: Instant) -> Result<(), Refusal> {
    let Some(note) = store::last_of(&mut *tx, refund.id).await?.filter(Receipt::is_credit_note) else { return Ok(()) };
    let Some(payment) = super::store::by_id(&mut *tx, refund.payment_id).await? else { return Ok(()) };
    let split = store::taxes_of(&mut *tx, note.number).await?;
    write(tx, &payment, (Kind::Reversal, Some(refund.id)), (note.amount, split), now).await
}

async fn write(
    tx: &mut Tx,
    payment: &Payment,
    (kind, refund): (Kind, Option<Id<Refund>>),
    (amount, split): (i64, Split),
    now: Instant,
) -> Result<(), Refusal> {
    let Seller { name, address, tax: seller_tax } = site::seller(&mut *tx).await?;
    let number = store::next(tx).await?;
    let turn = match refund {
        Some(refund) => 1 + store::last_of(&mut *tx, refund).await?.map_or(0, |last| last.turn),
        None => 0,
    };
    let tax = split.iter().map(|(_, tax)| tax).sum();
    let receipt = Receipt {
        number,
        kind,
        order_id: payment.order_id,
        payment_id: payment.id,
        refund_id: refund,
        turn,
        amount,
        tax,
        currency: payment.currency.clone(),
        issued_at: now,
        seller_name: name,
        seller_address: address,
        seller_tax,
    };
    store::insert(tx, &receipt).await?;
    for (rate, tax) in split.iter().filter(|(_, tax)| *tax > 0) {
        store::insert_tax(tx, number, *rate, *tax).await?;
    }
    let fact = PaymentFact::ReceiptIssued { number, refund, amount, tax };
    journal::append(tx, &payment.stream(), &fact, Actor::Site, now).await?;
    Ok(())
}

/// What of a refund is tax, by rate: that of the tickets that died with it, in proportion to how much of their price
/// goes back; without any, of the tickets that no other refund took; and where none was paid for, of all that no note
/// took yet. No more of a rate than the receipt had and no note took yet; and no more stays than money does, so that
/// what uses the payment up takes all that is left, and the notes come to the receipt.
async fn tax_in(tx: &mut Tx, refund: &Refund, receipt: &Receipt) -> Result<Split, Refusal> {
    let Some(order) = refund.order_id else { return Ok(Split::new()) };
    let tickets = orders::store::tickets(&mut *tx, order).await?;
    let refunded = store::refunded_tickets(&mut *tx, order).await?;
    let of_this = |ticket: &Ticket| refunded.contains(&(ticket.id, refund.id));
    let of_others = |ticket: &Ticket| refunded.iter().any(|(id, by)| *id == ticket.id && *by != refund.id);
    let died = tickets.iter().any(of_this);
    let counted: Vec<_> =
        tickets.iter().filter(|ticket| if died { of_this(ticket) } else { !of_others(ticket) }).collect();
    let price: i64 = counted.iter().map(|ticket| ticket.price).sum();
    let mut left = store::taxes_of(&mut *tx, receipt.number).await?;
    let mut credited = 0;
    for (kind, amount, rate, tax) in store::credited(&mut *tx, receipt.payment_id).await? {
        let sign = if kind == Kind::CreditNote { 1 } else { -1 };
        match rate {
            None => credited += sign * amount,
            Some(rate) => left.iter_mut().filter(|(of, _)| *of == rate).for_each(|(_, left)| *left -= sign * tax),
        }
    }
    let whole = receipt.amount - credited;
    let mut stays = (whole - refund.amount).max(0);
    Ok(left
        .into_iter()
        .map(|(rate, left)| {
            let with = counted.iter().filter(|ticket| ticket.tax_rate_id == Some(rate));
            let share = if price == 0 {
                part(left, refund.amount, whole)
            } else {
                part(with.map(|ticket| ticket.tax).sum(), refund.amount, price)
            };
            let stay = (left - share.min(left)).min(stays);
            stays -= stay;
            (rate, (left - stay).clamp(0, refund.amount))
        })
        .collect())
}

/// As much of `tax` as `of` is of `whole`, halves rounded up.
fn part(tax: i64, of: i64, whole: i64) -> i64 {
    let (of, whole) = (i128::from(of) * i128::from(tax), i128::from(whole.max(1)));
    i64::try_from((2 * of + whole) / (2 * whole)).unwrap_or(i64::MAX)
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
