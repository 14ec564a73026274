//! A statement with its values, for whichever engine it runs on.
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

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

/// Runs one statement on whichever engine and transaction it is for.
macro_rules! run {
    ($sql:ident, $on:expr, $query:ident, $fetch:ident) => {{
        begins($sql.text);
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
    pub async fn execute(self, tx: &mut Tx) -> Result<u64> {
        begins(self.text);
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
