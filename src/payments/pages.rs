//! Paying an order: what is to be paid, the way to the provider and back, and the provider's notices.
use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Payment, checkout, notices, settle, store};
use crate::app::App;
use crate::error::Result;
use crate::events::place::Place;
use crate::events::{Event, PayLater};
use crate::forms::{Errors, Reader};
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::money;
use crate::orders::opened::{Key, Opened, actor};
use crate::orders::promo_codes::{self, Reduction};
use crate::orders::repricing::Due;
use crate::orders::repricing::offered::{self, Choosable};
use crate::orders::taxes::{self, OrderTax};
use crate::orders::{Hold, Order, Refusal, Ticket};
use crate::web::{Fields, Page, Path, Query, see};

/// Seconds after which a page that waits for the provider looks again.
const LOOK_AGAIN: &str = "4";

/// Tickets of one type at one price, before any promo code and without tax that comes on top.
pub(super) struct Line {
    pub name: String,
    pub places: i64,
    pub each: Money,
    pub sum: Money,
}

/// What an order comes to, below its lines.
pub(super) struct Sums {
    pub reduction: Option<Reduction>,
    pub taxes: Vec<OrderTax>,
    pub total: Money,
}

impl Sums {
    pub async fn of(app: &App, order: &Order) -> Result<Self> {
        let reduction = promo_codes::reduction(app, order).await?;
        Ok(Self { reduction, taxes: taxes::of_order(app, order.id).await?, total: order.money() })
    }
}

pub(super) fn lines(tickets: &[Ticket], currency: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for ticket in tickets {
        let price = ticket.list_price();
        match lines.iter_mut().find(|line| line.name == ticket.type_name && line.each.minor == price) {
            Some(line) => {
                line.places += 1;
                line.sum.minor += price;
            }
            None => {
                let each = super::money(price, currency);
                lines.push(Line { name: ticket.type_name.clone(), places: 1, each, sum: each });
            }
        }
    }
    lines
}

#[derive(Template)]
#[template(path = "payments/checkout.html")]
struct Checkout<'a> {
    page: &'a Page,
    opened: &'a Opened,
    event: &'a Event,
    place: Place<'a>,
    /// Whether the mail's link shows more of the place.
    told_by_mail: bool,
    lines: Vec<Line>,
    sums: Sums,
    total: Money,
    /// Until when the places are kept, in the zone of the event.
    until: Option<jiff::Zoned>,
    owed: bool,
    /// Whether this site can take the money now.
    payable: bool,
    /// Whether a delayed payment is on its way, so that there is nothing to do but wait.
    on_its_way: bool,
    /// Why no payment begins any more, where that is so.
    late: Option<Refusal>,
    /// Whether a promo code can be typed.
    takes_promo: bool,
    /// What can be given for places that were offered, and what its field shows.
    chooses: Option<Choosable>,
    amount: String,
    typed: Typed<'a>,
    errors: Errors,
}

/// What was typed on its page and refused.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Typed<'a> {
    pub promo: &'a str,
    pub amount: Option<&'a str>,
}

/// What a held order costs, until when its places are kept, and the button that leads to the provider.
pub(crate) async fn checkout_page(
    app: &App,
    page: &Page,
    opened: &Opened,
    errors: Errors,
    typed: Typed<'_>,
) -> Result<Response> {
    let order = &opened.order;
    let refused = !errors.is_empty();
    let payments = store::of_order(&app.db, order.id).await?;
    let chooses = offered::choosable(app, order, &opened.tickets).await?;
    let shown = Checkout {
        page,
        opened,
        event: &opened.event,
        place: opened.place(app),
        told_by_mail: opened.is_told_by_mail(app),
        lines: lines(&opened.tickets, &order.currency),
        sums: Sums::of(app, order).await?,
        total: order.money(),
        until: order.held_until.map(|until| until.in_zone(&opened.event.time_zone())),
        owed: order.hold == Some(Hold::Owed),
        payable: app.gateway.is_some(),
        on_its_way: payments.iter().any(Payment::is_on_its_way),
        late: checkout::is_too_late(order, &payments, app.clock.now()).then_some(Refusal::TooLateToPay),
        takes_promo: promo_codes::store::any(&app.db, order.event_id, app.clock.now()).await?,
        amount: typed.amount.map_or_else(|| chooses.map_or_else(String::new, Choosable::typed), str::to_owned),
        chooses,
        typed,
        errors,
    };
    if refused { page.invalid(&shown) } else { page.html(&shown) }
}

/// On to the provider's page.
pub async fn begin(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
    fields: Fields,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let typed = Typed { amount: fields.has("amount").then(|| fields.text("amount")), ..Typed::default() };
    let errors = choose(&app, &page, &opened, typed.amount).await?;
    if !errors.is_empty() {
        return checkout_page(&app, &page, &opened, errors, typed).await;
    }
    match checkout::begin(&app, id, &checkout::Back::default(), actor(&page)).await {
        // The stand-in's page is one of ours: a guest opens it with the order's key.
        Ok((_, url)) if url.starts_with('/') => see(format!("{url}{}", opened.query())),
        Ok((_, url)) => see(url),
        Err(refusal) => match refusal.or_broken()? {
            // Its page says what is so instead.
            Refusal::PaidAlready | Refusal::HoldOver | Refusal::OnItsWay => see(opened.path("")),
            refusal => checkout_page(&app, &page, &opened, Errors::whole(refusal), Typed::default()).await,
        },
    }
}

/// Gives for places that were offered what was typed, where that can be chosen. Answers what is wrong with it.
async fn choose(app: &App, page: &Page, opened: &Opened, typed: Option<&str>) -> Result<Errors> {
    let order = &opened.order;
    let chooses = offered::choosable(app, order, &opened.tickets).await?;
    let Some((Choosable { least, .. }, typed)) = chooses.zip(typed) else { return Ok(Errors::default()) };
    let mut reader = Reader::default();
    let from = (least.minor, least.currency);
    let amount = money::read_from(&mut reader, "amount", typed, from, t!("Give {least} or more.", least));
    if !reader.errors.is_empty() {
        return Ok(reader.errors);
    }
    match offered::give(app, order.id, amount, Due::Any, actor(page)).await {
        Ok(_) => Ok(Errors::default()),
        Err(refusal) => match refusal.or_broken()? {
            // Whoever begins to pay is told what became of it.
            Refusal::PaidAlready | Refusal::HoldOver | Refusal::Cancelled => Ok(Errors::default()),
            refusal => {
                let field = if matches!(refusal.field(), "people" | "promo") { "amount" } else { "" };
                Ok(Errors::at(field, refusal))
            }
        },
    }
}

#[derive(Template)]
#[template(path = "payments/waiting.html")]
struct Waiting<'a> {
    page: &'a Page,
    opened: &'a Opened,
    event: &'a Event,
    /// The provider did not answer just now.
    unreachable: bool,
}

/// Asks the provider about the payment that is open, if one is; false if it does not answer.
pub(crate) async fn looked(app: &App, id: Id<Order>) -> Result<bool> {
    let latest = store::of_order(&app.db, id).await?.into_iter().next();
    let Some(payment) = latest.filter(Payment::is_open) else { return Ok(true) };
    let settled = settle(app, payment.id).await.inspect_err(|error| {
        tracing::warn!(payment = %payment.id, error = format!("{error:#}"), "the provider was not reached");
    });
    Ok(settled.is_ok())
}

/// Where buyers come back to: asks the provider, and tells the truth.
pub async fn back(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    Opened::by(&app, &page, id, &key).await?;
    let unreachable = !looked(&app, id).await?;
    let opened = Opened::by(&app, &page, id, &key).await?;
    let payments = store::of_order(&app.db, id).await?;
    let open = payments.iter().any(Payment::is_open);
    // What takes days is not waited for here.
    let on_its_way = payments.iter().any(Payment::is_on_its_way);
    if !opened.order.is_held() || !open || on_its_way {
        return see(opened.path(""));
    }
    let mut response = page.html(&Waiting { page: &page, opened: &opened, event: &opened.event, unreachable })?;
    response.headers_mut().insert("refresh", HeaderValue::from_static(LOOK_AGAIN));
    Ok(response)
}

/// Takes a notice in: proven, stored, answered. What it means is found out by a job.
pub async fn notice(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let Some(gateway) = &app.gateway else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now = app.clock.now();
    if gateway.notice_secret().is_some_and(|secret| !notices::signed(secret, signature, &body, now)) {
        return Ok((StatusCode::FORBIDDEN, "The signature does not fit.\n").into_response());
    }
    if !notices::receive(&app, gateway.provider(), &body).await? {
        return Ok((StatusCode::BAD_REQUEST, "This is no event.\n").into_response());
    }
    Ok((StatusCode::OK, "Received.\n").into_response())
}
