//! Looks at a site as its operator would, and says what is wrong and what to do about it: `marquee doctor`.
mod agreeing;

use std::path::Path;

use anyhow::{Context, ensure};

use crate::app::App;
use crate::clock::{Instant, days, hours, minutes};
use crate::mail::Mailer;
use crate::my_data::rekeying;
use crate::payments::{desk, notices};
use crate::{backup, jobs, letters, migrations};

/// Less free room than this is told, and a tenth of it is wrong.
pub const ROOM: u64 = 1 << 30;

/// Recurring work is done every minute; longer than this without is nobody working.
pub const IDLE: jiff::SignedDuration = minutes(10);

/// Clocks of two nodes may differ by so much: holds end, and codes count, by the clock.
const APART: i64 = 5_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Well(String),
    /// It runs, and somebody should look at it.
    Worth(String),
    Wrong(String),
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Well(text) => write!(f, "ok     {text}"),
            Self::Worth(text) => write!(f, "look   {text}"),
            Self::Wrong(text) => write!(f, "WRONG  {text}"),
        }
    }
}

/// All there is to say. A check that cannot be made is a finding too.
pub async fn examine(app: &App) -> Vec<Finding> {
    let mut findings = vec![Finding::Well(format!("The settings are read; the site is {}", app.config.base_url))];
    findings.extend(agreeing::settings(&app.config));
    findings.extend(agreeing::address(&app.config).await);
    let wrong = |what: &str, error: anyhow::Error| vec![Finding::Wrong(format!("{what}: {error:#}"))];
    findings.extend(database(app).await.unwrap_or_else(|error| wrong("The database", error)));
    findings.extend(uploads(app).await.unwrap_or_else(|error| wrong(app.files.place, error)));
    findings.extend(room(&app.config.data_dir).unwrap_or_else(|error| wrong("The disk", error)));
    findings.extend(mails(app).await.unwrap_or_else(|error| wrong("The mail server", error)));
    findings.extend(work(app).await.unwrap_or_else(|error| wrong("The queues", error)));
    findings.extend(money(app).await.unwrap_or_else(|error| wrong("The payments", error)));
    if !app.takes_money() {
        findings.push(Finding::Worth("No payment provider is set up: only free places can be taken".to_owned()));
    }
    findings
}

async fn database(app: &App) -> anyhow::Result<Vec<Finding>> {
    let waiting = migrations::status(&app.db).await?.into_iter().filter(|(_, applied)| !applied).count();
    let mut findings = match waiting {
        0 => vec![Finding::Well("The database answers and its tables are up to date".to_owned())],
        n => vec![Finding::Wrong(format!("{n} migrations wait: run `marquee migrate`, or start the site"))],
    };
    let said = app.db.health().await?;
    ensure!(said == "ok", "The file is damaged ({said}); restore the last backup");
    findings.push(Finding::Well("The database finds no damage".to_owned()));
    match rekeying::alike(&app.db).await {
        Ok(0) => {}
        Ok(n) => findings.push(Finding::Worth(format!(
            "{n} accounts have an address that differs from another's in capitals alone: ask whose they are, under /admin/members"
        ))),
        // Its tables are not there yet, as was said above.
        Err(_) if waiting > 0 => {}
        Err(error) => return Err(error),
    }
    let apart = (app.db.now().await? - app.clock.now().micros()).abs();
    findings.push(if apart < APART {
        Finding::Well("The clocks of this machine and of the database agree".to_owned())
    } else {
        let seconds = apart / 1_000_000;
        Finding::Wrong(format!("The clocks of this machine and of the database are {seconds} seconds apart"))
    });
    Ok(findings)
}

async fn uploads(app: &App) -> anyhow::Result<Vec<Finding>> {
    let key = format!("doctor/{}", crate::ids::secret());
    app.files.put(&key, key.clone()).await.context("Nothing can be written")?;
    let back = app.files.get(&key).await.context("Nothing can be read")?;
    let listed = app.files.list().await.context("What is there cannot be listed, as a backup must")?;
    app.files.delete(&key).await.context("Nothing can be deleted")?;
    ensure!(back.is_some_and(|bytes| bytes == key), "What was written reads back differently");
    ensure!(listed.contains(&key), "What was written is not in the list of what is there");
    Ok(vec![Finding::Well("Uploads can be written, read, listed and deleted".to_owned())])
}

/// Bytes that are free where the site keeps its files.
pub fn free(folder: &Path) -> anyhow::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn room(folder: &Path) -> anyhow::Result<Vec<Finding>> {
    let free = free(folder)?;
    let said = format!("{} MB are free in {}", free >> 20, folder.display());
    Ok(vec![match free {
        free if free < ROOM / 10 => Finding::Wrong(format!("{said}: a full disk takes no orders")),
        free if free < ROOM => Finding::Worth(said),
        _ => Finding::Well(said),
    }])
}

async fn mails(app: &App) -> anyhow::Result<Vec<Finding>> {
    let said = match &app.mailer {
        Mailer::Smtp { transport, .. } => {
            ensure!(transport.test_connection().await?, "It hangs up");
            "The mail server answers".to_owned()
        }
        Mailer::Folder(folder) => format!("Mails are kept in {} and not sent", folder.display()),
        Mailer::Memory(_) => "Mails are kept in memory and not sent".to_owned(),
    };
    Ok(vec![Finding::Well(said)])
}

async fn work(app: &App) -> anyhow::Result<Vec<Finding>> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let ((_, failed_mails), (_, failed_jobs)) =
        (letters::store::counts(&mut tx).await?, jobs::store::counts(&mut tx).await?);
    let mut findings = Vec::new();
    match letters::store::oldest_waiting(&mut tx).await? {
        Some(at) if at + hours(1) < now => findings.push(Finding::Wrong(format!(
            "A mail waits since {}: see /admin/mails, and that a worker runs (MARQUEE_WORKERS)",
            at.rfc3339()
        ))),
        _ => findings.push(Finding::Well("No mail waits long".to_owned())),
    }
    for (failed, what, page) in [(failed_mails, "mails", "/admin/mails"), (failed_jobs, "jobs", "/admin/jobs")] {
        if failed > 0 {
            findings.push(Finding::Worth(format!("{failed} {what} failed for good: see {page}")));
        }
    }
    findings.push(worked(jobs::store::last_done(&mut tx).await?, now));
    drop(tx);
    findings.push(backed_up(backup::last(&app.db).await?, now));
    Ok(findings)
}

fn worked(last: Option<Instant>, now: Instant) -> Finding {
    match last {
        None => Finding::Worth("No recurring work was done yet: does a worker run (MARQUEE_WORKERS)?".to_owned()),
        Some(at) if at + IDLE < now => Finding::Wrong(format!(
            "Recurring work was last done {}: let a worker run (MARQUEE_WORKERS, or `marquee work`)",
            at.rfc3339()
        )),
        Some(at) => Finding::Well(format!("Recurring work was last done {}", at.rfc3339())),
    }
}

/// What the payment provider told and nobody took up, and what its desk has to mend.
async fn money(app: &App) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![match notices::waiting(app).await? {
        (n, Some(at)) if at + hours(1) < app.clock.now() => Finding::Wrong(format!(
            "{n} notices of payments wait, the oldest since {}: see /admin/notices",
            at.rfc3339()
        )),
        _ => Finding::Well("No notice of a payment waits long".to_owned()),
    }];
    match desk::waiting(app).await? {
        0 => findings.push(Finding::Well("No payment or refund is stuck".to_owned())),
        n => findings.push(Finding::Worth(format!("{n} payments or refunds are stuck: see /admin/payments"))),
    }
    Ok(findings)
}

fn backed_up(last: Option<Instant>, now: Instant) -> Finding {
    match last {
        None => Finding::Worth("No backup was made yet: `marquee backup FILE`".to_owned()),
        Some(at) if at + days(2) < now => Finding::Worth(format!("The last backup is of {}", at.rfc3339())),
        Some(at) => Finding::Well(format!("The last backup is of {}", at.rfc3339())),
    }
}
