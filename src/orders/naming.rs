//! Who comes: the names and addresses on the tickets of an order.
use super::{Order, OrderFact, Refusal, Ticket, ending, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::forms::{Email, Errors, Reader as FormReader};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::web::Fields;
use crate::web::limits::mail_allowed;

/// The form's field for a ticket's name.
pub fn field(ticket: &Ticket) -> String {
    format!("name-{}", ticket.id)
}

/// The form's field for a ticket's address.
pub fn email_field(ticket: &Ticket) -> String {
    format!("email-{}", ticket.id)
}

/// Whether the buyer may still say where this ticket is mailed. Once it was mailed somewhere, the code is known
/// there: then it is given, with a new one.
pub fn takes_email(ticket: &Ticket) -> bool {
    ticket.email.is_empty()
}

/// Who comes with a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub ticket: Id<Ticket>,
    /// '' for a companion who is not known yet.
    pub name: String,
    pub email: Option<Email>,
}

/// What a form says of those tickets that it speaks of.
pub fn read(tickets: &[Ticket], fields: &Fields) -> Result<Vec<Named>, Errors> {
    let mut reader = FormReader::default();
    let own = tickets.iter().filter(|ticket| ticket.is_valid() && !ticket.is_given());
    let told = own.filter(|ticket| fields.has(&field(ticket)));
    let named = told.map(|ticket| {
        let (name, email) = (field(ticket), email_field(ticket));
        let typed = fields.text(&email);
        Named {
            ticket: ticket.id,
            name: reader.name(&name, fields.text(&name), 100),
            email: (takes_email(ticket) && !typed.trim().is_empty()).then(|| reader.email(&email, typed)),
        }
    });
    let named = named.collect();
    reader.errors.or(|| named)
}

/// Writes names and addresses on valid tickets of this order; each new address gets its tickets.
pub async fn name(tx: &mut Tx, id: Id<Order>, named: &[Named], actor: Actor, now: Instant) -> Result<(), Refusal> {
    let (_, order) = ending::lock(tx, id).await?;
    if !order.is_confirmed() {
        return Err(Refusal::NotLive);
    }
    let before = store::tickets(&mut *tx, id).await?;
    let mut new = Vec::new();
    for named in named {
        let Some(ticket) = before.iter().find(|ticket| ticket.id == named.ticket && !ticket.is_given()) else {
            continue;
        };
        store::set_attendee_name(tx, ticket.id, &named.name).await?;
        if let Some(email) = named.email.as_ref().filter(|_| takes_email(ticket)) {
            store::set_attendee_email(tx, ticket.id, &email.address).await?;
            new.push(email.key.clone());
        }
    }
    journal::append(tx, &order.stream(), &OrderFact::AttendeesNamed, actor, now).await?;
    mail_companions(tx, &order, |email| new.contains(&email.key), now).await
}

/// Mails each address on valid tickets, but the buyer's, all of its tickets, if it is among the wanted ones.
pub async fn mail_companions(
    tx: &mut Tx,
    order: &Order,
    wanted: impl Fn(&Email) -> bool,
    now: Instant,
) -> Result<(), Refusal> {
    let Some(buyer) = store::person(&mut *tx, order.id).await? else { return Ok(()) };
    // One letter an address, with all of its tickets: a party is not many letters to a stranger.
    let mut written = vec![buyer.email_key.clone()];
    for ticket in store::tickets(&mut *tx, order.id).await?.into_iter().filter(Ticket::is_valid) {
        let Some(email) = Email::parse(&ticket.email).filter(&wanted) else { continue };
        if written.contains(&email.key) {
            continue;
        }
        written.push(email.key.clone());
        if mail_allowed(tx, "ticket", &email.key, now).await? {
            let reader = Reader::guest(&ticket.name, &email, buyer.locale());
            letters::queue(tx, Letter::Ticket { ticket: ticket.id }, &reader, now).await?;
        }
    }
    Ok(())
}
