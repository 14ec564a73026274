//! What was ordered as a guest becomes its owner's, who has proven the address.
use super::{OrderFact, store, stream};
use crate::clock::Instant;
use crate::db::{Result, Tx};
use crate::events;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::members::Member;

/// Claims all orders of a proven address for its member. Claiming twice is harmless.
pub async fn claim(tx: &mut Tx, member: Id<Member>, email_key: &str, now: Instant) -> Result<()> {
    // Events first and in order, as everywhere, so that nothing else is happening to these orders.
    for event in store::events_to_claim(tx, email_key).await? {
        events::store::lock(tx, event).await?;
    }
    for order in store::claim(tx, member, email_key).await? {
        journal::append(tx, &stream(order), &OrderFact::OrderClaimed { member }, Actor::Member(member), now).await?;
    }
    Ok(())
}
