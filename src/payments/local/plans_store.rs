use super::plans::{Bill, Book, OnSale, Price};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids;
use crate::payments::gateway::Wanted;

// ---------------------------------------------------------------- products

pub async fn catalogue(on: impl Into<On<'_>>) -> Result<Vec<OnSale>> {
    sql("SELECT p.id, p.price, p.key, p.name, c.amount, c.currency, c.monthly
         FROM local_products p JOIN local_prices c ON c.id = p.price WHERE p.active ORDER BY p.id")
    .all(on)
    .await
}

/// What is on sale under a key.
pub async fn listed(tx: &mut Tx, key: &str) -> Result<Option<(String,)>> {
    sql("SELECT id FROM local_products WHERE key = $1 AND active ORDER BY id LIMIT 1").bind(key).optional(tx).await
}

pub async fn price(on: impl Into<On<'_>>, id: &str) -> Result<Option<Price>> {
    sql("SELECT amount, currency, monthly FROM local_prices WHERE id = $1").bind(id).optional(on).await
}

/// False if something is on sale under this key.
pub async fn insert_product(tx: &mut Tx, id: &str, wanted: &Wanted) -> Result<bool> {
    let added = sql("INSERT INTO local_products (id, key, name, price, active) VALUES ($1, $2, $3, '', TRUE)
         ON CONFLICT DO NOTHING")
    .bind(id)
    .bind(&wanted.key)
    .bind(&wanted.name)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

/// Gives a product a price of its own, besides those that it had.
pub async fn insert_price(tx: &mut Tx, product: &str, wanted: &Wanted) -> Result<String> {
    let id = format!("price_local_{}", ids::secret());
    sql("INSERT INTO local_prices (id, product_id, amount, currency, monthly) VALUES ($1, $2, $3, $4, $5)")
        .bind(&id)
        .bind(product)
        .bind(wanted.amount)
        .bind(&wanted.currency)
        .bind(wanted.monthly)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE local_products SET price = $2 WHERE id = $1").bind(product).bind(&id).execute(tx).await?;
    Ok(id)
}

pub async fn set_name(tx: &mut Tx, product: &str, name: &str) -> Result<()> {
    sql("UPDATE local_products SET name = $2 WHERE id = $1").bind(product).bind(name).execute(tx).await.map(drop)
}

pub async fn archive(tx: &mut Tx, product: &str) -> Result<()> {
    sql("UPDATE local_products SET active = FALSE WHERE id = $1").bind(product).execute(tx).await.map(drop)
}

pub async fn of_product(tx: &mut Tx, id: &str) -> Result<Option<OnSale>> {
    sql("SELECT p.id, p.price, p.key, p.name, c.amount, c.currency, c.monthly
         FROM local_products p JOIN local_prices c ON c.id = p.price WHERE p.id = $1")
    .bind(id)
    .optional(tx)
    .await
}

// ---------------------------------------------------------------- subscriptions

/// Opens a checkout under its key, or finds the one that is there.
pub async fn open(tx: &mut Tx, key: &str, b: &Book) -> Result<Book> {
    sql("INSERT INTO local_subscriptions (id, checkout, key, ours, customer, title, price, amount, currency, state, expires_at,
             return_url, cancel_url)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (key) DO NOTHING")
    .bind(&b.id)
    .bind(&b.checkout)
    .bind(key)
    .bind(&b.ours)
    .bind(&b.customer)
    .bind(&b.title)
    .bind(&b.price)
    .bind(b.amount)
    .bind(&b.currency)
    .bind(b.state)
    .bind(b.expires_at)
    .bind(&b.return_url)
    .bind(&b.cancel_url)
    .execute(&mut *tx)
    .await?;
    sql("SELECT * FROM local_subscriptions WHERE key = $1").bind(key).one(tx).await
}

pub async fn by_id(on: impl Into<On<'_>>, id: &str) -> Result<Option<Book>> {
    sql("SELECT * FROM local_subscriptions WHERE id = $1").bind(id).optional(on).await
}

pub async fn by_checkout(on: impl Into<On<'_>>, checkout: &str) -> Result<Option<Book>> {
    sql("SELECT * FROM local_subscriptions WHERE checkout = $1").bind(checkout).optional(on).await
}

/// The latest of a customer that was paid once.
pub async fn of_customer(on: impl Into<On<'_>>, customer: &str) -> Result<Option<Book>> {
    sql("SELECT * FROM local_subscriptions WHERE customer = $1 AND starts_at IS NOT NULL ORDER BY starts_at DESC LIMIT 1")
        .bind(customer)
        .optional(on)
        .await
}

/// The book, held until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Book>> {
    let text = tx.pick(
        "SELECT * FROM local_subscriptions WHERE id = $1",
        "SELECT * FROM local_subscriptions WHERE id = $1 FOR UPDATE",
    );
    sql(text).bind(id).optional(tx).await
}

/// Writes down all of a locked book that can change.
pub async fn update(tx: &mut Tx, b: &Book) -> Result<()> {
    sql("UPDATE local_subscriptions SET price = $2, amount = $3, currency = $4, state = $5, starts_at = $6, ends_at = $7,
             stops = $8, failing = $9
         WHERE id = $1")
    .bind(&b.id)
    .bind(&b.price)
    .bind(b.amount)
    .bind(&b.currency)
    .bind(b.state)
    .bind(b.starts_at)
    .bind(b.ends_at)
    .bind(b.stops)
    .bind(b.failing)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn expire(tx: &mut Tx, checkout: &str) -> Result<()> {
    sql("UPDATE local_subscriptions SET state = 'expired' WHERE checkout = $1 AND state = 'open'")
        .bind(checkout)
        .execute(tx)
        .await
        .map(drop)
}

// ---------------------------------------------------------------- bills

/// Once a key.
pub async fn insert_bill(tx: &mut Tx, key: &str, b: &Bill) -> Result<()> {
    sql("INSERT INTO local_invoices (id, subscription_id, key, amount, currency, paid, at, starts_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING")
    .bind(&b.id)
    .bind(&b.subscription_id)
    .bind(key)
    .bind(b.amount)
    .bind(&b.currency)
    .bind(b.paid)
    .bind(b.at)
    .bind(b.starts_at)
    .bind(b.ends_at)
    .execute(tx)
    .await
    .map(drop)
}

/// The newest first.
pub async fn bills(on: impl Into<On<'_>>, subscription: &str) -> Result<Vec<Bill>> {
    sql("SELECT id, subscription_id, amount, currency, paid, at, starts_at, ends_at FROM local_invoices
         WHERE subscription_id = $1 ORDER BY at DESC, id DESC")
    .bind(subscription)
    .all(on)
    .await
}

pub async fn bill(on: impl Into<On<'_>>, id: &str) -> Result<Option<Bill>> {
    sql("SELECT id, subscription_id, amount, currency, paid, at, starts_at, ends_at FROM local_invoices WHERE id = $1")
        .bind(id)
        .optional(on)
        .await
}

/// What went back of it.
pub async fn refunded(on: impl Into<On<'_>>, bill: &str) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM local_invoice_refunds WHERE invoice_id = $1")
        .bind(bill)
        .scalar(on)
        .await
}

/// Gives back, once a key; answers the refund's id, or none if that is more than is left of what was paid.
pub async fn refund(tx: &mut Tx, bill: &Bill, key: &str, amount: i64) -> Result<Option<String>> {
    // Locks the bill, so that two refunds do not both find the money there.
    sql("UPDATE local_invoices SET paid = paid WHERE id = $1").bind(&bill.id).execute(&mut *tx).await?;
    let made: Option<(String,)> =
        sql("SELECT id FROM local_invoice_refunds WHERE key = $1").bind(key).optional(&mut *tx).await?;
    if let Some((id,)) = made {
        return Ok(Some(id));
    }
    if !bill.paid || amount <= 0 || refunded(&mut *tx, &bill.id).await? + amount > bill.amount {
        return Ok(None);
    }
    let id = format!("re_local_{}", ids::secret());
    sql("INSERT INTO local_invoice_refunds (id, invoice_id, key, amount) VALUES ($1, $2, $3, $4)")
        .bind(&id)
        .bind(&bill.id)
        .bind(key)
        .bind(amount)
        .execute(tx)
        .await?;
    Ok(Some(id))
}

/// What is owed is paid now.
pub async fn pay_bills(tx: &mut Tx, subscription: &str, at: Instant) -> Result<()> {
    sql("UPDATE local_invoices SET paid = TRUE, at = $2 WHERE subscription_id = $1 AND NOT paid")
        .bind(subscription)
        .bind(at)
        .execute(tx)
        .await
        .map(drop)
}
