mod refunds;

pub use refunds::*;

use super::Payment;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::members::Member;
use crate::orders::Order;

pub async fn insert(tx: &mut Tx, p: &Payment) -> Result<()> {
    sql("INSERT INTO payments (id, order_id, provider, state, amount, currency, opened_at, expires_at, paid_at,
             return_url, cancel_url, received)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .bind(p.id)
    .bind(p.order_id)
    .bind(p.provider)
    .bind(p.state)
    .bind(p.amount)
    .bind(&p.currency)
    .bind(p.opened_at)
    .bind(p.expires_at)
    .bind(p.paid_at)
    .bind(p.return_url.clone())
    .bind(p.cancel_url.clone())
    .bind(p.received)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Payment>) -> Result<Option<Payment>> {
    sql("SELECT * FROM payments WHERE id = $1").bind(id).optional(on).await
}

pub async fn by_reference(on: impl Into<On<'_>>, reference: &str) -> Result<Option<Payment>> {
    sql("SELECT * FROM payments WHERE reference = $1").bind(reference).optional(on).await
}

/// The tries to pay an order, the latest first.
pub async fn of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Payment>> {
    sql("SELECT * FROM payments WHERE order_id = $1 ORDER BY opened_at DESC, id DESC").bind(order).all(on).await
}

/// The payment that bought the places of an order: of one that came too late or twice all was asked back.
pub async fn bought(tx: &mut Tx, order: Id<Order>) -> Result<Option<Payment>> {
    sql("SELECT p.* FROM payments p WHERE p.order_id = $1 AND p.state = 'paid'
         ORDER BY (SELECT COUNT(*) FROM receipts t WHERE t.payment_id = p.id AND t.refund_id IS NULL) DESC,
             p.received - (SELECT COALESCE(SUM(r.amount), 0) FROM refunds r
                 WHERE r.payment_id = p.id AND r.state <> 'failed') DESC, p.id
         LIMIT 1")
    .bind(order)
    .optional(tx)
    .await
}

/// A member's payments from an instant (and id, for equal ones) back in time.
pub async fn of_member_before(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    before: Instant,
    id: &str,
    limit: i64,
) -> Result<Vec<Payment>> {
    sql("SELECT p.* FROM payments p
         WHERE p.id IN (SELECT y.id FROM orders o JOIN payments y ON y.order_id = o.id WHERE o.member_id = $1
                 UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
                 UNION ALL SELECT payment_id FROM plan_bills WHERE member_id = $1 AND payment_id IS NOT NULL)
             AND (p.opened_at < $2 OR (p.opened_at = $2 AND p.id < $3))
         ORDER BY p.opened_at DESC, p.id DESC LIMIT $4")
    .bind(member)
    .bind(before)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// An event's payments from an instant (and id, for equal ones) back in time.
pub async fn of_event_before(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    before: Instant,
    id: &str,
    limit: i64,
) -> Result<Vec<Payment>> {
    sql("SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id
         WHERE o.event_id = $1 AND (p.opened_at < $2 OR (p.opened_at = $2 AND p.id < $3))
         ORDER BY p.opened_at DESC, p.id DESC LIMIT $4")
    .bind(event)
    .bind(before)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// Every payment for an event, the latest first.
pub async fn of_event(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Payment>> {
    sql("SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.event_id = $1
         ORDER BY p.opened_at DESC, p.id DESC")
    .bind(event)
    .all(on)
    .await
}

/// Open payments that nobody asked about since then.
pub async fn unasked_since(on: impl Into<On<'_>>, at: Instant, limit: i64) -> Result<Vec<Id<Payment>>> {
    let rows: Vec<(Id<Payment>,)> =
        sql("SELECT id FROM payments WHERE state = 'open' AND COALESCE(asked_at, opened_at) <= $1
             ORDER BY COALESCE(asked_at, opened_at) LIMIT $2")
        .bind(at)
        .bind(limit)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What the provider calls it, and where its page is.
pub async fn set_checkout(tx: &mut Tx, id: Id<Payment>, reference: &str, url: &str) -> Result<()> {
    sql("UPDATE payments SET reference = $2, url = $3 WHERE id = $1 AND (reference IS NULL OR url IS NULL)")
        .bind(id)
        .bind(reference)
        .bind(url)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_asked(tx: &mut Tx, id: Id<Payment>, at: Instant) -> Result<()> {
    sql("UPDATE payments SET asked_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

pub async fn set_on_its_way(tx: &mut Tx, id: Id<Payment>, at: Instant) -> Result<()> {
    sql("UPDATE payments SET on_its_way_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

pub async fn set_paid(tx: &mut Tx, id: Id<Payment>, received: i64, currency: &str, at: Instant) -> Result<()> {
    sql("UPDATE payments SET state = 'paid', received = $2, currency = $4, asked_at = $3, paid_at = $3 WHERE id = $1")
        .bind(id)
        .bind(received)
        .bind(at)
        .bind(currency)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_ended(tx: &mut Tx, id: Id<Payment>, at: Instant) -> Result<()> {
    sql("UPDATE payments SET state = 'ended', asked_at = $2, ended_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_problem(tx: &mut Tx, id: Id<Payment>, problem: Option<&str>) -> Result<()> {
    sql("UPDATE payments SET problem = $2 WHERE id = $1")
        .bind(id)
        .bind(problem.map(str::to_owned))
        .execute(tx)
        .await
        .map(drop)
}

pub async fn add_refunded(tx: &mut Tx, id: Id<Payment>, amount: i64) -> Result<()> {
    sql("UPDATE payments SET refunded = refunded + $2 WHERE id = $1").bind(id).bind(amount).execute(tx).await.map(drop)
}

// ---------------------------------------------------------------- everything, for `verify`

pub async fn every_payment(tx: &mut Tx) -> Result<Vec<Payment>> {
    sql("SELECT * FROM payments").all(tx).await
}
