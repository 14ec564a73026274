//! Tickets as a file to print: what stands on them, drawn on threads for such work, few at a time.
use tokio::sync::Semaphore;

use super::party::PartyCard;
use super::ticket_sheet::{self, Pass, Picture, Row, Tickets};
use super::{Order, Ticket};
use crate::app::App;
use crate::events::Event;
use crate::events::picture_pages::Drawing;
use crate::events::place::{Viewer, visible_place};
use crate::files;
use crate::i18n::{Day, Locale, Say, Time};
use crate::pdf::Faces;

/// Files drawn at a time: each keeps a core busy for some milliseconds.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// Which tickets of an order a file shows.
pub struct Wanted<'a> {
    pub event: &'a Event,
    pub order: &'a Order,
    /// All tickets of the order, to number these.
    pub all: &'a [Ticket],
    pub tickets: Vec<&'a Ticket>,
    pub party: Option<&'a PartyCard>,
}

/// The file's name.
pub fn name(event: &Event) -> String {
    format!("{}-tickets.pdf", event.slug)
}

/// The bytes of a PDF.
pub async fn draw(app: &App, wanted: &Wanted<'_>, locale: Locale) -> anyhow::Result<Vec<u8>> {
    let event = wanted.event;
    let cover = match &event.cover_key {
        Some(key) => match app.files.picture(&format!("{key}-800.jpg"), "image/jpeg").await {
            files::Picture::There(cover) => Some(cover),
            // A ticket with the poster is better than none.
            files::Picture::Gone | files::Picture::Unreachable => None,
        },
        None => None,
    };
    let (mut tickets, drawing) = (words(app, wanted, locale), Drawing::of(event));
    let _turn = DRAWING.acquire().await?;
    tokio::task::spawn_blocking(move || {
        tickets.picture = match cover {
            Some(jpeg) => Picture::Cover(jpeg.to_vec()),
            None => Picture::Poster(crate::posters::svg(&drawing.sheet())),
        };
        ticket_sheet::draw(&tickets, Faces::new())
    })
    .await?
}

fn words(app: &App, wanted: &Wanted<'_>, l: Locale) -> Tickets {
    let event = wanted.event;
    let n = i64::try_from(wanted.tickets.len()).unwrap_or(i64::MAX);
    let heading = tn!("Your ticket for {title}", "Your {n} tickets for {title}", n, title = event.title.as_str());
    let party = wanted.party.map(|party| {
        let who = (t!("Ticket").to(l), vec![t!("All {number} of you, together", number = party.people).to(l)]);
        Pass {
            rows: rows(app, wanted, who, None, l),
            code: party.code.clone(),
            url: party.url.clone(),
            hint: t!("This code lets in everybody who comes together.").to(l),
        }
    });
    let valid: Vec<_> = wanted.all.iter().filter(|ticket| ticket.is_valid()).collect();
    let passes = wanted.tickets.iter().map(|ticket| {
        let number = valid.iter().position(|one| one.id == ticket.id).map_or(1, |at| at + 1);
        let number = t!("{number} of {total}", number, total = valid.len().max(1)).to(l);
        let what = (t!("Ticket").to(l), vec![ticket.type_name.clone(), number]);
        let name = if ticket.name.is_empty() { t!("Companion").to(l) } else { ticket.name.clone() };
        Pass {
            rows: rows(app, wanted, what, Some(name), l),
            code: ticket.code.clone(),
            url: ticket.url(app),
            hint: t!("Show the code at the door, on paper or on the phone. It lets one person in, once.").to(l),
        }
    });
    Tickets {
        language: l.tag().to_owned(),
        heading: heading.to(l),
        site: app.site_name().to_owned(),
        title: event.title.clone(),
        event_url: app.config.url(&event.path()),
        nameless: t!("see the order").to(l),
        picture: Picture::Poster(String::new()),
        passes: party.into_iter().chain(passes).collect(),
    }
}

fn rows(app: &App, wanted: &Wanted<'_>, what: Row, name: Option<String>, l: Locale) -> Vec<Row> {
    let (event, starts) = (wanted.event, wanted.event.starts());
    let place = visible_place(event, Viewer::Holder, app.clock.now());
    let mut place = super::letters::where_lines(&place);
    if place.is_empty() {
        place.push(t!("see the order").to(l));
    }
    let mut time = vec![Time(starts.time()).to(l)];
    time.extend(event.zone_elsewhere(app).map(str::to_owned));
    let mut rows = vec![
        (t!("Date").to(l), vec![Day(starts.date()).to(l)]),
        (t!("Time").to(l), time),
        (t!("Place").to(l), place),
        what,
    ];
    rows.extend(name.map(|name| (t!("Name").to(l), vec![name])));
    rows.push((t!("Order").to(l), vec![wanted.order.number()]));
    rows
}
