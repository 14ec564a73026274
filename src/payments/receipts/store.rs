use super::Receipt;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;
use crate::orders::{Order, Ticket};
use crate::payments::{Payment, Refund};

/// The next number; nobody else gets one before this transaction ends.
pub async fn next(tx: &mut Tx) -> Result<i64> {
    sql("UPDATE receipt_series SET last = last + 1 WHERE name = 'site' RETURNING last").scalar(tx).await
}

pub async fn insert(tx: &mut Tx, r: &Receipt) -> Result<()> {
    sql("INSERT INTO receipts (number, kind, order_id, payment_id, refund_id, amount, tax, currency, issued_at, seller_name, seller_address, seller_tax)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
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
    .execute(tx)
    .await
    .map(drop)
}

pub async fn of_payment(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Option<Receipt>> {
    sql("SELECT * FROM receipts WHERE payment_id = $1 AND refund_id IS NULL").bind(payment).optional(on).await
}

pub async fn of_refund(on: impl Into<On<'_>>, refund: Id<Refund>) -> Result<Option<Receipt>> {
    sql("SELECT * FROM receipts WHERE refund_id = $1").bind(refund).optional(on).await
}

pub async fn of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Receipt>> {
    sql("SELECT * FROM receipts WHERE order_id = $1 ORDER BY number").bind(order).all(on).await
}

/// The tickets that died with a refund.
pub async fn tickets_of(on: impl Into<On<'_>>, refund: Id<Refund>) -> Result<Vec<Id<Ticket>>> {
    let rows: Vec<(Id<Ticket>,)> = sql("SELECT id FROM tickets WHERE refund_id = $1").bind(refund).all(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
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
}

pub async fn of_purchase(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Vec<Receipt>> {
    sql("SELECT * FROM receipts WHERE payment_id = $1 ORDER BY number").bind(payment).all(on).await
}

/// Those of a member's orders before a number, the latest first.
pub async fn of_member(on: impl Into<On<'_>>, member: Id<Member>, before: i64, limit: i64) -> Result<Vec<Mine>> {
    sql("SELECT r.*, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, COALESCE(u.credits, 0) AS credits
         FROM receipts r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN events e ON e.id = o.event_id
             LEFT JOIN purchases u ON u.payment_id = r.payment_id
         WHERE r.payment_id IN (SELECT p.id FROM orders w JOIN payments p ON p.order_id = w.id WHERE w.member_id = $1
                 UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1)
             AND r.number < $2 ORDER BY r.number DESC LIMIT $3")
    .bind(member)
    .bind(before)
    .bind(limit)
    .all(on)
    .await
}

/// Those of a period, in order.
pub async fn between(on: impl Into<On<'_>>, from: Instant, until: Instant) -> Result<Vec<Mine>> {
    sql("SELECT r.*, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, COALESCE(u.credits, 0) AS credits
         FROM receipts r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN events e ON e.id = o.event_id
             LEFT JOIN purchases u ON u.payment_id = r.payment_id
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

/// The last number that was given, for `verify`.
pub async fn last(tx: &mut Tx) -> Result<i64> {
    sql("SELECT last FROM receipt_series WHERE name = 'site'").scalar(tx).await
}
