//! A running site: the listener, the workers beside it, the first lines, a stop that loses nothing.
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::api::{idempotency, uses};
use crate::app::App;
use crate::config::Config;
use crate::db::Db;
use crate::events::views;
use crate::i18n::Locale;
use crate::{jobs, seed, signin};

/// How long open requests may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(20);
/// How long what is counted may stand in memory alone.
const BEAT: Duration = Duration::from_secs(10);

/// Starts the log: to standard error, so that standard output stays the commands'.
pub fn log(config: &Config) {
    let log = tracing_subscriber::fmt().with_env_filter(filter(&config.log)).with_writer(std::io::stderr);
    let started = if config.log_json { log.json().try_init() } else { log.with_target(false).try_init() };
    started.ok();
}

/// What of the log MARQUEE_LOG lets through. The library that sends mails tells at its lower levels all that it sends:
/// the password of the mail server, and letters with links that are keys. It has to be named to be heard.
pub fn filter(directives: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let lower = filter.max_level_hint() > Some(LevelFilter::INFO);
    match "lettre=info".parse() {
        Ok(quiet) if lower && !directives.contains("lettre") => filter.add_directive(quiet),
        _ => filter,
    }
}

/// Serves until a signal, then ends open requests and jobs.
pub async fn serve(app: App, router: fn(App) -> Router) -> anyhow::Result<()> {
    Locale::warm();
    let fresh = app.config.development() && seed::start(&app).await?;
    let listener = TcpListener::bind(app.config.addr).await.with_context(|| {
        format!("{} cannot be listened on; set MARQUEE_ADDR to another address or port", app.config.addr)
    })?;
    if matches!(app.db, Db::Sqlite { .. }) {
        idempotency::nothing_is_at_work(&app).await?;
    }
    app.site.ask(&app.db, app.clock.now()).await?;
    let stop = CancellationToken::new();
    let workers = TaskTracker::new();
    for _ in 0..app.config.workers {
        workers.spawn(jobs::work(app.clone(), stop.clone()));
    }
    workers.spawn(beat(app.clone(), stop.clone()));
    workers.spawn(close_sockets(app.clone(), stop.clone()));
    workers.close();
    announce(&app, fresh).await?;
    let flushed = app.clone();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let signal = tokio::spawn(stop_on_signal(stop.clone()));
    let server = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = late => tracing::warn!("some requests were still open after {GRACE:?} and were cut"),
    }
    stop.cancel();
    workers.wait().await;
    write_down(&flushed).await;
    signal.abort();
    tracing::info!("stopped");
    Ok(())
}

/// Writes down what is counted in memory, until told to stop; the last of it is for whoever stops the site.
async fn beat(app: App, stop: CancellationToken) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => write_down(&app).await,
        }
    }
}

async fn write_down(app: &App) {
    if let Err(error) = views::flush(app).await {
        tracing::warn!(%error, "the last views were not written down");
    }
    if let Err(error) = uses::flush(app).await {
        tracing::warn!(%error, "the last uses of tokens were not written down");
    }
}

/// Sockets are no open requests: they are told to go, and come back to whoever serves next.
async fn close_sockets(app: App, stop: CancellationToken) {
    stop.cancelled().await;
    app.live.close().await;
}

/// Cancels on Ctrl-C or SIGTERM.
pub async fn stop_on_signal(stop: CancellationToken) {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
    stop.cancel();
}

/// The first lines: where the site is, where its mails are, how to sign in.
async fn announce(app: &App, fresh: bool) -> anyhow::Result<()> {
    let config = &app.config;
    say(app, &format!("Marquee {} is at {}", env!("CARGO_PKG_VERSION"), config.base_url));
    if config.development() {
        if fresh {
            say(app, "It is new and has demo content.");
        }
        if config.smtp.is_none() {
            say(app, &format!("Its mails can be read at {}", config.url("/dev/mail")));
        }
        for line in seed::SIGN_INS {
            let (email, password, what) = (line.email, line.password, line.what);
            say(app, &format!("Sign in as {email} with the password {password}  ({what})"));
        }
    }
    if let Some(token) = signin::first_run::token(app).await? {
        let page = config.url(&format!("/setup?token={token}"));
        say(app, &format!("There is no admin yet. Become the first one at {page}"));
    }
    Ok(())
}

/// To standard output, whatever MARQUEE_LOG lets through: who starts a site needs these lines. They have the shape of
/// the log's, so that one reader takes both.
fn say(app: &App, line: &str) {
    if !app.config.log_json {
        return println!("{line}");
    }
    let fields = serde_json::json!({ "message": line });
    let at = app.clock.now().rfc3339();
    println!(
        "{}",
        serde_json::json!({ "timestamp": at, "level": "INFO", "fields": fields, "target": "marquee::serve" })
    );
}
