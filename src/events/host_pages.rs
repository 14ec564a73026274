//! What hosts see of one of their events, and what they do to it as a whole.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::hosting;
use super::views::funnel::{self, Funnel};
use super::{Event, Refusal, Role, TicketType, forms::Typed, once};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::forms::{Errors, Message, Reader};
use crate::i18n::{Money, filters};
use crate::orders::{self, guests::Guest};
use crate::payments::takings::{self, Takings};
use crate::web::page::Flash;
use crate::web::{Fields, Form, Me, Page, Path, Proof, see};

#[derive(Template)]
#[template(path = "hosting/manage.html")]
struct Manage<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    types: Vec<TicketType>,
    /// Places that are not free: those that let somebody in, and those whose money is on its way back.
    sold: i64,
    refunding: i64,
    held: i64,
    /// People on the waiting list.
    waiting: i64,
    checked_in: i64,
    /// Who came in last, and who before.
    last_in: Vec<Guest>,
    maybe: i64,
    not_going: i64,
    takings: Takings,
    funnel: Funnel,
    now: Instant,
    /// What keeps a draft from being published.
    errors: Errors,
}

impl Manage<'_> {
    fn is_past(&self) -> bool {
        self.event.is_past(self.now)
    }
    /// When somebody came in, on the event's clock.
    fn came(&self, guest: &Guest) -> jiff::civil::Time {
        guest.checked_in_at.unwrap_or_default().in_zone(&self.event.time_zone()).time()
    }
    fn is_on_sale(&self, of: &TicketType) -> bool {
        of.on_sale(self.now)
    }
    /// Of a hundred, for the meter.
    fn filled(&self, of: &TicketType) -> i64 {
        of.capacity
            .filter(|capacity| *capacity > 0)
            .map_or(0, |capacity| ((of.sold + of.held) * 100 / capacity).min(100))
    }
}

pub async fn manage(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let overview = overview(&app, &page, &event, role, Errors::default()).await?;
    page.html(&overview)
}

async fn overview<'a>(app: &App, page: &'a Page, event: &'a Event, role: Role, errors: Errors) -> Result<Manage<'a>> {
    let types = super::store::ticket_types(&app.db, event.id).await?;
    let sold: i64 = types.iter().map(|of| of.sold).sum();
    let (valid, held, checked_in) = orders::guests::store::figures(&app.db, event.id).await?;
    let waiting = orders::waiting::store::people(&app.db, event.id).await?;
    let last_in = orders::guests::last_in(&app.db, event.id, 2).await?;
    let (maybe, not_going) = hosting::store::answers(&app.db, event.id).await?;
    let takings = takings::of(app, event, &types).await?;
    let funnel = funnel::of(app, event).await?;
    let (tab, now) = ("manage", app.clock.now());
    Ok(Manage {
        page,
        event,
        role,
        tab,
        types,
        sold,
        refunding: sold - valid,
        held,
        waiting,
        checked_in,
        last_in,
        maybe,
        not_going,
        takings,
        funnel,
        now,
        errors,
    })
}

/// Puts a saved draft on the bill.
pub async fn publish(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let types = super::store::ticket_types(&app.db, event.id).await?;
    let now = app.clock.now();
    let outcome = match super::pricing::plan(&app, &Typed::of(&event, &types)) {
        Ok(plan) => decide!(app.db, tx, hosting::publish(tx, event.id, &plan, me.actor(), now).await),
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok(event) => {
            flash.say(t!("Published. The event is on the bill.")).await?;
            see(format!("{}/manage", event.path()))
        }
        Err(refusal) => page.invalid(&overview(&app, &page, &event, role, refusal.errors()?).await?),
    }
}

#[derive(Template)]
#[template(path = "hosting/cancel.html")]
struct Cancel<'a> {
    page: &'a Page,
    event: &'a Event,
    /// What goes back to those who paid.
    back: Vec<Money>,
    /// Why there is nothing to cancel any more.
    over: Option<Refusal>,
    reason: &'a str,
    errors: &'a Errors,
}

/// Why an event cannot be cancelled (any more).
pub fn over(event: &Event, now: Instant) -> Option<Refusal> {
    if event.is_cancelled() {
        return Some(Refusal::AlreadyCancelled);
    }
    (event.is_past(now) && event.is_published()).then_some(Refusal::Past)
}

pub async fn ask_cancel(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    Path(slug): Path<String>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let over = over(&event, app.clock.now());
    let back = if over.is_none() { takings::goes_back(&app, &event).await? } else { Vec::new() };
    proof.needed(!back.is_empty())?;
    page.html(&Cancel { page: &page, event: &event, back, over, reason: "", errors: &Errors::default() })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Why {
    reason: String,
}

pub async fn cancel(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    flash: Flash,
    Path(slug): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Owner).await?;
    let mut reader = Reader::default();
    let reason = reader.text("reason", &why.reason, 500);
    let back = takings::goes_back(&app, &event).await?;
    proof.needed(!back.is_empty())?;
    let over = over(&event, app.clock.now());
    let again =
        |errors: &Errors| page.invalid(&Cancel { page: &page, event: &event, back, over, reason: &why.reason, errors });
    if !reader.errors.is_empty() {
        return again(&reader.errors);
    }
    let now = app.clock.now();
    match decide!(app.db, tx, hosting::cancel(tx, event.id, &reason, me.actor(), now).await) {
        Ok(event) => {
            flash.say(t!("The event is cancelled. Everyone with a place is told by mail.")).await?;
            see(format!("{}/manage", event.path()))
        }
        Err(refusal) => again(&refusal.errors()?),
    }
}

pub async fn copy(
    State(app): State<App>,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, once::copy(tx, fields.text("form"), event.id, me.id, now).await) {
        Ok(copy) => {
            flash.say(t!("This is the copy, a draft. Look at its date, then publish it.")).await?;
            see(format!("{}/edit", copy.path()))
        }
        Err(refusal) => {
            let message = refusal.errors()?.all().next().map(|(_, message)| message.clone());
            flash.say(message.unwrap_or_else(|| Message::new(t!("This event cannot be copied.")))).await?;
            see(format!("{}/manage", event.path()))
        }
    }
}
