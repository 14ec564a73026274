//! A promo code on an order that has its places and is not paid: put on, exchanged for another one, taken off again.
//! And another amount for places that were offered at a price of the buyer's choice.
//!
//! What its places cost is worked out anew from what the host asked when they were taken, with the tax rates of then; a
//! place that a code made free has forgotten its rate and takes today's.
//! A checkout that is open at the provider is ended before, so that nobody pays a price that is none any more; the last
//! that an order may have is not. What is paid, or may be just now, keeps its price.
pub mod api;
pub mod offered;
pub mod pages;
pub mod store;

use super::facts::{OrderFact, PlacedTax, PlacedTicket};
use super::price::{Priced, reckoned};
use super::{Hold, Order, PromoCode, Refusal, Ticket, ending, paying, promo_codes, taxes, waiting};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::events::taxes::{TaxRate, Taxes};
use crate::events::{self, Event};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::Letter;
use crate::payments::settle::{self, Closed};
use crate::payments::{self, Payment, checkout, refunds};
use crate::web::limits::mail_allowed;

/// What makes another price.
#[derive(Debug, Clone, Copy)]
enum Wanted<'a> {
    /// The code as typed, '' for none.
    Code(&'a str),
    /// What is given for each place, in minor units.
    Amount(i64, Due),
}

/// What an order must come to at another amount; else it keeps its price.
#[derive(Debug, Clone, Copy)]
pub enum Due {
    Any,
    /// Something is left to pay, and exactly this where it is said.
    ToPay(Option<i64>),
}

impl Due {
    fn fits(self, total: i64) -> Result<(), Refusal> {
        match self {
            Self::ToPay(Some(due)) if due != total => Err(Refusal::OtherTotal),
            Self::ToPay(_) if total == 0 => Err(Refusal::NothingToBegin),
            Self::Any | Self::ToPay(_) => Ok(()),
        }
    }
}

impl Wanted<'_> {
    /// Of one place, before any code.
    fn price(self, ticket: &Ticket) -> i64 {
        match self {
            Self::Code(_) => ticket.list_price(),
            Self::Amount(amount, _) => amount,
        }
    }
}

/// Puts the code that somebody typed on an order, instead of the one that it has. One that it has already is left as it
/// is, with what it promised.
pub async fn put_on(app: &App, id: Id<Order>, typed: &str, actor: Actor) -> Result<Order, Refusal> {
    if promo_codes::key(typed).is_empty() {
        return Err(Refusal::UnknownPromo);
    }
    change(app, id, Wanted::Code(typed), actor).await
}

/// Takes the code off again; where there is none, nothing changes. Its use is free for others.
pub async fn take_off(app: &App, id: Id<Order>, actor: Actor) -> Result<Order, Refusal> {
    change(app, id, Wanted::Code(""), actor).await
}

/// Everything else is found out first: a code that does not count ends nobody's checkout.
async fn change(app: &App, id: Id<Order>, wanted: Wanted<'_>, actor: Actor) -> Result<Order, Refusal> {
    let now = app.clock.now();
    match decide!(app.db, tx, reprice(tx, id, wanted, (actor, now)).await) {
        Err(Refusal::BeingPaid) => {}
        done => return done,
    }
    match settle::close(app, id).await.map_err(Refusal::Broken)? {
        Closed::All => {}
        Closed::OnItsWay => return Err(Refusal::BeingPaid),
        Closed::Unreachable => return Err(Refusal::NoAnswer),
    }
    let now = app.clock.now();
    decide!(app.db, tx, reprice(tx, id, wanted, (actor, now)).await)
}

/// The price of a held order with the code or the amount that is wanted. The event's row is locked while uses are
/// counted, as when places are taken.
async fn reprice(
    tx: &mut Tx,
    id: Id<Order>,
    wanted: Wanted<'_>,
    (actor, now): (Actor, Instant),
) -> Result<Order, Refusal> {
    let (event, order) = ending::lock(tx, id).await?;
    is_unpaid(&event, &order, now)?;
    let tickets = super::store::tickets(&mut *tx, id).await?;
    if is_so(tx, &order, &tickets, wanted).await? {
        return Ok(order);
    }
    let payments = payments::store::of_order(&mut *tx, id).await?;
    nothing_came(tx, &payments).await?;
    let code = match wanted {
        Wanted::Code(typed) => promo_codes::typed(tx, &event, typed, now).await?,
        Wanted::Amount(amount, _) => {
            offered::check(tx, &order, &tickets, amount).await?;
            code_of(tx, &order).await?
        }
    };
    let rates = Rates::of(tx, &order).await?;
    let (priced, code) = priced(&order, &tickets, wanted, code, &rates)?;
    let total = priced.total;
    if let Wanted::Amount(_, due) = wanted {
        due.fits(total)?;
    }
    write(tx, &order, priced, code, &rates, (actor, now)).await?;
    if total == 0 {
        costs_nothing(tx, &order, now).await?;
    }
    // Asked last, when nothing else is in the way: who hears that it is being paid ends the checkout, and all of the
    // above is undone.
    if payments.iter().any(Payment::is_open) {
        // Nobody could pay the new price: this checkout is the last.
        let is_last = total > 0 && checkout::is_over(&order, now);
        return Err(if is_last { Refusal::TooLateToReprice } else { Refusal::BeingPaid });
    }
    super::store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)
}

/// What these tickets cost with a code. One that takes nothing off what is given for them is dropped: its use is free.
fn priced(
    order: &Order,
    tickets: &[Ticket],
    wanted: Wanted<'_>,
    code: Option<PromoCode>,
    rates: &Rates,
) -> Result<(Priced, Option<PromoCode>), Refusal> {
    let currency = order.money().currency;
    let at_full = || tickets.iter().map(|ticket| rates.at_full(ticket, wanted.price(ticket))).collect::<Vec<_>>();
    match (wanted, reckoned(at_full(), code.as_ref(), currency)) {
        (Wanted::Amount(..), Err(Refusal::PromoNotForThese)) => Ok((reckoned(at_full(), None, currency)?, None)),
        (_, priced) => Ok((priced?, code)),
    }
}

/// Money that has bought nothing yet keeps the price that it was for.
async fn nothing_came(tx: &mut Tx, payments: &[Payment]) -> Result<(), Refusal> {
    for payment in payments.iter().filter(|payment| payment.is_paid()) {
        if refunds::left(tx, payment).await? > 0 {
            return Err(Refusal::MoneyCame);
        }
    }
    Ok(())
}

fn is_unpaid(event: &Event, order: &Order, now: Instant) -> Result<(), Refusal> {
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if event.is_past(now) {
        return Err(Refusal::Past);
    }
    if order.is_confirmed() {
        return Err(Refusal::PaidAlready);
    }
    if !order.is_held() || order.held_until.is_none_or(|until| until <= now) {
        return Err(Refusal::HoldOver);
    }
    if order.total == 0 {
        return Err(Refusal::NothingToPay);
    }
    Ok(())
}

/// Whether an order has this price already: this code, or none where none is wanted, or this amount for each place.
async fn is_so(tx: &mut Tx, order: &Order, tickets: &[Ticket], wanted: Wanted<'_>) -> Result<bool, Refusal> {
    match wanted {
        Wanted::Amount(amount, _) => Ok(tickets.iter().all(|ticket| ticket.list_price() == amount)),
        Wanted::Code(typed) => {
            Ok(code_of(tx, order).await?.map_or_else(String::new, |code| code.code_key) == promo_codes::key(typed))
        }
    }
}

/// The code that an order has, with what it promised.
async fn code_of(tx: &mut Tx, order: &Order) -> db::Result<Option<PromoCode>> {
    let Some(id) = order.promo_id else { return Ok(None) };
    promo_codes::store::by_id(tx, id).await
}

/// The rates of an order's taxes: those that it was placed with before what its event has now.
struct Rates {
    known: Vec<TaxRate>,
    today: Taxes,
}

impl Rates {
    async fn of(tx: &mut Tx, order: &Order) -> db::Result<Self> {
        let placed = taxes::store::of_order(&mut *tx, order.id).await?;
        let mut known: Vec<TaxRate> = placed.into_iter().map(|tax| tax.rate(order)).collect();
        let today = events::taxes::of_event(&mut *tx, order.event_id).await?;
        for rate in &today.rates {
            if !known.iter().any(|other| other.id == rate.id) {
                known.push(rate.clone());
            }
        }
        Ok(Self { known, today })
    }

    /// A ticket at what is asked or given for it, with its rate. What cost nothing has none yet, and takes its type's.
    fn at_full(&self, ticket: &Ticket, price: i64) -> (PlacedTicket, Option<&TaxRate>) {
        let of_type = || self.today.of(ticket.ticket_type_id).filter(|_| ticket.price == 0).map(|rate| rate.id);
        let rate = ticket.tax_rate_id.or_else(of_type);
        let rate = self.known.iter().find(|known| Some(known.id) == rate);
        (PlacedTicket::at(ticket.id, price, ticket.ticket_type_id), rate)
    }
}

async fn write(
    tx: &mut Tx,
    order: &Order,
    priced: Priced,
    code: Option<PromoCode>,
    rates: &Rates,
    (actor, now): (Actor, Instant),
) -> Result<(), Refusal> {
    let Priced { tickets, total, discount } = priced;
    let promo = code.map(|code| code.id);
    store::set_price(tx, order.id, total, promo, discount).await?;
    for ticket in &tickets {
        store::set_ticket_price(tx, ticket).await?;
    }
    let taxes = taxes::of_tickets(order.id, &tickets, &rates.known, &order.currency);
    taxes::store::remove(tx, order.id).await?;
    for tax in &taxes {
        taxes::store::insert(tx, tax).await?;
    }
    let taxes = taxes.iter().map(PlacedTax::of).collect();
    let fact = OrderFact::OrderRepriced { tickets, total, promo, taxes };
    journal::append(tx, &order.stream(), &fact, actor, now).await?;
    Ok(())
}

/// Nothing is left to pay. Whoever has proven their address has the places, as if they had cost nothing from the
/// beginning; to a guest's address goes the link that confirms them.
async fn costs_nothing(tx: &mut Tx, order: &Order, now: Instant) -> Result<(), Refusal> {
    let person = super::store::person(&mut *tx, order.id).await?.ok_or(Refusal::NotLive)?;
    // Who waited for the places has proven the address by that.
    let proven = order.member_id.is_some() || waiting::store::offered_by(tx, order.id).await?.is_some();
    if proven {
        if store::has_others(tx, order, &person.email_key).await? {
            return Err(Refusal::AlreadyGoing);
        }
        return paying::cost_nothing(tx, order, now).await;
    }
    if !mail_allowed(tx, "places", &person.email_key, now).await? {
        return Err(Refusal::TooManyMails);
    }
    let by_mail = now + super::CONFIRM;
    // What would have been paid later is not kept shorter for costing nothing.
    let (hold, until) = (Hold::Confirm, order.held_until.map_or(by_mail, |until| until.max(by_mail)));
    super::store::set_hold(tx, order.id, hold, until).await?;
    journal::append(tx, &order.stream(), &OrderFact::HoldChanged { hold, until }, Actor::Site, now).await?;
    jobs::enqueue(tx, Job::EndHold { order: order.id, closing: false }, until).await?;
    ending::write_to_buyer(tx, order, Letter::ConfirmPlaces { order: order.id }, now).await
}
