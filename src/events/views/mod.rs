//! How often an event's page was opened: counted in memory and written down at a steady beat, without cookies.
pub mod funnel;
pub mod pages;
pub mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::app::App;
use crate::db::{self, Tx};
use crate::events::finding;

/// Events with views in one beat; those of others are not counted, so that memory ends somewhere.
const MOST: usize = 50_000;
/// Rows of one transaction.
const BATCH: usize = 200;

/// Which event, by the slug of its page, and on which of the site's days.
type Key = (String, Date);

/// The views of this process that are not written down yet.
///
/// What is counted is an opening of /events/{slug}: a browser asked for the page itself and got it. Opened again it
/// counts again; nothing is stored that could tell two visitors apart. Left out are those who run the event, while
/// they are signed in; programs that say in their `User-Agent` that they are one, or say nothing; pages fetched ahead;
/// previews and frames. A program that calls itself a browser counts. A process that is killed loses its last beat.
#[derive(Clone, Default)]
pub struct Views(Arc<Mutex<HashMap<Key, i64>>>);

impl Views {
    pub fn count(&self, slug: &str, day: Date) {
        self.add((slug.to_owned(), day), 1);
    }

    fn add(&self, key: Key, views: i64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = counts.len() < MOST;
        match counts.get_mut(&key) {
            Some(count) => *count += views,
            None if room => drop(counts.insert(key, views)),
            None => {}
        }
    }

    /// All of them, in an order that is the same on every node: so no two wait for each other's rows.
    fn taken(&self) -> Vec<(Key, i64)> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable();
        counts
    }
}

/// Writes down what was counted. What cannot be written is kept for the next time.
pub async fn flush(app: &App) -> db::Result<()> {
    let mut failed = Ok(());
    for batch in app.views.taken().chunks(BATCH) {
        if failed.is_ok() {
            failed = decide!(app.db, tx, add(tx, batch).await);
        }
        if failed.is_err() {
            for (key, views) in batch {
                app.views.add(key.clone(), *views);
            }
        }
    }
    failed
}

async fn add(tx: &mut Tx, batch: &[(Key, i64)]) -> db::Result<()> {
    for ((slug, day), views) in batch {
        store::add(tx, slug, *day, *views).await?;
    }
    Ok(())
}

/// Days of events that are forgotten in one transaction.
const FORGOTTEN: i64 = 500;

/// Removes the counts of days that are long enough ago, by the site's clocks.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let before = finding::today(app).checked_sub(app.config.keep.views.days())?;
    loop {
        let done: anyhow::Result<u64> = decide!(app.db, tx, Ok(store::forget(tx, before, FORGOTTEN).await?));
        if done? == 0 {
            return Ok(());
        }
    }
}
