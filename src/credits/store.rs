use super::Line;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::members::Member;
use crate::payments::Payment;

/// A member's balance, and how many lines their ledger has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Account {
    pub balance: i64,
    pub lines: i64,
}

/// Nobody else changes this balance before the transaction ends.
pub async fn lock(tx: &mut Tx, member: Id<Member>) -> Result<Account> {
    sql("INSERT INTO credit_accounts (member_id, balance, lines) VALUES ($1, 0, 0) ON CONFLICT (member_id) DO NOTHING")
        .bind(member)
        .execute(&mut *tx)
        .await?;
    let text = tx.pick(
        "SELECT balance, lines FROM credit_accounts WHERE member_id = $1",
        "SELECT balance, lines FROM credit_accounts WHERE member_id = $1 FOR UPDATE",
    );
    sql(text).bind(member).one(tx).await
}

pub async fn balance(on: impl Into<On<'_>>, member: Id<Member>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(balance), 0) AS BIGINT) FROM credit_accounts WHERE member_id = $1")
        .bind(member)
        .scalar(on)
        .await
}

/// Adds a line to a locked ledger, with the balance behind it; `form` is what asked for it.
pub async fn add(tx: &mut Tx, line: &Line, form: Option<&str>) -> Result<()> {
    sql("INSERT INTO credit_lines (member_id, number, kind, credits, balance, payment_id, event_id, from_at, until_at, reason, at, form, id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
    .bind(line.member_id)
    .bind(line.number)
    .bind(line.kind)
    .bind(line.credits)
    .bind(line.balance)
    .bind(line.payment_id)
    .bind(line.event_id)
    .bind(line.from_at)
    .bind(line.until_at)
    .bind(&line.reason)
    .bind(line.at)
    .bind(form.map(str::to_owned))
    .bind(format!("{}/{:012}", line.member_id, line.number))
    .execute(&mut *tx)
    .await?;
    sql("UPDATE credit_accounts SET balance = $2, lines = $3 WHERE member_id = $1")
        .bind(line.member_id)
        .bind(line.balance)
        .bind(line.number)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn by_form(tx: &mut Tx, form: &str) -> Result<Option<Line>> {
    sql("SELECT * FROM credit_lines WHERE form = $1").bind(form).optional(tx).await
}

/// (lines, credits) that a payment gave and lost.
pub async fn of_payment(tx: &mut Tx, payment: Id<Payment>) -> Result<(i64, i64)> {
    sql("SELECT COUNT(*), CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM credit_lines WHERE payment_id = $1")
        .bind(payment)
        .one(tx)
        .await
}

/// A line with what it is about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Told {
    #[sqlx(flatten)]
    pub line: Line,
    /// The event's; '' without one.
    pub slug: String,
    pub title: String,
    /// The member's.
    pub name: String,
}

/// A member's lines before a number, the latest first.
pub async fn of_member(on: impl Into<On<'_>>, member: Id<Member>, before: i64, limit: i64) -> Result<Vec<Told>> {
    sql("SELECT l.*, COALESCE(e.slug, '') AS slug, COALESCE(e.title, '') AS title, m.name
         FROM credit_lines l JOIN members m ON m.id = l.member_id LEFT JOIN events e ON e.id = l.event_id
         WHERE l.member_id = $1 AND l.number < $2 ORDER BY l.number DESC LIMIT $3")
    .bind(member)
    .bind(before)
    .bind(limit)
    .all(on)
    .await
}

/// What came and went in all, by kind.
pub async fn sums(on: impl Into<On<'_>>) -> Result<Vec<(String, i64)>> {
    sql("SELECT kind, CAST(SUM(credits) AS BIGINT) FROM credit_lines GROUP BY kind").all(on).await
}

/// (what members have, what members owe).
pub async fn outstanding(on: impl Into<On<'_>>) -> Result<(i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN balance > 0 THEN balance ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN balance < 0 THEN -balance ELSE 0 END), 0) AS BIGINT) FROM credit_accounts")
    .one(on)
    .await
}

/// Until when an event stands on the front page, if it does or will.
pub async fn featured_until(on: impl Into<On<'_>>, event: Id<Event>, now: Instant) -> Result<Option<Instant>> {
    sql("SELECT MAX(until_at) FROM credit_lines WHERE event_id = $1 AND until_at > $2")
        .bind(event)
        .bind(now)
        .scalar(on)
        .await
}

/// No day that was paid for this event counts from now on. False if none was left.
pub async fn end_featuring(tx: &mut Tx, event: Id<Event>, now: Instant) -> Result<bool> {
    let ended = sql("UPDATE credit_lines SET from_at = CASE WHEN from_at > $2 THEN $2 ELSE from_at END, until_at = $2
         WHERE event_id = $1 AND until_at > $2")
    .bind(event)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(ended > 0)
}

/// What stands on the front page at this instant, the next to begin first. From the lines to their events (CROSS JOIN
/// keeps SQLite to that): the other way it went through all events in their order, for seconds where there are many.
pub async fn featured(on: impl Into<On<'_>>, now: Instant, limit: i64) -> Result<Vec<Event>> {
    sql("SELECT e.* FROM (SELECT DISTINCT l.event_id FROM credit_lines l WHERE l.until_at > $1 AND l.from_at <= $1) f
             CROSS JOIN events e
         WHERE e.id = f.event_id AND e.status = 'published' AND e.visibility = 'public' AND e.ends_at > $1
         ORDER BY e.starts_at, e.id LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(on)
    .await
}

// ---------------------------------------------------------------- everything, for `verify`

pub async fn every_line(tx: &mut Tx) -> Result<Vec<Line>> {
    sql("SELECT * FROM credit_lines ORDER BY member_id, number").all(tx).await
}

pub async fn every_account(tx: &mut Tx) -> Result<Vec<(Id<Member>, i64, i64)>> {
    sql("SELECT member_id, balance, lines FROM credit_accounts").all(tx).await
}
