//! Giving money back: asked for in a transaction, sent by a job, confirmed by the provider.
//!
//! Tickets die when it is asked, places are free when it is confirmed, and doing anything twice is harmless.
use super::gateway::{Gateway, Giving, Returned, Standing};
use super::{
    Hand, Payment, PaymentFact, Provider, Refund, RefundState, Why, disputes, purchases, receipts, store, subject,
};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::Letter;
use crate::orders::{self, Order, Refusal, Ticket, paying};

/// The problem of a payment of which more went back than came.
pub(super) const TOO_MUCH: &str = "too_much";
/// Instead of a provider's words: the payment was made at one that this site does not use now.
pub(super) const ELSEWHERE: &str = "elsewhere";
/// How long a refund that is under way at the provider waits to be asked about again.
const AGAIN: jiff::SignedDuration = clock::minutes(10);

/// Asks for money back, in the transaction that makes it necessary; `tickets` let nobody in from now on.
/// Never more than was paid: what is too much is cut off.
#[expect(clippy::too_many_arguments, reason = "each says another thing about one act")]
pub async fn ask(
    tx: &mut Tx,
    order: Option<&Order>,
    payment: &Payment,
    amount: i64,
    why: Why,
    tickets: &[Id<Ticket>],
    actor: Actor,
    now: Instant,
) -> Result<Refund, Refusal> {
    let left = left(tx, payment).await?;
    let refund = Refund {
        id: Id::new(),
        payment_id: payment.id,
        order_id: payment.order_id,
        state: RefundState::Asked,
        why,
        attempt: 1,
        amount: if why == Why::Outside { amount } else { amount.min(left) },
        currency: payment.currency.clone(),
        asked_at: now,
        done_at: None,
        reference: None,
        error: None,
    };
    store::insert_refund(tx, &refund).await?;
    let (id, amount) = (refund.id, refund.amount);
    let fact = PaymentFact::RefundAsked { refund: id, amount, why, tickets: tickets.to_vec() };
    journal::append(tx, &payment.stream(), &fact, actor, now).await?;
    if let Some(order) = order.filter(|_| !tickets.is_empty()) {
        for ticket in tickets {
            store::set_refund_of_ticket(tx, *ticket, id).await?;
        }
        paying::begin_refund(tx, order, tickets, actor, now).await?;
    }
    // What a host has in hand goes back by hand; what is given back outside has gone.
    if why != Why::Outside && payment.provider != Provider::Host {
        jobs::enqueue(tx, Job::SendRefund { refund: id }, now).await?;
    }
    purchases::weigh(tx, payment, now).await?;
    Ok(refund)
}

/// Hands a refund to the provider, or asks how it ended. The provider knows it by our id and makes it once. One of a
/// provider that this site does not use now waits for a person.
pub async fn send(app: &App, id: Id<Refund>) -> anyhow::Result<()> {
    let Some(refund) = store::refund(&app.db, id).await? else { return Ok(()) };
    if !matches!(refund.state, RefundState::Asked | RefundState::Sent) {
        return Ok(());
    }
    let missing = || anyhow::anyhow!("there is no payment {}", refund.payment_id);
    let payment = store::by_id(&app.db, refund.payment_id).await?.ok_or_else(missing)?;
    if payment.provider == Provider::Host {
        return Ok(());
    }
    let gateway = app.gateway.as_ref().filter(|gateway| gateway.provider() == payment.provider);
    let (returned, back) = match (gateway, &payment.reference) {
        _ if refund.amount == 0 => (Returned::Done { reference: String::new() }, 0),
        (None, _) => (Returned::Failed { reason: ELSEWHERE.to_owned() }, 0),
        (Some(_), None) => anyhow::bail!("payment {} has no reference", payment.id),
        (Some(gateway), Some(reference)) => match gateway.refund(&giving(&refund, reference)).await? {
            refused @ Returned::Failed { .. } => (refused, back(gateway, reference).await?),
            returned => (returned, 0),
        },
    };
    let now = app.clock.now();
    let written: Result<(), Refusal> = decide!(app.db, tx, answered(tx, id, &returned, back, now).await);
    written.map_err(Refusal::into_error)
}

/// What came of a payment and is neither given back, nor on its way, nor taken back by a bank for good.
pub async fn left(tx: &mut Tx, payment: &Payment) -> Result<i64, Refusal> {
    let gone = store::given_back(tx, payment.id).await? + disputes::store::lost(&mut *tx, payment.id).await?;
    Ok((payment.received - gone).max(0))
}

fn giving<'a>(refund: &'a Refund, checkout: &'a str) -> Giving<'a> {
    let known = refund.reference.as_deref().filter(|known| !known.is_empty());
    Giving { checkout, amount: refund.amount, refund: refund.id, attempt: refund.attempt, known }
}

/// Asks how the refunds of a payment ended that the provider has: also those that had gone through, since a bank may
/// send money back days later.
pub(super) async fn look_again(app: &App, payment: &Payment) -> anyhow::Result<()> {
    let gateway = app.gateway.as_ref().filter(|gateway| gateway.provider() == payment.provider);
    let Some((gateway, checkout)) = gateway.zip(payment.reference.as_ref()) else { return Ok(()) };
    for refund in store::refunds_of(&app.db, payment.id).await? {
        let giving = giving(&refund, checkout);
        if giving.known.is_none() || !matches!(refund.state, RefundState::Sent | RefundState::Confirmed) {
            continue;
        }
        let returned = gateway.refund(&giving).await?;
        let now = app.clock.now();
        let written: Result<(), Refusal> = decide!(app.db, tx, {
            match (&returned, refund.state) {
                (Returned::Failed { reason }, RefundState::Confirmed) => came_back(tx, &refund, reason, now).await,
                (Returned::Pending { .. }, _) => Ok(()),
                _ => answered(tx, refund.id, &returned, 0, now).await,
            }
        });
        written.map_err(Refusal::into_error)?;
    }
    Ok(())
}

/// A refund that had gone through was sent back by the buyer's bank. Its places stay free; the money is ours again,
/// until a person finds another way.
async fn came_back(tx: &mut Tx, refund: &Refund, reason: &str, now: Instant) -> Result<(), Refusal> {
    let before = found(tx, refund.id).await?;
    if !before.is_confirmed() || (&before.reference, before.attempt) != (&refund.reference, refund.attempt) {
        return Ok(());
    }
    store::add_refunded(tx, before.payment_id, -before.amount).await?;
    store::add_move(tx, before.id, -before.amount, Hand::Provider, now).await?;
    store::set_refund(tx, before.id, RefundState::Failed, None, Some(reason), None).await?;
    let fact = PaymentFact::RefundFailed { refund: before.id };
    journal::append(tx, &super::stream(before.payment_id), &fact, Actor::Site, now).await?;
    receipts::take_back(tx, &before, now).await?;
    purchases::weigh_of(tx, &before, now).await
}

/// Of what was given back outside, `went` is all that the provider still has as gone, when it was asked: the rest came
/// back, the last of it first. What was written down since is not judged by that answer.
pub(super) async fn came_back_outside(
    tx: &mut Tx,
    payment: &Payment,
    went: i64,
    asked: Instant,
    now: Instant,
) -> Result<(), Refusal> {
    let mut refunds = store::given_outside(tx, payment.id).await?;
    while refunds.iter().map(|refund| refund.amount).sum::<i64>() > went {
        let Some(last) = refunds.pop().filter(|last| last.done_at < Some(asked)) else { break };
        came_back(tx, &last, "the bank sent it back", now).await?;
    }
    Ok(())
}

/// What the provider says is given back, by us or outside.
async fn back(gateway: &Gateway, reference: &str) -> anyhow::Result<i64> {
    Ok(match gateway.standing(reference).await? {
        Standing::Paid { refunded, .. } => refunded,
        Standing::Open | Standing::OnItsWay | Standing::Ended => 0,
    })
}

/// `back` is what the provider has given back of the payment in all, if the refund failed.
async fn answered(tx: &mut Tx, id: Id<Refund>, returned: &Returned, back: i64, now: Instant) -> Result<(), Refusal> {
    let Some(refund) = store::refund(&mut *tx, id).await? else { return Ok(()) };
    subject::lock(tx, refund.payment_id, refund.order_id).await?;
    let Some(refund) = store::refund(&mut *tx, id).await? else { return Ok(()) };
    let provider = (Hand::Provider, Actor::Site);
    match returned {
        Returned::Done { reference } => confirmed(tx, &refund, Some(reference), provider, now).await,
        Returned::Pending { reference } => {
            if refund.state == RefundState::Asked {
                let fact = PaymentFact::RefundSent { refund: id };
                journal::append(tx, &super::stream(refund.payment_id), &fact, Actor::Site, now).await?;
            }
            store::set_refund(tx, id, RefundState::Sent, Some(reference), None, None).await?;
            jobs::enqueue(tx, Job::SendRefund { refund: id }, now + AGAIN).await?;
            Ok(())
        }
        // Somebody gave it back outside before us: the buyer has all that was asked for, this refund too.
        Returned::Failed { .. } if back > 0 && back >= store::given_by_provider(tx, refund.payment_id).await? => {
            confirmed(tx, &refund, Some(""), provider, now).await
        }
        Returned::Failed { reason } => failed(tx, &refund, reason, now).await,
    }
}

async fn failed(tx: &mut Tx, refund: &Refund, reason: &str, now: Instant) -> Result<(), Refusal> {
    if matches!(refund.state, RefundState::Failed | RefundState::Confirmed) {
        return Ok(());
    }
    store::set_refund(tx, refund.id, RefundState::Failed, None, Some(reason), None).await?;
    let fact = PaymentFact::RefundFailed { refund: refund.id };
    journal::append(tx, &super::stream(refund.payment_id), &fact, Actor::Site, now).await?;
    purchases::weigh_of(tx, refund, now).await
}

/// The money is back: the places are free, and the buyer is told. Wants the event locked.
pub(super) async fn confirmed(
    tx: &mut Tx,
    refund: &Refund,
    reference: Option<&str>,
    (hand, actor): (Hand, Actor),
    now: Instant,
) -> Result<(), Refusal> {
    if refund.is_confirmed() {
        return Ok(());
    }
    store::set_refund(tx, refund.id, RefundState::Confirmed, reference, None, Some(now)).await?;
    store::add_refunded(tx, refund.payment_id, refund.amount).await?;
    store::add_move(tx, refund.id, refund.amount, hand, now).await?;
    let fact = PaymentFact::RefundConfirmed { refund: refund.id, hand };
    journal::append(tx, &super::stream(refund.payment_id), &fact, actor, now).await?;
    receipts::credit(tx, refund, now).await?;
    too_much(tx, refund.payment_id).await?;
    let Some(order) = refund.order_id else { return purchases::returned(tx, refund, now).await };
    let Some(order) = orders::store::by_id(&mut *tx, order).await? else { return Ok(()) };
    let tickets = store::tickets_of_refund(tx, refund.id).await?;
    paying::end_refund(tx, &order, &tickets, now).await?;
    orders::ending::write_to_buyer(tx, &order, Letter::Refunded { refund: refund.id }, now).await
}

/// More has gone back than came, by hand and at the provider: a person must know.
async fn too_much(tx: &mut Tx, id: Id<Payment>) -> Result<(), Refusal> {
    let payment = store::by_id(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    if payment.refunded > payment.received && payment.problem.is_none() {
        store::set_problem(tx, id, Some(TOO_MUCH)).await?;
    }
    Ok(())
}

/// Hands a failed refund to the provider once more.
pub async fn try_again(tx: &mut Tx, id: Id<Refund>, actor: Actor, now: Instant) -> Result<(), Refusal> {
    let refund = found(tx, id).await?;
    if refund.state != RefundState::Failed {
        return Ok(());
    }
    cut(tx, &refund, actor, now).await?;
    store::set_refund(tx, id, RefundState::Sent, None, refund.error.as_deref(), None).await?;
    // A provider that was not asked may have it from an earlier time: then it is the same try.
    if refund.error.as_deref() != Some(ELSEWHERE) {
        store::count_attempt(tx, id).await?;
    }
    let fact = PaymentFact::RefundSent { refund: id };
    journal::append(tx, &super::stream(refund.payment_id), &fact, actor, now).await?;
    jobs::enqueue(tx, Job::SendRefund { refund: id }, now).await?;
    purchases::weigh_of(tx, &refund, now).await
}

/// Since a refund failed, money may have gone back in another way: it is for no more than what is left. One of which
/// nothing is left frees its tickets, and that is all.
async fn cut(tx: &mut Tx, refund: &Refund, actor: Actor, now: Instant) -> Result<Refund, Refusal> {
    let payment = store::by_id(&mut *tx, refund.payment_id).await?.ok_or(Refusal::NotLive)?;
    let amount = refund.amount.min(left(tx, &payment).await?);
    if amount < refund.amount {
        store::set_refund_amount(tx, refund.id, amount).await?;
        let fact = PaymentFact::RefundCut { refund: refund.id, amount };
        journal::append(tx, &payment.stream(), &fact, actor, now).await?;
    }
    Ok(Refund { amount, ..refund.clone() })
}

/// A person gave the money back in another way, in cash or by transfer: the site's, or the host's own.
pub async fn given_by_hand(
    tx: &mut Tx,
    id: Id<Refund>,
    (hand, actor): (Hand, Actor),
    now: Instant,
) -> Result<(), Refusal> {
    let mut refund = found(tx, id).await?;
    let payment = store::by_id(&mut *tx, refund.payment_id).await?.ok_or(Refusal::NotLive)?;
    // What the provider has yet to answer may go out as well.
    if payment.provider != Provider::Host && matches!(refund.state, RefundState::Asked | RefundState::Sent) {
        return Err(Refusal::RefundUnderWay);
    }
    if refund.state == RefundState::Failed {
        refund = cut(tx, &refund, actor, now).await?;
    }
    let hand = if payment.provider == Provider::Host { Hand::Host } else { hand };
    // From now on it has nothing to do with what the provider tried.
    confirmed(tx, &refund, Some(""), (hand, actor), now).await
}

async fn found(tx: &mut Tx, id: Id<Refund>) -> Result<Refund, Refusal> {
    let refund = store::refund(&mut *tx, id).await?.ok_or(Refusal::NotLive)?;
    subject::lock(tx, refund.payment_id, refund.order_id).await?;
    store::refund(&mut *tx, id).await?.ok_or(Refusal::NotLive)
}
