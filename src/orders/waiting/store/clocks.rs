//! Since when places are free that nobody of the queue has got.
use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;

/// Since when places of which types are free.
pub async fn clocks(tx: &mut Tx, event: Id<Event>) -> Result<Vec<(Id<TicketType>, Instant)>> {
    sql("SELECT ticket_type_id, free_since FROM waiting_clocks WHERE event_id = $1").bind(event).all(tx).await
}

pub async fn start_clock(tx: &mut Tx, event: Id<Event>, of: Id<TicketType>, now: Instant) -> Result<()> {
    sql("INSERT INTO waiting_clocks (ticket_type_id, event_id, free_since) VALUES ($1, $2, $3)
         ON CONFLICT (ticket_type_id) DO NOTHING")
    .bind(of)
    .bind(event)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn stop_clock(tx: &mut Tx, of: Id<TicketType>) -> Result<()> {
    sql("DELETE FROM waiting_clocks WHERE ticket_type_id = $1").bind(of).execute(tx).await.map(drop)
}

/// Stops the clocks of types of which nothing is free any more.
pub async fn stop_full_clocks(tx: &mut Tx, event: Id<Event>) -> Result<()> {
    sql("DELETE FROM waiting_clocks WHERE event_id = $1 AND (
             EXISTS (SELECT 1 FROM events WHERE id = $1 AND (taken >= capacity OR taken >= ceiling))
             OR ticket_type_id IN (SELECT id FROM ticket_types WHERE event_id = $1 AND sold + held >= capacity))")
    .bind(event)
    .execute(tx)
    .await
    .map(drop)
}
