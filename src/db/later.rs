//! Writes whose outcome nobody waits for. On SQLite each statement is a way to another thread and back, which costs
//! more than the statement itself: these wait until the transaction asks or commits, and then go together.
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

use super::{Result, Sql, Tx, Value, sql};

/// So many go together at most.
const MOST: usize = 32;

/// Statements, each with its semicolon, and the arguments of all.
pub(super) type Unsent = (String, SqliteArguments);

/// Statements that are still to be sent, with their arguments.
#[derive(Default)]
pub(super) struct Pending {
    text: String,
    arguments: SqliteArguments,
    statements: usize,
}

impl Pending {
    pub(super) fn take(&mut self) -> Option<Unsent> {
        if self.statements == 0 {
            return None;
        }
        let Self { text, arguments, .. } = std::mem::take(self);
        Some((text, arguments))
    }

    /// Adds a statement whose arguments stand behind the first `before` of them.
    fn push(&mut self, text: &str, before: usize) {
        numbered_on(&mut self.text, text, before);
        self.statements += 1;
    }
}

/// Adds a statement to a text of several, with its arguments counted behind the first `before` of all.
pub(super) fn numbered_on(all: &mut String, text: &str, before: usize) {
    let mut parts = text.split('$');
    all.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        all.push('$');
        if let Ok(number) = part[..digits].parse::<usize>() {
            all.push_str(&(number + before).to_string());
        }
        all.push_str(&part[digits..]);
    }
    all.push(';');
}

/// A write of a transaction that nobody asks about: what it changes is there for whatever the transaction does next,
/// and what goes wrong with it is told then, or by the commit.
pub fn later<'a>(tx: &'a mut Tx, text: &'static str) -> Later<'a> {
    let (mut statement, mut spoiled) = (sql(text), false);
    if let Tx::Member(member, _) = &mut *tx {
        statement.sqlite = std::mem::take(&mut member.pending.arguments);
        // Until it is written: one that is put together and thrown away has the others' arguments.
        spoiled = std::mem::replace(&mut member.spoiled, true);
    }
    Later { before: statement.sqlite.len(), statement, spoiled, tx }
}

#[must_use = "a statement is only sent by `write`"]
pub struct Later<'a> {
    tx: &'a mut Tx,
    /// With the arguments of those that wait already.
    statement: Sql,
    before: usize,
    spoiled: bool,
}

impl Later<'_> {
    pub fn bind<'q>(mut self, value: impl Value<'q>) -> Self {
        self.statement = self.statement.bind(value);
        self
    }

    pub async fn write(self) -> Result<()> {
        let Tx::Member(member, _) = self.tx else {
            return self.statement.execute(self.tx).await.map(drop);
        };
        member.spoiled = self.spoiled;
        member.pending.arguments = self.statement.sqlite;
        member.pending.push(self.statement.text, self.before);
        if member.pending.statements < MOST { Ok(()) } else { member.flush().await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_numbered_on() {
        let mut pending = Pending::default();
        pending.push("INSERT INTO a VALUES ($1, $2, '$')", 0);
        pending.push("UPDATE b SET n = $2, m = $12 WHERE id = $1", 2);
        let (text, _) = pending.take().unwrap();
        assert_eq!(text, "INSERT INTO a VALUES ($1, $2, '$');UPDATE b SET n = $4, m = $14 WHERE id = $3;");
        assert!(pending.take().is_none());
    }
}
