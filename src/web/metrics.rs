//! /metrics in Prometheus' text format: how much is asked, how long it takes, what waits. Closed unless METRICS_TOKEN
//! is set; labels are route patterns and kinds, never what a person typed.
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::{gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::payments::{desk, notices};
use crate::{backup, doctor, jobs, letters};

/// Upper bounds of the times that are counted, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What was measured between two readings is folded in so often, whether anybody reads or not.
const UPKEEP: Duration = Duration::from_secs(5);

/// One for the process: whatever is measured goes there.
static OPENED: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    let recorder = PrometheusBuilder::new().set_buckets(BUCKETS).ok()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    Some(handle)
});

static KEPT_UP: OnceLock<()> = OnceLock::new();

/// Begins to measure, if anybody may read it: else nothing is counted, which costs nothing.
pub fn open(app: &App) {
    let Some(handle) = app.config.metrics_token.as_ref().and_then(|_| OPENED.clone()) else { return };
    if KEPT_UP.set(()).is_ok() {
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(UPKEEP);
            loop {
                beat.tick().await;
                handle.run_upkeep();
            }
        });
    }
}

pub fn asked(method: &str, route: &str, status: u16, took: Duration) {
    if KEPT_UP.get().is_none() {
        return;
    }
    // Anybody may make methods up, and each would be counted by itself for ever.
    let known = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"].into_iter().find(|known| *known == method);
    let labels =
        [("method", known.unwrap_or("other").to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    histogram!("marquee_request_seconds", &labels).record(took);
}

pub fn worked(kind: &'static str, done: bool, took: Duration) {
    let outcome = if done { "done" } else { "failed" };
    histogram!("marquee_job_seconds", "kind" => kind, "outcome" => outcome).record(took);
}

/// 404 while it is closed, 401 without `Authorization: Bearer` and the token.
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let token = app.config.metrics_token.as_ref().or_404()?;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes()))) {
        return Ok((StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "METRICS_TOKEN opens this\n")
            .into_response());
    }
    let handle = OPENED.as_ref().or_404()?;
    waiting(&app).await?;
    stuck(&app).await?;
    if let Ok(free) = doctor::free(&app.config.data_dir) {
        gauge!("marquee_disk_free_bytes").set(free as f64);
    }
    gauge!("marquee_open_sockets").set(app.live.count() as f64);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response())
}

/// What the tables know: the same on every node.
async fn waiting(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let (jobs_waiting, jobs_failed) = jobs::store::counts(&mut tx).await?;
    let (mails_waiting, mails_failed) = letters::store::counts(&mut tx).await?;
    let oldest = letters::store::oldest_waiting(&mut tx).await?;
    let due = jobs::store::due_since(&mut tx, now).await?;
    let last = jobs::store::last_done(&mut tx).await?;
    drop(tx);
    for (state, jobs, mails) in [("waiting", jobs_waiting, mails_waiting), ("failed", jobs_failed, mails_failed)] {
        gauge!("marquee_jobs", "state" => state).set(jobs as f64);
        gauge!("marquee_mails", "state" => state).set(mails as f64);
    }
    gauge!("marquee_oldest_mail_seconds").set(age(oldest, now));
    gauge!("marquee_oldest_due_job_seconds").set(age(due, now));
    // Without a reading nothing recurring was ever done.
    if last.is_some() {
        gauge!("marquee_recurring_work_age_seconds").set(age(last, now));
    }
    if let Some(at) = backup::last(&app.db).await? {
        gauge!("marquee_backup_age_seconds").set(age(Some(at), now));
    }
    gauge!("marquee_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(())
}

/// What somebody has to look at when it does not go away by itself.
async fn stuck(app: &App) -> Result<()> {
    let (waiting, oldest) = notices::waiting(app).await?;
    gauge!("marquee_notices", "state" => "waiting").set(waiting as f64);
    gauge!("marquee_oldest_notice_seconds").set(age(oldest, app.clock.now()));
    gauge!("marquee_payments_stuck").set(desk::waiting(app).await? as f64);
    Ok(())
}

/// Seconds since then; none is 0.
fn age(at: Option<Instant>, now: Instant) -> f64 {
    at.map_or(0.0, |at| at.until(now).as_secs_f64())
}
