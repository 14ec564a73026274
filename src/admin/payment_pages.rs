//! Every payment of the site. What is stuck stands on the payments desk.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::paging::Clocks;
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::i18n::{Locale, Money, filters};
use crate::payments::{self, Payment, Provider, purchases};
use crate::plans::Tier;
use crate::web::csv::Cell;
use crate::web::{Admin, Page, Query};

/// A payment with whose it is and what for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    #[sqlx(flatten)]
    pub payment: Payment,
    pub name: String,
    pub email: String,
    pub slug: String,
    pub title: String,
    pub language: String,
    /// Of a plan.
    pub tier: Option<Tier>,
}

impl Row {
    fn who(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
    fn number(&self) -> String {
        purchases::number_of(self.payment.order_id, self.payment.id)
    }
    /// Where admins see what it is for.
    fn path(&self) -> String {
        match self.payment.order_id {
            Some(order) => format!("/admin/orders/{order}"),
            None if self.tier.is_some() => format!("/admin/bills/{}", self.payment.id),
            None => format!("/admin/purchases/{}", self.payment.id),
        }
    }
    fn money(&self, minor: i64) -> Money {
        payments::money(minor, &self.payment.currency)
    }
    /// What came, or while nothing did what was asked.
    fn amount(&self) -> Money {
        self.money(if self.payment.is_paid() { self.payment.received } else { self.payment.amount })
    }
}

#[derive(Template)]
#[template(path = "admin/all_payments.html")]
struct Payments<'a> {
    page: &'a Page,
    clocks: Clocks,
    table: Table<Row>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let table = Table::of(&app.db, &lists::PAYMENTS, asked, app.clock.now()).await?;
    page.html(&Payments { page: &page, clocks: Clocks::of(&app, &admin.member), table })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Order"),
        t!("Id"),
        t!("Event"),
        t!("Name"),
        t!("E-mail"),
        t!("To"),
        t!("State"),
        t!("Problem"),
        t!("Asked"),
        t!("Received"),
        t!("Given back"),
        t!("Currency"),
        t!("Opened"),
        t!("Paid"),
        t!("Reference"),
    ];
    file::csv(app, &lists::PAYMENTS, asked, ("payments", locale), &heads, |sheet, row: &Row| {
        let payment = &row.payment;
        sheet.row(&[
            Cell::Text(&row.number()),
            Cell::Text(&payment.id.to_string()),
            Cell::Text(&row.title),
            Cell::Text(&row.name),
            Cell::Text(&row.email),
            Cell::Text(payment.provider.word()),
            Cell::Text(payment.state.word()),
            Cell::Text(payment.problem.as_deref().unwrap_or_default()),
            Cell::Money(row.money(payment.amount)),
            Cell::Money(row.money(payment.received)),
            Cell::Money(row.money(payment.refunded)),
            Cell::Text(&payment.currency),
            Cell::Text(&payment.opened_at.rfc3339()),
            Cell::Text(&payment.paid_at.map_or_else(String::new, Instant::rfc3339)),
            Cell::Text(payment.reference.as_deref().unwrap_or_default()),
        ])
    })
}
