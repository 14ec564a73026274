//! People who were asked to an event and did not come: a while after it, it is forgotten who they were. How many were
//! asked, and what became of each, stays as numbers. Whoever has a place stays known by that.
mod store;

use crate::app::App;
use crate::clock::{self, Instant};

/// People of one transaction.
const BATCH: i64 = 200;

/// Forgets those of events that have been over for long enough. Twice is harmless; it goes on where it stopped.
pub async fn run(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(app.config.keep.invitations);
    let from = store::forgotten_until(&app.db).await?.and_then(|micros| micros.parse().ok());
    let from = Instant::from_micros(from.unwrap_or_default());
    loop {
        let mut tx = app.db.write().await?;
        let some = store::to_forget(&mut tx, (from, before), BATCH).await?;
        for (id, email_key) in &some {
            store::forget(&mut tx, *id, email_key).await?;
        }
        if some.is_empty() {
            store::remember(&mut tx, before.max(from)).await?;
        }
        tx.commit().await?;
        if some.is_empty() {
            return Ok(());
        }
    }
}
