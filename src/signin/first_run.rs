//! The first admin of a new site: whoever reads the log can become it, once.
use super::{NewMember, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::Result;
use crate::ids;
use crate::journal::{self, Actor};
use crate::members::{self, Member, MemberFact};

/// A new token that opens the first-run page, while there is no admin. It replaces the one before.
pub async fn token(app: &App) -> anyhow::Result<Option<String>> {
    if store::any_admin(&app.db).await? {
        return Ok(None);
    }
    let token = ids::secret();
    let mut tx = app.db.write().await?;
    store::set_first_run(&mut tx, &ids::hash(&token)).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Whether the token still opens the page.
pub async fn opens(app: &App, token: &str) -> Result<bool> {
    Ok(store::is_first_run(&app.db, &ids::hash(token)).await? && !store::any_admin(&app.db).await?)
}

/// What became of a wish to be the first admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    Done,
    /// The token is no good, or there is an admin already.
    Closed,
    /// The address has a verified account: its owner's password is not replaced by a form.
    Taken,
}

/// Makes the first admin.
pub async fn set_up(app: &App, token: &str, wish: NewMember) -> Result<Setup> {
    let hash = app.passwords.hash(&wish.password).await?;
    let now = app.clock.now();
    let member = wish.member(Some(hash), now);
    decide!(app.db, tx, {
        if store::any_admin(&mut *tx).await? {
            return Ok(Setup::Closed);
        }
        let known = members::store::by_email_key(&mut *tx, &member.email_key).await?;
        if known.is_some_and(|known| known.email_verified_at.is_some()) {
            return Ok(Setup::Taken);
        }
        if !store::use_first_run(tx, &ids::hash(token)).await? {
            return Ok(Setup::Closed);
        }
        make_admin(tx, &member, Actor::Operator, "first run", now).await.map(|()| Setup::Done)
    })
}

/// Makes this member an admin whose address the operator vouches for. An account with the address that was
/// never verified is taken over: its password and sessions are replaced.
pub async fn make_admin(tx: &mut Tx, member: &Member, by: Actor, reason: &str, now: Instant) -> Result<()> {
    let new = members::store::insert(tx, member).await?;
    let known = members::store::by_email_key(&mut *tx, &member.email_key).await?;
    let Some(admin) = known else { return Ok(()) };
    members::store::lock(tx, admin.id).await?;
    if new {
        journal::append(tx, &admin.stream(), &MemberFact::MemberSignedUp, by, now).await?;
    }
    if admin.email_verified_at.is_none() {
        super::prove(tx, &admin, now).await?;
        members::store::set_password(tx, admin.id, member.password.as_deref()).await?;
    }
    if !admin.admin {
        members::store::set_admin(tx, admin.id, true).await?;
        let fact = MemberFact::MadeAdmin { reason: reason.to_owned() };
        journal::append(tx, &admin.stream(), &fact, by, now).await?;
    }
    Ok(())
}
