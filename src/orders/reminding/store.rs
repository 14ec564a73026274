use super::{Ahead, Reminder};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;

/// Events that start in this span of time and of which nobody was reminded so, with their starts.
pub async fn due(
    on: impl Into<On<'_>>,
    ahead: Ahead,
    behind: Instant,
    until: Instant,
) -> Result<Vec<(Id<Event>, Instant)>> {
    sql("SELECT e.id, e.starts_at FROM events e WHERE e.starts_at > $2 AND e.starts_at <= $3 AND e.status = 'published'
             AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.event_id = e.id AND r.ahead = $1 AND r.starts_at = e.starts_at)
         ORDER BY e.starts_at, e.id LIMIT 500")
    .bind(ahead)
    .bind(behind)
    .bind(until)
    .all(on)
    .await
}

/// False if another node, or this one before, has begun it.
pub async fn begin(tx: &mut Tx, of: Reminder, now: Instant) -> Result<bool> {
    let begun = sql("INSERT INTO reminders (event_id, ahead, starts_at, begun_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (event_id, ahead, starts_at) DO NOTHING")
    .bind(of.event)
    .bind(of.ahead)
    .bind(of.starts_at)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(begun == 1)
}
