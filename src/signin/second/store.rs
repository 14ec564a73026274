use super::Factor;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;

pub async fn factor(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Option<Factor>> {
    sql("SELECT secret, last_step, salt FROM second_factors WHERE member_id = $1").bind(member).optional(on).await
}

/// False if there is one already.
pub async fn insert(tx: &mut Tx, member: Id<Member>, factor: &Factor) -> Result<bool> {
    let new = sql("INSERT INTO second_factors (member_id, secret, last_step, salt) VALUES ($1, $2, $3, $4)
         ON CONFLICT (member_id) DO NOTHING")
    .bind(member)
    .bind(&factor.secret)
    .bind(factor.last_step)
    .bind(&factor.salt)
    .execute(tx)
    .await?;
    Ok(new == 1)
}

/// With its recovery codes. False if there was none.
pub async fn remove(tx: &mut Tx, member: Id<Member>) -> Result<bool> {
    drop_codes(tx, member).await?;
    Ok(sql("DELETE FROM second_factors WHERE member_id = $1").bind(member).execute(tx).await? == 1)
}

pub async fn set_last_step(tx: &mut Tx, member: Id<Member>, step: i64) -> Result<()> {
    sql("UPDATE second_factors SET last_step = $2 WHERE member_id = $1")
        .bind(member)
        .bind(step)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_secret(tx: &mut Tx, member: Id<Member>, sealed: &str) -> Result<()> {
    sql("UPDATE second_factors SET secret = $2 WHERE member_id = $1")
        .bind(member)
        .bind(sealed)
        .execute(tx)
        .await
        .map(drop)
}

/// False if there is no second factor.
pub async fn set_salt(tx: &mut Tx, member: Id<Member>, salt: &str) -> Result<bool> {
    let set =
        sql("UPDATE second_factors SET salt = $2 WHERE member_id = $1").bind(member).bind(salt).execute(tx).await?;
    Ok(set == 1)
}

pub async fn insert_codes(tx: &mut Tx, member: Id<Member>, hashes: &[String]) -> Result<()> {
    for hash in hashes {
        sql("INSERT INTO recovery_codes (code_hash, member_id) VALUES ($1, $2)")
            .bind(hash)
            .bind(member)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// False if it is not theirs, or used.
pub async fn use_recovery_code(tx: &mut Tx, member: Id<Member>, hash: &str, now: Instant) -> Result<bool> {
    let used =
        sql("UPDATE recovery_codes SET used_at = $3 WHERE code_hash = $1 AND member_id = $2 AND used_at IS NULL")
            .bind(hash)
            .bind(member)
            .bind(now)
            .execute(tx)
            .await?;
    Ok(used == 1)
}

pub async fn drop_codes(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("DELETE FROM recovery_codes WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}

/// How many still work.
pub async fn codes_left(on: impl Into<On<'_>>, member: Id<Member>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM recovery_codes WHERE member_id = $1 AND used_at IS NULL").bind(member).scalar(on).await
}
