use crate::db::{On, Result, Tx, sql};

/// Every setting of the site that an admin has changed.
pub async fn all(on: impl Into<On<'_>>) -> Result<Vec<(String, String)>> {
    sql("SELECT name, value FROM settings WHERE name LIKE 'site.%'").all(on).await
}

/// One setting, if an admin has changed it.
pub async fn value(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT value FROM settings WHERE name = $1").bind(name).optional(tx).await?;
    Ok(row.map(|(value,)| value))
}

/// Counts changes; none while nothing was changed.
pub async fn version(on: impl Into<On<'_>>) -> Result<Option<(String,)>> {
    sql("SELECT value FROM settings WHERE name = 'site.version'").optional(on).await
}

/// Writes a setting; '' takes it back.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    sql("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .execute(tx)
        .await
        .map(drop)
}

/// Tells every node that something changed.
pub async fn count(tx: &mut Tx) -> Result<()> {
    sql("INSERT INTO settings (name, value) VALUES ('site.version', '1')
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)")
    .execute(tx)
    .await
    .map(drop)
}

/// Whether somebody asked this address to an event, or to help run one.
pub async fn is_invited(on: impl Into<On<'_>>, email_key: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM team_invitations WHERE email_key = $1 AND ended_at IS NULL)
             OR EXISTS (SELECT 1 FROM invitations WHERE email_key = $1 AND state IN ('waiting', 'accepted'))")
    .bind(email_key)
    .scalar(on)
    .await
}

/// Reports of events that wait for an admin.
pub async fn open_reports(on: impl Into<On<'_>>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM reports WHERE settled_at IS NULL").scalar(on).await
}
