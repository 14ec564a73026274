//! The overview: what is to be done, then how the site is doing.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;

use super::charts::{self, Chart};
use super::paging::Clocks;
use super::store;
use crate::app::App;
use crate::error::Result;
use crate::i18n::filters;
use crate::payments::desk;
use crate::web::{Admin, Page};
use crate::{events, jobs, letters};

/// More events than these are not counted for a page.
const MANY: i64 = 10_000;

/// What somebody must look at.
struct ToDo {
    reports: i64,
    payments: i64,
    failed_mails: i64,
    failed_jobs: i64,
    /// When the oldest mail was queued that is not on its way yet, if it waits longer than mails do when all is well.
    oldest: Option<DateTime>,
}

impl ToDo {
    fn is_empty(&self) -> bool {
        self.reports + self.payments + self.failed_mails + self.failed_jobs == 0 && self.oldest.is_none()
    }
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview<'a> {
    page: &'a Page,
    now: DateTime,
    to_do: ToDo,
    waiting_mails: i64,
    waiting_jobs: i64,
    upcoming: i64,
    joined: Chart,
    places: Chart,
    /// One for each currency in which money came.
    received: Vec<Chart>,
}

pub async fn overview(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let now = app.clock.now();
    let clocks = Clocks::of(&app, &admin.member);
    let zone = clocks.zone();
    let (first, begin) = charts::since(now, zone);
    let payments = desk::waiting(&app).await?;
    let mut tx = app.db.read().await?;
    let (waiting_mails, failed_mails) = letters::store::counts(&mut tx).await?;
    let (waiting_jobs, failed_jobs) = jobs::store::counts(&mut tx).await?;
    let oldest = letters::store::oldest_waiting(&mut tx).await?.filter(|at| *at + letters::store::SLOW < now);
    let reports = store::open_reports(&mut tx).await?;
    let joined = store::joined(&mut tx, begin).await?;
    let places = store::places(&mut tx, begin).await?;
    let received = store::received(&mut tx, begin).await?;
    let upcoming = events::store::count_upcoming(&mut tx, now, MANY + 1).await?;
    tx.commit().await?;
    let oldest = oldest.map(|at| clocks.show(&at));
    let of_money = received.chunk_by(|a, b| a.0 == b.0).map(|of| {
        let counted: Vec<_> = of.iter().map(|(_, half_hours, worth)| (*half_hours, *worth)).collect();
        Chart::of(first, begin, zone, &counted, of.first().map(|(currency, ..)| currency.as_str()))
    });
    page.html(&Overview {
        page: &page,
        now: clocks.show(&now),
        to_do: ToDo { reports, payments, failed_mails, failed_jobs, oldest },
        waiting_mails,
        waiting_jobs,
        upcoming,
        joined: Chart::of(first, begin, zone, &joined, None),
        places: Chart::of(first, begin, zone, &places, None),
        received: of_money.collect(),
    })
}
