//! The tables: one folder of SQL for both engines, in the binary. `NNNN_name.sql` runs on both,
//! `NNNN_name.sqlite.sql` and `NNNN_name.postgres.sql` on their own.
use std::borrow::Cow;

use rust_embed::Embed;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::db::{Db, On, sql};

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/migrations"]
struct Folder;

/// The migrations of one engine, oldest first.
pub fn of(db: &Db) -> anyhow::Result<Migrator> {
    let other = match db {
        Db::Sqlite { .. } => ".postgres",
        Db::Postgres(..) => ".sqlite",
    };
    let mut migrations = Vec::new();
    for file in Folder::iter() {
        let Some(name) = file.strip_suffix(".sql").filter(|name| !name.ends_with(other)) else { continue };
        let (version, description) = name.split_once('_').ok_or_else(|| anyhow::anyhow!("{file} has no number"))?;
        let text = Folder::get(&file).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
        migrations.push(Migration::new(
            version.parse()?,
            Cow::Owned(description.split('.').next().unwrap_or_default().replace('_', " ")),
            MigrationType::Simple,
            AssertSqlSafe(text).into_sql_str(),
            false,
        ));
    }
    Ok(Migrator::with_migrations(migrations))
}

/// Brings the tables up to date, under a lock: of several nodes that start together one does it.
pub async fn run(db: &Db) -> anyhow::Result<()> {
    Ok(db.migrate(&of(db)?).await?)
}

/// Makes an empty database's tables as they were when just these were known.
pub async fn run_these(db: &Db, versions: &[i64]) -> anyhow::Result<()> {
    let these = of(db)?.iter().filter(|migration| versions.contains(&migration.version)).cloned().collect();
    Ok(db.migrate(&Migrator::with_migrations(these)).await?)
}

/// The numbers of those that were applied, in order; an error on an empty database.
pub async fn applied<'a>(on: impl Into<On<'a>>) -> crate::db::Result<Vec<i64>> {
    let rows: Vec<(i64,)> = sql("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version").all(on).await?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

/// Each migration with whether it was applied.
pub async fn status(db: &Db) -> anyhow::Result<Vec<(String, bool)>> {
    let applied = applied(db).await.unwrap_or_default();
    Ok(of(db)?
        .iter()
        .map(|migration| {
            let done = applied.contains(&migration.version);
            (format!("{:04} {}", migration.version, migration.description), done)
        })
        .collect())
}
