//! What pages cost as the site grows: the same questions at each size, none answered from memory.
use crate::ask::{self, Load};
use crate::bulk::{self, TICKETS};
use crate::fill::{self, Site};
use crate::serve::Server;

/// How often each question is asked, by one client.
const TIMES: usize = 300;
/// Orders of an event.
const ORDERS: i64 = 2;
/// Those of the one event to which everybody comes: 50,000 places.
const CROWD: i64 = 10_000;

/// Measures at each of these numbers of events.
pub async fn run(sizes: &[usize]) -> anyhow::Result<()> {
    let site = fill::site(0, 0).await?;
    fill::crowd(&site, CROWD * TICKETS).await?;
    bulk::orders(&site, "crowd", CROWD).await?;
    let (mut columns, mut there) = (Vec::new(), 0);
    for &size in sizes {
        eprintln!("filling up to {size} events");
        fill::events(&site, there..size).await?;
        bulk::orders(&site, "", ORDERS).await?;
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
        ("search, in descriptions alone", Box::new(|n| format!("/?q=puzzle&n={n}"))),
        ("what is new, in a category", Box::new(|n| format!("/?sort=newest&category=neighbourhood&n={n}"))),
        ("list of a category, with room", Box::new(|n| format!("/?category=neighbourhood&room=1&n={n}"))),
        ("month", Box::new(|n| format!("/calendar?n={n}"))),
        ("guests of an event", Box::new(|_| "/events/event-0/guests".into())),
        ("check-in page", Box::new(|_| "/events/event-0/check-in".into())),
        ("guests of 50,000", Box::new(|_| "/events/crowd/guests".into())),
        ("guests of 50,000, searched", Box::new(|n| format!("/events/crowd/guests?q=guest+{}", n * 33))),
        ("check-in page of 50,000", Box::new(|_| "/events/crowd/check-in".into())),
        ("admin: events", Box::new(|_| "/admin/events".into())),
        ("admin: events by title, searched", Box::new(move |n| format!("/admin/events?sort=title&q=number{}", any(n)))),
        ("admin: orders", Box::new(|_| "/admin/orders".into())),
        ("admin: orders of an address", Box::new(move |n| format!("/admin/orders?q=guest{}@example.net", any(n)))),
        ("admin: members", Box::new(|_| "/admin/members".into())),
        ("admin: payments", Box::new(|_| "/admin/payments/all".into())),
        ("admin: payments desk", Box::new(|_| "/admin/payments".into())),
        ("admin: notices", Box::new(|_| "/admin/notices".into())),
        ("admin: mails", Box::new(|_| "/admin/mails".into())),
        ("admin: mails to an address", Box::new(move |n| format!("/admin/mails?q=guest{}@example.net", any(n)))),
        ("admin: journal", Box::new(|_| "/admin/journal".into())),
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
