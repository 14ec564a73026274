use super::Report;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::forms::Email;
use crate::ids::Id;

/// A report with the event that it is about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct About {
    #[sqlx(flatten)]
    pub report: Report,
    pub slug: String,
    pub title: String,
    pub language: String,
}

pub async fn insert(tx: &mut Tx, r: &Report) -> Result<()> {
    sql("INSERT INTO reports (id, event_id, member_id, ground, text, email, created_at, email_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(r.id)
    .bind(r.event_id)
    .bind(r.member_id)
    .bind(r.ground)
    .bind(&r.text)
    .bind(&r.email)
    .bind(r.created_at)
    .bind(Email::key_of(&r.email))
    .execute(tx)
    .await
    .map(drop)
}

/// Whether the same stands there unsettled.
pub async fn is_said(tx: &mut Tx, r: &Report) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM reports
         WHERE event_id = $1 AND settled_at IS NULL AND ground = $2 AND text = $3 AND email = $4)")
    .bind(r.event_id)
    .bind(r.ground)
    .bind(&r.text)
    .bind(&r.email)
    .scalar(tx)
    .await
}

/// False if it was settled before.
pub async fn settle(tx: &mut Tx, id: Id<Report>, why: &str, now: Instant) -> Result<bool> {
    let settled = sql("UPDATE reports SET settled_at = $2, settled_why = $3 WHERE id = $1 AND settled_at IS NULL")
        .bind(id)
        .bind(now)
        .bind(why)
        .execute(tx)
        .await?;
    Ok(settled == 1)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Report>) -> Result<Option<About>> {
    sql("SELECT r.*, e.slug, e.title, e.language FROM reports r JOIN events e ON e.id = r.event_id WHERE r.id = $1")
        .bind(id)
        .optional(on)
        .await
}

/// Forgets reports that were settled before, so many at once. How many went.
pub async fn forget(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64> {
    sql("DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE settled_at < $1 ORDER BY settled_at LIMIT $2)")
        .bind(before)
        .bind(limit)
        .execute(tx)
        .await
}
