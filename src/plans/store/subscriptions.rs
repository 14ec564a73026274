use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;
use crate::payments::{Payment, Provider};
use crate::plans::standing::Standing;
use crate::plans::{Bill, Subscription};

pub async fn insert(tx: &mut Tx, s: &Subscription) -> Result<()> {
    sql("INSERT INTO subscriptions (id, member_id, provider, tier, state, started_at, terms, price, amount, currency,
             expires_at, return_url, cancel_url, customer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
    .bind(s.id)
    .bind(s.member_id)
    .bind(s.provider)
    .bind(s.tier)
    .bind(s.state)
    .bind(s.started_at)
    .bind(&s.terms)
    .bind(&s.price)
    .bind(s.amount)
    .bind(&s.currency)
    .bind(s.expires_at)
    .bind(s.return_url.clone())
    .bind(s.cancel_url.clone())
    .bind(s.customer.clone())
    .execute(tx)
    .await
    .map(drop)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Subscription>) -> Result<Option<Subscription>> {
    sql("SELECT * FROM subscriptions WHERE id = $1").bind(id).optional(on).await
}

/// By the provider's name for it, or for the checkout that begins it.
pub async fn by_reference(on: impl Into<On<'_>>, provider: Provider, reference: &str) -> Result<Option<Subscription>> {
    sql("SELECT * FROM subscriptions WHERE provider = $1 AND (reference = $2 OR checkout = $2)
         ORDER BY started_at DESC LIMIT 1")
    .bind(provider)
    .bind(reference)
    .optional(on)
    .await
}

/// The one that is not over.
pub async fn live_of(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Option<Subscription>> {
    sql("SELECT * FROM subscriptions WHERE member_id = $1 AND state <> 'ended'").bind(member).optional(on).await
}

/// The latest first.
pub async fn of_member(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Vec<Subscription>> {
    sql("SELECT * FROM subscriptions WHERE member_id = $1 ORDER BY started_at DESC, id DESC LIMIT 100")
        .bind(member)
        .all(on)
        .await
}

/// How a provider calls a member.
pub async fn customer_of(on: impl Into<On<'_>>, member: Id<Member>, provider: Provider) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT customer FROM subscriptions
         WHERE member_id = $1 AND provider = $2 AND customer IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1")
    .bind(member)
    .bind(provider)
    .optional(on)
    .await?;
    Ok(row.map(|(customer,)| customer))
}

/// False if it does not wait for its first payment any more.
pub async fn set_checkout(tx: &mut Tx, id: Id<Subscription>, checkout: &str, url: &str) -> Result<bool> {
    let changed = sql("UPDATE subscriptions SET checkout = $2, url = $3 WHERE id = $1 AND state = 'incomplete'")
        .bind(id)
        .bind(checkout)
        .bind(url)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

pub async fn set_reference(tx: &mut Tx, id: Id<Subscription>, reference: &str, customer: &str) -> Result<()> {
    sql("UPDATE subscriptions SET reference = $2, customer = $3 WHERE id = $1")
        .bind(id)
        .bind(reference)
        .bind(customer)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_asked(tx: &mut Tx, id: Id<Subscription>, at: Instant) -> Result<()> {
    sql("UPDATE subscriptions SET asked_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

/// What a month costs now.
pub async fn set_amount(tx: &mut Tx, id: Id<Subscription>, amount: i64) -> Result<()> {
    sql("UPDATE subscriptions SET amount = $2 WHERE id = $1").bind(id).bind(amount).execute(tx).await.map(drop)
}

/// How it stands; another plan counts as a change.
pub async fn set_standing(tx: &mut Tx, id: Id<Subscription>, s: &Standing) -> Result<()> {
    sql("UPDATE subscriptions SET attempt = attempt + CASE WHEN tier = $2 THEN 0 ELSE 1 END, tier = $2, state = $3,
             period_ends_at = $4, ends_at_period_end = $5, past_due_at = $6
         WHERE id = $1")
    .bind(id)
    .bind(s.tier)
    .bind(s.state)
    .bind(s.period_ends_at)
    .bind(s.ends_at_period_end)
    .bind(s.past_due_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Asked for and not done.
pub async fn count_attempt(tx: &mut Tx, id: Id<Subscription>) -> Result<()> {
    sql("UPDATE subscriptions SET attempt = attempt + 1 WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// Those of which something should have been heard: not paid for a while, in a month that is over or owed, or running
/// and not asked about since `running`.
pub async fn quiet(
    on: impl Into<On<'_>>,
    open_since: Instant,
    now: Instant,
    asked: Instant,
    running: Instant,
) -> Result<Vec<Id<Subscription>>> {
    let rows: Vec<(Id<Subscription>,)> = sql("SELECT id FROM subscriptions
         WHERE (state = 'incomplete' AND COALESCE(asked_at, started_at) <= $1)
             OR (state = 'active' AND COALESCE(period_ends_at, 0) <= $2 AND COALESCE(asked_at, 0) <= $3)
             OR (state = 'past_due' AND COALESCE(asked_at, 0) <= $3)
             OR (state = 'active' AND COALESCE(asked_at, 0) <= $4)
         ORDER BY started_at LIMIT 200")
    .bind(open_since)
    .bind(now)
    .bind(asked)
    .bind(running)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many there are of each state.
pub async fn counts(on: impl Into<On<'_>>) -> Result<Vec<(String, i64)>> {
    sql("SELECT state, COUNT(*) FROM subscriptions GROUP BY state").all(on).await
}

/// Those that are not over.
pub async fn live(on: impl Into<On<'_>>) -> Result<Vec<Subscription>> {
    sql("SELECT * FROM subscriptions WHERE state <> 'ended' ORDER BY id").all(on).await
}

// ---------------------------------------------------------------- bills

/// False if this bill of the provider is here already.
pub async fn insert_bill(tx: &mut Tx, b: &Bill) -> Result<bool> {
    let added =
        sql("INSERT INTO plan_bills (id, subscription_id, member_id, tier, payment_id, amount, currency, starts_at,
             ends_at, credits, paid_at, reference, hosted_url)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (reference) DO NOTHING")
        .bind(b.id)
        .bind(b.subscription_id)
        .bind(b.member_id)
        .bind(b.tier)
        .bind(b.payment_id)
        .bind(b.amount)
        .bind(&b.currency)
        .bind(b.starts_at)
        .bind(b.ends_at)
        .bind(b.credits)
        .bind(b.paid_at)
        .bind(&b.reference)
        .bind(b.hosted_url.clone())
        .execute(tx)
        .await?;
    Ok(added == 1)
}

pub async fn bill(on: impl Into<On<'_>>, id: Id<Bill>) -> Result<Option<Bill>> {
    sql("SELECT * FROM plan_bills WHERE id = $1").bind(id).optional(on).await
}

pub async fn bill_known(on: impl Into<On<'_>>, reference: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM plan_bills WHERE reference = $1)").bind(reference).scalar(on).await
}

pub async fn bill_of_payment(on: impl Into<On<'_>>, payment: Id<Payment>) -> Result<Option<Bill>> {
    sql("SELECT * FROM plan_bills WHERE payment_id = $1").bind(payment).optional(on).await
}

/// Whether credits came with a month already: one that is billed in parts brings them once.
pub async fn credited(on: impl Into<On<'_>>, subscription: Id<Subscription>, ends_at: Instant) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM plan_bills WHERE subscription_id = $1 AND ends_at = $2 AND credits > 0)")
        .bind(subscription)
        .bind(ends_at)
        .scalar(on)
        .await
}

/// The latest first.
pub async fn bills_of(on: impl Into<On<'_>>, subscription: Id<Subscription>) -> Result<Vec<Bill>> {
    sql("SELECT * FROM plan_bills WHERE subscription_id = $1 ORDER BY paid_at DESC, id DESC LIMIT 200")
        .bind(subscription)
        .all(on)
        .await
}

// ---------------------------------------------------------------- everything, for `verify`

pub async fn every_subscription(tx: &mut Tx) -> Result<Vec<Subscription>> {
    sql("SELECT * FROM subscriptions").all(tx).await
}

pub async fn every_bill(tx: &mut Tx) -> Result<Vec<Bill>> {
    sql("SELECT * FROM plan_bills").all(tx).await
}
