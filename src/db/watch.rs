//! Whether anything was committed: by this process, by another one, by another node.
//!
//! Asked for every page that is kept in memory, so those who ask at the same time share one question.
use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{DbError, Result};

/// What the database holds, named: two that are equal see exactly the same commits.
pub type Version = Arc<str>;

type Answer = oneshot::Sender<Result<Version>>;

#[derive(Clone)]
pub struct Watch(mpsc::UnboundedSender<Answer>);

enum Source {
    /// `PRAGMA data_version` counts what other connections commit, so it keeps one of its own; `opened` tells apart
    /// two of them, as each begins to count anew.
    Sqlite { options: Box<SqliteConnectOptions>, conn: Option<SqliteConnection>, opened: u64 },
    /// Which transactions a statement sees is what a snapshot says, to the last one.
    Postgres(sqlx::PgPool),
}

impl Watch {
    pub fn sqlite(options: SqliteConnectOptions) -> Self {
        Self::start(Source::Sqlite { options: Box::new(options), conn: None, opened: 0 })
    }
    pub fn postgres(pool: sqlx::PgPool) -> Self {
        Self::start(Source::Postgres(pool))
    }

    /// Starts the task; it ends when the last clone is dropped.
    fn start(mut source: Source) -> Self {
        let (queue, mut asked) = mpsc::unbounded_channel::<Answer>();
        tokio::spawn(async move {
            while let Some(first) = asked.recv().await {
                // Whoever asked before the database is asked is told what it says then.
                let mut waiting = vec![first];
                while let Ok(next) = asked.try_recv() {
                    waiting.push(next);
                }
                let answer = source.read().await.map_err(|error| error.to_string());
                for one in waiting {
                    one.send(answer.clone().map_err(|why| DbError::Io(std::io::Error::other(why)))).ok();
                }
            }
        });
        Self(queue)
    }

    /// What the database holds now.
    pub async fn version(&self) -> Result<Version> {
        let (answer, answered) = oneshot::channel();
        self.0.send(answer).map_err(|_| DbError::WorkerCrashed)?;
        answered.await.map_err(|_| DbError::WorkerCrashed)?
    }
}

impl Source {
    async fn read(&mut self) -> Result<Version> {
        match self {
            Self::Sqlite { options, conn, opened } => {
                let mut open = match conn.take() {
                    Some(open) => open,
                    None => {
                        *opened += 1;
                        options.connect().await?
                    }
                };
                // One that failed is not asked again.
                let count: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut open).await?;
                *conn = Some(open);
                Ok(format!("{opened}.{count}").into())
            }
            Self::Postgres(pool) => {
                let text: String =
                    sqlx::query_scalar("SELECT CAST(pg_current_snapshot() AS TEXT)").fetch_one(&*pool).await?;
                Ok(text.into())
            }
        }
    }
}
