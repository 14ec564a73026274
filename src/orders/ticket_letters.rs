//! Tickets by mail, and what becomes of them: to buyers, to companions, to whom a ticket was given.
use askama::Template;

use super::letters::{About, when, where_lines, zone_elsewhere};
use super::party::{self, PartyCard};
use super::promo_codes::{self, Reduction};
use super::ticket_files::{self, Wanted};
use super::{Order, OrderState, Ticket, store};
use crate::app::App;
use crate::forms::{Email, Message as Sentence};
use crate::i18n::{Say, When, filters};
use crate::ids::Id;
use crate::letters::{Content, Reader};
use crate::mail::File;

/// Pixels a module of a QR code in a mail.
const QR_SCALE: usize = 5;
/// Names the party's QR code among the mail's files.
const PARTY: &str = "qr-party";

/// One ticket in a mail.
struct Pass<'a> {
    ticket: &'a Ticket,
    number: usize,
    url: String,
    /// Names its QR code among the mail's files.
    cid: String,
}

#[derive(Template)]
#[template(path = "mail/tickets.html")]
struct Tickets<'a> {
    site: &'a str,
    base_url: &'a str,
    heading: Sentence,
    order: &'a Order,
    name: &'a str,
    when: When,
    zone: Option<Sentence>,
    lines: Vec<String>,
    passes: Vec<Pass<'a>>,
    /// The whole party's code, for whoever ordered.
    party: Option<PartyCard>,
    /// What a promo code took off, for whoever ordered.
    reduction: Option<Reduction>,
    /// '' for a companion, who has no say over the order.
    url: String,
}

#[derive(Template)]
#[template(path = "mail/tickets.txt")]
struct TicketsText<'a> {
    letter: &'a Tickets<'a>,
}

/// All tickets of an order but those that were given away, to whoever ordered.
pub async fn tickets(app: &App, id: Id<Order>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some(about) = About::order(app, id, OrderState::Confirmed).await? else { return Ok(None) };
    let own: Vec<_> = about.tickets.iter().filter(|ticket| ticket.is_valid() && !ticket.is_given()).collect();
    if own.is_empty() {
        return Ok(None);
    }
    let party = party::card(app, &about.order, &about.tickets).await?;
    let name = &about.person.name;
    passes(app, &about, &own, name, (about.url(app), party), to).await.map(Some)
}

/// All tickets of an order that are for an address, to that address. None if this one is another's by now:
/// a letter that waited, or is sent again, must not tell a code to whom it is no more for.
pub async fn ticket(app: &App, id: Id<Ticket>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((about, email)) = about_ticket(app, id, to).await? else { return Ok(None) };
    let theirs: Vec<_> = about.tickets.iter().filter(|ticket| ticket.is_valid() && ticket.is_for(&email.key)).collect();
    if !theirs.iter().any(|ticket| ticket.id == id) {
        return Ok(None);
    }
    let name = if let [only] = theirs.as_slice() { only.name.as_str() } else { "" };
    passes(app, &about, &theirs, name, (String::new(), None), to).await.map(Some)
}

/// A ticket with its confirmed order, and the reader's address.
async fn about_ticket(app: &App, id: Id<Ticket>, to: &Reader) -> anyhow::Result<Option<(About, Email)>> {
    let Some(ticket) = store::ticket(&app.db, id).await? else { return Ok(None) };
    let about = About::order(app, ticket.order_id, OrderState::Confirmed).await?;
    Ok(about.zip(Email::parse(&to.email)))
}

/// A ticket of the order was given: whoever ordered is told, so that nobody does it behind their back.
pub async fn ticket_given(app: &App, id: Id<Ticket>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((about, _)) = about_ticket(app, id, to).await? else { return Ok(None) };
    let Some(ticket) = about.tickets.iter().find(|ticket| ticket.id == id && ticket.is_given()) else {
        return Ok(None);
    };
    let heading = Sentence::new(t!("Ticket given: {title}", title = about.title()));
    let sentences = vec![
        Sentence::new(t!(
            "A ticket of your order {number} is for {name} now, {email}.",
            number = about.order.number(),
            name = ticket.name.clone(),
            email = ticket.email.clone()
        )),
        Sentence::new(t!("It has a new code, which was mailed there. The old one lets nobody in any more.")),
    ];
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("See your order")), about.url(app)));
    letter.content(to.locale).map(Some)
}

/// The ticket that was mailed to this address is somebody else's now.
pub async fn ticket_gone(app: &App, id: Id<Ticket>, to: &Reader) -> anyhow::Result<Option<Content>> {
    let Some((about, email)) = about_ticket(app, id, to).await? else { return Ok(None) };
    if about.tickets.iter().any(|ticket| ticket.id == id && ticket.is_for(&email.key)) {
        return Ok(None);
    }
    let heading = Sentence::new(t!("Your ticket is not valid any more: {title}", title = about.title()));
    let sentences = vec![Sentence::new(t!(
        "The ticket for “{title}”, {when}, that was mailed to this address was given to somebody else. Its code lets nobody in.",
        title = about.title(),
        when = when(&about.event)
    ))];
    let mut letter = about.plain(app, heading, sentences);
    letter.button = Some((Sentence::new(t!("To the event")), app.config.url(&about.event.path())));
    letter.why = about.why_companion();
    letter.content(to.locale).map(Some)
}

/// A QR code that is shown inside a mail.
fn qr_file(cid: &str, url: &str) -> anyhow::Result<File> {
    let bytes = crate::web::qr::png(url, QR_SCALE)?;
    Ok(File { name: format!("{cid}.png"), mime: "image/png".into(), bytes, cid: Some(cid.to_owned()) })
}

async fn passes(
    app: &App,
    about: &About,
    tickets: &[&Ticket],
    name: &str,
    (url, party): (String, Option<PartyCard>),
    to: &Reader,
) -> anyhow::Result<Content> {
    let mut files = Vec::new();
    let mut passes = Vec::new();
    for (number, ticket) in (1..).zip(tickets) {
        let pass = Pass { ticket, number, url: ticket.url(app), cid: format!("qr-{number}") };
        files.push(qr_file(&pass.cid, &pass.url)?);
        passes.push(pass);
    }
    if let Some(party) = &party {
        files.push(qr_file(PARTY, &party.url)?);
    }
    let (event, order) = (&about.event, &about.order);
    let wanted = Wanted { event, order, all: &about.tickets, tickets: tickets.to_vec(), party: party.as_ref() };
    match ticket_files::draw(app, &wanted, to.locale).await {
        Ok(bytes) => {
            files.push(File { name: ticket_files::name(event), mime: "application/pdf".into(), bytes, cid: None });
        }
        // The codes are in the letter too: it is not kept back for a file.
        Err(error) => tracing::error!(order = %order.id, error = format!("{error:#}"), "no PDF of tickets"),
    }
    files.push(about.calendar(app, to));
    let n = i64::try_from(tickets.len())?;
    let reduction = if url.is_empty() { None } else { promo_codes::reduction(app, order).await? };
    let letter = Tickets {
        site: app.site_name(),
        base_url: &app.config.base_url,
        heading: Sentence::new(tn!(
            "Your ticket for {title}",
            "Your {n} tickets for {title}",
            n,
            title = about.title()
        )),
        order: &about.order,
        name,
        when: when(&about.event),
        zone: zone_elsewhere(app, &about.event),
        lines: where_lines(&about.place(app, to)),
        passes,
        party,
        reduction,
        url,
    };
    Ok(Content {
        subject: letter.heading.to(to.locale),
        text: TicketsText { letter: &letter }.render_with_values(&to.locale)?,
        html: letter.render_with_values(&to.locale)?,
        files,
    })
}
