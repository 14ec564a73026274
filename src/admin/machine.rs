//! How the machine is that the site runs on: what the overview says in short, and the health page in full.
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::Result;
use crate::{backup, doctor, jobs, letters, migrations};

use super::store;

/// A backup that is older is late.
const BACKUP: jiff::SignedDuration = clock::days(2);

pub struct Machine {
    now: Instant,
    pub last_job: Option<Instant>,
    pub waiting_jobs: i64,
    pub failed_jobs: i64,
    pub oldest_mail: Option<Instant>,
    pub waiting_mails: i64,
    pub failed_mails: i64,
    pub last_notice: Option<Instant>,
    pub waiting_notice: Option<Instant>,
    pub last_backup: Option<Instant>,
    /// Megabytes.
    pub free: i64,
    pub size: i64,
    pub migrations: i64,
    pub waiting_migrations: i64,
    pub engine: &'static str,
    pub started: Instant,
}

impl Machine {
    pub async fn of(app: &App) -> Result<Self> {
        let known = migrations::status(&app.db).await?;
        let last_backup = backup::last(&app.db).await?;
        let free = doctor::free(&app.config.data_dir)?;
        let mut tx = app.db.read().await?;
        let (waiting_jobs, failed_jobs) = jobs::store::counts(&mut tx).await?;
        let (waiting_mails, failed_mails) = letters::store::counts(&mut tx).await?;
        let (last_notice, waiting_notice) = store::notices(&mut tx).await?;
        let machine = Self {
            now: app.clock.now(),
            last_job: jobs::store::last_done(&mut tx).await?,
            waiting_jobs,
            failed_jobs,
            oldest_mail: letters::store::oldest_waiting(&mut tx).await?,
            waiting_mails,
            failed_mails,
            last_notice,
            waiting_notice,
            last_backup,
            free: megabytes(free),
            size: store::size(&mut tx).await? >> 20,
            migrations: i64::try_from(known.iter().filter(|(_, applied)| *applied).count())?,
            waiting_migrations: i64::try_from(known.iter().filter(|(_, applied)| !applied).count())?,
            engine: if tx.is_postgres() { "PostgreSQL" } else { "SQLite" },
            started: app.started,
        };
        tx.commit().await?;
        Ok(machine)
    }

    /// What has just started had no time to do anything.
    pub fn works(&self) -> bool {
        self.last_job.map_or(self.started, |at| at.max(self.started)) + doctor::IDLE > self.now
    }
    pub fn mails_go(&self) -> bool {
        self.oldest_mail.is_none_or(|at| at + letters::store::SLOW > self.now)
    }
    pub fn notices_are_handled(&self) -> bool {
        self.waiting_notice.is_none_or(|at| at + letters::store::SLOW > self.now)
    }
    pub fn is_backed_up(&self) -> bool {
        self.last_backup.is_some_and(|at| at + BACKUP > self.now)
    }
    pub fn has_room(&self) -> bool {
        self.free >= megabytes(doctor::ROOM)
    }
    /// Nothing of it waits for somebody.
    pub fn is_well(&self) -> bool {
        let all = [self.works(), self.mails_go(), self.notices_are_handled(), self.is_backed_up(), self.has_room()];
        self.failed_jobs + self.failed_mails == 0 && all.iter().all(|well| *well)
    }
}

fn megabytes(bytes: u64) -> i64 {
    i64::try_from(bytes >> 20).unwrap_or(i64::MAX)
}
