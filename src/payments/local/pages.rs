//! The stand-in's pay page, for the buyer alone, and its notices to us.
use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, header};
use axum::response::Response;
use jiff::tz::TimeZone;
use tower::ServiceExt;

use super::{Book, COMPLETED, CheckoutState, Deed, LATE, Local, Told, act, months, plans, plans_store, store};
use crate::app::App;
use crate::error::{Error, OrNotFound, Result};
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::orders::opened::{Key, Opened};
use crate::payments::purchases::{self, Purchase};
use crate::payments::{self, Gateway, Payment, notices};
use crate::web::{Fields, Page, Path, Query, see};

#[derive(Template)]
#[template(path = "payments/local.html")]
struct PayPage<'a> {
    page: &'a Page,
    of: &'a For,
    book: &'a Book,
    amount: Money,
    /// Until when it takes money, by the clocks of what it is for.
    until: jiff::Zoned,
    over: bool,
    declined: bool,
}

/// What is paid here.
enum For {
    Order(Box<Opened>),
    Credits(Purchase, TimeZone),
}

impl For {
    /// The query that opens the order to a guest.
    fn query(&self) -> &str {
        match self {
            Self::Order(opened) => opened.query(),
            Self::Credits(..) => "",
        }
    }
    /// Where the site goes on.
    fn back(&self) -> String {
        match self {
            Self::Order(opened) => opened.path("/payment"),
            Self::Credits(purchase, _) => purchase.path(),
        }
    }
    fn zone(&self) -> TimeZone {
        match self {
            Self::Order(opened) => opened.event.time_zone(),
            Self::Credits(_, zone) => zone.clone(),
        }
    }
}

/// A checkout of the local provider, for whom its order or its credits belong to; there is none where there is no such provider.
async fn opened(app: &App, page: &Page, id: &str, key: &Key) -> Result<(Book, For)> {
    matches!(app.gateway, Some(Gateway::Local(_))).then_some(()).or_404()?;
    let book = store::by_id(&app.db, id).await?.or_404()?;
    let payment: Id<Payment> = book.payment.parse().ok().or_404()?;
    let payment = payments::store::by_id(&app.db, payment).await?.or_404()?;
    let Some(order) = payment.order_id else {
        let (purchase, _) = purchases::pages::own(app, page.me.as_deref(), payment.id).await?;
        return Ok((book, For::Credits(purchase, purchases::pages::zone(app, page))));
    };
    Ok((book, For::Order(Box::new(Opened::by(app, page, order, key).await?))))
}

fn pay_page(app: &App, page: &Page, book: &Book, of: &For, declined: bool) -> Result<Response> {
    let over = book.state != CheckoutState::Open || book.expires_at <= app.clock.now();
    let amount = payments::money(book.amount, &book.currency);
    let until = book.expires_at.in_zone(&of.zone());
    let shown = PayPage { page, of, book, amount, until, over, declined };
    if declined { page.invalid(&shown) } else { page.html(&shown) }
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(id): Path<String>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let (book, of) = opened(&app, &page, &id, &key).await?;
    pay_page(&app, &page, &book, &of, false)
}

pub async fn pay(
    State(app): State<App>,
    page: Page,
    Path(id): Path<String>,
    Query(key): Query<Key>,
    fields: Fields,
) -> Result<Response> {
    let (book, of) = opened(&app, &page, &id, &key).await?;
    let deed: Deed = fields.text("do").parse().map_err(|()| Error::Malformed)?;
    let done = act(&app, &book, deed).await?;
    match deed {
        Deed::Decline if done => pay_page(&app, &page, &book, &of, true),
        Deed::Leave | Deed::Late => see(here(&app, &book.cancel_url)),
        // A checkout that is over, or paid in another tab, says so itself.
        _ if !done => pay_page(&app, &page, &store::by_id(&app.db, &id).await?.or_404()?, &of, false),
        _ => see(here(&app, &book.return_url)),
    }
}

/// An address of this site without its beginning: a developer may have come by another name of the machine.
pub(super) fn here(app: &App, url: &str) -> String {
    let path = url.strip_prefix(&app.config.base_url).filter(|path| {
        // Two slashes at the beginning would lead to another site.
        path.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']))
    });
    path.unwrap_or(url).to_owned()
}

/// Sends us one notice, through all layers of the site, as a provider's server would.
pub async fn tell(app: &App, id: Id<Told>, site: fn(App) -> Router) -> anyhow::Result<()> {
    let Some(told) = store::notice(&app.db, id).await? else { return Ok(()) };
    let Some(Gateway::Local(local)) = &app.gateway else { return Ok(()) };
    if told.kind == months::RENEW {
        months::renew_by_clock(app, &told.checkout_id, told.at).await?;
        return forget(app, id).await;
    }
    if told.kind == LATE {
        let paid: anyhow::Result<()> = decide!(app.db, tx, {
            store::pay_late(tx, &told.checkout_id).await?;
            Ok(())
        });
        paid?;
    }
    let body = body(local, &told).await?;
    let request = Request::post("/webhooks/stripe")
        .header(header::CONTENT_TYPE, "application/json")
        .header("stripe-signature", notices::sign(local.notice_secret(), &body, app.clock.now()))
        .body(Body::from(body))?;
    let response = site(app.clone()).oneshot(request).await.unwrap_or_else(|never| match never {});
    anyhow::ensure!(response.status().is_success(), "the notice was answered {}", response.status());
    forget(app, id).await
}

async fn forget(app: &App, id: Id<Told>) -> anyhow::Result<()> {
    let sent: anyhow::Result<()> = decide!(app.db, tx, {
        store::forget_notice(tx, id).await?;
        Ok(())
    });
    sent
}

/// What a notice is about: a checkout, a charge, or something of a subscription.
async fn object(local: &Local, id: &str, kind: &str) -> anyhow::Result<serde_json::Value> {
    if id.starts_with(plans::PREFIX) {
        let missing = || anyhow::anyhow!("there is no subscription {id}");
        return Ok(months::object(&plans_store::by_id(&local.db, id).await?.ok_or_else(missing)?, kind));
    }
    let book = local.book(id).await?;
    let refunded = store::refunded(&local.db, &book.id).await?;
    Ok(if kind == COMPLETED {
        serde_json::json!({
            "object": "checkout.session", "id": book.id, "client_reference_id": book.payment, "payment_status": "paid",
            "amount_total": book.amount, "currency": book.currency.to_lowercase(),
        })
    } else {
        serde_json::json!({
            "object": "charge", "id": format!("ch_{}", book.id), "checkout": book.id, "amount": book.amount,
            "amount_refunded": refunded, "currency": book.currency.to_lowercase(),
        })
    })
}

/// In the shape of Stripe's events (<https://docs.stripe.com/api/events/object>).
async fn body(local: &Local, told: &Told) -> anyhow::Result<Vec<u8>> {
    let kind = if told.kind == LATE { COMPLETED } else { &told.kind };
    let object = object(local, &told.checkout_id, kind).await?;
    let created = told.at.timestamp().as_second();
    let event = serde_json::json!({
        "object": "event", "id": told.event, "type": kind, "created": created, "livemode": false, "data": { "object": object },
    });
    Ok(serde_json::to_vec(&event)?)
}
