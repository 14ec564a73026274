//! The only road to paid. The provider is asked with no transaction open; what it says is applied under the
//! lock of the event, and applied again changes nothing.
use super::checkout::reached;
use super::gateway::Standing;
use super::subject::{self, Subject};
use super::{
    Hand, Payment, PaymentFact, PaymentState, Provider, Refund, RefundState, Why, disputes, purchases, receipts,
    refunds, store,
};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::orders::{self, Order, OrderState, Refusal, paying};

/// How long an open payment goes without being asked about.
const QUIET: jiff::SignedDuration = clock::minutes(5);

/// Money may be on its way when a checkout ends, and the notice of it lost: so much later we ask once more.
const ONCE_MORE: jiff::SignedDuration = clock::hours(24);

/// Asks the provider what became of a payment and writes down what follows. Safe to repeat, and to interrupt.
pub async fn settle(app: &App, id: Id<Payment>) -> anyhow::Result<Payment> {
    let missing = || anyhow::anyhow!("there is no payment {id}");
    let payment = store::by_id(&app.db, id).await?.ok_or_else(missing)?;
    let Some(gateway) = app.gateway.as_ref().filter(|gateway| gateway.provider() == payment.provider) else {
        return Ok(payment);
    };
    let asked = app.clock.now();
    let standing = match reached(app, gateway, &payment).await? {
        Some(checkout) => gateway.standing(&checkout.reference).await?,
        None => Standing::Ended,
    };
    let now = app.clock.now();
    let applied: Result<(), Refusal> = decide!(app.db, tx, apply(tx, id, &standing, asked, now).await);
    applied.map_err(Refusal::into_error)?;
    store::by_id(&app.db, id).await?.ok_or_else(missing)
}

async fn apply(tx: &mut Tx, id: Id<Payment>, standing: &Standing, asked: Instant, now: Instant) -> Result<(), Refusal> {
    let Some(payment) = store::by_id(&mut *tx, id).await? else { return Ok(()) };
    let of = subject::lock(tx, payment.id, payment.order_id).await?;
    let Some(mut payment) = store::by_id(&mut *tx, id).await? else { return Ok(()) };
    store::set_asked(tx, id, now).await?;
    match standing {
        Standing::Open => Ok(()),
        Standing::OnItsWay => on_its_way(tx, &of, &payment, now).await,
        Standing::Ended => end(tx, &of, &payment, now).await,
        Standing::Paid { amount, currency, refunded, outside: went, disputes } => {
            if !payment.is_paid() {
                take_in(tx, &mut payment, *amount, currency, now).await?;
                if payment.problem.is_none() {
                    deliver(tx, &of, &payment, now).await?;
                }
            }
            disputes::record(tx, of.event(), &payment, disputes, now).await?;
            if let Some(went) = *went {
                refunds::came_back_outside(tx, &payment, went, asked, now).await?;
            }
            outside(tx, &payment, *refunded, now).await?;
            purchases::weigh(tx, &payment, now).await
        }
    }
}

/// Money is on its way, and nobody knows yet whether it comes: that is a fact once, however often it is heard.
async fn on_its_way(tx: &mut Tx, of: &Subject, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    if payment.is_open() {
        if !payment.is_on_its_way() {
            journal::append(tx, &payment.stream(), &PaymentFact::PaymentOnItsWay, Actor::Site, now).await?;
        }
        store::set_on_its_way(tx, payment.id, now).await?;
    }
    match of {
        Subject::Places(_, order) => paying::on_its_way(tx, order, now).await,
        Subject::Credits(_) | Subject::Plan => Ok(()),
    }
}

/// No money comes by this payment. Its order is kept while another one may still pay it.
async fn end(tx: &mut Tx, of: &Subject, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    if payment.is_open() {
        if let Subject::Places(_, order) = of
            && !has_another(tx, order, payment).await?
        {
            paying::came_to_nothing(tx, order, now).await?;
        }
        store::set_ended(tx, payment.id, now).await?;
        journal::append(tx, &payment.stream(), &PaymentFact::PaymentEnded, Actor::Site, now).await?;
        jobs::enqueue(tx, Job::Settle { payment: payment.id }, now + ONCE_MORE).await?;
    }
    Ok(())
}

/// Whether money may come for an order by another payment than this one.
async fn has_another(tx: &mut Tx, order: &Order, payment: &Payment) -> Result<bool, Refusal> {
    let payments = store::of_order(&mut *tx, order.id).await?;
    Ok(payments.iter().any(|other| other.id != payment.id && other.is_open()))
}

/// Writes down that the money is there. Another amount than was asked moves nothing: a person looks at it.
async fn take_in(tx: &mut Tx, payment: &mut Payment, amount: i64, currency: &str, now: Instant) -> Result<(), Refusal> {
    let currency = currency.to_uppercase();
    let is_another = amount != payment.amount || currency != payment.currency;
    store::set_paid(tx, payment.id, amount, &currency, now).await?;
    let fact = PaymentFact::PaymentPaid { amount, currency: currency.clone() };
    journal::append(tx, &payment.stream(), &fact, Actor::Site, now).await?;
    (payment.state, payment.received, payment.currency) = (PaymentState::Paid, amount, currency);
    if is_another {
        payment.problem = Some("amount".to_owned());
        store::set_problem(tx, payment.id, Some("amount")).await?;
    }
    Ok(())
}

/// The buyer gets what was paid, or the money back.
pub(super) async fn deliver(tx: &mut Tx, of: &Subject, payment: &Payment, now: Instant) -> Result<(), Refusal> {
    let (event, order) = match of {
        Subject::Places(event, order) => (event, order),
        Subject::Credits(purchase) => return purchases::deliver(tx, purchase, payment, now).await,
        // Its bill came with it.
        Subject::Plan => return Ok(()),
    };
    // What was asked for before a promo code was put on, or taken off, buys nothing any more.
    if payment.amount == order.total && paying::paid(tx, event, order, now).await? {
        return receipts::issue(tx, payment, now).await;
    }
    let why = match order.state {
        _ if event.is_cancelled() => Why::Cancelled,
        OrderState::Ended | OrderState::Held if payment.amount != order.total => Why::Repriced,
        OrderState::Ended | OrderState::Held => Why::Late,
        OrderState::Confirmed if order.total == 0 => Why::Repriced,
        OrderState::Confirmed => Why::Twice,
        OrderState::Cancelled | OrderState::Refunding => Why::Cancelled,
    };
    refunds::ask(tx, Some(order), payment, payment.received, why, &[], Actor::Site, now).await.map(drop)
}

/// Money that was given back at the provider and not through us: recorded, and if it is all that the places were bought
/// with, the order is void.
async fn outside(tx: &mut Tx, payment: &Payment, refunded: i64, now: Instant) -> Result<(), Refusal> {
    let ours = store::given_by_provider(tx, payment.id).await?;
    if refunded <= ours {
        return Ok(());
    }
    // As it is now: this same money may just have bought its places.
    let order = match payment.order_id {
        Some(id) => Some(orders::store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)?),
        None => None,
    };
    let all = refunded >= payment.received;
    let bought = match &order {
        Some(order) if all && has_bought(tx, payment, order).await? => {
            orders::store::tickets(&mut *tx, order.id).await?
        }
        _ => Vec::new(),
    };
    let tickets: Vec<_> = bought.iter().filter(|ticket| ticket.is_valid()).map(|ticket| ticket.id).collect();
    let refund =
        refunds::ask(tx, order.as_ref(), payment, refunded - ours, Why::Outside, &tickets, Actor::Site, now).await?;
    refunds::confirmed(tx, &refund, None, (Hand::Provider, Actor::Site), now).await
}

/// Whether it is this payment that the order's places were bought with: not one that came twice or for another price,
/// and none where they cost nothing.
async fn has_bought(tx: &mut Tx, payment: &Payment, order: &Order) -> Result<bool, Refusal> {
    if order.total == 0 {
        return Ok(false);
    }
    Ok(store::bought(tx, order.id).await?.is_some_and(|bought| bought.id == payment.id))
}

/// Asks about every open payment that has been quiet: a notice that was lost heals here.
pub async fn sweep(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for id in store::unasked_since(&app.db, now - QUIET, 200).await? {
        let waits: anyhow::Result<()> = decide!(app.db, tx, {
            store::set_asked(tx, id, now).await?;
            jobs::enqueue(tx, Job::Settle { payment: id }, now).await?;
            Ok(())
        });
        waits?;
    }
    Ok(())
}

/// What closing an order's payments came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// No open payment is left, so no money comes.
    All,
    /// A delayed payment is on its way.
    OnItsWay,
    /// The provider did not answer.
    Unreachable,
}

/// Ends what is open of an order at the provider and settles it, so that no money comes for places that are freed.
pub async fn close(app: &App, order: Id<Order>) -> anyhow::Result<Closed> {
    let Some(gateway) = &app.gateway else { return Ok(Closed::All) };
    for payment in store::of_order(&app.db, order).await? {
        if !payment.is_open() || payment.provider != gateway.provider() {
            continue;
        }
        let closed = async {
            if let Some(checkout) = reached(app, gateway, &payment).await? {
                gateway.expire(&checkout.reference).await?;
            }
            settle(app, payment.id).await
        };
        match closed.await {
            Ok(payment) if payment.is_open() => return Ok(Closed::OnItsWay),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = format!("{error:#}"), "a checkout was not closed");
                return Ok(Closed::Unreachable);
            }
        }
    }
    Ok(Closed::All)
}

/// All that is given back of a payment, for pages.
pub fn returned(refunds: &[Refund]) -> i64 {
    refunds.iter().filter(|refund| refund.state == RefundState::Confirmed).map(|refund| refund.amount).sum()
}

/// Writes down a payment that begins as paid: nobody is asked about it any more.
pub(super) async fn came(tx: &mut Tx, payment: &Payment, actor: Actor, now: Instant) -> Result<(), Refusal> {
    store::insert(tx, payment).await?;
    let (order, provider, expires_at) = (payment.order_id, payment.provider, payment.expires_at);
    let (amount, currency) = (payment.amount, payment.currency.clone());
    let opened =
        PaymentFact::PaymentOpened { order, purchase: None, provider, amount, currency: currency.clone(), expires_at };
    journal::append(tx, &payment.stream(), &opened, actor, now).await?;
    journal::append(tx, &payment.stream(), &PaymentFact::PaymentPaid { amount, currency }, actor, now).await?;
    Ok(())
}

/// Somebody who runs the event says that they have the money of a held order: `expected`, in minor units, as they were
/// shown it. If it costs something else by now, they are told so and nothing is written down. Saying it twice is harmless.
pub async fn received_by_host(
    tx: &mut Tx,
    id: Id<Order>,
    expected: i64,
    actor: Actor,
    now: Instant,
) -> Result<(), Refusal> {
    let (event, order) = paying::lock(tx, id).await?;
    if order.is_confirmed() {
        return Ok(());
    }
    if !order.is_held() || order.total == 0 {
        return Err(Refusal::NotLive);
    }
    if order.total != expected {
        return Err(Refusal::PriceChanged { total: order.money() });
    }
    let payment = Payment::paid(Some(id), Provider::Host, (order.total, &order.currency), now);
    came(tx, &payment, actor, now).await?;
    deliver(tx, &Subject::Places(Box::new(event), Box::new(order)), &payment, now).await?;
    jobs::enqueue(tx, Job::ClosePayments { order: id }, now).await?;
    Ok(())
}
