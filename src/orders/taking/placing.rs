//! Writes down an order that no rule forbids: its rows, the counts of its event, and the fact that says all of it.
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::taxes::Taxes;
use crate::events::{self, Event};
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::journal;
use crate::orders::facts::{OrderFact, PlacedHold, PlacedTax, PlacedTicket};
use crate::orders::price::{Chosen, Priced};
use crate::orders::taxes::{self, OrderTax};
use crate::orders::{Buyer, Order, OrderState, Person, PromoCode, Refusal, TicketState, Wish, codes_store, store};
use crate::site;

pub(super) async fn place(
    tx: &mut Tx,
    event: &Event,
    chosen: &[Chosen<'_>],
    (priced, code, taxes): (Priced, Option<PromoCode>, &Taxes),
    wish: &Wish,
    now: Instant,
) -> Result<(Order, Person), Refusal> {
    let order = order(tx, event, chosen, (&priced, code), wish, now).await?;
    let taxes = taxes::of_tickets(order.id, &priced.tickets, &taxes.rates, &order.currency);
    let person = person(&order, &wish.buyer);
    store::insert(tx, &order).await?;
    for tax in &taxes {
        taxes::store::insert(tx, tax).await?;
    }
    store::insert_person(tx, &person).await?;
    insert_tickets(tx, &order, &priced.tickets, wish).await?;
    count(tx, &order, chosen).await?;
    let fact = placed(&order, priced.tickets, &taxes);
    journal::append(tx, &order.stream(), &fact, wish.actor, now).await?;
    if let Some(until) = order.held_until {
        jobs::enqueue(tx, Job::EndHold { order: order.id, closing: false }, until).await?;
    }
    if let Some(member) = order.member_id {
        events::store::set_answer(tx, event.id, member, "", now).await?;
    }
    Ok((order, person))
}

async fn order(
    tx: &mut Tx,
    event: &Event,
    chosen: &[Chosen<'_>],
    (priced, code): (&Priced, Option<PromoCode>),
    wish: &Wish,
    now: Instant,
) -> Result<Order, Refusal> {
    let (member, ..) = wish.buyer.parts();
    let hold = wish.hold(event, priced.total, now)?;
    Ok(Order {
        id: Id::new(),
        event_id: event.id,
        member_id: member,
        state: if hold.is_some() { OrderState::Held } else { OrderState::Confirmed },
        hold: hold.map(|hold| hold.hold),
        held_until: hold.map(|hold| hold.until),
        places: chosen.iter().map(|of| of.places).sum(),
        total: priced.total,
        currency: chosen.first().map_or_else(String::new, |of| of.of.currency.clone()),
        promo_id: code.map(|code| code.id),
        discount: priced.discount,
        terms: if priced.total > 0 { site::terms_version(&mut *tx).await? } else { String::new() },
        placed_at: now,
        confirmed_at: hold.is_none().then_some(now),
        ended_at: None,
    })
}

fn person(order: &Order, buyer: &Buyer) -> Person {
    let (_, name, email, locale) = buyer.parts();
    Person {
        order_id: order.id,
        name: name.to_owned(),
        email: email.address.clone(),
        email_key: email.key.clone(),
        locale: locale.tag().to_owned(),
    }
}

/// The tickets with who comes: the buyer first, the others as far as they were named. Several have a code for all.
async fn insert_tickets(tx: &mut Tx, order: &Order, tickets: &[PlacedTicket], wish: &Wish) -> Result<(), Refusal> {
    let (_, name, email, _) = wish.buyer.parts();
    let state = if order.is_held() { TicketState::Held } else { TicketState::Valid };
    for (ticket, position) in tickets.iter().zip(0_i64..) {
        let buyer = if position == 0 { (name, email.address.as_str()) } else { ("", "") };
        let told = wish.attendees.get(usize::try_from(position).unwrap_or(usize::MAX));
        let (attendee, mail) = told.map_or(buyer, |(name, mail)| (name.as_str(), mail.as_str()));
        store::insert_ticket(tx, order, ticket, position, state).await?;
        store::insert_attendee(tx, ticket.id, order.event_id, &ids::ticket_code(), attendee, mail).await?;
    }
    if order.places > 1 {
        codes_store::insert_party(tx, order, &ids::ticket_code()).await?;
    }
    Ok(())
}

/// Its places are taken of their types, and of the event.
async fn count(tx: &mut Tx, order: &Order, chosen: &[Chosen<'_>]) -> Result<(), Refusal> {
    let (sold, held) = if order.is_held() { (0, 1) } else { (1, 0) };
    for Chosen { of, places, .. } in chosen {
        store::count(tx, of.id, sold * places, held * places).await?;
    }
    Ok(store::count_event(tx, order.event_id, order.places).await?)
}

fn placed(order: &Order, tickets: Vec<PlacedTicket>, taxes: &[OrderTax]) -> OrderFact {
    OrderFact::OrderPlaced {
        order: order.id,
        event: order.event_id,
        member: order.member_id,
        tickets,
        total: order.total,
        currency: order.currency.clone(),
        hold: order.hold.zip(order.held_until).map(|(hold, until)| PlacedHold { hold, until }),
        promo: order.promo_id,
        taxes: taxes.iter().map(PlacedTax::of).collect(),
        terms: order.terms.clone(),
    }
}
