//! People who were asked to an event and did not come: a while after it, it is forgotten who they were. How many were
//! asked, and what became of each, stays as numbers. Whoever has a place stays known by that.
mod store;

use crate::app::App;
use crate::clock;
use crate::jobs;

/// People of one transaction.
const BATCH: i64 = 200;
/// Under which name it stands up to when this is done.
const UNTIL: &str = "invitations_forgotten_until";

/// Forgets those of events that have been over for long enough. Twice is harmless; it goes on where it stopped.
pub async fn run(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(app.config.keep.invitations);
    let from = jobs::store::done_until(&app.db, UNTIL).await?;
    loop {
        let mut tx = app.db.write().await?;
        let some = store::to_forget(&mut tx, (from, before), BATCH).await?;
        for (id, email_key) in &some {
            store::forget(&mut tx, *id, email_key).await?;
        }
        if some.is_empty() {
            jobs::store::set_done_until(&mut tx, UNTIL, before.max(from)).await?;
        }
        tx.commit().await?;
        if some.is_empty() {
            return Ok(());
        }
    }
}
