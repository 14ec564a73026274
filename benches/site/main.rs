//! What the README says of speed. `cargo bench` fills a site, serves it from one core, asks from the other, and says
//! beside each figure what the bare minimum costs on the same machine in the same run. `cargo bench -- growth` says
//! what pages cost at a thousand, a hundred thousand and a million events, `cargo bench -- sockets` what 5,000 idle
//! sockets take.
mod ask;
mod bulk;
mod fill;
mod growth;
mod serve;
mod sockets;

use std::time::Duration;

use ask::{Asked, Load};
use serve::Server;

/// How long each row is measured.
const SPAN: Duration = Duration::from_secs(5);

/// How often it is started; the first time its program is read from the disk, so the middle one is told.
const STARTS: usize = 5;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // One thread: the client has a core to itself, and so has the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match words[..] {
        ["bare", what] => serve::bare(what),
        [] => runtime.block_on(run()),
        ["sockets"] => runtime.block_on(sockets::run(5_000)),
        ["growth"] => runtime.block_on(growth::run(&[1_000, 100_000, 1_000_000])),
        ["growth", ref sizes @ ..] => {
            let sizes: Result<Vec<usize>, _> = sizes.iter().map(|size| size.parse()).collect();
            runtime.block_on(growth::run(&sizes?))
        }
        _ => anyhow::bail!("cargo bench, cargo bench -- growth [EVENTS…], or cargo bench -- sockets"),
    }
}

async fn run() -> anyhow::Result<()> {
    let site = fill::site(1_000, 100_000).await?;
    println!("1,000 events, 100,000 tickets; server on core 0, client on core 1\n");
    let mut starts = Vec::new();
    for _ in 1..STARTS {
        let (server, start) = Server::start(&site).await?;
        starts.push(start);
        server.stop().await?;
    }
    let (server, start) = Server::start(&site).await?;
    starts.push(start);
    starts.sort();
    let start = starts[STARTS / 2].as_millis();
    println!("start to first answer {start} ms in the middle of {STARTS}, idle memory {} MB\n", server.memory()?);
    println!("{:<34}{:>12}{:>16}{:>10}{:>10}", "", "requests/s", "µs CPU each", "p50 ms", "p99 ms");

    let page = ask::body(&server.base, &site.path).await?;
    let bare = Server::bare(&site, &page).await?;
    row("bare handler, the same bytes", &bare, Load::pages(&bare.base, "/", 32)).await?;
    drop(bare);
    row("event page", &server, Load::pages(&server.base, &site.path, 32)).await?;
    row("list page", &server, Load::pages(&server.base, "/", 32)).await?;
    row("JSON list of 50", &server, Load::pages(&server.base, "/api/v1/events?limit=50", 32)).await?;
    for (clients, name) in [(1, "RSVP, 1 client"), (64, "RSVP, 64 clients")] {
        let race = site.race(clients).await?;
        let asked = row(name, &server, Load::rsvps(&server.base, &race, clients)).await?;
        let (taken, capacity) = site.places(&race).await?;
        let served = asked.with(201);
        println!("{:>34} {served} served, {taken} taken of {capacity} places", "");
        anyhow::ensure!(taken <= capacity && i64::try_from(served)? == taken, "places and answers differ");
    }
    // As a site is visited meanwhile; without a pace the visitor would take all that the sign-ins leave.
    let beside = Load::pages(&server.base, &site.path, 1).every(Duration::from_millis(10));
    let sign_ins = Load::sign_ins(&server.base, &site, 64);
    let (signed_in, pages) = tokio::join!(sign_ins.run(SPAN), beside.run(SPAN));
    say("sign-in, 64 clients", &signed_in?, None);
    say("event page beside them, 100/s", &pages?, None);
    server.stop().await
}

async fn row(name: &str, server: &Server, load: Load) -> anyhow::Result<Asked> {
    // What is compiled, cached and connected on first use is not what is measured.
    if load.is_repeatable() {
        load.run(Duration::from_secs(1)).await?;
    }
    let before = server.cpu()?;
    let asked = load.run(SPAN).await?;
    let cpu = server.cpu()?.saturating_sub(before);
    say(name, &asked, Some(cpu));
    Ok(asked)
}

fn say(name: &str, asked: &Asked, cpu: Option<Duration>) {
    let each = cpu.map(|cpu| format!("{:.0}", cpu.as_secs_f64() * 1e6 / asked.count().max(1) as f64));
    println!(
        "{name:<34}{:>12.0}{:>16}{:>10.2}{:>10.2}",
        asked.per_second(),
        each.unwrap_or_default(),
        asked.percentile(50),
        asked.percentile(99)
    );
}
