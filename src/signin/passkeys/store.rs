use super::Passkey;
use super::challenges::Purpose;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;

/// All of a member, the oldest first.
pub async fn of(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Vec<Passkey>> {
    sql("SELECT * FROM passkeys WHERE member_id = $1 ORDER BY created_at, id").bind(member).all(on).await
}

pub async fn by_credential(on: impl Into<On<'_>>, credential: &str) -> Result<Option<Passkey>> {
    sql("SELECT * FROM passkeys WHERE credential = $1").bind(credential).optional(on).await
}

pub async fn exists(on: impl Into<On<'_>>, id: Id<Passkey>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM passkeys WHERE id = $1)").bind(id).scalar(on).await
}

/// False if it opens an account already.
pub async fn insert(tx: &mut Tx, passkey: &Passkey) -> Result<bool> {
    let new = sql("INSERT INTO passkeys (id, member_id, credential, public_key, name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential) DO NOTHING")
    .bind(passkey.id)
    .bind(passkey.member_id)
    .bind(&passkey.credential)
    .bind(&passkey.public_key)
    .bind(&passkey.name)
    .bind(passkey.created_at)
    .execute(tx)
    .await?;
    Ok(new == 1)
}

/// Notes that one was used. False if its counter moved on since it was looked at, or if it is gone.
pub async fn set_used(tx: &mut Tx, was: &Passkey, public_key: &str, now: Instant) -> Result<bool> {
    let used = sql("UPDATE passkeys SET public_key = $3, last_used_at = $4 WHERE id = $1 AND public_key = $2")
        .bind(was.id)
        .bind(&was.public_key)
        .bind(public_key)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(used == 1)
}

/// False if it is not theirs.
pub async fn set_name(tx: &mut Tx, member: Id<Member>, id: Id<Passkey>, name: &str) -> Result<bool> {
    let named = sql("UPDATE passkeys SET name = $3 WHERE id = $1 AND member_id = $2").bind(id).bind(member);
    Ok(named.bind(name).execute(tx).await? == 1)
}

pub async fn remove(tx: &mut Tx, id: Id<Passkey>) -> Result<()> {
    sql("DELETE FROM passkeys WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

pub async fn remove_all(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("DELETE FROM passkeys WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}

pub async fn insert_challenge(
    tx: &mut Tx,
    hash: &str,
    purpose: Purpose,
    session: &str,
    state: &str,
    until: Instant,
) -> Result<()> {
    sql("INSERT INTO passkey_challenges (id_hash, purpose, session, state, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(hash)
        .bind(purpose)
        .bind(session)
        .bind(state)
        .bind(until)
        .execute(tx)
        .await
        .map(drop)
}

/// Its state; gone from now on, also for whoever has no right to it.
pub async fn take_challenge(
    tx: &mut Tx,
    hash: &str,
    purpose: Purpose,
    session: &str,
    now: Instant,
) -> Result<Option<String>> {
    let row: Option<(Purpose, String, String, Instant)> =
        sql("DELETE FROM passkey_challenges WHERE id_hash = $1 RETURNING purpose, session, state, expires_at")
            .bind(hash)
            .optional(tx)
            .await?;
    let good = row.filter(|(of, by, _, until)| *of == purpose && by == session && now < *until);
    Ok(good.map(|(_, _, state, _)| state))
}

pub async fn forget_challenges(tx: &mut Tx, now: Instant) -> Result<()> {
    sql("DELETE FROM passkey_challenges WHERE expires_at <= $1").bind(now).execute(tx).await.map(drop)
}
