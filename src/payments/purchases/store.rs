use super::Purchase;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;
use crate::payments::Payment;

pub async fn insert(tx: &mut Tx, p: &Purchase) -> Result<()> {
    sql("INSERT INTO purchases (payment_id, member_id, credits, terms) VALUES ($1, $2, $3, $4)")
        .bind(p.payment_id)
        .bind(p.member_id)
        .bind(p.credits)
        .bind(&p.terms)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn by_payment(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Option<Purchase>> {
    sql("SELECT * FROM purchases WHERE payment_id = $1").bind(payment).optional(on).await
}

/// A member's open payment for so many credits, if it can still be paid.
pub async fn open_of(tx: &mut Tx, member: Id<Member>, credits: i64, now: Instant) -> Result<Option<Payment>> {
    sql("SELECT p.* FROM purchases u JOIN payments p ON p.id = u.payment_id
         WHERE u.member_id = $1 AND u.credits = $2 AND p.state = 'open' AND p.expires_at > $3
         ORDER BY p.opened_at DESC, p.id DESC LIMIT 1")
    .bind(member)
    .bind(credits)
    .bind(now)
    .optional(tx)
    .await
}

/// A member's payments for credits, the latest first.
pub async fn of_member(on: impl Into<On<'_>>, member: Id<Member>, limit: i64) -> Result<Vec<Payment>> {
    sql("SELECT p.* FROM purchases u JOIN payments p ON p.id = u.payment_id
         WHERE u.member_id = $1 ORDER BY p.opened_at DESC, p.id DESC LIMIT $2")
    .bind(member)
    .bind(limit)
    .all(on)
    .await
}

/// What buyers' banks have, or ask for: all disputes but those that were won.
pub async fn disputed(tx: &mut Tx, payment: Id<Payment>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM disputes WHERE payment_id = $1 AND state <> 'won'")
        .bind(payment)
        .scalar(tx)
        .await
}

/// For `verify`.
pub async fn every(tx: &mut Tx) -> Result<Vec<Purchase>> {
    sql("SELECT * FROM purchases").all(tx).await
}
