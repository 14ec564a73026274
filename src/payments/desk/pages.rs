//! The desk of an event's hosts and of admins: the same page, under two addresses.
use std::collections::HashMap;

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::finding::{self, Found, Place, Search};
use super::{Act, Line, Mend};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, OrNotFound, Result};
use crate::events::{Event, Role, hosting};
use crate::forms::{Errors, Reader};
use crate::i18n::filters;
use crate::ids::Id;
use crate::journal::Actor;
use crate::orders::{self, Order, Refusal};
use crate::payments::{self, Hand, Payment, Provider, Refund};
use crate::web::guards::Guarded;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Me, Page, Path, Query, SteppedUp, see};

/// Whose desk this is: an event's, for those who host it, or the site's, for admins. To others there is none.
pub struct Desk {
    pub event: Option<(Event, Role)>,
    me: Me,
    zone: TimeZone,
    id: String,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Path(mut named) = Path::<HashMap<String, String>>::from_request_parts(parts, app).await?;
        let id = named.remove("id").unwrap_or_default();
        if let Some(slug) = named.remove("slug") {
            let me = Me::from_request_parts(parts, app).await?;
            let (event, role) = hosting::allowed(app, &slug, &me, Role::Host).await?;
            return Ok(Self { zone: event.time_zone(), event: Some((event, role)), me, id });
        }
        let Admin(me) = Admin::from_request_parts(parts, app).await?;
        let zone = TimeZone::get(me.zone.as_deref().unwrap_or(&app.config.zone)).unwrap_or(TimeZone::UTC);
        Ok(Self { event: None, me, zone, id })
    }
}

impl Guarded for Desk {}

impl Desk {
    /// What all its addresses begin with.
    pub fn base(&self) -> String {
        self.event.as_ref().map_or_else(|| "/admin".to_owned(), |(event, _)| event.path())
    }
    pub fn actor(&self) -> Actor {
        self.me.actor()
    }
    /// Admins say why they do something.
    pub fn is_admin(&self) -> bool {
        self.event.is_none()
    }
    pub fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
    pub fn has(&self, order: &Order) -> bool {
        self.event.as_ref().is_none_or(|(event, _)| event.id == order.event_id)
    }
    /// The order of the address, if it is this desk's.
    pub async fn order(&self, app: &App) -> Result<Order> {
        let id: Id<Order> = self.id.parse().ok().or_404()?;
        orders::store::by_id(&app.db, id).await?.filter(|order| self.has(order)).or_404()
    }
    async fn payment(&self, app: &App, id: Id<Payment>) -> Result<Payment> {
        let payment = payments::store::by_id(&app.db, id).await?.or_404()?;
        let Some(order) = payment.order_id else { return self.is_admin().then_some(payment).or_404() };
        let order = orders::store::by_id(&app.db, order).await?.or_404()?;
        self.has(&order).then_some(payment).or_404()
    }
}

/// What both pages show.
pub struct Shown<'a> {
    desk: &'a Desk,
    stuck: Vec<Line>,
    lines: Vec<Line>,
    q: &'a str,
    state: &'a str,
    before: Option<Place>,
    next: Option<Place>,
    /// What was typed, at which line.
    reason: &'a str,
    errors: Errors,
}

impl Shown<'_> {
    fn at(&self, at: &Instant) -> DateTime {
        self.desk.at(at)
    }
    fn base(&self) -> String {
        self.desk.base()
    }
    /// Where what a line is for is seen.
    fn path(&self, line: &Line) -> String {
        match line.order_id {
            Some(order) => format!("{}/orders/{order}", self.base()),
            None if line.is_plan() => format!("/admin/bills/{}", line.payment_id),
            None => format!("/admin/purchases/{}", line.payment_id),
        }
    }
    fn is_state(&self, state: &str) -> bool {
        self.state == state
    }
    fn reason_of(&self, line: &Line) -> &str {
        if self.errors.on(&field(&line.id)).is_some() { self.reason } else { "" }
    }
    fn query(&self, side: &str, place: &Place) -> String {
        let place = place.text();
        let pairs = [("q", self.q), ("state", self.state), (side, place.as_str())];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
    fn back(&self) -> Option<String> {
        self.before.as_ref().map(|place| self.query("before", place))
    }
    fn next(&self) -> Option<String> {
        self.next.as_ref().map(|place| self.query("after", place))
    }
}

#[derive(Template)]
#[template(path = "hosting/payments.html")]
struct OfEvent<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    shown: Shown<'a>,
}

#[derive(Template)]
#[template(path = "admin/payments.html")]
struct OfSite<'a> {
    page: &'a Page,
    shown: Shown<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    /// Where a page begins, or ends: what stood at the end of the one before, or at the beginning of the one behind.
    after: String,
    before: String,
}

impl Asked {
    fn from(&self) -> (Option<Place>, bool) {
        match Place::parse(&self.before) {
            Some(place) => (Some(place), true),
            None => (Place::parse(&self.after), false),
        }
    }
}

pub async fn index(State(app): State<App>, page: Page, desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    answer(&app, &page, &desk, &asked, "", Errors::default()).await
}

async fn answer(app: &App, page: &Page, desk: &Desk, asked: &Asked, reason: &str, errors: Errors) -> Result<Response> {
    let (q, state) = (asked.q.as_str(), asked.state.as_str());
    let event = desk.event.as_ref().map(|(event, _)| event.id);
    let Found { lines, before, next } = match event {
        Some(event) => finding::page(app, event, &Search { q, state }, asked.from()).await?,
        // All of the site's stand in a table of their own.
        None => Found::default(),
    };
    let stuck = super::stuck(app, event).await?;
    let wrong = !errors.is_empty();
    let shown = Shown { desk, stuck, lines, q, state, before, next, reason, errors };
    match (&desk.event, wrong) {
        (Some((event, role)), false) => page.html(&OfEvent { page, event, role: *role, tab: "payments", shown }),
        (Some((event, role)), true) => page.invalid(&OfEvent { page, event, role: *role, tab: "payments", shown }),
        (None, false) => page.html(&OfSite { page, shown }),
        (None, true) => page.invalid(&OfSite { page, shown }),
    }
}

/// The field in which the reason of a line stands.
fn field(id: &str) -> String {
    format!("reason-{id}")
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    r#do: String,
    reason: String,
}

pub async fn mend_payment(
    State(app): State<App>,
    page: Page,
    SteppedUp(desk): SteppedUp<Desk>,
    flash: Flash,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let payment = desk.payment(&app, desk.id.parse().ok().or_404()?).await?;
    mend(&app, &page, &desk, &flash, (payment.id, None), &typed).await
}

pub async fn mend_refund(
    State(app): State<App>,
    page: Page,
    SteppedUp(desk): SteppedUp<Desk>,
    flash: Flash,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let refund: Id<Refund> = desk.id.parse().ok().or_404()?;
    let refund = payments::store::refund(&app.db, refund).await?.or_404()?;
    let payment = desk.payment(&app, refund.payment_id).await?;
    mend(&app, &page, &desk, &flash, (payment.id, Some(refund.id)), &typed).await
}

async fn mend(
    app: &App,
    page: &Page,
    desk: &Desk,
    flash: &Flash,
    (payment, refund): (Id<Payment>, Option<Id<Refund>>),
    typed: &Typed,
) -> Result<Response> {
    let what: Mend = typed.r#do.parse().ok().or_404()?;
    let id = refund.map_or_else(|| payment.to_string(), |refund| refund.to_string());
    let reason = match reason(&field(&id), &typed.reason, desk.is_admin() || what.needs_reason()) {
        Ok(reason) => reason,
        Err(errors) => return answer(app, page, desk, &Asked::default(), &typed.reason, errors).await,
    };
    let hand = if desk.is_admin() { Hand::Site } else { Hand::Host };
    let act = Act { payment, refund, what, reason: &reason, by: desk.actor(), hand };
    match super::mend(app, &act).await {
        Ok(()) => flash.say(t!("Done. It stands in the journal.")).await?,
        // What is said to buyers, that nothing was charged, is what nobody knows here.
        Err(Refusal::NoAnswer) => {
            flash.say(t!("The payment service does not answer. Nothing changed; try again in a minute.")).await?;
        }
        Err(refusal) => flash.say(Refusal::or_broken(refusal)?).await?,
    }
    see(format!("{}/payments", desk.base()))
}

/// Why somebody does it, as it stands in the journal.
pub fn reason(field: &str, typed: &str, needed: bool) -> std::result::Result<String, Errors> {
    let mut reader = Reader::default();
    let reason = if needed {
        reader.required(field, typed, 300, t!("Say why. It stands in the journal."))
    } else {
        reader.line(field, typed, 300)
    };
    reader.errors.or(|| reason)
}
