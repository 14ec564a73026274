//! Orders with all that they leave behind, as rows: through the verbs of the site a million would take hours.
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::fill::Site;

/// Tickets of an order.
pub const TICKETS: i64 = 5;

/// The orders that are to be written: so many ($1) of $2 tickets each for every event without orders, or for the one with
/// the slug $3. $4 keeps their ids apart from those of another call.
const ORDERS: &str = "WITH RECURSIVE o (o) AS (SELECT 0 UNION ALL SELECT o + 1 FROM o WHERE o < $1 - 1),
     t (t) AS (SELECT 0 UNION ALL SELECT t + 1 FROM t WHERE t < $2 - 1),
     made AS (SELECT e.id AS event_id, e.rowid AS n, e.created_at + e.rowid AS at, o.o,
             printf('-%04x-%012x', 32768 + $4, e.rowid * $1 + o.o) AS id
         FROM events e CROSS JOIN o
         WHERE ($3 = '' OR e.slug = $3) AND NOT EXISTS (SELECT 1 FROM orders WHERE event_id = e.id)) ";

/// What each of them leaves. `orders` is last: the others ask which events have none.
const ROWS: [&str; 9] = [
    "INSERT INTO tickets (id, order_id, event_id, ticket_type_id, position, state, price) {orders}
     SELECT printf('0190%04x-0000-7001', t.t) || made.id, '01900000-0000-7000' || made.id, made.event_id,
         (SELECT MIN(id) FROM ticket_types WHERE event_id = made.event_id), t.t, 'valid', 1000
     FROM made CROSS JOIN t",
    "INSERT INTO attendees (ticket_id, event_id, code, name, email) {orders}
     SELECT printf('0190%04x-0000-7001', t.t) || made.id, made.event_id,
         printf('%02X%02X%010X', $4, t.t, made.n * $1 + made.o), 'Guest ' || made.o || ' ' || t.t, ''
     FROM made CROSS JOIN t",
    "INSERT INTO order_people (order_id, name, email, email_key, locale, name_fold) {orders}
     SELECT '01900000-0000-7000' || id, 'Guest ' || n, 'guest' || n || '@example.net', 'guest' || n || '@example.net',
         'en-GB', 'guest ' || n
     FROM made",
    "INSERT INTO payments (id, order_id, provider, state, amount, received, refunded, currency, opened_at, expires_at,
         paid_at, reference, at_rest) {orders}
     SELECT '01900000-0000-7002' || id, '01900000-0000-7000' || id, 'stripe', 'paid', 1000 * $2, 1000 * $2,
         CASE WHEN n % 10 = 0 THEN 100 ELSE 0 END, 'CHF', at, at + 1800000000, at, 'cs' || id, TRUE
     FROM made",
    "INSERT INTO refunds (id, payment_id, order_id, state, why, amount, currency, asked_at, done_at) {orders}
     SELECT '01900000-0000-7003' || id, '01900000-0000-7002' || id, '01900000-0000-7000' || id, 'confirmed', 'amount', 100,
         'CHF', at, at
     FROM made WHERE n % 10 = 0",
    "INSERT INTO notices (id, provider, event, kind, reference, payment, payload, received_at, handled_at, outcome) {orders}
     SELECT '01900000-0000-7004' || id, 'stripe', 'evt' || id, 'checkout.session.completed', 'cs' || id,
         '01900000-0000-7002' || id, '{}', at, at, 'settled'
     FROM made",
    "INSERT INTO mails (id, kind, letter, to_name, to_email, email_key, locale, state, attempts, created_at, sent_at) {orders}
     SELECT '01900000-0000-7005' || id, 'test', '{\"letter\":\"test\"}', 'Guest ' || n, 'guest' || n || '@example.net',
         'guest' || n || '@example.net', 'en-GB', 'sent', 1, at, at
     FROM made",
    "INSERT INTO journal (stream, version, kind, payload, actor, at) {orders}
     SELECT 'order/01900000-0000-7000' || id, 1, 'order_confirmed', '{\"kind\":\"order_confirmed\"}', 'guest', at
     FROM made
     UNION ALL
     SELECT 'payment/01900000-0000-7002' || id, 1, 'payment_paid',
         '{\"kind\":\"payment_paid\",\"amount\":5000,\"currency\":\"CHF\"}', 'site', at
     FROM made",
    "INSERT INTO orders (id, event_id, state, places, total, currency, placed_at, confirmed_at) {orders}
     SELECT '01900000-0000-7000' || id, event_id, 'confirmed', $2, 1000 * $2, 'CHF', at, at FROM made",
];

/// So many orders for each event that has none, or for the one with that slug.
pub async fn orders(site: &Site, slug: &str, many: i64) -> anyhow::Result<()> {
    let file = site.folder().join("marquee.db");
    let mut on: SqliteConnection = SqliteConnectOptions::new().filename(file).foreign_keys(false).connect().await?;
    sqlx::raw_sql("PRAGMA cache_size = -400000; PRAGMA synchronous = OFF").execute(&mut on).await?;
    let mut tx = on.begin().await?;
    for rows in ROWS {
        let text = rows.replace("{orders}", ORDERS);
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(many).bind(TICKETS).bind(slug.to_owned());
        rows.bind(i64::from(!slug.is_empty())).execute(&mut *tx).await?;
    }
    if !slug.is_empty() {
        let sold = "UPDATE ticket_types SET sold = $1 WHERE event_id = (SELECT id FROM events WHERE slug = $2)";
        sqlx::query(sold).bind(many * TICKETS).bind(slug.to_owned()).execute(&mut *tx).await?;
        let taken = "UPDATE events SET taken = $1 WHERE slug = $2";
        sqlx::query(taken).bind(many * TICKETS).bind(slug.to_owned()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    // As at every restart of a site: what was written moves into the file.
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut on).await?;
    Ok(on.close().await?)
}
