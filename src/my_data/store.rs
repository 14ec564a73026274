//! What an account is bound up with when it ends; beside it what is theirs to take along, and what is erased.
use crate::clock::Instant;
use crate::db::{Db, On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::members::Member;
use crate::orders::Order;
use crate::orders::waiting::Party;

mod copying;
mod erasing;
pub mod keys;
mod ways_in;
pub use copying::*;
pub use erasing::*;
pub use ways_in::*;

/// Published events that are not over and theirs, in the order in which they are locked.
pub async fn owned_ahead(on: impl Into<On<'_>>, member: Id<Member>, now: Instant) -> Result<Vec<Event>> {
    sql("SELECT e.* FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND h.role = 'owner' AND e.status = 'published' AND e.ends_at > $2 ORDER BY e.id")
    .bind(member)
    .bind(now)
    .all(on)
    .await
}

/// A draft of theirs that somebody runs with them, and who that is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Heir {
    pub event_id: Id<Event>,
    pub title: String,
    pub member_id: Id<Member>,
    pub name: String,
}

/// To whom drafts go that are not theirs alone: of those who run one, who has done so longest.
pub async fn heirs(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Vec<Heir>> {
    sql("SELECT e.id AS event_id, e.title, m.id AS member_id, m.name
         FROM event_hosts h JOIN events e ON e.id = h.event_id
             JOIN members m ON m.id = (SELECT x.member_id FROM event_hosts x WHERE x.event_id = e.id AND x.role = 'host'
                                       ORDER BY x.added_at, x.member_id LIMIT 1)
         WHERE h.member_id = $1 AND h.role = 'owner' AND e.status = 'draft' ORDER BY e.id")
    .bind(member)
    .all(on)
    .await
}

/// (free, paid): places that they have at events that are not over.
pub async fn places_ahead(db: &Db, member: Id<Member>, now: Instant) -> Result<(i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN o.total = 0 THEN o.places ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN o.total > 0 THEN o.places ELSE 0 END), 0) AS BIGINT)
         FROM orders o JOIN events e ON e.id = o.event_id
         WHERE o.member_id = $1 AND o.state IN ('held', 'confirmed') AND e.ends_at > $2")
    .bind(member)
    .bind(now)
    .one(db)
    .await
}

/// Orders for which money came: theirs, and a guest's with their address that nobody confirmed.
pub async fn paid_orders(db: &Db, member: Id<Member>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM (SELECT id FROM orders WHERE member_id = $1
             UNION ALL SELECT x.id FROM members m JOIN order_people q ON q.email_key = m.email_key
                 JOIN orders x ON x.id = q.order_id
             WHERE m.id = $1 AND m.email_verified_at IS NOT NULL AND CAST(x.member_id AS TEXT) IS NULL
                 AND x.confirmed_at IS NULL AND x.ended_at IS NOT NULL) k
         WHERE EXISTS (SELECT 1 FROM payments p WHERE p.order_id = k.id AND p.paid_at IS NOT NULL)")
    .bind(member)
    .scalar(db)
    .await
}

/// Orders at events that are not over, for which nothing was paid.
pub async fn unpaid_ahead(tx: &mut Tx, member: Id<Member>, now: Instant) -> Result<Vec<(Id<Order>,)>> {
    sql("SELECT o.id FROM orders o JOIN events e ON e.id = o.event_id
         WHERE o.member_id = $1 AND e.ends_at > $2
           AND (o.state = 'held' OR (o.state = 'confirmed' AND o.total = 0)) ORDER BY o.event_id, o.id")
    .bind(member)
    .bind(now)
    .all(tx)
    .await
}

/// Parties that still wait, or have an offer.
pub async fn waiting(tx: &mut Tx, member: Id<Member>) -> Result<Vec<(Id<Party>,)>> {
    sql("SELECT id FROM waiting WHERE member_id = $1 AND state IN ('asked', 'waiting', 'offered') ORDER BY event_id, id")
        .bind(member)
        .all(tx)
        .await
}

/// The events that the end of an account may change, in the order in which they are locked.
pub async fn touched(tx: &mut Tx, member: Id<Member>, now: Instant) -> Result<Vec<(Id<Event>,)>> {
    sql("SELECT id FROM events
         WHERE id IN (SELECT event_id FROM event_hosts WHERE member_id = $1)
            OR (ends_at > $2 AND id IN (SELECT event_id FROM orders WHERE member_id = $1))
            OR id IN (SELECT event_id FROM waiting WHERE member_id = $1 AND state IN ('asked', 'waiting', 'offered'))
         ORDER BY id")
    .bind(member)
    .bind(now)
    .all(tx)
    .await
}

pub async fn with_a_role(tx: &mut Tx, member: Id<Member>) -> Result<Vec<(Id<Event>,)>> {
    sql("SELECT event_id FROM event_hosts WHERE member_id = $1 ORDER BY event_id").bind(member).all(tx).await
}
