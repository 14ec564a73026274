//! What a party's QR code opens: its tickets, to whoever holds it. Looking at it checks nobody in.
use askama::Template;
use axum::response::Response;

use super::opened::place_of;
use super::tickets::{Card, cards};
use super::{Order, codes_store, store};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::place::Place;
use crate::events::{self, Event};
use crate::i18n::filters;
use crate::web::Page;

#[derive(Template)]
#[template(path = "orders/party.html")]
struct Party<'a> {
    page: &'a Page,
    event: &'a Event,
    order: &'a Order,
    place: Place<'a>,
    zone: Option<&'a str>,
    cards: Vec<Card<'a>>,
}

pub(super) async fn show(app: &App, page: &Page, code: &str) -> Result<Response> {
    let (order, _) = codes_store::party(&app.db, code).await?.or_404()?;
    let order = store::by_id(&app.db, order).await?.filter(|order| !order.is_held()).or_404()?;
    let event = events::store::by_id(&app.db, order.event_id).await?.or_404()?;
    let tickets = store::tickets(&app.db, order.id).await?;
    let cards = cards(app, &tickets, |ticket| !ticket.is_given())?;
    let place = place_of(&event, !cards.is_empty(), app);
    let zone = event.zone_elsewhere(app);
    page.html(&Party { page, event: &event, order: &order, place, zone, cards })
}
