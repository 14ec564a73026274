use super::{Choice, Kind};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;

pub async fn unwanted(on: impl Into<On<'_>>, address_hash: &str) -> Result<Vec<Kind>> {
    let rows: Vec<(Kind,)> =
        sql("SELECT kind FROM unwanted_mails WHERE address_hash = $1 ORDER BY kind").bind(address_hash).all(on).await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

/// The addresses, hashed, that do not want mails of a kind.
pub async fn addresses(on: impl Into<On<'_>>, kind: Kind) -> Result<Vec<(String,)>> {
    sql("SELECT address_hash FROM unwanted_mails WHERE kind = $1").bind(kind).all(on).await
}

/// `None` if it was unwanted before.
pub async fn insert(tx: &mut Tx, address_hash: &str, kind: Kind, now: Instant) -> Result<Option<Id<Choice>>> {
    let row: Option<(Id<Choice>,)> = sql("INSERT INTO unwanted_mails (id, address_hash, kind, since)
         VALUES ($1, $2, $3, $4) ON CONFLICT (address_hash, kind) DO NOTHING RETURNING id")
    .bind(Id::<Choice>::new())
    .bind(address_hash)
    .bind(kind)
    .bind(now)
    .optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

/// `None` if it was wanted anyway.
pub async fn remove(tx: &mut Tx, address_hash: &str, kind: Kind) -> Result<Option<Id<Choice>>> {
    let row: Option<(Id<Choice>,)> =
        sql("DELETE FROM unwanted_mails WHERE address_hash = $1 AND kind = $2 RETURNING id")
            .bind(address_hash)
            .bind(kind)
            .optional(tx)
            .await?;
    Ok(row.map(|(id,)| id))
}
