//! What a plan limits, held against where hosts act. A smaller plan keeps what is there and refuses more.
use super::{Plan, Tier, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::events::planning;
use crate::events::{self, Event, Refusal, TicketType};
use crate::forms::Errors;
use crate::i18n::Say;
use crate::ids::Id;
use crate::members::Member;

/// Events of which the page says what is used, at most.
const SHOWN: i64 = 50;

/// Whether one more event of the same owner may be ahead. Two that are published at the same time go one after the
/// other.
pub async fn another_event(tx: &mut Tx, event: Id<Event>, now: Instant) -> Result<(), Refusal> {
    match store::owner_of(&mut *tx, event).await? {
        Some(owner) => another_event_of(tx, owner, event, now).await,
        None => Ok(()),
    }
}

/// The same for whoever shall own the event.
pub async fn another_event_of(tx: &mut Tx, owner: Id<Member>, event: Id<Event>, now: Instant) -> Result<(), Refusal> {
    if store::plan_of(&mut *tx, owner).await?.is_none() {
        return Ok(());
    }
    store::lock(tx, owner).await?;
    let Some(Plan { tier, events: Some(most), .. }) = store::plan_of(&mut *tx, owner).await? else { return Ok(()) };
    if store::upcoming(&mut *tx, owner, Some(event), now).await? >= most {
        return Err(Refusal::TooManyEvents { tier, most });
    }
    Ok(())
}

/// How many may come to an event at most; None is no limit.
pub async fn ceiling(tx: &mut Tx, event: Id<Event>) -> db::Result<Option<i64>> {
    Ok(store::plan_at(&mut *tx, event).await?.and_then(|plan| plan.attendees))
}

/// Whether an event has no more room than its owner's plan allows, or at least no more than it had. Answers how many
/// may come at most.
pub async fn room(tx: &mut Tx, event: &Event, wanted: &planning::Plan) -> Result<Option<i64>, Refusal> {
    let Some(plan) = store::plan_at(&mut *tx, event.id).await? else { return Ok(None) };
    let Some(most) = plan.attendees else { return Ok(None) };
    let had = |before: Option<i64>, capacity: i64| event.is_published() && before.is_some_and(|had| had >= capacity);
    let mut errors = Errors::default();
    if wanted.capacity.is_some_and(|capacity| capacity > most && !had(event.capacity, capacity)) {
        errors.add("capacity", too_many(plan.tier, most));
    }
    // An event that is small enough as a whole may have types that are not.
    let small = wanted.capacity.is_some_and(|capacity| capacity <= most);
    if !small && wanted.types.iter().any(|of| of.capacity.is_some_and(|capacity| capacity > most)) {
        let types = events::store::ticket_types(&mut *tx, event.id).await?;
        let before = |id: Option<Id<TicketType>>| types.iter().find(|of| Some(of.id) == id).and_then(|of| of.capacity);
        for of in &wanted.types {
            if of.capacity.is_some_and(|capacity| capacity > most && !had(before(of.id), capacity)) {
                errors.add(format!("type-{}-capacity", of.row), too_many(plan.tier, most));
            }
        }
    }
    errors.or(|| Some(most)).map_err(Refusal::Fields)
}

fn too_many(tier: Tier, most: i64) -> impl Say + Send + Sync + 'static {
    t!(
        "With the plan {name}, {most} people can come to an event. Enter fewer, or choose a bigger plan under Settings, Plan.",
        name = tier.name(),
        most
    )
}

/// Whether one more may help to host an event at which so many do.
pub async fn another_host(tx: &mut Tx, event: Id<Event>, others: i64) -> db::Result<Option<Plan>> {
    let plan = store::plan_at(&mut *tx, event).await?;
    Ok(plan.filter(|plan| plan.hosts.is_some_and(|most| others >= most)))
}

/// The same for whoever shall own the event.
pub async fn another_host_of(tx: &mut Tx, owner: Id<Member>, others: i64) -> Result<(), Refusal> {
    match store::plan_of(&mut *tx, owner).await? {
        Some(Plan { tier, hosts: Some(most), .. }) if others >= most => Err(Refusal::TooManyToHost { tier, most }),
        _ => Ok(()),
    }
}

/// An event ahead, with how many hosts it has beside its owner.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Used {
    #[sqlx(flatten)]
    pub event: Event,
    pub hosts: i64,
}

/// What is used of a plan.
#[derive(Debug, Clone)]
pub struct Usage {
    /// Events ahead.
    pub events: i64,
    /// The next of them.
    pub each: Vec<Used>,
}

impl Usage {
    pub async fn of(app: &App, member: Id<Member>) -> db::Result<Self> {
        let now = app.clock.now();
        Ok(Self {
            events: store::upcoming(&app.db, member, None, now).await?,
            each: store::used(&app.db, member, now, SHOWN).await?,
        })
    }
    /// How many events more a plan allows; None is any number.
    pub fn left(&self, plan: &Plan) -> Option<i64> {
        plan.events.map(|most| (most - self.events).max(0))
    }
}
