//! An account for somebody whose address is proven already, by the link of an invitation.
use super::{NewMember, prove, store};
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::Result;
use crate::journal::{self, Actor};
use crate::members::{self, Member, MemberFact};
use crate::orders;

/// `None` if the address has an account that is in use: its password is not this one's to set.
pub async fn sign_up(tx: &mut Tx, wish: NewMember, hash: &str, now: Instant) -> Result<Option<Member>> {
    let new = Member { email_verified_at: Some(now), ..wish.member(Some(hash.to_owned()), now) };
    if members::store::insert(tx, &new).await? {
        let by = Actor::Member(new.id);
        journal::append(tx, &new.stream(), &MemberFact::MemberSignedUp, by, now).await?;
        journal::append(tx, &new.stream(), &MemberFact::EmailVerified, by, now).await?;
        store::drop_sign_ups(tx, &new.email_key).await?;
        orders::claim(tx, new.id, &new.email_key, now).await?;
        return Ok(Some(new));
    }
    let Some(found) = members::store::by_email_key(&mut *tx, &new.email_key).await? else { return Ok(None) };
    let Some(known) = members::store::lock(tx, found.id).await? else { return Ok(None) };
    if known.email_verified_at.is_some() || known.suspended_at.is_some() {
        return Ok(None);
    }
    // Somebody signed up with it and never proved it: whoever does owns it.
    prove(tx, &known, now).await?;
    let locale = new.locale.clone().unwrap_or_default();
    members::store::set_owner(tx, known.id, &new.name, &new.email, &locale, hash).await?;
    Ok(members::store::by_id(&mut *tx, known.id).await?)
}
