//! The stand-in for a payment provider on development sites: no money moves, but time and order are a real
//! provider's. It keeps books of its own, and tells us by signed notices at the same address.
mod bills;
pub mod months;
pub mod pages;
pub mod plan_pages;
pub mod plans;
mod plans_store;
pub mod rehearsal;
mod store;

use std::sync::{Arc, Mutex};

use super::gateway::{Charge, Checkout, Returned, Standing};
use crate::app::App;
use crate::clock::{Clock, Instant};
use crate::db::Db;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};

pub use pages::tell;

/// What the provider's side of a call does when a test makes it fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It does not answer, and nothing happened.
    Before,
    /// It does not answer, but it happened.
    After,
}
type Weather = dyn FnMut(&'static str) -> Fault + Send;

#[derive(Clone)]
pub struct Local {
    db: Db,
    clock: Clock,
    secret: Arc<[u8]>,
    /// Always fair on a development site.
    weather: Arc<Mutex<Box<Weather>>>,
}

words! {
    pub enum CheckoutState { Open = "open", Paid = "paid", Expired = "expired" }
}

/// A checkout in the provider's books.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Book {
    pub id: String,
    /// The payment that it was opened for.
    pub payment: String,
    pub amount: i64,
    pub currency: String,
    pub state: CheckoutState,
    pub expires_at: Instant,
    pub return_url: String,
    pub cancel_url: String,
    pub declined: i64,
}

/// A notice that is on its way to us.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Told {
    pub id: Id<Told>,
    pub kind: String,
    pub event: String,
    pub checkout_id: String,
    pub at: Instant,
}

words! {
    /// What can be done on the pay page.
    pub enum Deed {
        Pay = "pay",
        Decline = "decline",
        Leave = "leave",
        /// The money comes when the places are long gone.
        Late = "late",
        /// Nobody tells us.
        Quiet = "quiet",
        /// We are told twice.
        Twice = "twice",
        /// All of it goes back, without us.
        RefundOutside = "refund_outside",
    }
}

/// The notice that pays before it is sent.
const LATE: &str = "late";
const COMPLETED: &str = "checkout.session.completed";

impl Local {
    pub fn new(db: &Db, clock: &Clock, key: &[u8]) -> Self {
        let secret = crate::web::signing::derived(key, "notices of the local provider").into();
        let fair: Box<Weather> = Box::new(|_| Fault::None);
        Self { db: db.clone(), clock: clock.clone(), secret, weather: Arc::new(Mutex::new(fair)) }
    }

    /// From now on calls fail as this says, for all clones: for tests.
    pub fn set_weather(&self, weather: impl FnMut(&'static str) -> Fault + Send + 'static) {
        if let Ok(mut now) = self.weather.lock() {
            *now = Box::new(weather);
        }
    }

    /// Runs a call of the provider through the weather.
    async fn call<T>(&self, what: &'static str, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let fault = self.weather.lock().map_or(Fault::None, |mut weather| weather(what));
        if fault == Fault::Before {
            anyhow::bail!("the local provider does not answer: {what}");
        }
        let answer = work.await?;
        if fault == Fault::After {
            anyhow::bail!("the local provider's answer was lost: {what}");
        }
        Ok(answer)
    }

    pub fn notice_secret(&self) -> &[u8] {
        &self.secret
    }

    pub async fn open(&self, charge: &Charge) -> anyhow::Result<Checkout> {
        let open = async {
            let key = charge.payment.to_string();
            let book = Book {
                id: format!("cs_local_{}", ids::secret()),
                payment: key.clone(),
                amount: charge.amount,
                currency: charge.currency.clone(),
                state: CheckoutState::Open,
                expires_at: charge.expires_at,
                return_url: charge.return_url.clone(),
                cancel_url: charge.cancel_url.clone(),
                declined: 0,
            };
            let id: anyhow::Result<String> = decide!(self.db, tx, Ok(store::open(tx, &key, &book).await?));
            let reference = id?;
            let url = format!("/local/checkouts/{reference}");
            Ok(Checkout { reference, url })
        };
        self.call("open", open).await
    }

    async fn book(&self, reference: &str) -> anyhow::Result<Book> {
        store::by_id(&self.db, reference).await?.ok_or_else(|| anyhow::anyhow!("there is no checkout {reference}"))
    }

    pub async fn standing(&self, reference: &str) -> anyhow::Result<Standing> {
        let standing = async {
            if let Some(bill) = self.bill(reference).await? {
                return self.standing_of_bill(bill).await;
            }
            let book = self.book(reference).await?;
            Ok(match book.state {
                CheckoutState::Open if book.expires_at > self.clock.now() => Standing::Open,
                CheckoutState::Open | CheckoutState::Expired => Standing::Ended,
                CheckoutState::Paid => Standing::Paid {
                    amount: book.amount,
                    currency: book.currency,
                    refunded: store::refunded(&self.db, reference).await?,
                    outside: Some(store::refunded_outside(&self.db, reference).await?),
                    disputes: Vec::new(),
                },
            })
        };
        self.call("standing", standing).await
    }

    pub async fn expire(&self, reference: &str) -> anyhow::Result<()> {
        let expire = async {
            let done: anyhow::Result<()> = decide!(self.db, tx, {
                store::expire(tx, reference).await?;
                plans_store::expire(tx, reference).await?;
                Ok(())
            });
            done
        };
        self.call("expire", expire).await
    }

    pub async fn refund(&self, reference: &str, amount: i64, key: &str) -> anyhow::Result<Returned> {
        let refund = async {
            if let Some(bill) = self.bill(reference).await? {
                return self.refund_of_bill(&bill, amount, key).await;
            }
            let book = self.book(reference).await?;
            let done: anyhow::Result<Option<String>> =
                decide!(self.db, tx, Ok(store::refund(tx, &book, key, amount, false).await?));
            Ok(match done? {
                Some(reference) => Returned::Done { reference },
                None => Returned::Failed { reason: "more than was paid".to_owned() },
            })
        };
        self.call("refund", refund).await
    }
}

/// What the buyer does on the pay page. False if the checkout is over.
pub async fn act(app: &App, book: &Book, deed: Deed) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let done: anyhow::Result<bool> = decide!(app.db, tx, {
        let paid = match deed {
            Deed::Leave => true,
            Deed::Decline => store::decline(tx, &book.id).await?,
            Deed::Pay | Deed::Quiet | Deed::Twice => store::pay(tx, &book.id, now).await?,
            Deed::Late => {
                // Behind the end of the hold, and of the ten minutes for a provider that is down.
                let at = book.expires_at + crate::clock::minutes(15);
                queue(tx, &book.id, LATE, &ids::secret(), at).await?;
                true
            }
            Deed::RefundOutside => store::refund(tx, book, &ids::secret(), book.amount, true).await?.is_some(),
        };
        let event = ids::secret();
        let kind = if deed == Deed::RefundOutside { "charge.refunded" } else { COMPLETED };
        let times = match deed {
            _ if !paid => 0,
            Deed::Pay | Deed::RefundOutside => 1,
            Deed::Twice => 2,
            Deed::Decline | Deed::Leave | Deed::Late | Deed::Quiet => 0,
        };
        for _ in 0..times {
            queue(tx, &book.id, kind, &event, now).await?;
        }
        Ok(paid)
    });
    done
}

async fn queue(
    tx: &mut crate::db::Tx,
    checkout: &str,
    kind: &str,
    event: &str,
    at: Instant,
) -> Result<(), crate::db::DbError> {
    let told = Told {
        id: Id::new(),
        kind: kind.to_owned(),
        event: format!("evt_local_{event}"),
        checkout_id: checkout.to_owned(),
        at,
    };
    store::insert_notice(tx, &told).await?;
    jobs::enqueue(tx, Job::SendLocalNotice { notice: told.id }, at).await
}
