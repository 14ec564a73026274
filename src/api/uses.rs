//! When tokens were last used: kept in memory and written down at the beat of the views, since whoever calls should not
//! wait for a write that tells them nothing.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::store;
use super::tokens::Token;
use crate::app::App;
use crate::clock::Instant;
use crate::db;
use crate::ids::Id;

/// Tokens of one transaction.
const BATCH: usize = 200;

/// What this process has not written down yet. One that is killed loses its last beat.
#[derive(Clone, Default)]
pub struct Uses(Arc<Mutex<HashMap<Id<Token>, Instant>>>);

impl Uses {
    pub fn note(&self, token: Id<Token>, now: Instant) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = uses.entry(token).or_insert(now);
        *last = now.max(*last);
    }

    /// All of them, in an order that is the same on every node: so no two wait for each other's rows.
    fn taken(&self) -> Vec<(Id<Token>, Instant)> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut uses: Vec<_> = uses.into_iter().collect();
        uses.sort_unstable_by_key(|(token, _)| *token);
        uses
    }
}

/// Writes down what was noted. What cannot be written is kept for the next time.
pub async fn flush(app: &App) -> db::Result<()> {
    let mut failed = Ok(());
    for batch in app.uses.taken().chunks(BATCH) {
        if failed.is_ok() {
            failed = decide!(app.db, tx, store::touch(tx, batch).await);
        }
        if failed.is_err() {
            batch.iter().for_each(|(token, at)| app.uses.note(*token, *at));
        }
    }
    failed
}
