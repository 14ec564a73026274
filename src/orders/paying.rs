//! What money does to places: they are kept while it may come, sold when it came, and free when it is back.
//!
//! Only `payments` calls these. Each wants the order's event locked, as [`super::ending::lock`] does.
use super::facts::{OrderFact, PlacedHold};
use super::{Hold, Order, OrderState, Refusal, Ticket, TicketState, claiming, ending, promo_codes, store, waiting};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{self, Event};
use crate::ids::Id;
use crate::invitations;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor, Entry};
use crate::payments;

/// Locks an order and its event, in the order in which everybody does.
pub async fn lock(tx: &mut Tx, id: Id<Order>) -> Result<(Event, Order), Refusal> {
    ending::lock(tx, id).await
}

/// Keeps the places of a held order until this instant, if they are not kept longer anyway.
pub async fn keep(tx: &mut Tx, order: &Order, hold: Hold, until: Instant, now: Instant) -> Result<(), Refusal> {
    if !order.is_held() || order.held_until.is_none_or(|held| held >= until) {
        return Ok(());
    }
    store::set_hold(tx, order.id, hold, until).await?;
    journal::append(tx, &order.stream(), &OrderFact::HoldChanged { hold, until }, Actor::Site, now).await?;
    jobs::enqueue(tx, Job::EndHold { order: order.id, closing: false }, until).await?;
    Ok(())
}

/// How long the places of a delayed payment are kept from when the provider was last asked, and how much of that may pass
/// before it is written down again: it is asked every few minutes, for days.
const ON_ITS_WAY: jiff::SignedDuration = crate::clock::days(14);
const ENOUGH: jiff::SignedDuration = crate::clock::days(7);

/// Money is on its way, and nobody knows yet whether it comes.
pub async fn on_its_way(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    let hold = Hold::OnItsWay;
    if order.hold == Some(hold) && order.held_until.is_some_and(|until| until > now + ENOUGH) {
        return Ok(());
    }
    keep(tx, order, hold, now + ON_ITS_WAY, now).await
}

/// Money that was on its way will not come. What was offered or is owed is kept as long as it was promised when it was
/// placed, other places no longer.
pub async fn came_to_nothing(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    if !order.is_held() || order.hold != Some(Hold::OnItsWay) {
        return Ok(());
    }
    let promised = promised(tx, order).await?.filter(|promised| promised.until > now);
    let PlacedHold { hold, until } = promised.unwrap_or(PlacedHold { hold: Hold::OnItsWay, until: now });
    store::set_hold(tx, order.id, hold, until).await?;
    journal::append(tx, &order.stream(), &OrderFact::HoldChanged { hold, until }, Actor::Site, now).await?;
    jobs::enqueue(tx, Job::EndHold { order: order.id, closing: false }, until).await?;
    Ok(())
}

/// What the buyer was promised when the order was placed, whether or not anybody begins to pay; what is owed, until the
/// host's deadline where that lies later by now.
pub(super) async fn promised(tx: &mut Tx, order: &Order) -> Result<Option<PlacedHold>, Refusal> {
    let placed = journal::before(tx, i64::MAX, &order.stream(), "order_placed", 1).await?;
    let placed =
        placed.first().map(Entry::fact::<OrderFact>).transpose().map_err(|error| Refusal::Broken(error.into()))?;
    let Some(OrderFact::OrderPlaced { hold, .. }) = placed else { return Ok(None) };
    let Some(placed) = hold.filter(|placed| matches!(placed.hold, Hold::Offer | Hold::Owed)) else { return Ok(None) };
    if placed.hold == Hold::Offer {
        return Ok(Some(placed));
    }
    let event = events::store::by_id(&mut *tx, order.event_id).await?;
    let deadline = event.and_then(|event| event.pay_later_until());
    Ok(Some(PlacedHold { until: deadline.map_or(placed.until, |deadline| deadline.max(placed.until)), ..placed }))
}

/// Until when places that are being paid, or yet to be, were promised to whoever pays later; none if they were not.
pub(super) async fn owed_until(tx: &mut Tx, order: &Order) -> Result<Option<Instant>, Refusal> {
    if !order.is_held() || !matches!(order.hold, Some(Hold::Owed | Hold::Paying | Hold::OnItsWay)) {
        return Ok(None);
    }
    let promised = promised(tx, order).await?.filter(|promised| promised.hold == Hold::Owed);
    Ok(promised.map(|promised| promised.until))
}

/// Whether whoever ordered counts on places that are not paid yet: they were promised to whoever pays later, or their
/// money is on its way. Such places do not go without a word.
pub(super) async fn is_counted_on(tx: &mut Tx, order: &Order) -> Result<bool, Refusal> {
    if !order.is_held() {
        return Ok(false);
    }
    Ok(order.is_expected()
        || owed_until(tx, order).await?.is_some()
        || payments::is_on_its_way(&mut *tx, order).await?)
}

/// The money is there: the places are sold, or taken again if their hold is over and there is room.
/// False when the order cannot have them, so that the money must go back.
pub async fn paid(tx: &mut Tx, event: &Event, order: &Order, now: Instant) -> Result<bool, Refusal> {
    if event.is_cancelled() {
        return Ok(false);
    }
    match order.state {
        OrderState::Held => sell(tx, order, now).await?,
        OrderState::Ended if revive(tx, event, order, now).await? => {}
        OrderState::Ended | OrderState::Confirmed | OrderState::Cancelled | OrderState::Refunding => return Ok(false),
    }
    hand_over(tx, order, now).await?;
    Ok(true)
}

/// Nothing is left to pay of a held order: its places are sold.
pub(super) async fn cost_nothing(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    sell(tx, order, now).await?;
    hand_over(tx, order, now).await
}

async fn hand_over(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    ending::send_tickets(tx, order, now).await?;
    if let (None, Some(person)) = (order.member_id, store::person(&mut *tx, order.id).await?) {
        claiming::claim_for_owner(tx, &person.email_key, now).await?;
    }
    Ok(())
}

async fn sell(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    for (of, n) in store::places_by_type(tx, order.id).await? {
        store::count(tx, of, n, -n).await?;
    }
    store::set_state(tx, order.id, OrderState::Confirmed, order.places, now).await?;
    store::set_tickets(tx, order.id, TicketState::Held, TicketState::Valid).await?;
    journal::append(tx, &order.stream(), &OrderFact::OrderConfirmed, Actor::Site, now).await?;
    waiting::order_confirmed(tx, order, now).await
}

/// Takes the places of an ended order again, all or none. Nobody buys their way into what is over.
async fn revive(tx: &mut Tx, event: &Event, order: &Order, now: Instant) -> Result<bool, Refusal> {
    if event.is_past(now) {
        return Ok(false);
    }
    let tickets = store::tickets(&mut *tx, order.id).await?;
    let types = events::store::ticket_types(&mut *tx, event.id).await?;
    let places = i64::try_from(tickets.len()).unwrap_or(i64::MAX);
    let wanted = |of: &events::TicketType| {
        let n = tickets.iter().filter(|ticket| ticket.ticket_type_id == of.id).count();
        i64::try_from(n).unwrap_or(i64::MAX)
    };
    let fits = |left: Option<i64>, n: i64| left.is_none_or(|left| left >= n);
    if !fits(event.left(), places) || types.iter().any(|of| !fits(of.left(), wanted(of))) {
        return Ok(false);
    }
    let again: Vec<_> = types.iter().map(|of| (of.id, wanted(of))).collect();
    if waiting::closed_to_others(&mut *tx, event, &types, &again, now).await?
        || promo_codes::is_used_up(tx, order).await?
    {
        return Ok(false);
    }
    for of in &types {
        let n = wanted(of);
        if n > 0 {
            store::count(tx, of.id, n, 0).await?;
        }
    }
    store::count_event(tx, event.id, places).await?;
    store::set_state(tx, order.id, OrderState::Confirmed, places, now).await?;
    store::set_tickets(tx, order.id, TicketState::Cancelled, TicketState::Valid).await?;
    journal::append(tx, &order.stream(), &OrderFact::OrderRevived, Actor::Site, now).await?;
    Ok(true)
}

/// These let nobody in from now on; their places are free once the money is back.
pub async fn begin_refund(
    tx: &mut Tx,
    order: &Order,
    tickets: &[Id<Ticket>],
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    for ticket in tickets {
        store::set_ticket_state(tx, *ticket, TicketState::Refunding).await?;
    }
    if !store::tickets(&mut *tx, order.id).await?.iter().any(Ticket::is_valid) {
        store::set_state(tx, order.id, OrderState::Refunding, order.places, now).await?;
        invitations::friends::asker_gone(tx, order, actor, now).await?;
    }
    let fact = OrderFact::RefundBegun { tickets: tickets.to_vec() };
    journal::append(tx, &order.stream(), &fact, actor, now).await?;
    Ok(())
}

/// The money of these is back: their places are free.
pub async fn end_refund(tx: &mut Tx, order: &Order, tickets: &[Id<Ticket>], now: Instant) -> Result<(), Refusal> {
    if tickets.is_empty() {
        return Ok(());
    }
    for ticket in store::tickets(&mut *tx, order.id).await?.iter().filter(|ticket| tickets.contains(&ticket.id)) {
        store::set_ticket_state(tx, ticket.id, TicketState::Cancelled).await?;
        store::count(tx, ticket.ticket_type_id, -1, 0).await?;
    }
    let n = i64::try_from(tickets.len()).unwrap_or(i64::MAX);
    store::count_event(tx, order.event_id, -n).await?;
    waiting::places_freed(tx, order.event_id, now).await?;
    let left = order.places - n;
    let state = if left == 0 { OrderState::Cancelled } else { order.state };
    store::set_state(tx, order.id, state, left, now).await?;
    let fact = OrderFact::RefundEnded { tickets: tickets.to_vec() };
    journal::append(tx, &order.stream(), &fact, Actor::Site, now).await?;
    Ok(())
}
