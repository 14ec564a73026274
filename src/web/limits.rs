//! How often something may be done. Named limits count in the database, so they hold across nodes and
//! restarts; the general one counts in memory.
use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::app::App;
use crate::begun;
use crate::clock::Instant;
use crate::config::{Limits, Rate};
use crate::db::{self, On, Tx, sql};
use crate::error::{Error, Result};

/// A named limit on how often something may be done.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    rate: Of,
}

/// Where its rate stands.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// Nobody should loosen it: it keeps codes from being guessed, or the site from work that nobody needs.
    Fixed(Rate),
    Setting(&'static str),
}

impl Limit {
    pub const fn fixed(name: &'static str, most: i64, seconds: i64) -> Self {
        Self { name, rate: Of::Fixed(Rate { most, seconds }) }
    }
    const fn set(name: &'static str, setting: &'static str) -> Self {
        Self { name, rate: Of::Setting(setting) }
    }
}

pub const SIGN_UP: Limit = Limit::set("sign-up", "MARQUEE_LIMIT_SIGN_UP");
pub const FAILED_SIGN_IN: Limit = Limit::set("failed-sign-in", "MARQUEE_LIMIT_FAILED_SIGN_IN");
pub const RESEND: Limit = Limit::set("resend", "MARQUEE_LIMIT_RESEND");
pub const RESET_REQUEST: Limit = Limit::set("reset-request", "MARQUEE_LIMIT_RESET_REQUEST");
pub const SIGN_IN_LINK: Limit = Limit::set("sign-in-link", "MARQUEE_LIMIT_SIGN_IN_LINK");
pub const EMAIL_CHANGE: Limit = Limit::set("email-change", "MARQUEE_LIMIT_EMAIL_CHANGE");
pub const RESET: Limit = Limit::set("reset", "MARQUEE_LIMIT_RESET");
pub const PASSWORD_CHANGE: Limit = Limit::set("password-change", "MARQUEE_LIMIT_PASSWORD_CHANGE");
/// Wrong codes of one account, of its app or for recovery.
pub const WRONG_CODE: Limit = Limit::fixed("wrong-code", 5, 900);
pub const WRONG_CODE_DAILY: Limit = Limit::fixed("wrong-code-daily", 50, 86_400);
/// Wrong answers of one account to "is it still you?".
pub const WRONG_PROOF: Limit = Limit::fixed("wrong-proof", 5, 900);
pub const PROFILE_READ: Limit = Limit::set("profile-read", "MARQUEE_LIMIT_PROFILE_READ");
pub const PROFILE_UPDATE: Limit = Limit::set("profile-update", "MARQUEE_LIMIT_PROFILE_UPDATE");
/// Tickets for sockets, per member: a program needs one for each time that it connects.
pub const SOCKET_TICKET: Limit = Limit::fixed("socket-ticket", 60, 60);
/// Copies of all that is kept of one member.
pub const MY_DATA: Limit = Limit::fixed("my-data", 10, 3600);
pub const REPORT: Limit = Limit::fixed("report", 5, 3600);
/// Promo codes that an event does not have, per address and event.
pub const PROMO_GUESS: Limit = Limit::fixed("promo-guess", 10, 900);
/// Addresses that one buyer tries to ask along, also such as are refused or taken back.
pub const FRIENDS: Limit = Limit::fixed("friends", 60, 3600);
/// Unasked mail of one kind to one address.
pub const MAIL_HOURLY: Limit = Limit::set("mail-hourly", "MARQUEE_LIMIT_MAILS_HOURLY");
pub const MAIL_DAILY: Limit = Limit::set("mail-daily", "MARQUEE_LIMIT_MAILS_DAILY");
/// Orders of guests that wait for their mailed link, per address and event.
pub const GUEST_HOLDS: Limit = Limit::set("guest-holds", "MARQUEE_LIMIT_GUEST_HOLDS");

/// Everything else, per address and node.
const REQUESTS: &str = "MARQUEE_LIMIT_REQUESTS";

#[derive(sqlx::FromRow)]
struct Counted {
    count: i64,
    ends_at: Instant,
}

impl Limit {
    fn key(self, whose: &str) -> String {
        format!("{}/{whose}", self.name)
    }
    fn rate(self, limits: &Limits) -> Rate {
        match self.rate {
            Of::Fixed(rate) => rate,
            Of::Setting(name) => limits.of(name),
        }
    }
    fn period(rate: Rate, now: Instant) -> (i64, Instant) {
        let micros = rate.seconds * 1_000_000;
        let period = now.micros() / micros;
        (period, Instant::from_micros((period + 1) * micros))
    }

    /// Counts one act of `whose` and refuses when it was one too many. In a transaction of its own: a
    /// refused act counts too.
    pub async fn count(self, app: &App, whose: &str) -> Result<()> {
        match self.take(app, whose).await? {
            None => Ok(()),
            Some(wait_seconds) => Err(Error::TooMany { wait_seconds }),
        }
    }

    /// Counts one act; `Some(seconds to wait)` when it was one too many.
    pub async fn take(self, app: &App, whose: &str) -> Result<Option<i64>> {
        let now = app.clock.now();
        Ok(begun::aside(async { decide!(app.db, tx, self.take_in(tx, whose, now).await) }).await?)
    }

    /// The same within a transaction that is open already.
    pub async fn take_in(self, tx: &mut Tx, whose: &str, now: Instant) -> db::Result<Option<i64>> {
        let rate = self.rate(tx.limits());
        let (period, ends_at) = Self::period(rate, now);
        let count: i64 = sql("INSERT INTO limits (name, period, ends_at, count) VALUES ($1, $2, $3, 1)
             ON CONFLICT (name, period) DO UPDATE SET count = limits.count + 1 RETURNING count")
        .bind(self.key(whose))
        .bind(period)
        .bind(ends_at)
        .scalar(tx)
        .await?;
        Ok((count > rate.most).then(|| (now.until(ends_at).as_secs() + 1).max(1)))
    }

    /// An act that was counted was none after all.
    pub async fn give_back(self, tx: &mut Tx, whose: &str, now: Instant) -> db::Result<()> {
        let (period, _) = Self::period(self.rate(tx.limits()), now);
        sql("UPDATE limits SET count = count - 1 WHERE name = $1 AND period = $2 AND count > 0")
            .bind(self.key(whose))
            .bind(period)
            .execute(tx)
            .await
            .map(drop)
    }

    /// Refuses when the limit was reached before, and counts nothing.
    pub async fn check(self, app: &App, whose: &str) -> Result<()> {
        match self.reached(&app.db, whose, app.clock.now()).await? {
            None => Ok(()),
            Some(wait_seconds) => Err(Error::TooMany { wait_seconds }),
        }
    }

    /// `Some(seconds to wait)` when one more would be too many.
    pub async fn reached(self, on: impl Into<On<'_>>, whose: &str, now: Instant) -> db::Result<Option<i64>> {
        let on = on.into();
        let rate = self.rate(on.limits());
        let (period, _) = Self::period(rate, now);
        let row: Option<Counted> = sql("SELECT count, ends_at FROM limits WHERE name = $1 AND period = $2")
            .bind(self.key(whose))
            .bind(period)
            .optional(on)
            .await?;
        let full = row.filter(|row| row.count >= rate.most);
        Ok(full.map(|row| (now.until(row.ends_at).as_secs() + 1).max(1)))
    }
}

impl Limit {
    /// Whose acts that begin so reached the limit in the time that runs now.
    async fn full(self, on: impl Into<On<'_>>, begins: &str, now: Instant) -> db::Result<Vec<String>> {
        let on = on.into();
        let rate = self.rate(on.limits());
        let (period, _) = Self::period(rate, now);
        let begins = self.key(begins);
        let rows: Vec<(String,)> = sql("SELECT name FROM limits WHERE period = $1 AND count >= $2 AND name LIKE $3")
            .bind(period)
            .bind(rate.most)
            .bind(format!("{begins}%"))
            .all(on)
            .await?;
        Ok(rows.into_iter().filter_map(|(name,)| Some(name.strip_prefix(&begins)?.to_owned())).collect())
    }
}

/// The hashes of the addresses to which no more unasked mail of a kind may go now.
pub async fn written_enough(db: &db::Db, kind: &str, now: Instant) -> db::Result<HashSet<String>> {
    let begins = format!("{kind}/");
    let mut full = MAIL_HOURLY.full(db, &begins, now).await?;
    full.extend(MAIL_DAILY.full(db, &begins, now).await?);
    Ok(full.into_iter().collect())
}

/// Whether one more unasked mail of a kind may go to an address; counts it if so.
pub async fn mail_allowed(tx: &mut Tx, kind: &str, email_key: &str, now: Instant) -> db::Result<bool> {
    let whose = format!("{kind}/{}", crate::ids::hash(email_key));
    let hourly = MAIL_HOURLY.take_in(tx, &whose, now).await?;
    let daily = MAIL_DAILY.take_in(tx, &whose, now).await?;
    Ok(hourly.is_none() && daily.is_none())
}

pub async fn tidy(app: &App, now: Instant) -> anyhow::Result<()> {
    let mut tx = app.db.write().await?;
    sql("DELETE FROM limits WHERE ends_at <= $1").bind(now).execute(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// The address that a request came from: a proxy's word counts only if that proxy is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ip(pub IpAddr);

impl Ip {
    /// Whom a limit counts for: an IPv6 customer owns a whole /64.
    pub fn whose(self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }

    pub fn of(app: &App, parts: &Parts) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip().to_canonical());
        let trusted = |ip: &IpAddr| app.config.trusted_proxies.contains(&ip.to_canonical());
        if !trusted(&peer) {
            return Self(peer);
        }
        // From the right: the first address that no trusted proxy stands for is the client's. What is left of it anybody
        // can have written, and so can what is left of a word that is no address.
        let headers = parts.headers.get_all("x-forwarded-for");
        let listed: Vec<&str> =
            headers.iter().flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect();
        let mut hops = listed.into_iter().rev().map(hop).skip_while(|hop| hop.as_ref().is_some_and(trusted));
        Self(hops.next().flatten().unwrap_or(peer))
    }
}

/// An address as proxies write it: bare, with the port that it came from, or in brackets.
fn hop(listed: &str) -> Option<IpAddr> {
    let listed = listed.trim();
    let bare = listed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(listed);
    bare.parse().ok().or_else(|| listed.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

impl FromRequestParts<App> for Ip {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Ok(Self::of(app, parts))
    }
}

/// Counts requests in memory, per address.
#[derive(Clone)]
pub struct Rates {
    limiter: Arc<DefaultKeyedRateLimiter<String>>,
}

impl Rates {
    pub fn new(limits: &Limits) -> Self {
        let Rate { most, seconds } = limits.of(REQUESTS);
        let most = u32::try_from(most).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let period = Duration::from_secs(seconds.unsigned_abs());
        let quota = Quota::with_period(period / most.get()).unwrap_or(Quota::per_minute(most));
        Self { limiter: Arc::new(RateLimiter::keyed(quota.allow_burst(most))) }
    }

    /// Counts what an address asks for outside of requests, at a socket; false when it was one too many. A development
    /// site is exempt.
    pub fn allows(&self, app: &App, ip: Ip) -> bool {
        app.config.development() || self.limiter.check_key(&ip.whose()).is_ok()
    }
}

/// The general limit. Assets, posters and health are exempt, and so is a development site: it serves one person.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    let path = request.uri().path();
    // By what is asked for and not by how it is called: anybody can put .png behind an address.
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let picture =
        [".svg", ".png", ".jpg", ".webp"].iter().any(|end| route.ends_with(end)) || route == "/avatars/{file}";
    let exempt = path.starts_with("/static/")
        // Providers send their notices in bursts, and again until they are answered.
        || matches!(path, "/webhooks/stripe" | "/payments/webhook" | "/payments/webhooks/stripe")
        || path.starts_with("/webhooks/")
        || picture
        || matches!(path, "/healthz" | "/readyz");
    if exempt || app.config.development() {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    if let Err(wait) = app.rates.limiter.check_key(&Ip::of(&app, &parts).whose()) {
        let wait = wait.wait_time_from(DefaultClock::default().now());
        return Err(Error::TooMany { wait_seconds: i64::try_from(wait.as_secs() + 1).unwrap_or(60) });
    }
    if app.rates.limiter.len() > 50_000 {
        app.rates.limiter.retain_recent();
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}
