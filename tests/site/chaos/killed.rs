//! kill -9 of a real server while buyers pay: what they were told is so, and nobody pays for nothing.
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use marquee::app::App;
use marquee::clock::Clock;
use marquee::config::SETTINGS;
use marquee::ids::Id;
use marquee::orders::{self, Order, Way, Wish};

use super::dice::Dice;
use super::world::World;
use crate::browser::FORM;
use crate::races::{guest, take, wish};
use crate::site::Site;

/// Buyers at each server that is killed.
pub const BUYERS: usize = 12;

pub fn kills() -> usize {
    if std::env::var_os("MARQUEE_LONG").is_some() { 60 } else { 3 }
}

/// The program on this app's database, with nothing of whoever runs the tests: neither their settings, nor the .env
/// that stands where they are.
pub fn binary(app: &App) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    for setting in SETTINGS {
        command.env_remove(setting.name);
    }
    command
        .current_dir(&app.config.data_dir)
        .env("DATABASE_URL", &app.config.database_url)
        .env("MARQUEE_DATA_DIR", &app.config.data_dir)
        .env("MARQUEE_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    command
}

pub struct Server {
    child: Child,
    pub base: String,
}

impl Server {
    /// A process of its own on this app's database, with more settings.
    pub fn start(app: &App, more: &[(&str, &str)]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let base = format!("http://localhost:{port}");
        let mut child = binary(app)
            .env("MARQUEE_ADDR", format!("127.0.0.1:{port}"))
            .env("BASE_URL", &base)
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
        let first = lines.next().expect("the server ended").expect("a line");
        assert!(first.starts_with("Marquee"), "{first}");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base: format!("http://127.0.0.1:{port}") }
    }

    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
    }
}

/// Posts a form, once more as long as the site says that it is too busy; answers where it leads. None once the
/// server is dead.
pub async fn post(base: &str, path: &str, body: &'static str) -> Option<(StatusCode, String)> {
    loop {
        let answer = post_once(base, path, body).await?;
        if answer.0 != StatusCode::SERVICE_UNAVAILABLE {
            return Some(answer);
        }
    }
}

async fn post_once(base: &str, path: &str, body: &'static str) -> Option<(StatusCode, String)> {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("{base}{path}")).header("sec-fetch-site", "same-origin");
    let request = request.header(header::CONTENT_TYPE, FORM).body(Body::from(body)).expect("a request");
    let response = client.request(request).await.ok()?;
    let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
    Some((response.status(), to.to_owned()))
}

/// From the order to the provider's page and back; true if the site said that the money is there.
async fn pays(base: String, order: String, body: &'static str) -> Option<bool> {
    let (status, till) = post(&base, &order, "").await?;
    assert_eq!(status, StatusCode::SEE_OTHER, "{order}");
    let (status, _) = post(&base, &till, body).await?;
    assert!(status.is_redirection() || status == StatusCode::OK, "{till}: {status}");
    post(&base, &till, "do=leave").await.map(|_| true)
}

async fn held(app: &App, world: &World, n: usize) -> Id<Order> {
    let event = &world.events[0];
    let wish = Wish { way: Way::Own, ..wish(app, event, guest(n), 0, 1).await };
    take(app, &wish).await.expect("places").id()
}

/// Lets a server live until so many of its buyers have paid, then kills it.
async fn killed_after(world: &World, from: usize, paid: usize) -> Vec<Id<Order>> {
    let app = world.app.clone();
    let mut orders = Vec::new();
    for n in 0..BUYERS {
        orders.push(held(&app, world, from + n).await);
    }
    let server = Server::start(&app, &[]);
    let mut tasks = tokio::task::JoinSet::new();
    for (n, id) in orders.iter().enumerate() {
        let path = format!("/orders/{id}/payment?key={}", orders::key(&app, *id));
        let body = ["do=pay", "do=quiet", "do=twice"][n % 3];
        tasks.spawn(pays(server.base.clone(), path, body));
    }
    let mut done = 0;
    while done < paid
        && let Some(outcome) = tasks.join_next().await
    {
        done += usize::from(outcome.expect("a buyer") == Some(true));
    }
    server.kill();
    tasks.join_all().await;
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_buyers_pay_loses_no_money_and_no_place() {
    let site = Site::start().await;
    // The servers go by the machine's clock.
    site.app.clock.advance(site.now().until(Clock::default().now()));
    let mut world = World::at(site, Dice::new(1), 1_000_000).await;
    world.storm(0);
    let mut orders = Vec::new();
    for kill in 0..kills() {
        orders.extend(killed_after(&world, kill * BUYERS, kill * 5 % BUYERS).await);
        world.observe().await.expect("no place is sold twice");
    }
    // The next one finds everything that the others left, leases of dead workers too.
    world.settle().await.expect("all is settled");
    world.agrees().await.expect("money and places agree");
    let mut bought = 0;
    for id in orders {
        let order = orders::store::by_id(&world.app.db, id).await.expect("a look-up").expect("the order");
        bought += usize::from(order.is_confirmed());
    }
    assert!(bought > 0, "nobody paid, so nothing was seen");
}
