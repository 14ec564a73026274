//! Who comes: the names on the tickets of an order.
use super::{Order, OrderFact, Refusal, Ticket, ending, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::forms::{Errors, Reader};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::web::Fields;

/// The form's field for a ticket's name.
pub fn field(ticket: &Ticket) -> String {
    format!("name-{}", ticket.id)
}

/// The names in a form for those tickets that it speaks of, '' for a companion who is not known yet.
pub fn read(tickets: &[Ticket], fields: &Fields) -> Result<Vec<(Id<Ticket>, String)>, Errors> {
    let mut reader = Reader::default();
    let told = tickets.iter().filter(|ticket| ticket.is_valid() && fields.has(&field(ticket)));
    let names = told.map(|ticket| {
        let field = field(ticket);
        (ticket.id, reader.line(&field, fields.text(&field), 100))
    });
    let names = names.collect();
    reader.errors.or(|| names)
}

/// Writes the names on valid tickets of this order.
pub async fn name(
    tx: &mut Tx,
    id: Id<Order>,
    names: &[(Id<Ticket>, String)],
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    let (_, order) = ending::lock(tx, id).await?;
    if !order.is_confirmed() {
        return Err(Refusal::NotLive);
    }
    let tickets = store::tickets(&mut *tx, id).await?;
    for (ticket, name) in names.iter().filter(|(named, _)| tickets.iter().any(|ticket| ticket.id == *named)) {
        store::set_attendee_name(tx, *ticket, name).await?;
    }
    journal::append(tx, &order.stream(), &OrderFact::AttendeesNamed, actor, now).await?;
    Ok(())
}
