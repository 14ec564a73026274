//! Work that outlives a request. A job is a row written in the transaction that made it necessary,
//! claimed by a lease, run with no transaction open, and run again until it is done.
//!
//! At least once: a worker may die between doing and saying so, so bodies are idempotent.
mod lanes;

use std::time::Duration;

use anyhow::Context;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx, later, sql};
use crate::events::{Event, finding};
use crate::ids::Id;
use crate::invitations;
use crate::letters::{self, Mail};
use crate::members::avatar::Picture;
use crate::members::{self, Member};
use crate::orders::bulk::Bulk;
use crate::orders::reminding::{self, Ahead, Reminder};
use crate::orders::{self, Order};
use crate::payments::local::Told;
use crate::payments::notices::Notice;
use crate::payments::{self, Payment, Refund};
use crate::{api, signin, web};

pub use lanes::Lane;

/// What can be done later. Holds ids only; what they stand for is read when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    SendMail {
        mail: Id<Mail>,
    },
    EndHold {
        order: Id<Order>,
    },
    /// The event is cancelled: its live orders end, a batch in each transaction.
    CancelOrders {
        event: Id<Event>,
    },
    /// The event has moved: its holders are told, a batch in each job, from the order behind `after`.
    TellHolders {
        event: Id<Event>,
        after: Option<Id<Order>>,
    },
    /// One act on many places.
    BulkAct {
        act: Id<Bulk>,
    },
    /// Places of an event are free, or it is over: whoever waits is served, or the list closed.
    PassOn {
        event: Id<Event>,
    },
    /// Asks the provider what became of a payment.
    Settle {
        payment: Id<Payment>,
    },
    /// An order was given up: nobody shall pay for it any more.
    ClosePayments {
        order: Id<Order>,
    },
    SendRefund {
        refund: Id<Refund>,
    },
    HandleNotice {
        notice: Id<Notice>,
    },
    /// The local provider tells us something.
    SendLocalNotice {
        notice: Id<Told>,
    },
    /// Letters to people who were asked to an event, a batch in each transaction.
    Invite {
        event: Id<Event>,
    },
    /// A reminder to holders, a batch in each job, from the order behind `after`.
    Remind {
        event: Id<Event>,
        ahead: Ahead,
        starts_at: Instant,
        after: Option<Id<Order>>,
    },
    /// Begins the reminders that are due.
    SweepReminders,
    /// Events that were there before there was an index of them, from the one behind `after`.
    FillFinding {
        after: Option<Id<Event>>,
    },
    /// A host has another name, by which the events behind `after` are found.
    HostRenamed {
        member: Id<Member>,
        after: Option<Id<Event>>,
    },
    /// A member's picture was exchanged, or an upload was begun: if nobody has it, its files go.
    ForgetPicture {
        picture: Id<Picture>,
    },
    /// Marks what is over, so that lists begin at what is not.
    SweepFinding,
    /// Asks about open payments of which nothing was heard.
    SweepPayments,
    /// Ends holds whose own job was lost.
    SweepHolds,
    /// Removes what has ended: sessions, links, limits, idempotency keys.
    Tidy,
}

impl Job {
    /// How an admin sees it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::EndHold { .. } => "end_hold",
            Self::CancelOrders { .. } => "cancel_orders",
            Self::TellHolders { .. } => "tell_holders",
            Self::BulkAct { .. } => "bulk_act",
            Self::PassOn { .. } => "pass_on",
            Self::Settle { .. } => "settle",
            Self::ClosePayments { .. } => "close_payments",
            Self::SendRefund { .. } => "send_refund",
            Self::HandleNotice { .. } => "handle_notice",
            Self::SendLocalNotice { .. } => "send_local_notice",
            Self::Invite { .. } => "invite",
            Self::Remind { .. } => "remind",
            Self::SweepReminders => "sweep_reminders",
            Self::FillFinding { .. } => "fill_finding",
            Self::HostRenamed { .. } => "host_renamed",
            Self::ForgetPicture { .. } => "forget_picture",
            Self::SweepFinding => "sweep_finding",
            Self::SweepPayments => "sweep_payments",
            Self::SweepHolds => "sweep_holds",
            Self::Tidy => "tidy",
        }
    }

    /// How long it is tried before it waits for an admin.
    fn horizon(self) -> SignedDuration {
        match self {
            Self::SendMail { .. } => clock::days(2),
            Self::EndHold { .. } | Self::CancelOrders { .. } | Self::PassOn { .. } => clock::days(3650),
            Self::BulkAct { .. } => clock::days(3650),
            // Money is never given up.
            Self::SendRefund { .. } | Self::Settle { .. } | Self::ClosePayments { .. } => clock::days(3650),
            Self::TellHolders { .. } | Self::HandleNotice { .. } => clock::days(2),
            Self::SendLocalNotice { .. } => clock::days(3),
            Self::Invite { .. } => clock::days(2),
            Self::Remind { .. } => clock::hours(12),
            Self::FillFinding { .. } | Self::HostRenamed { .. } | Self::ForgetPicture { .. } => clock::days(3650),
            Self::SweepFinding | Self::SweepPayments | Self::SweepHolds | Self::SweepReminders | Self::Tidy => {
                clock::hours(1)
            }
        }
    }

    async fn run(self, app: &App) -> anyhow::Result<()> {
        match self {
            Self::SendMail { mail } => letters::deliver(app, mail).await,
            Self::EndHold { order } => orders::end_hold(app, order).await,
            Self::CancelOrders { event } => orders::guests::cancel_all(app, event).await,
            Self::TellHolders { event, after } => orders::guests::tell_holders(app, event, after).await,
            Self::BulkAct { act } => orders::bulk::run(app, act).await,
            Self::PassOn { event } => orders::waiting::pass_on(app, event).await,
            Self::Settle { payment } => payments::settle(app, payment).await.map(drop),
            Self::ClosePayments { order } => match payments::settle::close(app, order).await? {
                payments::settle::Closed::Unreachable => anyhow::bail!("the payment provider does not answer"),
                _ => Ok(()),
            },
            Self::SendRefund { refund } => payments::refunds::send(app, refund).await,
            Self::HandleNotice { notice } => payments::notices::handle(app, notice).await,
            Self::SendLocalNotice { notice } => payments::local::tell(app, notice, crate::routes::router).await,
            Self::Invite { event } => invitations::inviting::send(app, event).await,
            Self::Remind { event, ahead, starts_at, after } => {
                reminding::remind(app, Reminder { event, ahead, starts_at }, after).await
            }
            Self::SweepReminders => reminding::sweep(app).await,
            Self::FillFinding { after } => finding::index::fill(app, after).await,
            Self::HostRenamed { member, after } => finding::index::renamed(app, member, after).await,
            Self::ForgetPicture { picture } => members::avatar::forget(app, picture).await,
            Self::SweepFinding => finding::index::sweep(app).await,
            Self::SweepPayments => payments::settle::sweep(app).await,
            Self::SweepHolds => orders::sweep_holds(app).await,
            Self::Tidy => {
                web::tidy(app).await?;
                api::tidy(app).await?;
                signin::tidy(app).await?;
                invitations::tidy(app).await?;
                payments::notices::tidy(app).await?;
                crate::my_data::tidy(app).await?;
                crate::events::once::tidy(app).await?;
                orders::tidy(app).await
            }
        }
    }

    /// Called when the horizon has passed or the error is final.
    async fn gave_up(self, tx: &mut Tx, error: &str) -> db::Result<()> {
        match self {
            Self::SendMail { mail } => letters::gave_up(tx, mail, error).await,
            Self::EndHold { .. }
            | Self::CancelOrders { .. }
            | Self::TellHolders { .. }
            | Self::BulkAct { .. }
            | Self::PassOn { .. }
            | Self::Settle { .. }
            | Self::ClosePayments { .. }
            | Self::SendRefund { .. }
            | Self::HandleNotice { .. }
            | Self::SendLocalNotice { .. }
            | Self::Invite { .. }
            | Self::Remind { .. }
            | Self::SweepReminders
            | Self::FillFinding { .. }
            | Self::HostRenamed { .. }
            | Self::ForgetPicture { .. }
            | Self::SweepFinding
            | Self::SweepPayments
            | Self::SweepHolds
            | Self::Tidy => Ok(()),
        }
    }
}

/// What runs again and again, and how often.
const SCHEDULE: &[(Job, Duration)] = &[
    (Job::SweepHolds, Duration::from_secs(60)),
    (Job::SweepPayments, Duration::from_secs(60)),
    (Job::SweepReminders, Duration::from_secs(60)),
    (Job::SweepFinding, Duration::from_secs(600)),
    (Job::Tidy, Duration::from_secs(3600)),
];

/// For so long nobody else takes up the work of a worker that is silent: after a crash it stands still as long.
const LEASE: SignedDuration = clock::minutes(1);
/// How often a worker says that it is still at it.
const RENEWAL: Duration = Duration::from_secs(20);

/// Queues a job in the transaction that makes it necessary.
pub async fn enqueue(tx: &mut Tx, job: Job, run_at: Instant) -> db::Result<()> {
    later(tx, "INSERT INTO jobs (id, kind, lane, payload, run_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)")
        .bind(Id::<Job>::new())
        .bind(job.kind())
        .bind(job.lane())
        .bind(serde_json::to_string(&job).map_err(|error| db::DbError::Encode(error.into()))?)
        .bind(run_at)
        .write()
        .await
}

/// A job as an admin sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub id: Id<Job>,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
    pub run_at: Instant,
    pub leased_until: Option<Instant>,
    pub last_error: Option<String>,
    pub created_at: Instant,
    pub failed_at: Option<Instant>,
}

impl Row {
    /// Whether a worker has it now.
    pub fn is_running(&self, now: Instant) -> bool {
        self.failed_at.is_none() && self.leased_until.is_some_and(|until| until >= now)
    }
}

/// Waiting, running and failed jobs, failed first, then by when they run.
pub async fn list(tx: &mut Tx, limit: i64) -> db::Result<Vec<Row>> {
    sql("SELECT * FROM jobs ORDER BY CASE WHEN failed_at IS NULL THEN 1 ELSE 0 END, run_at LIMIT $1")
        .bind(limit)
        .all(tx)
        .await
}

pub async fn by_id(on: impl Into<db::On<'_>>, id: Id<Job>) -> db::Result<Option<Row>> {
    sql("SELECT * FROM jobs WHERE id = $1").bind(id).optional(on).await
}

/// When a worker last did work that recurs.
pub async fn last_done(on: impl Into<db::On<'_>>) -> db::Result<Option<Instant>> {
    sql("SELECT MAX(done_at) FROM schedule").scalar(on).await
}

/// The kinds that there are, each found by a step in the index.
pub async fn kinds(on: impl Into<db::On<'_>>) -> db::Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("WITH RECURSIVE k (kind) AS (
             SELECT MIN(kind) FROM jobs
             UNION ALL SELECT (SELECT MIN(j.kind) FROM jobs j WHERE j.kind > k.kind) FROM k WHERE k.kind IS NOT NULL
         ) SELECT kind FROM k WHERE kind IS NOT NULL")
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

/// How many failed for good.
pub async fn failed(on: impl Into<db::On<'_>>) -> db::Result<i64> {
    sql("SELECT COUNT(*) FROM jobs WHERE failed_at IS NOT NULL").scalar(on).await
}

/// (waiting, failed).
pub async fn counts(tx: &mut Tx) -> db::Result<(i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN failed_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN failed_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) FROM jobs")
    .one(tx)
    .await
}

/// Gives a job that failed, or waits, a new start. False if there is none.
pub async fn run_again(tx: &mut Tx, id: Id<Job>, now: Instant) -> db::Result<bool> {
    let found = sql("UPDATE jobs SET run_at = $2, created_at = $2, attempts = 0, failed_at = NULL, leased_until = NULL WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(found == 1)
}

#[derive(sqlx::FromRow)]
struct Claimed {
    id: Id<Job>,
    payload: String,
    attempts: i64,
    created_at: Instant,
}

async fn claim(tx: &mut Tx, lane: Lane, now: Instant) -> db::Result<Option<Claimed>> {
    let text = tx.pick(
        "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id = (
             SELECT id FROM jobs WHERE failed_at IS NULL AND lane = $3 AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
             ORDER BY run_at LIMIT 1) RETURNING id, payload, attempts, created_at",
        "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id = (
             SELECT id FROM jobs WHERE failed_at IS NULL AND lane = $3 AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
             ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, payload, attempts, created_at",
    );
    sql(text).bind(now).bind(now + LEASE).bind(lane).optional(tx).await
}

/// Whether something is due: a look that takes no lock.
async fn due(app: &App, lane: Lane, now: Instant) -> db::Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM jobs
             WHERE failed_at IS NULL AND lane = $2 AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1))")
    .bind(now)
    .bind(lane)
    .scalar(&app.db)
    .await
}

/// Runs the job that is due for longest, of any lane. False when there was none.
pub async fn run_next(app: &App) -> anyhow::Result<bool> {
    let first: Option<(Lane,)> = sql("SELECT lane FROM jobs
         WHERE failed_at IS NULL AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1) ORDER BY run_at LIMIT 1")
    .bind(app.clock.now())
    .optional(&app.db)
    .await?;
    match first {
        Some((lane,)) => run_in(app, lane).await,
        None => Ok(false),
    }
}

/// Runs one due job of a lane. False when there was none.
pub async fn run_in(app: &App, lane: Lane) -> anyhow::Result<bool> {
    let now = app.clock.now();
    if !due(app, lane, now).await? {
        return Ok(false);
    }
    let mut tx = app.db.write().await?;
    let Some(claimed) = claim(&mut tx, lane, now).await? else { return Ok(false) };
    tx.commit().await?;
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
        match tokio::time::timeout(RENEWAL, &mut work).await {
            Ok(outcome) => return outcome,
            Err(_) => {
                let mut tx = app.db.write().await?;
                sql("UPDATE jobs SET leased_until = $2 WHERE id = $1")
                    .bind(claimed.id)
                    .bind(app.clock.now() + LEASE)
                    .execute(&mut tx)
                    .await?;
                tx.commit().await?;
            }
        }
    }
}

/// Removes a job that is done; puts one that failed off, or aside when its horizon has passed.
async fn settle(app: &App, job: Option<Job>, claimed: &Claimed, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    // `attempts` names this claim: a worker whose lease ran out must not speak for the next one.
    match outcome {
        Ok(()) => {
            sql("DELETE FROM jobs WHERE id = $1 AND attempts = $2")
                .bind(claimed.id)
                .bind(claimed.attempts)
                .execute(&mut tx)
                .await?;
            if let Some((job, _)) = SCHEDULE.iter().find(|(recurring, _)| Some(*recurring) == job) {
                sql("UPDATE schedule SET done_at = $2 WHERE name = $1")
                    .bind(job.kind())
                    .bind(now)
                    .execute(&mut tx)
                    .await?;
            }
        }
        Err(error) => {
            let final_no = error.downcast_ref::<crate::mail::Permanent>().is_some();
            let text: String = format!("{error:#}").chars().take(500).collect();
            let horizon = job.map_or(SignedDuration::ZERO, Job::horizon);
            let over = final_no || claimed.created_at + horizon < now;
            tracing::warn!(job = %claimed.id, attempts = claimed.attempts, over, error = text, "a job failed");
            let wait = SignedDuration::from_secs((5_i64 << claimed.attempts.clamp(0, 12)).min(3600));
            sql("UPDATE jobs SET leased_until = NULL, run_at = $3, last_error = $4, failed_at = $5 WHERE id = $1 AND attempts = $2")
                .bind(claimed.id)
                .bind(claimed.attempts)
                .bind(now + wait)
                .bind(&text)
                .bind(over.then_some(now))
                .execute(&mut tx)
                .await?;
            if let Some(job) = job.filter(|_| over) {
                job.gave_up(&mut tx, &text).await?;
            }
        }
    }
    Ok(tx.commit().await?)
}

/// Queues what the schedule says is due, once a period over all nodes.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for (job, every) in SCHEDULE {
        let period = now.micros() / i64::try_from(every.as_micros()).context("a period")?;
        let begun: Option<(i64,)> =
            sql("SELECT period FROM schedule WHERE name = $1").bind(job.kind()).optional(&app.db).await?;
        if begun.is_some_and(|(begun,)| begun >= period) {
            continue;
        }
        let mut tx = app.db.write().await?;
        let ours = sql("INSERT INTO schedule (name, period) VALUES ($1, $2)
                        ON CONFLICT (name) DO UPDATE SET period = excluded.period WHERE schedule.period < excluded.period")
            .bind(job.kind())
            .bind(period)
            .execute(&mut tx)
            .await?;
        if ours == 1 {
            enqueue(&mut tx, *job, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Works in all lanes until told to stop, then finishes the jobs at hand.
pub async fn work(app: App, stop: CancellationToken) {
    let lane = |lane| work_in(&app, lane, &stop);
    tokio::join!(lane(Lane::Own), lane(Lane::Asking), lane(Lane::Returning));
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
