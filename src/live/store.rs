use super::tickets::Ticket;
use crate::clock::Instant;
use crate::db::{Result, Tx, sql};

pub async fn insert(tx: &mut Tx, hash: &str, t: &Ticket, expires_at: Instant) -> Result<()> {
    sql("INSERT INTO live_tickets (ticket_hash, member_id, session_id, token_id, hosts, ends_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(hash)
    .bind(t.member_id)
    .bind(&t.session_id)
    .bind(t.token_id)
    .bind(t.hosts)
    .bind(t.ends_at)
    .bind(expires_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Takes a ticket away, good or not.
pub async fn take(tx: &mut Tx, hash: &str) -> Result<Option<Ticket>> {
    sql("DELETE FROM live_tickets WHERE ticket_hash = $1
         RETURNING member_id, session_id, token_id, hosts, ends_at, expires_at")
    .bind(hash)
    .optional(tx)
    .await
}

pub async fn forget(tx: &mut Tx, now: Instant) -> Result<()> {
    sql("DELETE FROM live_tickets WHERE expires_at <= $1").bind(now).execute(tx).await.map(drop)
}
