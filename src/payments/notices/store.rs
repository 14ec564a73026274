use super::Notice;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;

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

pub async fn set_handled(tx: &mut Tx, id: Id<Notice>, outcome: &str, at: Instant) -> Result<()> {
    sql("UPDATE notices SET handled_at = $2, outcome = $3 WHERE id = $1")
        .bind(id)
        .bind(at)
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
