//! The promo code on the page of an order that waits to be paid.
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::error::Result;
use crate::forms::{Errors, Reader};
use crate::ids::Id;
use crate::orders::opened::{Key, Opened, actor};
use crate::orders::{Order, Refusal, promo_codes};
use crate::payments::pages::{Typed, checkout_page};
use crate::web::limits::Ip;
use crate::web::{Fields, Page, Path, Query, see};

pub async fn put_on(
    State(app): State<App>,
    page: Page,
    ip: Ip,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
    fields: Fields,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    if !is_unpaid(&opened) {
        return see(opened.path(""));
    }
    let mut reader = Reader::default();
    let typed = fields.text("promo");
    let code = reader.line("promo", typed, promo_codes::LONGEST);
    if !reader.errors.is_empty() {
        return checkout_page(&app, &page, &opened, reader.errors, Typed { promo: typed, ..Typed::default() }).await;
    }
    promo_codes::count_guess(&app, opened.event.id, &code, &ip.whose()).await?;
    let changed = super::put_on(&app, id, &code, actor(&page)).await;
    shown(&app, &page, &opened, changed, typed).await
}

pub async fn take_off(
    State(app): State<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    if !is_unpaid(&opened) {
        return see(opened.path(""));
    }
    let changed = super::take_off(&app, id, actor(&page)).await;
    shown(&app, &page, &opened, changed, "").await
}

/// Whether its page has a price to pay; else it says what became of it.
fn is_unpaid(opened: &Opened) -> bool {
    opened.order.is_held() && opened.order.total > 0
}

/// The order with its new price, or why it has none.
async fn shown(
    app: &App,
    page: &Page,
    opened: &Opened,
    changed: Result<Order, Refusal>,
    typed: &str,
) -> Result<Response> {
    match changed {
        Ok(_) => see(opened.path("")),
        Err(refusal) => match refusal.or_broken()? {
            Refusal::PaidAlready | Refusal::HoldOver | Refusal::NothingToPay | Refusal::Cancelled => {
                see(opened.path(""))
            }
            refusal => {
                let field = if refusal.field() == "promo" { "promo" } else { "" };
                let typed = Typed { promo: typed, ..Typed::default() };
                checkout_page(app, page, opened, Errors::at(field, refusal), typed).await
            }
        },
    }
}
