//! The tables of tickets and of those who come with them.
use crate::db::{On, Result, Tx, among, later, sql};
use crate::events::Event;
use crate::forms::Email;
use crate::ids::Id;
use crate::orders::facts::PlacedTicket;
use crate::orders::{Order, Ticket, TicketState};

pub async fn insert_ticket(
    tx: &mut Tx,
    order: &Order,
    ticket: &PlacedTicket,
    position: i64,
    state: TicketState,
) -> Result<()> {
    let text = "INSERT INTO tickets (id, order_id, event_id, ticket_type_id, position, state, price, discount, tax, added, tax_rate_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    later(tx, text)
        .bind(ticket.id)
        .bind(order.id)
        .bind(order.event_id)
        .bind(ticket.ticket_type)
        .bind(position)
        .bind(state)
        .bind(ticket.price)
        .bind(ticket.discount)
        .bind(ticket.tax)
        .bind(ticket.added)
        .bind(ticket.rate)
        .write()
        .await
}

pub async fn insert_attendee(
    tx: &mut Tx,
    ticket: Id<Ticket>,
    event: Id<Event>,
    code: &str,
    name: &str,
    email: &str,
) -> Result<()> {
    later(
        tx,
        "INSERT INTO attendees (ticket_id, event_id, code, name, email, email_key) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(ticket)
    .bind(event)
    .bind(code)
    .bind(name)
    .bind(email)
    .bind(Email::key_of(email))
    .write()
    .await
}

pub async fn tickets(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Ticket>> {
    sql("SELECT t.*, y.name AS type_name, a.code, a.name, a.email, a.given_to FROM tickets t
         JOIN ticket_types y ON y.id = t.ticket_type_id JOIN attendees a ON a.ticket_id = t.id
         WHERE t.order_id = $1 ORDER BY t.position")
    .bind(order)
    .all(on)
    .await
}

pub async fn ticket(on: impl Into<On<'_>>, id: Id<Ticket>) -> Result<Option<Ticket>> {
    sql("SELECT t.*, y.name AS type_name, a.code, a.name, a.email, a.given_to FROM tickets t
         JOIN ticket_types y ON y.id = t.ticket_type_id JOIN attendees a ON a.ticket_id = t.id WHERE t.id = $1")
    .bind(id)
    .optional(on)
    .await
}

pub async fn ticket_by_code(on: impl Into<On<'_>>, code: &str) -> Result<Option<Ticket>> {
    sql("SELECT t.*, y.name AS type_name, a.code, a.name, a.email, a.given_to FROM attendees a
         JOIN tickets t ON t.id = a.ticket_id JOIN ticket_types y ON y.id = t.ticket_type_id WHERE a.code = $1")
    .bind(code)
    .optional(on)
    .await
}

/// Tickets that let somebody in and were given to this address, the latest first: from behind one, or ('') all.
pub async fn given_to(on: impl Into<On<'_>>, email_key: &str, behind: &str, limit: i64) -> Result<Vec<Ticket>> {
    sql("SELECT t.*, y.name AS type_name, a.code, a.name, a.email, a.given_to FROM attendees a
         JOIN tickets t ON t.id = a.ticket_id JOIN ticket_types y ON y.id = t.ticket_type_id
         WHERE a.given_to = $1 AND a.given_to <> '' AND t.state = 'valid' AND ($2 = '' OR t.id < $2)
         ORDER BY t.id DESC LIMIT $3")
    .bind(email_key)
    .bind(behind)
    .bind(limit)
    .all(on)
    .await
}

/// Those of one event, in the order in which they were taken.
pub async fn given_to_at(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<Vec<Ticket>> {
    sql("SELECT t.*, y.name AS type_name, a.code, a.name, a.email, a.given_to FROM attendees a
         JOIN tickets t ON t.id = a.ticket_id JOIN ticket_types y ON y.id = t.ticket_type_id
         WHERE a.given_to = $1 AND a.given_to <> '' AND t.state = 'valid' AND (t.event_id || '') = $2
         ORDER BY t.id")
    .bind(email_key)
    .bind(event)
    .all(on)
    .await
}

/// At which of these events.
pub async fn given_among(on: impl Into<On<'_>>, email_key: &str, events: &[Id<Event>]) -> Result<Vec<(Id<Event>,)>> {
    let text = "SELECT DISTINCT t.event_id FROM attendees a JOIN tickets t ON t.id = a.ticket_id
         WHERE a.given_to = $1 AND a.given_to <> '' AND t.state = 'valid' AND t.event_id IN (:ids)";
    among(text, &[email_key], events).all(on).await
}

/// Their events.
pub async fn events_given_to(on: impl Into<On<'_>>, email_key: &str) -> Result<Vec<Event>> {
    sql("SELECT * FROM events WHERE id IN (SELECT t.event_id FROM attendees a JOIN tickets t ON t.id = a.ticket_id
             WHERE a.given_to = $1 AND a.given_to <> '' AND t.state = 'valid')")
    .bind(email_key)
    .all(on)
    .await
}

pub async fn set_attendee_name(tx: &mut Tx, id: Id<Ticket>, name: &str) -> Result<()> {
    sql("UPDATE attendees SET name = $2 WHERE ticket_id = $1").bind(id).bind(name).execute(tx).await.map(drop)
}

pub async fn set_attendee_email(tx: &mut Tx, id: Id<Ticket>, email: &str) -> Result<()> {
    sql("UPDATE attendees SET email = $2, email_key = $3 WHERE ticket_id = $1")
        .bind(id)
        .bind(email)
        .bind(Email::key_of(email))
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_tickets(tx: &mut Tx, order: Id<Order>, from: TicketState, to: TicketState) -> Result<()> {
    sql("UPDATE tickets SET state = $3 WHERE order_id = $1 AND state = $2")
        .bind(order)
        .bind(from)
        .bind(to)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn end_tickets(tx: &mut Tx, order: Id<Order>) -> Result<()> {
    sql("UPDATE tickets SET state = 'cancelled' WHERE order_id = $1").bind(order).execute(tx).await.map(drop)
}

pub async fn set_ticket_state(tx: &mut Tx, id: Id<Ticket>, state: TicketState) -> Result<()> {
    sql("UPDATE tickets SET state = $2 WHERE id = $1").bind(id).bind(state).execute(tx).await.map(drop)
}

pub async fn cancel_one_ticket(tx: &mut Tx, id: Id<Ticket>) -> Result<()> {
    sql("UPDATE tickets SET state = 'cancelled' WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// A new code for a ticket, and whose it is now.
pub async fn give(tx: &mut Tx, id: Id<Ticket>, code: &str, (name, email): (&str, &str), given_to: &str) -> Result<()> {
    sql("UPDATE tickets SET code_version = code_version + 1 WHERE id = $1").bind(id).execute(&mut *tx).await?;
    sql("UPDATE attendees SET code = $2, name = $3, email = $4, given_to = $5, email_key = $6 WHERE ticket_id = $1")
        .bind(id)
        .bind(code)
        .bind(name)
        .bind(email)
        .bind(given_to)
        .bind(Email::key_of(email))
        .execute(tx)
        .await
        .map(drop)
}

pub async fn count_valid(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM tickets WHERE event_id = $1 AND state = 'valid'").bind(event).scalar(on).await
}

/// With which tickets somebody came in last, the latest first.
pub async fn last_in(on: impl Into<On<'_>>, event: Id<Event>, limit: i64) -> Result<Vec<(Id<Ticket>,)>> {
    sql("SELECT id FROM tickets WHERE event_id = $1 AND state = 'valid' AND checked_in_at IS NOT NULL
         ORDER BY checked_in_at DESC, id DESC LIMIT $2")
    .bind(event)
    .bind(limit)
    .all(on)
    .await
}

/// Attendees whose name is known, those who came first,
/// each with the picture of the member who took the place for themselves.
pub async fn some_names(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    limit: i64,
) -> Result<Vec<(Id<Ticket>, String, Option<String>)>> {
    sql("SELECT t.id, a.name, m.avatar FROM tickets t JOIN attendees a ON a.ticket_id = t.id
             JOIN orders o ON o.id = t.order_id
             LEFT JOIN members m ON m.id = o.member_id AND a.given_to = '' AND a.email_key = m.email_key
         WHERE t.event_id = $1 AND t.state = 'valid' AND a.name <> '' ORDER BY t.id LIMIT $2")
    .bind(event)
    .bind(limit)
    .all(on)
    .await
}
