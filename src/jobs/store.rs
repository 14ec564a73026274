//! The tables of jobs and of what recurs, and how far work came that goes on where it stopped.
use super::{Job, Lane};
use crate::clock::Instant;
use crate::db::{self, Tx, later, sql};
use crate::ids::Id;

pub async fn insert(tx: &mut Tx, job: Job, run_at: Instant) -> db::Result<()> {
    insert_as(tx, &Id::<Job>::new().to_string(), job, run_at).await
}

/// The same by an id; as long as a job of that id is queued, this changes nothing.
pub async fn insert_as(tx: &mut Tx, id: &str, job: Job, run_at: Instant) -> db::Result<()> {
    later(
        tx,
        "INSERT INTO jobs (id, kind, lane, payload, run_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
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
    sql("SELECT (SELECT COUNT(*) FROM jobs WHERE failed_at IS NULL),
                (SELECT COUNT(*) FROM jobs WHERE failed_at IS NOT NULL)")
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

/// A job that a worker has taken up. `attempts` names this claim: a worker whose lease ran out must not speak for
/// the next one.
#[derive(sqlx::FromRow)]
pub struct Claimed {
    pub id: Id<Job>,
    pub payload: String,
    pub attempts: i64,
    pub created_at: Instant,
}

/// Takes up the job of a lane that is due for longest, until `until`.
pub async fn claim(tx: &mut Tx, lane: Lane, now: Instant, until: Instant) -> db::Result<Option<Claimed>> {
    let text = tx.pick(
        "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id = (
             SELECT id FROM jobs WHERE failed_at IS NULL AND lane = $3 AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
             ORDER BY run_at LIMIT 1) RETURNING id, payload, attempts, created_at",
        "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id = (
             SELECT id FROM jobs WHERE failed_at IS NULL AND lane = $3 AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
             ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, payload, attempts, created_at",
    );
    sql(text).bind(now).bind(until).bind(lane).optional(tx).await
}

/// Whether something is due: a look that takes no lock.
pub async fn due(on: impl Into<db::On<'_>>, lane: Lane, now: Instant) -> db::Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM jobs
             WHERE failed_at IS NULL AND lane = $2 AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1))")
    .bind(now)
    .bind(lane)
    .scalar(on)
    .await
}

/// The lane of the job that is due for longest.
pub async fn first_due(on: impl Into<db::On<'_>>, now: Instant) -> db::Result<Option<Lane>> {
    let first: Option<(Lane,)> = sql("SELECT lane FROM jobs
         WHERE failed_at IS NULL AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1) ORDER BY run_at LIMIT 1")
    .bind(now)
    .optional(on)
    .await?;
    Ok(first.map(|(lane,)| lane))
}

/// Since when the job is due that is due for longest, and that nobody has taken up.
pub async fn due_since(on: impl Into<db::On<'_>>, now: Instant) -> db::Result<Option<Instant>> {
    let first: Option<(Instant,)> = sql("SELECT run_at FROM jobs
         WHERE failed_at IS NULL AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1) ORDER BY run_at LIMIT 1")
    .bind(now)
    .optional(on)
    .await?;
    Ok(first.map(|(at,)| at))
}

/// The worker is still at it.
pub async fn renew(tx: &mut Tx, id: Id<Job>, until: Instant) -> db::Result<()> {
    sql("UPDATE jobs SET leased_until = $2 WHERE id = $1").bind(id).bind(until).execute(tx).await.map(drop)
}

/// It is done.
pub async fn remove(tx: &mut Tx, claimed: &Claimed) -> db::Result<()> {
    sql("DELETE FROM jobs WHERE id = $1 AND attempts = $2")
        .bind(claimed.id)
        .bind(claimed.attempts)
        .execute(tx)
        .await
        .map(drop)
}

/// It failed: it runs again then, unless it is over for good.
pub async fn put_off(
    tx: &mut Tx,
    claimed: &Claimed,
    error: &str,
    again: Instant,
    failed: Option<Instant>,
) -> db::Result<()> {
    sql("UPDATE jobs SET leased_until = NULL, run_at = $3, last_error = $4, failed_at = $5 WHERE id = $1 AND attempts = $2")
        .bind(claimed.id)
        .bind(claimed.attempts)
        .bind(again)
        .bind(error)
        .bind(failed)
        .execute(tx)
        .await
        .map(drop)
}

/// The period for which recurring work was begun last.
pub async fn period(on: impl Into<db::On<'_>>, job: Job) -> db::Result<Option<i64>> {
    let row: Option<(i64,)> = sql("SELECT period FROM schedule WHERE name = $1").bind(job.kind()).optional(on).await?;
    Ok(row.map(|(period,)| period))
}

/// False if another node was first to begin it for this period.
pub async fn begin_period(tx: &mut Tx, job: Job, period: i64) -> db::Result<bool> {
    let ours = sql("INSERT INTO schedule (name, period) VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET period = excluded.period WHERE schedule.period < excluded.period")
    .bind(job.kind())
    .bind(period)
    .execute(tx)
    .await?;
    Ok(ours == 1)
}

/// Recurring work was done.
pub async fn period_done(tx: &mut Tx, job: Job, now: Instant) -> db::Result<()> {
    sql("UPDATE schedule SET done_at = $2 WHERE name = $1").bind(job.kind()).bind(now).execute(tx).await.map(drop)
}

/// Up to when the work of this name is done, so that what is before needs no second look; the beginning of time where it
/// never ran.
pub async fn done_until(on: impl Into<db::On<'_>>, work: &str) -> db::Result<Instant> {
    let found: Option<(String,)> = sql("SELECT value FROM settings WHERE name = $1").bind(work).optional(on).await?;
    let micros = found.and_then(|(micros,)| micros.parse().ok());
    Ok(Instant::from_micros(micros.unwrap_or_default()))
}

/// Remembers it.
pub async fn set_done_until(tx: &mut Tx, work: &str, until: Instant) -> db::Result<()> {
    sql("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(work)
        .bind(until.micros().to_string())
        .execute(tx)
        .await
        .map(drop)
}
