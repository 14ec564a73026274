//! The overview: what is to be done, then how the site is.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;

use super::paging::Clocks;
use crate::app::App;
use crate::error::Result;
use crate::i18n::filters;
use crate::web::{Admin, Page};
use crate::{events, jobs, letters, members, orders};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview<'a> {
    page: &'a Page,
    now: DateTime,
    failed_mails: i64,
    waiting_mails: i64,
    failed_jobs: i64,
    waiting_jobs: i64,
    /// When the oldest mail was queued that is not on its way yet.
    oldest: Option<DateTime>,
    /// That mail waits longer than mails do when all is well.
    late: bool,
    members: i64,
    upcoming: i64,
    places_today: i64,
    signed_up_today: i64,
}

pub async fn overview(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let now = app.clock.now();
    let clocks = Clocks::of(&app, &admin.member);
    let mut tx = app.db.read().await?;
    let (waiting_mails, failed_mails) = letters::counts(&mut tx).await?;
    let (waiting_jobs, failed_jobs) = jobs::counts(&mut tx).await?;
    let oldest = letters::oldest_waiting(&mut tx).await?;
    let midnight = clocks.midnight(now);
    let shown = Overview {
        page: &page,
        now: clocks.show(&now),
        failed_mails,
        waiting_mails,
        failed_jobs,
        waiting_jobs,
        late: oldest.is_some_and(|at| at + crate::clock::minutes(5) < now),
        oldest: oldest.map(|at| clocks.show(&at)),
        members: members::store::count(&mut tx).await?,
        signed_up_today: members::store::count_since(&mut tx, midnight).await?,
        upcoming: events::store::count_upcoming(&mut tx, now).await?,
        places_today: orders::store::places_since(&mut tx, midnight).await?,
    };
    tx.commit().await?;
    page.html(&shown)
}
