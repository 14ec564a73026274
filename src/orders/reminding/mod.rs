//! Reminders: a day and two hours before the start, to everybody with a ticket who wants them, and who pays later.
pub mod letters;
pub mod store;

use jiff::SignedDuration;

use super::{Order, Refusal, telling};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::events::Event;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::letters::{Letter, queue_once};

words! {
    /// How long ahead of the start.
    pub enum Ahead { Day = "day", Hours = "hours" }
}

impl Ahead {
    /// From when on before the start, and until when: a site that was down, or a date that was moved near, brings no
    /// reminder that says too late what the next one will say.
    fn span(self) -> (SignedDuration, SignedDuration) {
        match self {
            Self::Day => (clock::hours(24), clock::hours(6)),
            Self::Hours => (clock::hours(2), clock::minutes(30)),
        }
    }
}

/// One reminder of one event: it is for this very start.
#[derive(Debug, Clone, Copy)]
pub struct Reminder {
    pub event: Id<Event>,
    pub ahead: Ahead,
    pub starts_at: Instant,
}

/// Orders whose holders are reminded in one transaction.
const BATCH: i64 = 100;
/// Whose ticket is younger than this knows when it is.
const FRESH: SignedDuration = clock::hours(1);

/// Begins what is due, each reminder once for all nodes and restarts.
pub async fn sweep(app: &App) -> anyhow::Result<()> {
    for ahead in Ahead::ALL {
        let (now, (from, until)) = (app.clock.now(), ahead.span());
        for (event, starts_at) in store::due(&app.db, *ahead, now + until, now + from).await? {
            let reminder = Reminder { event, ahead: *ahead, starts_at };
            decide!(app.db, tx, begin(tx, reminder, now).await)?;
        }
    }
    Ok(())
}

async fn begin(tx: &mut Tx, of: Reminder, now: Instant) -> crate::db::Result<()> {
    if store::begin(tx, of, now).await? {
        jobs::enqueue(tx, job(of, None), now).await?;
    }
    Ok(())
}

fn job(of: Reminder, after: Option<Id<Order>>) -> Job {
    Job::Remind { event: of.event, ahead: of.ahead, starts_at: of.starts_at, after }
}

/// Queues the letters of one batch, and a job for the next. An event that was moved or cancelled since is passed over.
pub async fn remind(app: &App, of: Reminder, after: Option<Id<Order>>) -> anyhow::Result<()> {
    let now = app.clock.now();
    match decide!(app.db, tx, remind_some(tx, of, after, now).await) {
        Ok(()) => Ok(()),
        Err(Refusal::Broken(error)) => Err(error),
        Err(refusal) => anyhow::bail!("{refusal}"),
    }
}

async fn remind_some(tx: &mut Tx, of: Reminder, after: Option<Id<Order>>, now: Instant) -> Result<(), Refusal> {
    let event = crate::events::store::by_id(&mut *tx, of.event).await?;
    let Some(event) = event.filter(|event| is_due(event, of.starts_at, now)) else { return Ok(()) };
    let from = after.map_or_else(String::new, |id| id.to_string());
    let orders = super::guests::store::coming(&mut *tx, event.id, &from, BATCH).await?;
    for order in orders.iter().filter(|order| order.confirmed_at.unwrap_or(order.placed_at) + FRESH <= now) {
        let letter = Letter::Reminder { order: order.id, ahead: of.ahead, starts_at: of.starts_at };
        for reader in telling::readers(tx, order).await? {
            let (ahead, start) = (of.ahead.word(), of.starts_at.micros());
            let once = format!("reminder/{ahead}/{}/{start}/{}", order.id, ids::hash(&reader.email));
            queue_once(tx, letter, &reader, &once, now).await?;
        }
    }
    if let Some(last) = orders.last() {
        jobs::enqueue(tx, job(of, Some(last.id)), now).await?;
    }
    Ok(())
}

/// Whether it still starts then, and has not yet.
fn is_due(event: &Event, starts_at: Instant, now: Instant) -> bool {
    event.is_published() && event.starts_at == starts_at && now < starts_at
}
