//! The commands of the one binary.
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use marquee::app::App;
use marquee::config::{Config, Source, Wrong};
use marquee::{admin, jobs, migrations, orders, routes, seed, serve};
use tokio_util::sync::CancellationToken;

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
enum JournalCommand {
    /// Replay the journal and compare it with the tables. Exit code 1 when they differ.
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
    serve::log(&config);
    // The one TLS backend of everything that speaks TLS.
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
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

async fn run(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    let app = App::open(config).await?;
    if let Command::Migrate { status: true } = command {
        for (name, applied) in migrations::status(&app.db).await? {
            println!("{} {name}", if applied { "applied" } else { "waiting" });
        }
        return Ok(ExitCode::SUCCESS);
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
        Command::Journal { command: JournalCommand::Verify } => {
            let differences = orders::verify::run(&app.db).await?;
            for difference in &differences {
                println!("{difference}");
            }
            println!("{} differences between the journal and the tables.", differences.len());
            return Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}
