//! The commands of the one binary.
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use marquee::app::App;
use marquee::config::{Config, Source, Wrong};
use marquee::doctor::{self, Finding};
use marquee::payments::local::rehearsal;
use marquee::plans::terminal;
use marquee::{admin, backup, jobs, migrations, orders, routes, seed, serve, web};
use tokio_util::sync::CancellationToken;

/// Of a thread that serves, in bytes: without optimisation, making a ticket's letter takes more than half of tokio's 2 MiB.
/// Only what is used of it takes memory.
const STACK: usize = 8 * 1024 * 1024;

/// A self-hosted home for gatherings.
#[derive(Parser)]
#[command(name = "marquee", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site (what happens without a command).
    Serve,
    /// Do background work only: mails, ends of holds, clean-ups.
    Work,
    /// Bring the tables up to date.
    Migrate {
        /// Only say which migrations were applied.
        #[arg(long)]
        status: bool,
    },
    /// Fill an empty development site with demo content.
    Seed,
    /// Admins of the site.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Write the whole site into one new file, while it runs: all tables and uploads, but neither settings nor keys.
    #[command(visible_alias = "export")]
    Backup { file: PathBuf },
    /// Put such a file into an empty database, on the same engine or the other one.
    #[command(visible_alias = "import")]
    Restore { file: PathBuf },
    /// Ask the site that runs at MARQUEE_ADDR whether it can serve: exit code 0 if so, else 1.
    Health,
    /// Look at the settings, the database, disk, mail and queues, and say what is wrong. Exit code 1 if anything is.
    Doctor,
    /// What is sold besides tickets: plans, credits, and products of your own.
    Products {
        #[command(subcommand)]
        command: ProductsCommand,
    },
    /// What developers need: nothing of it works on a production site.
    Dev {
        #[command(subcommand)]
        command: DevCommand,
    },
    /// The record of everything that happened.
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make an account an admin, or create one; the password is asked for, or read from standard input.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: Option<String>,
    },
}

#[derive(Subcommand)]
enum ProductsCommand {
    /// Make the four plans and the credits, and mend what differs at the payment service; any number of times.
    Init,
    /// Say what is on sale.
    List,
    /// Make a product; refused when its name exists.
    Create {
        name: String,
        /// In the site's currency, like 12.50.
        #[arg(long)]
        amount: String,
        /// Paid every month, rather than once.
        #[arg(long)]
        monthly: bool,
    },
    /// Delete a product by its name: archived at the payment service, and gone here.
    Archive { name: String },
    /// Throw all products and subscriptions of a test account away, and turn plans off.
    ResetTest,
}

#[derive(Subcommand)]
enum DevCommand {
    /// Make a payment, or a plan that is paid, at the stand-in for the payment service, and send this site the signed
    /// notices of it.
    Webhook {
        #[arg(long = "type")]
        kind: Webhook,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Webhook {
    Payment,
    Subscription,
}

#[derive(Subcommand)]
enum JournalCommand {
    /// Replay the journal and compare what follows from it with the tables: orders, tickets, places taken, money,
    /// credits, plans, waiting lists, promo codes, taxes and invitations. Exit code 1 when they differ.
    ///
    /// What else stands in the tables is not compared, such as accounts, descriptions of events, and letters.
    Verify,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Source::environment().and_then(|source| Config::read(&source)) {
        Ok(config) => config,
        Err(wrong) => {
            eprintln!("marquee: {wrong}");
            return ExitCode::from(2);
        }
    };
    if let Some(Command::Health) = cli.command {
        return health(&config);
    }
    serve::log(&config);
    // The one TLS backend of everything that speaks TLS.
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("marquee: the machine gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command.unwrap_or(Command::Serve), config)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("marquee: {error:#}");
            // A wrong setting that shows only once it is used.
            if error.is::<Wrong>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn health(config: &Config) -> ExitCode {
    match web::health::ask(config.addr) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("marquee: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    let app = App::open(config).await?;
    if let Command::Migrate { status: true } = command {
        for (name, applied) in migrations::status(&app.db).await? {
            println!("{} {name}", if applied { "applied" } else { "waiting" });
        }
        return Ok(ExitCode::SUCCESS);
    }
    // A backup is of the tables as they are, and restored into tables as they were.
    if let Command::Backup { file } = command {
        return back_up(&app, &file).await;
    }
    if let Command::Restore { file } = command {
        let (made, differences) = backup::restore(&app, &file).await?;
        println!("{} rows and {} files were restored.", made.rows(), made.files());
        return Ok(differing(&differences));
    }
    if let Command::Doctor = command {
        let findings = doctor::examine(&app).await;
        findings.iter().for_each(|finding| println!("{finding}"));
        let wrong = findings.iter().any(|finding| matches!(finding, Finding::Wrong(_)));
        return Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    migrations::run(&app.db).await?;
    match command {
        Command::Serve => serve::serve(app, routes::router).await?,
        Command::Work => {
            let stop = CancellationToken::new();
            tokio::spawn(serve::stop_on_signal(stop.clone()));
            jobs::work(app, stop).await;
        }
        Command::Migrate { .. } => println!("The tables are up to date."),
        Command::Seed => seed::run(&app).await?,
        Command::Admin { command: AdminCommand::Create { email, name } } => {
            admin::create::from_terminal(&app, &email, name.as_deref()).await?;
        }
        Command::Products { command } => products(&app, command).await?,
        Command::Dev { command: DevCommand::Webhook { kind: Webhook::Payment } } => {
            rehearsal::payment(&app).await?.told.iter().for_each(|line| println!("{line}"));
        }
        Command::Dev { command: DevCommand::Webhook { kind: Webhook::Subscription } } => {
            rehearsal::subscription(&app).await?.iter().for_each(|line| println!("{line}"));
        }
        Command::Journal { command: JournalCommand::Verify } => {
            return Ok(differing(&orders::verify::run(&app.db).await?));
        }
        Command::Backup { .. } | Command::Restore { .. } | Command::Doctor | Command::Health => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// A signal ends it like an error, so that nothing half-made lies about.
async fn back_up(app: &App, file: &Path) -> anyhow::Result<ExitCode> {
    let stop = CancellationToken::new();
    tokio::spawn(serve::stop_on_signal(stop.clone()));
    let made = tokio::select! {
        made = backup::backup(app, file) => made?,
        () = stop.cancelled() => anyhow::bail!("it was told to stop; no backup was made"),
    };
    println!("{}: {} rows and {} files.", file.display(), made.rows(), made.files());
    Ok(ExitCode::SUCCESS)
}

async fn products(app: &App, command: ProductsCommand) -> anyhow::Result<()> {
    let lines = match command {
        ProductsCommand::Init => terminal::init(app).await?,
        ProductsCommand::List => terminal::list(app).await?,
        ProductsCommand::Create { name, amount, monthly } => {
            vec![terminal::create(app, &name, &amount, monthly).await?]
        }
        ProductsCommand::Archive { name } => vec![terminal::archive(app, &name).await?],
        ProductsCommand::ResetTest => vec![terminal::reset_test(app).await?],
    };
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn differing(differences: &[String]) -> ExitCode {
    for difference in differences {
        println!("{difference}");
    }
    println!("{} differences between the journal and the tables.", differences.len());
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
