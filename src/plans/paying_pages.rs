//! Who pays for a plan, for admins.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{State as Stands, Subscription, Tier, store};
use crate::admin::paging::Clocks;
use crate::admin::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::i18n::{Locale, filters};
use crate::payments::money;
use crate::web::csv::Cell;
use crate::web::{Admin, Page, Query};

/// A subscription with whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Held {
    #[sqlx(flatten)]
    pub subscription: Subscription,
    pub name: String,
    pub email: String,
}

#[derive(Template)]
#[template(path = "admin/subscriptions.html")]
struct Subscriptions<'a> {
    page: &'a Page,
    clocks: Clocks,
    table: Table<Held>,
    counts: Vec<(Stands, i64)>,
    /// Those that can be paid.
    tiers: Vec<Tier>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let counts = store::counts(&app.db).await?;
    let count = |state: &Stands| counts.iter().find(|(word, _)| word == state.word()).map_or(0, |(_, n)| *n);
    page.html(&Subscriptions {
        page: &page,
        clocks: Clocks::of(&app, &admin.member),
        table: Table::of(&app.db, &lists::SUBSCRIPTIONS, asked, app.clock.now()).await?,
        counts: Stands::ALL.iter().map(|state| (*state, count(state))).collect(),
        tiers: Tier::ALL.iter().copied().filter(|tier| *tier != Tier::Free).collect(),
    })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Id"),
        t!("Member"),
        t!("Name"),
        t!("E-mail"),
        t!("Plan"),
        t!("State"),
        t!("Amount"),
        t!("Currency"),
        t!("Since"),
        t!("Paid until"),
        t!("Ends with the month"),
        t!("To"),
        t!("Reference"),
    ];
    file::csv(app, &lists::SUBSCRIPTIONS, asked, ("subscriptions", locale), &heads, |sheet, row: &Held| {
        let of = &row.subscription;
        sheet.row(&[
            Cell::Text(&of.id.to_string()),
            Cell::Text(&of.member_id.to_string()),
            Cell::Text(&row.name),
            Cell::Text(&row.email),
            Cell::Text(of.tier.word()),
            Cell::Text(of.state.word()),
            Cell::Money(money(of.amount, &of.currency)),
            Cell::Text(&of.currency),
            Cell::Text(&of.started_at.rfc3339()),
            Cell::Text(&of.period_ends_at.map_or_else(String::new, Instant::rfc3339)),
            Cell::Text(if of.ends_at_period_end { "yes" } else { "no" }),
            Cell::Text(of.provider.word()),
            Cell::Text(of.reference.as_deref().unwrap_or_default()),
        ])
    })
}
