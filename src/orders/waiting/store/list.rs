//! The list as hosts see it, with the names of those who are on it.
use crate::clock::Instant;
use crate::db::{On, Result, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::orders::waiting::Party;

/// A party as hosts see it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    #[sqlx(flatten)]
    pub party: Party,
    pub name: String,
    pub email: String,
    pub companions: String,
    /// '' when the type is gone.
    pub type_name: String,
}

/// Parties of an event in the order in which they joined: those who wait or have an offer, or all.
pub async fn list(on: impl Into<On<'_>>, event: Id<Event>, all: bool, limit: i64, offset: i64) -> Result<Vec<Row>> {
    sql("SELECT w.*, p.name, p.email, p.companions, COALESCE(y.name, '') AS type_name
         FROM waiting w JOIN waiting_people p ON p.party_id = w.id LEFT JOIN ticket_types y ON y.id = w.ticket_type_id
         WHERE w.event_id = $1 AND ($2 OR w.state IN ('waiting', 'offered'))
         ORDER BY w.joined_at, w.id LIMIT $3 OFFSET $4")
    .bind(event)
    .bind(all)
    .bind(limit)
    .bind(offset)
    .all(on)
    .await
}

/// Those who wait or have an offer, behind an instant (and id, for equal ones).
pub async fn list_after(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    after: Instant,
    id: &str,
    limit: i64,
) -> Result<Vec<Row>> {
    sql("SELECT w.*, p.name, p.email, p.companions, COALESCE(y.name, '') AS type_name
         FROM waiting w JOIN waiting_people p ON p.party_id = w.id LEFT JOIN ticket_types y ON y.id = w.ticket_type_id
         WHERE w.event_id = $1 AND w.state IN ('waiting', 'offered')
             AND (w.joined_at > $2 OR (w.joined_at = $2 AND w.id > $3))
         ORDER BY w.joined_at, w.id LIMIT $4")
    .bind(event)
    .bind(after)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// How many [`list`] finds in all.
pub async fn count(on: impl Into<On<'_>>, event: Id<Event>, all: bool) -> Result<i64> {
    sql("SELECT COUNT(*) FROM waiting w JOIN waiting_people p ON p.party_id = w.id
         WHERE w.event_id = $1 AND ($2 OR w.state IN ('waiting', 'offered'))")
    .bind(event)
    .bind(all)
    .scalar(on)
    .await
}
