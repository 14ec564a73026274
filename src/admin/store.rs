//! What the overview and the health page count.
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};

/// (half hours since, how many).
pub type Counted = Vec<(i64, i64)>;

/// Members who joined since then.
pub async fn joined(on: impl Into<On<'_>>, since: Instant) -> Result<Counted> {
    sql("SELECT (created_at - $1) / 1800000000, COUNT(*) FROM members WHERE created_at >= $1 GROUP BY 1")
        .bind(since)
        .all(on)
        .await
}

/// Places of orders that were confirmed since then, and still are.
pub async fn places(on: impl Into<On<'_>>, since: Instant) -> Result<Counted> {
    sql("SELECT (confirmed_at - $1) / 1800000000, CAST(SUM(places) AS BIGINT) FROM orders
         WHERE confirmed_at >= $1 AND state = 'confirmed' GROUP BY 1")
    .bind(since)
    .all(on)
    .await
}

/// (currency, half hours since, what the site received) of payments since then.
pub async fn received(on: impl Into<On<'_>>, since: Instant) -> Result<Vec<(String, i64, i64)>> {
    sql("SELECT currency, (paid_at - $1) / 1800000000, CAST(SUM(received) AS BIGINT) FROM payments
         WHERE paid_at >= $1 AND provider <> 'host' GROUP BY 1, 2 ORDER BY 1, 2")
    .bind(since)
    .all(on)
    .await
}

/// When the last notice came, and the oldest that waits.
pub async fn notices(tx: &mut Tx) -> Result<(Option<Instant>, Option<Instant>)> {
    sql("SELECT (SELECT received_at FROM notices ORDER BY received_at DESC, id DESC LIMIT 1),
                (SELECT received_at FROM notices WHERE handled_at IS NULL ORDER BY received_at, id LIMIT 1)")
    .one(tx)
    .await
}

/// Bytes of the database.
pub async fn size(tx: &mut Tx) -> Result<i64> {
    let text = tx.pick(
        "SELECT CAST(page_count * page_size AS BIGINT) FROM pragma_page_count(), pragma_page_size()",
        "SELECT pg_database_size(current_database())",
    );
    sql(text).scalar(tx).await
}
