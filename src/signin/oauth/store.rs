use super::Identity;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::forms::Email;
use crate::ids::Id;
use crate::members::Member;

pub async fn by_subject(on: impl Into<On<'_>>, issuer: &str, subject: &str) -> Result<Option<Identity>> {
    sql("SELECT * FROM identities WHERE issuer = $1 AND subject = $2").bind(issuer).bind(subject).optional(on).await
}

/// All of a member, the oldest first.
pub async fn of(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Vec<Identity>> {
    sql("SELECT * FROM identities WHERE member_id = $1 ORDER BY created_at, id").bind(member).all(on).await
}

/// False if it opens an account already.
pub async fn insert(tx: &mut Tx, of: &Identity) -> Result<bool> {
    let new = sql(
        "INSERT INTO identities (id, member_id, provider, issuer, subject, email, email_key, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (issuer, subject) DO NOTHING",
    )
    .bind(of.id)
    .bind(of.member_id)
    .bind(of.provider)
    .bind(&of.issuer)
    .bind(&of.subject)
    .bind(&of.email)
    .bind(&of.email_key)
    .bind(of.created_at)
    .bind(of.last_used_at)
    .execute(tx)
    .await?;
    Ok(new == 1)
}

pub async fn set_used(tx: &mut Tx, id: Id<Identity>, email: Option<&Email>, now: Instant) -> Result<()> {
    sql("UPDATE identities SET email = $2, email_key = $3, last_used_at = $4 WHERE id = $1")
        .bind(id)
        .bind(email.map_or("", |email| email.address.as_str()))
        .bind(email.map_or("", |email| email.key.as_str()))
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn remove(tx: &mut Tx, id: Id<Identity>) -> Result<()> {
    sql("DELETE FROM identities WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

pub async fn remove_all(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("DELETE FROM identities WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}

/// Notes that somebody came back from a trip. False if somebody did before.
pub async fn use_trip(tx: &mut Tx, state: &str, now: Instant) -> Result<bool> {
    let new = sql("INSERT INTO trips_used (state, used_at) VALUES ($1, $2) ON CONFLICT (state) DO NOTHING")
        .bind(state)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(new == 1)
}

pub async fn is_used(on: impl Into<On<'_>>, state: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM trips_used WHERE state = $1)").bind(state).scalar(on).await
}

pub async fn forget_trips(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM trips_used WHERE used_at < $1").bind(before).execute(tx).await.map(drop)
}
