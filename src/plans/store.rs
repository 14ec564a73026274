mod subscriptions;

pub use subscriptions::*;

use super::{Plan, Product, Tier};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::members::Member;
use crate::payments::Provider;
use crate::payments::gateway::Listed;

// ---------------------------------------------------------------- plans

/// The smallest first; none while plans are off.
pub async fn plans(on: impl Into<On<'_>>) -> Result<Vec<Plan>> {
    sql("SELECT * FROM plans ORDER BY CASE tier WHEN 'free' THEN 0 WHEN 'individual' THEN 1 WHEN 'team' THEN 2 ELSE 3 END")
        .all(on)
        .await
}

pub async fn plan(on: impl Into<On<'_>>, tier: Tier) -> Result<Option<Plan>> {
    sql("SELECT * FROM plans WHERE tier = $1").bind(tier).optional(on).await
}

/// Writes down what a plan is.
pub async fn set_plan(tx: &mut Tx, p: &Plan) -> Result<()> {
    sql("INSERT INTO plans (tier, price, currency, events, attendees, hosts, announcements, credits)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tier) DO UPDATE SET price = excluded.price, currency = excluded.currency, events = excluded.events,
             attendees = excluded.attendees, hosts = excluded.hosts, announcements = excluded.announcements,
             credits = excluded.credits")
    .bind(p.tier)
    .bind(p.price)
    .bind(&p.currency)
    .bind(p.events)
    .bind(p.attendees)
    .bind(p.hosts)
    .bind(p.announcements)
    .bind(p.credits)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn drop_plan(tx: &mut Tx, tier: Tier) -> Result<()> {
    sql("DELETE FROM plans WHERE tier = $1").bind(tier).execute(tx).await.map(drop)
}

/// What counts for a member; None while plans are off. Who has what is sold no more has Free.
pub async fn plan_of(on: impl Into<On<'_>>, member: Id<Member>) -> Result<Option<Plan>> {
    sql("SELECT * FROM plans WHERE tier IN (COALESCE((SELECT tier FROM plan_accounts WHERE member_id = $1), 'free'), 'free')
         ORDER BY CASE tier WHEN 'free' THEN 1 ELSE 0 END LIMIT 1")
    .bind(member)
    .optional(on)
    .await
}

/// What counts for an event: the plan of its owner. None while plans are off.
pub async fn plan_at(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Option<Plan>> {
    sql("SELECT * FROM plans WHERE tier IN ('free', COALESCE((SELECT a.tier FROM event_hosts h
             JOIN plan_accounts a ON a.member_id = h.member_id WHERE h.event_id = $1 AND h.role = 'owner'), 'free'))
         ORDER BY CASE tier WHEN 'free' THEN 1 ELSE 0 END LIMIT 1")
    .bind(event)
    .optional(on)
    .await
}

/// Whose event it is.
pub async fn owner_of(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Option<Id<Member>>> {
    let row: Option<(Id<Member>,)> = sql("SELECT member_id FROM event_hosts WHERE event_id = $1 AND role = 'owner'")
        .bind(event)
        .optional(on)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Nobody else changes this member's plan, or takes what it limits, before the transaction ends.
pub async fn lock(tx: &mut Tx, member: Id<Member>) -> Result<Tier> {
    sql("INSERT INTO plan_accounts (member_id, tier) VALUES ($1, 'free') ON CONFLICT (member_id) DO NOTHING")
        .bind(member)
        .execute(&mut *tx)
        .await?;
    let text = tx.pick(
        "SELECT tier FROM plan_accounts WHERE member_id = $1",
        "SELECT tier FROM plan_accounts WHERE member_id = $1 FOR UPDATE",
    );
    sql(text).bind(member).scalar(tx).await
}

pub async fn set_tier(tx: &mut Tx, member: Id<Member>, tier: Tier) -> Result<()> {
    sql("UPDATE plan_accounts SET tier = $2 WHERE member_id = $1").bind(member).bind(tier).execute(tx).await.map(drop)
}

/// How many have a plan, or pay for it.
pub async fn having(on: impl Into<On<'_>>, tier: Tier) -> Result<i64> {
    sql("SELECT COUNT(*) FROM (SELECT member_id FROM plan_accounts WHERE tier = $1
             UNION SELECT member_id FROM subscriptions WHERE tier = $1 AND state <> 'ended') h")
    .bind(tier)
    .scalar(on)
    .await
}

/// Events of an owner that are published and not over, but for one.
pub async fn upcoming(on: impl Into<On<'_>>, owner: Id<Member>, but: Option<Id<Event>>, now: Instant) -> Result<i64> {
    sql("SELECT COUNT(*) FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND h.role = 'owner' AND e.status = 'published' AND e.ends_at > $3
             AND e.id <> COALESCE($2, '')")
    .bind(owner)
    .bind(but)
    .bind(now)
    .scalar(on)
    .await
}

/// The same events, the next first, with how many hosts each has beside its owner.
pub async fn used(
    on: impl Into<On<'_>>,
    owner: Id<Member>,
    now: Instant,
    limit: i64,
) -> Result<Vec<super::limits::Used>> {
    sql("SELECT e.*, (SELECT COUNT(*) FROM event_hosts c WHERE c.event_id = e.id AND c.role = 'host') AS hosts
         FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND h.role = 'owner' AND e.status = 'published' AND e.ends_at > $2
         ORDER BY e.starts_at, e.id LIMIT $3")
    .bind(owner)
    .bind(now)
    .bind(limit)
    .all(on)
    .await
}

/// Published events that are not over, behind one of them; of one owner if one is named.
pub async fn to_fit(
    on: impl Into<On<'_>>,
    owner: Option<Id<Member>>,
    behind: Option<Id<Event>>,
    now: Instant,
    limit: i64,
) -> Result<Vec<Id<Event>>> {
    let rows: Vec<(Id<Event>,)> = sql("SELECT e.id FROM events e
         WHERE e.status = 'published' AND e.ends_at > $3 AND e.id > COALESCE($2, '')
             AND (COALESCE($1, '') = '' OR EXISTS (SELECT 1 FROM event_hosts h
                 WHERE h.event_id = e.id AND h.member_id = $1 AND h.role = 'owner'))
         ORDER BY e.id LIMIT $4")
    .bind(owner)
    .bind(behind)
    .bind(now)
    .bind(limit)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

// ---------------------------------------------------------------- products

/// What is on sale, plans first.
pub async fn products(on: impl Into<On<'_>>) -> Result<Vec<Product>> {
    sql("SELECT id, key, amount, currency, monthly, made_at, archived_at, name, provider, reference, price FROM products
         WHERE archived_at IS NULL ORDER BY CASE WHEN key LIKE 'plan:%' THEN 0 WHEN key = 'credits' THEN 1 ELSE 2 END,
             monthly DESC, amount, name_key")
    .all(on)
    .await
}

pub async fn product(on: impl Into<On<'_>>, id: Id<Product>) -> Result<Option<Product>> {
    sql("SELECT id, key, amount, currency, monthly, made_at, archived_at, name, provider, reference, price FROM products
         WHERE id = $1")
    .bind(id)
    .optional(on)
    .await
}

pub async fn by_key(on: impl Into<On<'_>>, key: &str) -> Result<Option<Product>> {
    sql("SELECT id, key, amount, currency, monthly, made_at, archived_at, name, provider, reference, price FROM products
         WHERE key = $1 AND archived_at IS NULL")
    .bind(key)
    .optional(on)
    .await
}

pub async fn by_name(on: impl Into<On<'_>>, name_key: &str) -> Result<Option<Product>> {
    sql("SELECT id, key, amount, currency, monthly, made_at, archived_at, name, provider, reference, price FROM products
         WHERE name_key = $1 AND archived_at IS NULL")
    .bind(name_key)
    .optional(on)
    .await
}

/// False if one has this name, or this key.
pub async fn insert_product(tx: &mut Tx, p: &Product, name_key: &str) -> Result<bool> {
    let added = sql("INSERT INTO products (id, key, amount, currency, monthly, made_at, name, name_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING")
    .bind(p.id)
    .bind(&p.key)
    .bind(p.amount)
    .bind(&p.currency)
    .bind(p.monthly)
    .bind(p.made_at)
    .bind(&p.name)
    .bind(name_key)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

/// At the provider it is not listed at that price yet.
pub async fn set_price(tx: &mut Tx, id: Id<Product>, amount: i64, currency: &str) -> Result<()> {
    sql("UPDATE products SET amount = $2, currency = $3, price = NULL WHERE id = $1")
        .bind(id)
        .bind(amount)
        .bind(currency)
        .execute(tx)
        .await
        .map(drop)
}

/// How the provider calls it, listed as this product is. False if it costs something else by now.
pub async fn set_listed(tx: &mut Tx, p: &Product, provider: Provider, listed: &Listed) -> Result<bool> {
    let changed = sql("UPDATE products SET provider = $2, reference = $3, price = $4
         WHERE id = $1 AND amount = $5 AND currency = $6")
    .bind(p.id)
    .bind(provider)
    .bind(&listed.product)
    .bind(listed.price.clone())
    .bind(p.amount)
    .bind(&p.currency)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

pub async fn set_archived(tx: &mut Tx, id: Id<Product>, at: Instant) -> Result<()> {
    sql("UPDATE products SET archived_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

/// A price of a plan, for ever.
pub async fn know_price(tx: &mut Tx, price: &str, tier: Tier) -> Result<()> {
    sql("INSERT INTO plan_prices (price, tier) VALUES ($1, $2) ON CONFLICT (price) DO NOTHING")
        .bind(price)
        .bind(tier)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn tier_of_price(on: impl Into<On<'_>>, price: &str) -> Result<Option<Tier>> {
    let row: Option<(Tier,)> = sql("SELECT tier FROM plan_prices WHERE price = $1").bind(price).optional(on).await?;
    Ok(row.map(|(tier,)| tier))
}

// ---------------------------------------------------------------- everything, for `verify`

pub async fn every_product(tx: &mut Tx) -> Result<Vec<Product>> {
    sql("SELECT id, key, amount, currency, monthly, made_at, archived_at, name, provider, reference, price FROM products")
        .all(tx)
        .await
}

pub async fn every_account(tx: &mut Tx) -> Result<Vec<(Id<Member>, Tier)>> {
    sql("SELECT member_id, tier FROM plan_accounts").all(tx).await
}
