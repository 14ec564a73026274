//! Giving money back by hosts and admins: tickets, an amount, or a whole order.
use super::{Act, Mend};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::Actor;
use crate::money::{Wrong, step};
use crate::orders::ending::{self, By};
use crate::orders::{self, Order, Refusal, Ticket, paying};
use crate::payments::{Hand, Payment, Why, came_in, money, refunds, store};

/// What is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// These let nobody in any more, and their price goes back.
    Tickets(Vec<Id<Ticket>>),
    /// Money alone, in minor units; the tickets stay.
    Amount(i64),
    /// All tickets, and all that is left of the money: also of what its buyer gave back for a part of it.
    Order,
}

/// The form that asked, with a hash of what it said: pressing twice gives back once.
pub type Form = Option<(String, String)>;

/// Gives back. `reason` stands in the journal, '' for none. Where neither places nor money are left that is refused,
/// so that nobody is told of money that does not come.
pub async fn give_back(
    tx: &mut Tx,
    id: Id<Order>,
    what: &What,
    form: &Form,
    (by, reason): (Actor, &str),
    now: Instant,
) -> Result<(), Refusal> {
    let (_, order) = paying::lock(tx, id).await?;
    if let Some((form, said)) = form {
        match orders::store::by_form(tx, form).await? {
            Some((_, before)) if before == *said => return Ok(()),
            Some(_) => return Err(Refusal::OtherContents),
            None => orders::store::insert_form(tx, form, said, id, now).await?,
        }
    }
    let paid = store::of_order(&mut *tx, id).await?.into_iter().find(Payment::is_paid);
    match what {
        What::Order => whole(tx, &order, by, now).await?,
        What::Tickets(tickets) => by_ticket(tx, &order, tickets, by, now).await?,
        What::Amount(amount) => by_amount(tx, &order, *amount, by, now).await?,
    }
    match paid {
        Some(payment) if !reason.is_empty() => {
            let (payment, what, hand) = (payment.id, Mend::Refund, Hand::Provider);
            Act { payment, refund: None, what, reason, by, hand }.write(tx, now).await
        }
        _ => Ok(()),
    }
}

async fn whole(tx: &mut Tx, order: &Order, by: Actor, now: Instant) -> Result<(), Refusal> {
    let mut gave = order.is_live();
    if gave {
        ending::cancel(tx, order.id, By::Host(by), now).await?;
    }
    for payment in store::of_order(&mut *tx, order.id).await?.iter().filter(|payment| payment.is_paid()) {
        let left = refunds::left(tx, payment).await?;
        if left > 0 {
            refunds::ask(tx, Some(order), payment, left, Why::Amount, &[], by, now).await?;
            gave = true;
        }
    }
    if gave { Ok(()) } else { Err(Refusal::NothingLeft) }
}

async fn by_ticket(tx: &mut Tx, order: &Order, ids: &[Id<Ticket>], by: Actor, now: Instant) -> Result<(), Refusal> {
    let tickets = orders::store::tickets(&mut *tx, order.id).await?;
    if !tickets.iter().any(|ticket| ids.contains(&ticket.id) && ticket.is_live()) {
        return Err(Refusal::NothingLeft);
    }
    for id in ids {
        ending::cancel_ticket(tx, *id, By::Host(by), now).await?;
    }
    Ok(())
}

async fn by_amount(tx: &mut Tx, order: &Order, amount: i64, by: Actor, now: Instant) -> Result<(), Refusal> {
    let payments = store::of_order(&mut *tx, order.id).await?;
    let came_in = came_in(&payments, order);
    let currency = money(amount, came_in).currency;
    let mut most = 0;
    for payment in payments.iter().filter(|payment| payment.is_paid()) {
        let left = refunds::left(tx, payment).await?;
        if (1..=left).contains(&amount) {
            if amount % step(currency) != 0 {
                return Err(Refusal::Amount(Wrong::Step(currency)));
            }
            return refunds::ask(tx, Some(order), payment, amount, Why::Amount, &[], by, now).await.map(drop);
        }
        most = most.max(left);
    }
    Err(Refusal::MoreThanLeft { left: money(most, came_in) })
}
