//! A site of its own for each test: its own database, a clock that can be moved, mails in memory.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use jiff::SignedDuration;
use marquee::app::App;
use marquee::clock::{Clock, Instant};
use marquee::config::{Config, Source};
use marquee::db::{Db, sql};
use marquee::files::Files;
use marquee::forms::Email;
use marquee::mail::{Mailer, Memory, Message};
use marquee::members::{self, Member};
use marquee::signin::passwords::Passwords;
use marquee::{jobs, migrations, routes};
use tokio::sync::OnceCell;

use crate::browser::Browser;
use crate::events::EventBuilder;

/// The password of every member that [`Site::member`] makes.
pub const PASSWORD: &str = "Correct horse 7 battery";

/// The settings of a public site, which is no development site.
pub const PUBLIC: [(&str, &str); 4] = [
    ("MARQUEE_ENV", "production"),
    ("BASE_URL", "https://events.example.org"),
    ("SMTP_HOST", "localhost"),
    ("SMTP_FROM_ADDRESS", "events@example.org"),
];

/// A Wednesday's noon in Zurich, far from midnight, the year's end and the days on which clocks change.
const NOON: &str = "2026-11-18T11:00:00Z";

/// The clock of every site: the same for all runs, or at TEST_NOW (as above) to see what another day brings.
fn clock() -> Clock {
    let now = std::env::var_os("TEST_NOW").map_or_else(|| NOON.into(), |now| now.to_string_lossy().into_owned());
    Clock::standing_at(now.parse::<jiff::Timestamp>().expect("TEST_NOW is an instant").into())
}

pub struct Site {
    pub app: App,
    pub router: Router,
    pub mails: Arc<Memory>,
    _folder: tempfile::TempDir,
    /// Dropped with the site when it is a PostgreSQL database.
    database: Option<String>,
}

impl Site {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings over those of a development site.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = fresh_database(folder.path().join("site.db")).await;
        Self::on(folder, database, settings).await
    }

    /// On a database without any tables, of the engine that is tested or of SQLite.
    pub async fn empty(sqlite: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = match std::env::var_os("TEST_DATABASE_URL").filter(|_| !sqlite) {
            None => (format!("sqlite:{}", folder.path().join("site.db").display()), None),
            Some(server) => {
                let server = server.into_string().expect("UTF-8");
                let name = format!("marquee_test_{}", uuid::Uuid::now_v7().simple());
                on_server(&server, &format!("CREATE DATABASE {name}")).await;
                (at(&server, &name), Some(name))
            }
        };
        Self::on(folder, database, &[]).await
    }

    async fn on(
        folder: tempfile::TempDir,
        (url, database): (String, Option<String>),
        settings: &[(&str, &str)],
    ) -> Self {
        let data = folder.path().display().to_string();
        let mut all = vec![
            ("DATABASE_URL", url.as_str()),
            ("MARQUEE_DATA_DIR", data.as_str()),
            ("MARQUEE_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ];
        all.extend_from_slice(settings);
        let config = Config::read(&Source::of(&all)).expect("settings");
        let db = Db::connect(&config.database_url).await.expect("a database");
        let mails = Arc::new(Memory::default());
        let files = Files::open(&config).expect("a place for files");
        let app = App::with(config, db, clock(), Mailer::Memory(Arc::clone(&mails)), files, Passwords::cheap())
            .expect("an app");
        Self { router: routes::router(app.clone()), app, mails, _folder: folder, database }
    }

    /// A second process on the same database.
    pub async fn second(&self) -> App {
        let config = (*self.app.config).clone();
        let db = Db::connect(&config.database_url).await.expect("a database");
        let mailer = Mailer::Memory(Arc::clone(&self.mails));
        App::with(config, db, self.app.clock.clone(), mailer, self.app.files.clone(), Passwords::cheap())
            .expect("an app")
    }

    pub fn now(&self) -> Instant {
        self.app.clock.now()
    }

    /// Moves the clock and lets the schedule and all jobs that are due then run.
    pub async fn later(&self, by: SignedDuration) {
        falls_due(&self.app, by).await;
        self.work().await;
    }

    /// Runs all jobs that are due.
    pub async fn work(&self) {
        while jobs::run_next(&self.app).await.expect("a job") {}
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A member with a verified address NAME@example.org.
    pub async fn account(&self, name: &str) -> Member {
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let email = Email { address: email.clone(), key: email };
        let member = Member {
            email_verified_at: Some(self.now()),
            password: Some(self.app.passwords.hash(PASSWORD).await.expect("a hash")),
            ..Member::new(name.to_owned(), email, self.now())
        };
        let mut tx = self.app.db.write().await.expect("a transaction");
        members::store::insert(&mut tx, &member).await.expect("a member");
        tx.commit().await.expect("a commit");
        member
    }

    /// The account NAME@example.org as it stands now.
    pub async fn account_named(&self, name: &str) -> Member {
        let found = members::store::by_email_key(&self.app.db, &format!("{name}@example.org")).await;
        found.expect("a look-up").unwrap_or_else(|| panic!("no account of {name}"))
    }

    /// A browser in which that member has signed in; the account is made if there is none.
    pub async fn member(&self, name: &str) -> Browser {
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        if members::store::by_email_key(&self.app.db, &email).await.expect("a look-up").is_none() {
            self.account(name).await;
        }
        let mut browser = self.browser();
        browser.visit("/sign-in").await.fill("email", &email).fill("password", PASSWORD).press("Sign in").await;
        assert_eq!(browser.status, 200, "{name} signs in: {}", browser.text());
        browser
    }

    /// The same as an admin.
    pub async fn admin(&self, name: &str) -> Browser {
        let member = self.account(name).await;
        let mut tx = self.app.db.write().await.expect("a transaction");
        members::store::set_admin(&mut tx, member.id, true).await.expect("an admin");
        tx.commit().await.expect("a commit");
        self.member(name).await
    }

    /// A published event, a week from now, with one free ticket type; hosted by `host@example.org`.
    pub fn event(&self, title: &str) -> EventBuilder<'_> {
        EventBuilder::new(self, title)
    }

    /// Mails to an address, the latest last; all due jobs are run first.
    pub async fn mails_to(&self, email: &str) -> Vec<Message> {
        self.work().await;
        self.mails
            .sent
            .lock()
            .expect("mails")
            .iter()
            .filter(|mail| mail.to.eq_ignore_ascii_case(email))
            .cloned()
            .collect()
    }

    /// The latest mail to an address.
    pub async fn mail_to(&self, email: &str) -> Message {
        self.mails_to(email).await.pop().unwrap_or_else(|| panic!("no mail to {email}"))
    }

    pub fn mail_server_down(&self, down: bool) {
        self.mails.down.store(down, Ordering::Relaxed);
    }

    /// What the journal and the tables disagree on: nothing.
    pub async fn verifies(&self) {
        let differences = marquee::orders::verify::run(&self.app.db).await.expect("verify");
        assert!(differences.is_empty(), "{differences:#?}");
    }

    /// What a statement changes past the journal is found; mended by the other, nothing differs any more.
    pub async fn finds(&self, spoil: &'static str, mend: &'static str) {
        for (text, wrong) in [(spoil, true), (mend, false)] {
            let mut tx = self.app.db.write().await.expect("a transaction");
            sql(text).execute(&mut tx).await.expect("a statement");
            tx.commit().await.expect("a commit");
            let differences = marquee::orders::verify::run(&self.app.db).await.expect("verify");
            assert_eq!(differences.is_empty(), !wrong, "{text}: {differences:#?}");
        }
    }
}

/// Moves the clock and lets the schedule of a process run; what is due then waits.
pub async fn falls_due(app: &App, by: SignedDuration) {
    app.clock.advance(by);
    jobs::schedule(app).await.expect("the schedule");
}

/// A process runs so many jobs, if as many are due.
pub async fn work_some(app: &App, most: usize) {
    for _ in 0..most {
        jobs::run_next(app).await.expect("a job");
    }
}

/// The path of the first link of ours in a mail's text that contains `part`.
pub fn link(mail: &Message, part: &str) -> String {
    let url =
        mail.text.split_whitespace().find(|word| word.starts_with("http://localhost:8080") && word.contains(part));
    url.unwrap_or_else(|| panic!("no link with {part:?} in {}", mail.text))
        .trim_start_matches("http://localhost:8080")
        .to_owned()
}

/// SQLite: a copy of a file that was migrated once. PostgreSQL (TEST_DATABASE_URL): a database made from a migrated one.
async fn fresh_database(file: PathBuf) -> (String, Option<String>) {
    match std::env::var_os("TEST_DATABASE_URL").map(|url| url.into_string().expect("UTF-8")) {
        None => {
            static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
            let bytes = TEMPLATE.get_or_init(migrated_sqlite).await;
            std::fs::write(&file, bytes).expect("a database file");
            (format!("sqlite:{}", file.display()), None)
        }
        Some(server) => {
            static TEMPLATE: OnceCell<String> = OnceCell::const_new();
            let template = TEMPLATE.get_or_init(|| migrated_postgres(&server)).await;
            let name = format!("marquee_test_{}", uuid::Uuid::now_v7().simple());
            on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            (at(&server, &name), Some(name))
        }
    }
}

async fn migrated_sqlite() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("template.db");
    let db = Db::connect(&format!("sqlite:{}", file.display())).await.expect("a database");
    migrations::run(&db).await.expect("migrations");
    // Into the file itself, out of the log beside it.
    let mut conn = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    conn = conn.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let mut conn = sqlx::ConnectOptions::connect(&conn).await.expect("a connection");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await.expect("a checkpoint");
    std::fs::read(&file).expect("the file")
}

async fn migrated_postgres(server: &str) -> String {
    let name = format!("marquee_template_{}", uuid::Uuid::now_v7().simple());
    on_server(server, &format!("CREATE DATABASE {name}")).await;
    let db = Db::connect(&at(server, &name)).await.expect("a database");
    migrations::run(&db).await.expect("migrations");
    let Db::Postgres(pool, _) = db else { panic!("TEST_DATABASE_URL names no PostgreSQL server") };
    pool.close().await;
    name
}

fn at(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{name}")
}

/// One statement outside of any of our databases; creating one waits its turn.
async fn on_server(server: &str, statement: &str) {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = TURN.lock().await;
    let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(server).await.expect("the PostgreSQL server");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await.expect("a statement on the server");
}

impl Drop for Site {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (self.database.take(), std::env::var_os("TEST_DATABASE_URL")) {
            // Its connections may still be open, so this is forced; on a thread of its own, since dropping cannot wait.
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let server = server.into_string().expect("UTF-8");
            let done = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(on_server(&server, &statement));
            });
            done.join().ok();
        }
    }
}
