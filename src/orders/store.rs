use super::{Hold, Order, OrderState, Person};
use crate::clock::Instant;
use crate::db::{On, Questions, Result, Tx, among, folded, later, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::members::Member;

mod everything;
mod forms;
mod tickets;
pub use everything::*;
pub use forms::*;
pub use tickets::*;

// ---------------------------------------------------------------- orders

pub async fn insert(tx: &mut Tx, o: &Order) -> Result<()> {
    let text = "INSERT INTO orders (id, event_id, member_id, state, hold, held_until, places, total, currency, placed_at, confirmed_at,
             promo_id, discount, terms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    later(tx, text)
        .bind(o.id)
        .bind(o.event_id)
        .bind(o.member_id)
        .bind(o.state)
        .bind(o.hold)
        .bind(o.held_until)
        .bind(o.places)
        .bind(o.total)
        .bind(&o.currency)
        .bind(o.placed_at)
        .bind(o.confirmed_at)
        .bind(o.promo_id)
        .bind(o.discount)
        .bind(&o.terms)
        .write()
        .await
}

pub async fn insert_person(tx: &mut Tx, p: &Person) -> Result<()> {
    later(tx, "INSERT INTO order_people (order_id, name, email, email_key, locale, name_fold) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(p.order_id)
        .bind(&p.name)
        .bind(&p.email)
        .bind(&p.email_key)
        .bind(&p.locale)
        .bind(folded(&p.name))
        .write()
        .await
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Order>) -> Result<Option<Order>> {
    sql("SELECT * FROM orders WHERE id = $1").bind(id).optional(on).await
}

pub async fn person(on: impl Into<On<'_>>, id: Id<Order>) -> Result<Option<Person>> {
    sql("SELECT * FROM order_people WHERE order_id = $1").bind(id).optional(on).await
}

/// The order by which a member, or an address, has places at an event now. What a stranger holds with a
/// member's address, unproven, does not keep that member out.
pub async fn live_of(
    tx: &mut Tx,
    event: Id<Event>,
    member: Option<Id<Member>>,
    email_key: &str,
) -> Result<Option<Id<Order>>> {
    let row: Option<(Id<Order>,)> =
        asking_live(Questions::default(), event, member, email_key).of(tx).await?.optional()?;
    Ok(row.map(|(id,)| id))
}

/// [`live_of`], to be asked together with other things. Each way is found from whoever asks, not from all of the event:
/// `event_id || ''` has no index.
pub fn asking_live(asked: Questions, event: Id<Event>, member: Option<Id<Member>>, email_key: &str) -> Questions {
    asked
        .reads(
            "SELECT f.id FROM (SELECT o.id, o.placed_at FROM orders o
                     WHERE o.event_id = $1 AND o.member_id = $2 AND o.state IN ('held', 'confirmed')
                 UNION ALL SELECT o.id, o.placed_at FROM order_people p JOIN orders o ON o.id = p.order_id
                     WHERE $3 <> '' AND p.email_key = $3 AND (o.event_id || '') = $1
                         AND (o.state = 'confirmed' OR (o.state = 'held' AND CAST($2 AS TEXT) IS NULL))) f
             ORDER BY f.placed_at LIMIT 1",
        )
        .bind(event)
        .bind(member)
        .bind(email_key)
}

/// What a member who asks for places has at an event: the order of [`live_of`], and whether one waits to be paid.
#[derive(Debug, sqlx::FromRow)]
pub struct Has {
    pub live: Option<Id<Order>>,
    pub unpaid: bool,
}

/// [`Has`], of a member who has an account still, to be asked together with other things: see
/// [`crate::members::store::stands`] for the lock. No row is that they have none.
pub fn asking_member(asked: Questions, event: Id<Event>, member: Id<Member>, email_key: &str) -> Questions {
    asked
        .picks(
            "SELECT (SELECT f.id FROM (SELECT o.id, o.placed_at FROM orders o
                         WHERE o.event_id = $1 AND o.member_id = $2 AND o.state IN ('held', 'confirmed')
                     UNION ALL SELECT o.id, o.placed_at FROM order_people p JOIN orders o ON o.id = p.order_id
                         WHERE $3 <> '' AND p.email_key = $3 AND (o.event_id || '') = $1 AND (o.state || '') = 'confirmed') f
                 ORDER BY f.placed_at LIMIT 1) AS live,
                 EXISTS (SELECT 1 FROM orders WHERE event_id = $1 AND member_id = $2 AND state = 'held' AND (total + 0) > 0) AS unpaid
             FROM members m WHERE m.id = $2 AND m.erased_at IS NULL AND m.suspended_at IS NULL",
            "SELECT (SELECT f.id FROM (SELECT o.id, o.placed_at FROM orders o
                         WHERE o.event_id = $1 AND o.member_id = $2 AND o.state IN ('held', 'confirmed')
                     UNION ALL SELECT o.id, o.placed_at FROM order_people p JOIN orders o ON o.id = p.order_id
                         WHERE $3 <> '' AND p.email_key = $3 AND (o.event_id || '') = $1 AND (o.state || '') = 'confirmed') f
                 ORDER BY f.placed_at LIMIT 1) AS live,
                 EXISTS (SELECT 1 FROM orders WHERE event_id = $1 AND member_id = $2 AND state = 'held' AND (total + 0) > 0) AS unpaid
             FROM members m WHERE m.id = $2 AND m.erased_at IS NULL AND m.suspended_at IS NULL FOR KEY SHARE OF m",
        )
        .bind(event)
        .bind(member)
        .bind(email_key)
}

/// Whether an address has confirmed places at an event.
pub async fn confirmed_from(tx: &mut Tx, event: Id<Event>, email_key: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM order_people p JOIN orders o ON o.id = p.order_id
         WHERE p.email_key = $2 AND (o.event_id || '') = $1 AND (o.state || '') = 'confirmed')")
    .bind(event)
    .bind(email_key)
    .scalar(tx)
    .await
}

/// The order by which a member has places at an event, if any; one that is confirmed before one that is not.
pub async fn of_member_at(on: impl Into<On<'_>>, event: Id<Event>, member: Id<Member>) -> Result<Option<Order>> {
    sql("SELECT * FROM orders WHERE event_id = $1 AND member_id = $2 AND state IN ('held', 'confirmed')
         ORDER BY state, placed_at LIMIT 1")
    .bind(event)
    .bind(member)
    .optional(on)
    .await
}

/// At which of these events a member has places as [`Order::is_coming`] says, and gave not all of their tickets away.
pub async fn coming_among(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    events: &[Id<Event>],
) -> Result<Vec<(Id<Event>,)>> {
    let text = "SELECT DISTINCT o.event_id FROM orders o
         WHERE o.member_id = $1 AND o.event_id IN (:ids) AND (o.state = 'confirmed' OR (o.state = 'held'
                 AND (o.hold = 'on_its_way' OR (o.hold = 'owed'
                     AND (SELECT e.pay_later FROM events e WHERE e.id = o.event_id) = 'door'))))
             AND EXISTS (SELECT 1 FROM tickets t JOIN attendees a ON a.ticket_id = t.id
                         WHERE t.order_id = o.id AND t.state IN ('held', 'valid') AND a.given_to = '')";
    among(text, &[member.to_string().as_str()], events).all(on).await
}

/// All orders by which a member has places at an event, those that are not confirmed first.
pub async fn all_of_member_at(on: impl Into<On<'_>>, event: Id<Event>, member: Id<Member>) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders WHERE event_id = $1 AND member_id = $2 AND state IN ('held', 'confirmed')
         ORDER BY state DESC, placed_at")
    .bind(event)
    .bind(member)
    .all(on)
    .await
}

/// A member's orders, the latest first.
pub async fn of_member(on: impl Into<On<'_>>, member: Id<Member>, limit: i64, offset: i64) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders WHERE member_id = $1 ORDER BY placed_at DESC, id DESC LIMIT $2 OFFSET $3")
        .bind(member)
        .bind(limit)
        .bind(offset)
        .all(on)
        .await
}

/// The same from an instant (and id, for equal ones) back in time.
pub async fn of_member_before(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    before: Instant,
    id: &str,
    limit: i64,
) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders WHERE member_id = $1 AND (placed_at < $2 OR (placed_at = $2 AND id < $3))
         ORDER BY placed_at DESC, id DESC LIMIT $4")
    .bind(member)
    .bind(before)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

/// The events at which a member has, or had, places.
pub async fn events_of_member(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Vec<Event>> {
    sql("SELECT * FROM events WHERE id IN (SELECT event_id FROM orders WHERE member_id = $1)")
        .bind(member)
        .all(on)
        .await
}

/// Live orders of an event.
pub async fn live_at(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders WHERE event_id = $1 AND state IN ('held', 'confirmed') ORDER BY placed_at, id")
        .bind(event)
        .all(on)
        .await
}

/// The orders of an event that are paid later and kept less long than until `until`, behind one, by id.
pub async fn owed_before(
    on: impl Into<On<'_>>,
    event: Id<Event>,
    until: Instant,
    after: &str,
    limit: i64,
) -> Result<Vec<Order>> {
    sql("SELECT * FROM orders WHERE event_id = $1 AND state = 'held' AND hold = 'owed' AND id > $3 AND held_until < $2
         ORDER BY id LIMIT $4")
    .bind(event)
    .bind(until)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

/// Held orders whose time has come, but for those about which the provider is to be asked: see
/// [`crate::jobs::enqueue_closing`].
pub async fn overdue(on: impl Into<On<'_>>, now: Instant, limit: i64) -> Result<Vec<Id<Order>>> {
    let rows: Vec<(Id<Order>,)> = sql("SELECT o.id FROM orders o WHERE o.state = 'held' AND o.held_until <= $1
             AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = o.id)
         ORDER BY o.held_until LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn set_state(tx: &mut Tx, id: Id<Order>, state: OrderState, places: i64, now: Instant) -> Result<()> {
    sql("UPDATE orders SET state = $2, places = $3,
             confirmed_at = CASE WHEN $2 = 'confirmed' THEN COALESCE(confirmed_at, $4) ELSE confirmed_at END,
             ended_at = CASE WHEN $2 IN ('cancelled', 'ended') THEN $4 ELSE ended_at END
         WHERE id = $1")
    .bind(id)
    .bind(state)
    .bind(places)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn set_hold(tx: &mut Tx, id: Id<Order>, hold: Hold, until: Instant) -> Result<()> {
    sql("UPDATE orders SET hold = $2, held_until = $3 WHERE id = $1")
        .bind(id)
        .bind(hold)
        .bind(until)
        .execute(tx)
        .await
        .map(drop)
}

/// The orders that were confirmed from an address and are nobody's become a member's; answers which. By the address: the
/// cast keeps SQLite from going through all that are nobody's, which most orders are.
pub async fn claim(tx: &mut Tx, member: Id<Member>, email_key: &str) -> Result<Vec<Id<Order>>> {
    let rows: Vec<(Id<Order>,)> =
        sql("UPDATE orders SET member_id = $1 WHERE CAST(member_id AS TEXT) IS NULL AND confirmed_at IS NOT NULL
             AND id IN (SELECT order_id FROM order_people WHERE email_key = $2) RETURNING id")
        .bind(member)
        .bind(email_key)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

// ---------------------------------------------------------------- counts

/// Live places of an order by ticket type, in the order in which their rows are locked.
pub async fn places_by_type(tx: &mut Tx, order: Id<Order>) -> Result<Vec<(Id<TicketType>, i64)>> {
    sql("SELECT ticket_type_id, COUNT(*) FROM tickets WHERE order_id = $1 AND state <> 'cancelled' GROUP BY ticket_type_id ORDER BY ticket_type_id")
        .bind(order)
        .all(tx)
        .await
}

pub async fn count(tx: &mut Tx, of: Id<TicketType>, sold: i64, held: i64) -> Result<()> {
    later(tx, "UPDATE ticket_types SET sold = sold + $2, held = held + $3 WHERE id = $1")
        .bind(of)
        .bind(sold)
        .bind(held)
        .write()
        .await
}

pub async fn count_event(tx: &mut Tx, event: Id<Event>, places: i64) -> Result<()> {
    later(tx, "UPDATE events SET taken = taken + $2 WHERE id = $1").bind(event).bind(places).write().await
}
