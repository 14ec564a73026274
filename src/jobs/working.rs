//! The workers: what claims jobs and runs them, in each lane beside the others, and what begins recurring work.
use std::time::Duration;

use anyhow::Context;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::store::{self, Claimed};
use super::{Job, Lane, enqueue};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::web;

/// What runs again and again, and how often.
const SCHEDULE: &[(Job, Duration)] = &[
    (Job::SweepHolds, Duration::from_secs(60)),
    (Job::SweepPayments, Duration::from_secs(60)),
    (Job::SweepReminders, Duration::from_secs(60)),
    (Job::SweepFinding, Duration::from_secs(600)),
    (Job::Tidy, Duration::from_secs(3600)),
    (Job::SweepZones { after: None }, Duration::from_secs(86_400)),
];

/// For so long nobody else takes up the work of a worker that is silent: after a crash it stands still as long.
const LEASE: SignedDuration = clock::minutes(1);
/// How often a worker says that it is still at it.
const RENEWAL: Duration = Duration::from_secs(20);

/// Runs the job that is due for longest, of any lane. False when there was none.
pub async fn run_next(app: &App) -> anyhow::Result<bool> {
    match store::first_due(&app.db, app.clock.now()).await? {
        Some(lane) => run_in(app, lane).await,
        None => Ok(false),
    }
}

/// Runs one due job of a lane. False when there was none.
pub async fn run_in(app: &App, lane: Lane) -> anyhow::Result<bool> {
    let now = app.clock.now();
    if !store::due(&app.db, lane, now).await? {
        return Ok(false);
    }
    let claimed = decide!(app.db, tx, store::claim(tx, lane, now, now + LEASE).await)?;
    let Some(claimed) = claimed else { return Ok(false) };
    // Letters name the site.
    app.site.ask(&app.db, now).await?;
    let (job, outcome) = match serde_json::from_str::<Job>(&claimed.payload) {
        Ok(job) => {
            let began = std::time::Instant::now();
            let outcome = run_leased(app, job, &claimed).await;
            web::metrics::worked(job.kind(), outcome.is_ok(), began.elapsed());
            (Some(job), outcome)
        }
        Err(error) => (None, Err(error.into())),
    };
    settle(app, job, &claimed, outcome).await?;
    Ok(true)
}

/// Runs the job and renews its lease while it does.
async fn run_leased(app: &App, job: Job, claimed: &Claimed) -> anyhow::Result<()> {
    let work = job.run(app);
    tokio::pin!(work);
    loop {
        if let Ok(outcome) = tokio::time::timeout(RENEWAL, &mut work).await {
            return outcome;
        }
        let until = app.clock.now() + LEASE;
        // The work goes on meanwhile: it may hold the connection that this waits for.
        tokio::select! {
            outcome = &mut work => return outcome,
            renewed = async { decide!(app.db, tx, store::renew(tx, claimed.id, until).await) } => renewed?,
        }
    }
}

/// Removes a job that is done; puts one that failed off, or aside when its horizon has passed.
async fn settle(app: &App, job: Option<Job>, claimed: &Claimed, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let error = match outcome {
        Ok(()) => return Ok(decide!(app.db, tx, done(tx, job, claimed, now).await)?),
        Err(error) => error,
    };
    let final_no = error.downcast_ref::<crate::mail::Permanent>().is_some();
    let text: String = format!("{error:#}").chars().take(500).collect();
    let horizon = job.map_or(SignedDuration::ZERO, Job::horizon);
    let over = final_no || claimed.created_at + horizon < now;
    tracing::warn!(job = %claimed.id, attempts = claimed.attempts, over, error = text, "a job failed");
    let wait = SignedDuration::from_secs((5_i64 << claimed.attempts.clamp(0, 12)).min(3600));
    let given_up = job.filter(|_| over);
    Ok(decide!(app.db, tx, {
        store::put_off(tx, claimed, &text, now + wait, over.then_some(now)).await?;
        match given_up {
            Some(job) => job.gave_up(tx, &text).await,
            None => Ok(()),
        }
    })?)
}

async fn done(tx: &mut Tx, job: Option<Job>, claimed: &Claimed, now: Instant) -> db::Result<()> {
    store::remove(tx, claimed).await?;
    match SCHEDULE.iter().find(|(recurring, _)| Some(*recurring) == job) {
        Some((job, _)) => store::period_done(tx, *job, now).await,
        None => Ok(()),
    }
}

/// Queues what the schedule says is due, once a period over all nodes.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for (job, every) in SCHEDULE {
        let period = now.micros() / i64::try_from(every.as_micros()).context("a period")?;
        if store::period(&app.db, *job).await?.is_some_and(|begun| begun >= period) {
            continue;
        }
        decide!(
            app.db,
            tx,
            match store::begin_period(tx, *job, period).await {
                Ok(true) => enqueue(tx, *job, now).await,
                begun => begun.map(drop),
            }
        )?;
    }
    Ok(())
}

/// Works in all lanes until told to stop, then finishes the jobs at hand.
pub async fn work(app: App, stop: CancellationToken) {
    let lane = |lane| work_in(&app, lane, &stop);
    tokio::join!(lane(Lane::Own), lane(Lane::Mail), lane(Lane::Many), lane(Lane::Asking), lane(Lane::Returning));
}

async fn work_in(app: &App, lane: Lane, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let outcome = async {
            if lane == Lane::Own {
                schedule(app).await?;
            }
            run_in(app, lane).await
        };
        let idle = match outcome.await {
            Ok(true) => continue,
            Ok(false) => Duration::from_millis(400),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the worker cannot reach its jobs");
                Duration::from_secs(2)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(idle) => {}
        }
    }
}
