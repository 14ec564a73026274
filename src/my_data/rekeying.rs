//! Addresses that were written down before the program made the keys by which they are compared: SQLite's LOWER left
//! capitals outside of ASCII as they were. Once, all are looked at, and those that differ get the key that the program
//! makes; names get theirs, by which they are searched for, at the same time. Where two accounts would become one,
//! neither is changed: which of them is whose, a person must find out.
use std::collections::HashMap;

use super::store::keys::{self, Keyed, Row};
use crate::app::App;
use crate::db::{Db, folded};
use crate::forms::Email;

/// Rows that are read at once.
const BATCH: i64 = 500;

/// Looks at all of them, unless that was done. Stopped half-way it begins again, and what is right stays.
pub async fn run(app: &App) -> anyhow::Result<()> {
    if keys::looked_at(&app.db).await? {
        return Ok(());
    }
    let (wrong, _) = members(&app.db).await?;
    write(app, &keys::MEMBERS, &wrong, Email::key_of).await?;
    for table in &keys::OTHERS {
        put_right(app, table, Email::key_of).await?;
    }
    for table in &keys::NAMES {
        put_right(app, table, folded).await?;
    }
    let mut tx = app.db.write().await?;
    keys::remember(&mut tx, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// What the program makes of an address, or of a name.
type Key = fn(&str) -> String;

async fn put_right(app: &App, table: &Keyed, key: Key) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let batch = keys::behind(&app.db, table, &after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after.clone_from(&last.id);
        let wrong: Vec<_> = batch.into_iter().filter(|row| key(&row.text) != row.key).collect();
        write(app, table, &wrong, key).await?;
    }
}

/// How many accounts have an address that is another account's, too, but for how it is written.
pub async fn alike(db: &Db) -> anyhow::Result<usize> {
    Ok(members(db).await?.1)
}

fn is_wrong(row: &Row) -> bool {
    Email::key_of(&row.text) != row.key
}

/// Accounts whose key can be made right, and how many stand in each other's way.
async fn members(db: &Db) -> anyhow::Result<(Vec<Row>, usize)> {
    let (mut after, mut wrong, mut theirs) = (String::new(), Vec::new(), HashMap::<String, usize>::new());
    loop {
        let batch = keys::behind(db, &keys::MEMBERS, &after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after.clone_from(&last.id);
        // Only addresses that are not plain ASCII could be written in two ways that differ here.
        for row in batch.into_iter().filter(|row| !row.text.is_ascii() || is_wrong(row)) {
            *theirs.entry(Email::key_of(&row.text)).or_default() += 1;
            if is_wrong(&row) {
                wrong.push(row);
            }
        }
    }
    let alike = theirs.values().filter(|accounts| **accounts > 1).sum();
    wrong.retain(|row| theirs.get(&Email::key_of(&row.text)) == Some(&1));
    Ok((wrong, alike))
}

async fn write(app: &App, table: &Keyed, rows: &[Row], key: Key) -> anyhow::Result<()> {
    for batch in rows.chunks(100) {
        let mut tx = app.db.write().await?;
        for row in batch {
            keys::set(&mut tx, table, row, &key(&row.text)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
