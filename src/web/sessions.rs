//! Who is who between two requests: rows in the database behind a cookie that only names them.
//!
//! The id is stored hashed. A session that was ended stays ended: saving is an UPDATE of a row that still
//! exists. Unchanged ones are written at most every ten minutes.
mod store;

use std::collections::HashMap;

use axum::http::HeaderMap;
use jiff::SignedDuration;
use serde_json::Value;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::session::{Id as SessionId, Record};
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::cookies;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, On, Tx, sql};
use crate::ids::{self, Id};
use crate::members::Member;

pub use store::{Store, was_busy};

/// How long an unused session lives, and how long any.
const IDLE: SignedDuration = clock::days(14);
const MOST_DAYS: i64 = 90;

/// How long a proof that it is still them counts.
const FRESH: SignedDuration = clock::minutes(10);

/// Keys of a session's data.
pub const MEMBER: &str = "member";
pub const AGENT: &str = "agent";
pub const IP: &str = "ip";
/// The row's public id, so that a page can mark "this device".
pub const PUBLIC_ID: &str = "session";
/// When its member last proved that it is them, in microseconds. The column says so, not what was saved.
pub const STEPPED_UP: &str = "stepped_up";

/// By what this browser came to events to which only those come who were asked: see `events::access`.
pub const INVITED: &str = "invited";
/// At most so many are remembered.
const MOST_INVITED: usize = 50;

/// Remembers by what a guest is invited.
pub async fn invite(session: &Session, way: &str) -> crate::error::Result<()> {
    let mut invited: Vec<String> = session.get(INVITED).await?.unwrap_or_default();
    if invited.last().is_some_and(|known| known == way) {
        return Ok(());
    }
    invited.retain(|known| known != way);
    invited.push(way.to_owned());
    let from = invited.len().saturating_sub(MOST_INVITED);
    Ok(session.insert(INVITED, &invited[from..]).await?)
}

/// Whether such a proof still counts.
pub fn is_fresh(stepped_up_at: Option<Instant>, now: Instant) -> bool {
    stepped_up_at.is_some_and(|at| now < at + FRESH)
}

/// The layer that brings sessions to handlers.
pub fn layer(app: &App) -> SessionManagerLayer<Store> {
    let https = app.config.https();
    SessionManagerLayer::new(Store(app.clone()))
        .with_name(cookie_name(https))
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::days(MOST_DAYS)))
}

/// `__Host-` binds the cookie to this host over https; plain http (development) cannot have it.
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-marquee" } else { "marquee" }
}

/// Whether a request names a session, open or not.
pub fn has_cookie(app: &App, headers: &HeaderMap) -> bool {
    cookies::named(headers, cookie_name(app.config.https())).is_some()
}

fn end(created_at: Instant, now: Instant) -> Instant {
    (now + IDLE).min(created_at + clock::days(MOST_DAYS))
}

/// A session as its owner sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub id: String,
    pub agent: String,
    pub ip: String,
    pub created_at: Instant,
    pub last_seen_at: Instant,
    pub expires_at: Instant,
}

/// The open sessions of a member, the last used first.
pub async fn of(on: impl Into<On<'_>>, member: Id<Member>, now: Instant) -> db::Result<Vec<Row>> {
    sql("SELECT id, agent, ip, created_at, last_seen_at, expires_at FROM sessions WHERE member_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC")
        .bind(member)
        .bind(now)
        .all(on)
        .await
}

/// Whether that session of that member is still open: what makes a token die with its session.
pub async fn is_open(on: impl Into<On<'_>>, id: &str, member: Id<Member>, now: Instant) -> db::Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = $1 AND member_id = $2 AND expires_at > $3)")
        .bind(id)
        .bind(member)
        .bind(now)
        .scalar(on)
        .await
}

/// When the member of an open session last proved that it is them; `None` if the session is not open.
pub async fn stepped_up(
    on: impl Into<On<'_>>,
    id: &str,
    member: Id<Member>,
    now: Instant,
) -> db::Result<Option<Option<Instant>>> {
    let row: Option<(Option<Instant>,)> =
        sql("SELECT stepped_up_at FROM sessions WHERE id = $1 AND member_id = $2 AND expires_at > $3")
            .bind(id)
            .bind(member)
            .bind(now)
            .optional(on)
            .await?;
    Ok(row.map(|(at,)| at))
}

/// Opens a session without a cookie, for a token; answers its public id. Whoever opens it by the strongest factor that
/// they have has just proven who they are.
pub async fn open(
    tx: &mut Tx,
    member: Id<Member>,
    (agent, ip): (&str, &str),
    strongest: bool,
    now: Instant,
) -> db::Result<String> {
    let id: Id<Record> = Id::new();
    sql("INSERT INTO sessions (id_hash, id, member_id, data, agent, ip, created_at, last_seen_at, expires_at, stepped_up_at)
         VALUES ($1, $2, $3, '{}', $4, $5, $6, $6, $7, $8)")
        .bind(ids::hash(&ids::secret()))
        .bind(id)
        .bind(member)
        .bind(agent)
        .bind(ip)
        .bind(now)
        .bind(end(now, now))
        .bind(strongest.then_some(now))
        .execute(tx)
        .await?;
    Ok(id.to_string())
}

/// Notes that the member of a session proved that it is them, with what the next page says, and gives it a new
/// secret, so that one which leaked before is worth less. `None` if the session was ended meanwhile: it stays so.
pub async fn renew(
    tx: &mut Tx,
    id: &str,
    member: Id<Member>,
    flash: Option<(&str, Value)>,
    now: Instant,
) -> anyhow::Result<Option<SessionId>> {
    let row: Option<(String,)> = sql("SELECT data FROM sessions WHERE id = $1 AND member_id = $2 AND expires_at > $3")
        .bind(id)
        .bind(member)
        .bind(now)
        .optional(&mut *tx)
        .await?;
    let Some((data,)) = row else { return Ok(None) };
    let mut data: serde_json::Map<String, Value> = serde_json::from_str(&data)?;
    if let Some((key, value)) = flash {
        data.insert(key.to_owned(), value);
    }
    let secret = SessionId::default();
    let renewed =
        sql("UPDATE sessions SET id_hash = $3, data = $4, stepped_up_at = $5 WHERE id = $1 AND member_id = $2")
            .bind(id)
            .bind(member)
            .bind(ids::hash(&secret.to_string()))
            .bind(serde_json::to_string(&data)?)
            .bind(now)
            .execute(tx)
            .await?;
    Ok((renewed == 1).then_some(secret))
}

/// The Set-Cookie header of a renewed session, as the layer writes it.
pub fn cookie(app: &App, secret: SessionId) -> String {
    let https = app.config.https();
    let secure = if https { "; Secure" } else { "" };
    let seconds = MOST_DAYS * 24 * 3600;
    format!("{}={secret}; HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age={seconds}", cookie_name(https))
}

/// Ends one session of a member. False if it is not theirs or over.
pub async fn end_one(tx: &mut Tx, id: &str, member: Id<Member>) -> db::Result<bool> {
    Ok(sql("DELETE FROM sessions WHERE id = $1 AND member_id = $2").bind(id).bind(member).execute(tx).await? == 1)
}

/// Ends all sessions of a member but the one named (none: '').
pub async fn end_others(tx: &mut Tx, member: Id<Member>, keep: &str) -> db::Result<u64> {
    sql("DELETE FROM sessions WHERE member_id = $1 AND id <> $2").bind(member).bind(keep).execute(tx).await
}

/// Sessions of one transaction.
const BATCH: i64 = 500;

/// Removes what has ended, and forgets from where people signed in so long ago.
pub async fn tidy(app: &App, now: Instant) -> anyhow::Result<()> {
    let mut tx = app.db.write().await?;
    sql("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(&mut tx).await?;
    tx.commit().await?;
    while forget_addresses(app, now - clock::days(app.config.keep.addresses)).await? {}
    Ok(())
}

/// False if that were all.
async fn forget_addresses(app: &App, before: Instant) -> anyhow::Result<bool> {
    let mut tx = app.db.write().await?;
    let batch: Vec<(String, String)> =
        sql("SELECT id_hash, data FROM sessions WHERE ip <> '' AND created_at < $1 ORDER BY created_at LIMIT $2")
            .bind(before)
            .bind(BATCH)
            .all(&mut tx)
            .await?;
    for (hash, data) in &batch {
        // Sessions from before have it in their data, too.
        let mut kept: HashMap<String, Value> = serde_json::from_str(data)?;
        kept.remove(IP);
        // Not over what was written there since it was read: the next round takes that up.
        sql("UPDATE sessions SET ip = '', data = $2 WHERE id_hash = $1 AND data = $3")
            .bind(hash)
            .bind(serde_json::to_string(&kept)?)
            .bind(data)
            .execute(&mut tx)
            .await?;
    }
    tx.commit().await?;
    Ok(!batch.is_empty())
}
