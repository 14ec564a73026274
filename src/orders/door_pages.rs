//! The door: one field for a typed or scanned code or a name, and what the last scan said.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::check_in::{self, Found, Said};
use super::guests::{self, Guest};
use super::{Order, Refusal, Ticket, guest_paging};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::events::{Event, Role, hosting};
use crate::forms::Message;
use crate::i18n::{Day, Time, filters};
use crate::ids::Id;
use crate::payments::settle;
use crate::web::page::Flash;
use crate::web::{Fields, Me, Page, Path, see};

/// People that one press lets in at most.
const MOST_AT_ONCE: usize = 100;

#[derive(Template)]
#[template(path = "hosting/check_in.html")]
struct Door<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    sold: i64,
    held: i64,
    checked_in: i64,
    outcome: Outcome,
    typed: &'a str,
    /// The others of the order that was scanned, who are not in yet.
    party: Vec<Guest>,
}

/// What the last press came to.
enum Outcome {
    None,
    Said(Said),
    /// The money that somebody has is not what their places cost.
    NotTaken(Guest, Refusal),
    /// Of a party.
    Party {
        let_in: usize,
        before: usize,
        refused: usize,
    },
    /// A party's code: who of them is here?
    WholeParty {
        order: Id<Order>,
        all: i64,
        inside: i64,
    },
    /// A party's code of which no ticket lets anybody in.
    NoParty,
    Undone(Guest),
    NothingToUndo,
    People {
        people: Vec<Guest>,
        /// There are others who are not shown.
        others: bool,
    },
    Nobody,
}

impl Outcome {
    fn is_party(&self) -> bool {
        matches!(self, Self::WholeParty { .. })
    }
}

/// What it came to, with what the page shows beside it.
struct Pressed {
    outcome: Outcome,
    /// What stays in the field.
    typed: String,
    party: Vec<Guest>,
}

impl From<Outcome> for Pressed {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, typed: String::new(), party: Vec::new() }
    }
}

impl Door<'_> {
    /// What a code looks like.
    fn example(&self) -> &'static str {
        "7Q4M-K2XD-91VN"
    }
    fn at(&self, at: &Option<Instant>) -> jiff::civil::DateTime {
        at.unwrap_or_default().in_zone(&self.event.time_zone()).datetime()
    }
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Door).await?;
    answer(&app, &page, (&event, role), Outcome::None.into()).await
}

/// `code` is what was typed or scanned; `ticket` are people chosen from a list; `undo` takes one back. `back` says where
/// in the table of guests the button stood.
pub async fn check_in(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Door).await?;
    if fields.has("back") && role.covers(Role::Host) {
        return at_the_row(&app, &flash, &event, &me, &fields).await;
    }
    let pressed: Pressed = if fields.has("undo") {
        undo(&app, &event, &me, fields.text("undo")).await?.into()
    } else if let Ok(order) = fields.text("party").parse() {
        so_many(&app, &event, &me, order, fields.text("people")).await?.into()
    } else {
        those_meant(&app, &event, &me, &fields).await?
    };
    answer(&app, &page, (&event, role), pressed).await
}

/// Lets so many of a party in, whoever of it they are.
async fn so_many(app: &App, event: &Event, me: &Me, order: Id<Order>, people: &str) -> Result<Outcome> {
    let many = people.parse().unwrap_or(0).min(MOST_AT_ONCE);
    let now = app.clock.now();
    let by = me.actor();
    let let_in = decide!(app.db, tx, check_in::check_in_party(tx, event.id, order, many, by, now).await)?;
    Ok(Outcome::Party { let_in, before: 0, refused: 0 })
}

/// Lets in who was chosen or has paid just now; where nobody was, whom the text in the field means.
async fn those_meant(app: &App, event: &Event, me: &Me, fields: &Fields) -> Result<Pressed> {
    let not_taken = match fields.text("paid").parse::<Id<Ticket>>() {
        Ok(ticket) => take_money(app, event, me, ticket, fields.text("amount")).await?,
        Err(_) => None,
    };
    let chosen: Vec<Id<Ticket>> =
        fields.all("ticket").chain(fields.all("paid")).filter_map(|id| id.parse().ok()).take(MOST_AT_ONCE).collect();
    match chosen.as_slice() {
        [] => whom_it_means(app, event, me, fields.text("code")).await,
        [one] => let_one_in(app, event, me, *one, not_taken).await,
        several => let_in(app, event, me, several).await.map(Pressed::from),
    }
}

/// A ticket's code lets somebody in; of anything else the page says what it is.
async fn whom_it_means(app: &App, event: &Event, me: &Me, code: &str) -> Result<Pressed> {
    let typed: String = code.chars().filter(|c| !c.is_control()).take(300).collect();
    let outcome = match check_in::find(&app.db, event.id, &typed).await? {
        Found::Ticket(ticket) => return let_one_in(app, event, me, ticket, None).await,
        Found::Party(order) => return whole_party(app, event, order).await,
        Found::Former(ticket) => {
            let guest = guests::store::guest(&app.db, event.id, ticket).await?;
            Outcome::Said(guest.map_or(Said::Unknown, Said::Given))
        }
        Found::Nothing => Outcome::Said(Said::Unknown),
        Found::People(people, _) if people.is_empty() => Outcome::Nobody,
        Found::People(people, others) => Outcome::People { people, others },
    };
    Ok(Pressed { outcome, typed, party: Vec::new() })
}

/// One ticket, with who of its party is not in yet. Where money was to be taken before, with why it was not.
async fn let_one_in(
    app: &App,
    event: &Event,
    me: &Me,
    ticket: Id<Ticket>,
    not_taken: Option<Refusal>,
) -> Result<Pressed> {
    let now = app.clock.now();
    let said = decide!(app.db, tx, check_in::check_in(tx, event.id, ticket, me.actor(), now).await)?;
    let party = match &said {
        // Who was given a ticket is not of the party any more.
        Said::In(guest) | Said::Already(guest) if guest.given_to.is_empty() => {
            guests::store::rest_of_party(&app.db, event.id, guest.order_id).await?
        }
        _ => Vec::new(),
    };
    let outcome = match (said, not_taken) {
        (Said::Unpaid(guest), Some(refusal)) => Outcome::NotTaken(guest, refusal),
        (said, _) => Outcome::Said(said),
    };
    Ok(Pressed { outcome, typed: String::new(), party })
}

/// One row of the table of guests: what came of it is said above the table, which opens at the row again.
async fn at_the_row(app: &App, flash: &Flash, event: &Event, me: &Me, fields: &Fields) -> Result<Response> {
    let back = guest_paging::again(fields.text("back"))?;
    let undoes = fields.has("undo");
    let ticket: Id<Ticket> =
        fields.text(if undoes { "undo" } else { "ticket" }).parse().map_err(|_| Error::NotFound)?;
    let now = app.clock.now();
    let message = if undoes {
        match decide!(app.db, tx, check_in::undo(tx, event.id, ticket, me.actor(), now).await)? {
            Some(_) => Message::new(t!("Not in any more: the ticket can be used again.")),
            None => Message::new(t!("There was nothing to undo.")),
        }
    } else {
        says(event, &decide!(app.db, tx, check_in::check_in(tx, event.id, ticket, me.actor(), now).await)?)
    };
    flash.say(message).await?;
    see(format!("{}/guests{back}#row-{ticket}", event.path()))
}

/// What a scan says, in one sentence.
fn says(event: &Event, said: &Said) -> Message {
    match said {
        Said::In(guest) => Message::new(t!("{name} is in.", name = guest.shown().to_owned())),
        Said::Already(guest) => {
            let at = guest.checked_in_at.unwrap_or_default().in_zone(&event.time_zone()).datetime();
            Message::new(t!("Already in since {day}, {time}.", day = Day(at.date()), time = Time(at.time())))
        }
        Said::Cancelled(_) | Said::Given(_) => Message::new(t!("Not valid: this place was given back.")),
        Said::Unpaid(guest) => Message::new(t!("Not paid: {amount}", amount = guest.money())),
        Said::Unconfirmed(guest) if guest.total > 0 => Message::new(t!("Not valid yet: this place is not paid.")),
        Said::Unconfirmed(_) => Message::new(t!("Not valid yet: this place was not confirmed by mail.")),
        Said::Unknown => Message::new(t!("No ticket of this event")),
    }
}

/// Who is at the door has the money of an order that is paid later: the amount that they were shown, in minor units.
/// Answers why it is not taken; of what is not to be paid any more the scan says what is the matter.
async fn take_money(app: &App, event: &Event, me: &Me, ticket: Id<Ticket>, shown: &str) -> Result<Option<Refusal>> {
    let guest = guests::store::guest(&app.db, event.id, ticket).await?;
    let Some(guest) = guest.filter(Guest::is_owed) else { return Ok(None) };
    // A form that names none has shown none.
    let expected = shown.parse().unwrap_or(0);
    let (now, by) = (app.clock.now(), me.actor());
    match decide!(app.db, tx, settle::received_by_host(tx, guest.order_id, expected, by, now).await) {
        Ok(()) => Ok(None),
        Err(refusal) => refusal.or_broken().map(Some),
    }
}

/// Who of a party is not in yet, and what its code says.
async fn whole_party(app: &App, event: &Event, order: Id<Order>) -> Result<Pressed> {
    let (all, inside) = guests::store::party_figures(&app.db, order).await?;
    if all == 0 || event.is_cancelled() {
        return Ok(Outcome::NoParty.into());
    }
    let party = guests::store::rest_of_party(&app.db, event.id, order).await?;
    Ok(Pressed { outcome: Outcome::WholeParty { order, all, inside }, typed: String::new(), party })
}

async fn let_in(app: &App, event: &Event, me: &Me, tickets: &[Id<Ticket>]) -> Result<Outcome> {
    let (mut let_in, mut before, mut refused) = (0, 0, 0);
    for ticket in tickets {
        let now = app.clock.now();
        match decide!(app.db, tx, check_in::check_in(tx, event.id, *ticket, me.actor(), now).await)? {
            Said::In(_) => let_in += 1,
            Said::Already(_) => before += 1,
            Said::Cancelled(_) | Said::Given(_) | Said::Unpaid(_) | Said::Unconfirmed(_) | Said::Unknown => {
                refused += 1;
            }
        }
    }
    Ok(Outcome::Party { let_in, before, refused })
}

async fn undo(app: &App, event: &Event, me: &Me, ticket: &str) -> Result<Outcome> {
    let Ok(ticket) = ticket.parse() else { return Ok(Outcome::NothingToUndo) };
    let now = app.clock.now();
    let undone = decide!(app.db, tx, check_in::undo(tx, event.id, ticket, me.actor(), now).await)?;
    Ok(undone.map_or(Outcome::NothingToUndo, Outcome::Undone))
}

async fn answer(app: &App, page: &Page, (event, role): (&Event, Role), pressed: Pressed) -> Result<Response> {
    let (sold, held, checked_in) = guests::store::figures(&app.db, event.id).await?;
    let Pressed { outcome, typed, party } = pressed;
    page.html(&Door { page, event, role, tab: "check-in", sold, held, checked_in, outcome, typed: &typed, party })
}
