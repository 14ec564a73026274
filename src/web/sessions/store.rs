//! Sessions as the crate asks for them: made, saved, loaded and ended behind the secret of a cookie.
use std::collections::HashMap;
use std::fmt;

use jiff::SignedDuration;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::session::{Id as SessionId, Record};
use tower_sessions::session_store::{self, Error, SessionStore};

use super::{AGENT, IP, MEMBER, PUBLIC_ID, STEPPED_UP, end};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, sql};
use crate::ids::{self, Id};
use crate::members::Member;

/// How stale `last_seen_at` may be.
const TOUCH: SignedDuration = clock::minutes(10);

#[derive(Clone)]
pub struct Store(pub(super) App);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// What the crate hands on of a database that had no time: it carries words alone.
const BUSY: &str = "the database was busy";

fn backend(error: impl Into<anyhow::Error>) -> Error {
    let error = error.into();
    Error::Backend(if db::is_busy(&error) { BUSY.to_owned() } else { format!("{error:#}") })
}

/// Whether a session could not be read for want of time.
pub fn was_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(tower_sessions::session::Error::Store(Error::Backend(why))) if why == BUSY)
}

fn text<'a>(record: &'a Record, key: &str) -> &'a str {
    record.data.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[derive(sqlx::FromRow)]
struct Loaded {
    data: String,
    created_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    stepped_up_at: Option<Instant>,
}

#[async_trait::async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let now = self.0.clock.now();
        let public: Id<Record> = Id::new();
        record.data.insert(PUBLIC_ID.to_owned(), Value::String(public.to_string()));
        let member = text(record, MEMBER).parse::<Id<Member>>().ok();
        let stepped_up = record.data.get(STEPPED_UP).and_then(Value::as_i64).map(Instant::from_micros);
        let kept = data(record)?;
        let insert = || {
            sql("INSERT INTO sessions (id_hash, id, member_id, data, agent, ip, created_at, last_seen_at, expires_at, stepped_up_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)")
            .bind(ids::hash(&record.id.to_string()))
            .bind(public)
            .bind(member)
            .bind(kept.as_str())
            .bind(text(record, AGENT))
            .bind(text(record, IP))
            .bind(now)
            .bind(end(now, now))
            .bind(stepped_up)
        };
        decide!(self.0.db, tx, insert().execute(tx).await).map(drop).map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let now = self.0.clock.now();
        let member = text(record, MEMBER).parse::<Id<Member>>().ok();
        let kept = data(record)?;
        // Who a session belongs to never changes in place: signing in makes a new one.
        let update = || {
            sql("UPDATE sessions SET data = $2, last_seen_at = $3
                 WHERE id_hash = $1 AND expires_at > $3 AND (member_id = $4 OR (member_id IS NULL AND CAST($4 AS TEXT) IS NULL))")
            .bind(ids::hash(&record.id.to_string()))
            .bind(kept.as_str())
            .bind(now)
            .bind(member)
        };
        decide!(self.0.db, tx, update().execute(tx).await).map(drop).map_err(backend)
    }

    async fn load(&self, id: &SessionId) -> session_store::Result<Option<Record>> {
        let now = self.0.clock.now();
        let hash = ids::hash(&id.to_string());
        let row: Option<Loaded> = sql(
            "SELECT data, created_at, last_seen_at, expires_at, stepped_up_at FROM sessions WHERE id_hash = $1 AND expires_at > $2",
        )
        .bind(hash.as_str())
        .bind(now)
        .optional(&self.0.db)
        .await
        .map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        if row.last_seen_at + TOUCH < now {
            touch(&self.0, &hash, end(row.created_at, now), now).await.map_err(backend)?;
        }
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp().as_second()).map_err(backend)?;
        let mut record = Record { id: *id, data: serde_json::from_str(&row.data).map_err(backend)?, expiry_date };
        record.data.remove(STEPPED_UP);
        if let Some(at) = row.stepped_up_at {
            record.data.insert(STEPPED_UP.to_owned(), at.micros().into());
        }
        Ok(Some(record))
    }

    async fn delete(&self, id: &SessionId) -> session_store::Result<()> {
        let delete = || sql("DELETE FROM sessions WHERE id_hash = $1").bind(ids::hash(&id.to_string()));
        decide!(self.0.db, tx, delete().execute(tx).await).map(drop).map_err(backend)
    }
}

/// The network address stands in its column alone, where it is found when it is to be forgotten.
fn data(record: &Record) -> session_store::Result<String> {
    let kept: HashMap<_, _> = record.data.iter().filter(|(key, _)| key.as_str() != IP).collect();
    serde_json::to_string(&kept).map_err(backend)
}

async fn touch(app: &App, hash: &str, until: Instant, now: Instant) -> db::Result<()> {
    let update = || {
        sql("UPDATE sessions SET last_seen_at = $2, expires_at = $3 WHERE id_hash = $1")
            .bind(hash)
            .bind(now)
            .bind(until)
    };
    decide!(app.db, tx, update().execute(tx).await).map(drop)
}
