//! What becomes of an order: confirmed, given back. What the clock ends is [`super::holds`].
//!
//! Each locks the event first and then the order, as [`super::take`] does, so they cannot wait for each other.
use super::facts::OrderFact;
use super::{
    Hold, Order, OrderState, RefundRule, Refusal, Ticket, TicketState, claiming, paying, store, telling, waiting,
};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{self, Event};
use crate::ids::Id;
use crate::invitations;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::payments;
use crate::web::limits::mail_allowed;

/// Locks an order and its event.
pub(super) async fn lock(tx: &mut Tx, id: Id<Order>) -> Result<(Event, Order), Refusal> {
    let order = store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    let event = events::store::lock(tx, order.event_id).await?.ok_or(Refusal::NotLive)?;
    let order = store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    Ok((event, order))
}

/// Confirms a held order: its places are sold, its tickets valid and on their way. Confirming twice is harmless.
pub async fn confirm(tx: &mut Tx, id: Id<Order>, actor: Actor, now: Instant) -> Result<Order, Refusal> {
    let (event, order) = lock(tx, id).await?;
    if order.hold != Some(Hold::Confirm) {
        // Paid places are confirmed by their payment.
        return Err(Refusal::NotLive);
    }
    match order.state {
        OrderState::Confirmed => return Ok(order),
        OrderState::Cancelled | OrderState::Refunding => return Err(Refusal::NotLive),
        OrderState::Held if order.held_until.is_none_or(|until| now < until) => {}
        OrderState::Held | OrderState::Ended => return Err(Refusal::HoldOver),
    }
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if event.is_past(now) {
        return Err(Refusal::Past);
    }
    let person = store::person(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    // As a member the same person may have taken places since: a party is not counted twice.
    if store::confirmed_from(tx, event.id, &person.email_key).await? {
        return Err(Refusal::AlreadyGoing);
    }
    for (of, n) in store::places_by_type(tx, id).await? {
        store::count(tx, of, n, -n).await?;
    }
    store::set_state(tx, id, OrderState::Confirmed, order.places, now).await?;
    store::set_tickets(tx, id, TicketState::Held, TicketState::Valid).await?;
    journal::append(tx, &order.stream(), &OrderFact::OrderConfirmed, actor, now).await?;
    send_tickets(tx, &order, now).await?;
    if order.member_id.is_none() {
        claiming::claim_for_owner(tx, &person.email_key, now).await?;
    }
    store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)
}

/// Who gives places back, and so under which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The buyer: as long as [`RefundRule`] says, and not after check-in. What is not paid or confirmed, at any time.
    Buyer(Actor),
    /// Those who run the event: at any time.
    Host(Actor),
}

impl By {
    pub(super) fn actor(self) -> Actor {
        match self {
            Self::Buyer(actor) | Self::Host(actor) => actor,
        }
    }
    /// Whether this giver may give places back now.
    pub fn may(self, event: &Event, order: &Order, checked_in: bool, now: Instant) -> Result<(), Refusal> {
        match self {
            Self::Host(_) => Ok(()),
            Self::Buyer(_) if order.is_held() => Ok(()),
            Self::Buyer(_) if checked_in => Err(Refusal::AlreadyCheckedIn),
            Self::Buyer(_) if RefundRule::of(event, order).is_over(now) => Err(Refusal::TooLateToCancel),
            Self::Buyer(_) => Ok(()),
        }
    }
}

/// Gives all places of an order back. Doing it twice frees them once.
pub async fn cancel(tx: &mut Tx, id: Id<Order>, by: By, now: Instant) -> Result<Order, Refusal> {
    let (event, order) = lock(tx, id).await?;
    if matches!(order.state, OrderState::Cancelled | OrderState::Refunding) {
        return Ok(order);
    }
    if !order.is_live() {
        return Err(Refusal::NotLive);
    }
    let tickets = store::tickets(&mut *tx, id).await?;
    by.may(&event, &order, tickets.iter().any(|ticket| ticket.checked_in_at.is_some()), now)?;
    if !refund(tx, &event, &order, tickets.iter().filter(|ticket| ticket.is_valid()), by, now).await? {
        if tickets.iter().any(|ticket| ticket.state == TicketState::Refunding) {
            end_the_others(tx, &order, &tickets, by, now).await?;
        } else {
            free(tx, &order, OrderState::Cancelled, now).await?;
            journal::append(tx, &order.stream(), &OrderFact::OrderCancelled, by.actor(), now).await?;
        }
    }
    if order.is_held() && order.total > 0 {
        jobs::enqueue(tx, Job::ClosePayments { order: id }, now).await?;
    }
    if order.is_confirmed() {
        invitations::friends::asker_gone(tx, &order, by.actor(), now).await?;
    }
    // Who pays later was promised the places, and others may have paid for theirs: those are not taken without a word.
    if order.is_confirmed() || (matches!(by, By::Host(_)) && paying::is_counted_on(tx, &order).await?) {
        let letter = if event.is_cancelled() {
            Letter::EventCancelled { order: id }
        } else {
            Letter::OrderCancelled { order: id }
        };
        write_to_buyer(tx, &order, letter, now).await?;
        let valid: Vec<_> = tickets.into_iter().filter(Ticket::is_valid).collect();
        telling::given_back(tx, (&event, &order), &valid, by, now).await?;
    }
    store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)
}

/// Asks for the money of these places, where there is any to come back: then they are free when it is.
async fn refund<'a>(
    tx: &mut Tx,
    event: &Event,
    order: &Order,
    tickets: impl Iterator<Item = &'a Ticket>,
    by: By,
    now: Instant,
) -> Result<bool, Refusal> {
    if !order.is_confirmed() || order.total == 0 {
        return Ok(false);
    }
    let tickets: Vec<_> = tickets.collect();
    let amount = match by {
        By::Host(_) => tickets.iter().map(|ticket| ticket.price).sum(),
        By::Buyer(_) => RefundRule::of(event, order).back(order, &tickets),
    };
    if amount == 0 {
        return Ok(false);
    }
    let Some(payment) = payments::store::bought(tx, order.id).await? else { return Ok(false) };
    // All of it may have gone back before, as an amount, or been taken back by a bank.
    if payments::refunds::left(tx, &payment).await? == 0 {
        return Ok(false);
    }
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.id).collect();
    let why = if event.is_cancelled() { payments::Why::Cancelled } else { payments::Why::Tickets };
    payments::refunds::ask(tx, Some(order), &payment, amount, why, &ids, by.actor(), now).await?;
    Ok(true)
}

/// Gives one place of an order back; the last one cancels the order.
pub async fn cancel_ticket(tx: &mut Tx, id: Id<Ticket>, by: By, now: Instant) -> Result<Order, Refusal> {
    let ticket = store::ticket(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    let (event, order) = lock(tx, ticket.order_id).await?;
    let ticket = store::ticket(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    if matches!(ticket.state, TicketState::Cancelled | TicketState::Refunding) {
        return Ok(order);
    }
    if order.is_held() && order.total > 0 {
        // Its price is part of what is being paid: the order is given up as a whole, or not.
        return match by {
            By::Host(_) => Box::pin(cancel(tx, order.id, by, now)).await,
            By::Buyer(_) => Err(Refusal::NotLive),
        };
    }
    let others = store::tickets(&mut *tx, order.id).await?;
    if others.iter().all(|other| other.id == id || !matches!(other.state, TicketState::Held | TicketState::Valid)) {
        return Box::pin(cancel(tx, order.id, by, now)).await;
    }
    by.may(&event, &order, ticket.checked_in_at.is_some(), now)?;
    if order.is_confirmed() {
        write_to_buyer(tx, &order, Letter::TicketBack { ticket: id }, now).await?;
        telling::given_back(tx, (&event, &order), std::slice::from_ref(&ticket), by, now).await?;
    }
    if refund(tx, &event, &order, std::iter::once(&ticket), by, now).await? {
        return store::by_id(&mut *tx, order.id).await?.ok_or(Refusal::NotLive);
    }
    end_one(tx, &order, &ticket, by, now).await?;
    store::set_state(tx, order.id, order.state, order.places - 1, now).await?;
    store::by_id(&mut *tx, order.id).await?.ok_or(Refusal::NotLive)
}

/// Ends one ticket and frees its place; the order's own row is the caller's.
async fn end_one(tx: &mut Tx, order: &Order, ticket: &Ticket, by: By, now: Instant) -> Result<(), Refusal> {
    let (sold, held) = if ticket.state == TicketState::Valid { (-1, 0) } else { (0, -1) };
    store::cancel_one_ticket(tx, ticket.id).await?;
    store::count(tx, ticket.ticket_type_id, sold, held).await?;
    store::count_event(tx, order.event_id, -1).await?;
    waiting::places_freed(tx, order.event_id, now).await?;
    let fact = OrderFact::TicketCancelled { ticket: ticket.id };
    journal::append(tx, &order.stream(), &fact, by.actor(), now).await?;
    Ok(())
}

/// Ends what lets anybody in. Tickets whose money is still on its way back keep their places, and the order, until it
/// is there.
async fn end_the_others(tx: &mut Tx, order: &Order, tickets: &[Ticket], by: By, now: Instant) -> Result<(), Refusal> {
    let mut left = order.places;
    for ticket in tickets.iter().filter(|ticket| ticket.is_valid()) {
        end_one(tx, order, ticket, by, now).await?;
        left -= 1;
    }
    Ok(store::set_state(tx, order.id, OrderState::Refunding, left, now).await?)
}

/// Frees the places of a live order and ends its tickets.
pub(super) async fn free(tx: &mut Tx, order: &Order, state: OrderState, now: Instant) -> Result<(), Refusal> {
    for (of, n) in store::places_by_type(tx, order.id).await? {
        let (sold, held) = if order.is_confirmed() { (-n, 0) } else { (0, -n) };
        store::count(tx, of, sold, held).await?;
    }
    store::count_event(tx, order.event_id, -order.places).await?;
    store::set_state(tx, order.id, state, 0, now).await?;
    store::end_tickets(tx, order.id).await?;
    waiting::order_freed(tx, order, state, now).await
}

/// Queues a letter to whoever ordered.
pub async fn write_to_buyer(tx: &mut Tx, order: &Order, letter: Letter, now: Instant) -> Result<(), Refusal> {
    if let Some(reader) = buyer(tx, order).await? {
        letters::queue(tx, letter, &reader, now).await?;
    }
    Ok(())
}

/// Whoever ordered, as a reader of letters.
pub(super) async fn buyer(tx: &mut Tx, order: &Order) -> Result<Option<Reader>, Refusal> {
    let person = store::person(&mut *tx, order.id).await?;
    Ok(person.map(|person| person.reader(order)))
}

/// Queues the letter with all tickets to whoever ordered, and each companion whose address is known their own.
pub async fn send_tickets(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    write_to_buyer(tx, order, Letter::Tickets { order: order.id }, now).await?;
    super::naming::mail_companions(tx, order, |_| true, now).await
}

/// What whoever ordered is written once more: their tickets, how to pay later or that their money is on its way, or the
/// link to confirm.
pub(super) fn again(order: &Order) -> Letter {
    let id = order.id;
    if order.is_expected() {
        Letter::Owed { order: id }
    } else if order.is_held() {
        Letter::ConfirmPlaces { order: id }
    } else {
        Letter::Tickets { order: id }
    }
}

/// Writes to the buyer once more, when they ask. Not without end.
pub async fn write_again(tx: &mut Tx, id: Id<Order>, now: Instant) -> Result<(), Refusal> {
    let order = store::by_id(&mut *tx, id).await?.filter(Order::is_live).ok_or(Refusal::NotLive)?;
    let person = store::person(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    if !mail_allowed(tx, "asked-again", &person.email_key, now).await? {
        return Err(Refusal::TooManyMails);
    }
    write_to_buyer(tx, &order, again(&order), now).await
}
