//! What hosts do with their events: make, change, publish and cancel them. Who may: one guard, [`allowed`].
mod planned;
pub mod store;

use super::planning::Plan;
use super::{Event, EventFact, Refusal, Role, Status, finding, slugs};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{Error, OrNotFound, Result as Answer};
use crate::forms::Errors;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::members::{self, Member};
use crate::plans::limits;
use crate::posters;

use planned::{change_types, draft, is_as_planned, new_type};

pub type Result<T> = std::result::Result<T, Refusal>;

/// The event and the member's role there. To those without a role it does not exist (404); a role that is
/// too small for what is asked is told so (403).
pub async fn allowed(app: &App, slug: &str, me: &Member, needed: Role) -> Answer<(Event, Role)> {
    let role = super::store::hosted_by(&app.db, slug, me.id).await?.or_404()?;
    if !role.covers(needed) {
        return Err(Error::Forbidden);
    }
    Ok((super::store::by_slug(&app.db, slug).await?.or_404()?, role))
}

/// Makes a draft; with `publish` it is on the bill at once.
pub async fn create(tx: &mut Tx, plan: &Plan, owner: Id<Member>, publish: bool, now: Instant) -> Result<Event> {
    let actor = Actor::Member(owner);
    acting(tx, actor).await?;
    let mut event = draft(plan, now);
    hang(tx, &mut event, plan.poster).await?;
    let event = insert(tx, event, &plan.title).await?;
    super::store::set_host(tx, event.id, owner, Role::Owner, now).await?;
    journal::append(tx, &event.stream(), &EventFact::EventCreated { copied_from: None }, actor, now).await?;
    for (planned, position) in plan.types.iter().zip(0..) {
        super::store::insert_ticket_type(tx, &new_type(&event, planned, position)).await?;
    }
    if publish { self::publish(tx, event.id, plan, actor, now).await } else { Ok(event) }
}

/// Whoever asks is a member still: they were looked up before all of their form had arrived.
async fn acting(tx: &mut Tx, by: Actor) -> Result<()> {
    match by {
        Actor::Member(id) if !members::store::stands(tx, id).await? => Err(Refusal::NoAccount),
        _ => Ok(()),
    }
}

/// Under the first address of its title that is free.
pub(super) async fn insert(tx: &mut Tx, mut event: Event, title: &str) -> Result<Event> {
    for slug in slugs::candidates(title) {
        event.slug = slug;
        if super::store::insert(tx, &event).await? {
            return Ok(event);
        }
    }
    Err(Refusal::Fields(Errors::at("title", t!("Too many events have this title. Choose another one."))))
}

/// Writes the form's wishes over revision `revision` of the event, and publishes it if asked.
/// Holders of places learn by mail when an event on the bill has moved.
pub async fn edit(
    tx: &mut Tx,
    id: Id<Event>,
    revision: i64,
    plan: &Plan,
    publish: bool,
    by: Actor,
    now: Instant,
) -> Result<Event> {
    let old = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    acting(tx, by).await?;
    if old.is_cancelled() {
        return Err(Refusal::AlreadyCancelled);
    }
    if old.revision != revision {
        return edited_before(tx, old, plan, publish, by, now).await;
    }
    let ceiling = may_become(tx, &old, plan, now).await?;
    let mut event = Event { updated_at: now, ..plan.onto(old.clone()) };
    if plan.poster.is_some_and(|variant| variant != old.poster_variant) {
        hang(tx, &mut event, plan.poster).await?;
    }
    let moved = old.is_published() && has_moved(&old, &event);
    event.sequence += i64::from(moved);
    let elsewhere = old.is_published() && is_elsewhere(&old, &event);
    if elsewhere {
        event.moved_at = Some(now);
    }
    write(tx, &event, ceiling, plan).await?;
    crate::orders::waiting::places_freed(tx, id, now).await?;
    crate::orders::holds::deadline_moved(tx, &event, now).await?;
    let fact = EventFact::EventEdited { revision: old.revision + 1, sequence: event.sequence, moved: elsewhere };
    journal::append(tx, &event.stream(), &fact, by, now).await?;
    if moved && !event.is_past(now) {
        jobs::enqueue(tx, Job::TellHolders { event: id, after: None }, now).await?;
    }
    if publish && event.is_draft() {
        return self::publish(tx, id, plan, by, now).await;
    }
    finding::index::write(tx, id, now).await?;
    super::store::by_id(&mut *tx, id).await?.ok_or(Refusal::Gone)
}

/// Pressed twice, or two who typed the same: it is done.
async fn edited_before(
    tx: &mut Tx,
    event: Event,
    plan: &Plan,
    publish: bool,
    by: Actor,
    now: Instant,
) -> Result<Event> {
    match is_as_planned(tx, &event, plan).await? {
        true if publish => self::publish(tx, event.id, plan, by, now).await,
        true => Ok(event),
        false => Err(Refusal::Changed),
    }
}

/// Whether an event may become what is planned. Answers how many may come then at most.
async fn may_become(tx: &mut Tx, old: &Event, plan: &Plan, now: Instant) -> Result<Option<i64>> {
    let again = old.is_published() && old.is_past(now) && plan.ends_at > now;
    let mut ceiling = old.ceiling;
    if old.is_published() {
        none(plan.not_ready())?;
        ceiling = limits::room(tx, old, plan).await?;
    }
    if again {
        limits::another_event(tx, old.id, now).await?;
    }
    room(old, plan)?;
    not_over(old, plan, now)?;
    same_currency(tx, old, plan).await?;
    as_promised(tx, old, plan).await?;
    Ok(ceiling)
}

/// Over what there is, unless somebody was quicker.
async fn write(tx: &mut Tx, event: &Event, ceiling: Option<i64>, plan: &Plan) -> Result<()> {
    if !super::store::update(tx, event).await? {
        return Err(Refusal::Changed);
    }
    super::store::set_terms(tx, event.id, &event.terms).await?;
    if ceiling != event.ceiling {
        super::store::set_ceiling(tx, event.id, ceiling).await?;
    }
    change_types(tx, event, &plan.types).await
}

/// Puts a draft on the bill. Its start lies ahead, and it says what it is and where.
pub async fn publish(tx: &mut Tx, id: Id<Event>, plan: &Plan, by: Actor, now: Instant) -> Result<Event> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    match event.status {
        Status::Published => return Ok(event),
        Status::Cancelled => return Err(Refusal::AlreadyCancelled),
        Status::Draft => {}
    }
    let mut errors = Errors::default();
    if event.starts_at <= now {
        errors.add("starts", t!("The start is in the past. Choose a time to come."));
    }
    for (field, message) in plan.not_ready().all() {
        errors.add(field, message.clone());
    }
    none(errors)?;
    limits::another_event(tx, id, now).await?;
    let ceiling = limits::room(tx, &event, plan).await?;
    super::store::set_status(tx, id, Status::Published, None, now).await?;
    if ceiling != event.ceiling {
        super::store::set_ceiling(tx, id, ceiling).await?;
    }
    journal::append(tx, &event.stream(), &EventFact::EventPublished, by, now).await?;
    finding::index::write(tx, id, now).await?;
    super::store::by_id(&mut *tx, id).await?.ok_or(Refusal::Gone)
}

/// Lets as many come as the plan of its owner allows now. Nobody loses a place by it.
pub async fn fit(tx: &mut Tx, id: Id<Event>, now: Instant) -> crate::db::Result<()> {
    let Some(event) = super::store::lock(tx, id).await? else { return Ok(()) };
    let ceiling = limits::ceiling(tx, id).await?;
    if event.ceiling != ceiling {
        super::store::set_ceiling(tx, id, ceiling).await?;
        crate::orders::waiting::places_freed(tx, id, now).await?;
    }
    Ok(())
}

/// Cancels an event. Its orders end, and their holders are told, by a job. Cancelling twice is harmless.
pub async fn cancel(tx: &mut Tx, id: Id<Event>, why: &str, by: Actor, now: Instant) -> Result<Event> {
    let event = super::store::lock(tx, id).await?.ok_or(Refusal::Gone)?;
    if event.is_cancelled() {
        return Ok(event);
    }
    if event.is_past(now) && event.is_published() {
        return Err(Refusal::Past);
    }
    super::store::set_status(tx, id, Status::Cancelled, Some(why).filter(|why| !why.is_empty()), now).await?;
    let orders = crate::orders::store::live_at(&mut *tx, id).await?.len();
    let fact = EventFact::EventCancelled { orders: i64::try_from(orders).unwrap_or(i64::MAX) };
    journal::append(tx, &event.stream(), &fact, by, now).await?;
    finding::index::write(tx, id, now).await?;
    jobs::enqueue(tx, Job::CancelOrders { event: id }, now).await?;
    crate::orders::waiting::places_freed(tx, id, now).await?;
    super::store::by_id(&mut *tx, id).await?.ok_or(Refusal::Gone)
}

fn none(errors: Errors) -> Result<()> {
    errors.or(|| ()).map_err(Refusal::Fields)
}

/// Nobody loses a place because a host has less room: the capacity does not go below what is taken.
fn room(event: &Event, plan: &Plan) -> Result<()> {
    match plan.capacity {
        Some(capacity) if capacity < event.taken => none(Errors::at("capacity", too_small(event.taken))),
        _ => Ok(()),
    }
}

/// An event that people wait for is not over by a slip of the date: nobody would be told, nor could give anything back.
fn not_over(old: &Event, plan: &Plan, now: Instant) -> Result<()> {
    if old.is_published() && old.starts_at > now && plan.ends_at <= now {
        return none(Errors::at("ends", t!("The end is in the past. Choose a time to come.")));
    }
    Ok(())
}

/// Who was promised to pay later does so as it was promised, whatever the event offers to others.
async fn as_promised(tx: &mut Tx, old: &Event, plan: &Plan) -> Result<()> {
    if plan.terms.pay_later == old.terms.pay_later || !store::is_owed_something(&mut *tx, old.id).await? {
        return Ok(());
    }
    none(Errors::at("pay_later", t!("Some places here are yet to be paid as it was promised, so this stays.")))
}

/// What was bought stays in the currency in which it was bought.
async fn same_currency(tx: &mut Tx, old: &Event, plan: &Plan) -> Result<()> {
    let currency = old.terms.currency.clone();
    if plan.terms.currency == currency || !store::has_priced_orders(&mut *tx, old.id).await? {
        return Ok(());
    }
    none(Errors::at("currency", t!("People have bought places in {currency}, so the currency stays.", currency)))
}

fn too_small(taken: i64) -> impl crate::i18n::Say + Send + Sync + 'static {
    tn!("1 place is taken, so there cannot be fewer.", "{n} places are taken, so there cannot be fewer.", taken)
}

/// What calendars and holders must learn of.
fn has_moved(old: &Event, new: &Event) -> bool {
    let place = |event: &Event| {
        [&event.place_name, &event.place_address, &event.place_town, &event.online_url].map(String::clone)
    };
    (old.starts_at, old.ends_at, &old.zone) != (new.starts_at, new.ends_at, &new.zone) || place(old) != place(new)
}

/// Another day or another place, for which whoever has places gets all back; from a place to online and back, too.
/// Another hour, or another link to what is online, is told them and no more; and so is what was not said before, as an
/// address beside the place's name.
fn is_elsewhere(old: &Event, new: &Event) -> bool {
    let place = |event: &Event| [&event.place_name, &event.place_address, &event.place_town].map(String::clone);
    let another = |(old, new): (&String, &String)| !old.is_empty() && old != new;
    old.starts().date() != new.starts().date()
        || old.is_online() != new.is_online()
        || place(old).iter().zip(&place(new)).any(another)
}

/// Palette and composition: of the wished variant, or of the first that no neighbour on the bill has.
pub(super) async fn hang(tx: &mut Tx, event: &mut Event, wished: Option<i64>) -> Result<()> {
    let slug = slugs::of(&event.title);
    let name = if event.slug.is_empty() { &slug } else { &event.slug };
    let variant = match wished.and_then(|variant| u32::try_from(variant).ok()) {
        Some(variant) => variant,
        None => {
            let near = super::store::before(&mut *tx, event.starts_at, event.id).await?;
            let byte = |n: i64| u8::try_from(n).unwrap_or_default();
            let looks: Vec<_> = near
                .iter()
                .map(|e| posters::Look { palette: byte(e.palette), composition: byte(e.composition) })
                .collect();
            posters::hang(name, &looks)
        }
    };
    let look = posters::look(name, variant);
    event.poster_variant = variant.into();
    event.composition = look.composition.into();
    // A cover brings its own palette.
    if event.cover_key.is_none() {
        event.palette = look.palette.into();
    }
    Ok(())
}
