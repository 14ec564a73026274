//! What can be found is written down with every change of an event, in the same transaction.
use super::near;
use super::store;
use super::words::{self, Mark, Text};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::events::place::{Viewer, visible_place};
use crate::events::{self, Event, Host, Pricing, Role, TicketType, Visibility};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::members::Member;

/// Events of one of the jobs here.
const BATCH: i64 = 200;

/// Events of one transaction of theirs: one each would take an hour for a million, and all at once keep others waiting.
const TRANSACTION: usize = 20;

/// Events that start within this many microseconds of each other may follow one another in another order.
const TOGETHER: i64 = 1_000_000;

/// How often a position may be taken by another transaction just before.
const TRIES: usize = 100;

/// Brings the index to what the event is now: public events on the bill are in it, others are not.
pub async fn write(tx: &mut Tx, id: Id<Event>, now: Instant) -> db::Result<()> {
    let stood = store::take_out(tx, id).await?;
    let Some(event) = events::store::by_id(&mut *tx, id).await? else { return Ok(()) };
    if !event.is_published() || event.visibility != Visibility::Public {
        return Ok(());
    }
    let types = events::store::ticket_types(&mut *tx, id).await?;
    let hosts = events::store::hosts(&mut *tx, id).await?;
    let text = text(&event, &types, &hosts, now);
    // Who is reading on keeps their place.
    let kept = stood.filter(|(_, starts_at)| *starts_at == event.starts_at).map(|(position, _)| position);
    for _ in 0..TRIES {
        let position = match kept {
            Some(position) => position,
            None => store::free_position(tx, event.starts_at, TOGETHER).await?,
        };
        if store::put_in(tx, &event, position, !event.is_past(now), &text).await? {
            return Ok(());
        }
    }
    Err(db::DbError::Protocol(format!("no place in the index for {id}")))
}

/// No more of the place than everyone may see.
fn text(event: &Event, types: &[TicketType], hosts: &[Host], now: Instant) -> Text {
    let place = visible_place(event, Viewer::Public, now);
    let hosts: Vec<&Host> = hosts.iter().filter(|host| host.role != Role::Door).collect();
    let names = hosts.iter().map(|host| host.name.as_str());
    let near = [place.name, place.address, place.town].into_iter().chain(names).chain(event.tag_list());
    let mut marks = vec![Mark::Category(event.category.word()), Mark::language(&event.language)];
    marks.extend(event.tag_list().into_iter().map(Mark::tag));
    marks.extend(hosts.iter().map(|host| Mark::host(host.member_id)));
    marks.extend(place.point.into_iter().flat_map(near::cells_of));
    marks.extend((!place.town.is_empty()).then(|| Mark::town(place.town)));
    marks.extend(types.iter().any(|of| of.price == 0 && of.pricing == Pricing::Fixed).then_some(Mark::Free));
    marks.extend((!event.is_past(now)).then_some(Mark::Ahead));
    marks.extend((event.starts_at.until(event.ends_at) > clock::days(1)).then_some(Mark::Long));
    Text {
        title: words::split(&event.title),
        near: near.flat_map(words::split).collect(),
        about: [&event.summary, &event.description].into_iter().flat_map(|text| words::split(text)).collect(),
        marks,
    }
}

/// Marks what is over, so that lists begin at what is not.
pub async fn sweep(app: &App) -> anyhow::Result<()> {
    loop {
        let now = app.clock.now();
        let over = store::over(&app.db, now, BATCH).await?;
        if over.is_empty() {
            return Ok(());
        }
        write_all(app, &over).await?;
    }
}

/// Events that were there before there was an index: a batch a job, the next job behind it.
pub async fn fill(app: &App, after: Option<Id<Event>>) -> anyhow::Result<()> {
    let batch = store::events_behind(&app.db, &text_of(after), BATCH).await?;
    write_all(app, &batch).await?;
    go_on(app, batch.last().map(|(last,)| Job::FillFinding { after: Some(*last) })).await
}

/// A host has another name: their events are found by it.
pub async fn renamed(app: &App, member: Id<Member>, after: Option<Id<Event>>) -> anyhow::Result<()> {
    let batch = store::hosted_behind(&app.db, member, &text_of(after), BATCH).await?;
    write_all(app, &batch).await?;
    go_on(app, batch.last().map(|(last,)| Job::HostRenamed { member, after: Some(*last) })).await
}

fn text_of(after: Option<Id<Event>>) -> String {
    after.map_or_else(String::new, |id| id.to_string())
}

async fn write_all(app: &App, batch: &[(Id<Event>,)]) -> anyhow::Result<()> {
    let mut ids: Vec<Id<Event>> = batch.iter().map(|(id,)| *id).collect();
    // What is locked together is locked in one order.
    ids.sort();
    for some in ids.chunks(TRANSACTION) {
        decide!(long app.db, tx, locked(tx, some, app.clock.now()).await)?;
    }
    Ok(())
}

/// Under the events' locks, so that an edit meanwhile is not overwritten with what was before it.
async fn locked(tx: &mut Tx, ids: &[Id<Event>], now: Instant) -> db::Result<()> {
    for id in ids {
        events::store::lock(tx, *id).await?;
        write(tx, *id, now).await?;
    }
    Ok(())
}

async fn go_on(app: &App, next: Option<Job>) -> anyhow::Result<()> {
    let Some(next) = next else { return Ok(()) };
    let mut tx = app.db.write().await?;
    jobs::enqueue(&mut tx, next, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
