//! Guests who have yet to use the mailed link: there is a limit to what those of one address keep so. Who never used it
//! is forgotten after a while. What they asked for stays as numbers.
mod store;

use super::{Order, Refusal};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::ids::Id;
use crate::jobs;
use crate::web::limits::GUEST_HOLDS;

/// People of one transaction.
const BATCH: i64 = 200;
/// Under which name it stands up to when this is done.
const UNTIL: &str = "guests_forgotten_until";

/// Counts one more that `guest` has yet to confirm, and refuses one too many: then nothing is counted, since its
/// transaction is not kept. `None` is a member, who has nothing to confirm.
pub(super) async fn count(tx: &mut Tx, guest: Option<&str>, now: Instant) -> Result<(), Refusal> {
    let Some(whose) = guest else { return Ok(()) };
    match GUEST_HOLDS.take_in(tx, whose, now).await? {
        Some(wait_seconds) => Err(Refusal::TooManyWaiting { wait_seconds }),
        None => Ok(()),
    }
}

/// Forgets who asked for one order.
pub(super) async fn forget_one(tx: &mut Tx, order: Id<Order>) -> crate::db::Result<()> {
    store::forget_order(tx, order).await
}

/// Forgets those whose orders and waits ended long enough ago. Twice is harmless; it goes on where it stopped.
pub async fn forget(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - clock::days(app.config.keep.guests);
    let from = jobs::store::done_until(&app.db, UNTIL).await?;
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
            jobs::store::set_done_until(&mut tx, UNTIL, before.max(from)).await?;
        }
        tx.commit().await?;
        if done {
            return Ok(());
        }
    }
}
