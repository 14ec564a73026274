//! A statement with its values, for whichever engine it runs on.
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Decode, Encode, FromRow, Postgres, Sqlite, Type};

use super::{Db, DbError, On, Result, Tx};

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
    pub(super) text: &'static str,
    /// The same, but for the few whose text differs.
    pub(super) on_postgres: &'static str,
    pub(super) sqlite: SqliteArguments,
    pub(super) postgres: PgArguments,
    /// Whether the plan is kept for the next time.
    pub(super) kept: bool,
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

/// Says in the log's finest that a statement is about to be sent. Whoever listens stands between any two of them:
/// tests stop a deed there, at the same one each time.
pub(super) fn begins(text: &'static str) {
    tracing::trace!(target: "marquee::statement", text);
}

/// The first row of an answer, or all of them, as the engine has them.
macro_rules! rows {
    ($query:expr, $conn:expr, $first:expr) => {{
        let query = $query;
        match $first {
            true => query.fetch_optional($conn).await?.into_iter().collect(),
            false => query.fetch_all($conn).await?,
        }
    }};
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
    /// Runs it; how many rows it wrote.
    pub fn execute(self, tx: &mut Tx) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            begins(self.text);
            Ok(match tx {
                Tx::Snapshot(tx, _) => {
                    sqlx::query_with(self.text, self.sqlite).execute(&mut **tx).await?.rows_affected()
                }
                Tx::Member(tx, _) => tx
                    .run(async |conn| sqlx::query_with(self.text, self.sqlite).execute(conn).await)
                    .await?
                    .rows_affected(),
                Tx::Postgres(tx, _) => {
                    sqlx::query_with(self.on_postgres, self.postgres).execute(&mut **tx).await?.rows_affected()
                }
            })
        })
    }
    pub async fn all<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Vec<T>> {
        self.rows(on.into(), false).await?.records()
    }
    pub async fn optional<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Option<T>> {
        Ok(self.rows(on.into(), true).await?.records()?.pop())
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

    /// Asks on whichever engine and transaction it is for. In a box, since what sqlx does for it would otherwise be
    /// compiled into each of the hundreds of places that ask, and be half of the program.
    fn rows(self, on: On<'_>, first: bool) -> BoxFuture<'_, Result<Rows>> {
        let Self { text, on_postgres, sqlite, postgres, kept } = self;
        Box::pin(async move {
            begins(text);
            let sqlite = sqlx::query_with(text, sqlite).persistent(kept);
            let postgres = sqlx::query_with(on_postgres, postgres).persistent(kept);
            Ok(match on {
                On::Db(Db::Sqlite { readers, .. }) => Rows::Sqlite(rows!(sqlite, readers, first)),
                On::Db(Db::Postgres(pool, _)) => Rows::Postgres(rows!(postgres, pool, first)),
                On::Tx(Tx::Snapshot(tx, _)) => Rows::Sqlite(rows!(sqlite, &mut **tx, first)),
                On::Tx(Tx::Member(tx, _)) => Rows::Sqlite(tx.run(async |conn| Ok(rows!(sqlite, conn, first))).await?),
                On::Tx(Tx::Postgres(tx, _)) => Rows::Postgres(rows!(postgres, &mut **tx, first)),
            })
        })
    }
}

/// What was answered, as the engine has it.
pub(super) enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    pub(super) fn records<T: Record>(&self) -> Result<Vec<T>> {
        match self {
            Self::Sqlite(rows) => rows.iter().map(|row| T::from_row(row)).collect(),
            Self::Postgres(rows) => rows.iter().map(|row| T::from_row(row)).collect(),
        }
    }
}
