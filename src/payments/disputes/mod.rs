//! What buyers' banks ask back: written down as the provider says it, and told to those who run the event and the
//! site. It is answered at the provider; here it only stands until somebody has looked at it.
pub mod letters;
pub mod store;

use super::{Payment, PaymentFact, store as payments};
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::{self, Event, Role};
use crate::i18n::Money;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue_once};
use crate::members::{self, Member};
use crate::orders::Refusal;

words! {
    pub enum DisputeState {
        Open = "open",
        /// The money stays.
        Won = "won",
        /// The bank has given the money back to the buyer.
        Lost = "lost",
    }
}

/// A dispute as the provider tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputed {
    /// The provider's name for it.
    pub reference: String,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    /// In the provider's words.
    pub reason: String,
    pub state: DisputeState,
    /// Until when the provider takes an answer, if it takes one.
    pub answer_by: Option<Instant>,
}

/// The same in our books.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Dispute {
    pub id: Id<Dispute>,
    pub payment_id: Id<Payment>,
    pub state: DisputeState,
    pub amount: i64,
    pub currency: String,
    pub reason: String,
    pub opened_at: Instant,
    pub closed_at: Option<Instant>,
    pub answer_by: Option<Instant>,
    pub reference: String,
}

impl Dispute {
    pub fn money(&self) -> Money {
        super::money(self.amount, &self.currency)
    }
    pub fn is_open(&self) -> bool {
        self.state == DisputeState::Open
    }
}

/// Writes down what is new in what the provider says. Said again it changes nothing. Wants the event locked.
pub(super) async fn record(
    tx: &mut Tx,
    event: Option<&Event>,
    payment: &Payment,
    said: &[Disputed],
    now: Instant,
) -> Result<(), Refusal> {
    for one in said {
        let known = store::of_payment(&mut *tx, payment.id).await?;
        let known = match known.into_iter().find(|dispute| dispute.reference == one.reference) {
            Some(known) => known,
            None => open(tx, event, payment, one, now).await?,
        };
        if known.is_open() && one.state != DisputeState::Open {
            close(tx, event, &known, one.state, now).await?;
        }
    }
    Ok(())
}

async fn open(
    tx: &mut Tx,
    event: Option<&Event>,
    payment: &Payment,
    one: &Disputed,
    now: Instant,
) -> Result<Dispute, Refusal> {
    let dispute = Dispute {
        id: Id::new(),
        payment_id: payment.id,
        state: DisputeState::Open,
        amount: one.amount,
        currency: one.currency.clone(),
        reason: one.reason.chars().take(200).collect(),
        opened_at: now,
        closed_at: None,
        answer_by: one.answer_by,
        reference: one.reference.clone(),
    };
    store::insert(tx, &dispute).await?;
    let (amount, currency) = (dispute.amount, dispute.currency.clone());
    let fact = PaymentFact::DisputeOpened { dispute: Some(dispute.id), amount, currency };
    journal::append(tx, &payment.stream(), &fact, Actor::Site, now).await?;
    if payment.problem.is_none() {
        payments::set_problem(tx, payment.id, Some(PROBLEM)).await?;
    }
    if one.state == DisputeState::Open {
        tell(tx, event, &dispute, DisputeState::Open, now).await?;
    }
    Ok(dispute)
}

/// What stands as the problem of a disputed payment.
pub(super) const PROBLEM: &str = "dispute";

/// Money that stays is no problem any more. Money that is lost is, until a person has seen it.
async fn close(
    tx: &mut Tx,
    event: Option<&Event>,
    dispute: &Dispute,
    state: DisputeState,
    now: Instant,
) -> Result<(), Refusal> {
    store::close(tx, dispute.id, state, now).await?;
    let fact = PaymentFact::DisputeClosed { dispute: Some(dispute.id), won: state == DisputeState::Won };
    journal::append(tx, &super::stream(dispute.payment_id), &fact, Actor::Site, now).await?;
    let others = store::of_payment(&mut *tx, dispute.payment_id).await?;
    let payment = payments::by_id(&mut *tx, dispute.payment_id).await?;
    let stands = payment.and_then(|payment| payment.problem).as_deref() == Some(PROBLEM);
    if state == DisputeState::Won && stands && others.iter().all(|other| other.state == DisputeState::Won) {
        payments::set_problem(tx, dispute.payment_id, None).await?;
    }
    tell(tx, event, dispute, state, now).await
}

/// Writes to those who run the event and to admins, once about each turn.
async fn tell(
    tx: &mut Tx,
    event: Option<&Event>,
    dispute: &Dispute,
    state: DisputeState,
    now: Instant,
) -> Result<(), Refusal> {
    let mut readers: Vec<Member> = members::store::every_admin(&mut *tx).await?;
    let hosts = match event {
        Some(event) => events::store::hosts(&mut *tx, event.id).await?,
        None => Vec::new(),
    };
    for host in hosts {
        let known = readers.iter().any(|reader| reader.id == host.member_id);
        if !known && matches!(host.role, Role::Owner | Role::Host) {
            readers.extend(members::store::by_id(&mut *tx, host.member_id).await?);
        }
    }
    for reader in &readers {
        let once = format!("disputed/{}/{}/{}", dispute.id, state.word(), reader.id);
        let letter = Letter::Disputed { dispute: dispute.id };
        queue_once(tx, letter, &Reader::of(reader), &once, now).await?;
    }
    Ok(())
}
