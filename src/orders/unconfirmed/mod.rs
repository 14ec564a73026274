//! Guests who asked for places and never used the mailed link: after a while it is forgotten who they were. What they
//! asked for stays as numbers.
mod store;

use crate::app::App;
use crate::clock::{self, Instant};

/// People of one transaction.
const BATCH: i64 = 200;

/// Forgets those whose orders and waits ended long enough ago. Twice is harmless; it goes on where it stopped.
pub async fn forget(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(app.config.keep.guests);
    let from = store::forgotten_until(&app.db).await?.and_then(|micros| micros.parse().ok());
    let from = Instant::from_micros(from.unwrap_or_default());
    loop {
        let mut tx = app.db.write().await?;
        let orders = store::orders(&mut tx, (from, before), BATCH).await?;
        let parties = store::parties(&mut tx, (from, before), BATCH).await?;
        for (order,) in &orders {
            store::forget_order(&mut tx, *order).await?;
        }
        for (party,) in &parties {
            store::forget_party(&mut tx, *party).await?;
        }
        let done = orders.is_empty() && parties.is_empty();
        if done {
            store::remember(&mut tx, before.max(from)).await?;
        }
        tx.commit().await?;
        if done {
            return Ok(());
        }
    }
}
