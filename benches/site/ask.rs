//! The client: so many connections that ask without pause, and what they were told.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::body::Body;
use http::{Method, Request, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::fill::{PASSWORD, Race, Site};

type Http = Client<HttpConnector, Body>;

fn client() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

/// What is asked for, again and again, or once each of these.
enum What {
    Page(String),
    /// One place each, for these tokens.
    Rsvps {
        path: String,
        tokens: Vec<String>,
    },
    SignIns {
        emails: Vec<String>,
    },
    /// Each once, by somebody who is signed in.
    Visits {
        paths: Vec<String>,
        cookie: String,
    },
}

pub struct Load {
    base: String,
    what: Arc<What>,
    clients: usize,
    /// How often each client asks; without, as soon as it was answered.
    every: Option<Duration>,
    next: Arc<AtomicUsize>,
}

/// What came back, and how long each answer took.
#[derive(Default)]
pub struct Asked {
    answers: Vec<(u16, Duration)>,
    took: Duration,
}

impl Asked {
    pub fn count(&self) -> usize {
        self.answers.len()
    }
    pub fn with(&self, status: u16) -> usize {
        self.answers.iter().filter(|(of, _)| *of == status).count()
    }
    pub fn per_second(&self) -> f64 {
        self.count() as f64 / self.took.as_secs_f64()
    }
    /// In milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut all: Vec<_> = self.answers.iter().map(|(_, took)| *took).collect();
        all.sort_unstable();
        all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    }
}

impl Load {
    fn of(base: &str, what: What, clients: usize) -> Self {
        Self { base: base.to_owned(), what: Arc::new(what), clients, every: None, next: Arc::default() }
    }
    pub fn pages(base: &str, path: &str, clients: usize) -> Self {
        Self::of(base, What::Page(path.to_owned()), clients)
    }
    /// At this pace, whatever the answers take.
    pub fn every(self, every: Duration) -> Self {
        Self { every: Some(every), ..self }
    }
    pub fn rsvps(base: &str, race: &Race, clients: usize) -> Self {
        Self::of(
            base,
            What::Rsvps { path: format!("/api/v1{}/orders", race.path), tokens: race.tokens.clone() },
            clients,
        )
    }
    pub fn sign_ins(base: &str, site: &Site, clients: usize) -> Self {
        Self::of(base, What::SignIns { emails: site.emails.clone() }, clients)
    }
    pub fn visits(base: &str, paths: Vec<String>, cookie: &str) -> Self {
        Self::of(base, What::Visits { paths, cookie: cookie.to_owned() }, 1)
    }
    pub fn is_repeatable(&self) -> bool {
        matches!(*self.what, What::Page(_))
    }

    fn request(&self, n: usize) -> Option<Request<Body>> {
        // Each from an address of its own, as behind a proxy: limits are another matter.
        let from = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
        let to = |path: &str| Request::builder().uri(format!("{}{path}", self.base)).header("x-forwarded-for", &from);
        match &*self.what {
            What::Page(path) => to(path).body(Body::empty()).ok(),
            What::Rsvps { path, tokens } => {
                let bearer = format!("Bearer {}", tokens.get(n)?);
                let asks = to(path).method(Method::POST).header(header::CONTENT_TYPE, "application/json");
                asks.header(header::AUTHORIZATION, bearer).body(Body::from("{}")).ok()
            }
            What::SignIns { emails } => signs_in(to("/sign-in"), emails.get(n)?, PASSWORD),
            What::Visits { paths, cookie } => to(paths.get(n)?).header(header::COOKIE, cookie).body(Body::empty()).ok(),
        }
    }

    async fn asks(self: Arc<Self>, until: Option<Instant>) -> anyhow::Result<Vec<(u16, Duration)>> {
        let (http, mut answers) = (client(), Vec::new());
        let mut beat = self.every.map(tokio::time::interval);
        while until.is_none_or(|until| Instant::now() < until)
            && let Some(request) = self.request(self.next.fetch_add(1, Ordering::Relaxed))
        {
            if let Some(beat) = &mut beat {
                beat.tick().await;
            }
            let began = Instant::now();
            let response = http.request(request).await?;
            let status = response.status().as_u16();
            response.into_body().collect().await?;
            answers.push((status, began.elapsed()));
        }
        Ok(answers)
    }

    pub async fn run(&self, span: Duration) -> anyhow::Result<Asked> {
        let shared = Arc::new(Self {
            base: self.base.clone(),
            what: Arc::clone(&self.what),
            clients: self.clients,
            every: self.every,
            next: Arc::clone(&self.next),
        });
        let began = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..self.clients {
            let until = began.checked_add(span);
            tasks.spawn(Arc::clone(&shared).asks(until));
        }
        let mut asked = Asked::default();
        while let Some(answers) = tasks.join_next().await {
            asked.answers.extend(answers??);
        }
        asked.took = began.elapsed();
        anyhow::ensure!(asked.with(500) + asked.with(503) + asked.with(429) == 0, "the site refused to be measured");
        Ok(asked)
    }
}

fn signs_in(to: http::request::Builder, email: &str, password: &str) -> Option<Request<Body>> {
    let pairs = [("email", email), ("password", password)];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let asks = to.method(Method::POST).header("sec-fetch-site", "same-origin");
    asks.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(form)).ok()
}

/// The cookies of a session: it, and that of the browser that it is in.
pub async fn sign_in(base: &str, email: &str, password: &str) -> anyhow::Result<String> {
    let to = Request::builder().uri(format!("{base}/sign-in"));
    let request = signs_in(to, email, password).context("a request")?;
    let response = client().request(request).await?;
    anyhow::ensure!(response.status().is_redirection(), "no session was opened: {}", response.status());
    let set: Result<Vec<&str>, _> =
        response.headers().get_all(header::SET_COOKIE).iter().map(|set| set.to_str()).collect();
    Ok(set?.into_iter().filter_map(|set| set.split(';').next()).collect::<Vec<_>>().join("; "))
}

pub async fn body(base: &str, path: &str) -> anyhow::Result<Vec<u8>> {
    let response = client().get(format!("{base}{path}").parse()?).await?;
    anyhow::ensure!(response.status().is_success(), "{path}: {}", response.status());
    Ok(response.into_body().collect().await?.to_bytes().to_vec())
}

pub async fn once(base: &str, path: &str) -> anyhow::Result<()> {
    body(base, path).await.map(drop)
}
