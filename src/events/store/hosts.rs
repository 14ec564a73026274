//! Who hosts which event, and as what.
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::{Event, Host, Role};
use crate::ids::Id;
use crate::members::Member;

/// The event and what this member may do there. `None` if that is nothing.
pub async fn hosted_by(on: impl Into<On<'_>> + Send, slug: &str, member: Id<Member>) -> Result<Option<Role>> {
    let role: Option<(Role,)> = sql(
        "SELECT h.role FROM events e JOIN event_hosts h ON h.event_id = e.id WHERE e.slug = $1 AND h.member_id = $2",
    )
    .bind(slug)
    .bind(member)
    .optional(on)
    .await?;
    Ok(role.map(|(role,)| role))
}

/// Owner first.
pub async fn hosts(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Host>> {
    sql("SELECT h.member_id, m.name, m.email, h.role, m.handle, m.avatar FROM event_hosts h JOIN members m ON m.id = h.member_id
         WHERE h.event_id = $1 ORDER BY CASE h.role WHEN 'owner' THEN 0 WHEN 'host' THEN 1 ELSE 2 END, h.added_at, h.member_id")
    .bind(event)
    .all(on)
    .await
}

/// Gives a role, or another one.
pub async fn set_host(tx: &mut Tx, event: Id<Event>, member: Id<Member>, role: Role, now: Instant) -> Result<()> {
    sql("INSERT INTO event_hosts (event_id, member_id, role, added_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (event_id, member_id) DO UPDATE SET role = excluded.role")
    .bind(event)
    .bind(member)
    .bind(role)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// False if they had no role.
pub async fn remove_host(tx: &mut Tx, event: Id<Event>, member: Id<Member>) -> Result<bool> {
    Ok(sql("DELETE FROM event_hosts WHERE event_id = $1 AND member_id = $2 AND role <> 'owner'")
        .bind(event)
        .bind(member)
        .execute(tx)
        .await?
        == 1)
}

/// The events in which a member has a role, the latest first.
pub async fn of_host(on: impl Into<On<'_>>, member: Id<Member>, limit: i64, offset: i64) -> Result<Vec<Event>> {
    sql("SELECT e.* FROM events e JOIN event_hosts h ON h.event_id = e.id WHERE h.member_id = $1 ORDER BY e.starts_at DESC, e.id LIMIT $2 OFFSET $3")
        .bind(member)
        .bind(limit)
        .bind(offset)
        .all(on)
        .await
}

/// The same from an instant (and id, for equal ones) back in time.
pub async fn of_host_before(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    before: Instant,
    id: &str,
    limit: i64,
) -> Result<Vec<Event>> {
    sql("SELECT e.* FROM events e JOIN event_hosts h ON h.event_id = e.id
         WHERE h.member_id = $1 AND (e.starts_at < $2 OR (e.starts_at = $2 AND e.id < $3))
         ORDER BY e.starts_at DESC, e.id DESC LIMIT $4")
    .bind(member)
    .bind(before)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}
