use super::{Cursor, Shown};
use crate::clock::Instant;
use crate::db::{Alike, Db, On, Result, Tx, searching, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::orders::{Hold, Order, Ticket, TicketState};

mod figures;
pub use figures::*;

/// One place as hosts and the door see it: who it is for, and who ordered it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Guest {
    pub ticket_id: Id<Ticket>,
    pub order_id: Id<Order>,
    pub state: TicketState,
    /// Of this place.
    pub price: i64,
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

/// A place in the table, with where it stands in it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub sort_key: String,
    pub position: i64,
    #[sqlx(flatten)]
    pub guest: Guest,
}

impl Row {
    pub fn cursor(&self) -> Cursor {
        Cursor { key: self.sort_key.clone(), order: self.guest.order_id, position: self.position }
    }
}

/// Which tickets `t` of an event `$1` a search finds: `$2` what is alike or '', `$3` a [`Shown`], `$4` a ticket type or ''.
macro_rules! which {
    () => {
        "WHERE t.event_id = $1 AND ($4 = '' OR t.ticket_type_id = $4)
             AND (($3 = '' AND t.state <> 'cancelled') OR ($3 = 'held' AND t.state = 'held')
                 OR ($3 = 'unpaid' AND t.state = 'held' AND o.total > 0)
                 OR ($3 = 'in' AND t.state = 'valid' AND t.checked_in_at IS NOT NULL)
                 OR ($3 = 'out' AND t.state = 'valid' AND t.checked_in_at IS NULL)
                 OR ($3 IN ('refunding', 'cancelled') AND t.state = $3))
             AND ($2 = '' OR a.name GLOB $2 OR a.email GLOB $2 OR p.name GLOB $2 OR p.email GLOB $2 OR a.code GLOB $2)"
    };
}
/// The same with what they are read from.
macro_rules! found {
    () => {
        concat!(
            "FROM tickets t JOIN attendees a ON a.ticket_id = t.id JOIN orders o ON o.id = t.order_id
             JOIN order_people p ON p.order_id = t.order_id ",
            $crate::orders::guests::store::which!()
        )
    };
}
pub(crate) use {found, which};

/// Places of an event, behind a cursor. `like` is empty for all. What is sorted by
/// (`name`, `type`, `order` or `in`), then the order, then the place in it: a party stays together.
pub async fn list(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    like: &Alike,
    (shown, of): (Shown, Option<Id<TicketType>>),
    (key, down): (&str, bool),
    behind: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Row>> {
    searching(concat!(
        "SELECT * FROM (
             SELECT t.id AS ticket_id, t.order_id, t.state, t.price, t.checked_in_at, y.name AS type_name, a.code, a.name, a.email, a.given_to,
                 p.name AS buyer_name, p.email AS buyer_email, o.placed_at, o.places, o.hold, o.total, o.currency, t.position,
                 CASE $5 WHEN 'name' THEN LOWER(p.name) WHEN 'type' THEN LOWER(y.name)
                     WHEN 'in' THEN COALESCE(CAST(t.checked_in_at AS TEXT), '') ELSE '' END AS sort_key
             FROM tickets t JOIN attendees a ON a.ticket_id = t.id JOIN ticket_types y ON y.id = t.ticket_type_id
                 JOIN orders o ON o.id = t.order_id JOIN order_people p ON p.order_id = t.order_id ",
        which!(),
        ") AS g
         WHERE NOT $7 OR (NOT $6 AND (g.sort_key, g.order_id, g.position) > ($8, $9, $10))
             OR ($6 AND (g.sort_key, g.order_id, g.position) < ($8, $9, $10))
         ORDER BY CASE WHEN $6 THEN NULL ELSE g.sort_key END, CASE WHEN $6 THEN NULL ELSE g.order_id END,
             CASE WHEN $6 THEN NULL ELSE g.position END, g.sort_key DESC, g.order_id DESC, g.position DESC
         LIMIT $11"
    ))
    .bind(event)
    .bind_alike(like)
    .bind(shown)
    .bind(of.map_or_else(String::new, |of| of.to_string()))
    .bind(key)
    .bind(down)
    .bind(behind.is_some())
    .bind(behind.map_or("", |behind| behind.key.as_str()))
    .bind(behind.map_or_else(String::new, |behind| behind.order.to_string()))
    .bind(behind.map_or(0, |behind| behind.position))
    .bind(limit)
    .all(on)
    .await
}

/// How many [`list`] finds in all, and what was paid for those that are valid.
pub async fn count(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    like: &Alike,
    shown: Shown,
    of: Option<Id<TicketType>>,
) -> Result<(i64, i64)> {
    searching(concat!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN t.state = 'valid' THEN t.price ELSE 0 END), 0) AS BIGINT) ",
        found!()
    ))
    .bind(event)
    .bind_alike(like)
    .bind(shown)
    .bind(of.map_or_else(String::new, |of| of.to_string()))
    .one(on)
    .await
}

/// Which [`list`] finds in all: by order, then by place in it.
pub async fn all(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    like: &Alike,
    shown: Shown,
    of: Option<Id<TicketType>>,
) -> Result<Vec<(Id<Ticket>,)>> {
    searching(concat!("SELECT t.id ", found!(), " ORDER BY t.order_id, t.position"))
        .bind(event)
        .bind_alike(like)
        .bind(shown)
        .bind(of.map_or_else(String::new, |of| of.to_string()))
        .all(on)
        .await
}

/// Which of these tickets are the event's, whose ids stand in a JSON array: in the same order.
pub async fn these(on: impl Into<On<'_>>, db: &Db, event: Id<Event>, ids: &str) -> Result<Vec<(Id<Ticket>,)>> {
    let text = db.pick(
        "SELECT id FROM tickets WHERE event_id = $1 AND id IN (SELECT value FROM json_each($2))
         ORDER BY order_id, position",
        "SELECT id FROM tickets WHERE event_id = $1 AND id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))
         ORDER BY order_id, position",
    );
    sql(text).bind(event).bind(ids).all(on).await
}

/// The same of these tickets, whose ids stand in a JSON array.
pub async fn count_these(on: impl Into<On<'_>>, db: &Db, event: Id<Event>, ids: &str) -> Result<(i64, i64)> {
    let text = db.pick(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'valid' THEN price ELSE 0 END), 0) AS BIGINT)
         FROM tickets WHERE event_id = $1 AND id IN (SELECT value FROM json_each($2))",
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'valid' THEN price ELSE 0 END), 0) AS BIGINT)
         FROM tickets WHERE event_id = $1 AND id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))",
    );
    sql(text).bind(event).bind(ids).one(on).await
}

pub async fn guest(on: impl Into<On<'_>>, event: Id<Event>, ticket: Id<Ticket>) -> Result<Option<Guest>> {
    sql("SELECT t.id AS ticket_id, t.order_id, t.state, t.price, t.checked_in_at, y.name AS type_name, a.code, a.name, a.email, a.given_to,
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
    sql("SELECT t.id AS ticket_id, t.order_id, t.state, t.price, t.checked_in_at, y.name AS type_name, a.code, a.name, a.email, a.given_to,
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

/// Some live orders of an event. In one state after the other: past those that ended before, each time would take longer
/// than the one before.
pub async fn some_live(on: impl Into<On<'_>>, event: Id<Event>, limit: i64) -> Result<Vec<(Id<Order>,)>> {
    sql("SELECT id FROM (SELECT id FROM orders WHERE event_id = $1 AND state = 'confirmed'
                 ORDER BY placed_at LIMIT $2) confirmed
         UNION ALL SELECT id FROM (SELECT id FROM orders WHERE event_id = $1 AND state = 'held'
                 ORDER BY placed_at LIMIT $2) held
         LIMIT $2")
    .bind(event)
    .bind(limit)
    .all(on)
    .await
}

/// Orders of an event whose people come, confirmed or as [`Order::is_expected`] says, behind one, by id. Each kind by
/// its own index, whose condition the text has word for word.
pub async fn coming(on: impl Into<On<'_>>, event: Id<Event>, after: &str, limit: i64) -> Result<Vec<Order>> {
    sql("SELECT * FROM (SELECT * FROM orders WHERE event_id = $1 AND state = 'confirmed' AND id > $2
                 ORDER BY id LIMIT $3) confirmed
         UNION ALL SELECT * FROM (SELECT * FROM orders WHERE event_id = $1 AND state = 'held'
                 AND hold IN ('owed', 'on_its_way') AND id > $2 ORDER BY id LIMIT $3) expected
         ORDER BY id LIMIT $3")
    .bind(event)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}
