//! Every order of the site. One of them is shown by the payments desk.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::paging::Clocks;
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::events;
use crate::i18n::{Locale, filters};
use crate::orders::{Hold, Order, OrderState};
use crate::web::csv::Cell;
use crate::web::{Admin, Page, Query};

/// An order with whose it is and what for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    #[sqlx(flatten)]
    pub order: Order,
    pub name: String,
    pub email: String,
    pub slug: String,
    pub title: String,
    pub language: String,
}

impl Row {
    fn who(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

#[derive(Template)]
#[template(path = "admin/orders.html")]
struct Orders<'a> {
    page: &'a Page,
    clocks: Clocks,
    table: Table<Row>,
    /// The title of the event whose orders these are.
    event: Option<String>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let event = match asked.kind.trim() {
        "" => None,
        slug if slug.contains('\0') => None,
        slug => events::store::by_slug(&app.db, slug).await?.map(|event| event.title),
    };
    let table = Table::of(&app.db, &lists::ORDERS, asked, app.clock.now()).await?;
    page.html(&Orders { page: &page, clocks: Clocks::of(&app, &admin.member), table, event })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Order"),
        t!("Id"),
        t!("Event"),
        t!("Name"),
        t!("E-mail"),
        t!("State"),
        t!("Places"),
        t!("Total"),
        t!("Currency"),
        t!("Placed"),
        t!("Confirmed"),
    ];
    file::csv(app, &lists::ORDERS, asked, ("orders", locale), &heads, |sheet, row: &Row| {
        let order = &row.order;
        sheet.row(&[
            Cell::Text(&order.number()),
            Cell::Text(&order.id.to_string()),
            Cell::Text(&row.title),
            Cell::Text(&row.name),
            Cell::Text(&row.email),
            Cell::Text(order.state.word()),
            Cell::Number(order.places),
            Cell::Money(order.money()),
            Cell::Text(&order.currency),
            Cell::Text(&order.placed_at.rfc3339()),
            Cell::Text(&order.confirmed_at.map_or_else(String::new, Instant::rfc3339)),
        ])
    })
}
