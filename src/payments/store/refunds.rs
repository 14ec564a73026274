//! Refunds, and what moved by them.
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::orders::{Order, Ticket};
use crate::payments::{Hand, Payment, Refund, RefundState};

pub async fn insert_refund(tx: &mut Tx, r: &Refund) -> Result<()> {
    sql("INSERT INTO refunds (id, payment_id, order_id, state, why, amount, currency, asked_at, done_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(r.id)
    .bind(r.payment_id)
    .bind(r.order_id)
    .bind(r.state)
    .bind(r.why)
    .bind(r.amount)
    .bind(&r.currency)
    .bind(r.asked_at)
    .bind(r.done_at)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn refund(on: impl Into<On<'_>>, id: Id<Refund>) -> Result<Option<Refund>> {
    sql("SELECT * FROM refunds WHERE id = $1").bind(id).optional(on).await
}

pub async fn refunds_of(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Vec<Refund>> {
    sql("SELECT * FROM refunds WHERE payment_id = $1 ORDER BY asked_at, id").bind(payment).all(on).await
}

pub async fn refunds_of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Refund>> {
    sql("SELECT * FROM refunds WHERE order_id = $1 ORDER BY asked_at, id").bind(order).all(on).await
}

/// What is given back of a payment, or on its way: all but what failed.
pub async fn given_back(tx: &mut Tx, payment: Id<Payment>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE payment_id = $1 AND state <> 'failed'")
        .bind(payment)
        .scalar(tx)
        .await
}

/// The same, of what the provider gives back: money that went by hand it knows nothing of. With what could not be asked
/// about while the site used another one: that may have gone, and would be taken for somebody else's.
pub async fn given_by_provider(tx: &mut Tx, payment: Id<Payment>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM refunds r
         WHERE r.payment_id = $1 AND (r.state <> 'failed' OR r.error = 'elsewhere')
             AND NOT EXISTS (SELECT 1 FROM refund_moves m WHERE m.refund_id = r.id AND m.hand <> 'provider')")
    .bind(payment)
    .scalar(tx)
    .await
}

/// What went back of a payment at the provider and not through us, the last one last.
pub async fn given_outside(tx: &mut Tx, payment: Id<Payment>) -> Result<Vec<Refund>> {
    sql("SELECT r.* FROM refunds r
         WHERE r.payment_id = $1 AND r.state = 'confirmed' AND r.amount > 0 AND COALESCE(r.reference, '') = ''
             AND NOT EXISTS (SELECT 1 FROM refund_moves m WHERE m.refund_id = r.id AND m.hand <> 'provider')
         ORDER BY r.done_at, r.id")
    .bind(payment)
    .all(tx)
    .await
}

/// Money went back, or came back from there (below 0). The event is locked, so that nobody else counts the turns.
pub async fn add_move(tx: &mut Tx, refund: Id<Refund>, amount: i64, hand: Hand, now: Instant) -> Result<()> {
    sql("INSERT INTO refund_moves (refund_id, turn, amount, hand, moved_at)
         VALUES ($1, (SELECT COUNT(*) FROM refund_moves WHERE refund_id = $1), $2, $3, $4)")
    .bind(refund)
    .bind(amount)
    .bind(hand)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn set_refund_amount(tx: &mut Tx, id: Id<Refund>, amount: i64) -> Result<()> {
    sql("UPDATE refunds SET amount = $2 WHERE id = $1").bind(id).bind(amount).execute(tx).await.map(drop)
}

pub async fn set_refund(
    tx: &mut Tx,
    id: Id<Refund>,
    state: RefundState,
    reference: Option<&str>,
    error: Option<&str>,
    done_at: Option<Instant>,
) -> Result<()> {
    sql("UPDATE refunds SET state = $2, reference = COALESCE($3, reference), error = $4, done_at = $5 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(reference.map(str::to_owned))
        .bind(error.map(str::to_owned))
        .bind(done_at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn count_attempt(tx: &mut Tx, id: Id<Refund>) -> Result<()> {
    sql("UPDATE refunds SET attempt = attempt + 1 WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// Tickets that die with a refund, and are free with it.
pub async fn set_refund_of_ticket(tx: &mut Tx, ticket: Id<Ticket>, refund: Id<Refund>) -> Result<()> {
    sql("UPDATE tickets SET refund_id = $2 WHERE id = $1").bind(ticket).bind(refund).execute(tx).await.map(drop)
}

/// Of the refund's own order: tickets are found by that.
pub async fn tickets_of_refund(tx: &mut Tx, refund: Id<Refund>) -> Result<Vec<Id<Ticket>>> {
    let rows: Vec<(Id<Ticket>,)> =
        sql("SELECT id FROM tickets WHERE order_id = (SELECT order_id FROM refunds WHERE id = $1)
                 AND refund_id = $1 AND state = 'refunding' ORDER BY position")
        .bind(refund)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

// ---------------------------------------------------------------- everything, for `verify`

/// (refund, amount, whose) of every move, as they came.
pub async fn every_move(tx: &mut Tx) -> Result<Vec<(Id<Refund>, i64, Hand)>> {
    sql("SELECT refund_id, amount, hand FROM refund_moves ORDER BY refund_id, turn").all(tx).await
}

/// (payment, given back at the provider, received), where that is more than came.
pub async fn overdrawn(tx: &mut Tx) -> Result<Vec<(Id<Payment>, i64, i64)>> {
    sql("SELECT p.id, CAST(SUM(m.amount) AS BIGINT), p.received FROM refund_moves m JOIN refunds r ON r.id = m.refund_id
             JOIN payments p ON p.id = r.payment_id
         WHERE m.hand = 'provider' OR p.provider = 'host' GROUP BY p.id, p.received HAVING SUM(m.amount) > p.received")
    .all(tx)
    .await
}

pub async fn every_refund(tx: &mut Tx) -> Result<Vec<Refund>> {
    sql("SELECT * FROM refunds").all(tx).await
}
