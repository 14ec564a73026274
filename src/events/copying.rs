//! The same event once more: a draft a week later, with the same ticket types and none of the people.
use jiff::civil::DateTime;
use jiff::{Span, ToSpan};

use super::hosting::{self, Result};
use super::times;
use super::{Event, EventFact, Refusal, Role, Status, TicketType};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::members::Member;

/// The first same weekday and time in whole weeks that lies ahead.
pub async fn copy(tx: &mut Tx, id: Id<Event>, owner: Id<Member>, now: Instant) -> Result<Event> {
    let old = super::store::by_id(&mut *tx, id).await?.ok_or(Refusal::Gone)?;
    let mut event = later(&old, now);
    hosting::hang(tx, &mut event, None).await?;
    let event = hosting::insert(tx, event, &old.title).await?;
    super::store::set_host(tx, event.id, owner, Role::Owner, now).await?;
    let fact = EventFact::EventCreated { copied_from: Some(id) };
    journal::append(tx, &event.stream(), &fact, Actor::Member(owner), now).await?;
    let types = copy_types(tx, &old, &event).await?;
    super::taxes::copy(tx, id, event.id, &types, now).await?;
    Ok(event)
}

/// A draft of what was, without anybody who comes, and without an address or a poster.
fn later(old: &Event, now: Instant) -> Event {
    let weeks = weeks_ahead(old, now);
    let shifted = |text: &str| shift(old, text, weeks.weeks());
    let ((starts_civil, starts_at), (ends_civil, ends_at)) = (shifted(&old.starts_civil), shifted(&old.ends_civil));
    let (closes_civil, closes_at) = old.closes_civil.as_deref().map(shifted).unzip();
    Event {
        id: Id::new(),
        status: Status::Draft,
        starts_civil,
        ends_civil,
        starts_at,
        ends_at,
        closes_civil,
        closes_at,
        ceiling: None,
        taken: 0,
        // The file belongs to the old event, and goes with it.
        cover_key: None,
        sequence: 0,
        revision: 0,
        cancelled_why: None,
        created_at: now,
        updated_at: now,
        published_at: None,
        cancelled_at: None,
        moved_at: None,
        slug: String::new(),
        ..old.clone()
    }
}

/// With sales as long before the event. Answers which became which.
async fn copy_types(tx: &mut Tx, old: &Event, event: &Event) -> Result<Vec<(Id<TicketType>, Id<TicketType>)>> {
    let by = old.starts_at.until(event.starts_at);
    let mut types = Vec::new();
    for of in super::store::ticket_types(&mut *tx, old.id).await? {
        let (from, until) = (of.sales_from.map(|at| at + by), of.sales_until.map(|at| at + by));
        let was = of.id;
        let copied = TicketType {
            id: Id::new(),
            event_id: event.id,
            sales_from: from,
            sales_until: until,
            sold: 0,
            held: 0,
            ..of
        };
        super::store::insert_ticket_type(tx, &copied).await?;
        types.push((was, copied.id));
    }
    Ok(types)
}

fn weeks_ahead(old: &Event, now: Instant) -> i64 {
    let week = crate::clock::days(7).as_secs();
    (old.starts_at.until(now).as_secs().max(0) / week + 1).min(5000)
}

/// A civil time some weeks on: 19:00 stays 19:00. In a gap of clocks it is an hour later.
fn shift(event: &Event, text: &str, by: Span) -> (String, Instant) {
    let zone = event.time_zone();
    let civil: DateTime = times::parse(text).unwrap_or_else(|| event.starts());
    let moved = civil.checked_add(by).unwrap_or(civil);
    let (civil, at) = times::nearest(moved, &zone).unwrap_or((moved, event.starts_at));
    (times::text(civil), at)
}
