//! What pages cost as the site grows: the same questions at each size, none answered from memory.
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::ask::{self, Load};
use crate::fill::{self, Site};
use crate::serve::Server;

/// How often each question is asked, by one client.
const TIMES: usize = 300;
/// Orders of an event, and tickets of an order.
const ORDERS: i64 = 2;
const TICKETS: i64 = 5;

/// Measures at each of these numbers of events.
pub async fn run(sizes: &[usize]) -> anyhow::Result<()> {
    let site = fill::site(0, 0).await?;
    let (mut columns, mut there) = (Vec::new(), 0);
    for &size in sizes {
        eprintln!("filling up to {size} events");
        fill::events(&site, there..size).await?;
        tickets(&site).await?;
        there = size;
        columns.push(measured(&site, size).await?);
    }
    print!("{:<36}", "ms (µs CPU) at events / tickets");
    for size in sizes {
        print!("{:>24}", format!("{size} / {}", size * usize::try_from(ORDERS * TICKETS)?));
    }
    println!();
    for (row, (name, _)) in columns[0].iter().enumerate() {
        print!("{name:<36}");
        for column in &columns {
            print!("{:>24}", column[row].1);
        }
        println!();
    }
    Ok(())
}

/// Tickets of events that have none: rows as orders leave them, put there at once.
async fn tickets(site: &Site) -> anyhow::Result<()> {
    let file = site.folder().join("marquee.db");
    let mut on: SqliteConnection = SqliteConnectOptions::new().filename(file).foreign_keys(false).connect().await?;
    let numbers = "WITH RECURSIVE o (o) AS (SELECT 0 UNION ALL SELECT o + 1 FROM o WHERE o < $1 - 1),
         t (t) AS (SELECT 0 UNION ALL SELECT t + 1 FROM t WHERE t < $2 - 1),
         fresh AS (SELECT e.rowid AS n, e.id, e.created_at FROM events e
             WHERE NOT EXISTS (SELECT 1 FROM orders WHERE event_id = e.id)) ";
    let order = "printf('01900000-0000-7000-8000-%012x', fresh.n * $1 + o.o)";
    let ticket = "printf('01900000-0000-7001-8000-%012x', (fresh.n * $1 + o.o) * $2 + t.t)";
    let made = [
        format!(
            "INSERT INTO tickets (id, order_id, event_id, ticket_type_id, position, state) {numbers}
             SELECT {ticket}, {order}, fresh.id, (SELECT MIN(id) FROM ticket_types WHERE event_id = fresh.id), t.t, 'valid'
             FROM fresh, o, t"
        ),
        format!(
            "INSERT INTO attendees (ticket_id, event_id, code, name, email) {numbers}
             SELECT {ticket}, fresh.id, printf('%012X', (fresh.n * $1 + o.o) * $2 + t.t), 'Guest ' || t.t, '' FROM fresh, o, t"
        ),
        format!(
            "INSERT INTO order_people (order_id, name, email, email_key, locale, name_fold) {numbers}
             SELECT {order}, 'Guest ' || fresh.n, 'guest' || fresh.n || '@example.net', 'guest' || fresh.n || '@example.net', 'en-GB', 'guest ' || fresh.n
             FROM fresh, o"
        ),
        format!(
            "INSERT INTO orders (id, event_id, state, places, total, currency, placed_at, confirmed_at) {numbers}
             SELECT {order}, fresh.id, 'confirmed', $2, 0, 'CHF', fresh.created_at + fresh.n, fresh.created_at + fresh.n FROM fresh, o"
        ),
    ];
    sqlx::raw_sql("PRAGMA cache_size = -400000; PRAGMA synchronous = OFF").execute(&mut on).await?;
    let mut tx = on.begin().await?;
    for text in made {
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(ORDERS).bind(TICKETS).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    // As at every restart of a site: what was written moves into the file.
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut on).await?;
    Ok(on.close().await?)
}

type Row = (&'static str, String);
/// The address of the n-th time.
type Question = Box<dyn Fn(usize) -> String>;

async fn measured(site: &Site, size: usize) -> anyhow::Result<Vec<Row>> {
    let (server, _) = Server::start(site).await?;
    let cookie = ask::sign_in(&server.base, "mara@example.org", "stage lights at seven").await?;
    let any = move |n: usize| (n * 7_919) % size;
    let questions: Vec<(&'static str, Question)> = vec![
        ("event page", Box::new(move |n| format!("/events/event-{}", any(n)))),
        ("list", Box::new(|n| format!("/?n={n}"))),
        ("search, one event", Box::new(move |n| format!("/?q=number{}", any(n)))),
        ("search, every event", Box::new(|n| format!("/?q=repair&n={n}"))),
        ("list of a category, with room", Box::new(|n| format!("/?category=neighbourhood&room=1&n={n}"))),
        ("month", Box::new(|n| format!("/calendar?n={n}"))),
        ("guests of an event", Box::new(|_| "/events/event-0/guests".into())),
        ("check-in page", Box::new(|_| "/events/event-0/check-in".into())),
        ("admin: events", Box::new(|_| "/admin/events".into())),
        ("admin: events by title, searched", Box::new(move |n| format!("/admin/events?sort=title&q=number{}", any(n)))),
        ("admin: orders", Box::new(|_| "/admin/orders".into())),
        ("admin: orders of an address", Box::new(move |n| format!("/admin/orders?q=guest{}@example.net", any(n)))),
        ("admin: members", Box::new(|_| "/admin/members".into())),
        ("admin: overview", Box::new(|_| "/admin".into())),
    ];
    let mut rows = Vec::new();
    for (name, path) in questions {
        let paths: Vec<String> = (0..TIMES).map(path).collect();
        ask::Load::visits(&server.base, paths[..20].to_vec(), &cookie).run(std::time::Duration::MAX).await?;
        let before = server.cpu()?;
        let asked = Load::visits(&server.base, paths, &cookie).run(std::time::Duration::MAX).await?;
        anyhow::ensure!(asked.with(200) == TIMES, "{name} was refused");
        let each = server.cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / asked.count() as f64;
        rows.push((name, format!("{:.2} ({each:.0})", asked.percentile(50))));
    }
    server.stop().await?;
    Ok(rows)
}
