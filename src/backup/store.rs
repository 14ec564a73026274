//! What a backup asks of rows beside copying them.
use crate::clock::Instant;
use crate::db::{Db, Result, Tx, sql};

/// How the names of all uploads begin that rows speak of.
pub async fn uploads(tx: &mut Tx) -> Result<Vec<(String,)>> {
    sql("SELECT cover_key FROM events WHERE cover_key IS NOT NULL
         UNION ALL SELECT 'avatars/' || avatar FROM members WHERE avatar IS NOT NULL
         UNION ALL SELECT value FROM settings WHERE name = 'site.logo' AND value <> ''")
    .all(tx)
    .await
}

/// Writes down that a backup was made now, for the operator who asks how the site does.
pub async fn remember(tx: &mut Tx, now: Instant) -> Result<()> {
    sql("INSERT INTO settings (name, value) VALUES ('last_backup', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value")
    .bind(now.micros().to_string())
    .execute(tx)
    .await
    .map(drop)
}

pub async fn last(db: &Db) -> Result<Option<String>> {
    let found: Option<(String,)> = sql("SELECT value FROM settings WHERE name = 'last_backup'").optional(db).await?;
    Ok(found.map(|(value,)| value))
}

pub async fn no_members(tx: &mut Tx) -> Result<bool> {
    sql("SELECT NOT EXISTS (SELECT 1 FROM members)").scalar(tx).await
}
