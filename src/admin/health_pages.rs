//! How the site is: each part with whether it is well, in words.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::paging::Clocks;
use super::store;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::Result;
use crate::i18n::filters;
use crate::web::{Admin, Page};
use crate::{backup, doctor, jobs, letters, migrations};

const BACKUP: jiff::SignedDuration = clock::days(2);

#[derive(Template)]
#[template(path = "admin/health.html")]
struct Health<'a> {
    page: &'a Page,
    clocks: Clocks,
    now: Instant,
    last_job: Option<Instant>,
    failed_jobs: i64,
    oldest_mail: Option<Instant>,
    failed_mails: i64,
    last_notice: Option<Instant>,
    waiting_notice: Option<Instant>,
    last_backup: Option<Instant>,
    /// Megabytes.
    free: i64,
    size: i64,
    migrations: i64,
    waiting_migrations: i64,
    engine: &'static str,
    version: &'static str,
    started: Instant,
}

impl Health<'_> {
    fn works(&self) -> bool {
        self.last_job.is_some_and(|at| at + doctor::IDLE > self.now)
    }
    fn mails_go(&self) -> bool {
        self.oldest_mail.is_none_or(|at| at + letters::store::SLOW > self.now)
    }
    fn notices_are_handled(&self) -> bool {
        self.waiting_notice.is_none_or(|at| at + letters::store::SLOW > self.now)
    }
    fn is_backed_up(&self) -> bool {
        self.last_backup.is_some_and(|at| at + BACKUP > self.now)
    }
    fn has_room(&self) -> bool {
        self.free >= megabytes(doctor::ROOM)
    }
}

fn megabytes(bytes: u64) -> i64 {
    i64::try_from(bytes >> 20).unwrap_or(i64::MAX)
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin) -> Result<Response> {
    let known = migrations::status(&app.db).await?;
    let last_backup = backup::last(&app.db).await?;
    let free = doctor::free(&app.config.data_dir)?;
    let mut tx = app.db.read().await?;
    let (last_notice, waiting_notice) = store::notices(&mut tx).await?;
    let shown = Health {
        page: &page,
        clocks: Clocks::of(&app, &admin.member),
        now: app.clock.now(),
        last_job: jobs::store::last_done(&mut tx).await?,
        failed_jobs: jobs::store::failed(&mut tx).await?,
        oldest_mail: letters::store::oldest_waiting(&mut tx).await?,
        failed_mails: letters::store::counts(&mut tx).await?.1,
        last_notice,
        waiting_notice,
        last_backup,
        free: megabytes(free),
        size: store::size(&mut tx).await? >> 20,
        migrations: i64::try_from(known.iter().filter(|(_, applied)| *applied).count())?,
        waiting_migrations: i64::try_from(known.iter().filter(|(_, applied)| !applied).count())?,
        engine: if tx.is_postgres() { "PostgreSQL" } else { "SQLite" },
        version: env!("CARGO_PKG_VERSION"),
        started: app.started,
    };
    tx.commit().await?;
    page.html(&shown)
}
