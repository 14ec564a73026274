use super::{Hand, Payment, Refund, RefundState};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::members::Member;
use crate::orders::{Order, Ticket};

// ---------------------------------------------------------------- payments

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

pub async fn refunds_of(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Vec<Refund>> {
    sql("SELECT * FROM refunds WHERE payment_id = $1 ORDER BY asked_at, id").bind(payment).all(on).await
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

// ---------------------------------------------------------------- refunds

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

pub async fn every_payment(tx: &mut Tx) -> Result<Vec<Payment>> {
    sql("SELECT * FROM payments").all(tx).await
}

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
