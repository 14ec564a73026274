//! The one SQLite connection that may write, and the group commit.
//!
//! A commit costs an fsync, so transactions that queue for the writer share one. Each is a SAVEPOINT
//! in an outer transaction; `commit` releases it and is answered when the outer COMMIT is on disk.
//! A task owns the connection and lends it. What a request does, or fails to do, reaches the task
//! only through a channel that also tells when its sender is dropped: so an early return, a panic
//! and a client that went away are one case, and nobody is left to clean up.
use std::panic::Location;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;

use super::later::{Pending, Unsent};
use super::{DbError, Result};

/// How long `write` queues before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one transaction may keep others from their answers. Common ones take a millisecond; on a busy machine
/// its task may have to wait for a core meanwhile.
const HOLD: Duration = Duration::from_secs(1);
/// When a group stops taking members, so that the first of them is answered. The more share a commit, the less all of
/// them wait: most pages that they change are the same ones, and are written once.
const MEMBERS: usize = 64;
const JOINING: Duration = Duration::from_millis(20);

type Place = &'static Location<'static>;
/// Answers a `commit`.
type Answer = oneshot::Sender<Result<()>>;
/// What a `commit` brings: whom to answer, and what is still to be written.
type Done = (Answer, Option<Unsent>);
/// The connection while it is lent. Empty once it was taken back.
type Loan = Arc<Mutex<Option<SqliteConnection>>>;

#[derive(Clone)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Request>,
    holder: Arc<StdMutex<Option<Place>>>,
}

struct Request {
    from: Place,
    /// Opens a group of its own, so that it keeps nobody waiting who is done.
    long: bool,
    lend: oneshot::Sender<Result<Member>>,
}

/// One request's transaction. Unless it is committed, its end is a rollback of its own savepoint.
pub struct Member {
    loan: Loan,
    commit: oneshot::Sender<Done>,
    pub(super) spoiled: bool,
    pub(super) pending: Pending,
}

impl Writer {
    /// Starts the task; it ends when the last clone is dropped.
    pub async fn open(options: SqliteConnectOptions) -> Result<Self> {
        let conn = options.connect().await?;
        let (queue, requests) = mpsc::unbounded_channel();
        let holder = Arc::<StdMutex<_>>::default();
        tokio::spawn(Groups { options, requests, next: None, holder: Arc::clone(&holder), conn: Some(conn) }.serve());
        Ok(Self { queue, holder })
    }

    pub async fn begin(&self, from: Place, long: bool) -> Result<Member> {
        let (lend, lent) = oneshot::channel();
        self.queue.send(Request { from, long, lend }).map_err(|_| DbError::WorkerCrashed)?;
        match timeout(PATIENCE, lent).await {
            Ok(answer) => answer.map_err(|_| DbError::WorkerCrashed)?,
            Err(_) => {
                Err(Refused::Waited { at: from, holder: *self.holder.lock().unwrap_or_else(PoisonError::into_inner) }
                    .into())
            }
        }
    }
}

impl Member {
    /// Runs one statement. As on PostgreSQL, after one that failed (or was abandoned half-way) all
    /// others fail: SQLite may have rolled everything back, and would commit each of them by itself.
    pub async fn run<T>(&mut self, statement: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
        self.flush().await?;
        self.send(statement).await
    }

    /// Sends what waits to be written.
    pub(super) async fn flush(&mut self) -> Result<()> {
        let Some((text, arguments)) = self.pending.take() else { return Ok(()) };
        self.send(async |conn| sqlx::query_with(AssertSqlSafe(text), arguments).execute(conn).await).await.map(drop)
    }

    async fn send<T>(&mut self, statement: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
        if std::mem::replace(&mut self.spoiled, true) {
            return Err(Refused::Spoiled.into());
        }
        let mut loan = self.loan.lock().await;
        let result = statement(loan.as_mut().ok_or(Refused::Overtaken)?).await;
        self.spoiled = result.is_err();
        result
    }

    /// Once called this is no longer ours to stop: a caller who goes away does not learn the outcome.
    pub async fn commit(mut self) -> Result<()> {
        if self.spoiled {
            return Err(Refused::Spoiled.into());
        }
        let (answer, answered) = oneshot::channel();
        self.commit.send((answer, self.pending.take())).map_err(|_| Refused::Overtaken)?;
        answered.await.map_err(|_| DbError::WorkerCrashed)?
    }
}

struct Groups {
    options: SqliteConnectOptions,
    requests: mpsc::UnboundedReceiver<Request>,
    /// Came too late for one group: opens the next.
    next: Option<Request>,
    holder: Arc<StdMutex<Option<Place>>>,
    conn: Option<SqliteConnection>,
}

impl Groups {
    async fn serve(mut self) {
        while let Some(first) = self.first().await {
            if first.lend.is_closed() {
                continue;
            }
            if let Err(error) = self.open().await {
                self.roll_back().await;
                first.lend.send(Err(error)).ok();
                continue;
            }
            let mut members = Vec::new();
            let outcome = self.group(first, &mut members).await.map_err(Arc::new);
            if outcome.is_err() {
                self.roll_back().await;
            }
            for member in members {
                member.send(outcome.clone().map_err(|error| Refused::Group(error).into())).ok();
            }
        }
    }

    async fn first(&mut self) -> Option<Request> {
        match self.next.take() {
            Some(request) => Some(request),
            None => self.requests.recv().await,
        }
    }

    fn waiting(&mut self) -> Option<Request> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).find(|request| !request.lend.is_closed())
    }

    async fn open(&mut self) -> Result<()> {
        if self.conn.is_none() {
            self.conn = Some(self.options.connect().await?);
        }
        self.run("BEGIN IMMEDIATE; SAVEPOINT member").await
    }

    /// Ends what a failure left open. The connection is kept: when an fsync fails, the commit stands in
    /// the log unseen until the next one overwrites it, but whoever opens the file afresh takes it for valid.
    async fn roll_back(&mut self) {
        if let Err(DbError::WorkerCrashed) = self.run("ROLLBACK").await {
            self.conn = None;
        }
    }

    /// Serves `first` and those who queue behind, then commits for all of them.
    /// An error means that nothing of the group was kept.
    async fn group(&mut self, first: Request, members: &mut Vec<Answer>) -> Result<()> {
        let (mut member, mut turns, mut first_done) = (first, 0, None);
        loop {
            let done = self.lend(member, !members.is_empty()).await;
            turns += 1;
            let full = turns >= MEMBERS || first_done.get_or_insert_with(Instant::now).elapsed() >= JOINING;
            let next = match self.waiting() {
                Some(late) if full || late.long => {
                    self.next = Some(late);
                    None
                }
                next => next,
            };
            let finished = self.finish(done, next.is_none(), members).await;
            match (next, finished) {
                (Some(next), Ok(())) => member = next,
                (None, finished) => return finished,
                (Some(next), Err(error)) => {
                    self.next = Some(next);
                    return Err(error);
                }
            }
        }
    }

    /// Keeps what a member did, or takes it back; then makes room for the next one, or commits for all.
    async fn finish(&mut self, done: Option<Done>, last: bool, members: &mut Vec<Answer>) -> Result<()> {
        if let Some((answer, unsent)) = done {
            // "No such savepoint" here means that SQLite has rolled everything back (disk full).
            let keep = if last { "RELEASE member; COMMIT" } else { "RELEASE member; SAVEPOINT member" };
            let wrote = unsent.is_some();
            let Err(error) = self.send(unsent, keep).await else {
                members.push(answer);
                return Ok(());
            };
            // While its savepoint stands, what failed was its own writing, and nobody else's.
            if !wrote || self.run("ROLLBACK TO member").await.is_err() {
                members.push(answer);
                return Err(error);
            }
            answer.send(Err(error)).ok();
        }
        self.run(match last {
            false => "ROLLBACK TO member",
            true if members.is_empty() => "ROLLBACK",
            true => "ROLLBACK TO member; COMMIT",
        })
        .await
    }

    /// Lends the connection until the member commits, lets go, or keeps others from their answers too long.
    async fn lend(&mut self, request: Request, others_wait: bool) -> Option<Done> {
        let loan: Loan = Arc::new(Mutex::new(self.conn.take()));
        let (commit, mut committed) = oneshot::channel();
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.from);
        // Nobody there any more: the member is dropped here, which is a rollback like any other.
        request
            .lend
            .send(Ok(Member { loan: Arc::clone(&loan), commit, spoiled: false, pending: Pending::default() }))
            .ok();
        let end = timeout(if others_wait { HOLD } else { Duration::MAX }, &mut committed).await;
        self.conn = loan.lock().await.take();
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = None;
        committed.close();
        match end {
            Ok(end) => end.ok(),
            Err(_) => committed.try_recv().ok(),
        }
    }

    async fn send(&mut self, unsent: Option<Unsent>, then: &'static str) -> Result<()> {
        let Some((mut text, arguments)) = unsent else { return self.run(then).await };
        text.push_str(then);
        let conn = self.conn.as_mut().ok_or(DbError::WorkerCrashed)?;
        sqlx::query_with(AssertSqlSafe(text), arguments).execute(conn).await.map(drop)
    }

    async fn run(&mut self, sql: &'static str) -> Result<()> {
        let conn = self.conn.as_mut().ok_or(DbError::WorkerCrashed)?;
        sqlx::query(sql).execute(conn).await.map(drop)
    }
}

/// Why a write did not happen, beyond what the database says itself.
#[derive(Debug)]
pub enum Refused {
    Waited { at: Place, holder: Option<Place> },
    Overtaken,
    Spoiled,
    Group(Arc<DbError>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Waited { at, holder: Some(holder) } => write!(
                f,
                "write() at {at} waited {PATIENCE:?} behind the \
                transaction opened at {holder}: is a second one opened, or something slow awaited, while that one is open?"
            ),
            Self::Waited { at, holder: None } => write!(
                f,
                "write() at {at} waited {PATIENCE:?}, and none of our \
                transactions is open: another process is writing, or the disk is stuck"
            ),
            Self::Overtaken => write!(
                f,
                "the transaction was set aside after {HOLD:?}, since others waited for their \
                commit; nothing of it was kept: try again, or open it with write_long()"
            ),
            Self::Spoiled => {
                write!(f, "a statement of this transaction failed or was abandoned; it can only be dropped")
            }
            Self::Group(error) => write!(f, "the commit failed, nothing was kept: {error}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for DbError {
    fn from(refused: Refused) -> Self {
        DbError::Io(io::Error::other(refused))
    }
}
