use super::{Bulk, Outcome};
use crate::clock::Instant;
use crate::db::{Alike, On, Result, Tx, searching, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::orders::guests::Shown;
use crate::orders::guests::store::found;
use crate::orders::{Order, Ticket};

/// One place of an act.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    pub position: i64,
    pub outcome: Outcome,
    pub name: String,
    pub email: String,
    pub type_name: String,
    pub buyer_name: String,
    pub buyer_email: String,
}

/// False if this form began one before.
pub async fn insert(tx: &mut Tx, b: &Bulk, form: &str) -> Result<bool> {
    let new = sql("INSERT INTO bulk_acts (id, event_id, member_id, act, form_hash, created_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (form_hash) DO NOTHING")
    .bind(b.id)
    .bind(b.event_id)
    .bind(b.member_id)
    .bind(b.act)
    .bind(form)
    .bind(b.created_at)
    .bind(b.finished_at)
    .execute(tx)
    .await?;
    Ok(new == 1)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Bulk>) -> Result<Option<Bulk>> {
    sql("SELECT id, event_id, member_id, act, created_at, finished_at FROM bulk_acts WHERE id = $1")
        .bind(id)
        .optional(on)
        .await
}

pub async fn by_form(on: impl Into<On<'_>>, form: &str) -> Result<Option<Id<Bulk>>> {
    let row: Option<(Id<Bulk>,)> = sql("SELECT id FROM bulk_acts WHERE form_hash = $1").bind(form).optional(on).await?;
    Ok(row.map(|(id,)| id))
}

/// The latest acts at an event.
pub async fn latest(on: impl Into<On<'_>>, event: Id<Event>, limit: i64) -> Result<Vec<Bulk>> {
    sql("SELECT id, event_id, member_id, act, created_at, finished_at FROM bulk_acts
         WHERE event_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2")
    .bind(event)
    .bind(limit)
    .all(on)
    .await
}

pub async fn insert_line(tx: &mut Tx, id: Id<Bulk>, position: i64, ticket: Id<Ticket>, of: Outcome) -> Result<()> {
    sql("INSERT INTO bulk_lines (act_id, position, ticket_id, outcome) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(position)
        .bind(ticket)
        .bind(of)
        .execute(tx)
        .await
        .map(drop)
}

/// Those of the event whose ids stand in a JSON array; answers how many.
pub async fn insert_these(tx: &mut Tx, b: &Bulk, ids: &str) -> Result<i64> {
    let text = tx.pick(
        "INSERT INTO bulk_lines (act_id, position, ticket_id)
         SELECT $1, ROW_NUMBER() OVER (ORDER BY t.order_id, t.position), t.id FROM tickets t
         WHERE t.event_id = $2 AND t.id IN (SELECT value FROM json_each($3))",
        "INSERT INTO bulk_lines (act_id, position, ticket_id)
         SELECT $1, ROW_NUMBER() OVER (ORDER BY t.order_id, t.position), t.id FROM tickets t
         WHERE t.event_id = $2 AND t.id IN (SELECT jsonb_array_elements_text(CAST($3 AS jsonb)))",
    );
    let lines = sql(text).bind(b.id).bind(b.event_id).bind(ids).execute(tx).await?;
    Ok(i64::try_from(lines).unwrap_or(i64::MAX))
}

/// All that the table of guests finds; answers how many.
pub async fn insert_found(
    tx: &mut Tx,
    b: &Bulk,
    like: &Alike,
    shown: Shown,
    of: Option<Id<TicketType>>,
) -> Result<i64> {
    let lines = searching(concat!(
        "INSERT INTO bulk_lines (act_id, position, ticket_id)
         SELECT $5, ROW_NUMBER() OVER (ORDER BY t.order_id, t.position), t.id ",
        found!()
    ))
    .bind(b.event_id)
    .bind_alike(like)
    .bind(shown)
    .bind(of.map_or_else(String::new, |of| of.to_string()))
    .bind(b.id)
    .execute(tx)
    .await?;
    Ok(i64::try_from(lines).unwrap_or(i64::MAX))
}

/// The places of an act, in their order.
pub async fn tickets(tx: &mut Tx, id: Id<Bulk>) -> Result<Vec<(Id<Ticket>,)>> {
    sql("SELECT ticket_id FROM bulk_lines WHERE act_id = $1 ORDER BY position").bind(id).all(tx).await
}

/// The first place that waits.
pub async fn next(on: impl Into<On<'_>>, id: Id<Bulk>) -> Result<Option<(i64, Id<Ticket>)>> {
    sql("SELECT position, ticket_id FROM bulk_lines WHERE act_id = $1 AND outcome = '' ORDER BY position LIMIT 1")
        .bind(id)
        .optional(on)
        .await
}

/// Says what becomes of a place that waits. False if somebody has said so before.
pub async fn settle(tx: &mut Tx, id: Id<Bulk>, position: i64, outcome: Outcome) -> Result<bool> {
    let waited = sql("UPDATE bulk_lines SET outcome = $3 WHERE act_id = $1 AND position = $2 AND outcome = ''")
        .bind(id)
        .bind(position)
        .bind(outcome)
        .execute(tx)
        .await?;
    Ok(waited == 1)
}

pub async fn set(tx: &mut Tx, id: Id<Bulk>, position: i64, outcome: Outcome) -> Result<()> {
    sql("UPDATE bulk_lines SET outcome = $3 WHERE act_id = $1 AND position = $2")
        .bind(id)
        .bind(position)
        .bind(outcome)
        .execute(tx)
        .await
        .map(drop)
}

/// Whether a place before this one has had the same order's tickets mailed. One that was given away is mailed alone.
pub async fn mailed(tx: &mut Tx, id: Id<Bulk>, position: i64, ticket: Id<Ticket>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM bulk_lines l JOIN tickets t ON t.id = l.ticket_id
             JOIN attendees a ON a.ticket_id = t.id
         WHERE l.act_id = $1 AND l.position < $2 AND l.outcome = 'done' AND a.given_to = ''
             AND t.order_id = (SELECT order_id FROM tickets WHERE id = $3)
             AND '' = (SELECT given_to FROM attendees WHERE ticket_id = $3))")
    .bind(id)
    .bind(position)
    .bind(ticket)
    .scalar(tx)
    .await
}

/// Whether this is an unpaid order of which the act means some places and leaves others.
pub async fn parts_unpaid(tx: &mut Tx, id: Id<Bulk>, order: Id<Order>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM tickets t JOIN orders o ON o.id = t.order_id
         WHERE t.order_id = $2 AND o.state = 'held' AND o.total > 0 AND t.state = 'held'
             AND t.id NOT IN (SELECT ticket_id FROM bulk_lines WHERE act_id = $1))")
    .bind(id)
    .bind(order)
    .scalar(tx)
    .await
}

pub async fn finish(tx: &mut Tx, id: Id<Bulk>, now: Instant) -> Result<()> {
    sql("UPDATE bulk_acts SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// How many places had each outcome.
pub async fn outcomes(on: impl Into<On<'_>>, id: Id<Bulk>) -> Result<Vec<(Outcome, i64)>> {
    sql("SELECT outcome, COUNT(*) FROM bulk_lines WHERE act_id = $1 GROUP BY outcome ORDER BY outcome")
        .bind(id)
        .all(on)
        .await
}

/// Places of an act behind a position.
pub async fn lines(on: impl Into<On<'_>>, id: Id<Bulk>, behind: i64, limit: i64) -> Result<Vec<Line>> {
    sql("SELECT l.position, l.outcome, a.name, a.email, y.name AS type_name, p.name AS buyer_name, p.email AS buyer_email
         FROM bulk_lines l JOIN tickets t ON t.id = l.ticket_id JOIN attendees a ON a.ticket_id = t.id
             JOIN ticket_types y ON y.id = t.ticket_type_id JOIN order_people p ON p.order_id = t.order_id
         WHERE l.act_id = $1 AND l.position > $2 ORDER BY l.position LIMIT $3")
    .bind(id)
    .bind(behind)
    .bind(limit)
    .all(on)
    .await
}
