//! Replays the journal and compares what follows from it with the tables: orders, tickets, places taken, money, credits,
//! plans, waiting lists, promo codes, taxes and invitations. The command's help and the README name the same.
mod comparing;

use std::collections::HashMap;

use super::facts::{OrderFact, PlacedTax, PlacedTicket};
use super::{Hold, Order, OrderState, PromoCode, Ticket, TicketState};
use crate::clock::Instant;
use crate::db::{Db, Tx};
use crate::events::taxes::TaxRate;
use crate::events::{Event, EventFact, TicketType};
use crate::ids::Id;
use crate::journal::{self, Entry};
use crate::members::Member;
use crate::payments;

/// Facts read at a time.
const BATCH: i64 = 5_000;

#[derive(Debug, Default)]
struct Replayed {
    orders: HashMap<Id<Order>, OrderNow>,
    tickets: HashMap<Id<Ticket>, TicketNow>,
    /// So that a fact about one order does not look through the tickets of all.
    of_order: HashMap<Id<Order>, Vec<Id<Ticket>>>,
    /// When events were last moved.
    moved: HashMap<Id<Event>, Instant>,
    money: payments::verify::Replayed,
    credits: crate::credits::verify::Replayed,
    plans: crate::plans::verify::Replayed,
    waiting: super::waiting::verify::Replayed,
    promos: super::promo_codes::verify::Replayed,
    taxes: super::taxes::verify::Replayed,
    invitations: crate::invitations::verify::Replayed,
}

#[derive(Debug, PartialEq, Eq)]
struct OrderNow {
    event: Id<Event>,
    member: Option<Id<Member>>,
    state: OrderState,
    hold: Option<(Hold, Instant)>,
    places: i64,
    total: i64,
    currency: String,
    promo: Option<Id<PromoCode>>,
    discount: i64,
    terms: String,
}

#[derive(Debug, PartialEq, Eq)]
struct TicketNow {
    order: Id<Order>,
    ticket_type: Id<TicketType>,
    state: TicketState,
    price: i64,
    discount: i64,
    tax: (i64, i64, Option<Id<TaxRate>>),
    checked_in_at: Option<Instant>,
    code_version: i64,
}

/// Each difference as a sentence for the operator; none when all agrees. Reads one snapshot.
pub async fn run(db: &Db) -> anyhow::Result<Vec<String>> {
    let mut tx = db.read().await?;
    let replayed = replay(&mut tx).await?;
    let mut differences = comparing::orders(&mut tx, &replayed).await?;
    differences.extend(comparing::tickets(&mut tx, &replayed).await?);
    differences.extend(comparing::counts(&mut tx, &replayed).await?);
    differences.extend(replayed.money.compare(&mut tx).await?);
    differences.extend(replayed.credits.compare(&mut tx).await?);
    differences.extend(replayed.plans.compare(&mut tx).await?);
    differences.extend(replayed.waiting.compare(&mut tx).await?);
    differences.extend(replayed.taxes.compare(&mut tx).await?);
    differences.extend(replayed.promos.compare(&mut tx, &replayed.uses()).await?);
    differences.extend(replayed.invitations.compare(&mut tx).await?);
    Ok(differences)
}

async fn replay(tx: &mut Tx) -> anyhow::Result<Replayed> {
    let (mut replayed, mut after) = (Replayed::default(), 0);
    loop {
        let entries = journal::since(tx, after, BATCH).await?;
        let Some(last) = entries.last() else { return Ok(replayed) };
        after = last.seq;
        for entry in &entries {
            if let Some(id) = entry.stream.strip_prefix("order/").and_then(|id| id.parse().ok()) {
                replayed.apply(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("payment/").and_then(|id| id.parse().ok()) {
                replayed.money.apply(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("credits/").and_then(|id| id.parse().ok()) {
                replayed.credits.apply(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("event/").and_then(|id| id.parse().ok()) {
                replayed.credits.of_event(id, entry);
                replayed.of_event(id, entry)?;
            } else if entry.stream == crate::plans::PRODUCTS {
                replayed.plans.product(entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("plan/").and_then(|id| id.parse().ok()) {
                replayed.plans.account(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("subscription/").and_then(|id| id.parse().ok()) {
                replayed.plans.subscription(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("waiting/").and_then(|id| id.parse().ok()) {
                replayed.waiting.apply(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("promo/").and_then(|id| id.parse().ok()) {
                replayed.promos.apply(id, entry)?;
            } else if let Some(id) = entry.stream.strip_prefix("invitation/").and_then(|id| id.parse().ok()) {
                replayed.invitations.apply(id, entry)?;
            }
        }
    }
}

impl Replayed {
    /// Applies one fact of the stream `event/EVENT`: most are none of ours.
    fn of_event(&mut self, id: Id<Event>, entry: &Entry) -> anyhow::Result<()> {
        if entry.kind == "event_edited"
            && let EventFact::EventEdited { moved: true, .. } = entry.fact()?
        {
            self.moved.insert(id, entry.at);
        }
        Ok(())
    }

    fn apply(&mut self, id: Id<Order>, entry: &Entry) -> anyhow::Result<()> {
        let fact: OrderFact = entry.fact()?;
        if let OrderFact::OrderPlaced { event, member, tickets, total, currency, hold, promo, taxes, terms, .. } = fact
        {
            let state = if hold.is_some() { OrderState::Held } else { OrderState::Confirmed };
            let hold = hold.map(|hold| (hold.hold, hold.until));
            let places = i64::try_from(tickets.len())?;
            let discount = tickets.iter().map(|placed| placed.discount).sum();
            let order = OrderNow { event, member, state, hold, places, total, currency, promo, discount, terms };
            self.placed(id, order, &tickets, &taxes);
            return Ok(());
        }
        self.happened(id, fact, entry)
    }

    fn placed(&mut self, id: Id<Order>, order: OrderNow, tickets: &[PlacedTicket], taxes: &[PlacedTax]) {
        let state = if order.hold.is_some() { TicketState::Held } else { TicketState::Valid };
        self.tickets.extend(tickets.iter().map(|placed| (placed.id, TicketNow::placed(id, state, placed))));
        self.taxes.placed(id, taxes, tickets);
        self.of_order.insert(id, tickets.iter().map(|placed| placed.id).collect());
        self.orders.insert(id, order);
    }

    /// All that can happen to an order once it is placed.
    fn happened(&mut self, id: Id<Order>, fact: OrderFact, entry: &Entry) -> anyhow::Result<()> {
        let order =
            self.orders.get_mut(&id).ok_or_else(|| anyhow::anyhow!("{} begins without order_placed", entry.stream))?;
        match fact {
            OrderFact::OrderPlaced { .. } | OrderFact::AttendeesNamed => {}
            OrderFact::OrderConfirmed => {
                order.state = OrderState::Confirmed;
                self.set_tickets(id, Some(TicketState::Held), TicketState::Valid);
            }
            OrderFact::HoldEnded => self.over(id, OrderState::Ended),
            OrderFact::OrderCancelled => self.over(id, OrderState::Cancelled),
            OrderFact::TicketCancelled { ticket } => {
                order.places -= 1;
                self.ticket(ticket)?.state = TicketState::Cancelled;
                self.only_refunding(id);
            }
            OrderFact::OrderClaimed { member } => order.member = Some(member),
            OrderFact::CheckedIn { ticket } => self.ticket(ticket)?.checked_in_at = Some(entry.at),
            OrderFact::CheckInUndone { ticket } => self.ticket(ticket)?.checked_in_at = None,
            OrderFact::HoldChanged { hold, until } => order.hold = Some((hold, until)),
            OrderFact::RefundBegun { tickets } => self.refund_begun(id, &tickets)?,
            OrderFact::RefundEnded { tickets } => self.refund_ended(id, &tickets)?,
            OrderFact::OrderRepriced { tickets, total, promo, taxes } => {
                (order.total, order.promo) = (total, promo);
                order.discount = tickets.iter().map(|ticket| ticket.discount).sum();
                self.repriced(id, &tickets, &taxes)?;
            }
            OrderFact::TicketGiven { ticket } => self.ticket(ticket)?.code_version += 1,
            OrderFact::OrderRevived => {
                order.state = OrderState::Confirmed;
                order.places = i64::try_from(self.of_order.get(&id).map_or(0, Vec::len))?;
                self.set_tickets(id, None, TicketState::Valid);
            }
        }
        Ok(())
    }

    /// None of its places is taken any more.
    fn over(&mut self, id: Id<Order>, state: OrderState) {
        if let Some(order) = self.orders.get_mut(&id) {
            (order.state, order.places) = (state, 0);
        }
        self.set_tickets(id, None, TicketState::Cancelled);
    }

    /// Tickets of an order, those in a state or all.
    fn set_tickets(&mut self, id: Id<Order>, from: Option<TicketState>, to: TicketState) {
        for ticket in self.of_order.get(&id).into_iter().flatten() {
            if let Some(ticket) = self.tickets.get_mut(ticket)
                && from.is_none_or(|from| ticket.state == from)
            {
                ticket.state = to;
            }
        }
    }

    fn repriced(&mut self, id: Id<Order>, tickets: &[PlacedTicket], taxes: &[PlacedTax]) -> anyhow::Result<()> {
        for placed in tickets {
            let ticket = self.ticket(placed.id)?;
            let before = ticket.tax.2;
            (ticket.price, ticket.discount) = (placed.price, placed.discount);
            ticket.tax = (placed.tax, placed.added, placed.rate);
            if let Some(rate) = before {
                self.taxes.forget(id, rate);
            }
        }
        self.taxes.placed(id, taxes, tickets);
        Ok(())
    }

    fn refund_begun(&mut self, id: Id<Order>, tickets: &[Id<Ticket>]) -> anyhow::Result<()> {
        for ticket in tickets {
            self.ticket(*ticket)?.state = TicketState::Refunding;
        }
        self.only_refunding(id);
        Ok(())
    }

    /// An order of which no ticket lets anybody in waits for its money.
    fn only_refunding(&mut self, id: Id<Order>) {
        let of_order = self.of_order.get(&id).into_iter().flatten().filter_map(|ticket| self.tickets.get(ticket));
        let states: Vec<_> = of_order.map(|ticket| ticket.state).collect();
        let live = |state: &TicketState| matches!(state, TicketState::Valid | TicketState::Held);
        if states.contains(&TicketState::Refunding)
            && !states.iter().any(live)
            && let Some(order) = self.orders.get_mut(&id)
        {
            order.state = OrderState::Refunding;
        }
    }

    fn refund_ended(&mut self, id: Id<Order>, tickets: &[Id<Ticket>]) -> anyhow::Result<()> {
        for ticket in tickets {
            self.ticket(*ticket)?.state = TicketState::Cancelled;
        }
        if let Some(order) = self.orders.get_mut(&id) {
            order.places -= i64::try_from(tickets.len())?;
            if order.places == 0 {
                order.state = OrderState::Cancelled;
            }
        }
        Ok(())
    }

    /// How many orders keep or have places through each promo code.
    fn uses(&self) -> HashMap<Id<PromoCode>, i64> {
        let mut uses = HashMap::new();
        let live = |order: &&OrderNow| !matches!(order.state, OrderState::Ended | OrderState::Cancelled);
        for promo in self.orders.values().filter(live).filter_map(|order| order.promo) {
            *uses.entry(promo).or_default() += 1;
        }
        uses
    }

    fn ticket(&mut self, id: Id<Ticket>) -> anyhow::Result<&mut TicketNow> {
        self.tickets.get_mut(&id).ok_or_else(|| anyhow::anyhow!("a fact speaks of ticket {id}, which no order has"))
    }
}

impl TicketNow {
    fn placed(order: Id<Order>, state: TicketState, placed: &PlacedTicket) -> Self {
        Self {
            order,
            ticket_type: placed.ticket_type,
            state,
            price: placed.price,
            discount: placed.discount,
            tax: (placed.tax, placed.added, placed.rate),
            checked_in_at: None,
            code_version: 0,
        }
    }
}
