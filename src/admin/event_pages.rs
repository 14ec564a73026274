//! Every event of the site, and cancelling one.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::AdminFact;
use super::paging::{Clocks, Why};
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::error::{OrNotFound, Result};
use crate::events::store::Owned;
use crate::events::{self, Event, hosting};
use crate::forms::Errors;
use crate::i18n::{Locale, filters};
use crate::ids::Id;
use crate::journal;
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member};
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/events.html")]
struct Events<'a> {
    page: &'a Page,
    clocks: Clocks,
    now: Instant,
    table: Table<Owned>,
}

impl Events<'_> {
    /// Until when an event is on the front page, if it is.
    fn featured<'o>(&self, of: &'o Owned) -> Option<&'o Instant> {
        let stands = of.event.is_published() && !of.event.is_past(self.now);
        of.featured_until.as_ref().filter(|until| stands && **until > self.now)
    }
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let now = app.clock.now();
    let table = Table::of(&app.db, &lists::EVENTS, asked, now).await?;
    page.html(&Events { page: &page, clocks: Clocks::of(&app, &admin.member), now, table })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Address"),
        t!("Title"),
        t!("Host"),
        t!("State"),
        t!("Starts"),
        t!("Zone"),
        t!("Town"),
        t!("Capacity"),
        t!("Places taken"),
        t!("Made"),
        t!("On the front page until"),
    ];
    file::csv(
        app,
        &lists::EVENTS,
        asked,
        ("events", locale),
        &heads,
        |sheet, Owned { event, owner, featured_until }: &Owned| {
            sheet.row(&[
                Cell::Text(&event.path()),
                Cell::Text(&event.title),
                Cell::Text(owner),
                Cell::Text(event.status.word()),
                Cell::Text(&events::times::text(event.starts())),
                Cell::Text(&event.zone),
                Cell::Text(&event.place_town),
                event.capacity.map_or(Cell::Text(""), Cell::Number),
                Cell::Number(event.taken),
                Cell::Text(&event.created_at.rfc3339()),
                Cell::Text(&featured_until.map_or_else(String::new, Instant::rfc3339)),
            ])
        },
    )
}

#[derive(Template)]
#[template(path = "admin/event_cancellation.html")]
struct Cancellation<'a> {
    page: &'a Page,
    event: &'a Event,
    /// Why there is nothing to cancel any more.
    over: Option<events::Refusal>,
    reason: &'a str,
    errors: &'a Errors,
}

pub async fn ask_cancel(State(app): State<App>, page: Page, _: Admin, Path(slug): Path<String>) -> Result<Response> {
    let event = events::store::by_slug(&app.db, &slug).await?.or_404()?;
    let over = events::host_pages::over(&event, app.clock.now());
    page.html(&Cancellation { page: &page, event: &event, over, reason: "", errors: &Errors::default() })
}

pub async fn cancel(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(slug): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let event = events::store::by_slug(&app.db, &slug).await?.or_404()?;
    let again = |errors: &Errors| {
        let over = events::host_pages::over(&event, app.clock.now());
        page.invalid(&Cancellation { page: &page, event: &event, over, reason: &why.reason, errors })
    };
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return again(&errors),
    };
    let (now, by) = (app.clock.now(), admin.actor());
    let outcome = decide!(app.db, tx, {
        let event = hosting::cancel(tx, event.id, &reason, by, now).await?;
        let fact = AdminFact::EventCancelledByAdmin { reason: reason.clone() };
        journal::append(tx, &event.stream(), &fact, by, now).await?;
        tell_hosts(tx, &event, admin.id, Letter::EventCancelledByAdmin { event: event.id }, now).await?;
        Ok(())
    });
    match outcome {
        Ok(()) => {
            flash.say(t!("The event is cancelled. Everyone with a place is told by mail.")).await?;
            see("/admin/events")
        }
        Err(refusal) => again(&events::Refusal::errors(refusal)?),
    }
}

/// Those who run the event learn it from us, and not from their guests.
pub(super) async fn tell_hosts(
    tx: &mut Tx,
    event: &Event,
    admin: Id<Member>,
    letter: Letter,
    now: Instant,
) -> db::Result<()> {
    for host in events::store::hosts(&mut *tx, event.id).await? {
        if host.member_id != admin
            && let Some(member) = members::store::by_id(&mut *tx, host.member_id).await?
        {
            letters::queue(tx, letter, &Reader::of(&member), now).await?;
        }
    }
    Ok(())
}
