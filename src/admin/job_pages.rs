//! Work that waits or failed, and running it again.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::AdminFact;
use super::paging::{Clocks, Why};
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Locale, filters};
use crate::ids::Id;
use crate::jobs::store::Row;
use crate::jobs::{self, Job};
use crate::journal;
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct Jobs<'a> {
    page: &'a Page,
    clocks: Clocks,
    now: Instant,
    failed: i64,
    kinds: Vec<String>,
    table: Table<Row>,
}

/// Failed ones stand in the way of nobody's work, so what is to be run comes first, and a word says that some failed.
pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let now = app.clock.now();
    let (failed, kinds) = (jobs::store::failed(&app.db).await?, jobs::store::kinds(&app.db).await?);
    let table = Table::of(&app.db, &lists::JOBS, asked, now).await?;
    let clocks = Clocks::of(&app, &admin.member);
    page.html(&Jobs { page: &page, clocks, now, failed, kinds, table })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads =
        [t!("Id"), t!("Kind"), t!("What"), t!("Tries"), t!("Runs"), t!("Queued"), t!("Failed"), t!("Last error")];
    file::csv(app, &lists::JOBS, asked, ("jobs", locale), &heads, |sheet, job: &Row| {
        sheet.row(&[
            Cell::Text(&job.id.to_string()),
            Cell::Text(&job.kind),
            Cell::Text(&job.payload),
            Cell::Number(job.attempts),
            Cell::Text(&job.run_at.rfc3339()),
            Cell::Text(&job.created_at.rfc3339()),
            Cell::Text(&job.failed_at.map_or_else(String::new, Instant::rfc3339)),
            Cell::Text(job.last_error.as_deref().unwrap_or_default()),
        ])
    })
}

#[derive(Template)]
#[template(path = "admin/job.html")]
struct Show<'a> {
    page: &'a Page,
    clocks: Clocks,
    job: &'a Row,
    reason: &'a str,
    errors: &'a Errors,
}

async fn found(app: &App, id: &str) -> Result<Row> {
    let id: Id<Job> = id.parse().ok().or_404()?;
    jobs::store::by_id(&app.db, id).await?.or_404()
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<String>) -> Result<Response> {
    let job = found(&app, &id).await?;
    let clocks = Clocks::of(&app, &admin.member);
    page.html(&Show { page: &page, clocks, job: &job, reason: "", errors: &Errors::default() })
}

pub async fn run(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let job = found(&app, &id).await?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => {
            let clocks = Clocks::of(&app, &admin.member);
            return page.invalid(&Show { page: &page, clocks, job: &job, reason: &why.reason, errors: &errors });
        }
    };
    let (now, by) = (app.clock.now(), admin.actor());
    let done: Result<()> = decide!(app.db, tx, {
        jobs::store::run_again(tx, job.id, now).await?.then_some(()).or_404()?;
        let fact = AdminFact::JobRunAgain { reason: reason.clone() };
        journal::append(tx, &format!("job/{}", job.id), &fact, by, now).await?;
        Ok(())
    });
    done?;
    flash.say(t!("The job runs again now.")).await?;
    see("/admin/jobs")
}
