//! Orders and tickets as their owners see them. An order is its member's, or whoever's that has its key.
use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Zoned;
use tower_sessions::Session;

use super::ending::By;
use super::opened::{Key, Opened, actor};
use super::party::{self, PartyCard};
use super::promo_codes::{self, Reduction};
use super::{Order, OrderState, Refusal, Ticket, ending, naming};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::events::place::Place;
use crate::events::{self, Event, access};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::invitations::{self, friends};
use crate::payments;
use crate::payments::pages::{Typed, checkout_page, looked};
use crate::web::page::Flash;
use crate::web::{Fields, Page, Path, Query, see};

/// A ticket as it is shown and printed.
pub(super) struct Card<'a> {
    pub ticket: &'a Ticket,
    pub number: i64,
    pub of: i64,
    /// The path of the QR code's dark squares, and how many squares its side has.
    pub qr: String,
    pub size: usize,
}

/// Those of an order's tickets that are shown here. They are counted among all that let somebody in, so that each has
/// the same number wherever it is shown.
pub(super) fn cards<'a>(app: &App, all: &'a [Ticket], shown: impl Fn(&Ticket) -> bool) -> Result<Vec<Card<'a>>> {
    let valid: Vec<_> = all.iter().filter(|ticket| ticket.is_valid()).collect();
    let of = i64::try_from(valid.len()).unwrap_or(i64::MAX);
    (1..)
        .zip(valid)
        .filter(|(_, ticket)| shown(ticket))
        .map(|(number, ticket)| {
            let (qr, size) = crate::web::qr::svg(&ticket.url(app))?;
            Ok(Card { ticket, number, of, qr, size })
        })
        .collect()
}

// ---------------------------------------------------------------- one order

#[derive(Template)]
#[template(path = "orders/show.html")]
struct Show<'a> {
    page: &'a Page,
    opened: &'a Opened,
    event: &'a Event,
    place: Place<'a>,
    /// By whose clocks it is, where that must be said.
    zone: Option<&'a str>,
    party: Option<PartyCard>,
    cards: Vec<Card<'a>>,
    past: bool,
    /// Why the places cannot be given back, where that is so.
    kept: Option<Refusal>,
    /// Until when they can be, for everything, because the event was moved.
    moved: Option<Zoned>,
    /// What came back of the money, and what is on its way.
    back: payments::Back,
    reduction: Option<Reduction>,
    /// How many friends can still be asked along; `None` where none ever were and none can be.
    friends: Option<i64>,
    errors: &'a Errors,
    typed: &'a Fields,
    now: Instant,
}

impl Show<'_> {
    /// Whether this ticket alone can still be given back.
    fn returns(&self, ticket: &Ticket) -> bool {
        self.opened.order.places > 1 && kept(self.page, self.opened, std::iter::once(ticket), self.now).is_none()
    }
    /// Whether the event still takes orders: where all is taken now, its page says so, and who comes next.
    fn takes_orders(&self) -> bool {
        let closed = self.event.closes_at.is_some_and(|closes| closes <= self.now);
        self.event.is_published() && !self.past && !closed
    }
    /// What stands in the field of a ticket's name: as typed, else as it is.
    fn name_of(&self, ticket: &Ticket) -> String {
        let field = naming::field(ticket);
        if self.typed.has(&field) { self.typed.text(&field).to_owned() } else { ticket.name.clone() }
    }
    /// What was typed as the address of a companion.
    fn email_of(&self, ticket: &Ticket) -> &str {
        self.typed.text(&naming::email_field(ticket))
    }
}

fn kept<'a>(page: &Page, of: &Opened, mut tickets: impl Iterator<Item = &'a Ticket>, now: Instant) -> Option<Refusal> {
    By::Buyer(actor(page)).may(&of.event, &of.order, tickets.any(|ticket| ticket.checked_in_at.is_some()), now).err()
}

/// How many friends can still be asked along; `None` where the order never brings any, or nobody can be asked now.
async fn friends(app: &App, opened: &Opened, now: Instant) -> Result<Option<i64>> {
    let may = opened.order.is_confirmed() && opened.event.plus_ones > 0 && friends::is_open(&opened.event, now);
    if !may {
        return Ok(None);
    }
    let left = friends::left(&app.db, &opened.event, &opened.order).await?;
    let asked = left > 0 || !invitations::store::of_order(&app.db, opened.order.id).await?.is_empty();
    Ok(asked.then_some(left))
}

async fn show(app: &App, page: &Page, opened: &Opened, errors: &Errors, typed: &Fields) -> Result<Response> {
    // Those that were given away are counted, but not shown: their codes are somebody else's.
    let cards = cards(app, &opened.tickets, |ticket| !ticket.is_given())?;
    let now = app.clock.now();
    let shown = Show {
        page,
        opened,
        event: &opened.event,
        place: opened.place(app),
        zone: opened.event.zone_elsewhere(app),
        party: party::card(app, &opened.order, &opened.tickets).await?,
        cards,
        past: opened.event.is_past(now),
        kept: kept(page, opened, opened.valid(), now),
        moved: opened.moved(),
        back: payments::back(app, &opened.order).await?,
        reduction: promo_codes::reduction(app, &opened.order).await?,
        friends: friends(app, opened, now).await?,
        errors,
        typed,
        now,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn order(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let mut opened = Opened::by(&app, &page, id, &key).await?;
    if page.me.is_none() {
        // Its page leads to the event's, also in a browser that never saw the invitation.
        access::let_in(&session, &opened.event, access::Way::Order(id)).await?;
    }
    if opened.order.is_held() && opened.order.total > 0 {
        // Who paid and did not come back by the provider's link looks here.
        looked(&app, id).await?;
        opened = Opened::by(&app, &page, id, &key).await?;
    }
    if opened.order.is_held() && opened.order.total > 0 {
        return checkout_page(&app, &page, &opened, Errors::default(), Typed::default()).await;
    }
    show(&app, &page, &opened, &Errors::default(), &Fields::default()).await
}

/// Writes down who comes.
pub async fn name_attendees(
    State(app): State<App>,
    page: Page,
    flash: Flash,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
    fields: Fields,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let names = match naming::read(&opened.tickets, &fields) {
        Ok(names) => names,
        Err(errors) => return show(&app, &page, &opened, &errors, &fields).await,
    };
    let (actor, now) = (actor(&page), app.clock.now());
    match decide!(app.db, tx, naming::name(tx, id, &names, actor, now).await) {
        Ok(()) => {
            flash.say(t!("The names are saved.")).await?;
            see(opened.path(""))
        }
        Err(refusal) => show(&app, &page, &opened, &Errors::whole(refusal.or_broken()?), &fields).await,
    }
}

/// Sends the letter with all tickets, or the one to confirm, once more.
pub async fn mail_again(
    State(app): State<App>,
    page: Page,
    flash: Flash,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, ending::write_again(tx, id, now).await) {
        Ok(()) => {
            flash.say(t!("The mail is on its way to {email}.", email = opened.person.email.as_str())).await?;
            see(opened.path(""))
        }
        Err(refusal) => show(&app, &page, &opened, &Errors::whole(refusal.or_broken()?), &Fields::default()).await,
    }
}

/// The event for a calendar, as whoever ordered sees it.
pub async fn calendar(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    opened.order.is_coming(&opened.event).then_some(()).or_404()?;
    let name = format!("attachment; filename=\"{}.ics\"", opened.event.slug);
    let headers = [(CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, events::sharing::calendar_file(&app, &opened.event, opened.viewer())).into_response())
}
