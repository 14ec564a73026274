//! Reads whose answers are needed together. On SQLite each statement is a way to another thread and back, which costs
//! more than a small read itself: these go in one. PostgreSQL is asked one by one, in their order.
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor};

use super::later::numbered_on;
use super::statements::Rows;
use super::{Db, On, Record, Result, Tx, Value};

/// Questions to one transaction, or to the database itself.
#[derive(Default)]
#[must_use = "nothing is asked but by `of`"]
pub struct Questions {
    text: String,
    arguments: SqliteArguments,
    /// Where the arguments of the last question begin.
    before: usize,
    on_postgres: Vec<(&'static str, PgArguments)>,
}

impl Questions {
    /// One more; its arguments count from `$1`.
    pub fn reads(self, text: &'static str) -> Self {
        self.picks(text, text)
    }

    /// The same, for the few whose text differs between the engines.
    pub fn picks(mut self, sqlite: &'static str, postgres: &'static str) -> Self {
        self.before = self.arguments.len();
        numbered_on(&mut self.text, sqlite, self.before);
        self.on_postgres.push((postgres, PgArguments::default()));
        self
    }

    /// The next argument of the last question.
    pub fn bind<'q>(mut self, value: impl Value<'q>) -> Self {
        self.arguments.add(value.clone()).expect("a value SQLite can encode");
        if let Some((_, arguments)) = self.on_postgres.last_mut() {
            arguments.add(value).expect("a value PostgreSQL can encode");
        }
        self
    }

    /// Asks, and waits for all answers.
    pub fn of<'a>(self, on: impl Into<On<'a>>) -> BoxFuture<'a, Result<Answers>> {
        let (Self { text, arguments, on_postgres, .. }, on) = (self, on.into());
        Box::pin(async move {
            let answers = match on {
                On::Db(Db::Sqlite { readers, .. }) => at_once(&mut *readers.acquire().await?, text, arguments).await?,
                On::Db(Db::Postgres(pool, _)) => one_by_one(&mut *pool.acquire().await?, on_postgres).await?,
                On::Tx(Tx::Snapshot(tx, _)) => at_once(tx, text, arguments).await?,
                On::Tx(Tx::Member(member, _)) => member.run(async |conn| at_once(conn, text, arguments).await).await?,
                On::Tx(Tx::Postgres(tx, _)) => one_by_one(tx, on_postgres).await?,
            };
            Ok(Answers(answers.into_iter()))
        })
    }
}

async fn one_by_one(conn: &mut PgConnection, questions: Vec<(&'static str, PgArguments)>) -> Result<Vec<Rows>> {
    let mut answers = Vec::with_capacity(questions.len());
    for (text, arguments) in questions {
        answers.push(Rows::Postgres(sqlx::query_with(text, arguments).fetch_all(&mut *conn).await?));
    }
    Ok(answers)
}

/// The text is put together of ours, of which there are only so many, so its plan is kept.
async fn at_once(conn: &mut SqliteConnection, text: String, arguments: SqliteArguments) -> Result<Vec<Rows>> {
    let (mut answers, mut rows) = (Vec::new(), Vec::new());
    let mut answered = conn.fetch_many(sqlx::query_with(AssertSqlSafe(text), arguments));
    while let Some(next) = answered.try_next().await? {
        match next {
            Either::Right(row) => rows.push(row),
            Either::Left(_) => answers.push(Rows::Sqlite(std::mem::take(&mut rows))),
        }
    }
    Ok(answers)
}

/// What was answered, to be taken in the order of the questions.
pub struct Answers(std::vec::IntoIter<Rows>);

impl Answers {
    /// All rows of the next answer.
    pub fn all<T: Record>(&mut self) -> Result<Vec<T>> {
        self.0.next().map_or_else(|| Ok(Vec::new()), |rows| rows.records())
    }

    /// The first row of the next answer.
    pub fn optional<T: Record>(&mut self) -> Result<Option<T>> {
        Ok(self.all()?.into_iter().next())
    }
}
