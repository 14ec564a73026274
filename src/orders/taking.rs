//! The one verb that takes places: for members, guests and hosts, page and API alike.
use super::facts::{OrderFact, PlacedHold, PlacedTax};
use super::price::{Chosen, Priced, priced};
use super::situation::Situation;
use super::{
    Buyer, Hold, Order, OrderState, Person, PromoCode, Refusal, Taken, TicketState, Way, Wish, ending, naming,
    promo_codes, store, taxes, waiting,
};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::taxes::Taxes;
use crate::events::{self, Event, TicketType};
use crate::ids::{self, Id};
use crate::invitations;
use crate::jobs::{self, Job};
use crate::journal;
use crate::letters::{self, Letter};
use crate::site;
use crate::web::limits::mail_allowed;

/// Takes all places of a wish or none. The event's row is locked while it counts, so capacity is never
/// exceeded, on either engine and through any number of processes.
pub async fn take(tx: &mut Tx, wish: &Wish, now: Instant) -> Result<Taken, Refusal> {
    let situation = Situation::of(tx, wish).await?;
    let Situation { event, types, before, .. } = &situation;
    if let (Some((_, body)), Some((order, said))) = (&wish.form, before) {
        return if said == body { Ok(Taken::Again(*order)) } else { Err(Refusal::OtherContents) };
    }
    let chosen = check(event, types, wish, now)?;
    let welcome = welcome(tx, event, wish).await? && alone(tx, event, &chosen, wish).await?;
    if !welcome && !wish.waits_for_mail(0) {
        return Err(Refusal::NotInvited);
    }
    if situation.is_closed(wish, now) {
        return Err(Refusal::Full { left: 0 });
    }
    let code = match wish.way {
        Way::Own => promo_codes::typed(tx, event, &wish.promo, now).await?,
        Way::Invited | Way::Host | Way::Queue { .. } => None,
    };
    let taxes = if chosen.iter().any(|of| of.price > 0) {
        events::taxes::of_event(&mut *tx, event.id).await?
    } else {
        Taxes::default()
    };
    let priced = priced(&chosen, code.as_ref(), &taxes)?;
    if let Some(taken) = not_twice(tx, &situation, wish, priced.total, now).await? {
        return Ok(taken);
    }
    if !welcome {
        // Whether an address was asked is its owner's business: a guest is answered as if it was, and nothing is done.
        // Where something is paid there is no answer without places.
        return if priced.total > 0 { Err(Refusal::NotInvited) } else { Ok(Taken::Nothing(Id::new())) };
    }
    let (order, buyer) = place(tx, event, &chosen, (priced, code, &taxes), wish, now).await?;
    if let Some((form, body)) = &wish.form {
        store::insert_form(tx, form, body, order.id, now).await?;
    }
    tell(tx, &order, buyer, wish, now).await?;
    if wish.way == Way::Host {
        waiting::places_taken(tx, event.id).await?;
    }
    if let (true, Buyer::Guest { email, .. }) = (order.is_confirmed(), &wish.buyer) {
        super::claiming::claim_for_owner(tx, &email.key, now).await?;
    }
    Ok(Taken::New(order))
}

/// One order a person and event while it is free; of paid ones, one that waits to be paid.
async fn not_twice(
    tx: &mut Tx,
    situation: &Situation,
    wish: &Wish,
    total: i64,
    now: Instant,
) -> Result<Option<Taken>, Refusal> {
    if total > 0 {
        return match situation {
            Situation { stands: false, .. } => Err(Refusal::NoAccount),
            Situation { unpaid: true, .. } => Err(Refusal::Unpaid),
            _ => Ok(None),
        };
    }
    // Counted and refused alike whether the address has places or not, so that the answer tells nobody.
    let (_, _, email, _) = wish.buyer.parts();
    if wish.waits_for_mail(total) && !mail_allowed(tx, "places", &email.key, now).await? {
        return Err(Refusal::TooManyMails);
    }
    match situation {
        Situation { stands: false, .. } => Err(Refusal::NoAccount),
        Situation { live: None, .. } => Ok(None),
        Situation { live: Some(id), .. } if wish.waits_for_mail(total) => already(tx, *id, now).await.map(Some),
        Situation { live: Some(_), .. } => Err(Refusal::AlreadyGoing),
    }
}

/// Tells a guest by mail what the page must not: whether an address comes to an event is its owner's business.
/// It goes to the address of the order, however the same one was written this time.
async fn already(tx: &mut Tx, id: Id<Order>, now: Instant) -> Result<Taken, Refusal> {
    if let Some(order) = store::by_id(&mut *tx, id).await? {
        let letter =
            if order.is_held() { Letter::ConfirmPlaces { order: id } } else { Letter::AlreadyGoing { order: id } };
        ending::write_to_buyer(tx, &order, letter, now).await?;
    }
    Ok(Taken::Already(id))
}

/// Where only those may come who were asked: whether this one was, or runs it.
async fn welcome(tx: &mut Tx, event: &Event, wish: &Wish) -> Result<bool, Refusal> {
    let (member, _, email, _) = wish.buyer.parts();
    if !wish.is_own() || invitations::is_welcome(&mut *tx, event, &email.key).await? {
        return Ok(true);
    }
    match member {
        Some(member) => Ok(events::store::hosted_by(tx, &event.slug, member).await?.is_some()),
        None => Ok(false),
    }
}

/// Whether whoever may come as somebody's friend only takes one place, once. A guest's address is not proven, so that
/// they are answered like those who were not asked. On the waiting list, too; a host may give them more.
async fn alone(tx: &mut Tx, event: &Event, chosen: &[Chosen<'_>], wish: &Wish) -> Result<bool, Refusal> {
    let (member, _, email, _) = wish.buyer.parts();
    if wish.way == Way::Host || !invitations::friends::is_friend(&mut *tx, event, &email.key).await? {
        return Ok(true);
    }
    let unproven = wish.waits_for_mail(0);
    if chosen.iter().map(|of| of.places).sum::<i64>() > 1 {
        return if unproven { Ok(false) } else { Err(Refusal::TooManyPlusOnes { most: 0 }) };
    }
    // Of free places one order a person is the rule for all.
    let paid = chosen.iter().any(|of| of.price > 0);
    if paid && store::live_of(tx, event.id, member, &email.key).await?.is_some() {
        return if unproven { Ok(false) } else { Err(Refusal::AlreadyGoing) };
    }
    Ok(true)
}

/// Whether the event takes anybody on this road.
fn open(event: &Event, wish: &Wish, now: Instant) -> Result<(), Refusal> {
    let own = wish.is_own();
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if !event.is_published() {
        return Err(Refusal::NotOpen);
    }
    if event.is_past(now) && own {
        return Err(Refusal::Past);
    }
    if own && event.closes_at.is_some_and(|closes| closes <= now) {
        return Err(Refusal::Closed);
    }
    if own && event.account_required && matches!(wish.buyer, Buyer::Guest { .. }) {
        return Err(Refusal::AccountRequired);
    }
    Ok(())
}

/// The types of a wish with how many of each, at their price.
fn chosen<'a>(types: &'a [TicketType], wish: &Wish) -> Result<Vec<Chosen<'a>>, Refusal> {
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for (id, n) in &wish.places {
        let of = types.iter().find(|of| of.id == *id).ok_or(Refusal::UnknownType)?;
        if *n < 0 || chosen.iter().any(|other| other.of.id == *id) {
            return Err(Refusal::UnknownType);
        }
        if *n > 0 {
            chosen.push(Chosen { of, places: *n, price: wish.price(of)? });
        }
    }
    Ok(chosen)
}

/// Every rule but "not twice". Answers the chosen types with how many of each.
fn check<'a>(event: &Event, types: &'a [TicketType], wish: &Wish, now: Instant) -> Result<Vec<Chosen<'a>>, Refusal> {
    let own = wish.is_own();
    open(event, wish, now)?;
    let chosen = chosen(types, wish)?;
    let places: i64 = chosen.iter().map(|of| of.places).sum();
    if places == 0 {
        return Err(Refusal::NoPlaces);
    }
    if own && places > 1 + event.plus_ones {
        return Err(Refusal::TooManyPlusOnes { most: event.plus_ones });
    }
    for Chosen { of, places: n, .. } in &chosen {
        if own && !of.on_sale(now) {
            return Err(Refusal::NotOnSale { name: of.name.clone() });
        }
        if own && *n > of.per_order {
            return Err(Refusal::TooManyPerOrder { name: of.name.clone(), most: of.per_order });
        }
        if let Some(left) = of.left().filter(|left| left < n) {
            return Err(Refusal::Full { left: left.min(event.left().unwrap_or(left)) });
        }
    }
    match event.left() {
        Some(left) if left < places => Err(Refusal::Full { left }),
        _ => Ok(chosen),
    }
}

async fn place(
    tx: &mut Tx,
    event: &Event,
    chosen: &[Chosen<'_>],
    (priced, code, taxes): (Priced, Option<PromoCode>, &Taxes),
    wish: &Wish,
    now: Instant,
) -> Result<(Order, Person), Refusal> {
    let (member, name, email, locale) = wish.buyer.parts();
    let Priced { tickets, total, discount } = priced;
    let promo = code.map(|code| code.id);
    let hold = wish.hold(event, total, now)?;
    let order = Order {
        id: Id::new(),
        event_id: event.id,
        member_id: member,
        state: if hold.is_some() { OrderState::Held } else { OrderState::Confirmed },
        hold: hold.map(|hold| hold.hold),
        held_until: hold.map(|hold| hold.until),
        places: chosen.iter().map(|of| of.places).sum(),
        total,
        currency: chosen.first().map_or_else(String::new, |of| of.of.currency.clone()),
        promo_id: promo,
        discount,
        terms: if total > 0 { site::terms_version(&mut *tx).await? } else { String::new() },
        placed_at: now,
        confirmed_at: hold.is_none().then_some(now),
        ended_at: None,
    };
    let state = if hold.is_some() { TicketState::Held } else { TicketState::Valid };
    store::insert(tx, &order).await?;
    let taxes = taxes::of_tickets(order.id, &tickets, &taxes.rates, &order.currency);
    for tax in &taxes {
        taxes::store::insert(tx, tax).await?;
    }
    let person = Person {
        order_id: order.id,
        name: name.to_owned(),
        email: email.address.clone(),
        email_key: email.key.clone(),
        locale: locale.tag().to_owned(),
    };
    store::insert_person(tx, &person).await?;
    for (ticket, position) in tickets.iter().zip(0_i64..) {
        let buyer = if position == 0 { (name, email.address.as_str()) } else { ("", "") };
        let told = wish.attendees.get(usize::try_from(position).unwrap_or(usize::MAX));
        let (attendee, mail) = told.map_or(buyer, |(name, mail)| (name.as_str(), mail.as_str()));
        store::insert_ticket(tx, &order, ticket, position, state).await?;
        store::insert_attendee(tx, ticket.id, event.id, &ids::ticket_code(), attendee, mail).await?;
    }
    if order.places > 1 {
        super::codes_store::insert_party(tx, &order, &ids::ticket_code()).await?;
    }
    let (sold, held) = if hold.is_some() { (0, 1) } else { (1, 0) };
    for Chosen { of, places, .. } in chosen {
        store::count(tx, of.id, sold * places, held * places).await?;
    }
    store::count_event(tx, event.id, order.places).await?;
    let fact = OrderFact::OrderPlaced {
        order: order.id,
        event: event.id,
        member,
        tickets,
        total: order.total,
        currency: order.currency.clone(),
        hold,
        promo,
        taxes: taxes.iter().map(PlacedTax::of).collect(),
        terms: order.terms.clone(),
    };
    journal::append(tx, &order.stream(), &fact, wish.actor, now).await?;
    if let Some(PlacedHold { until, .. }) = hold {
        jobs::enqueue(tx, Job::EndHold { order: order.id, closing: false }, until).await?;
    }
    if let Some(member) = member {
        events::store::set_answer(tx, event.id, member, "", now).await?;
    }
    Ok((order, person))
}

async fn tell(tx: &mut Tx, order: &Order, buyer: Person, wish: &Wish, now: Instant) -> Result<(), Refusal> {
    let letter = match order.hold {
        None => Letter::Tickets { order: order.id },
        Some(Hold::Confirm) => Letter::ConfirmPlaces { order: order.id },
        Some(Hold::Owed) => Letter::Owed { order: order.id },
        // Whoever pays now is on the page; the mail comes with the tickets.
        Some(Hold::Checkout | Hold::Paying | Hold::OnItsWay | Hold::Offer) => return Ok(()),
    };
    let others = wish.attendees.iter().any(|(_, email)| !email.is_empty() && *email != buyer.email);
    letters::queue(tx, letter, &buyer.reader(order), now).await?;
    if order.hold.is_none() && others {
        naming::mail_companions(tx, order, |_| true, now).await?;
    }
    Ok(())
}
