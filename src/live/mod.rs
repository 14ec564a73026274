//! What happens, told at once to who listens: sockets at `/ws`, each with the topics that it may hear.
//!
//! The journal is the source, so it does not matter which process made something true. One task of a process reads it
//! while anybody listens there; it asks the database whether anything was committed, as pages do that are kept in
//! memory, and so needs no messages between processes.
pub mod api;
mod counts;
mod hub;
mod listener;
pub mod pages;
mod reading;
mod rights;
mod seat;
pub mod store;
mod tail;
mod telling;
pub mod tickets;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::clock;
use crate::db;
use crate::events::Event;
use crate::ids::Id;
use crate::members::Member;
use crate::orders::Order;
use hub::{Full, Hub};
use seat::Seat;
use tail::Tail;

/// What can be listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What concerns one member.
    Member(Id<Member>),
    /// What everybody sees of an event.
    Event(Id<Event>),
    /// What somebody at its door sees.
    Door(Id<Event>),
    /// What its hosts see.
    Dashboard(Id<Event>),
    /// The money of an order.
    Order(Id<Order>),
}

/// How long things take at sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often it is asked whether anything happened.
    pub look: Duration,
    /// Until somebody without a session says who they are, or what they want to hear.
    pub first: Duration,
    /// Between heartbeats.
    pub beat: Duration,
    /// Between two counts of one event.
    pub counts: Duration,
    /// How long one message may take to be written.
    pub send: Duration,
}

pub const PACE: Pace = Pace {
    look: Duration::from_millis(200),
    first: Duration::from_secs(5),
    beat: Duration::from_secs(30),
    counts: Duration::from_secs(1),
    send: Duration::from_secs(10),
};

/// How long sockets may take to close when the site stops.
const GRACE: Duration = Duration::from_secs(5);
/// Sockets look at their rights at least so often: sessions also end by the clock.
const RECHECK: SignedDuration = clock::minutes(10);

/// The sockets of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Live(Arc<Parts>);

#[derive(Default)]
struct Parts {
    hub: Mutex<Hub>,
    pace: OnceLock<Pace>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Live {
    /// For those who wait longer or shorter, before the first socket.
    pub fn paced(&self, pace: Pace) {
        self.0.pace.set(pace).ok();
    }

    /// Sockets that are open.
    pub fn count(&self) -> usize {
        self.hub().count()
    }

    /// Closes all sockets, and waits until they are.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        if tokio::time::timeout(GRACE, self.0.tasks.wait()).await.is_err() {
            tracing::warn!("some sockets were still open after {GRACE:?}");
        }
    }

    fn pace(&self) -> Pace {
        self.0.pace.get().copied().unwrap_or(PACE)
    }

    fn hub(&self) -> MutexGuard<'_, Hub> {
        self.0.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a socket. From now on what happens is put into its queue, by a task that the first one starts.
    async fn enter(&self, app: &App, address: &str) -> db::Result<Result<Seat, Full>> {
        let seated = self.seat(&mut self.hub(), app, address);
        if let Some(seat) = seated {
            return Ok(seat);
        }
        let tail = Tail::begin(app).await?;
        let mut hub = self.hub();
        // Another one may have begun meanwhile.
        if hub.told.is_none() {
            hub.told = Some(tail.cursor());
            tokio::spawn(reading::read(app.clone(), tail));
        }
        Ok(self.seat(&mut hub, app, address).unwrap_or(Err(Full::House)))
    }

    /// None while nobody reads the journal.
    fn seat(&self, hub: &mut Hub, app: &App, address: &str) -> Option<Result<Seat, Full>> {
        let told = hub.told?;
        let sockets = app.config.sockets;
        let most = hub::Most { house: sockets.house, address: sockets.address };
        let entered = hub.enter(address, most, app.clock.now() + RECHECK);
        Some(entered.map(|(id, queue)| Seat { live: self.clone(), id, queue, told }))
    }
}
