//! A decision, made afresh where it only collided with another.
use super::{DbError, Refused};

/// How often a decision is made afresh when the database says that it collided with another.
pub const TRIES: u32 = 5;

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

/// A rule's "no" that has `Broken(anyhow::Error)` for when the database has no answer: `breaks!(Refusal);`.
#[macro_export]
macro_rules! breaks {
    ($refusal:ty) => {
        impl From<$crate::db::DbError> for $refusal {
            fn from(error: $crate::db::DbError) -> Self {
                Self::Broken(error.into())
            }
        }
        impl $crate::db::Collision for $refusal {
            fn is_collision(&self) -> bool {
                matches!(self, Self::Broken(error) if $crate::db::Collision::is_collision(error))
            }
        }
    };
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
