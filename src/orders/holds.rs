//! Holds whose time has come: their places are freed, once.
//!
//! What nobody began to pay needs this site alone, and ends at once. What may be being paid is closed at the provider
//! first, by jobs that wait for it beside everything else: one that is silent keeps no other places.
use super::facts::OrderFact;
use super::{Order, OrderState, Refusal, ending, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::ids::Id;
use crate::jobs;
use crate::journal::{self, Actor};
use crate::payments::{self, Payment};

/// How much longer places are kept when the provider cannot say whether money came.
const UNREACHABLE: jiff::SignedDuration = crate::clock::minutes(10);

/// Ends a hold whose time has come, or queues what asks the provider about it first.
pub async fn end_hold(app: &App, id: Id<Order>) -> anyhow::Result<()> {
    match over_since(app, id).await? {
        Some(_) => end(app, id, false).await,
        None => Ok(()),
    }
}

/// Closes at the provider what is being paid of a hold whose time has come, and ends it.
pub async fn close_hold(app: &App, id: Id<Order>) -> anyhow::Result<()> {
    let Some(until) = over_since(app, id).await? else { return Ok(()) };
    if payments::settle::close(app, id).await? == payments::settle::Closed::Unreachable
        && app.clock.now() < until + UNREACHABLE
    {
        anyhow::bail!("the payment provider does not answer: the places of order {id} are kept for now");
    }
    end(app, id, true).await
}

/// Since when the hold of an order is over; none if it is not.
async fn over_since(app: &App, id: Id<Order>) -> db::Result<Option<Instant>> {
    let order = store::by_id(&app.db, id).await?.filter(Order::is_held);
    Ok(order.and_then(|order| order.held_until).filter(|until| *until <= app.clock.now()))
}

async fn end(app: &App, id: Id<Order>, closed: bool) -> anyhow::Result<()> {
    let now = app.clock.now();
    match decide!(app.db, tx, end_overdue(tx, id, closed, now).await) {
        Ok(()) | Err(Refusal::NotLive) => Ok(()),
        Err(Refusal::Broken(error)) => Err(error),
        Err(refusal) => anyhow::bail!("{refusal}"),
    }
}

/// `closed`: no money comes any more, as far as the provider could be asked. Nobody begins to pay what is overdue, so
/// without an open payment that is so as well.
async fn end_overdue(tx: &mut Tx, id: Id<Order>, closed: bool, now: Instant) -> Result<(), Refusal> {
    let (_, order) = ending::lock(tx, id).await?;
    let Some(until) = order.held_until.filter(|until| order.is_held() && *until <= now) else { return Ok(()) };
    if !closed && payments::store::of_order(&mut *tx, id).await?.iter().any(Payment::is_open) {
        return Ok(jobs::enqueue_closing(tx, id, until).await?);
    }
    ending::free(tx, &order, OrderState::Ended, now).await?;
    journal::append(tx, &order.stream(), &OrderFact::HoldEnded, Actor::Site, now).await?;
    Ok(())
}

/// Ends all holds whose time has come: what heals a lost job.
pub async fn sweep_holds(app: &App) -> anyhow::Result<()> {
    for id in store::overdue(&app.db, app.clock.now(), 500).await? {
        // One that cannot be ended must not keep the others; the next sweep is a minute away.
        if let Err(error) = end_hold(app, id).await {
            tracing::warn!(order = %id, error = format!("{error:#}"), "a hold was not ended");
        }
    }
    Ok(())
}
