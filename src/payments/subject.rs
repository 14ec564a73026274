//! What a payment is for.
use super::Payment;
use super::purchases::{self, Purchase};
use crate::credits;
use crate::db::Tx;
use crate::events::Event;
use crate::ids::Id;
use crate::members;
use crate::orders::{Order, Refusal, paying};
use crate::plans;

pub(super) enum Subject {
    Places(Box<Event>, Box<Order>),
    Credits(Purchase),
    /// A month of a member's plan.
    Plan,
}

impl Subject {
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Places(event, _) => Some(event),
            Self::Credits(_) | Self::Plan => None,
        }
    }
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Places(_, order) => Some(order),
            Self::Credits(_) | Self::Plan => None,
        }
    }
}

/// Locks what a payment is for: an order with its event, or a member and their credits, or the plan of a member.
pub(super) async fn lock(tx: &mut Tx, payment: Id<Payment>, order: Option<Id<Order>>) -> Result<Subject, Refusal> {
    if let Some(order) = order {
        let (event, order) = paying::lock(tx, order).await?;
        return Ok(Subject::Places(Box::new(event), Box::new(order)));
    }
    if let Some(purchase) = purchases::store::by_payment(&mut *tx, payment).await? {
        // The account before its credits, as whoever gives or spends some.
        members::store::lock(tx, purchase.member_id).await?;
        credits::lock(tx, purchase.member_id).await?;
        return Ok(Subject::Credits(purchase));
    }
    let bill = plans::store::bill_of_payment(&mut *tx, payment).await?.ok_or(Refusal::NotLive)?;
    plans::store::lock(tx, bill.member_id).await?;
    Ok(Subject::Plan)
}
