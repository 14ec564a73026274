use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::{Event, Role, TicketType};
use crate::ids::Id;
use crate::members::Member;

/// An event with what a member may do there.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hosted {
    #[sqlx(flatten)]
    pub event: Event,
    pub role: Role,
}

/// What a member runs that is on the bill and not over, soonest first, from behind this instant and id.
pub async fn to_come(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    now: Instant,
    (at, id): &(Instant, String),
    limit: i64,
) -> Result<Vec<Hosted>> {
    sql("SELECT e.*, h.role FROM events e JOIN event_hosts h ON h.event_id = e.id
         WHERE h.member_id = $1 AND e.ends_at > $2 AND e.status <> 'draft'
           AND (e.starts_at > $3 OR (e.starts_at = $3 AND e.id > $4))
         ORDER BY e.starts_at, e.id LIMIT $5")
    .bind(member)
    .bind(now)
    .bind(*at)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// The same of drafts, whenever they are.
pub async fn drafts(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    (at, id): &(Instant, String),
    limit: i64,
) -> Result<Vec<Hosted>> {
    sql("SELECT e.*, h.role FROM events e JOIN event_hosts h ON h.event_id = e.id
         WHERE h.member_id = $1 AND e.status = 'draft' AND (e.starts_at > $2 OR (e.starts_at = $2 AND e.id > $3))
         ORDER BY e.starts_at, e.id LIMIT $4")
    .bind(member)
    .bind(*at)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// What a member ran that is over, the latest first, from behind this instant and id.
pub async fn over(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    now: Instant,
    (at, id): &(Instant, String),
    limit: i64,
) -> Result<Vec<Hosted>> {
    sql("SELECT e.*, h.role FROM events e JOIN event_hosts h ON h.event_id = e.id
         WHERE h.member_id = $1 AND e.ends_at <= $2 AND e.status <> 'draft'
           AND (e.starts_at < $3 OR (e.starts_at = $3 AND e.id < $4))
         ORDER BY e.starts_at DESC, e.id DESC LIMIT $5")
    .bind(member)
    .bind(now)
    .bind(*at)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// Whether any ticket of a type was ever made.
pub async fn has_tickets(on: impl Into<On<'_>>, of: Id<TicketType>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM tickets WHERE ticket_type_id = $1)").bind(of).scalar(on).await
}

/// Whether anything was ever bought here.
pub async fn has_priced_orders(on: impl Into<On<'_>>, event: Id<Event>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM orders WHERE event_id = $1 AND total > 0)").bind(event).scalar(on).await
}

/// Whether somebody pays places here later, who has not yet.
pub async fn is_owed_something(on: impl Into<On<'_>>, event: Id<Event>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM orders WHERE event_id = $1 AND state = 'held' AND hold = 'owed')")
        .bind(event)
        .scalar(on)
        .await
}

/// How many members answered maybe, and how many that they do not come.
pub async fn answers(on: impl Into<On<'_>>, event: Id<Event>) -> Result<(i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN answer = 'maybe' THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN answer = 'maybe' THEN 0 ELSE 1 END), 0) AS BIGINT)
         FROM answers WHERE event_id = $1")
    .bind(event)
    .one(on)
    .await
}

/// Whether some event has this picture.
pub async fn has_cover(on: impl Into<On<'_>>, key: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM events WHERE cover_key = $1)").bind(key).scalar(on).await
}

pub async fn set_cover(tx: &mut Tx, event: Id<Event>, key: Option<String>, palette: i64, now: Instant) -> Result<()> {
    sql("UPDATE events SET cover_key = $2, palette = $3, updated_at = $4, revision = revision + 1 WHERE id = $1")
        .bind(event)
        .bind(key)
        .bind(palette)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}
