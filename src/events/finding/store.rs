use super::super::{Event, TicketType};
use super::words::Text;
use crate::clock::Instant;
use crate::db::{Db, On, Result, Sql, Tx, sql};
use crate::ids::Id;
use crate::members::Member;

pub mod newest;

/// An event and where it stands in the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Found {
    pub position: i64,
    #[sqlx(flatten)]
    pub event: Event,
}

/// Between which positions, and what else of an event is asked that changes too often for the index.
#[derive(Debug, Clone, Copy)]
pub struct Within {
    /// Behind this one.
    pub behind: i64,
    /// Before this one.
    pub before: i64,
    /// Lasts longer than until then.
    pub ends_after: Instant,
    /// Has a place that can be taken at this instant.
    pub room_at: Option<Instant>,
    pub limit: i64,
}

impl Within {
    /// A statement of all that, from `$1` to `$6`.
    fn of(self, reads: Sql) -> Sql {
        reads
            .bind(self.behind)
            .bind(self.before)
            .bind(self.ends_after)
            .bind(self.room_at.is_some())
            .bind(self.room_at.unwrap_or_default())
            .bind(self.limit)
    }
}

/// Everything that lies ahead, in order.
pub async fn ahead(db: &Db, within: Within) -> Result<Vec<Found>> {
    // CROSS JOIN: SQLite goes along the positions, and not through all events that are on the bill.
    within.of(sql("SELECT f.position, e.* FROM finding f CROSS JOIN events e
         WHERE e.id = f.event_id AND f.ahead AND f.position > $1 AND f.position < $2 AND f.ends_at > $3
           AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
         ORDER BY f.position LIMIT $6"))
    .all(db)
    .await
}

/// The same of everything that was ever on.
pub async fn ever(db: &Db, within: Within) -> Result<Vec<Found>> {
    within.of(sql("SELECT f.position, e.* FROM finding f CROSS JOIN events e
         WHERE e.id = f.event_id AND f.position > $1 AND f.position < $2 AND f.ends_at > $3
           AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
         ORDER BY f.position LIMIT $6"))
    .all(db)
    .await
}

/// What answers a question in the engine's own language, in order.
pub async fn matching(db: &Db, question: &str, within: Within) -> Result<Vec<Found>> {
    // CROSS JOIN: SQLite begins with the index of words, whose matches come in order.
    let text = db.pick(
        "SELECT f.position, e.* FROM finding_words CROSS JOIN finding f ON f.position = finding_words.rowid
             CROSS JOIN events e ON e.id = f.event_id
         WHERE finding_words MATCH $7 AND finding_words.rowid > $1 AND finding_words.rowid < $2 AND f.ends_at > $3
           AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
         ORDER BY finding_words.rowid LIMIT $6",
        "SELECT f.position, e.* FROM finding f JOIN events e ON e.id = f.event_id
         WHERE f.words @@ CAST($7 AS tsquery) AND f.position > $1 AND f.position < $2 AND f.ends_at > $3
           AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
         ORDER BY f.position LIMIT $6",
    );
    // Planned for these very words: rare ones are looked up, common ones met on the way through time.
    within.of(sql(text).afresh()).bind(question).all(db).await
}

/// Where the n-th stands of what lies ahead, from 0; none where there are not so many.
pub async fn nth_ahead(db: &Db, within: Within, n: i64) -> Result<Option<i64>> {
    let nth: Option<(i64,)> = sql("SELECT position FROM finding WHERE ahead AND position > $1 AND position < $2
         ORDER BY position LIMIT 1 OFFSET $3")
    .bind(within.behind)
    .bind(within.before)
    .bind(n)
    .optional(db)
    .await?;
    Ok(nth.map(|(nth,)| nth))
}

/// The same of what answers a question, which asks for what lies ahead itself.
pub async fn nth_matching(db: &Db, question: &str, within: Within, n: i64) -> Result<Option<i64>> {
    let text = db.pick(
        "SELECT rowid FROM finding_words WHERE finding_words MATCH $4 AND rowid > $1 AND rowid < $2
         ORDER BY rowid LIMIT 1 OFFSET $3",
        "SELECT position FROM finding WHERE ahead AND words @@ CAST($4 AS tsquery) AND position > $1 AND position < $2
         ORDER BY position LIMIT 1 OFFSET $3",
    );
    let of = sql(text).afresh().bind(within.behind).bind(within.before).bind(n).bind(question);
    Ok(of.optional::<(i64,)>(db).await?.map(|(nth,)| nth))
}

/// The ticket types of events, whose ids stand in a JSON array.
pub async fn ticket_types(db: &Db, ids: &str) -> Result<Vec<TicketType>> {
    let text = db.pick(
        "SELECT t.* FROM ticket_types t WHERE t.event_id IN (SELECT value FROM json_each($1)) ORDER BY t.position, t.id",
        "SELECT t.* FROM ticket_types t WHERE t.event_id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))
         ORDER BY t.position, t.id",
    );
    sql(text).bind(ids).all(db).await
}

// ---------------------------------------------------------------- the index

/// Takes an event out, and answers where it stood: position and start.
pub async fn take_out(tx: &mut Tx, event: Id<Event>) -> Result<Option<(i64, Instant)>> {
    sql("DELETE FROM finding WHERE event_id = $1 RETURNING position, starts_at").bind(event).optional(tx).await
}

/// The first position from a start on that is free, behind the others that start then.
pub async fn free_position(tx: &mut Tx, starts_at: Instant, within: i64) -> Result<i64> {
    let last: Option<(i64,)> =
        sql("SELECT position FROM finding WHERE position >= $1 AND position < $2 ORDER BY position DESC LIMIT 1")
            .bind(starts_at)
            .bind(starts_at.micros().saturating_add(within))
            .optional(tx)
            .await?;
    Ok(last.map_or(starts_at.micros(), |(last,)| last + 1))
}

/// Puts an event in. False if its position was taken meanwhile.
pub async fn put_in(tx: &mut Tx, event: &Event, position: i64, ahead: bool, text: &Text) -> Result<bool> {
    let added = sql("INSERT INTO finding (event_id, position, starts_at, ends_at, ahead, published_at)
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (position) DO NOTHING")
    .bind(event.id)
    .bind(position)
    .bind(event.starts_at)
    .bind(event.ends_at)
    .bind(ahead)
    .bind(event.published_at.unwrap_or(event.created_at))
    .execute(&mut *tx)
    .await?;
    if added == 0 {
        return Ok(false);
    }
    let text = if tx.is_postgres() { text.vector() } else { text.askable() };
    let words = tx.pick(
        "INSERT INTO finding_words (rowid, words) VALUES ($1, $2)",
        "UPDATE finding SET words = CAST($2 AS tsvector) WHERE position = $1",
    );
    sql(words).bind(position).bind(text).execute(tx).await?;
    Ok(true)
}

/// Whether events are yet to be written down that were there before the index was as it is.
pub async fn filling(db: &Db) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM jobs WHERE kind = 'fill_finding')").scalar(db).await
}

/// Events that are still said to lie ahead and are over.
pub async fn over(on: impl Into<On<'_>>, now: Instant, limit: i64) -> Result<Vec<(Id<Event>,)>> {
    sql("SELECT event_id FROM finding WHERE ahead AND ends_at <= $1 ORDER BY ends_at LIMIT $2")
        .bind(now)
        .bind(limit)
        .all(on)
        .await
}

/// Events in the order of their ids, whether they can be found or not.
pub async fn events_behind(on: impl Into<On<'_>>, after: &str, limit: i64) -> Result<Vec<(Id<Event>,)>> {
    sql("SELECT id FROM events WHERE id > $1 ORDER BY id LIMIT $2").bind(after).bind(limit).all(on).await
}

/// The same of those that a member hosts.
pub async fn hosted_behind(
    on: impl Into<On<'_>>,
    member: Id<Member>,
    after: &str,
    limit: i64,
) -> Result<Vec<(Id<Event>,)>> {
    sql("SELECT event_id FROM event_hosts WHERE member_id = $1 AND event_id > $2 ORDER BY event_id LIMIT $3")
        .bind(member)
        .bind(after)
        .bind(limit)
        .all(on)
        .await
}

// ---------------------------------------------------------------- the sitemap

/// Each `step`th position from the first on: where pages begin.
pub async fn every(on: impl Into<On<'_>>, step: i64) -> Result<Vec<(i64,)>> {
    sql("SELECT position FROM (SELECT position, ROW_NUMBER() OVER (ORDER BY position) AS number FROM finding) AS numbered
         WHERE (number - 1) % $1 = 0 ORDER BY position")
    .bind(step)
    .all(on)
    .await
}

/// Slugs and when the events were last changed, from a position on.
pub async fn addresses(on: impl Into<On<'_>>, from: i64, limit: i64) -> Result<Vec<(String, Instant)>> {
    sql("SELECT e.slug, e.updated_at FROM finding f CROSS JOIN events e
         WHERE e.id = f.event_id AND f.position >= $1 AND e.status = 'published' AND e.visibility = 'public' ORDER BY f.position LIMIT $2")
    .bind(from)
    .bind(limit)
    .all(on)
    .await
}
