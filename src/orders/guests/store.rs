use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::orders::{Hold, Order, Ticket, TicketState};

/// One place as hosts and the door see it: who it is for, and who ordered it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Guest {
    pub ticket_id: Id<Ticket>,
    pub order_id: Id<Order>,
    pub state: TicketState,
    pub checked_in_at: Option<Instant>,
    pub type_name: String,
    pub code: String,
    pub name: String,
    pub email: String,
    /// The address that it was given to, as it is compared; '' while it is the buyer's.
    pub given_to: String,
    pub buyer_name: String,
    pub buyer_email: String,
    pub placed_at: Instant,
    /// Live places of the order.
    pub places: i64,
    pub hold: Option<Hold>,
    /// What the order costs.
    pub total: i64,
    pub currency: String,
}

/// Places of an event in the order of their buyers' names. `like` is a pattern of LIKE with `!` as escape,
/// '' for all; `state` is '' (all that keep a place), `in`, `out`, `held` or `cancelled`.
pub async fn list(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    like: &str,
    state: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Guest>> {
    sql("SELECT t.id AS ticket_id, t.order_id, t.state, t.checked_in_at, y.name AS type_name, a.code, a.name, a.email, a.given_to,
             p.name AS buyer_name, p.email AS buyer_email, o.placed_at, o.places, o.hold, o.total, o.currency
         FROM tickets t JOIN attendees a ON a.ticket_id = t.id JOIN ticket_types y ON y.id = t.ticket_type_id
             JOIN orders o ON o.id = t.order_id JOIN order_people p ON p.order_id = t.order_id
         WHERE t.event_id = $1
             AND (($3 = '' AND t.state <> 'cancelled') OR ($3 = 'held' AND t.state = 'held')
                 OR ($3 = 'in' AND t.state = 'valid' AND t.checked_in_at IS NOT NULL)
                 OR ($3 = 'out' AND t.state = 'valid' AND t.checked_in_at IS NULL)
                 OR ($3 = 'cancelled' AND t.state = 'cancelled'))
             AND ($2 = '' OR LOWER(a.name) LIKE LOWER($2) ESCAPE '!' OR LOWER(a.email) LIKE LOWER($2) ESCAPE '!'
                 OR LOWER(p.name) LIKE LOWER($2) ESCAPE '!' OR LOWER(p.email) LIKE LOWER($2) ESCAPE '!'
                 OR LOWER(a.code) LIKE LOWER($2) ESCAPE '!')
         ORDER BY LOWER(p.name), t.order_id, t.position LIMIT $4 OFFSET $5")
    .bind(event)
    .bind(like)
    .bind(state)
    .bind(limit)
    .bind(offset)
    .all(on)
    .await
}

/// How many [`list`] finds in all.
pub async fn count(on: impl Into<On<'_>>, event: Id<Event>, like: &str, state: &str) -> Result<i64> {
    sql("SELECT COUNT(*) FROM tickets t JOIN attendees a ON a.ticket_id = t.id JOIN order_people p ON p.order_id = t.order_id
         WHERE t.event_id = $1
             AND (($3 = '' AND t.state <> 'cancelled') OR ($3 = 'held' AND t.state = 'held')
                 OR ($3 = 'in' AND t.state = 'valid' AND t.checked_in_at IS NOT NULL)
                 OR ($3 = 'out' AND t.state = 'valid' AND t.checked_in_at IS NULL)
                 OR ($3 = 'cancelled' AND t.state = 'cancelled'))
             AND ($2 = '' OR LOWER(a.name) LIKE LOWER($2) ESCAPE '!' OR LOWER(a.email) LIKE LOWER($2) ESCAPE '!'
                 OR LOWER(p.name) LIKE LOWER($2) ESCAPE '!' OR LOWER(p.email) LIKE LOWER($2) ESCAPE '!'
                 OR LOWER(a.code) LIKE LOWER($2) ESCAPE '!')")
    .bind(event)
    .bind(like)
    .bind(state)
    .scalar(on)
    .await
}

pub async fn guest(on: impl Into<On<'_>>, event: Id<Event>, ticket: Id<Ticket>) -> Result<Option<Guest>> {
    sql("SELECT t.id AS ticket_id, t.order_id, t.state, t.checked_in_at, y.name AS type_name, a.code, a.name, a.email, a.given_to,
             p.name AS buyer_name, p.email AS buyer_email, o.placed_at, o.places, o.hold, o.total, o.currency
         FROM tickets t JOIN attendees a ON a.ticket_id = t.id JOIN ticket_types y ON y.id = t.ticket_type_id
             JOIN orders o ON o.id = t.order_id JOIN order_people p ON p.order_id = t.order_id
         WHERE t.event_id = $1 AND t.id = $2")
    .bind(event)
    .bind(ticket)
    .optional(on)
    .await
}

/// The valid places of an order that nobody has come in with yet; who was given one comes on their own.
pub async fn rest_of_party(on: impl Into<On<'_>>, event: Id<Event>, order: Id<Order>) -> Result<Vec<Guest>> {
    sql("SELECT t.id AS ticket_id, t.order_id, t.state, t.checked_in_at, y.name AS type_name, a.code, a.name, a.email, a.given_to,
             p.name AS buyer_name, p.email AS buyer_email, o.placed_at, o.places, o.hold, o.total, o.currency
         FROM tickets t JOIN attendees a ON a.ticket_id = t.id JOIN ticket_types y ON y.id = t.ticket_type_id
             JOIN orders o ON o.id = t.order_id JOIN order_people p ON p.order_id = t.order_id
         WHERE t.event_id = $1 AND t.order_id = $2 AND t.state = 'valid' AND t.checked_in_at IS NULL AND a.given_to = ''
         ORDER BY t.position")
    .bind(event)
    .bind(order)
    .all(on)
    .await
}

/// (valid, held, checked in), in places.
pub async fn figures(on: impl Into<On<'_>>, event: Id<Event>) -> Result<(i64, i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN state = 'valid' THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'valid' AND checked_in_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM tickets WHERE event_id = $1")
    .bind(event)
    .one(on)
    .await
}

/// False if the ticket is not valid or somebody was in with it before.
pub async fn check_in(tx: &mut Tx, ticket: Id<Ticket>, now: Instant) -> Result<bool> {
    let n = sql("UPDATE tickets SET checked_in_at = $2 WHERE id = $1 AND state = 'valid' AND checked_in_at IS NULL")
        .bind(ticket)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(n == 1)
}

/// False if nobody was in with it.
pub async fn undo(tx: &mut Tx, ticket: Id<Ticket>) -> Result<bool> {
    let n = sql("UPDATE tickets SET checked_in_at = NULL WHERE id = $1 AND checked_in_at IS NOT NULL")
        .bind(ticket)
        .execute(tx)
        .await?;
    Ok(n == 1)
}

/// Some live orders of an event.
pub async fn some_live(on: impl Into<On<'_>>, event: Id<Event>, limit: i64) -> Result<Vec<(Id<Order>,)>> {
    sql("SELECT id FROM orders WHERE event_id = $1 AND state IN ('held', 'confirmed') ORDER BY placed_at LIMIT $2")
        .bind(event)
        .bind(limit)
        .all(on)
        .await
}

/// Confirmed orders of an event behind one, by id.
pub async fn confirmed(on: impl Into<On<'_>>, event: Id<Event>, after: &str, limit: i64) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders WHERE event_id = $1 AND state = 'confirmed' AND id > $2 ORDER BY id LIMIT $3")
        .bind(event)
        .bind(after)
        .bind(limit)
        .all(on)
        .await
}

/// The valid places of a party: all, and those who are in.
pub async fn party_figures(on: impl Into<On<'_>>, order: Id<Order>) -> Result<(i64, i64)> {
    sql("SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN t.checked_in_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT)
         FROM tickets t JOIN attendees a ON a.ticket_id = t.id
         WHERE t.order_id = $1 AND t.state = 'valid' AND a.given_to = ''")
    .bind(order)
    .one(on)
    .await
}
