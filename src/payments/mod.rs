//! Money: trying to move it, learning what became of it, giving it back.
//!
//! [`settle`] is the only way anything becomes paid: it asks the provider, with no transaction open, and writes
//! down what follows. Notices, the page that buyers come back to and the sweep only decide when it asks.
pub mod api;
pub mod bills;
pub mod checkout;
pub mod desk;
pub mod disputes;
pub mod facts;
pub mod gateway;
pub mod host_api;
pub mod letters;
pub mod local;
pub mod mine_pages;
mod mine_store;
pub mod notices;
pub mod pages;
pub mod purchases;
pub mod receipts;
pub mod refunds;
pub mod settle;
pub mod store;
pub mod stripe;
mod subject;
pub mod takings;
pub mod verify;

use crate::app::App;
use crate::clock::{self, Instant};
use crate::db;
use crate::i18n::{Currency, Money};
use crate::ids::Id;
use crate::orders::{Hold, Order};

pub use crate::money::MOST;
pub use checkout::begin;
pub use facts::PaymentFact;
pub use gateway::Gateway;
pub use settle::settle;

/// How long the provider takes money for one payment: Stripe's minimum is 30 minutes, and a clock may be behind.
pub const CHECKOUT_LASTS: jiff::SignedDuration = clock::minutes(32);
/// How much longer its places are kept, so that money of the last second finds them.
pub const GRACE: jiff::SignedDuration = clock::minutes(2);
/// A checkout never holds places longer than this in all.
pub const LONGEST: jiff::SignedDuration = clock::minutes(70);

words! {
    /// Who moves the money.
    pub enum Provider {
        /// The stand-in of development sites.
        Local = "local",
        Stripe = "stripe",
        /// Somebody who runs the event has it: paid at the door or by transfer.
        Host = "host",
    }
}
words! {
    pub enum PaymentState {
        Open = "open",
        Paid = "paid",
        /// No money came.
        Ended = "ended",
    }
}
words! {
    pub enum RefundState {
        Asked = "asked",
        /// The provider has it and does not know yet.
        Sent = "sent",
        Confirmed = "confirmed",
        Failed = "failed",
    }
}
words! {
    /// Whose money went back.
    pub enum Hand {
        /// What the buyer paid, through the provider.
        Provider = "provider",
        /// The site's, by hand.
        Site = "site",
        /// The own money of somebody who runs the event.
        Host = "host",
    }
}
words! {
    /// Why money goes back.
    pub enum Why {
        /// Places were given back.
        Tickets = "tickets",
        /// A host or admin gave back an amount; the tickets stay.
        Amount = "amount",
        /// The event does not take place, or the order was given back before the money came.
        Cancelled = "cancelled",
        /// The money came after the hold had ended, and there was no room.
        Late = "late",
        /// It was asked for before the price changed.
        Repriced = "repriced",
        /// The order was paid already.
        Twice = "twice",
        /// Given back at the provider, not through us.
        Outside = "outside",
    }
}

/// One try to move money: for an order, or for credits.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Payment {
    pub id: Id<Payment>,
    /// None for credits: then a [`purchases::Purchase`] says whose.
    pub order_id: Option<Id<Order>>,
    pub provider: Provider,
    pub state: PaymentState,
    /// In minor units of `currency`, as all amounts.
    pub amount: i64,
    /// Of what came, once something did: rarely another one than was asked, which the order still names.
    pub currency: String,
    /// What came, in minor units: 0 until it is paid, and rarely another amount than was asked.
    pub received: i64,
    /// The sum of its confirmed refunds.
    pub refunded: i64,
    pub opened_at: Instant,
    /// Until when the provider takes the money.
    pub expires_at: Instant,
    pub paid_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    /// What a person must look at: `amount`, `dispute`.
    pub problem: Option<String>,
    /// The provider's name for it, once it answered.
    pub reference: Option<String>,
    /// The provider's page.
    pub url: Option<String>,
    /// Where a program wants the buyer to come back to; the order's own pages without.
    pub return_url: Option<String>,
    pub cancel_url: Option<String>,
    pub asked_at: Option<Instant>,
    /// When the provider last said that a delayed way of paying brings the money, if it does.
    pub on_its_way_at: Option<Instant>,
}

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Refund {
    pub id: Id<Refund>,
    pub payment_id: Id<Payment>,
    pub order_id: Option<Id<Order>>,
    pub state: RefundState,
    pub why: Why,
    /// Counts the tries after a failure.
    pub attempt: i64,
    pub amount: i64,
    pub currency: String,
    pub asked_at: Instant,
    pub done_at: Option<Instant>,
    pub reference: Option<String>,
    /// What the provider last said.
    pub error: Option<String>,
}

impl Payment {
    /// One that a checkout can take money for from now on.
    fn open(order_id: Option<Id<Order>>, provider: Provider, (amount, currency): (i64, &str), now: Instant) -> Self {
        Self {
            id: Id::new(),
            order_id,
            provider,
            state: PaymentState::Open,
            amount,
            currency: currency.to_owned(),
            received: 0,
            refunded: 0,
            opened_at: now,
            expires_at: now + CHECKOUT_LASTS,
            paid_at: None,
            ended_at: None,
            problem: None,
            reference: None,
            url: None,
            return_url: None,
            cancel_url: None,
            asked_at: None,
            on_its_way_at: None,
        }
    }
    /// One whose money is there already.
    fn paid(order_id: Option<Id<Order>>, provider: Provider, of: (i64, &str), now: Instant) -> Self {
        let (state, received, paid_at) = (PaymentState::Paid, of.0, Some(now));
        Self { state, received, expires_at: now, paid_at, ..Self::open(order_id, provider, of, now) }
    }
    pub fn stream(&self) -> String {
        stream(self.id)
    }
    /// What came; before that what is to come.
    pub fn money(&self) -> Money {
        money(if self.is_paid() { self.received } else { self.amount }, &self.currency)
    }
    pub fn is_open(&self) -> bool {
        self.state == PaymentState::Open
    }
    /// Whether a delayed way of paying was used, and nobody knows yet whether the money comes.
    pub fn is_on_its_way(&self) -> bool {
        self.is_open() && self.on_its_way_at.is_some()
    }
    pub fn is_paid(&self) -> bool {
        self.state == PaymentState::Paid
    }
}

impl Refund {
    pub fn money(&self) -> Money {
        money(self.amount, &self.currency)
    }
    pub fn is_confirmed(&self) -> bool {
        self.state == RefundState::Confirmed
    }
}

/// What buyers are told of the money of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// Money came, so there is a receipt.
    pub is_paid: bool,
    pub returned: Money,
    /// Asked for and not back yet.
    pub awaited: Money,
}

/// What became of the money of an order.
pub async fn back(app: &App, order: &Order) -> db::Result<Back> {
    let payments = store::of_order(&app.db, order.id).await?;
    let refunds = store::refunds_of_order(&app.db, order.id).await?;
    let sum = |confirmed: bool| {
        let of = refunds.iter().filter(|refund| refund.is_confirmed() == confirmed);
        money(of.map(|refund| refund.amount).sum(), came_in(&payments, order))
    };
    Ok(Back { is_paid: payments.iter().any(Payment::is_paid), returned: sum(true), awaited: sum(false) })
}

/// Whether money for a held order is on its way: then nobody is asked for it once more.
pub async fn is_on_its_way(on: impl Into<db::On<'_>>, order: &Order) -> db::Result<bool> {
    let kept_for_it = order.is_held() && order.hold == Some(Hold::OnItsWay);
    Ok(kept_for_it || store::of_order(on, order.id).await?.iter().any(Payment::is_on_its_way))
}

/// What is paid for an order and neither given back, nor on its way back, nor taken back by a bank.
pub async fn left(app: &App, order: &Order) -> db::Result<Money> {
    let payments = store::of_order(&app.db, order.id).await?;
    let refunds = store::refunds_of_order(&app.db, order.id).await?;
    let came: i64 = payments.iter().map(|payment| payment.received).sum();
    let gone = refunds.iter().filter(|refund| refund.state != RefundState::Failed);
    let lost = disputes::store::lost_of_order(&app.db, order.id).await?;
    let left = came - gone.map(|refund| refund.amount).sum::<i64>() - lost;
    Ok(money(left.max(0), came_in(&payments, order)))
}

/// The currency of an order's money: that which came, before that what was asked.
pub(in crate::payments) fn came_in<'a>(payments: &'a [Payment], order: &'a Order) -> &'a str {
    payments.iter().find(|payment| payment.is_paid()).map_or(&order.currency, |payment| &payment.currency)
}

/// The stream of a payment's facts.
pub fn stream(id: Id<Payment>) -> String {
    format!("payment/{id}")
}

/// An amount in minor units of the currency with this code.
pub fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: Currency::new(currency).unwrap_or(Currency::NONE) }
}
