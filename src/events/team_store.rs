use super::team::Invitation;
use super::{Event, Host, Role};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::forms::Email;
use crate::ids::Id;

/// Whoever of the team has this address.
pub async fn host_with(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<Option<Host>> {
    sql("SELECT h.member_id, m.name, m.email, h.role, m.handle, m.avatar FROM event_hosts h JOIN members m ON m.id = h.member_id
         WHERE h.event_id = $1 AND m.email_key = $2")
    .bind(event)
    .bind(email_key)
    .optional(on)
    .await
}

/// Who hosts an event beside its owner, or is asked to, but for whoever has this address.
pub async fn other_hosts(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<i64> {
    sql("SELECT COUNT(*) FROM (
             SELECT m.email_key FROM event_hosts h JOIN members m ON m.id = h.member_id
             WHERE h.event_id = $1 AND h.role = 'host'
             UNION SELECT email_key FROM team_invitations
             WHERE event_id = $1 AND role = 'host' AND ended_at IS NULL) o
         WHERE o.email_key <> $2")
    .bind(event)
    .bind(email_key)
    .scalar(on)
    .await
}

/// Asks an address, once more if it was asked before.
pub async fn invite(tx: &mut Tx, event: Id<Event>, email: &Email, role: Role, now: Instant) -> Result<Id<Invitation>> {
    sql("INSERT INTO team_invitations (id, event_id, email, email_key, role, invited_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (event_id, email_key) DO UPDATE
         SET email = excluded.email, role = excluded.role, invited_at = excluded.invited_at, ended_at = NULL
         RETURNING id")
    .bind(Id::<Invitation>::new())
    .bind(event)
    .bind(&email.address)
    .bind(&email.key)
    .bind(role)
    .bind(now)
    .scalar(tx)
    .await
}

/// Who was asked and has not answered, the first asked first.
pub async fn invited(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Invitation>> {
    sql("SELECT * FROM team_invitations WHERE event_id = $1 AND ended_at IS NULL ORDER BY invited_at, id")
        .bind(event)
        .all(on)
        .await
}

pub async fn waiting(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<Option<Invitation>> {
    sql("SELECT * FROM team_invitations WHERE event_id = $1 AND email_key = $2 AND ended_at IS NULL")
        .bind(event)
        .bind(email_key)
        .optional(on)
        .await
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Invitation>) -> Result<Option<Invitation>> {
    sql("SELECT * FROM team_invitations WHERE id = $1 AND ended_at IS NULL").bind(id).optional(on).await
}

/// The events that an address is asked to help with, or, since then, to take over.
pub async fn asked_of(on: impl Into<On<'_>>, email_key: &str, since: Instant) -> Result<Vec<Event>> {
    sql("SELECT e.* FROM team_invitations i JOIN events e ON e.id = i.event_id
         WHERE i.email_key = $1 AND i.ended_at IS NULL AND (i.role <> 'owner' OR i.invited_at > $2)
         ORDER BY e.starts_at, e.id LIMIT 20")
    .bind(email_key)
    .bind(since)
    .all(on)
    .await
}

/// False if there is none.
pub async fn end(tx: &mut Tx, event: Id<Event>, id: Id<Invitation>, now: Instant) -> Result<bool> {
    let found = sql("UPDATE team_invitations SET ended_at = COALESCE(ended_at, $3) WHERE id = $2 AND event_id = $1")
        .bind(event)
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(found == 1)
}
