use super::Payment;
use super::mine_pages::Mine;
use crate::clock::Instant;
use crate::db::{On, Result, sql};
use crate::ids::Id;
use crate::members::Member;

/// A member's payments with what they are for, from an instant (and id, for equal ones) back in time.
pub async fn before(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    (at, id): (Instant, Option<Id<Payment>>),
    limit: i64,
) -> Result<Vec<Mine>> {
    sql("SELECT p.*, COALESCE(e.title, '') AS title, COALESCE(e.language, '') AS language, COALESCE(u.credits, 0) AS credits,
             b.tier, b.id AS bill_id,
             (SELECT MIN(r.number) FROM receipts r WHERE r.payment_id = p.id AND r.refund_id IS NULL) AS receipt
         FROM payments p LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN events e ON e.id = o.event_id
             LEFT JOIN purchases u ON u.payment_id = p.id LEFT JOIN plan_bills b ON b.payment_id = p.id
         WHERE p.id IN (SELECT y.id FROM orders w JOIN payments y ON y.order_id = w.id WHERE w.member_id = $1
                 UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
                 UNION ALL SELECT payment_id FROM plan_bills WHERE member_id = $1 AND payment_id IS NOT NULL)
             AND (p.opened_at < $2 OR (p.opened_at = $2 AND p.id < COALESCE($3, '')))
         ORDER BY p.opened_at DESC, p.id DESC LIMIT $4")
    .bind(member)
    .bind(at)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}
