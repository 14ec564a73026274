//! One database handle for two engines. Every statement is written once, with `$1` placeholders,
//! in the subset of SQL that SQLite and PostgreSQL share.
mod alike;
mod among;
mod later;
mod watch;
mod writer;

use std::collections::BTreeSet;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgArguments, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{
    Arguments, ConnectOptions, Decode, Encode, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction, Type,
};

use crate::config::Limits;

pub use alike::{Alike, folded, searching};
pub use among::among;
pub use later::later;
pub use sqlx::Error as DbError;
pub use watch::Version;
pub use writer::Refused;
pub type Result<T> = std::result::Result<T, DbError>;

/// How long another process may hold the database: less than a request queues, so that this error is the one seen.
const BUSY: Duration = Duration::from_secs(4);

/// Connections of one process to PostgreSQL: enough to keep it busy, few enough that several nodes fit its limit of 100.
const POSTGRES_CONNECTIONS: u32 = 20;

/// How often a decision is made afresh when the database says that it collided with another.
pub const TRIES: u32 = 5;

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
            let pool =
                PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(Duration::from_secs(5));
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
        let writer = writer::Writer::open(options.clone()).await?;
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
    pub async fn read(&self) -> Result<Tx> {
        let limits = Arc::clone(&self.beside().limits);
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Snapshot(readers.begin().await?, limits),
            Self::Postgres(pool, _) => {
                Tx::Postgres(begin_postgres(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?, limits)
            }
        })
    }

    /// A transaction that may write. Nothing is kept unless `commit` says so; await nothing but
    /// the database while it is open.
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = Result<Tx>> + Send {
        self.begin(Location::caller(), false)
    }

    /// The same for work that takes long (imports, clean-ups): it keeps out of the way of short ones.
    #[track_caller]
    pub fn write_long(&self) -> impl Future<Output = Result<Tx>> + Send {
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
            Self::Sqlite { .. } => self.write().await?.commit().await,
            Self::Postgres(..) => Ok(()),
        }
    }

    /// For the few statements whose text differs between the engines.
    pub fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if let Self::Postgres(..) = self { postgres } else { sqlite }
    }

    async fn begin(&self, from: &'static Location<'static>, long: bool) -> Result<Tx> {
        let limits = Arc::clone(&self.beside().limits);
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Member(writer.begin(from, long).await?, limits),
            Self::Postgres(pool, _) => Tx::Postgres(begin_postgres(pool, "BEGIN").await?, limits),
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
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Snapshot(tx, _) => tx.commit().await,
            Self::Member(member, _) => member.commit().await,
            Self::Postgres(tx, _) => tx.commit().await,
        }
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

/// A value both engines can store.
pub trait Value<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Clone {}
impl<'q, T> Value<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Clone {}

/// A struct both engines can fill: any `#[derive(sqlx::FromRow)]` whose fields both can read.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

pub trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}
impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}

pub struct Sql {
    text: &'static str,
    /// The same, but for the few whose text differs.
    on_postgres: &'static str,
    sqlite: SqliteArguments,
    postgres: PgArguments,
    /// Whether the plan is kept for the next time.
    kept: bool,
}

pub fn sql(text: &'static str) -> Sql {
    Sql { text, on_postgres: text, sqlite: Default::default(), postgres: Default::default(), kept: true }
}

/// A statement put together of texts that are all ours, of which there are only so many: each is kept for ever.
pub fn composed(text: String) -> Sql {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = kept.get(text.as_str()).copied();
    sql(known.unwrap_or_else(|| {
        let text: &'static str = text.leak();
        kept.insert(text);
        text
    }))
}

/// Runs one statement on whichever engine and transaction it is for.
macro_rules! run {
    ($sql:ident, $on:expr, $query:ident, $fetch:ident) => {
        match $on {
            On::Db(Db::Sqlite { readers, .. }) => {
                sqlx::$query($sql.text, $sql.sqlite).persistent($sql.kept).$fetch(readers).await
            }
            On::Db(Db::Postgres(pool, _)) => {
                sqlx::$query($sql.on_postgres, $sql.postgres).persistent($sql.kept).$fetch(pool).await
            }
            On::Tx(Tx::Snapshot(tx, _)) => {
                sqlx::$query($sql.text, $sql.sqlite).persistent($sql.kept).$fetch(&mut **tx).await
            }
            On::Tx(Tx::Member(tx, _)) => {
                tx.run(async |conn| sqlx::$query($sql.text, $sql.sqlite).persistent($sql.kept).$fetch(conn).await).await
            }
            On::Tx(Tx::Postgres(tx, _)) => {
                sqlx::$query($sql.on_postgres, $sql.postgres).persistent($sql.kept).$fetch(&mut **tx).await
            }
        }
    };
}

impl Sql {
    /// Planned for the very values that are bound, each time: where they decide which way is the short one.
    pub fn afresh(self) -> Self {
        Self { kept: false, ..self }
    }
    pub fn bind<'q>(mut self, value: impl Value<'q>) -> Self {
        self.sqlite.add(value.clone()).expect("a value SQLite can encode");
        self.postgres.add(value).expect("a value PostgreSQL can encode");
        self
    }
    pub async fn execute(self, tx: &mut Tx) -> Result<u64> {
        Ok(match tx {
            Tx::Snapshot(tx, _) => sqlx::query_with(self.text, self.sqlite).execute(&mut **tx).await?.rows_affected(),
            Tx::Member(tx, _) => {
                tx.run(async |conn| sqlx::query_with(self.text, self.sqlite).execute(conn).await).await?.rows_affected()
            }
            Tx::Postgres(tx, _) => {
                sqlx::query_with(self.on_postgres, self.postgres).execute(&mut **tx).await?.rows_affected()
            }
        })
    }
    pub async fn all<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Vec<T>> {
        run!(self, on.into(), query_as_with, fetch_all)
    }
    pub async fn optional<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Option<T>> {
        run!(self, on.into(), query_as_with, fetch_optional)
    }
    pub async fn one<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<T> {
        self.optional(on).await?.ok_or(DbError::RowNotFound)
    }
    pub async fn scalar<'a, T: Column>(self, on: impl Into<On<'a>>) -> Result<T>
    where
        (T,): Record,
    {
        Ok(self.one::<(T,)>(on).await?.0)
    }
}

/// Whether an error only says that two transactions met: the same again may go well.
pub trait Collision {
    fn is_collision(&self) -> bool;
}
impl Collision for DbError {
    fn is_collision(&self) -> bool {
        match self {
            // PostgreSQL's serialization_failure and deadlock_detected.
            Self::Database(error) => error.code().is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01")),
            Self::Io(error) => {
                matches!(error.get_ref().and_then(|inner| inner.downcast_ref()), Some(Refused::Overtaken))
            }
            _ => false,
        }
    }
}
impl Collision for anyhow::Error {
    fn is_collision(&self) -> bool {
        self.downcast_ref::<DbError>().is_some_and(Collision::is_collision)
    }
}
impl Collision for crate::error::Error {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Internal(error) if error.is_collision())
    }
}

/// Whether the database had no time for a request: asked again in a moment, it may have.
pub fn is_busy(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<DbError>() {
        Some(DbError::PoolTimedOut) => true,
        // SQLITE_BUSY: another process kept the file longer than we wait.
        Some(DbError::Database(error)) => error.code().is_some_and(|code| code == "5"),
        Some(DbError::Io(error)) => matches!(
            error.get_ref().and_then(|inner| inner.downcast_ref()),
            Some(Refused::Waited { .. } | Refused::Overtaken)
        ),
        _ => false,
    }
}

/// Makes a decision in a transaction of its own and keeps it if it is `Ok`:
/// `decide!(app.db, tx, orders::take(tx, &wish, now).await)`.
///
/// On a collision with another (PostgreSQL: serialization failure or deadlock; SQLite: set aside for keeping
/// others waiting) it is made afresh, so it has no effect outside its transaction. `decide!(long app.db, …)` is for
/// what takes long. A macro, since an async
/// closure's future cannot be promised to be `Send`.
#[macro_export]
macro_rules! decide {
    (long $db:expr, $tx:ident, $decision:expr) => {
        $crate::decide!(@ write_long, $db, $tx, $decision)
    };
    ($db:expr, $tx:ident, $decision:expr) => {
        $crate::decide!(@ write, $db, $tx, $decision)
    };
    (@ $write:ident, $db:expr, $tx:ident, $decision:expr) => {{
        let mut tried = 0;
        loop {
            let attempt = async {
                let mut transaction = $db.$write().await?;
                let $tx = &mut transaction;
                let outcome = async { $decision }.await;
                match outcome {
                    Ok(_) => transaction.commit().await?,
                    Err(_) => {
                        drop(transaction);
                        $db.settled().await.ok();
                    }
                }
                outcome
            };
            let outcome = attempt.await;
            tried += 1;
            match outcome {
                Err(error) if tried < $crate::db::TRIES && $crate::db::Collision::is_collision(&error) => {}
                outcome => break outcome,
            }
        }
    }};
}
