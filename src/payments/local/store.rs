use super::{Book, CheckoutState, Told};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::{Event, TicketType};
use crate::ids::{self, Id};
use crate::money::step;
use crate::payments::money;

/// Opens a checkout under its key, or finds the one that is there; answers its id.
pub async fn open(tx: &mut Tx, key: &str, b: &Book) -> Result<String> {
    sql("INSERT INTO local_checkouts (id, key, payment, amount, currency, state, expires_at, return_url, cancel_url)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING")
    .bind(&b.id)
    .bind(key)
    .bind(&b.payment)
    .bind(b.amount)
    .bind(&b.currency)
    .bind(b.state)
    .bind(b.expires_at)
    .bind(&b.return_url)
    .bind(&b.cancel_url)
    .execute(tx)
    .await?;
    sql("SELECT id FROM local_checkouts WHERE key = $1").bind(key).scalar(tx).await
}

pub async fn by_id(on: impl Into<On<'_>>, id: &str) -> Result<Option<Book>> {
    sql("SELECT * FROM local_checkouts WHERE id = $1").bind(id).optional(on).await
}

/// False if it is over, or paid.
pub async fn pay(tx: &mut Tx, id: &str, now: Instant) -> Result<bool> {
    let paid = sql("UPDATE local_checkouts SET state = 'paid' WHERE id = $1 AND state = 'open' AND expires_at > $2")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(paid == 1)
}

/// Pays what is over, as money that was on its way does.
pub async fn pay_late(tx: &mut Tx, id: &str) -> Result<()> {
    sql("UPDATE local_checkouts SET state = 'paid' WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

pub async fn decline(tx: &mut Tx, id: &str) -> Result<bool> {
    let open = sql("UPDATE local_checkouts SET declined = declined + 1 WHERE id = $1 AND state = 'open'")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(open == 1)
}

pub async fn expire(tx: &mut Tx, id: &str) -> Result<()> {
    sql("UPDATE local_checkouts SET state = 'expired' WHERE id = $1 AND state = 'open'")
        .bind(id)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn refunded(on: impl Into<On<'_>>, checkout: &str) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM local_refunds WHERE checkout_id = $1")
        .bind(checkout)
        .scalar(on)
        .await
}

/// The same, of what went outside.
pub async fn refunded_outside(on: impl Into<On<'_>>, checkout: &str) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM local_refunds WHERE checkout_id = $1 AND outside = $2")
        .bind(checkout)
        .bind(true)
        .scalar(on)
        .await
}

/// Gives back, once a key; answers the refund's id, or none if that is more than is left, or finer than Stripe would take.
pub async fn refund(tx: &mut Tx, book: &Book, key: &str, amount: i64, outside: bool) -> Result<Option<String>> {
    // Locks the checkout, so that two refunds do not both find the money there.
    sql("UPDATE local_checkouts SET declined = declined WHERE id = $1").bind(&book.id).execute(tx).await?;
    let made: Option<(String,)> =
        sql("SELECT id FROM local_refunds WHERE key = $1").bind(key).optional(&mut *tx).await?;
    if let Some((id,)) = made {
        return Ok(Some(id));
    }
    let state: CheckoutState =
        sql("SELECT state FROM local_checkouts WHERE id = $1").bind(&book.id).scalar(&mut *tx).await?;
    let step = step(money(amount, &book.currency).currency);
    let fits = amount > 0 && amount % step == 0 && refunded(&mut *tx, &book.id).await? + amount <= book.amount;
    if state != CheckoutState::Paid || !fits {
        return Ok(None);
    }
    let id = format!("re_local_{}", ids::secret());
    sql("INSERT INTO local_refunds (id, checkout_id, key, amount, outside) VALUES ($1, $2, $3, $4, $5)")
        .bind(&id)
        .bind(&book.id)
        .bind(key)
        .bind(amount)
        .bind(outside)
        .execute(tx)
        .await?;
    Ok(Some(id))
}

pub async fn insert_notice(tx: &mut Tx, t: &Told) -> Result<()> {
    sql("INSERT INTO local_notices (id, kind, event, checkout_id, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(t.id)
        .bind(&t.kind)
        .bind(&t.event)
        .bind(&t.checkout_id)
        .bind(t.at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn notice(on: impl Into<On<'_>>, id: Id<Told>) -> Result<Option<Told>> {
    sql("SELECT * FROM local_notices WHERE id = $1").bind(id).optional(on).await
}

/// The notices of a checkout that are still on their way.
pub async fn notices_of(on: impl Into<On<'_>>, checkout: &str) -> Result<Vec<Told>> {
    sql("SELECT * FROM local_notices WHERE checkout_id = $1 ORDER BY id").bind(checkout).all(on).await
}

/// What has a price and room at published events that begin later, the next first.
pub async fn for_sale(on: impl Into<On<'_>>, after: Instant) -> Result<Vec<(Id<Event>, Id<TicketType>)>> {
    sql("SELECT e.id, t.id FROM events e JOIN ticket_types t ON t.event_id = e.id
         WHERE e.status = 'published' AND e.starts_at > $1 AND t.price > 0
             AND (t.capacity IS NULL OR t.sold + t.held < t.capacity)
         ORDER BY e.starts_at, e.id, t.position LIMIT 50")
    .bind(after)
    .all(on)
    .await
}

pub async fn forget_notice(tx: &mut Tx, id: Id<Told>) -> Result<()> {
    sql("DELETE FROM local_notices WHERE id = $1").bind(id).execute(tx).await.map(drop)
}
