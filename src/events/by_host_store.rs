use super::Event;
use super::by_host::Before;
use crate::clock::Instant;
use crate::db::{On, Result, sql};
use crate::ids::Id;
use crate::members::Member;

/// Public events that are not over, the next first.
pub async fn upcoming(on: impl Into<On<'_>>, host: Id<Member>, now: Instant, limit: i64) -> Result<Vec<Event>> {
    sql("SELECT e.* FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND h.role <> 'door' AND e.status = 'published' AND e.visibility = 'public'
           AND e.ends_at > $2 ORDER BY e.starts_at, e.id LIMIT $3")
    .bind(host)
    .bind(now)
    .bind(limit)
    .all(on)
    .await
}

/// Public events that are over, the latest first.
pub async fn past(
    on: impl Into<On<'_>>,
    host: Id<Member>,
    now: Instant,
    before: Option<Before>,
    limit: i64,
) -> Result<Vec<Event>> {
    let (at, id) = before.map_or((now, String::new()), |before| (before.at, before.id.to_string()));
    sql("SELECT e.* FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND h.role <> 'door' AND e.status = 'published' AND e.visibility = 'public'
           AND e.ends_at <= $2 AND (e.starts_at < $3 OR (e.starts_at = $3 AND e.id < $4))
         ORDER BY e.starts_at DESC, e.id DESC LIMIT $5")
    .bind(host)
    .bind(now)
    .bind(at)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}
