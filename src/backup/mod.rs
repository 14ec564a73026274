//! A whole site in one file, taken while it runs, and put back on either engine: `backup` and `restore`,
//! which are `export` and `import` as well.
//!
//! These block on the disk: they are commands, with a process to themselves.
mod archive;
mod store;
mod tables;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

pub use self::archive::{Manifest, verify};
pub use self::tables::Table;
use crate::app::App;
use crate::clock::Instant;
use crate::db::Db;
use crate::jobs::{self, Job};
use crate::{journal, migrations, orders};

/// How often a backup starts afresh because a picture was exchanged under it.
const TRIES: usize = 3;

/// Writes everything but the settings and keys into a new file, reads it back, and only then gives it its name.
pub async fn backup(app: &App, to: &Path) -> anyhow::Result<Manifest> {
    ensure!(!to.exists(), "{} exists already; give the backup a name of its own", to.display());
    let part = Part(beside(to));
    for _ in 0..TRIES {
        if write(app, &part.0).await.map_err(|error| in_words(error, to))? {
            let manifest = verify(&part.0).context("What was written reads back differently")?;
            std::fs::rename(&part.0, to).with_context(|| format!("{} cannot be written", to.display()))?;
            let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            std::fs::File::open(folder)?.sync_all()?;
            let mut tx = app.db.write().await?;
            store::remember(&mut tx, app.clock.now()).await?;
            tx.commit().await?;
            return Ok(manifest);
        }
    }
    bail!("Pictures were exchanged all the while; try again")
}

/// A file that is not whole yet. However its making ends, it is gone then, unless it got its name.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// What the operator can do about a backup that found no room.
fn in_words(error: anyhow::Error, to: &Path) -> anyhow::Error {
    let full = |cause: &(dyn std::error::Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
    };
    if error.chain().any(full) {
        return error.context(format!("The disk of {} is full: give the backup one with more room", to.display()));
    }
    error
}

fn beside(to: &Path) -> PathBuf {
    let mut name = OsString::from(to);
    name.push(".part");
    name.into()
}

/// False if an upload that the rows name is there no more.
async fn write(app: &App, part: &Path) -> anyhow::Result<bool> {
    let mut archive = archive::Writer::create(part)?;
    let mut tx = app.db.read().await?;
    let taken_at = app.clock.now().micros();
    let applied = migrations::applied(&mut tx).await.context("This database has no tables of Marquee yet")?;
    let tables =
        tables::dump(&mut tx, |table, chunk, lines| archive.add(&format!("tables/{table}/{chunk:06}.ndjson"), lines))
            .await?;
    let named = store::uploads(&mut tx).await?;
    drop(tx);
    let mut there = app.files.list().await?;
    there.sort();
    for key in &there {
        // One that is gone by now was named by nobody, or is looked for below.
        if let Some(bytes) = app.files.get(key).await? {
            archive.add(&format!("files/{key}"), &bytes)?;
        }
    }
    if named.iter().any(|(key,)| !archive.has_some(&format!("files/{key}"))) {
        return Ok(false);
    }
    archive.finish(taken_at, applied, tables)?;
    Ok(true)
}

/// When the last backup of this site was made.
pub async fn last(db: &Db) -> anyhow::Result<Option<Instant>> {
    let micros = store::last(db).await?.and_then(|micros| micros.parse().ok());
    Ok(micros.map(Instant::from_micros))
}

/// Puts a backup into an empty database and its uploads beside it, and brings the tables up to date. Answers what
/// was in it, and where its journal and its tables differ: nowhere, if all is well.
pub async fn restore(app: &App, from: &Path) -> anyhow::Result<(Manifest, Vec<String>)> {
    let manifest = verify(from).with_context(|| format!("{} cannot be restored", from.display()))?;
    let known: Vec<i64> = migrations::of(&app.db)?.iter().map(|migration| migration.version).collect();
    ensure!(
        manifest.migrations.iter().all(|version| known.contains(version)),
        "It was made by Marquee {}, which is newer than this one",
        manifest.marquee
    );
    make_room(app, &manifest).await?;
    let mut loading = tables::Loading::begin(&app.db, &manifest.tables).await?;
    let mut rows = 0;
    for entry in archive::entries(from) {
        let (name, bytes) = entry?;
        match name.split('/').collect::<Vec<_>>()[..] {
            ["tables", table, _] => {
                let table = manifest.tables.iter().find(|known| known.name == table).context("a table of no name")?;
                rows += loading.load(table, &bytes).await?;
            }
            ["files", ..] => app.files.put(&name["files/".len()..], bytes).await?,
            _ => bail!("{name} is nothing that a backup has"),
        }
    }
    ensure!(rows == manifest.rows(), "{rows} rows were written of {}", manifest.rows());
    loading.commit().await?;
    migrations::run(&app.db).await?;
    let mut tx = app.db.write().await?;
    jobs::enqueue(&mut tx, Job::FillFinding { after: None }, app.clock.now()).await?;
    tx.commit().await?;
    Ok((manifest, orders::verify::run(&app.db).await?))
}

/// Makes the tables as they were when the backup was made. A database in which anything happened is left alone.
async fn make_room(app: &App, manifest: &Manifest) -> anyhow::Result<()> {
    let mut tx = app.db.read().await?;
    let applied = migrations::applied(&mut tx).await.unwrap_or_default();
    if applied.is_empty() {
        drop(tx);
        return migrations::run_these(&app.db, &manifest.migrations).await;
    }
    let empty = store::no_members(&mut tx).await? && journal::since(&mut tx, 0, 1).await?.is_empty();
    ensure!(
        empty && applied == manifest.migrations,
        "This database is not empty. Restore into a new one: another DATABASE_URL, or another MARQUEE_DATA_DIR"
    );
    Ok(())
}
