//! The payments desk: every payment and refund, what is stuck, and the acts that mend it.
pub mod finding;
pub mod giving;
pub mod order_pages;
pub mod pages;
pub mod store;

use super::settle::deliver;
use super::{
    Hand, Payment, PaymentFact, Provider, Refund, RefundState, Why, money, purchases, refunds, settle, subject,
};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::events::Event;
use crate::i18n::Money;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::orders::ending::{self, By};
use crate::orders::{Order, OrderState, Refusal};

/// How long behind its end an open payment may be silent, and a refund be under way, before somebody looks.
const SILENT: jiff::SignedDuration = clock::minutes(30);
const PENDING: jiff::SignedDuration = clock::hours(1);

words! {
    pub enum Moved { Payment = "payment", Refund = "refund" }
}

words! {
    /// What somebody does about money.
    pub enum Mend {
        /// The provider is asked once more.
        Settle = "settle",
        /// The tickets, if there is room; else all of it goes back.
        Issue = "issue",
        /// All of it goes back.
        GiveBack = "give_back",
        /// Somebody has looked at it, and it is well.
        Close = "close",
        /// The refund is tried once more.
        Again = "again",
        /// The money was given back in another way.
        ByHand = "by_hand",
        /// Tickets or an amount were given back.
        Refund = "refund",
    }
}

impl Mend {
    /// Nothing but a person's word stands behind these, so they say why.
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Close | Self::ByHand)
    }
}

/// One payment or refund with whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    pub kind: Moved,
    pub id: String,
    pub payment_id: Id<Payment>,
    /// None for credits.
    pub order_id: Option<Id<Order>>,
    pub slug: String,
    pub title: String,
    pub provider: Provider,
    pub state: String,
    pub amount: i64,
    pub currency: String,
    /// Of refunds why, of what is stuck how.
    pub why: String,
    pub at: Instant,
    pub name: String,
    pub email: String,
    /// What the provider last said.
    pub error: String,
    /// Of a payment the order's promo code and what that took off, in minor units.
    pub promo: String,
    pub discount: i64,
    /// What of it is tax.
    pub tax: i64,
    /// Which plan it pays a month of; '' if none.
    pub plan: String,
}

impl Line {
    pub fn money(&self) -> Money {
        money(self.amount, &self.currency)
    }
    pub fn is_refund(&self) -> bool {
        self.kind == Moved::Refund
    }
    /// Whether its money came through a provider that this site does not use now.
    pub fn is_elsewhere(&self) -> bool {
        self.error == refunds::ELSEWHERE
    }
    pub fn is_plan(&self) -> bool {
        !self.plan.is_empty()
    }
    pub fn who(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
    pub fn place(&self) -> finding::Place {
        finding::Place { at: self.at, id: self.id.clone() }
    }
    pub fn number(&self) -> String {
        purchases::number_of(self.order_id, self.payment_id)
    }
    /// Where its acts are sent to, below the desk.
    pub fn path(&self) -> String {
        format!("{}s/{}/mending", self.kind.word(), self.id)
    }
    /// What can be done about it while it is stuck.
    pub fn mends(&self) -> &'static [Mend] {
        match self.why.as_str() {
            "amount" => &[Mend::Issue, Mend::GiveBack, Mend::Close],
            "dispute" => &[Mend::Settle, Mend::Close],
            "dispute_lost" | "too_much" => &[Mend::Close],
            "silent" => &[Mend::Settle],
            "ended" | "not_issued" => &[Mend::Issue, Mend::GiveBack],
            "by_hand" => &[Mend::ByHand],
            // What the provider has yet to answer may still go out: nobody gives it by hand as well.
            "pending" => &[Mend::Again],
            _ => &[Mend::Again, Mend::ByHand],
        }
    }
}

/// What is stuck now, the oldest first: of an event, or anywhere.
pub async fn stuck(app: &App, event: Option<Id<Event>>) -> crate::db::Result<Vec<Line>> {
    let now = app.clock.now();
    let (silent, pending) = (now - SILENT, now - PENDING);
    match event {
        Some(event) => store::stuck_of(&app.db, event, silent, pending).await,
        None => store::stuck(&app.db, silent, pending).await,
    }
}

/// How many are stuck.
pub async fn waiting(app: &App) -> crate::db::Result<i64> {
    let now = app.clock.now();
    store::waiting(&app.db, now - SILENT, now - PENDING).await
}

/// Payments that are noted in one transaction.
const BATCH: i64 = 500;

/// Notes which payments can never get stuck again, so that the desk does not look at them. What it looks at is right
/// without it, too.
pub async fn tidy(app: &App) -> anyhow::Result<()> {
    loop {
        let mut tx = app.db.write().await?;
        let done = store::lay_to_rest(&mut tx, BATCH).await?;
        tx.commit().await?;
        if done == 0 {
            return Ok(());
        }
    }
}

/// Who does what about which payment or refund, and why.
pub struct Act<'a> {
    pub payment: Id<Payment>,
    pub refund: Option<Id<Refund>>,
    pub what: Mend,
    pub reason: &'a str,
    pub by: Actor,
    /// Whose money they give by hand.
    pub hand: Hand,
}

impl Act<'_> {
    pub(super) async fn write(&self, tx: &mut Tx, now: Instant) -> Result<(), Refusal> {
        let fact = PaymentFact::Mended { act: self.what, refund: self.refund, reason: self.reason.to_owned() };
        journal::append(tx, &super::stream(self.payment), &fact, self.by, now).await?;
        Ok(())
    }
}

/// Does it. Done twice, or when nothing is wrong any more, it moves nothing.
pub async fn mend(app: &App, act: &Act<'_>) -> Result<(), Refusal> {
    if act.what == Mend::Settle {
        settle(app, act.payment).await.map_err(|error| {
            tracing::warn!(payment = %act.payment, error = format!("{error:#}"), "the provider was not reached");
            Refusal::NoAnswer
        })?;
    }
    let now = app.clock.now();
    decide!(app.db, tx, apply(tx, act, now).await)
}

async fn apply(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let payment = super::store::by_id(&mut *tx, act.payment).await?.ok_or(Refusal::NotLive)?;
    subject::lock(tx, payment.id, payment.order_id).await?;
    match (act.what, act.refund) {
        (Mend::Issue | Mend::GiveBack, _) => put_right(tx, act, now).await?,
        (Mend::Close, _) => close(tx, &payment, act.by, now).await?,
        (Mend::Again, Some(refund)) => again(tx, refund, act.by, now).await?,
        (Mend::ByHand, Some(refund)) => refunds::given_by_hand(tx, refund, (act.hand, act.by), now).await?,
        (Mend::Settle | Mend::Refund | Mend::Again | Mend::ByHand, _) => {}
    }
    act.write(tx, now).await
}

/// Money that came and bought nothing buys the tickets now, or goes back.
async fn put_right(tx: &mut Tx, act: &Act<'_>, now: Instant) -> Result<(), Refusal> {
    let payment = super::store::by_id(&mut *tx, act.payment).await?.ok_or(Refusal::NotLive)?;
    let of = subject::lock(tx, payment.id, payment.order_id).await?;
    let untouched = super::store::given_back(tx, payment.id).await? == 0;
    let order = of.order();
    let waits = order.is_some_and(|order| matches!(order.state, OrderState::Held | OrderState::Ended));
    if !payment.is_paid() || !untouched || !(waits || payment.problem.as_deref() == Some("amount")) {
        return Ok(());
    }
    close(tx, &payment, act.by, now).await?;
    if act.what == Mend::Issue {
        return deliver(tx, &of, &payment, now).await;
    }
    if let Some(order) = order.filter(|order| order.is_held()) {
        ending::cancel(tx, order.id, By::Host(act.by), now).await?;
    }
    let late = order.is_some_and(|order| order.state == OrderState::Ended);
    let why = if late { Why::Late } else { Why::Cancelled };
    refunds::ask(tx, order, &payment, payment.received, why, &[], act.by, now).await.map(drop)
}

async fn close(tx: &mut Tx, payment: &Payment, by: Actor, now: Instant) -> Result<(), Refusal> {
    if payment.problem.is_some() {
        super::store::set_problem(tx, payment.id, None).await?;
        journal::append(tx, &payment.stream(), &PaymentFact::ProblemClosed, by, now).await?;
    }
    Ok(())
}

async fn again(tx: &mut Tx, id: Id<Refund>, by: Actor, now: Instant) -> Result<(), Refusal> {
    let refund = super::store::refund(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    if matches!(refund.state, RefundState::Asked | RefundState::Sent) {
        jobs::enqueue(tx, Job::SendRefund { refund: id }, now).await?;
    }
    refunds::try_again(tx, id, by, now).await
}
