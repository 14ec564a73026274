//! The codes that are not those of tickets: former ones, and one for each party.
use super::{Order, Ticket};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, later, sql};
use crate::events::Event;
use crate::ids::Id;

/// Remembers a code that dies.
pub async fn insert_former_code(tx: &mut Tx, code_hash: &str, ticket: &Ticket, now: Instant) -> Result<()> {
    sql("INSERT INTO former_codes (code_hash, ticket_id, event_id, at) VALUES ($1, $2, $3, $4)")
        .bind(code_hash)
        .bind(ticket.id)
        .bind(ticket.event_id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// The ticket that had a code before it was given.
pub async fn by_former_code(on: impl Into<On<'_>>, event: Id<Event>, code_hash: &str) -> Result<Option<Id<Ticket>>> {
    let row: Option<(Id<Ticket>,)> = sql("SELECT ticket_id FROM former_codes WHERE code_hash = $1 AND event_id = $2")
        .bind(code_hash)
        .bind(event)
        .optional(on)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// A code for all tickets of an order.
pub async fn insert_party(tx: &mut Tx, order: &Order, code: &str) -> Result<()> {
    later(tx, "INSERT INTO party_codes (order_id, event_id, code) VALUES ($1, $2, $3)")
        .bind(order.id)
        .bind(order.event_id)
        .bind(code)
        .write()
        .await
}

pub async fn party_code(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Option<String>> {
    let row: Option<(String,)> =
        sql("SELECT code FROM party_codes WHERE order_id = $1").bind(order).optional(on).await?;
    Ok(row.map(|(code,)| code))
}

/// The order of a party's code, with its event.
pub async fn party(on: impl Into<On<'_>>, code: &str) -> Result<Option<(Id<Order>, Id<Event>)>> {
    sql("SELECT order_id, event_id FROM party_codes WHERE code = $1").bind(code).optional(on).await
}
