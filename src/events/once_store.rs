use super::Event;
use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::ids::Id;

/// Takes a form in. `None` if it is new; else the event that its first press made. Of two at the same time the
/// second waits here for the first.
pub async fn begun(tx: &mut Tx, form_hash: &str, now: Instant) -> Result<Option<Id<Event>>> {
    let new = sql("INSERT INTO event_forms (form_hash, at) VALUES ($1, $2) ON CONFLICT (form_hash) DO NOTHING")
        .bind(form_hash)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    if new == 1 {
        return Ok(None);
    }
    sql("SELECT event_id FROM event_forms WHERE form_hash = $1").bind(form_hash).scalar(tx).await
}

pub async fn made(tx: &mut Tx, form_hash: &str, event: Id<Event>) -> Result<()> {
    sql("UPDATE event_forms SET event_id = $2 WHERE form_hash = $1")
        .bind(form_hash)
        .bind(event)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn forget(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM event_forms WHERE at < $1").bind(before).execute(tx).await.map(drop)
}
