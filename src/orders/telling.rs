//! What the others of an order are told by mail: each address on a ticket but that of whoever ordered.
use super::ending::{self, By};
use super::letters::{About, when};
use super::{Order, OrderState, Refusal, Ticket, TicketState, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::Event;
use crate::forms::{Email, Message as Sentence};
use crate::ids::{self, Id};
use crate::letters::{self, Content, Letter, Reader};
use crate::web::limits::mail_allowed;

/// One of the tickets of each of these addresses, with its reader.
async fn companions(
    tx: &mut Tx,
    order: &Order,
    tickets: &[Ticket],
) -> Result<Vec<(Id<Ticket>, Reader, String)>, Refusal> {
    let Some(buyer) = store::person(&mut *tx, order.id).await? else { return Ok(Vec::new()) };
    let mut seen = vec![buyer.email_key.clone()];
    let mut found = Vec::new();
    for ticket in tickets {
        let Some(email) = Email::parse(&ticket.email).filter(|email| !seen.contains(&email.key)) else { continue };
        seen.push(email.key.clone());
        found.push((ticket.id, Reader::guest(&ticket.name, &email, buyer.locale()), email.key));
    }
    Ok(found)
}

/// Whoever ordered, and who else has a valid ticket of this order.
pub(super) async fn readers(tx: &mut Tx, order: &Order) -> Result<Vec<Reader>, Refusal> {
    let mut readers = ending::buyer(tx, order).await?.into_iter().collect::<Vec<_>>();
    let valid: Vec<_> = store::tickets(&mut *tx, order.id).await?.into_iter().filter(Ticket::is_valid).collect();
    readers.extend(companions(tx, order, &valid).await?.into_iter().map(|(_, reader, _)| reader));
    Ok(readers)
}

/// The event has moved: all who have a ticket of this order learn of it, once a change.
pub async fn event_changed(tx: &mut Tx, event: &Event, order: &Order, now: Instant) -> Result<(), Refusal> {
    let letter = Letter::EventChanged { order: order.id };
    for reader in readers(tx, order).await? {
        let once = format!("event_changed/{}/{}/{}", order.id, event.sequence, ids::hash(&reader.email));
        letters::queue_once(tx, letter, &reader, &once, now).await?;
    }
    Ok(())
}

/// These tickets of an order were given back, or ended with their event. Buyers cannot make us write without end.
pub async fn given_back(
    tx: &mut Tx,
    (event, order): (&Event, &Order),
    tickets: &[Ticket],
    by: By,
    now: Instant,
) -> Result<(), Refusal> {
    for (ticket, reader, key) in companions(tx, order, tickets).await? {
        if matches!(by, By::Buyer(_)) && !mail_allowed(tx, "ticket-back", &key, now).await? {
            continue;
        }
        let letter = if event.is_cancelled() {
            Letter::EventCancelled { order: order.id }
        } else {
            Letter::TicketBack { ticket }
        };
        letters::queue(tx, letter, &reader, now).await?;
    }
    Ok(())
}

/// One ticket was given back: to whoever ordered, or to whom it was mailed.
pub async fn ticket_back(app: &App, id: Id<Ticket>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let back = |ticket: &Ticket| matches!(ticket.state, TicketState::Cancelled | TicketState::Refunding);
    let Some(ticket) = store::ticket(&app.db, id).await?.filter(back) else { return Ok(None) };
    let left = About::order(app, ticket.order_id, OrderState::Confirmed).await?;
    let whole = About::order(app, ticket.order_id, OrderState::Cancelled).await?;
    match (left, whole) {
        (Some(about), _) if about.is_buyer(to) => back_to_buyer(app, &about, to).map(Some),
        // Of an order that is given back as a whole, its own letter speaks.
        (_, Some(about)) if about.is_buyer(to) => Ok(None),
        (Some(about), _) | (_, Some(about)) => back_to_companion(app, &about, to).map(Some),
        (None, None) => Ok(None),
    }
}

fn back_to_buyer(app: &App, about: &About, to: &Reader) -> anyhow::Result<Content> {
    let heading = Sentence::new(t!("One place given back: {title}", title = about.title()));
    let sentences = vec![
        Sentence::new(t!(
            "One place of your order {number} was given back, and its code lets nobody in any more.",
            number = about.order.number()
        )),
        Sentence::new(tn!(
            "You have 1 place left, {when}.",
            "You have {n} places left, {when}.",
            about.tickets.iter().filter(|ticket| ticket.is_valid()).count(),
            when = when(&about.event)
        )),
    ];
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("See your tickets")), about.url(app)));
    let mut content = letter.content(to.locale)?;
    content.files.push(about.calendar(app, to));
    Ok(content)
}

fn back_to_companion(app: &App, about: &About, to: &Reader) -> anyhow::Result<Content> {
    let heading = Sentence::new(t!("Your ticket is not valid any more: {title}", title = about.title()));
    let sentences = vec![Sentence::new(t!(
        "The ticket for “{title}”, {when}, that was mailed to this address was given back. Its code lets nobody in.",
        title = about.title(),
        when = when(&about.event)
    ))];
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("To the event")), app.config.url(&about.event.path())));
    letter.why = about.why_companion();
    let mut content = letter.content(to.locale)?;
    // With another ticket left the event stays in their calendar.
    if about.ticket_of(to).is_none() {
        content.files.push(about.calendar_as(app, to, true));
    }
    Ok(content)
}
