//! Payments for credits: begun by a member, settled on the road that every payment goes, and weighed against what
//! went back of them.
pub mod admin_pages;
pub mod letters;
pub mod moved;
pub mod pages;
pub mod sheet;
pub mod store;

use serde::{Deserialize, Serialize};

use super::checkout::{Back, sent};
use super::desk::{Act, Mend};
use super::gateway::Charge;
use super::{Hand, Payment, PaymentFact, Provider, Refund, Why, receipts, refunds, settle, store as payments};
use crate::app::App;
use crate::clock::Instant;
use crate::credits::{self, price};
use crate::db::Tx;
use crate::i18n::{Currency, Say};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member};
use crate::orders::{self, Order, Refusal};
use crate::plans;
use crate::site;

/// What a payment without an order is for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Purchase {
    pub payment_id: Id<Payment>,
    pub member_id: Id<Member>,
    pub credits: i64,
    /// The version of the site's terms that held; '' where there were none.
    pub terms: String,
}

/// The same as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    pub member: Id<Member>,
    pub credits: i64,
    pub terms: String,
}

impl Purchase {
    pub fn bought(&self) -> Bought {
        Bought { member: self.member_id, credits: self.credits, terms: self.terms.clone() }
    }
    pub fn path(&self) -> String {
        path(self.payment_id)
    }
    pub fn number(&self) -> String {
        number(self.payment_id)
    }
}

/// Where a member sees it.
pub fn path(payment: Id<Payment>) -> String {
    format!("/credits/purchases/{payment}")
}

/// What people call it: the last eight letters of its id.
pub fn number(payment: Id<Payment>) -> String {
    let id = payment.to_string();
    format!("C-{}", id[id.len() - 8..].to_uppercase())
}

/// The number of what a payment is for: an order's, or its own.
pub fn number_of(order: Option<Id<Order>>, payment: Id<Payment>) -> String {
    order.map_or_else(|| number(payment), orders::number)
}

/// Opens a payment for credits, or goes on with the open one for as many, and answers it with the provider's page.
pub async fn begin(app: &App, member: &Member, credits: i64, to: &Back) -> Result<(Payment, String), Refusal> {
    let gateway = app.gateway.as_ref().ok_or(Refusal::NoPayments)?;
    let (now, provider) = (app.clock.now(), gateway.provider());
    let currency = Currency::new(&app.config.currency).unwrap_or(Currency::NONE);
    let least = price::of(price::least(currency), currency);
    if credits < price::least(currency) {
        return Err(Refusal::TotalTooSmall { least });
    }
    if credits > price::most(currency) {
        return Err(Refusal::AmountTooLarge { most: price::of(price::most(currency), currency) });
    }
    let wish = (member.id, credits, currency);
    let mut payment = decide!(app.db, tx, open(tx, wish, provider, to, now).await)?;
    let mut checkout = sent(app, gateway, &payment).await?;
    if checkout.is_none() {
        settle(app, payment.id).await.map_err(Refusal::Broken)?;
        payment = decide!(app.db, tx, open(tx, wish, provider, to, now).await)?;
        checkout = sent(app, gateway, &payment).await?;
    }
    let checkout = checkout.ok_or(Refusal::NoAnswer)?;
    Ok((payment, checkout.url))
}

/// Pressing twice finds the first.
async fn open(
    tx: &mut Tx,
    (member, credits, currency): (Id<Member>, i64, Currency),
    provider: Provider,
    to: &Back,
    now: Instant,
) -> Result<Payment, Refusal> {
    if !members::store::stands(tx, member).await? {
        return Err(Refusal::NoAccount);
    }
    credits::lock(tx, member).await?;
    let price = price::of(credits, currency);
    if let Some(open) = store::open_of(tx, member, credits, now).await?
        && (&open.return_url, &open.cancel_url) == (&to.return_url, &to.cancel_url)
        && (open.amount, open.currency.as_str(), open.provider) == (price.minor, currency.code(), provider)
    {
        return Ok(open);
    }
    let payment = Payment {
        return_url: to.return_url.clone(),
        cancel_url: to.cancel_url.clone(),
        ..Payment::open(None, provider, (price.minor, currency.code()), now)
    };
    payments::insert(tx, &payment).await?;
    let terms = site::terms_version(&mut *tx).await?;
    let purchase = Purchase { payment_id: payment.id, member_id: member, credits, terms };
    store::insert(tx, &purchase).await?;
    let fact = PaymentFact::PaymentOpened {
        order: None,
        purchase: Some(purchase.bought()),
        provider,
        amount: payment.amount,
        currency: payment.currency.clone(),
        expires_at: payment.expires_at,
    };
    journal::append(tx, &payment.stream(), &fact, Actor::Member(member), now).await?;
    Ok(payment)
}

/// What the provider is asked for.
pub(super) async fn charge(app: &App, payment: &Payment) -> anyhow::Result<Charge> {
    let missing = || anyhow::anyhow!("payment {} is for nothing", payment.id);
    let purchase = store::by_payment(&app.db, payment.id).await?.ok_or_else(missing)?;
    let member = members::store::by_id(&app.db, purchase.member_id).await?.ok_or_else(missing)?;
    let site = app.site_name();
    let back = || app.config.url(&purchase.path());
    Ok(Charge {
        order: None,
        payment: payment.id,
        amount: payment.amount,
        currency: payment.currency.clone(),
        title: tn!("1 credit for {site}", "{n} credits for {site}", purchase.credits, site).to(member.locale()),
        email: member.email,
        opened_at: payment.opened_at,
        now: app.clock.now(),
        expires_at: payment.expires_at,
        return_url: payment.return_url.clone().unwrap_or_else(back),
        cancel_url: payment.cancel_url.clone().unwrap_or_else(|| app.config.url("/credits")),
    })
}

/// The money is there: so are the credits, and a receipt. Wants the member and their credits locked.
pub(super) async fn deliver(tx: &mut Tx, of: &Purchase, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    let member = members::store::by_id(&mut *tx, of.member_id).await?.ok_or(Refusal::NotLive)?;
    // Nobody is there any more who could spend them.
    if member.erased_at.is_some() {
        let why = Why::Cancelled;
        return refunds::ask(tx, None, payment, payment.received, why, &[], Actor::Site, now).await.map(drop);
    }
    credits::bought(tx, of.member_id, payment.id, of.credits, now).await?;
    receipts::issue(tx, payment, now).await?;
    queue(tx, Letter::CreditsBought { payment: payment.id }, &Reader::of(&member), now).await?;
    Ok(())
}

/// Takes back, or gives again, what is due now that money of a payment went back or stays. Does nothing for orders.
pub(super) async fn weigh(tx: &mut Tx, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    if payment.order_id.is_some() || !payment.is_paid() {
        return Ok(());
    }
    let Some(purchase) = store::by_payment(&mut *tx, payment.id).await? else { return Ok(()) };
    let gone = payments::given_back(tx, payment.id).await? + store::disputed(tx, payment.id).await?;
    let due = due(purchase.credits, payment.received, gone);
    Ok(credits::stays(tx, purchase.member_id, payment.id, due, now).await?)
}

/// The same where a refund took another turn.
pub(super) async fn weigh_of(tx: &mut Tx, refund: &Refund, now: Instant) -> Result<(), Refusal> {
    match payments::by_id(&mut *tx, refund.payment_id).await? {
        Some(payment) => weigh(tx, &payment, now).await,
        None => Ok(()),
    }
}

/// What stays of credits when so much of what was paid is gone: a part takes its share, rounded down.
fn due(credits: i64, paid: i64, gone: i64) -> i64 {
    let lost = i128::from(credits) * i128::from(gone.clamp(0, paid)) / i128::from(paid.max(1));
    credits - i64::try_from(lost).unwrap_or(credits)
}

/// Money of it is back: the member is told.
pub(super) async fn returned(tx: &mut Tx, refund: &Refund, now: Instant) -> Result<(), Refusal> {
    weigh_of(tx, refund, now).await?;
    let Some(member) = payer(tx, refund.payment_id).await? else { return Ok(()) };
    let member = members::store::by_id(&mut *tx, member).await?;
    if let Some(member) = member.filter(|member| member.erased_at.is_none()) {
        queue(tx, Letter::Refunded { refund: refund.id }, &Reader::of(&member), now).await?;
    }
    Ok(())
}

/// Whose payment it is, of credits or of a plan.
async fn payer(tx: &mut Tx, payment: Id<Payment>) -> Result<Option<Id<Member>>, Refusal> {
    if let Some(purchase) = store::by_payment(&mut *tx, payment).await? {
        return Ok(Some(purchase.member_id));
    }
    Ok(plans::store::bill_of_payment(&mut *tx, payment).await?.map(|bill| bill.member_id))
}

/// An admin gives all that is left of the money back, of credits or of a month of a plan; bought credits go with it.
/// False if nothing is left.
pub async fn give_back(
    tx: &mut Tx,
    id: Id<Payment>,
    (by, reason): (Actor, &str),
    now: Instant,
) -> Result<bool, Refusal> {
    super::subject::lock(tx, id, None).await?;
    let payment = payments::by_id(&mut *tx, id).await?.filter(Payment::is_paid).ok_or(Refusal::NotLive)?;
    let left = refunds::left(tx, &payment).await?;
    if left == 0 {
        return Ok(false);
    }
    refunds::ask(tx, None, &payment, left, Why::Amount, &[], by, now).await?;
    let (what, hand) = (Mend::Refund, Hand::Provider);
    Act { payment: id, refund: None, what, reason, by, hand }.write(tx, now).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::due;

    #[test]
    fn what_went_back_takes_its_share_of_the_credits() {
        assert_eq!([due(50, 500, 0), due(50, 500, 500), due(50, 500, 900)], [50, 0, 0]);
        assert_eq!([due(50, 500, 9), due(50, 500, 10), due(50, 500, 499)], [50, 49, 1]);
        assert_eq!(due(9_999_999, 99_999_999, 99_999_998), 1);
    }
}
