use super::Notice;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;
use crate::orders::Order;

/// False if this event of the provider is here already.
pub async fn insert(tx: &mut Tx, n: &Notice) -> Result<bool> {
    let added = sql("INSERT INTO notices (id, provider, event, kind, reference, payment, payload, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (provider, event) DO NOTHING")
    .bind(n.id)
    .bind(n.provider)
    .bind(&n.event)
    .bind(&n.kind)
    .bind(&n.reference)
    .bind(&n.payment)
    .bind(n.payload.clone())
    .bind(n.received_at)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Notice>) -> Result<Option<Notice>> {
    sql("SELECT * FROM notices WHERE id = $1").bind(id).optional(on).await
}

pub async fn newest(on: impl Into<On<'_>>, limit: i64) -> Result<Vec<Notice>> {
    sql("SELECT * FROM notices ORDER BY received_at DESC, id DESC LIMIT $1").bind(limit).all(on).await
}

/// What was told of a checkout, the first first.
pub async fn of_reference(on: impl Into<On<'_>>, reference: &str) -> Result<Vec<Notice>> {
    sql("SELECT * FROM notices WHERE reference = $1 ORDER BY received_at, id").bind(reference).all(on).await
}

/// The kinds that came, each found by a step in the index.
pub async fn kinds(on: impl Into<On<'_>>) -> Result<Vec<(String,)>> {
    sql("WITH RECURSIVE k (kind) AS (
             SELECT MIN(kind) FROM notices
             UNION ALL SELECT (SELECT MIN(n.kind) FROM notices n WHERE n.kind > k.kind) FROM k WHERE k.kind IS NOT NULL
         ) SELECT kind FROM k WHERE kind IS NOT NULL")
    .all(on)
    .await
}

/// How many are not handled, and since when the oldest of them waits.
pub async fn waiting(on: impl Into<On<'_>>) -> Result<(i64, Option<Instant>)> {
    sql("SELECT COUNT(*), MIN(received_at) FROM notices WHERE handled_at IS NULL").one(on).await
}

/// What it was about, '' for nothing of ours, and what became of that.
pub async fn set_handled(tx: &mut Tx, id: Id<Notice>, (about, outcome): (&str, &str), at: Instant) -> Result<()> {
    sql("UPDATE notices SET handled_at = $2, about = $3, outcome = $4 WHERE id = $1")
        .bind(id)
        .bind(at)
        .bind(about)
        .bind(outcome)
        .execute(tx)
        .await
        .map(drop)
}

/// How many it were this time.
pub async fn forget_payloads(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64> {
    sql("UPDATE notices SET payload = NULL WHERE id IN (
             SELECT id FROM notices WHERE received_at < $1 AND payload IS NOT NULL ORDER BY received_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}

/// Removes the text of one that came, or was understood, after whoever paid had deleted their account.
pub async fn forget_if_erased(tx: &mut Tx, id: Id<Notice>, about: &str) -> Result<()> {
    sql("UPDATE notices SET payload = NULL WHERE id = $1 AND EXISTS (
             SELECT 1 FROM members m WHERE m.erased_at IS NOT NULL AND m.id IN (
                 SELECT o.member_id FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $2
                 UNION ALL SELECT member_id FROM purchases WHERE payment_id = $2
                 UNION ALL SELECT member_id FROM plan_bills WHERE payment_id = $2
                 UNION ALL SELECT member_id FROM subscriptions WHERE id = $2))")
    .bind(id)
    .bind(about)
    .execute(tx)
    .await
    .map(drop)
}

/// Removes the texts of those about what a member paid, or pays: by what they turned out to be about; and where nobody
/// has looked yet, or the provider did not know, by what they name.
pub async fn forget_of(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("UPDATE notices SET payload = NULL WHERE payload IS NOT NULL AND about IN (
             SELECT p.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.member_id = $1
             UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
             UNION ALL SELECT payment_id FROM plan_bills WHERE member_id = $1 AND payment_id IS NOT NULL
             UNION ALL SELECT id FROM subscriptions WHERE member_id = $1)")
    .bind(member)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE notices SET payload = NULL WHERE payload IS NOT NULL AND payment IN (
             SELECT p.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.member_id = $1
             UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
             UNION ALL SELECT id FROM subscriptions WHERE member_id = $1)")
    .bind(member)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE notices SET payload = NULL WHERE payload IS NOT NULL AND reference IN (
             SELECT p.reference FROM orders o JOIN payments p ON p.order_id = o.id
                 WHERE o.member_id = $1 AND p.reference IS NOT NULL
             UNION ALL SELECT p.reference FROM purchases u JOIN payments p ON p.id = u.payment_id
                 WHERE u.member_id = $1 AND p.reference IS NOT NULL
             UNION ALL SELECT reference FROM subscriptions WHERE member_id = $1 AND reference IS NOT NULL
             UNION ALL SELECT checkout FROM subscriptions WHERE member_id = $1 AND checkout IS NOT NULL)")
    .bind(member)
    .execute(tx)
    .await
    .map(drop)
}

/// The same of what was paid for one order.
pub async fn forget_of_order(tx: &mut Tx, order: Id<Order>) -> Result<()> {
    sql("UPDATE notices SET payload = NULL
         WHERE payload IS NOT NULL AND about IN (SELECT id FROM payments WHERE order_id = $1)")
    .bind(order)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE notices SET payload = NULL
         WHERE payload IS NOT NULL AND payment IN (SELECT id FROM payments WHERE order_id = $1)")
    .bind(order)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE notices SET payload = NULL WHERE payload IS NOT NULL
           AND reference IN (SELECT reference FROM payments WHERE order_id = $1 AND reference IS NOT NULL)")
    .bind(order)
    .execute(tx)
    .await
    .map(drop)
}
