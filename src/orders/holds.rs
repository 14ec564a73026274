//! Holds whose time has come: their places are freed, once.
//!
//! What nobody began to pay needs this site alone, and ends at once. What may be being paid is closed at the provider
//! first, by jobs that wait for it beside everything else: one that is silent keeps no other places.
use super::facts::OrderFact;
use super::{Hold, Order, OrderState, Refusal, ending, paying, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::events::{self, Event};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::Letter;
use crate::payments::{self, Payment};

/// How much longer places are kept when the provider cannot say whether money came.
const UNREACHABLE: jiff::SignedDuration = crate::clock::minutes(10);

/// Orders that are kept longer in one transaction.
const BATCH: i64 = 100;

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
    let (event, order) = ending::lock(tx, id).await?;
    let Some(until) = order.held_until.filter(|until| order.is_held() && *until <= now) else { return Ok(()) };
    if !closed && payments::store::of_order(&mut *tx, id).await?.iter().any(Payment::is_open) {
        return Ok(jobs::enqueue_closing(tx, id, until).await?);
    }
    let owed_until = paying::owed_until(tx, &order).await?;
    if let Some(later) = owed_until.filter(|until| is_still_owed(&event, *until, now)) {
        return Ok(owe(tx, &order, later, now).await?);
    }
    ending::free(tx, &order, OrderState::Ended, now).await?;
    journal::append(tx, &order.stream(), &OrderFact::HoldEnded, Actor::Site, now).await?;
    // Who counted on them is told. At the door the deadline is the end: then there is nothing left to tell.
    let counted_on = owed_until.is_some() || order.is_expected();
    if counted_on && !event.is_past(now) && !event.is_cancelled() {
        ending::write_to_buyer(tx, &order, Letter::OrderCancelled { order: id }, now).await?;
    }
    Ok(())
}

/// Whether places that were promised until then are kept although their hold is over: somebody tried to pay them at
/// last, and the host's deadline went away from them meanwhile.
fn is_still_owed(event: &Event, until: Instant, now: Instant) -> bool {
    until > now && !event.is_cancelled() && event.pay_later_until().is_some_and(|deadline| deadline > now)
}

/// The host changed the event: what is owed there is kept until the deadline that it has now, by a job of its own. What
/// was promised for longer keeps its promise.
pub async fn deadline_moved(tx: &mut Tx, event: &Event, now: Instant) -> db::Result<()> {
    let Some(until) = event.pay_later_until().filter(|until| *until > now) else { return Ok(()) };
    if store::owed_before(&mut *tx, event.id, until, "", 1).await?.is_empty() {
        return Ok(());
    }
    jobs::enqueue(tx, Job::KeepOwed { event: event.id, after: None }, now).await
}

/// Keeps what is owed at an event until its deadline: one batch, and a job for the next. What runs out before it comes
/// is kept when its hold is to end.
pub async fn keep_owed(app: &App, event: Id<Event>, after: Option<Id<Order>>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let kept: db::Result<()> = decide!(app.db, tx, keep_some(tx, event, after, now).await);
    Ok(kept?)
}

/// The event is locked, as by all who end or pay what is owed there: its deadline is the one that it has now.
async fn keep_some(tx: &mut Tx, event: Id<Event>, after: Option<Id<Order>>, now: Instant) -> db::Result<()> {
    let Some(event) = events::store::lock(tx, event).await?.filter(|event| !event.is_cancelled()) else {
        return Ok(());
    };
    let Some(until) = event.pay_later_until().filter(|until| *until > now) else { return Ok(()) };
    let from = after.map_or_else(String::new, |id| id.to_string());
    let orders = store::owed_before(&mut *tx, event.id, until, &from, BATCH).await?;
    for order in &orders {
        owe(tx, order, until, now).await?;
    }
    if let Some(last) = orders.last() {
        jobs::enqueue(tx, Job::KeepOwed { event: event.id, after: Some(last.id) }, now).await?;
    }
    Ok(())
}

/// Keeps the places of a held order as owed until this instant.
async fn owe(tx: &mut Tx, order: &Order, until: Instant, now: Instant) -> db::Result<()> {
    let hold = Hold::Owed;
    store::set_hold(tx, order.id, hold, until).await?;
    journal::append(tx, &order.stream(), &OrderFact::HoldChanged { hold, until }, Actor::Site, now).await?;
    jobs::enqueue(tx, Job::EndHold { order: order.id, closing: false }, until).await
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
