//! Events and their ticket types as a plan wants them.
use super::{Result, none, too_small};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::planning::{Plan, PlannedType};
use crate::events::{Event, Status, Terms, TicketType, store};
use crate::forms::Errors;
use crate::ids::Id;

pub(super) fn draft(plan: &Plan, now: Instant) -> Event {
    plan.onto(Event {
        id: Id::new(),
        slug: String::new(),
        status: Status::Draft,
        title: String::new(),
        summary: String::new(),
        description: String::new(),
        language: String::new(),
        category: plan.category,
        tags: String::new(),
        starts_civil: String::new(),
        ends_civil: String::new(),
        zone: String::new(),
        starts_at: now,
        ends_at: now,
        place_name: String::new(),
        place_address: String::new(),
        place_town: String::new(),
        latitude: None,
        longitude: None,
        online_url: String::new(),
        reveal: plan.reveal,
        visibility: plan.visibility,
        guest_list: plan.guest_list,
        account_required: false,
        plus_ones: 0,
        cancel_hours: 0,
        closes_civil: None,
        closes_at: None,
        capacity: None,
        ceiling: None,
        taken: 0,
        poster_variant: 0,
        palette: 0,
        composition: 0,
        cover_key: None,
        sequence: 0,
        revision: 0,
        cancelled_why: None,
        created_at: now,
        updated_at: now,
        published_at: None,
        cancelled_at: None,
        moved_at: None,
        terms: Terms::default(),
    })
}

impl Plan {
    /// The event as this plan wants it; its poster is hung apart.
    pub(super) fn onto(&self, event: Event) -> Event {
        use crate::events::times::text;
        Event {
            title: self.title.clone(),
            summary: self.summary.clone(),
            description: self.description.clone(),
            language: self.language.clone(),
            category: self.category,
            tags: self.tags.clone(),
            starts_civil: text(self.starts),
            ends_civil: text(self.ends),
            zone: self.zone.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            place_name: self.place_name.clone(),
            place_address: self.place_address.clone(),
            place_town: self.place_town.clone(),
            latitude: self.point.map(|(latitude, _)| latitude),
            longitude: self.point.map(|(_, longitude)| longitude),
            online_url: self.online_url.clone(),
            reveal: self.reveal,
            visibility: self.visibility,
            guest_list: self.guest_list,
            account_required: self.account_required,
            plus_ones: self.plus_ones,
            cancel_hours: self.cancel_hours,
            closes_civil: self.closes.map(|(civil, _)| text(civil)),
            closes_at: self.closes.map(|(_, at)| at),
            capacity: self.capacity,
            terms: self.terms.clone(),
            ..event
        }
    }
}

/// Whether the event says already what the form does.
pub(super) async fn is_as_planned(tx: &mut Tx, event: &Event, plan: &Plan) -> Result<bool> {
    let types = store::ticket_types(&mut *tx, event.id).await?;
    let same = |(of, (planned, position)): (&TicketType, (&PlannedType, i64))| {
        let wanted = TicketType { id: of.id, sold: of.sold, held: of.held, ..new_type(event, planned, position) };
        planned.id.is_none_or(|id| id == of.id) && wanted == *of
    };
    Ok(plan.onto(event.clone()) == *event
        && plan.poster.is_none_or(|variant| variant == event.poster_variant)
        && types.len() == plan.types.len()
        && types.iter().zip(plan.types.iter().zip(0..)).all(same))
}

pub(super) fn new_type(event: &Event, planned: &PlannedType, position: i64) -> TicketType {
    TicketType {
        id: Id::new(),
        event_id: event.id,
        name: planned.name.clone(),
        position,
        price: planned.price,
        pricing: planned.pricing,
        suggested: planned.suggested,
        currency: event.terms.currency.clone(),
        capacity: planned.capacity,
        per_order: planned.per_order,
        sales_from: planned.sales_from,
        sales_until: planned.sales_until,
        sold: 0,
        held: 0,
    }
}

/// Brings the types of an event to what the form says. Types with tickets stay, and never under what is taken.
pub(super) async fn change_types(tx: &mut Tx, event: &Event, planned: &[PlannedType]) -> Result<()> {
    let old = store::ticket_types(&mut *tx, event.id).await?;
    let mut errors = Errors::default();
    for gone in old.iter().filter(|old| planned.iter().all(|planned| planned.id != Some(old.id))) {
        if !store::remove_ticket_type(tx, gone.id).await? {
            let name = gone.name.clone();
            errors.add("", t!("“{name}” has tickets, so it stays. End its sale instead.", name));
        }
    }
    for (planned, position) in planned.iter().zip(0..) {
        let Some(of) = old.iter().find(|old| planned.id == Some(old.id)) else {
            store::insert_ticket_type(tx, &new_type(event, planned, position)).await?;
            continue;
        };
        if planned.capacity.is_some_and(|capacity| capacity < of.sold + of.held) {
            errors.add(format!("type-{}-capacity", planned.row), too_small(of.sold + of.held));
        }
        let changed = TicketType { id: of.id, ..new_type(event, planned, position) };
        store::update_ticket_type(tx, &changed).await?;
    }
    none(errors)
}
