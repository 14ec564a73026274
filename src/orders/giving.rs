//! Giving a ticket to somebody else: it gets a new code and a new name, and the old code dies at once.
use super::ending::{self, By};
use super::{Order, OrderFact, Person, Refusal, Ticket, codes_store, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::Event;
use crate::forms::{Email, Errors, Reader as FormReader};
use crate::ids::{self, Id};
use crate::journal;
use crate::letters::{self, Letter, Reader};
use crate::web::Fields;
use crate::web::limits::mail_allowed;

/// To whom a ticket is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    pub name: String,
    pub email: Email,
    /// The code that the giver saw, so that pressing twice gives once and a stale page gives nothing.
    pub code_version: i64,
}

/// What the form says, or all that is wrong with it.
pub fn read(fields: &Fields) -> Result<Gift, Errors> {
    let code_version = fields.text("version").parse().unwrap_or(-1);
    to(FormReader::default(), fields.text("name"), fields.text("email"), code_version)
}

/// To whom it is, as typed, or all that is wrong with it.
pub fn to(mut reader: FormReader, name: &str, email: &str, code_version: i64) -> Result<Gift, Errors> {
    let name = reader.required_name("name", name, 100, t!("Enter a name."));
    let email = reader.email("email", email);
    reader.errors.or(|| Gift { name, email, code_version })
}

/// Whether this ticket can be given now.
pub fn may(event: &Event, order: &Order, ticket: &Ticket, by: By, now: Instant) -> Result<(), Refusal> {
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if !order.is_confirmed() || !ticket.is_valid() {
        return Err(Refusal::NotGivable);
    }
    if ticket.checked_in_at.is_some() {
        return Err(Refusal::UsedAtTheDoor);
    }
    if matches!(by, By::Buyer(_)) && event.starts_at <= now {
        return Err(Refusal::TooLateToGive);
    }
    Ok(())
}

/// Gives a ticket: new code, new name, new address. Who had it, who has it and who paid are told.
pub async fn give(tx: &mut Tx, id: Id<Ticket>, gift: &Gift, by: By, now: Instant) -> Result<Ticket, Refusal> {
    let ticket = store::ticket(&mut *tx, id).await?.ok_or(Refusal::NotGivable)?;
    let (event, order) = ending::lock(tx, ticket.order_id).await?;
    let ticket = store::ticket(&mut *tx, id).await?.ok_or(Refusal::NotGivable)?;
    if ticket.code_version != gift.code_version {
        let again = ticket.is_for(&gift.email.key) && ticket.name == gift.name;
        return if again { Ok(ticket) } else { Err(Refusal::GivenMeanwhile) };
    }
    may(&event, &order, &ticket, by, now)?;
    // Each gift writes to somebody who did not ask: few to one address, and few with one ticket.
    if matches!(by, By::Buyer(_)) && !mail_allowed(tx, "gift-of", &id.to_string(), now).await? {
        return Err(Refusal::GivenTooOften);
    }
    if !mail_allowed(tx, "ticket", &gift.email.key, now).await? {
        return Err(Refusal::WrittenTooOften);
    }
    let buyer = store::person(&mut *tx, order.id).await?.ok_or(Refusal::NotGivable)?;
    let given_to = if gift.email.key == buyer.email_key { "" } else { gift.email.key.as_str() };
    codes_store::insert_former_code(tx, &ids::hash(&ticket.code), &ticket, now).await?;
    store::give(tx, id, &ids::ticket_code(), (&gift.name, &gift.email.address), given_to).await?;
    journal::append(tx, &order.stream(), &OrderFact::TicketGiven { ticket: id }, by.actor(), now).await?;
    tell(tx, &order, &buyer, &ticket, gift, now).await?;
    store::ticket(&mut *tx, id).await?.ok_or(Refusal::NotGivable)
}

async fn tell(
    tx: &mut Tx,
    order: &Order,
    buyer: &Person,
    before: &Ticket,
    gift: &Gift,
    now: Instant,
) -> Result<(), Refusal> {
    let ticket = before.id;
    let holder = Reader::guest(&gift.name, &gift.email, buyer.locale());
    letters::queue(tx, Letter::Ticket { ticket }, &holder, now).await?;
    if gift.email.key != buyer.email_key {
        ending::write_to_buyer(tx, order, Letter::TicketGiven { ticket }, now).await?;
    }
    let former =
        Email::parse(&before.email).filter(|email| email.key != gift.email.key && email.key != buyer.email_key);
    if let Some(email) = former
        && mail_allowed(tx, "ticket-gone", &email.key, now).await?
    {
        let reader = Reader::guest(&before.name, &email, buyer.locale());
        letters::queue(tx, Letter::TicketGone { ticket }, &reader, now).await?;
    }
    Ok(())
}
