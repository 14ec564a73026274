//! What lies ahead, what was published last first.
use super::{Found, Within};
use crate::clock::Instant;
use crate::db::{Db, Result, sql};

/// An event of the list of what is new.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct New {
    pub listed_at: Instant,
    #[sqlx(flatten)]
    pub found: Found,
}

/// A place in that list: when the event there was published, and where it stands among those to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    #[sqlx(rename = "published_at")]
    pub at: Instant,
    pub position: i64,
}

/// The n-th place behind one, from 0; none where there are not so many.
pub async fn nth(db: &Db, behind: Place, n: i64) -> Result<Option<Place>> {
    sql("SELECT published_at, position FROM finding WHERE ahead AND (published_at, position) < ($1, $2)
         ORDER BY published_at DESC, position DESC LIMIT 1 OFFSET $3")
    .bind(behind.at)
    .bind(behind.position)
    .bind(n)
    .optional(db)
    .await
}

/// What answers a question ('' is any) of the so many events behind a place: rare words cost no walk through all.
pub async fn among(db: &Db, question: &str, behind: Place, many: i64, within: Within) -> Result<Vec<New>> {
    let text = db.pick(
        "SELECT f.published_at AS listed_at, f.position, e.* FROM (
             SELECT event_id, position, ends_at, published_at FROM finding
             WHERE ahead AND (published_at, position) < ($8, $9)
             ORDER BY published_at DESC, position DESC LIMIT $10) f CROSS JOIN events e
         WHERE e.id = f.event_id AND f.position > $1 AND f.position < $2 AND f.ends_at > $3
           AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
           AND ($7 = '' OR EXISTS (SELECT 1 FROM finding_words WHERE finding_words MATCH $7 AND rowid = f.position))
         ORDER BY f.published_at DESC, f.position DESC LIMIT $6",
        "SELECT f.published_at AS listed_at, f.position, e.* FROM (
             SELECT event_id, position, ends_at, published_at, words FROM finding
             WHERE ahead AND (published_at, position) < ($8, $9)
             ORDER BY published_at DESC, position DESC LIMIT $10) f CROSS JOIN events e
         WHERE e.id = f.event_id AND f.position > $1 AND f.position < $2 AND f.ends_at > $3
           AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
           AND ($7 = '' OR f.words @@ CAST($7 AS tsquery))
         ORDER BY f.published_at DESC, f.position DESC LIMIT $6",
    );
    within.of(sql(text)).bind(question).bind(behind.at).bind(behind.position).bind(many).all(db).await
}

/// What answers a question, looked up by its words and sorted then: for those that few events answer.
pub async fn of_few(db: &Db, question: &str, behind: Place, within: Within) -> Result<Vec<New>> {
    let text = db.pick(
        "SELECT f.published_at AS listed_at, f.position, e.* FROM finding_words CROSS JOIN finding f ON f.position = finding_words.rowid
             CROSS JOIN events e ON e.id = f.event_id
         WHERE finding_words MATCH $7 AND finding_words.rowid > $1 AND finding_words.rowid < $2 AND f.ahead AND f.ends_at > $3
           AND (f.published_at, f.position) < ($8, $9) AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
         ORDER BY f.published_at DESC, f.position DESC LIMIT $6",
        "SELECT f.published_at AS listed_at, f.position, e.* FROM finding f JOIN events e ON e.id = f.event_id
         WHERE f.words @@ CAST($7 AS tsquery) AND f.position > $1 AND f.position < $2 AND f.ahead AND f.ends_at > $3
           AND (f.published_at, f.position) < ($8, $9) AND e.status = 'published' AND e.visibility = 'public'
           AND (NOT $4 OR ((e.capacity IS NULL OR e.taken < e.capacity) AND (e.ceiling IS NULL OR e.taken < e.ceiling) AND (e.closes_at IS NULL OR e.closes_at > $5)
             AND EXISTS (SELECT 1 FROM ticket_types t WHERE t.event_id = e.id
               AND (t.capacity IS NULL OR t.sold + t.held < t.capacity) AND (t.sales_until IS NULL OR t.sales_until > $5))))
         ORDER BY f.published_at DESC, f.position DESC LIMIT $6",
    );
    within.of(sql(text).afresh()).bind(question).bind(behind.at).bind(behind.position).all(db).await
}
