use super::Line;
use crate::clock::Instant;
use crate::db::{Alike, On, Result, Tx, searching, sql};

/// Payments and refunds, the latest first. '' finds all of an argument; `like` is what is alike,
/// `number` one of the end of an order's id.
pub async fn lines(
    on: impl Into<On<'_>>,
    event: &str,
    state: &str,
    like: &Alike,
    number: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Line>> {
    searching("SELECT * FROM (
             SELECT 'payment' AS kind, p.id AS id, p.id AS payment_id, p.order_id, e.slug, e.title, p.provider, p.state,
                 CASE WHEN p.state = 'paid' THEN p.received ELSE p.amount END AS amount, p.currency, '' AS why, p.opened_at AS at, COALESCE(w.name, '') AS name,
                 COALESCE(w.email, '') AS email, '' AS error, COALESCE(c.code, '') AS promo, CASE WHEN t.number IS NULL THEN 0 ELSE o.discount END AS discount, COALESCE(t.tax, 0) AS tax, '' AS plan
             FROM payments p LEFT JOIN receipts t ON t.payment_id = p.id AND t.refund_id IS NULL JOIN orders o ON o.id = p.order_id JOIN events e ON e.id = o.event_id
                 LEFT JOIN order_people w ON w.order_id = o.id LEFT JOIN promo_codes c ON c.id = o.promo_id
             WHERE $1 = '' OR o.event_id = $1
             UNION ALL
             SELECT 'refund', r.id, r.payment_id, r.order_id, e.slug, e.title, p.provider, r.state, r.amount, r.currency,
                 r.why, r.asked_at, COALESCE(w.name, ''), COALESCE(w.email, ''), COALESCE(r.error, ''), '', 0, COALESCE(t.tax, 0), ''
             FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = r.order_id
                 JOIN events e ON e.id = o.event_id LEFT JOIN order_people w ON w.order_id = o.id
                 LEFT JOIN receipts t ON t.refund_id = r.id AND r.state = 'confirmed'
                     AND t.turn = (SELECT MAX(l.turn) FROM receipts l WHERE l.refund_id = r.id)
             WHERE $1 = '' OR o.event_id = $1
         ) moved
         WHERE ($2 = '' OR state = $2 OR ($2 = 'asked' AND state = 'sent'))
             AND ($3 = '' OR name GLOB $3 OR email GLOB $3
                 OR ($4 <> '' AND order_id LIKE $4))
         ORDER BY at DESC, id DESC LIMIT $5 OFFSET $6")
    .bind(event)
    .bind(state)
    .bind_alike(like)
    .bind(number)
    .bind(limit)
    .bind(offset)
    .all(on)
    .await
}

/// Payments that bought nothing, are disputed or silent since, and refunds that failed or are pending since. Each part
/// has an index of its own, so that it takes as long however many payments there ever were.
pub async fn stuck(
    on: impl Into<On<'_>>,
    event: &str,
    silent_since: Instant,
    pending_since: Instant,
) -> Result<Vec<Line>> {
    sql("SELECT * FROM (
             SELECT 'payment' AS kind, p.id AS id, p.id AS payment_id, p.order_id, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, p.provider, p.state,
                 CASE WHEN p.state = 'paid' THEN p.received ELSE p.amount END AS amount, p.currency,
                 CASE WHEN p.problem = 'dispute' AND NOT EXISTS (SELECT 1 FROM disputes d
                         WHERE d.payment_id = p.id AND d.state = 'open') THEN 'dispute_lost'
                     WHEN p.problem IS NOT NULL THEN p.problem WHEN p.state = 'open' THEN 'silent'
                     WHEN o.state = 'ended' THEN 'ended' ELSE 'not_issued' END AS why,
                 p.opened_at AS at, COALESCE(w.name, m.name, '') AS name, COALESCE(w.email, m.email, '') AS email,
                 COALESCE((SELECT d.reason FROM disputes d WHERE d.payment_id = p.id
                     ORDER BY d.opened_at DESC, d.id DESC LIMIT 1), '') AS error, '' AS promo, CAST(0 AS BIGINT) AS discount, CAST(0 AS BIGINT) AS tax, COALESCE(b.tier, '') AS plan
             FROM payments p LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN events e ON e.id = o.event_id
                 LEFT JOIN order_people w ON w.order_id = o.id
                 LEFT JOIN purchases u ON u.payment_id = p.id LEFT JOIN plan_bills b ON b.payment_id = p.id
                 LEFT JOIN members m ON m.id = COALESCE(u.member_id, b.member_id)
             WHERE p.id IN (SELECT id FROM payments WHERE problem IS NOT NULL
                     UNION SELECT id FROM payments WHERE state = 'open' AND expires_at < $2
                     UNION SELECT id FROM payments WHERE state = 'paid' AND at_rest = FALSE)
                 AND ($1 = '' OR o.event_id = $1) AND (p.problem IS NOT NULL
                 OR (p.state = 'paid' AND o.state IN ('held', 'ended')
                     AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id))
                 OR (p.state = 'open' AND p.expires_at < $2 AND COALESCE(o.hold, '') <> 'on_its_way'))
             UNION ALL
             SELECT 'refund', r.id, r.payment_id, r.order_id, COALESCE(e.slug, ''), COALESCE(e.title, ''), p.provider, r.state, r.amount, r.currency,
                 CASE WHEN r.state = 'failed' THEN 'failed' WHEN p.provider = 'host' THEN 'by_hand' ELSE 'pending' END,
                 r.asked_at, COALESCE(w.name, m.name, ''), COALESCE(w.email, m.email, ''), COALESCE(r.error, ''), '', 0, 0, COALESCE(b.tier, '')
             FROM refunds r JOIN payments p ON p.id = r.payment_id LEFT JOIN orders o ON o.id = r.order_id
                 LEFT JOIN events e ON e.id = o.event_id LEFT JOIN order_people w ON w.order_id = o.id
                 LEFT JOIN purchases u ON u.payment_id = p.id LEFT JOIN plan_bills b ON b.payment_id = p.id
                 LEFT JOIN members m ON m.id = COALESCE(u.member_id, b.member_id)
             WHERE r.state <> 'confirmed' AND ($1 = '' OR o.event_id = $1) AND (r.state = 'failed'
                 OR (r.state IN ('asked', 'sent') AND (p.provider = 'host' OR r.asked_at < $3)))
         ) moved ORDER BY at, id LIMIT 200")
    .bind(event)
    .bind(silent_since)
    .bind(pending_since)
    .all(on)
    .await
}

/// How many [`stuck`] would find, by the same indexes.
pub async fn waiting(on: impl Into<On<'_>>, silent_since: Instant, pending_since: Instant) -> Result<i64> {
    sql("SELECT (SELECT COUNT(*) FROM payments WHERE problem IS NOT NULL)
             + (SELECT COUNT(*) FROM payments p LEFT JOIN orders o ON o.id = p.order_id
                 WHERE p.state = 'open' AND p.problem IS NULL AND p.expires_at < $1
                     AND COALESCE(o.hold, '') <> 'on_its_way')
             + (SELECT COUNT(*) FROM payments p JOIN orders o ON o.id = p.order_id
                 WHERE p.state = 'paid' AND p.at_rest = FALSE AND p.problem IS NULL AND o.state IN ('held', 'ended')
                     AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id))
             + (SELECT COUNT(*) FROM refunds r JOIN payments p ON p.id = r.payment_id
                 WHERE r.state <> 'confirmed' AND (r.state = 'failed' OR p.provider = 'host' OR r.asked_at < $2))")
    .bind(silent_since)
    .bind(pending_since)
    .scalar(on)
    .await
}

/// Notes of some that nothing of them can get stuck any more; of how many.
pub async fn lay_to_rest(tx: &mut Tx, limit: i64) -> Result<u64> {
    sql("UPDATE payments SET at_rest = TRUE WHERE id IN (
             SELECT p.id FROM payments p LEFT JOIN orders o ON o.id = p.order_id
             WHERE p.state = 'paid' AND p.at_rest = FALSE
                 AND (o.id IS NULL OR o.state IN ('confirmed', 'cancelled')
                     OR EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id))
             LIMIT $1)")
    .bind(limit)
    .execute(tx)
    .await
}
