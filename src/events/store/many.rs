//! What belongs to several events, each kind in one statement.
use crate::clock::Instant;
use crate::db::{On, Result, among, sql};
use crate::events::rezoning::Times;
use crate::events::{Event, Host, TicketType};
use crate::ids::Id;

/// A host, and of which event.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HostOf {
    pub event_id: Id<Event>,
    #[sqlx(flatten)]
    pub host: Host,
}

/// Those of one event in their order.
pub async fn ticket_types(on: impl Into<On<'_>>, events: &[Id<Event>]) -> Result<Vec<TicketType>> {
    among("SELECT * FROM ticket_types WHERE event_id IN (:ids) ORDER BY event_id, position, id", &[], events)
        .all(on)
        .await
}

/// When those are that are neither over nor cancelled, in the order of their ids.
pub async fn times_behind(on: impl Into<On<'_>>, after: &str, now: Instant, limit: i64) -> Result<Vec<Times>> {
    sql("SELECT id, zone, starts_civil, ends_civil, closes_civil, starts_at, ends_at, closes_at FROM events
         WHERE id > $1 AND ends_at > $2 AND status <> 'cancelled' ORDER BY id LIMIT $3")
    .bind(after)
    .bind(now)
    .bind(limit)
    .all(on)
    .await
}

/// Those of one event with the owner first.
pub async fn hosts(on: impl Into<On<'_>>, events: &[Id<Event>]) -> Result<Vec<HostOf>> {
    let text = "SELECT h.event_id, h.member_id, m.name, m.email, h.role, m.handle, m.avatar
         FROM event_hosts h JOIN members m ON m.id = h.member_id WHERE h.event_id IN (:ids)
         ORDER BY h.event_id, CASE h.role WHEN 'owner' THEN 0 WHEN 'host' THEN 1 ELSE 2 END, h.added_at, h.member_id";
    among(text, &[], events).all(on).await
}
