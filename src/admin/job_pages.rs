//! Work that waits or failed, and running it again.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::AdminFact;
use super::paging::{Clocks, Why};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::filters;
use crate::ids::Id;
use crate::jobs::{self, Job, Row};
use crate::journal;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, SteppedUp, see};

/// Failed ones come first, so what is cut off waits its turn.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct Jobs<'a> {
    page: &'a Page,
    clocks: Clocks,
    waiting: i64,
    failed: i64,
    jobs: Vec<Row>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let (waiting, failed) = jobs::counts(&mut tx).await?;
    let jobs = jobs::list(&mut tx, MOST).await?;
    tx.commit().await?;
    page.html(&Jobs { page: &page, clocks: Clocks::of(&app, &admin.member), waiting, failed, jobs })
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
    jobs::by_id(&app.db, id).await?.or_404()
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
        jobs::run_again(tx, job.id, now).await?.then_some(()).or_404()?;
        let fact = AdminFact::JobRunAgain { reason: reason.clone() };
        journal::append(tx, &format!("job/{}", job.id), &fact, by, now).await?;
        Ok(())
    });
    done?;
    flash.say(t!("The job runs again now.")).await?;
    see("/admin/jobs")
}
