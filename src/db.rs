//! One database handle for two engines. Every statement is written once, with `$1` placeholders,
//! in the subset of SQL that SQLite and PostgreSQL share.
//!
//! What waits for an engine waits in a box: the code of sqlx is then compiled once, and not into every caller.
mod alike;
mod among;
#[macro_use]
mod deciding;
mod later;
mod statements;
mod together;
mod watch;
mod writer;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::begun;
use crate::config::Limits;

pub use alike::{Alike, folded, searching};
pub use among::among;
pub use deciding::{Collision, TRIES, is_busy};
pub use later::later;
pub use sqlx::Error as DbError;
pub use statements::{Column, Record, Sql, Value, composed, sql};
pub use together::{Answers, Questions};
pub use watch::Version;
pub use writer::Refused;
pub type Result<T> = std::result::Result<T, DbError>;

/// How long another process may hold the database: less than a request queues, so that this error is the one seen.
const BUSY: Duration = Duration::from_secs(4);

/// What the one that writes keeps of the file in memory, in KiB: an order touches some fifty trees. What each could take
/// back is in memory too (`temp_store`): SQLite would write it into a file, a page at a time.
const WRITERS_CACHE: &str = "-8192";

/// Connections of one process to PostgreSQL: enough to keep it busy, few enough that several nodes fit its limit of 100.
const POSTGRES_CONNECTIONS: u32 = 20;

/// How long a request waits for one of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the file of a new database so that its owner alone reads it; SQLite gives what lies beside it the same mode. A
/// file that exists stays as it is, and where none can be made SQLite says why.
fn for_its_owner(file: &Path) {
    if !file.as_os_str().as_encoded_bytes().starts_with(b"file:") {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).ok();
    }
}

/// Where PostgreSQL should answer, without who asks and their password; none for SQLite.
pub fn server(url: &str) -> Option<String> {
    let options = url.parse::<PgConnectOptions>().ok().filter(|_| !url.starts_with("sqlite:"))?;
    let socket = options.get_socket().map(|folder| folder.display().to_string());
    Some(socket.unwrap_or_else(|| format!("{}:{}", options.get_host(), options.get_port())))
}

#[derive(Clone)]
pub enum Db {
    /// SQLite allows one writer at a time: requests queue for it and share its commits.
    Sqlite {
        readers: SqlitePool,
        writer: writer::Writer,
        beside: Beside,
    },
    Postgres(PgPool, Beside),
}

/// What either engine has beside it.
#[derive(Clone)]
pub struct Beside {
    watch: watch::Watch,
    /// Counting is a part of transactions, so they know how far to count.
    limits: Arc<Limits>,
}

impl Beside {
    fn new(watch: watch::Watch) -> Self {
        Self { watch, limits: Arc::default() }
    }
}

pub enum Tx {
    Snapshot(Transaction<'static, Sqlite>, Arc<Limits>),
    Member(writer::Member, Arc<Limits>),
    Postgres(Transaction<'static, Postgres>, Arc<Limits>),
}

impl Db {
    pub async fn connect(url: &str) -> Result<Self> {
        if !url.starts_with("sqlite:") {
            let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(PATIENCE);
            let pool = pool.connect(url).await?;
            return Ok(Self::Postgres(pool.clone(), Beside::new(watch::Watch::postgres(pool))));
        }
        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        for_its_owner(options.get_filename());
        let writer = options.clone().pragma("cache_size", WRITERS_CACHE).pragma("temp_store", "MEMORY");
        let writer = writer::Writer::open(writer).await?;
        let options = options.read_only(true);
        let beside = Beside::new(watch::Watch::sqlite(options.clone()));
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .test_before_acquire(false) // a ping is a round trip, and a file does not hang up
            .connect_lazy_with(options);
        Ok(Self::Sqlite { readers, writer, beside })
    }

    /// Counts as far as these settings say.
    pub fn limited(mut self, limits: Arc<Limits>) -> Self {
        let (Self::Sqlite { beside, .. } | Self::Postgres(_, beside)) = &mut self;
        beside.limits = limits;
        self
    }

    fn beside(&self) -> &Beside {
        let (Self::Sqlite { beside, .. } | Self::Postgres(_, beside)) = self;
        beside
    }

    /// On a connection of its own: migrations open transactions themselves.
    pub async fn migrate(&self, migrator: &Migrator) -> std::result::Result<(), MigrateError> {
        match self {
            Self::Sqlite { readers, .. } => {
                let options = readers.connect_options().as_ref().clone().read_only(false);
                migrator.run(&mut options.connect().await?).await
            }
            Self::Postgres(pool, _) => migrator.run(pool).await,
        }
    }

    /// A snapshot, for reads that must agree with each other. Others go to `&db` itself.
    pub fn read(&self) -> BoxFuture<'_, Result<Tx>> {
        Box::pin(async move {
            let limits = Arc::clone(&self.beside().limits);
            Ok(match self {
                Self::Sqlite { readers, .. } => Tx::Snapshot(readers.begin().await?, limits),
                Self::Postgres(pool, _) => {
                    Tx::Postgres(begin_postgres(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?, limits)
                }
            })
        })
    }

    /// A transaction that may write. Nothing is kept unless `commit` says so; await nothing but
    /// the database while it is open.
    #[track_caller]
    pub fn write(&self) -> BoxFuture<'_, Result<Tx>> {
        self.begin(Location::caller(), false)
    }

    /// The same for work that takes long (imports, clean-ups): it keeps out of the way of short ones.
    #[track_caller]
    pub fn write_long(&self) -> BoxFuture<'_, Result<Tx>> {
        self.begin(Location::caller(), true)
    }

    /// What it holds now, named: what was read after this was asked is unchanged while the answer stays the same.
    pub async fn version(&self) -> Result<Version> {
        self.beside().watch.version().await
    }

    /// The database's own clock, in microseconds since 1970.
    pub async fn now(&self) -> Result<i64> {
        let text = self.pick(
            "SELECT CAST(unixepoch('subsec') * 1000000 AS BIGINT)",
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        );
        sql(text).scalar(self).await
    }

    /// "ok", unless SQLite finds its file damaged. PostgreSQL looks after its own.
    pub async fn health(&self) -> Result<String> {
        sql(self.pick("PRAGMA quick_check(1)", "SELECT 'ok'")).scalar(self).await
    }

    /// Waits until what was decided before stands. A refused transaction may have seen those whose commit it would
    /// have shared: who is told "no" because of them must find them when they look.
    pub async fn settled(&self) -> Result<()> {
        match self {
            // Not a commit of anything, so that it is not noted as one.
            Self::Sqlite { writer, .. } => writer.begin(Location::caller(), false).await?.commit().await,
            Self::Postgres(..) => Ok(()),
        }
    }

    /// For the few statements whose text differs between the engines.
    pub fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if let Self::Postgres(..) = self { postgres } else { sqlite }
    }

    fn begin(&self, from: &'static Location<'static>, long: bool) -> BoxFuture<'_, Result<Tx>> {
        Box::pin(async move {
            statements::begins("BEGIN");
            let limits = Arc::clone(&self.beside().limits);
            Ok(match self {
                Self::Sqlite { writer, .. } => Tx::Member(writer.begin(from, long).await?, limits),
                Self::Postgres(pool, _) => Tx::Postgres(begin_postgres(pool, "BEGIN").await?, limits),
            })
        })
    }
}

/// In a task of its own: sqlx ends a transaction that is dropped only once BEGIN was answered. A request that was
/// hung up on before would leave its connection in one, for the next request to read old rows and write nothing.
async fn begin_postgres(pool: &PgPool, begin: &'static str) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(begin).await });
    begun.await.map_err(|_| DbError::WorkerCrashed)?
}

impl Tx {
    pub fn commit(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            statements::begins("COMMIT");
            let outcome = match self {
                // It had nothing to keep.
                Self::Snapshot(tx, _) => return tx.commit().await,
                Self::Member(member, _) => member.commit().await,
                Self::Postgres(tx, _) => tx.commit().await,
            };
            // After a collision nothing was kept; after whatever else goes wrong that is not certain.
            if !outcome.as_ref().is_err_and(Collision::is_collision) {
                begun::note();
            }
            outcome
        })
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(..))
    }

    /// For the few statements whose text differs between the engines.
    pub fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if let Self::Postgres(..) = self { postgres } else { sqlite }
    }
}

impl Tx {
    /// How far it counts.
    pub fn limits(&self) -> &Limits {
        let (Self::Snapshot(_, limits) | Self::Member(_, limits) | Self::Postgres(_, limits)) = self;
        limits
    }
}

/// Where a statement runs: within a transaction, or (reads only) on the database itself.
pub enum On<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}
impl On<'_> {
    /// How far what runs there counts.
    pub fn limits(&self) -> &Limits {
        match self {
            Self::Db(db) => &db.beside().limits,
            Self::Tx(tx) => tx.limits(),
        }
    }
}
impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}
impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}
