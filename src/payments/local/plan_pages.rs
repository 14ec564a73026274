//! The stand-in's page of one subscription, for its member alone: paying it, and all that a month can bring.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::months::act;
use super::pages::here;
use super::plans::{Book, BookState, Deed};
use super::plans_store as store;
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, OrNotFound, Result};
use crate::i18n::{Money, filters};
use crate::ids::Id;
use crate::payments::purchases::pages::zone;
use crate::payments::{self, Gateway};
use crate::plans::{self, Subscription};
use crate::web::{Fields, Me, Page, Path, see};

#[derive(Template)]
#[template(path = "payments/local_plan.html")]
struct PlanPage<'a> {
    page: &'a Page,
    book: &'a Book,
    amount: Money,
    zone: jiff::tz::TimeZone,
    /// It takes no first payment any more.
    over: bool,
    declined: bool,
}

impl PlanPage<'_> {
    fn at(&self, at: &Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

/// For whom it belongs to; there is none where there is no such provider.
async fn opened(app: &App, me: &Me, id: &str) -> Result<Book> {
    matches!(app.gateway, Some(Gateway::Local(_))).then_some(()).or_404()?;
    let book = store::by_id(&app.db, id).await?.or_404()?;
    let ours: Id<Subscription> = book.ours.parse().ok().or_404()?;
    let ours = plans::store::by_id(&app.db, ours).await?.or_404()?;
    (ours.member_id == me.id).then_some(book).or_404()
}

fn answer(app: &App, page: &Page, book: &Book, declined: bool) -> Result<Response> {
    let open = book.state == BookState::Open && book.expires_at > app.clock.now();
    let amount = payments::money(book.amount, &book.currency);
    let over = !open && !book.runs();
    let shown = PlanPage { page, book, amount, zone: zone(app, page), over, declined };
    if declined { page.invalid(&shown) } else { page.html(&shown) }
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(id): Path<String>) -> Result<Response> {
    answer(&app, &page, &opened(&app, &me, &id).await?, false)
}

pub async fn act_on(
    State(app): State<App>,
    page: Page,
    me: Me,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let book = opened(&app, &me, &id).await?;
    let deed: Deed = fields.text("do").parse().map_err(|()| Error::Malformed)?;
    let done = act(&app, &id, deed).await?;
    match deed {
        Deed::Decline if done => answer(&app, &page, &book, true),
        Deed::Leave => see(here(&app, &book.cancel_url)),
        Deed::Pay | Deed::Quiet | Deed::Twice if done => see(here(&app, &book.return_url)),
        _ => see(book.path()),
    }
}
