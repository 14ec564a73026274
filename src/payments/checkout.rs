//! The way to the provider's page and what must be true before.
use super::gateway::{Charge, Checkout, Gateway};
use super::{CHECKOUT_LASTS, GRACE, LONGEST, Payment, PaymentFact, Provider, purchases, settle, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{self, Event};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::orders::{self, Hold, Order, Refusal, paying};

/// Where buyers come back to; `None` is the order's own page. Only addresses that were checked get here.
#[derive(Debug, Clone, Default)]
pub struct Back {
    pub return_url: Option<String>,
    pub cancel_url: Option<String>,
}

/// Opens a payment for a held order, or goes on with the open one, and answers it with the provider's page.
pub async fn begin(app: &App, id: Id<Order>, to: &Back, actor: Actor) -> Result<(Payment, String), Refusal> {
    let gateway = app.gateway.as_ref().ok_or(Refusal::NoPayments)?;
    let (now, provider) = (app.clock.now(), gateway.provider());
    ask_before(app, id, now).await?;
    let mut payment = decide!(app.db, tx, open(tx, id, provider, to, actor, now).await)?;
    let mut checkout = sent(app, gateway, &payment).await?;
    if checkout.is_none() {
        // The provider never heard of it while it would have taken it: this one ends, and a new one is made.
        settle(app, payment.id).await.map_err(Refusal::Broken)?;
        payment = decide!(app.db, tx, open(tx, id, provider, to, actor, now).await)?;
        checkout = sent(app, gateway, &payment).await?;
    }
    let checkout = checkout.ok_or(Refusal::NoAnswer)?;
    Ok((payment, checkout.url))
}

/// A checkout that is over by the clock may have brought money, or have it on its way, and nobody told us: the provider
/// is asked before another one is opened beside it.
async fn ask_before(app: &App, id: Id<Order>, now: Instant) -> Result<(), Refusal> {
    for payment in store::of_order(&app.db, id).await? {
        if payment.is_open() && !payment.is_on_its_way() && !goes_on(&payment, now) {
            settle(app, payment.id).await.map_err(|error| {
                tracing::warn!(payment = %payment.id, error = format!("{error:#}"), "the provider was not reached");
                Refusal::NoAnswer
            })?;
        }
    }
    Ok(())
}

pub(super) async fn sent(app: &App, gateway: &Gateway, payment: &Payment) -> Result<Option<Checkout>, Refusal> {
    reached(app, gateway, payment).await.map_err(|error| {
        tracing::warn!(payment = %payment.id, error = format!("{error:#}"), "no checkout was opened");
        Refusal::NoAnswer
    })
}

/// Whether no checkout is opened for this order any more; the one that is open is its last. An offer or a debt is kept
/// longer than that anyway; a checkout not without end.
pub fn is_over(order: &Order, now: Instant) -> bool {
    order.hold == Some(Hold::Paying) && now + CHECKOUT_LASTS + GRACE > order.placed_at + LONGEST
}

/// Whether a held order, whose payments these are, can be paid no more: none of them goes on, and none begins.
pub fn is_too_late(order: &Order, payments: &[Payment], now: Instant) -> bool {
    let is_overdue = order.held_until.is_none_or(|until| until <= now);
    is_overdue || (is_over(order, now) && !payments.iter().any(|payment| goes_on(payment, now)))
}

fn goes_on(payment: &Payment, now: Instant) -> bool {
    payment.is_open() && payment.expires_at > now
}

/// Why an order, whose payments these are, cannot be paid now.
fn is_payable(event: &Event, order: &Order, payments: &[Payment], now: Instant) -> Result<(), Refusal> {
    if event.is_cancelled() {
        return Err(Refusal::Cancelled);
    }
    if order.is_confirmed() {
        return Err(Refusal::PaidAlready);
    }
    if !order.is_held() || order.total == 0 {
        return Err(Refusal::HoldOver);
    }
    // One of two would go back.
    if payments.iter().any(Payment::is_on_its_way) {
        return Err(Refusal::OnItsWay);
    }
    if is_too_late(order, payments, now) { Err(Refusal::TooLateToPay) } else { Ok(()) }
}

/// The payment of an order that is to be paid now; pressing twice finds the first.
async fn open(
    tx: &mut Tx,
    id: Id<Order>,
    provider: Provider,
    to: &Back,
    actor: Actor,
    now: Instant,
) -> Result<Payment, Refusal> {
    let (event, order) = paying::lock(tx, id).await?;
    let earlier = store::of_order(&mut *tx, id).await?;
    is_payable(&event, &order, &earlier, now)?;
    if let Some(open) = earlier.into_iter().find(|payment| goes_on(payment, now)) {
        return Ok(open);
    }
    let until = now + CHECKOUT_LASTS + GRACE;
    let payment = Payment {
        return_url: to.return_url.clone(),
        cancel_url: to.cancel_url.clone(),
        ..Payment::open(Some(id), provider, (order.total, &order.currency), now)
    };
    store::insert(tx, &payment).await?;
    let (amount, currency, expires_at) = (payment.amount, payment.currency.clone(), payment.expires_at);
    let fact = PaymentFact::PaymentOpened { order: Some(id), purchase: None, provider, amount, currency, expires_at };
    journal::append(tx, &payment.stream(), &fact, actor, now).await?;
    paying::keep(tx, &order, Hold::Paying, until, now).await?;
    Ok(payment)
}

/// What the provider calls a payment, and its page: as it said, or asked again with the same id. None if it never
/// opened one and will not any more.
pub(super) async fn reached(app: &App, gateway: &Gateway, payment: &Payment) -> anyhow::Result<Option<Checkout>> {
    if let (Some(reference), Some(url)) = (&payment.reference, &payment.url) {
        return Ok(Some(Checkout { reference: reference.clone(), url: url.clone() }));
    }
    let Some(checkout) = gateway.open(&charge(app, payment).await?).await? else { return Ok(None) };
    // The first one stands: a buyer on the page of another would pay for what we do not know.
    let saved: anyhow::Result<Option<Payment>> = decide!(app.db, tx, {
        store::set_checkout(tx, payment.id, &checkout.reference, &checkout.url).await?;
        Ok(store::by_id(&mut *tx, payment.id).await?)
    });
    let stands = saved?.and_then(|payment| payment.reference.zip(payment.url));
    Ok(Some(stands.map_or(checkout, |(reference, url)| Checkout { reference, url })))
}

async fn charge(app: &App, payment: &Payment) -> anyhow::Result<Charge> {
    let missing = || anyhow::anyhow!("payment {} has no order", payment.id);
    let Some(order) = payment.order_id else { return purchases::charge(app, payment).await };
    let order = orders::store::by_id(&app.db, order).await?.ok_or_else(missing)?;
    let event = events::store::by_id(&app.db, order.event_id).await?.ok_or_else(missing)?;
    let person = orders::store::person(&app.db, order.id).await?;
    let key = orders::form_key(app, order.id);
    Ok(Charge {
        order: Some(order.id),
        payment: payment.id,
        amount: payment.amount,
        currency: payment.currency.clone(),
        title: event.title,
        email: person.map(|person| person.email).unwrap_or_default(),
        opened_at: payment.opened_at,
        now: app.clock.now(),
        expires_at: payment.expires_at,
        return_url: payment
            .return_url
            .clone()
            .unwrap_or_else(|| app.config.url(&format!("{}/payment?key={key}", order.path()))),
        cancel_url: payment
            .cancel_url
            .clone()
            .unwrap_or_else(|| app.config.url(&format!("{}?key={key}", order.path()))),
    })
}
