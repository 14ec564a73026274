//! Plans at the stand-in: products, and subscriptions that renew by the clock, fail and end as a provider's do.
use super::months::{change, end, stop};
use super::{Local, plans_store as store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids;
use crate::payments::gateway::{Checkout, Invoice, Listed, Subscribed, Subscribing, SubscriptionStanding, Wanted};

/// What the names of subscriptions begin with here.
pub(super) const PREFIX: &str = "sub_local_";

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
    Price { price: &'a str, key: &'a str, agreed: Option<i64> },
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

    /// None if the card is declined.
    pub async fn change_plan(
        &self,
        reference: &str,
        (price, agreed): (&str, Option<i64>),
        key: &str,
    ) -> anyhow::Result<Option<Subscribed>> {
        let now = self.clock.now();
        let work = self.alter(reference, Wish::Price { price, key, agreed }, now);
        // A card that is declined leaves the price as it was.
        self.call("change_plan", work).await.map(|told| Some(told).filter(|told| told.price == price))
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
                Wish::Price { price, key, agreed } => change(tx, &mut book, (price, key, agreed), now).await?,
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
        amount: Some(book.amount),
        period_starts_at: book.starts_at,
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
        price: None,
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
