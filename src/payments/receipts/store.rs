use super::{Kind, Receipt, Split};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::taxes::TaxRate;
use crate::ids::Id;
use crate::members::Member;
use crate::orders::{Order, Ticket};
use crate::payments::{Payment, Refund};
use crate::plans::{Bill, Tier};

/// The next number; nobody else gets one before this transaction ends.
pub async fn next(tx: &mut Tx) -> Result<i64> {
    sql("UPDATE receipt_series SET last = last + 1 WHERE name = 'site' RETURNING last").scalar(tx).await
}

pub async fn insert(tx: &mut Tx, r: &Receipt) -> Result<()> {
    sql("INSERT INTO receipts (number, kind, order_id, payment_id, refund_id, amount, tax, currency, issued_at, seller_name, seller_address, seller_tax, turn)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
    .bind(r.number)
    .bind(r.kind)
    .bind(r.order_id)
    .bind(r.payment_id)
    .bind(r.refund_id)
    .bind(r.amount)
    .bind(r.tax)
    .bind(&r.currency)
    .bind(r.issued_at)
    .bind(&r.seller_name)
    .bind(&r.seller_address)
    .bind(&r.seller_tax)
    .bind(r.turn)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn of_payment(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Option<Receipt>> {
    sql("SELECT * FROM receipts WHERE payment_id = $1 AND refund_id IS NULL").bind(payment).optional(on).await
}

/// The latest of a refund: a credit note, or what took it back.
pub async fn last_of(on: impl Into<On<'_>>, refund: Id<Refund>) -> Result<Option<Receipt>> {
    sql("SELECT * FROM receipts WHERE refund_id = $1 ORDER BY turn DESC LIMIT 1").bind(refund).optional(on).await
}

pub async fn insert_tax(tx: &mut Tx, number: i64, rate: Id<TaxRate>, tax: i64) -> Result<()> {
    sql("INSERT INTO receipt_taxes (number, tax_rate_id, tax) VALUES ($1, $2, $3)")
        .bind(number)
        .bind(rate)
        .bind(tax)
        .execute(tx)
        .await
        .map(drop)
}

/// What of a receipt is which tax.
pub async fn taxes_of(on: impl Into<On<'_>>, number: i64) -> Result<Split> {
    sql("SELECT tax_rate_id, tax FROM receipt_taxes WHERE number = $1 ORDER BY tax_rate_id").bind(number).all(on).await
}

/// What the notes of a payment say, and those that took them back: each with its amount, and once more for each tax.
pub async fn credited(
    on: impl Into<On<'_>>,
    payment: Id<Payment>,
) -> Result<Vec<(Kind, i64, Option<Id<TaxRate>>, i64)>> {
    sql("SELECT kind, amount, NULL AS rate, 0 AS tax FROM receipts WHERE payment_id = $1 AND refund_id IS NOT NULL
         UNION ALL
         SELECT r.kind, r.amount, t.tax_rate_id, t.tax FROM receipts r JOIN receipt_taxes t ON t.number = r.number
         WHERE r.payment_id = $1 AND r.refund_id IS NOT NULL")
    .bind(payment)
    .all(on)
    .await
}

/// What of each receipt and note of an order is which tax.
pub async fn taxes_of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<(i64, Id<TaxRate>, i64)>> {
    sql("SELECT t.number, t.tax_rate_id, t.tax FROM receipt_taxes t JOIN receipts r ON r.number = t.number
         WHERE r.order_id = $1")
    .bind(order)
    .all(on)
    .await
}

pub async fn of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Receipt>> {
    sql("SELECT * FROM receipts WHERE order_id = $1 ORDER BY number").bind(order).all(on).await
}

/// (ticket, refund) of those of an order that died with a refund.
pub async fn refunded_tickets(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<(Id<Ticket>, Id<Refund>)>> {
    sql("SELECT id, refund_id FROM tickets WHERE order_id = $1 AND refund_id IS NOT NULL").bind(order).all(on).await
}

/// A receipt with what it is about: an event, or credits.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Mine {
    #[sqlx(flatten)]
    pub receipt: Receipt,
    /// '' for credits, as the title.
    pub slug: String,
    pub title: String,
    /// How many, 0 for an order.
    pub credits: i64,
    /// The plan, if it is a month of one, and that month.
    pub tier: Option<Tier>,
    pub bill_id: Option<Id<Bill>>,
}

impl Mine {
    /// Where whoever paid sees it.
    pub fn path(&self) -> String {
        self.bill_id.map_or_else(|| self.receipt.path(), |bill| format!("/plans/bills/{bill}"))
    }
}

pub async fn of_purchase(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Vec<Receipt>> {
    sql("SELECT * FROM receipts WHERE payment_id = $1 ORDER BY number").bind(payment).all(on).await
}

/// Those of a member's orders before a number, the latest first.
pub async fn of_member(on: impl Into<On<'_>>, member: Id<Member>, before: i64, limit: i64) -> Result<Vec<Mine>> {
    sql("SELECT r.*, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, COALESCE(u.credits, 0) AS credits,
             b.tier, b.id AS bill_id
         FROM receipts r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN events e ON e.id = o.event_id
             LEFT JOIN purchases u ON u.payment_id = r.payment_id LEFT JOIN plan_bills b ON b.payment_id = r.payment_id
         WHERE r.payment_id IN (SELECT p.id FROM orders w JOIN payments p ON p.order_id = w.id WHERE w.member_id = $1
                 UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
                 UNION ALL SELECT payment_id FROM plan_bills WHERE member_id = $1 AND payment_id IS NOT NULL)
             AND r.number < $2 ORDER BY r.number DESC LIMIT $3")
    .bind(member)
    .bind(before)
    .bind(limit)
    .all(on)
    .await
}

/// Those of a period, in order.
pub async fn between(on: impl Into<On<'_>>, from: Instant, until: Instant) -> Result<Vec<Mine>> {
    sql("SELECT r.*, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, COALESCE(u.credits, 0) AS credits,
             b.tier, b.id AS bill_id
         FROM receipts r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN events e ON e.id = o.event_id
             LEFT JOIN purchases u ON u.payment_id = r.payment_id LEFT JOIN plan_bills b ON b.payment_id = r.payment_id
         WHERE r.issued_at >= $1 AND r.issued_at < $2 ORDER BY r.number")
    .bind(from)
    .bind(until)
    .all(on)
    .await
}

/// For `verify`.
pub async fn every(tx: &mut Tx) -> Result<Vec<Receipt>> {
    sql("SELECT * FROM receipts ORDER BY number").all(tx).await
}

/// Numbers whose taxes are not what they say, for `verify`.
pub async fn unlike_their_taxes(tx: &mut Tx) -> Result<Vec<(i64,)>> {
    sql("SELECT r.number FROM receipts r LEFT JOIN receipt_taxes t ON t.number = r.number
         GROUP BY r.number, r.tax HAVING CAST(COALESCE(SUM(t.tax), 0) AS BIGINT) <> r.tax ORDER BY r.number")
    .all(tx)
    .await
}

/// The last number that was given, for `verify`.
pub async fn last(tx: &mut Tx) -> Result<i64> {
    sql("SELECT last FROM receipt_series WHERE name = 'site'").scalar(tx).await
}
