use super::Line;
use super::finding::Place;
use crate::clock::Instant;
use crate::db::{Alike, On, Result, Tx, searching, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::orders::Order;

/// Payments and refunds of these orders.
macro_rules! moved {
    ($orders:literal) => {
        concat!(
            "SELECT 'payment' AS kind, y.id, y.id AS payment_id, y.order_id, y.state, y.opened_at AS at
                 FROM ",
            $orders,
            " q JOIN payments y ON y.order_id = q.id
             UNION ALL SELECT 'refund', y.id, y.payment_id, y.order_id, y.state, y.asked_at
                 FROM ",
            $orders,
            " q JOIN refunds y ON y.order_id = q.id"
        )
    };
}
/// A [`Line`] of each `f` that was found among them: these words stand before it, and [`of_found`] behind.
macro_rules! lines {
    () => {
        "SELECT f.kind, f.id, f.payment_id, f.order_id, e.slug, e.title, p.provider, f.state,
             CASE WHEN r.id IS NOT NULL THEN r.amount WHEN p.state = 'paid' THEN p.received ELSE p.amount END AS amount,
             COALESCE(r.currency, p.currency) AS currency, COALESCE(r.why, '') AS why, f.at,
             COALESCE(w.name, '') AS name, COALESCE(w.email, '') AS email, COALESCE(r.error, '') AS error,
             CASE WHEN r.id IS NULL THEN COALESCE(c.code, '') ELSE '' END AS promo,
             CASE WHEN r.id IS NULL AND t.number IS NOT NULL THEN o.discount ELSE 0 END AS discount,
             CASE WHEN r.id IS NULL THEN COALESCE(t.tax, 0) WHEN r.state = 'confirmed' THEN COALESCE((
                 SELECT l.tax FROM receipts l WHERE l.refund_id = r.id ORDER BY l.turn DESC LIMIT 1), 0) ELSE 0 END AS tax,
             '' AS plan
         FROM ("
    };
}
macro_rules! of_found {
    () => {
        ") f JOIN payments p ON p.id = f.payment_id JOIN orders o ON o.id = f.order_id
             JOIN events e ON e.id = o.event_id LEFT JOIN refunds r ON f.kind = 'refund' AND r.id = f.id
             LEFT JOIN receipts t ON t.payment_id = p.id AND t.refund_id IS NULL
             LEFT JOIN order_people w ON w.order_id = o.id LEFT JOIN promo_codes c ON c.id = o.promo_id "
    };
}
/// One page of them, on this side of a place.
macro_rules! page {
    ($side:literal, $way:literal) => {
        concat!(
            lines!(),
            "SELECT * FROM (",
            moved!("(SELECT id FROM orders WHERE event_id = $1)"),
            ") moved WHERE (at, id) ",
            $side,
            " ($5, $6) AND ($2 = '' OR state = $2 OR ($2 = 'asked' AND state = 'sent'))
                 AND ($3 = '' OR ($4 <> '' AND order_id LIKE $4) OR EXISTS (SELECT 1 FROM order_people v
                     WHERE v.order_id = moved.order_id AND (v.name GLOB $3 OR v.email GLOB $3)))
             ORDER BY at ",
            $way,
            ", id ",
            $way,
            " LIMIT $7",
            of_found!(),
            "ORDER BY f.at ",
            $way,
            ", f.id ",
            $way
        )
    };
}

/// An event's payments and refunds, the latest first, behind a place; `back` are those before it, the nearest first.
/// '' finds all states, `like` is what is alike, `number` one of the end of an order's id.
pub async fn page(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    state: &str,
    (like, number): (&Alike, &str),
    (place, back): (Option<&Place>, bool),
    limit: i64,
) -> Result<Vec<Line>> {
    let text = if back { page!(">", "ASC") } else { page!("<", "DESC") };
    searching(text)
        .bind(event)
        .bind(state)
        .bind_alike(like)
        .bind(number)
        .bind(place.map_or(Instant::from_micros(i64::MAX), |place| place.at))
        .bind(place.map_or("", |place| place.id.as_str()))
        .bind(limit)
        .all(on)
        .await
}

/// (when, which) of an event's orders before one, the latest first.
pub async fn orders_before(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    before: Option<(Instant, Id<Order>)>,
    limit: i64,
) -> Result<Vec<(Instant, Id<Order>)>> {
    sql("SELECT placed_at, id FROM orders WHERE event_id = $1 AND (placed_at, id) < ($2, $3)
         ORDER BY placed_at DESC, id DESC LIMIT $4")
    .bind(event)
    .bind(before.map_or(Instant::from_micros(i64::MAX), |(at, _)| at))
    .bind(before.map_or_else(String::new, |(_, id)| id.to_string()))
    .bind(limit)
    .all(on)
    .await
}

/// Payments and refunds of an event's orders from one back to another, both included.
pub async fn of_orders(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    latest: (Instant, Id<Order>),
    last: (Instant, Id<Order>),
) -> Result<Vec<Line>> {
    sql(concat!(
        lines!(),
        moved!(
            "(SELECT id FROM orders WHERE event_id = $1 AND (placed_at, id) <= ($2, $3) AND (placed_at, id) >= ($4, $5))"
        ),
        of_found!(),
        "ORDER BY o.placed_at DESC, o.id DESC, f.at DESC, f.id DESC"
    ))
    .bind(event)
    .bind(latest.0)
    .bind(latest.1)
    .bind(last.0)
    .bind(last.1)
    .all(on)
    .await
}

/// How a payment is stuck.
macro_rules! payment_why {
    () => {
        "CASE WHEN p.problem = 'dispute' AND NOT EXISTS (SELECT 1 FROM disputes d
                 WHERE d.payment_id = p.id AND d.state = 'open') THEN 'dispute_lost'
             WHEN p.problem IS NOT NULL THEN p.problem WHEN p.state = 'open' THEN 'silent'
             WHEN o.state = 'ended' THEN 'ended' ELSE 'not_issued' END AS why,
         p.opened_at AS at"
    };
}
macro_rules! said_of_dispute {
    () => {
        "COALESCE((SELECT d.reason FROM disputes d WHERE d.payment_id = p.id
             ORDER BY d.opened_at DESC, d.id DESC LIMIT 1), '') AS error"
    };
}
/// Whether it is: bought nothing, is disputed or silent since `$1`. What is on its way is not, whatever its order is
/// held for, as long as the provider says that it is: it is asked every few minutes.
macro_rules! payment_is_stuck {
    () => {
        "(p.problem IS NOT NULL
             OR (p.state = 'paid' AND o.state IN ('held', 'ended')
                 AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id))
             OR (p.state = 'open' AND p.expires_at < $1 AND COALESCE(p.on_its_way_at, 0) < $1))"
    };
}
macro_rules! refund_why {
    () => {
        "CASE WHEN r.state = 'failed' THEN 'failed' WHEN p.provider = 'host' THEN 'by_hand' ELSE 'pending' END"
    };
}
/// Whether it failed, or is pending since `$2`.
macro_rules! refund_is_stuck {
    () => {
        "r.state <> 'confirmed' AND (r.state = 'failed'
             OR (r.state IN ('asked', 'sent') AND (p.provider = 'host' OR r.asked_at < $2)))"
    };
}

/// Payments that bought nothing, are disputed or silent since, and refunds that failed or are pending since. Each part
/// has an index of its own, so that it takes as long however many payments there ever were.
pub async fn stuck(on: impl Into<On<'_>>, silent_since: Instant, pending_since: Instant) -> Result<Vec<Line>> {
    sql(concat!(
        "SELECT * FROM (
             SELECT 'payment' AS kind, p.id AS id, p.id AS payment_id, p.order_id, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, p.provider, p.state,
                 CASE WHEN p.state = 'paid' THEN p.received ELSE p.amount END AS amount, p.currency, ",
        payment_why!(),
        ", COALESCE(w.name, m.name, '') AS name, COALESCE(w.email, m.email, '') AS email, ",
        said_of_dispute!(),
        ", '' AS promo, CAST(0 AS BIGINT) AS discount, CAST(0 AS BIGINT) AS tax, COALESCE(b.tier, '') AS plan
             FROM payments p LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN events e ON e.id = o.event_id
                 LEFT JOIN order_people w ON w.order_id = o.id
                 LEFT JOIN purchases u ON u.payment_id = p.id LEFT JOIN plan_bills b ON b.payment_id = p.id
                 LEFT JOIN members m ON m.id = COALESCE(u.member_id, b.member_id)
             WHERE p.id IN (SELECT id FROM payments WHERE problem IS NOT NULL
                     UNION SELECT id FROM payments WHERE state = 'open' AND expires_at < $1
                     UNION SELECT id FROM payments WHERE state = 'paid' AND at_rest = FALSE)
                 AND ",
        payment_is_stuck!(),
        " UNION ALL
             SELECT 'refund', r.id, r.payment_id, r.order_id, COALESCE(e.slug, ''), COALESCE(e.title, ''), p.provider, r.state, r.amount, r.currency, ",
        refund_why!(),
        ", r.asked_at, COALESCE(w.name, m.name, ''), COALESCE(w.email, m.email, ''), COALESCE(r.error, ''), '', 0, 0, COALESCE(b.tier, '')
             FROM refunds r JOIN payments p ON p.id = r.payment_id LEFT JOIN orders o ON o.id = r.order_id
                 LEFT JOIN events e ON e.id = o.event_id LEFT JOIN order_people w ON w.order_id = o.id
                 LEFT JOIN purchases u ON u.payment_id = p.id LEFT JOIN plan_bills b ON b.payment_id = p.id
                 LEFT JOIN members m ON m.id = COALESCE(u.member_id, b.member_id)
             WHERE ",
        refund_is_stuck!(),
        ") moved ORDER BY at, id LIMIT 200"
    ))
    .bind(silent_since)
    .bind(pending_since)
    .all(on)
    .await
}

/// The same of one event. What is wrong or silent is found among all, as there are few, what bought nothing and what
/// goes back from the event's orders: hence `event_id || ''`, which keeps SQLite from looking at all that were paid.
pub async fn stuck_of(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    silent_since: Instant,
    pending_since: Instant,
) -> Result<Vec<Line>> {
    sql(concat!(
        "SELECT * FROM (
             SELECT 'payment' AS kind, p.id AS id, p.id AS payment_id, p.order_id, e.slug, e.title, p.provider, p.state,
                 CASE WHEN p.state = 'paid' THEN p.received ELSE p.amount END AS amount, p.currency, ",
        payment_why!(),
        ", COALESCE(w.name, '') AS name, COALESCE(w.email, '') AS email, ",
        said_of_dispute!(),
        ", '' AS promo, CAST(0 AS BIGINT) AS discount, CAST(0 AS BIGINT) AS tax, '' AS plan
             FROM payments p JOIN orders o ON o.id = p.order_id JOIN events e ON e.id = o.event_id
                 LEFT JOIN order_people w ON w.order_id = o.id
             WHERE p.id IN (SELECT id FROM payments WHERE problem IS NOT NULL
                     UNION SELECT id FROM payments WHERE state = 'open' AND expires_at < $1
                     UNION SELECT y.id FROM orders q JOIN payments y ON y.order_id = q.id
                         WHERE q.event_id = $3 AND q.state IN ('held', 'ended'))
                 AND (o.event_id || '') = $3 AND ",
        payment_is_stuck!(),
        " UNION ALL
             SELECT 'refund', r.id, r.payment_id, r.order_id, e.slug, e.title, p.provider, r.state, r.amount, r.currency, ",
        refund_why!(),
        ", r.asked_at, COALESCE(w.name, ''), COALESCE(w.email, ''), COALESCE(r.error, ''), '', 0, 0, ''
             FROM orders o JOIN events e ON e.id = o.event_id JOIN refunds r ON r.order_id = o.id
                 JOIN payments p ON p.id = r.payment_id LEFT JOIN order_people w ON w.order_id = o.id
             WHERE o.event_id = $3 AND ",
        refund_is_stuck!(),
        ") moved ORDER BY at, id LIMIT 200"
    ))
    .bind(silent_since)
    .bind(pending_since)
    .bind(event)
    .all(on)
    .await
}

/// How many [`stuck`] would find, by the same indexes.
pub async fn waiting(on: impl Into<On<'_>>, silent_since: Instant, pending_since: Instant) -> Result<i64> {
    sql("SELECT (SELECT COUNT(*) FROM payments WHERE problem IS NOT NULL)
             + (SELECT COUNT(*) FROM payments p
                 WHERE p.state = 'open' AND p.problem IS NULL AND p.expires_at < $1
                     AND COALESCE(p.on_its_way_at, 0) < $1)
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
