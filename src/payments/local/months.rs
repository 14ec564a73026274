//! What becomes of a subscription in the stand-in's books, month by month.
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::plans::{Bill, Book, BookState, Deed};
use super::{COMPLETED, plans_store as store, queue};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{DbError, Tx};
use crate::ids;
use crate::payments::gateway::rest_of_month;

/// The notice that renews before it is sent: not sent itself.
pub(super) const RENEW: &str = "renew";
const CREATED: &str = "customer.subscription.created";
const UPDATED: &str = "customer.subscription.updated";
const DELETED: &str = "customer.subscription.deleted";
const PAID: &str = "invoice.paid";
const UNPAID: &str = "invoice.payment_failed";

/// A month later: the 31st becomes the last day.
fn a_month_on(at: Instant) -> Instant {
    let zoned = at.in_zone(&TimeZone::UTC);
    zoned.checked_add(1.month()).map_or(at + crate::clock::days(30), |later| later.timestamp().into())
}

/// Another price from now on; what more it costs for the rest of the month is billed at once, and a card that is
/// declined keeps the old one, as does a sum that was not agreed. Asked twice with one key is done once.
pub(super) async fn change(
    tx: &mut Tx,
    book: &mut Book,
    (price, key, agreed): (&str, &str, Option<i64>),
    now: Instant,
) -> anyhow::Result<()> {
    anyhow::ensure!(book.runs(), "subscription {} is over", book.id);
    if book.price == price {
        return Ok(());
    }
    let wanted = store::price(&mut *tx, price).await?.ok_or_else(|| anyhow::anyhow!("there is no price {price}"))?;
    if let (Some(starts_at), Some(ends_at)) = (book.starts_at, book.ends_at) {
        let more = rest_of_month(wanted.amount - book.amount, (starts_at, ends_at), now);
        anyhow::ensure!(agreed.is_none_or(|agreed| agreed == more), "{more} would be charged, which nobody agreed to");
        if more > 0 && book.failing {
            return Ok(());
        }
        if more > 0 {
            let bill = bill(book, more, true, (now, now, ends_at));
            store::insert_bill(tx, key, &bill).await?;
            tell(tx, book, PAID, now).await?;
        }
    }
    (book.price, book.amount, book.currency) = (price.to_owned(), wanted.amount, wanted.currency);
    store::update(tx, book).await?;
    Ok(tell(tx, book, UPDATED, now).await?)
}

pub(super) async fn stop(tx: &mut Tx, book: &mut Book, yes: bool, now: Instant) -> anyhow::Result<()> {
    anyhow::ensure!(book.runs(), "subscription {} is over", book.id);
    if book.stops != yes {
        book.stops = yes;
        store::update(tx, book).await?;
        tell(tx, book, UPDATED, now).await?;
    }
    Ok(())
}

pub(super) async fn end(tx: &mut Tx, book: &mut Book, now: Instant) -> anyhow::Result<()> {
    if book.runs() {
        book.state = BookState::Ended;
        store::update(tx, book).await?;
        tell(tx, book, DELETED, now).await?;
    }
    Ok(())
}

fn bill(book: &Book, amount: i64, paid: bool, (at, starts_at, ends_at): (Instant, Instant, Instant)) -> Bill {
    Bill {
        id: format!("in_local_{}", ids::secret()),
        subscription_id: book.id.clone(),
        amount,
        currency: book.currency.clone(),
        paid,
        at,
        starts_at,
        ends_at,
    }
}

/// A month begins, and is billed.
async fn month(tx: &mut Tx, book: &mut Book, starts_at: Instant, now: Instant) -> Result<(), DbError> {
    let ends_at = a_month_on(starts_at);
    let paid = !book.failing;
    (book.starts_at, book.ends_at) = (Some(starts_at), Some(ends_at));
    book.state = if paid { BookState::Active } else { BookState::PastDue };
    store::update(tx, book).await?;
    let key = format!("{}.{}", book.id, starts_at.micros());
    let bill = bill(book, book.amount, paid, (now, starts_at, ends_at));
    store::insert_bill(tx, &key, &bill).await?;
    queue(tx, &book.id, RENEW, &ids::secret(), ends_at).await
}

/// The month is over: the next one begins, or it ends, or nobody paid for a whole month.
async fn renew(tx: &mut Tx, book: &mut Book, now: Instant) -> anyhow::Result<()> {
    let (true, Some(ends_at)) = (book.runs(), book.ends_at) else { return Ok(()) };
    if book.stops || book.state == BookState::PastDue {
        return end(tx, book, now).await;
    }
    month(tx, book, ends_at, now).await?;
    tell(tx, book, if book.failing { UNPAID } else { PAID }, now).await?;
    Ok(tell(tx, book, UPDATED, now).await?)
}

/// By the clock: does nothing if that month was renewed by hand.
pub(super) async fn renew_by_clock(app: &App, id: &str, at: Instant) -> anyhow::Result<()> {
    let now = app.clock.now();
    let done: anyhow::Result<()> = decide!(app.db, tx, {
        match store::lock(tx, id).await? {
            Some(mut book) if book.ends_at == Some(at) => renew(tx, &mut book, now).await,
            _ => Ok(()),
        }
    });
    done
}

async fn tell(tx: &mut Tx, book: &Book, kind: &str, now: Instant) -> Result<(), DbError> {
    queue(tx, &book.id, kind, &ids::secret(), now).await
}

async fn pay(tx: &mut Tx, book: &mut Book, deed: Deed, now: Instant) -> anyhow::Result<bool> {
    if book.state != BookState::Open || book.expires_at <= now {
        return Ok(false);
    }
    month(tx, book, now, now).await?;
    let times = match deed {
        Deed::Quiet => 0,
        Deed::Twice => 2,
        _ => 1,
    };
    let events = [COMPLETED, CREATED, PAID].map(|kind| (kind, ids::secret()));
    for _ in 0..times {
        for (kind, event) in &events {
            queue(tx, &book.id, kind, event, now).await?;
        }
    }
    Ok(true)
}

/// What somebody does on a subscription's page at the stand-in. False if that cannot be done any more.
pub async fn act(app: &App, id: &str, deed: Deed) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let done: anyhow::Result<bool> = decide!(app.db, tx, {
        let Some(mut book) = store::lock(tx, id).await? else { return Ok(false) };
        let book = &mut book;
        match deed {
            Deed::Pay | Deed::Quiet | Deed::Twice => return pay(tx, book, deed, now).await,
            Deed::Decline | Deed::Leave => return Ok(book.state == BookState::Open),
            _ if !book.runs() => return Ok(false),
            Deed::Renew | Deed::Fail => {
                book.failing = deed == Deed::Fail;
                renew(tx, book, now).await?;
            }
            Deed::PayOwed => {
                book.failing = false;
                book.state = BookState::Active;
                store::pay_bills(tx, &book.id, now).await?;
                store::update(tx, book).await?;
                tell(tx, book, PAID, now).await?;
                tell(tx, book, UPDATED, now).await?;
            }
            Deed::Cancel => stop(tx, book, true, now).await?,
            Deed::Resume => stop(tx, book, false, now).await?,
            Deed::End => end(tx, book, now).await?,
        }
        Ok(true)
    });
    done
}

/// In the shape of Stripe's events (<https://docs.stripe.com/api/events/object>).
pub(super) fn object(book: &Book, kind: &str) -> serde_json::Value {
    let metadata = serde_json::json!({ "subscription": book.ours });
    match kind {
        COMPLETED => serde_json::json!({
            "object": "checkout.session", "id": book.checkout, "mode": "subscription", "subscription": book.id,
            "client_reference_id": book.ours, "metadata": metadata, "payment_status": "paid",
            "amount_total": book.amount, "currency": book.currency.to_lowercase(),
        }),
        PAID | UNPAID => serde_json::json!({
            "object": "invoice", "customer": book.customer, "amount_due": book.amount,
            "currency": book.currency.to_lowercase(),
            "parent": { "type": "subscription_details", "subscription_details": { "subscription": book.id, "metadata": metadata } },
        }),
        _ => serde_json::json!({
            "object": "subscription", "id": book.id, "customer": book.customer, "status": book.state.word(),
            "cancel_at_period_end": book.stops, "metadata": metadata,
        }),
    }
}
