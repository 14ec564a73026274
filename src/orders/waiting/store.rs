use super::{Party, PartyState, Person};
use crate::clock::Instant;
use crate::db::{On, Questions, Result, Tx, among, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::members::Member;
use crate::orders::Order;

mod clocks;
mod list;
pub use clocks::*;
pub use list::*;

pub async fn insert(tx: &mut Tx, p: &Party) -> Result<()> {
    sql("INSERT INTO waiting (id, event_id, member_id, ticket_type_id, places, state, joined_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(p.id)
    .bind(p.event_id)
    .bind(p.member_id)
    .bind(p.ticket_type_id)
    .bind(p.places)
    .bind(p.state)
    .bind(p.joined_at)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn insert_person(tx: &mut Tx, p: &Person) -> Result<()> {
    sql("INSERT INTO waiting_people (party_id, name, email, email_key, locale, companions) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(p.party_id)
        .bind(&p.name)
        .bind(&p.email)
        .bind(&p.email_key)
        .bind(&p.locale)
        .bind(&p.companions)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Party>) -> Result<Option<Party>> {
    sql("SELECT * FROM waiting WHERE id = $1").bind(id).optional(on).await
}

pub async fn person(on: impl Into<On<'_>>, id: Id<Party>) -> Result<Option<Person>> {
    sql("SELECT * FROM waiting_people WHERE party_id = $1").bind(id).optional(on).await
}

pub async fn forget_person(tx: &mut Tx, id: Id<Party>) -> Result<()> {
    sql("DELETE FROM waiting_people WHERE party_id = $1").bind(id).execute(tx).await.map(drop)
}

/// The party with which a member, or an address, waits for an event now.
pub async fn live_of(
    tx: &mut Tx,
    event: Id<Event>,
    member: Option<Id<Member>>,
    email_key: &str,
) -> Result<Option<Party>> {
    sql("SELECT * FROM waiting WHERE id IN (SELECT id FROM waiting WHERE member_id = $2
                 UNION SELECT party_id FROM waiting_people WHERE email_key = $3)
             AND (event_id || '') = $1 AND state IN ('waiting', 'offered')
         ORDER BY joined_at, id LIMIT 1")
    .bind(event)
    .bind(member)
    .bind(email_key)
    .optional(tx)
    .await
}

/// A member's latest party at an event, whatever became of it.
pub async fn of_member_at(on: impl Into<On<'_>>, event: Id<Event>, member: Id<Member>) -> Result<Option<Party>> {
    sql("SELECT * FROM waiting WHERE (event_id || '') = $1 AND member_id = $2
         ORDER BY joined_at DESC, id DESC LIMIT 1")
    .bind(event)
    .bind(member)
    .optional(on)
    .await
}

/// A member's parties from an instant (and id, for equal ones) back in time.
pub async fn of_member_before(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    before: Instant,
    id: &str,
    limit: i64,
) -> Result<Vec<Party>> {
    sql("SELECT * FROM waiting WHERE member_id = $1 AND (joined_at < $2 OR (joined_at = $2 AND id < $3))
         ORDER BY joined_at DESC, id DESC LIMIT $4")
    .bind(member)
    .bind(before)
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

pub async fn set_state(tx: &mut Tx, id: Id<Party>, state: PartyState, ended_at: Option<Instant>) -> Result<()> {
    sql("UPDATE waiting SET state = $2, ended_at = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(ended_at)
        .execute(tx)
        .await
        .map(drop)
}

/// It counts from now on.
pub async fn set_joined(tx: &mut Tx, id: Id<Party>, now: Instant) -> Result<()> {
    sql("UPDATE waiting SET state = 'waiting', joined_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_order(tx: &mut Tx, id: Id<Party>, order: Id<Order>) -> Result<()> {
    sql("UPDATE waiting SET order_id = $2 WHERE id = $1").bind(id).bind(order).execute(tx).await.map(drop)
}

/// The parties of an address that has proven itself and are nobody's become a member's; answers which. The cast is as
/// with orders.
pub async fn claim(tx: &mut Tx, member: Id<Member>, email_key: &str) -> Result<Vec<(Id<Party>,)>> {
    sql("UPDATE waiting SET member_id = $1 WHERE CAST(member_id AS TEXT) IS NULL AND state NOT IN ('asked', 'lapsed')
         AND id IN (SELECT party_id FROM waiting_people WHERE email_key = $2) RETURNING id")
    .bind(member)
    .bind(email_key)
    .all(tx)
    .await
}

// ---------------------------------------------------------------- the queue

/// Parties of one size that wait for one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiters {
    pub ticket_type_id: Id<TicketType>,
    pub places: i64,
    pub parties: i64,
}

pub async fn waiters(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Waiters>> {
    asking_waiters(Questions::default(), event).of(on).await?.all()
}

/// [`waiters`], to be asked together with other things.
pub fn asking_waiters(asked: Questions, event: Id<Event>) -> Questions {
    asked
        .reads(
            "SELECT ticket_type_id, places, COUNT(*) AS parties FROM waiting WHERE event_id = $1 AND state = 'waiting'
             GROUP BY ticket_type_id, places",
        )
        .bind(event)
}

/// The same, and at which event.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaitersAt {
    pub event_id: Id<Event>,
    #[sqlx(flatten)]
    pub waiters: Waiters,
}

pub async fn waiters_among(on: impl Into<On<'_>>, events: &[Id<Event>]) -> Result<Vec<WaitersAt>> {
    let text = "SELECT event_id, ticket_type_id, places, COUNT(*) AS parties FROM waiting
         WHERE event_id IN (:ids) AND state = 'waiting' GROUP BY event_id, ticket_type_id, places";
    among(text, &[], events).all(on).await
}

/// Whether anybody waits, or has an offer or a link that a cancelled event must end.
pub async fn anybody_live(tx: &mut Tx, event: Id<Event>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM waiting WHERE event_id = $1 AND state IN ('waiting', 'asked'))")
        .bind(event)
        .scalar(tx)
        .await
}

/// Those who wait, in the order in which they joined.
pub async fn in_order(tx: &mut Tx, event: Id<Event>) -> Result<Vec<Party>> {
    sql("SELECT * FROM waiting WHERE event_id = $1 AND state = 'waiting' ORDER BY joined_at, id")
        .bind(event)
        .all(tx)
        .await
}

/// Some of those for whom a list is closed.
pub async fn some_open(tx: &mut Tx, event: Id<Event>, limit: i64) -> Result<Vec<Party>> {
    sql("SELECT * FROM waiting WHERE event_id = $1 AND state IN ('waiting', 'asked') ORDER BY joined_at, id LIMIT $2")
        .bind(event)
        .bind(limit)
        .all(tx)
        .await
}

/// The party to which an order is offered.
pub async fn offered_by(tx: &mut Tx, order: Id<Order>) -> Result<Option<Party>> {
    sql("SELECT * FROM waiting WHERE order_id = $1 AND state = 'offered'").bind(order).optional(tx).await
}

/// Whether an order is offered to a party that has yet to accept it.
pub async fn is_offered(on: impl Into<On<'_>>, order: Id<Order>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM waiting WHERE order_id = $1 AND state = 'offered')").bind(order).scalar(on).await
}

/// How many parties wait up to this one, for its type or, if types share a capacity, for any.
pub async fn position(on: impl Into<On<'_>>, p: &Party, shared: bool) -> Result<i64> {
    sql("SELECT COUNT(*) FROM waiting WHERE event_id = $1 AND state = 'waiting' AND ($2 OR ticket_type_id = $3)
         AND (joined_at < $4 OR (joined_at = $4 AND id <= $5))")
    .bind(p.event_id)
    .bind(shared)
    .bind(p.ticket_type_id)
    .bind(p.joined_at)
    .bind(p.id)
    .scalar(on)
    .await
}

/// How many people wait.
pub async fn people(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(places), 0) AS BIGINT) FROM waiting WHERE event_id = $1 AND state = 'waiting'")
        .bind(event)
        .scalar(on)
        .await
}

// ---------------------------------------------------------------- what is over

/// Guests who asked before this instant and never used the link.
pub async fn asked_before(on: impl Into<On<'_>>, at: Instant, limit: i64) -> Result<Vec<Party>> {
    sql("SELECT * FROM waiting WHERE state = 'asked' AND joined_at <= $1 ORDER BY joined_at LIMIT $2")
        .bind(at)
        .bind(limit)
        .all(on)
        .await
}

/// Events that take nobody any more and for which somebody waits. Each event with a list is found by a step in the
/// index of those who wait, however many these are.
pub async fn over(on: impl Into<On<'_>>, now: Instant, limit: i64) -> Result<Vec<(Id<Event>,)>> {
    sql("WITH RECURSIVE w (id) AS (
             SELECT MIN(event_id) FROM waiting WHERE state = 'waiting'
             UNION ALL SELECT (SELECT MIN(n.event_id) FROM waiting n WHERE n.state = 'waiting' AND n.event_id > w.id)
             FROM w WHERE w.id IS NOT NULL
         )
         SELECT e.id FROM w JOIN events e ON e.id = w.id WHERE e.ends_at <= $1 OR e.status = 'cancelled'
         UNION SELECT e.id FROM waiting a JOIN events e ON e.id = a.event_id
             WHERE a.state = 'asked' AND (e.ends_at <= $1 OR e.status = 'cancelled')
         LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(on)
    .await
}

/// All parties, for `journal verify`.
pub async fn every(tx: &mut Tx) -> Result<Vec<Party>> {
    sql("SELECT * FROM waiting").all(tx).await
}
