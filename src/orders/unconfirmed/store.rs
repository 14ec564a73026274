//! Orders and waits of guests that were never confirmed. Whose money came, or may come yet, stays known.
use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::ids::Id;
use crate::orders::Order;
use crate::orders::waiting::Party;

/// Orders that ended in this time and still name somebody.
pub async fn orders(tx: &mut Tx, (from, before): (Instant, Instant), limit: i64) -> Result<Vec<(Id<Order>,)>> {
    sql("SELECT o.id FROM orders o JOIN order_people p ON p.order_id = o.id
         WHERE o.confirmed_at IS NULL AND o.member_id IS NULL AND o.ended_at IS NOT NULL
           AND o.ended_at >= $1 AND o.ended_at < $2 AND p.email <> ''
           AND NOT EXISTS (SELECT 1 FROM payments y WHERE y.order_id = o.id AND y.state <> 'ended')
         ORDER BY o.ended_at LIMIT $3")
    .bind(from)
    .bind(before)
    .bind(limit)
    .all(tx)
    .await
}

pub async fn forget_order(tx: &mut Tx, order: Id<Order>) -> Result<()> {
    sql("UPDATE order_people SET name = '–', name_fold = '', email = '', email_key = 'nobody/' || order_id WHERE order_id = $1")
        .bind(order)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE attendees SET name = '', email = '', email_key = ''
         WHERE ticket_id IN (SELECT id FROM tickets WHERE order_id = $1)")
    .bind(order)
    .execute(tx)
    .await
    .map(drop)
}

/// Waits that lapsed in this time and still name somebody.
pub async fn parties(tx: &mut Tx, (from, before): (Instant, Instant), limit: i64) -> Result<Vec<(Id<Party>,)>> {
    sql("SELECT w.id FROM waiting w JOIN waiting_people p ON p.party_id = w.id
         WHERE w.state = 'lapsed' AND w.member_id IS NULL AND w.ended_at IS NOT NULL
           AND w.ended_at >= $1 AND w.ended_at < $2 AND p.email <> ''
         ORDER BY w.ended_at LIMIT $3")
    .bind(from)
    .bind(before)
    .bind(limit)
    .all(tx)
    .await
}

pub async fn forget_party(tx: &mut Tx, party: Id<Party>) -> Result<()> {
    sql("UPDATE waiting_people SET name = '–', email = '', email_key = 'nobody/' || party_id, companions = ''
         WHERE party_id = $1")
    .bind(party)
    .execute(tx)
    .await
    .map(drop)
}
