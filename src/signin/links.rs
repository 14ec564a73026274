//! Links that are mailed to members: of one kind, for one hour, used once, hashed in the database. Opening
//! one changes nothing; the button on its page does.
use super::{devices, prove, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::error::Result;
use crate::ids;
use crate::journal::{self, Actor};
use crate::letters::{self, Letter, Reader};
use crate::members::{self, Member, MemberFact};
use crate::web::limits::{self, Ip};
use crate::web::sessions;

words! {
    /// What a link is for. One for another purpose opens nothing.
    pub enum Kind { Verify = "verify", Reset = "reset" }
}

/// Makes a link for a member and answers its token.
pub async fn mint(app: &App, kind: Kind, member: &Member) -> anyhow::Result<String> {
    let now = app.clock.now();
    let token = ids::secret();
    let mut tx = app.db.write().await?;
    store::insert_link(&mut tx, &ids::hash(&token), kind, member, now, now + clock::hours(1)).await?;
    tx.commit().await?;
    Ok(token)
}

/// Whose link this is, if it can still be used.
pub async fn owner(app: &App, kind: Kind, token: &str) -> Result<Option<Member>> {
    Ok(store::owner_of_link(&app.db, &ids::hash(token), kind, app.clock.now()).await?)
}

/// Uses a link, and with it all others of its kind. `None` if it was used, has ended, is of another kind,
/// or the account has another address by now.
async fn take(tx: &mut Tx, kind: Kind, token: &str, now: Instant) -> Result<Option<Member>> {
    let Some(owner) = store::owner_of_link(&mut *tx, &ids::hash(token), kind, now).await? else { return Ok(None) };
    // Behind the member's lock the link is looked at again: of two at once, one finds it used.
    let Some(member) = members::store::lock(tx, owner.id).await? else { return Ok(None) };
    if !store::use_link(tx, &ids::hash(token), kind, now).await? {
        return Ok(None);
    }
    store::drop_links(tx, member.id, kind).await?;
    Ok(Some(member))
}

/// Proves an address. `None` when the link is no good.
pub async fn verify(app: &App, token: &str) -> Result<Option<Member>> {
    let now = app.clock.now();
    decide!(app.db, tx, {
        let member = take(tx, Kind::Verify, token, now).await?;
        if let Some(member) = &member {
            prove(tx, member, now).await?;
        }
        Ok(member)
    })
}

/// Sets a new password, which obeys the rule already, and ends all sessions. The mail proves the address:
/// of an account that never verified it nothing else remains. False when the link is no good.
pub async fn reset(app: &App, token: &str, password: &str, ip: Ip) -> Result<bool> {
    limits::RESET.count(app, &ip.whose()).await?;
    let hash = app.passwords.hash(password).await?;
    let now = app.clock.now();
    decide!(app.db, tx, {
        match take(tx, Kind::Reset, token, now).await? {
            Some(member) => replace_password(tx, &member, &hash, now).await.map(|()| true),
            None => Ok(false),
        }
    })
}

async fn replace_password(tx: &mut Tx, member: &Member, hash: &str, now: Instant) -> Result<()> {
    prove(tx, member, now).await?;
    members::store::set_password(tx, member.id, Some(hash)).await?;
    sessions::end_others(tx, member.id, "").await?;
    crate::api::tokens::revoke_all(tx, member.id).await?;
    devices::forget_others(tx, member.id, None).await?;
    store::drop_links(tx, member.id, Kind::Verify).await?;
    journal::append(tx, &member.stream(), &MemberFact::PasswordReset, Actor::Member(member.id), now).await?;
    letters::queue(tx, Letter::PasswordChanged { member: member.id }, &Reader::of(member), now).await?;
    Ok(())
}
