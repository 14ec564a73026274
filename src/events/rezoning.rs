//! Civil times are the truth: where a country changes its clocks, and the machine's zone data with them, the instants
//! of what lies ahead follow, so that what was to begin at seven begins at seven. Nobody is written to: the hour that
//! people were told stays, and calendars know their zones themselves. Sales begin and end at instants, which stay.
use jiff::tz::TimeZone;

use super::{Event, EventFact, finding, store, times};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::orders;

/// Events looked at in each job.
const BATCH: i64 = 1000;

/// The times of an event, and what they follow from.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Times {
    pub id: Id<Event>,
    zone: String,
    starts_civil: String,
    ends_civil: String,
    closes_civil: Option<String>,
    starts_at: Instant,
    ends_at: Instant,
    closes_at: Option<Instant>,
}

impl Times {
    fn of(event: &Event) -> Self {
        Self {
            id: event.id,
            zone: event.zone.clone(),
            starts_civil: event.starts_civil.clone(),
            ends_civil: event.ends_civil.clone(),
            closes_civil: event.closes_civil.clone(),
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            closes_at: event.closes_at,
        }
    }

    /// As today's zone data has it; `None` if that knows the zone no more, or tells nothing that can be.
    fn followed(&self) -> Option<Self> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let follow = |civil: &str| times::nearest(times::parse(civil)?, &zone);
        let (starts, starts_at) = follow(&self.starts_civil)?;
        let (ends, ends_at) = follow(&self.ends_civil)?;
        let closes = self.closes_civil.as_deref().map(|civil| follow(civil).ok_or(())).transpose().ok()?;
        let followed = Self {
            starts_civil: times::text(starts),
            ends_civil: times::text(ends),
            closes_civil: closes.map(|(civil, _)| times::text(civil)),
            starts_at,
            ends_at,
            closes_at: closes.map(|(_, at)| at).or(self.closes_at),
            ..self.clone()
        };
        (starts_at < ends_at).then_some(followed)
    }
    fn is_off(&self) -> bool {
        self.followed().is_some_and(|followed| {
            (followed.starts_at, followed.ends_at, followed.closes_at) != (self.starts_at, self.ends_at, self.closes_at)
        })
    }
}

/// Looks at a batch of what is not over, from the event behind `after`; a job for the next.
pub async fn sweep(app: &App, after: Option<Id<Event>>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let from = after.map_or_else(String::new, |id| id.to_string());
    let batch = store::many::times_behind(&app.db, &from, now, BATCH).await?;
    for off in batch.iter().filter(|times| times.is_off()) {
        decide!(app.db, tx, follow(tx, off.id, now).await)?;
    }
    let Some(last) = batch.last() else { return Ok(()) };
    let mut tx = app.db.write().await?;
    jobs::enqueue(&mut tx, Job::SweepZones { after: Some(last.id) }, now).await?;
    Ok(tx.commit().await?)
}

async fn follow(tx: &mut Tx, id: Id<Event>, now: Instant) -> db::Result<()> {
    let Some(old) = store::lock(tx, id).await?.filter(|event| !event.is_cancelled()) else { return Ok(()) };
    let times = Times::of(&old);
    let Some(new) = times.followed().filter(|_| times.is_off()) else { return Ok(()) };
    let event = Event {
        starts_civil: new.starts_civil,
        ends_civil: new.ends_civil,
        closes_civil: new.closes_civil,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        closes_at: new.closes_at,
        sequence: old.sequence + i64::from(old.is_published()),
        updated_at: now,
        ..old
    };
    store::update(tx, &event).await?;
    orders::holds::deadline_moved(tx, &event, now).await?;
    let fact = EventFact::EventEdited { revision: event.revision + 1, sequence: event.sequence, moved: false };
    journal::append(tx, &event.stream(), &fact, Actor::Site, now).await?;
    finding::index::write(tx, id, now).await
}
