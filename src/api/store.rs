use super::tokens::Token;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, later, sql};
use crate::ids::Id;
use crate::members::Member;

pub async fn insert(tx: &mut Tx, t: &Token, hash: &str) -> Result<()> {
    sql("INSERT INTO api_tokens (id, member_id, name, token_hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(t.id)
        .bind(t.member_id)
        .bind(&t.name)
        .bind(hash)
        .bind(&t.scopes)
        .bind(t.created_at)
        .bind(t.expires_at)
        .execute(tx)
        .await
        .map(drop)
}

/// A token with its member.
#[derive(sqlx::FromRow)]
pub struct Owned {
    #[sqlx(flatten)]
    pub member: Member,
    token_id: Id<Token>,
    token_name: String,
    scopes: String,
    token_created_at: Instant,
    expires_at: Option<Instant>,
    last_used_at: Option<Instant>,
}

impl Owned {
    pub fn token(&self) -> Token {
        Token {
            id: self.token_id,
            member_id: self.member.id,
            name: self.token_name.clone(),
            scopes: self.scopes.clone(),
            created_at: self.token_created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
        }
    }
}

pub async fn by_hash(on: impl Into<On<'_>>, hash: &str) -> Result<Option<Owned>> {
    sql("SELECT m.*, t.id AS token_id, t.name AS token_name, t.scopes, t.created_at AS token_created_at, t.expires_at,
                t.last_used_at
         FROM api_tokens t JOIN members m ON m.id = t.member_id WHERE t.token_hash = $1")
    .bind(hash)
    .optional(on)
    .await
}

/// A member's tokens, the newest first.
pub async fn of(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Vec<Token>> {
    sql("SELECT id, member_id, name, scopes, created_at, expires_at, last_used_at FROM api_tokens
         WHERE member_id = $1 ORDER BY created_at DESC, id DESC")
    .bind(member)
    .all(on)
    .await
}

pub async fn count(on: impl Into<On<'_>>, member: Id<Member>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM api_tokens WHERE member_id = $1").bind(member).scalar(on).await
}

/// When tokens were last used; another node may know of a later use.
pub async fn touch(tx: &mut Tx, uses: &[(Id<Token>, Instant)]) -> Result<()> {
    for (id, at) in uses {
        later(
            tx,
            "UPDATE api_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
        )
        .bind(*id)
        .bind(*at)
        .write()
        .await?;
    }
    Ok(())
}

/// False if it is not theirs, or gone.
pub async fn remove(tx: &mut Tx, id: Id<Token>, member: Id<Member>) -> Result<bool> {
    Ok(sql("DELETE FROM api_tokens WHERE id = $1 AND member_id = $2").bind(id).bind(member).execute(tx).await? == 1)
}

pub async fn remove_all(tx: &mut Tx, member: Id<Member>) -> Result<u64> {
    sql("DELETE FROM api_tokens WHERE member_id = $1").bind(member).execute(tx).await
}

/// Tokens that ended before then: until then their owner sees that they have.
pub async fn forget_tokens(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM api_tokens WHERE expires_at < $1").bind(before).execute(tx).await.map(drop)
}
