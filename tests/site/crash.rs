//! kill -9 in the middle of orders: what was answered as confirmed is there, and nothing is there by halves.
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use marquee::app::App;
use marquee::clock;
use marquee::config::{Config, Source};
use marquee::events::{self, Event};
use marquee::ids::Id;
use marquee::orders::{self, Order};

use crate::races::{guest, take, wish};
use crate::site::Site;

/// Orders that a child would make if it were let live.
const ORDERS: usize = 200;

/// How many children are killed: a few, or hundreds with MARQUEE_LONG=1.
fn kills() -> usize {
    if std::env::var_os("MARQUEE_LONG").is_some_and(|long| !long.is_empty()) { 200 } else { 4 }
}

/// Not a test by itself: the process that is killed. Says each order that is committed, then stays.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Some(url) = std::env::var_os("MARQUEE_CRASH_URL").and_then(|url| url.into_string().ok()) else { return };
    let from: usize =
        std::env::var_os("MARQUEE_CRASH_FROM").and_then(|from| from.to_str()?.parse().ok()).expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("MARQUEE_DATA_DIR", data.as_str()),
        ("MARQUEE_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    let app = App::open(Config::read(&Source::of(&settings)).expect("settings")).await.expect("an app");
    let slug = std::env::var_os("MARQUEE_CRASH_EVENT").and_then(|slug| slug.into_string().ok()).expect("an event");
    let event = events::store::by_slug(&app.db, &slug).await.expect("a look-up").expect("the event");
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (app, event, next) = (app.clone(), event.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= ORDERS {
                    return;
                }
                let wish = wish(&app, &event, guest(from + n), 0, i64::try_from(n % 3).expect("small") + 1).await;
                let order = take(&app, &wish).await.expect("places").id();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nconfirmed {order}").and_then(|()| out.flush()).expect("a reader");
            }
        });
    }
    tasks.join_all().await;
}

/// Runs a child on this database, kills it when it has confirmed so many, and answers which it had confirmed.
fn killed_after(url: &str, slug: &str, from: usize, confirmed: usize) -> HashSet<Id<Order>> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crash::child", "--nocapture", "--test-threads=1"])
        .env("MARQUEE_CRASH_URL", url)
        .env("MARQUEE_CRASH_EVENT", slug)
        .env("MARQUEE_CRASH_FROM", from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let mut orders = HashSet::new();
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    for line in lines.by_ref().map_while(Result::ok) {
        orders.extend(line.strip_prefix("confirmed ").and_then(|id| id.parse::<Id<Order>>().ok()));
        if orders.len() >= confirmed {
            break;
        }
    }
    child.kill().expect("SIGKILL");
    // What it said before it died counts as well; a line that was cut short was not said.
    orders.extend(
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("confirmed ")?.parse::<Id<Order>>().ok()),
    );
    child.wait().expect("its end");
    assert!(orders.len() >= confirmed, "the child confirmed {} orders only", orders.len());
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_that_was_confirmed_before_a_kill_is_there_and_none_by_halves() {
    let site = Site::start().await;
    let url = site.app.config.database_url.clone();
    let mut all = HashSet::new();
    for kill in 0..kills() {
        // The children live by the machine's clock. Each has an event of its own, so that a look at what one left
        // costs the same for the first and the last.
        let event =
            site.event(&format!("Crash {kill}")).capacity(1_000_000).starts_in(clock::days(20_000)).make().await;
        let (url, slug, after) = (url.clone(), event.slug.clone(), 1 + kill * 53 % 150);
        let said = tokio::task::spawn_blocking(move || killed_after(&url, &slug, kill * ORDERS, after)).await;
        let said = said.expect("a child");
        whole(&site, &event, &said).await;
        all.extend(said);
        if kill % 10 == 9 {
            site.verifies().await;
        }
    }
    for id in &all {
        let order = orders::store::by_id(&site.app.db, *id).await.expect("a look-up");
        assert!(order.is_some_and(|order| order.is_confirmed()), "order {id} was confirmed and is gone");
    }
    site.verifies().await;
}

/// What was said is there, and whatever is there is whole.
async fn whole(site: &Site, event: &Event, said: &HashSet<Id<Order>>) {
    let live = orders::store::live_at(&site.app.db, event.id).await.expect("orders");
    let confirmed: HashSet<_> = live.iter().filter(|order| order.is_confirmed()).map(|order| order.id).collect();
    let gone: Vec<_> = said.difference(&confirmed).collect();
    assert!(gone.is_empty(), "orders were confirmed and are gone: {gone:?}");
    for order in live {
        let tickets = orders::store::tickets(&site.app.db, order.id).await.expect("tickets");
        assert_eq!(i64::try_from(tickets.len()).expect("few"), order.places, "order {} is half there", order.id);
        assert!(orders::store::person(&site.app.db, order.id).await.expect("a look-up").is_some());
    }
}
