//! What a replay came to, held against the tables: each difference as a sentence.
use std::collections::HashMap;

use super::{OrderNow, Replayed, TicketNow};
use crate::db::Tx;
use crate::events::{Event, TicketType};
use crate::ids::Id;
use crate::orders::{Order, TicketState, store};

pub(super) async fn orders(tx: &mut Tx, replayed: &Replayed) -> anyhow::Result<Vec<String>> {
    let rows = store::every_order(tx).await?;
    let mut differences = Vec::new();
    let mut sums: HashMap<Id<Order>, i64> = HashMap::new();
    for ticket in replayed.tickets.values() {
        *sums.entry(ticket.order).or_default() += ticket.price;
    }
    for row in &rows {
        let sum = sums.get(&row.id).copied().unwrap_or_default();
        if sum != row.total {
            differences.push(format!("order {}: its tickets cost {sum}, and its total is {}", row.id, row.total));
        }
        let now = OrderNow {
            event: row.event_id,
            member: row.member_id,
            state: row.state,
            hold: row.hold.zip(row.held_until),
            places: row.places,
            total: row.total,
            currency: row.currency.clone(),
            promo: row.promo_id,
            discount: row.discount,
            terms: row.terms.clone(),
        };
        match replayed.orders.get(&row.id) {
            None => differences.push(format!("order {}: in the table, not in the journal", row.id)),
            Some(told) if *told != now => {
                differences.push(format!("order {}: the journal says {told:?}, the table {now:?}", row.id));
            }
            Some(_) => {}
        }
    }
    if rows.len() < replayed.orders.len() {
        let known: std::collections::HashSet<_> = rows.iter().map(|row| row.id).collect();
        differences.extend(
            replayed
                .orders
                .keys()
                .filter(|id| !known.contains(id))
                .map(|id| format!("order {id}: in the journal, not in the table")),
        );
    }
    Ok(differences)
}

pub(super) async fn tickets(tx: &mut Tx, replayed: &Replayed) -> anyhow::Result<Vec<String>> {
    let rows = store::every_ticket(tx).await?;
    let mut differences = Vec::new();
    for row in &rows {
        let now = TicketNow {
            order: row.order_id,
            ticket_type: row.ticket_type_id,
            state: row.state,
            price: row.price,
            discount: row.discount,
            tax: (row.tax, row.added, row.tax_rate_id),
            checked_in_at: row.checked_in_at,
            code_version: row.code_version,
        };
        match replayed.tickets.get(&row.id) {
            None => differences.push(format!("ticket {}: in the table, not in the journal", row.id)),
            Some(told) if *told != now => {
                differences.push(format!("ticket {}: the journal says {told:?}, the table {now:?}", row.id));
            }
            Some(_) => {}
        }
    }
    if rows.len() != replayed.tickets.len() {
        differences.push(format!(
            "the journal speaks of {} tickets, the table has {}",
            replayed.tickets.len(),
            rows.len()
        ));
    }
    Ok(differences)
}

/// `sold` and `held` of each ticket type and `taken` of each event are sums over live tickets; `moved_at` is when an edit
/// last moved the event.
pub(super) async fn counts(tx: &mut Tx, replayed: &Replayed) -> anyhow::Result<Vec<String>> {
    let mut types: HashMap<Id<TicketType>, (i64, i64)> = HashMap::new();
    let mut events: HashMap<Id<Event>, i64> = HashMap::new();
    for ticket in replayed.tickets.values() {
        let (sold, held) = types.entry(ticket.ticket_type).or_default();
        match ticket.state {
            TicketState::Valid | TicketState::Refunding => *sold += 1,
            TicketState::Held => *held += 1,
            TicketState::Cancelled => continue,
        }
        if let Some(order) = replayed.orders.get(&ticket.order) {
            *events.entry(order.event).or_default() += 1;
        }
    }
    let mut differences = Vec::new();
    for (id, sold, held, capacity) in store::every_type_count(tx).await? {
        let told = types.get(&id).copied().unwrap_or_default();
        if told != (sold, held) {
            differences.push(format!(
                "ticket type {id}: the journal says (sold, held) = {told:?}, the table {:?}",
                (sold, held)
            ));
        }
        if capacity.is_some_and(|capacity| sold + held > capacity) {
            differences.push(format!("ticket type {id}: {} places taken of {capacity:?}", sold + held));
        }
    }
    for (id, taken, moved_at) in store::every_event(tx).await? {
        let told = events.get(&id).copied().unwrap_or_default();
        if told != taken {
            differences.push(format!("event {id}: the journal says {told} places taken, the table {taken}"));
        }
        let told = replayed.moved.get(&id).copied();
        if told != moved_at {
            differences.push(format!("event {id}: the journal says moved at {told:?}, the table {moved_at:?}"));
        }
    }
    Ok(differences)
}
