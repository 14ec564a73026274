//! Plans at the stand-in: products, and subscriptions that renew by the clock, fail and end as a provider's do.
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::{COMPLETED, Local, plans_store as store, queue};
use crate::app::App;
use crate::clock::Instant;
use crate::db::{DbError, Tx};
use crate::ids;
use crate::payments::gateway::{Checkout, Invoice, Listed, Subscribed, Subscribing, SubscriptionStanding, Wanted};

/// What the names of subscriptions begin with here.
pub(super) const PREFIX: &str = "sub_local_";
/// The notice that renews before it is sent: not sent itself.
pub(super) const RENEW: &str = "renew";
const CREATED: &str = "customer.subscription.created";
const UPDATED: &str = "customer.subscription.updated";
const DELETED: &str = "customer.subscription.deleted";
const PAID: &str = "invoice.paid";
const UNPAID: &str = "invoice.payment_failed";

words! {
    pub enum BookState {
        /// Its first month can be paid.
        Open = "open",
        Active = "active",
        PastDue = "past_due",
        Ended = "ended",
        /// Nobody paid in time.
        Expired = "expired",
    }
}

/// A subscription in the provider's books, from its checkout on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Book {
    pub id: String,
    pub checkout: String,
    /// Our id of it.
    pub ours: String,
    pub customer: String,
    pub title: String,
    pub price: String,
    pub amount: i64,
    pub currency: String,
    pub state: BookState,
    pub expires_at: Instant,
    pub return_url: String,
    pub cancel_url: String,
    /// The month that runs.
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
    /// Ends with that month.
    pub stops: bool,
    /// The card is declined from now on.
    pub failing: bool,
}

impl Book {
    pub fn runs(&self) -> bool {
        matches!(self.state, BookState::Active | BookState::PastDue)
    }
    pub fn path(&self) -> String {
        format!("/local/subscriptions/{}", self.id)
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Price {
    pub amount: i64,
    pub currency: String,
    pub monthly: bool,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Bill {
    pub id: String,
    pub subscription_id: String,
    pub amount: i64,
    pub currency: String,
    pub paid: bool,
    pub at: Instant,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

words! {
    /// What can be done on a subscription's page at the stand-in.
    pub enum Deed {
        Pay = "pay",
        /// Nobody tells us.
        Quiet = "quiet",
        /// We are told twice.
        Twice = "twice",
        Decline = "decline",
        Leave = "leave",
        /// The next month begins now.
        Renew = "renew",
        /// The same, and the card is declined.
        Fail = "fail",
        /// What is owed is paid.
        PayOwed = "pay_owed",
        Cancel = "cancel",
        Resume = "resume",
        /// It is over at once.
        End = "end",
    }
}

/// What is asked of a subscription that runs.
#[derive(Clone, Copy)]
enum Wish<'a> {
    Price { price: &'a str, key: &'a str },
    Stop(bool),
    End,
}

/// A product with its price.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OnSale {
    id: String,
    price: String,
    key: String,
    name: String,
    amount: i64,
    currency: String,
    monthly: bool,
}

impl From<OnSale> for Listed {
    fn from(of: OnSale) -> Self {
        let OnSale { id, price, key, name, amount, currency, monthly } = of;
        Self { product: id, price: Some(price), key, name, amount, currency, monthly }
    }
}

/// A month later: the 31st becomes the last day.
fn a_month_on(at: Instant) -> Instant {
    let zoned = at.in_zone(&TimeZone::UTC);
    zoned.checked_add(1.month()).map_or(at + crate::clock::days(30), |later| later.timestamp().into())
}

impl Local {
    pub async fn catalogue(&self) -> anyhow::Result<Vec<Listed>> {
        let work = async { Ok(store::catalogue(&self.db).await?.into_iter().map(Listed::from).collect()) };
        self.call("catalogue", work).await
    }

    pub async fn list_product(&self, wanted: &Wanted) -> anyhow::Result<Listed> {
        let work = async {
            let done: anyhow::Result<Listed> = decide!(self.db, tx, list(tx, wanted).await);
            done
        };
        self.call("list_product", work).await
    }

    pub async fn archive(&self, product: &str) -> anyhow::Result<()> {
        let work = async {
            let done: anyhow::Result<()> = decide!(self.db, tx, {
                store::archive(tx, product).await?;
                Ok(())
            });
            done
        };
        self.call("archive", work).await
    }

    pub async fn subscribe(&self, wish: &Subscribing) -> anyhow::Result<Option<Checkout>> {
        let work = async {
            let customer = || format!("cus_local_{}", wish.payer.member);
            let book = Book {
                id: format!("{PREFIX}{}", ids::secret()),
                checkout: format!("cs_local_{}", ids::secret()),
                ours: wish.subscription.to_string(),
                customer: wish.payer.customer.clone().unwrap_or_else(customer),
                title: wish.title.clone(),
                price: wish.price.clone(),
                amount: wish.amount,
                currency: wish.currency.clone(),
                state: BookState::Open,
                expires_at: wish.expires_at,
                return_url: wish.return_url.clone(),
                cancel_url: wish.cancel_url.clone(),
                starts_at: None,
                ends_at: None,
                stops: false,
                failing: false,
            };
            let key = format!("{}.{}", wish.subscription, wish.attempt);
            let open: anyhow::Result<Book> = decide!(self.db, tx, Ok(store::open(tx, &key, &book).await?));
            let open = open?;
            Ok(Some(Checkout { url: open.path(), reference: open.checkout }))
        };
        self.call("subscribe", work).await
    }

    pub async fn subscription_of(&self, checkout: &str) -> anyhow::Result<Option<String>> {
        let work = async {
            let book = store::by_checkout(&self.db, checkout).await?;
            Ok(book.filter(|book| book.starts_at.is_some()).map(|book| book.id))
        };
        self.call("subscription_of", work).await
    }

    pub async fn subscription(&self, reference: &str) -> anyhow::Result<Option<Subscribed>> {
        let work = async { Ok(store::by_id(&self.db, reference).await?.map(subscribed)) };
        self.call("subscription", work).await
    }

    pub async fn change_plan(&self, reference: &str, price: &str, key: &str) -> anyhow::Result<Subscribed> {
        let now = self.clock.now();
        let work = self.alter(reference, Wish::Price { price, key }, now);
        self.call("change_plan", work).await
    }

    pub async fn cancel_at_period_end(&self, reference: &str, yes: bool) -> anyhow::Result<Subscribed> {
        let now = self.clock.now();
        let work = self.alter(reference, Wish::Stop(yes), now);
        self.call("cancel_at_period_end", work).await
    }

    pub async fn end_subscription(&self, reference: &str) -> anyhow::Result<()> {
        let now = self.clock.now();
        let work = self.alter(reference, Wish::End, now);
        self.call("end_subscription", work).await.map(drop)
    }

    async fn alter(&self, reference: &str, wish: Wish<'_>, now: Instant) -> anyhow::Result<Subscribed> {
        let done: anyhow::Result<Book> = decide!(self.db, tx, {
            let missing = || anyhow::anyhow!("there is no subscription {reference}");
            let mut book = store::lock(tx, reference).await?.ok_or_else(missing)?;
            match wish {
                Wish::Price { price, key } => change(tx, &mut book, (price, key), now).await?,
                Wish::Stop(yes) => stop(tx, &mut book, yes, now).await?,
                Wish::End => end(tx, &mut book, now).await?,
            }
            Ok(book)
        });
        done.map(subscribed)
    }

    pub async fn invoices(&self, subscription: &str) -> anyhow::Result<Vec<Invoice>> {
        let work = async { Ok(store::bills(&self.db, subscription).await?.into_iter().map(invoice).collect()) };
        self.call("invoices", work).await
    }

    pub async fn portal(&self, customer: &str, _return_url: &str) -> anyhow::Result<String> {
        let work = async {
            let book = store::of_customer(&self.db, customer).await?;
            book.map(|book| book.path()).ok_or_else(|| anyhow::anyhow!("there is no customer {customer}"))
        };
        self.call("portal", work).await
    }
}

fn subscribed(book: Book) -> Subscribed {
    Subscribed {
        standing: match book.state {
            BookState::Open => SubscriptionStanding::Incomplete,
            BookState::Active => SubscriptionStanding::Active,
            BookState::PastDue => SubscriptionStanding::PastDue,
            BookState::Ended | BookState::Expired => SubscriptionStanding::Ended,
        },
        reference: book.id,
        customer: book.customer,
        price: book.price,
        period_ends_at: book.ends_at,
        ends_at_period_end: book.stops,
        metadata_id: Some(book.ours),
    }
}

fn invoice(bill: Bill) -> Invoice {
    Invoice {
        reference: bill.id,
        subscription: bill.subscription_id,
        paid: bill.paid,
        amount: bill.amount,
        currency: bill.currency,
        at: bill.at,
        period_starts_at: bill.starts_at,
        period_ends_at: bill.ends_at,
        hosted_url: None,
    }
}

async fn list(tx: &mut Tx, wanted: &Wanted) -> anyhow::Result<Listed> {
    let missing = || anyhow::anyhow!("the local provider lost {}", wanted.key);
    let new = format!("prod_local_{}", ids::secret());
    // Two who list the same at the same time list it once.
    if store::insert_product(tx, &new, wanted).await? {
        store::insert_price(tx, &new, wanted).await?;
    }
    let (id,) = store::listed(tx, &wanted.key).await?.ok_or_else(missing)?;
    let listed = store::of_product(tx, &id).await?.map(Listed::from).ok_or_else(missing)?;
    if !listed.costs(wanted) {
        store::insert_price(tx, &id, wanted).await?;
    }
    store::set_name(tx, &id, &wanted.name).await?;
    store::of_product(tx, &id).await?.map(Listed::from).ok_or_else(missing)
}

/// Another price from now on; what more it costs for the rest of the month is billed at once. Asked twice with one key
/// is done once.
async fn change(tx: &mut Tx, book: &mut Book, (price, key): (&str, &str), now: Instant) -> anyhow::Result<()> {
    anyhow::ensure!(book.runs(), "subscription {} is over", book.id);
    if book.price == price {
        return Ok(());
    }
    let wanted = store::price(&mut *tx, price).await?.ok_or_else(|| anyhow::anyhow!("there is no price {price}"))?;
    if let (Some(starts_at), Some(ends_at)) = (book.starts_at, book.ends_at) {
        let whole = i128::from(starts_at.until(ends_at).as_secs().max(1));
        let rest = i128::from(now.until(ends_at).as_secs()).clamp(0, whole);
        let more = i64::try_from(i128::from(wanted.amount - book.amount) * rest / whole)?;
        if more > 0 {
            let bill = bill(book, more, !book.failing, (now, now, ends_at));
            store::insert_bill(tx, key, &bill).await?;
            tell(tx, book, PAID, now).await?;
        }
    }
    (book.price, book.amount, book.currency) = (price.to_owned(), wanted.amount, wanted.currency);
    store::update(tx, book).await?;
    Ok(tell(tx, book, UPDATED, now).await?)
}

async fn stop(tx: &mut Tx, book: &mut Book, yes: bool, now: Instant) -> anyhow::Result<()> {
    anyhow::ensure!(book.runs(), "subscription {} is over", book.id);
    if book.stops != yes {
        book.stops = yes;
        store::update(tx, book).await?;
        tell(tx, book, UPDATED, now).await?;
    }
    Ok(())
}

async fn end(tx: &mut Tx, book: &mut Book, now: Instant) -> anyhow::Result<()> {
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
