use super::{Dispute, DisputeState};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::orders::Order;
use crate::payments::Payment;

pub async fn insert(tx: &mut Tx, d: &Dispute) -> Result<()> {
    sql("INSERT INTO disputes (id, payment_id, state, amount, currency, reason, opened_at, closed_at, answer_by, reference)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .bind(d.id)
    .bind(d.payment_id)
    .bind(d.state)
    .bind(d.amount)
    .bind(&d.currency)
    .bind(&d.reason)
    .bind(d.opened_at)
    .bind(d.closed_at)
    .bind(d.answer_by)
    .bind(&d.reference)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Dispute>) -> Result<Option<Dispute>> {
    sql("SELECT * FROM disputes WHERE id = $1").bind(id).optional(on).await
}

/// The disputes about a payment, the latest first.
pub async fn of_payment(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Vec<Dispute>> {
    sql("SELECT * FROM disputes WHERE payment_id = $1 ORDER BY opened_at DESC, id DESC").bind(payment).all(on).await
}

/// What banks have taken back of a payment for good, in minor units: it cannot be given back once more.
pub async fn lost(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM disputes WHERE payment_id = $1 AND state = 'lost'")
        .bind(payment)
        .scalar(on)
        .await
}

/// The same of all payments of an order.
pub async fn lost_of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(d.amount), 0) AS BIGINT) FROM disputes d JOIN payments p ON p.id = d.payment_id
         WHERE p.order_id = $1 AND d.state = 'lost'")
    .bind(order)
    .scalar(on)
    .await
}

pub async fn close(tx: &mut Tx, id: Id<Dispute>, state: DisputeState, at: Instant) -> Result<()> {
    sql("UPDATE disputes SET state = $2, closed_at = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn every(tx: &mut Tx) -> Result<Vec<Dispute>> {
    sql("SELECT * FROM disputes").all(tx).await
}
