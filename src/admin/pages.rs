//! The overview: what is to be done, then how the site is doing.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;

use super::charts::{self, Chart};
use super::machine::Machine;
use super::paging::Clocks;
use super::store;
use crate::app::App;
use crate::error::Result;
use crate::i18n::filters;
use crate::payments::desk;
use crate::web::{Admin, Page};
use crate::{events, site};

/// More events than these are not counted for a page.
const MANY: i64 = 10_000;

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview<'a> {
    page: &'a Page,
    clocks: Clocks,
    now: DateTime,
    /// What somebody must look at, besides the machine.
    reports: i64,
    payments: i64,
    machine: Machine,
    upcoming: i64,
    joined: Chart,
    places: Chart,
    /// One for each currency in which money came.
    received: Vec<Chart>,
}

impl Overview<'_> {
    fn is_well(&self) -> bool {
        self.reports + self.payments == 0 && self.machine.is_well()
    }
}

pub async fn overview(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let now = app.clock.now();
    let clocks = Clocks::of(&app, &admin.member);
    let zone = clocks.zone();
    let (first, begin) = charts::since(now, zone);
    let payments = desk::waiting(&app).await?;
    let machine = Machine::of(&app).await?;
    let mut tx = app.db.read().await?;
    let reports = site::open_reports(&mut tx).await?;
    let joined = store::joined(&mut tx, begin).await?;
    let places = store::places(&mut tx, begin).await?;
    let received = store::received(&mut tx, begin).await?;
    let upcoming = events::store::count_upcoming(&mut tx, now, MANY + 1).await?;
    tx.commit().await?;
    let of_money = received.chunk_by(|a, b| a.0 == b.0).map(|of| {
        let counted: Vec<_> = of.iter().map(|(_, half_hours, worth)| (*half_hours, *worth)).collect();
        Chart::of(first, begin, zone, &counted, of.first().map(|(currency, ..)| currency.as_str()))
    });
    page.html(&Overview {
        page: &page,
        now: clocks.show(&now),
        reports,
        payments,
        machine,
        upcoming,
        joined: Chart::of(first, begin, zone, &joined, None),
        places: Chart::of(first, begin, zone, &places, None),
        received: of_money.collect(),
        clocks,
    })
}
