//! What is a person's own: a copy of everything that is kept of them, and the end of their account.
pub mod api;
pub mod erasing;
pub mod export;
pub mod letters;
pub mod pages;
pub mod rekeying;
mod rows;
pub mod store;

pub use erasing::{Outcome, Outlook, erase, outlook};

use crate::app::App;
use crate::clock::days;
use crate::letters as mails;

/// Letters that are forgotten in one transaction.
const BATCH: i64 = 500;

/// For so long tax law may ask for whoever paid.
const TAX_YEARS: i64 = 10;

/// Removes what was kept long enough.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    mails::store::forget_last(&mut tx, now - days(1)).await?;
    store::forget_tax_names(&mut tx, now - days(366 * TAX_YEARS)).await?;
    tx.commit().await?;
    rekeying::run(app).await?;
    let Some(kept) = app.config.keep.mails else { return Ok(()) };
    loop {
        let mut tx = app.db.write().await?;
        let done = mails::store::forget_old(&mut tx, now - days(kept), BATCH).await?;
        tx.commit().await?;
        if done == 0 {
            return Ok(());
        }
    }
}
