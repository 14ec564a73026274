//! All that there is, for `journal verify` to compare with the journal.
use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::events::taxes::TaxRate;
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::orders::{Order, Ticket, TicketState};

/// A ticket as the journal determines it.
#[derive(sqlx::FromRow)]
pub struct BareTicket {
    pub id: Id<Ticket>,
    pub order_id: Id<Order>,
    pub ticket_type_id: Id<TicketType>,
    pub state: TicketState,
    pub price: i64,
    pub discount: i64,
    pub tax: i64,
    pub added: i64,
    pub tax_rate_id: Option<Id<TaxRate>>,
    pub checked_in_at: Option<Instant>,
    pub code_version: i64,
}

pub async fn every_order(tx: &mut Tx) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders").all(tx).await
}

pub async fn every_ticket(tx: &mut Tx) -> Result<Vec<BareTicket>> {
    sql("SELECT id, order_id, ticket_type_id, state, price, discount, tax, added, tax_rate_id, checked_in_at,
             code_version FROM tickets")
    .all(tx)
    .await
}

/// (type, sold, held, capacity).
pub async fn every_type_count(tx: &mut Tx) -> Result<Vec<(Id<TicketType>, i64, i64, Option<i64>)>> {
    sql("SELECT id, sold, held, capacity FROM ticket_types").all(tx).await
}

/// (event, taken, moved at).
pub async fn every_event(tx: &mut Tx) -> Result<Vec<(Id<Event>, i64, Option<Instant>)>> {
    sql("SELECT id, taken, moved_at FROM events").all(tx).await
}
