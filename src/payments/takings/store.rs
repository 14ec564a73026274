use super::{Owed, Taxed};
use crate::clock::Instant;
use crate::db::{On, Result, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;

/// (currency, paid, given back, lost to disputes) of an event.
pub async fn sums(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(String, i64, i64, i64)>> {
    sql("SELECT currency, CAST(SUM(paid) AS BIGINT), CAST(SUM(refunded) AS BIGINT), CAST(SUM(lost) AS BIGINT) FROM (
             SELECT p.currency, p.received AS paid, p.refunded, 0 AS lost
             FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.event_id = $1 AND p.state = 'paid'
             UNION ALL
             SELECT d.currency, 0, 0, d.amount
             FROM disputes d JOIN payments p ON p.id = d.payment_id JOIN orders o ON o.id = p.order_id
             WHERE o.event_id = $1 AND d.state = 'lost'
         ) moved GROUP BY currency ORDER BY currency")
    .bind(event)
    .all(on)
    .await
}

/// Refunds that are asked for and not done.
pub async fn refunds_asked(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM refunds r JOIN orders o ON o.id = r.order_id
         WHERE o.event_id = $1 AND r.state <> 'confirmed'")
    .bind(event)
    .scalar(on)
    .await
}

/// What the sold tickets of each type cost in all.
pub async fn by_type(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(Id<TicketType>, i64)>> {
    sql("SELECT ticket_type_id, CAST(SUM(price) AS BIGINT) FROM tickets
         WHERE event_id = $1 AND state IN ('valid', 'refunding') GROUP BY ticket_type_id")
    .bind(event)
    .all(on)
    .await
}

/// What promo codes took off the sold tickets.
pub async fn discount(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(discount), 0) AS BIGINT) FROM tickets WHERE event_id = $1 AND state IN ('valid', 'refunding')")
        .bind(event)
        .scalar(on)
        .await
}

/// What of the sold tickets is tax, by rate.
pub async fn taxes(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Taxed>> {
    sql("SELECT r.name, r.thousandths, o.currency, CAST(SUM(t.price - t.tax) AS BIGINT) AS net, CAST(SUM(t.tax) AS BIGINT) AS tax
         FROM tickets t JOIN orders o ON o.id = t.order_id
             JOIN order_taxes r ON r.order_id = t.order_id AND r.tax_rate_id = t.tax_rate_id
         WHERE t.event_id = $1 AND t.state IN ('valid', 'refunding')
         GROUP BY r.name, r.thousandths, o.currency ORDER BY r.name, r.thousandths, o.currency")
    .bind(event)
    .all(on)
    .await
}

/// (when, which type, places, their price) of the orders of an event that are sold.
pub async fn sold(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(Instant, Id<TicketType>, i64, i64)>> {
    sql("SELECT o.confirmed_at, t.ticket_type_id, COUNT(*), CAST(SUM(t.price) AS BIGINT)
         FROM tickets t JOIN orders o ON o.id = t.order_id
         WHERE t.event_id = $1 AND t.state IN ('valid', 'refunding') AND o.confirmed_at IS NOT NULL
         GROUP BY o.id, o.confirmed_at, t.ticket_type_id ORDER BY o.confirmed_at")
    .bind(event)
    .all(on)
    .await
}

/// What the site took and gave back in a period, by event, owner and currency. What hosts took themselves is
/// theirs already, and what they gave back by hand was theirs: it stands in a column of its own.
pub async fn owed(on: impl Into<On<'_>>, from: Instant, until: Instant) -> Result<Vec<Owed>> {
    sql("SELECT e.slug, e.title, COALESCE(MIN(m.name), '') AS host, COALESCE(MIN(m.email), '') AS email, moved.currency,
             CAST(SUM(moved.taken) AS BIGINT) AS taken, CAST(SUM(moved.returned) AS BIGINT) AS returned,
             CAST(SUM(moved.lost) AS BIGINT) AS lost, CAST(SUM(moved.by_host) AS BIGINT) AS by_host
         FROM (
             SELECT o.event_id, p.currency, CASE WHEN p.provider = 'host' THEN 0 ELSE p.received END AS taken,
                 0 AS returned, 0 AS lost, CASE WHEN p.provider = 'host' THEN p.received ELSE 0 END AS by_host
             FROM payments p JOIN orders o ON o.id = p.order_id
             WHERE p.state = 'paid' AND p.paid_at >= $1 AND p.paid_at < $2
             UNION ALL
             SELECT o.event_id, r.currency, 0, CASE WHEN m.hand = 'host' THEN 0 ELSE m.amount END, 0,
                 CASE WHEN m.hand = 'host' THEN -m.amount ELSE 0 END
             FROM refund_moves m JOIN refunds r ON r.id = m.refund_id JOIN orders o ON o.id = r.order_id
             WHERE m.moved_at >= $1 AND m.moved_at < $2
             UNION ALL
             SELECT o.event_id, d.currency, 0, 0, d.amount, 0
             FROM disputes d JOIN payments p ON p.id = d.payment_id JOIN orders o ON o.id = p.order_id
             WHERE d.state = 'lost' AND d.closed_at >= $1 AND d.closed_at < $2
         ) moved JOIN events e ON e.id = moved.event_id
             LEFT JOIN event_hosts h ON h.event_id = e.id AND h.role = 'owner' LEFT JOIN members m ON m.id = h.member_id
         GROUP BY e.id, e.slug, e.title, moved.currency ORDER BY e.title, e.slug, moved.currency")
    .bind(from)
    .bind(until)
    .all(on)
    .await
}
