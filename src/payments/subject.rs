//! What a payment is for.
use super::Payment;
use super::purchases::{self, Purchase};
use crate::credits;
use crate::db::Tx;
use crate::events::Event;
use crate::ids::Id;
use crate::members;
use crate::orders::{Order, Refusal, paying};

pub(super) enum Subject {
    Places(Box<Event>, Box<Order>),
    Credits(Purchase),
}

impl Subject {
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Places(event, _) => Some(event),
            Self::Credits(_) => None,
        }
    }
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Places(_, order) => Some(order),
            Self::Credits(_) => None,
        }
    }
}

/// Locks what a payment is for: an order with its event, or a member and their credits.
pub(super) async fn lock(tx: &mut Tx, payment: Id<Payment>, order: Option<Id<Order>>) -> Result<Subject, Refusal> {
    if let Some(order) = order {
        let (event, order) = paying::lock(tx, order).await?;
        return Ok(Subject::Places(Box::new(event), Box::new(order)));
    }
    let purchase = purchases::store::by_payment(&mut *tx, payment).await?.ok_or(Refusal::NotLive)?;
    // The account before its credits, as whoever gives or spends some.
    members::store::lock(tx, purchase.member_id).await?;
    credits::lock(tx, purchase.member_id).await?;
    Ok(Subject::Credits(purchase))
}
