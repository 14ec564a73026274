//! Orders of a proven address become its owner's.
use super::{OrderFact, store, stream};
use crate::clock::Instant;
use crate::db::{self, Tx};
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::members::{self, Member};

/// Makes the orders that were confirmed by mail from this address the member's, who has proven it. Answers how many.
///
/// What only waits to be confirmed stays a stranger's: anybody can type an address, and must not fill
/// somebody's tickets page or keep them from taking places.
pub async fn claim(tx: &mut Tx, member: Id<Member>, email_key: &str, now: Instant) -> db::Result<usize> {
    let claimed = store::claim(tx, member, email_key).await?;
    for order in &claimed {
        journal::append(tx, &stream(*order), &OrderFact::OrderClaimed { member }, Actor::Member(member), now).await?;
    }
    super::waiting::claim(tx, member, email_key, now).await?;
    Ok(claimed.len())
}

/// The same for what was just confirmed, if the address belongs to a member who has proven it.
pub(super) async fn claim_for_owner(tx: &mut Tx, email_key: &str, now: Instant) -> db::Result<()> {
    let owner = members::store::by_email_key(&mut *tx, email_key).await?;
    if let Some(owner) = owner.filter(|owner| owner.email_verified_at.is_some()) {
        claim(tx, owner.id, email_key, now).await?;
    }
    Ok(())
}
