use super::super::Event;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;

/// An event and whether the member runs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Own {
    pub hosts: bool,
    #[sqlx(flatten)]
    pub event: Event,
}

pub async fn put(tx: &mut Tx, member: Id<Member>, token_hash: &str, now: Instant) -> Result<()> {
    sql("INSERT INTO calendar_feeds (member_id, token_hash, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (member_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at")
    .bind(member)
    .bind(token_hash)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// False if there was none.
pub async fn remove(tx: &mut Tx, member: Id<Member>) -> Result<bool> {
    Ok(sql("DELETE FROM calendar_feeds WHERE member_id = $1").bind(member).execute(tx).await? == 1)
}

pub async fn since(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Option<Instant>> {
    let row: Option<(Instant,)> =
        sql("SELECT created_at FROM calendar_feeds WHERE member_id = $1").bind(member).optional(on).await?;
    Ok(row.map(|(at,)| at))
}

/// Whose address it is; nobody's while they are suspended.
pub async fn member(on: impl Into<On<'_>>, token_hash: &str) -> Result<Option<Id<Member>>> {
    let row: Option<(Id<Member>,)> = sql("SELECT m.id FROM calendar_feeds c JOIN members m ON m.id = c.member_id
             WHERE c.token_hash = $1 AND m.suspended_at IS NULL")
    .bind(token_hash)
    .optional(on)
    .await?;
    Ok(row.map(|(id,)| id))
}

/// Where the member has a role, a ticket of their own that they kept, or one that was given to them, the latest first.
/// Of a cancelled event also where they had one until then: of an order that ended with it, not before.
pub async fn events(on: impl Into<On<'_>>, member: Id<Member>, since: Instant, limit: i64) -> Result<Vec<Own>> {
    sql("SELECT e.*, EXISTS (SELECT 1 FROM event_hosts h WHERE h.event_id = e.id AND h.member_id = $1) AS hosts
         FROM events e
         WHERE e.id IN (SELECT h.event_id FROM event_hosts h WHERE h.member_id = $1
                 UNION SELECT o.event_id FROM orders o JOIN events c ON c.id = o.event_id
                     WHERE o.member_id = $1 AND (o.state = 'confirmed' OR (o.state = 'held'
                             AND (o.hold = 'on_its_way' OR (o.hold = 'owed' AND c.pay_later = 'door')))
                         OR (o.confirmed_at IS NOT NULL
                             AND c.status = 'cancelled' AND COALESCE(o.ended_at, c.cancelled_at) >= c.cancelled_at))
                         AND EXISTS (SELECT 1 FROM tickets t JOIN attendees a ON a.ticket_id = t.id
                                     WHERE t.order_id = o.id AND (t.state = 'valid' OR o.state <> 'confirmed')
                                         AND a.given_to = '')
                 UNION SELECT t.event_id FROM members m JOIN attendees a ON a.given_to = m.email_key
                         JOIN tickets t ON t.id = a.ticket_id JOIN orders o ON o.id = t.order_id
                         JOIN events c ON c.id = o.event_id
                     WHERE m.id = $1 AND m.email_verified_at IS NOT NULL AND a.given_to <> ''
                         AND (t.state = 'valid' OR (o.confirmed_at IS NOT NULL AND o.state <> 'confirmed'
                             AND c.status = 'cancelled' AND COALESCE(o.ended_at, c.cancelled_at) >= c.cancelled_at)))
           AND e.status <> 'draft' AND e.ends_at > $2
         ORDER BY e.starts_at DESC, e.id LIMIT $3")
    .bind(member)
    .bind(since)
    .bind(limit)
    .all(on)
    .await
}
