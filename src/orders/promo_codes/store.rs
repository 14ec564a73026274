use super::{Listed, PromoCode};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;

/// False if the event has one that is written the same.
pub async fn insert(tx: &mut Tx, c: &PromoCode) -> Result<bool> {
    let made = sql("INSERT INTO promo_codes (id, event_id, code, code_key, percent, amount, currency, most_uses, starts_at, ends_at, types, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (event_id, code_key) DO NOTHING")
    .bind(c.id)
    .bind(c.event_id)
    .bind(&c.code)
    .bind(&c.code_key)
    .bind(c.percent)
    .bind(c.amount)
    .bind(&c.currency)
    .bind(c.most_uses)
    .bind(c.starts_at)
    .bind(c.ends_at)
    .bind(&c.types)
    .bind(c.made_at)
    .execute(tx)
    .await?;
    Ok(made == 1)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<PromoCode>) -> Result<Option<PromoCode>> {
    sql("SELECT * FROM promo_codes WHERE id = $1").bind(id).optional(on).await
}

pub async fn by_key(on: impl Into<On<'_>>, event: Id<Event>, key: &str) -> Result<Option<PromoCode>> {
    sql("SELECT * FROM promo_codes WHERE event_id = $1 AND code_key = $2").bind(event).bind(key).optional(on).await
}

/// Orders that keep or have places through a code.
pub async fn uses(on: impl Into<On<'_>>, id: Id<PromoCode>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM orders WHERE promo_id = $1 AND state IN ('held', 'confirmed', 'refunding')")
        .bind(id)
        .scalar(on)
        .await
}

/// The codes of an event, the latest first.
pub async fn of_event(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Listed>> {
    sql("SELECT c.*, (SELECT COUNT(*) FROM orders o WHERE o.promo_id = c.id AND o.state IN ('held', 'confirmed', 'refunding')) AS uses,
             (SELECT CAST(COALESCE(SUM(t.discount), 0) AS BIGINT) FROM orders o JOIN tickets t ON t.order_id = o.id
                 WHERE o.promo_id = c.id AND t.state IN ('held', 'valid', 'refunding')) AS discount
         FROM promo_codes c WHERE c.event_id = $1 ORDER BY c.made_at DESC, c.id DESC LIMIT 500")
    .bind(event)
    .all(on)
    .await
}

/// Whether an event has a code that somebody could type.
pub async fn any(on: impl Into<On<'_>>, event: Id<Event>, now: Instant) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM promo_codes WHERE event_id = $1 AND ended_at IS NULL AND (ends_at IS NULL OR ends_at > $2))")
        .bind(event)
        .bind(now)
        .scalar(on)
        .await
}

pub async fn end(tx: &mut Tx, id: Id<PromoCode>, at: Instant) -> Result<()> {
    sql("UPDATE promo_codes SET ended_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

/// For `verify`.
pub async fn every(tx: &mut Tx) -> Result<Vec<PromoCode>> {
    sql("SELECT * FROM promo_codes").all(tx).await
}
