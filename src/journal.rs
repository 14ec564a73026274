//! What happened, for ever: one append-only table of facts, written in the transactions that make them true.
//!
//! A payload holds ids, numbers and kinds, never names, addresses or texts of people, so erasing a
//! person never touches it.
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Instant;
use crate::db::{Db, Result, Tx, later, sql};
use crate::ids::Id;
use crate::members::Member;

/// Who made a fact true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Member(Id<Member>),
    /// Somebody with a link or a form and no account.
    Guest,
    /// The clock: a hold that ended, a schedule.
    Site,
    /// Whoever runs the machine, through the command line.
    Operator,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(id) => write!(f, "member/{id}"),
            Self::Guest => f.write_str("guest"),
            Self::Site => f.write_str("site"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

/// A slice's facts: an enum with `#[serde(tag = "kind", rename_all = "snake_case")]`. Old payloads are
/// read for ever, so variants and fields are only ever added.
pub trait Fact: Serialize {}

/// One row of the journal.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    pub seq: i64,
    /// What the fact is about: `order/ID`, `event/ID`, `member/ID`.
    pub stream: String,
    pub version: i64,
    pub kind: String,
    pub payload: String,
    pub actor: String,
    pub at: Instant,
}

impl Entry {
    pub fn fact<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.payload)
    }
}

/// Adds a fact behind the last of its stream. Two that append to one stream at the same time go one after the
/// other: SQLite has one writer anyway, PostgreSQL keeps a lock on the stream's name until the transaction ends.
pub async fn append(tx: &mut Tx, stream: &str, fact: &impl Fact, actor: Actor, at: Instant) -> Result<()> {
    if tx.is_postgres() {
        // A statement of its own, so that the next one sees what the holder before it has committed. The transaction
        // gets its number here, before its facts get their positions: see `newest`.
        let lock = "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)
             FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS held";
        sql(lock).bind(stream).scalar::<i64>(&mut *tx).await?;
    }
    let payload = serde_json::to_value(fact).map_err(|error| crate::db::DbError::Encode(error.into()))?;
    let kind = payload.get("kind").and_then(serde_json::Value::as_str).unwrap_or("unknown").to_owned();
    let text = "INSERT INTO journal (stream, version, kind, payload, actor, at)
         SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5 FROM journal WHERE stream = $1";
    let fact = later(tx, text).bind(stream).bind(kind).bind(payload.to_string()).bind(actor.to_string()).bind(at);
    fact.write().await
}

/// The facts behind `after` in order, at most `limit`.
pub async fn since(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Entry>> {
    sql("SELECT * FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2").bind(after).bind(limit).all(tx).await
}

/// The last position that is taken; 0 in an empty journal.
pub async fn last(tx: &mut Tx) -> Result<i64> {
    sql("SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) FROM journal").scalar(tx).await
}

/// Every transaction with a number below this one has ended by the time of this snapshot. PostgreSQL gives positions
/// out of order of commit, so a reader who misses one waits until whoever may still fill it has ended; SQLite has one
/// writer, and what is missing there is missing for ever.
pub async fn oldest_open(tx: &mut Tx) -> Result<i64> {
    let text = tx.pick(
        "SELECT CAST(9223372036854775807 AS BIGINT)",
        "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)",
    );
    sql(text).scalar(tx).await
}

/// A number above those of all transactions that have a position in the journal by now.
pub async fn newest(db: &Db) -> Result<i64> {
    let text = db.pick("SELECT CAST(0 AS BIGINT)", "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)");
    sql(text).scalar(db).await
}

/// The newest facts before `before`, of one stream or kind if asked: each way has the index that it walks. A stream's
/// versions rise with the positions, and a page goes on behind the version at which the last one ended.
pub async fn before(tx: &mut Tx, before: i64, stream: &str, kind: &str, limit: i64) -> Result<Vec<Entry>> {
    let facts = match (stream, kind) {
        ("", "") => sql("SELECT * FROM journal WHERE seq < $1 ORDER BY seq DESC LIMIT $2").bind(before),
        ("", kind) => {
            sql("SELECT * FROM journal WHERE kind = $2 AND seq < $1 ORDER BY seq DESC LIMIT $3").bind(before).bind(kind)
        }
        (stream, kind) => sql("SELECT * FROM journal
             WHERE stream = $2 AND version < COALESCE(
                     (SELECT p.version FROM journal p WHERE p.seq = $1 AND p.stream = $2), 9223372036854775807)
                 AND (seq + 0) < $1 AND ($3 = '' OR (kind || '') = $3)
             ORDER BY version DESC LIMIT $4")
        .bind(before)
        .bind(stream)
        .bind(kind),
    };
    facts.bind(limit).all(tx).await
}

/// The kinds that occur, for a choice on a page: each found by a step in the index.
pub async fn kinds(tx: &mut Tx) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("WITH RECURSIVE k (kind) AS (
             SELECT MIN(kind) FROM journal
             UNION ALL SELECT (SELECT MIN(j.kind) FROM journal j WHERE j.kind > k.kind) FROM k WHERE k.kind IS NOT NULL
         ) SELECT kind FROM k WHERE kind IS NOT NULL")
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}
