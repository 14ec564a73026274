use super::Member;
use super::avatar::Picture;
use super::profile::Profile;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, folded, sql};
use crate::ids::Id;

/// False if the address has an account already.
pub async fn insert(tx: &mut Tx, member: &Member) -> Result<bool> {
    let added = sql(
        "INSERT INTO members (id, name, email, email_key, email_verified_at, password, admin, zone, locale, created_at, name_fold)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (email_key) DO NOTHING",
    )
    .bind(member.id)
    .bind(&member.name)
    .bind(&member.email)
    .bind(&member.email_key)
    .bind(member.email_verified_at)
    .bind(&member.password)
    .bind(member.admin)
    .bind(&member.zone)
    .bind(&member.locale)
    .bind(member.created_at)
    .bind(folded(&member.name))
    .execute(tx)
    .await?;
    Ok(added == 1)
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Member>) -> Result<Option<Member>> {
    sql("SELECT * FROM members WHERE id = $1").bind(id).optional(on).await
}

pub async fn by_email_key(on: impl Into<On<'_>>, key: &str) -> Result<Option<Member>> {
    sql("SELECT * FROM members WHERE email_key = $1").bind(key).optional(on).await
}

/// The same, held until the transaction ends.
pub async fn lock(tx: &mut Tx, id: Id<Member>) -> Result<Option<Member>> {
    let text = tx.pick("SELECT * FROM members WHERE id = $1", "SELECT * FROM members WHERE id = $1 FOR UPDATE");
    sql(text).bind(id).optional(tx).await
}

/// Whether somebody who asks for something has an account still: see [`super::acting`]. For what locks an event first,
/// and then its member. It waits for whoever locks the member, and lets everybody else pass who only asks the same.
pub async fn stands(tx: &mut Tx, id: Id<Member>) -> Result<bool> {
    let text = tx.pick(
        "SELECT id FROM members WHERE id = $1 AND erased_at IS NULL AND suspended_at IS NULL",
        "SELECT id FROM members WHERE id = $1 AND erased_at IS NULL AND suspended_at IS NULL FOR KEY SHARE",
    );
    let row: Option<(Id<Member>,)> = sql(text).bind(id).optional(tx).await?;
    Ok(row.is_some())
}

/// False if it was verified before.
pub async fn verify_email(tx: &mut Tx, id: Id<Member>, now: Instant) -> Result<bool> {
    let changed = sql("UPDATE members SET email_verified_at = $2 WHERE id = $1 AND email_verified_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Sets the password and lifts any lock.
pub async fn set_password(tx: &mut Tx, id: Id<Member>, hash: Option<&str>) -> Result<()> {
    sql("UPDATE members SET password = $2, wrong_passwords = 0, locked_until = NULL WHERE id = $1")
        .bind(id)
        .bind(hash.map(str::to_owned))
        .execute(tx)
        .await
        .map(drop)
}

/// The account is what this person wrote who proved its address.
pub async fn set_owner(
    tx: &mut Tx,
    id: Id<Member>,
    name: &str,
    email: &str,
    locale: &str,
    password: &str,
) -> Result<()> {
    sql("UPDATE members SET name = $2, email = $3, locale = $4, password = $5, wrong_passwords = 0, locked_until = NULL,
             name_fold = $6
         WHERE id = $1")
    .bind(id)
    .bind(name)
    .bind(email)
    .bind(locale)
    .bind(password)
    .bind(folded(name))
    .execute(tx)
    .await
    .map(drop)
}

/// What somebody is called who proved the address that nobody had proven, and how they write it.
pub async fn set_name_and_email(tx: &mut Tx, id: Id<Member>, name: &str, email: &str) -> Result<()> {
    sql("UPDATE members SET name = $2, email = $3, name_fold = $4 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(email)
        .bind(folded(name))
        .execute(tx)
        .await
        .map(drop)
}

/// The handle is theirs already: [`take_handle`].
pub async fn set_profile(tx: &mut Tx, id: Id<Member>, profile: &Profile) -> Result<()> {
    sql("UPDATE members SET name = $2, handle = $3, bio = $4, locale = $5, zone = $6, theme = $7, name_fold = $8 WHERE id = $1")
        .bind(id)
        .bind(&profile.name)
        .bind(&profile.handle)
        .bind(&profile.bio)
        .bind(&profile.locale)
        .bind(&profile.zone)
        .bind(&profile.theme)
        .bind(folded(&profile.name))
        .execute(tx)
        .await
        .map(drop)
}

/// Whose public page it is: a handle in lower case. Suspended members have none.
pub async fn by_handle(on: impl Into<On<'_>>, key: &str) -> Result<Option<Member>> {
    sql("SELECT m.* FROM handles h JOIN members m ON m.id = h.member_id
         WHERE h.handle_key = $1 AND m.suspended_at IS NULL")
    .bind(key)
    .optional(on)
    .await
}

/// Gives a member a handle, in lower case, in place of the one that they had. False, and nothing is changed, if
/// somebody else has it.
pub async fn take_handle(tx: &mut Tx, id: Id<Member>, key: &str) -> Result<bool> {
    let taken = sql("INSERT INTO handles (handle_key, member_id) VALUES ($1, $2) ON CONFLICT (handle_key) DO NOTHING")
        .bind(key)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if taken == 0 {
        let owner: Option<(Id<Member>,)> =
            sql("SELECT member_id FROM handles WHERE handle_key = $1").bind(key).optional(&mut *tx).await?;
        return Ok(owner.is_some_and(|(owner,)| owner == id));
    }
    sql("DELETE FROM handles WHERE member_id = $1 AND handle_key <> $2").bind(id).bind(key).execute(tx).await?;
    Ok(true)
}

/// Whose files they are now; none takes the picture away.
pub async fn set_avatar(tx: &mut Tx, id: Id<Member>, picture: Option<Id<Picture>>) -> Result<()> {
    sql("UPDATE members SET avatar = $2 WHERE id = $1").bind(id).bind(picture).execute(tx).await.map(drop)
}

/// Whether some member has this picture.
pub async fn has_avatar(on: impl Into<On<'_>>, picture: Id<Picture>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM members WHERE avatar = $1)").bind(picture).scalar(on).await
}

pub async fn free_handle(tx: &mut Tx, id: Id<Member>) -> Result<()> {
    sql("DELETE FROM handles WHERE member_id = $1").bind(id).execute(tx).await.map(drop)
}

pub async fn set_admin(tx: &mut Tx, id: Id<Member>, admin: bool) -> Result<()> {
    sql("UPDATE members SET admin = $2 WHERE id = $1").bind(id).bind(admin).execute(tx).await.map(drop)
}

pub async fn set_suspended(tx: &mut Tx, id: Id<Member>, at: Option<Instant>, why: Option<&str>) -> Result<()> {
    sql("UPDATE members SET suspended_at = $2, suspended_why = $3 WHERE id = $1")
        .bind(id)
        .bind(at)
        .bind(why.map(str::to_owned))
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_wrong_passwords(tx: &mut Tx, id: Id<Member>, count: i64, locked_until: Option<Instant>) -> Result<()> {
    sql("UPDATE members SET wrong_passwords = $2, locked_until = $3 WHERE id = $1")
        .bind(id)
        .bind(count)
        .bind(locked_until)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_second_factor(tx: &mut Tx, id: Id<Member>, at: Option<Instant>) -> Result<()> {
    sql("UPDATE members SET second_factor_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

/// Since when they have a passkey; none if they have none any more.
pub async fn set_passkey(tx: &mut Tx, id: Id<Member>, at: Option<Instant>) -> Result<()> {
    sql("UPDATE members SET passkey_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await.map(drop)
}

/// Gives the member another address, which is proven. False if another member has it.
pub async fn set_email(tx: &mut Tx, id: Id<Member>, email: &str, key: &str, now: Instant) -> Result<bool> {
    let changed = sql("UPDATE members SET email = $2, email_key = $3, email_verified_at = $4
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM members WHERE email_key = $3 AND id <> $1)")
    .bind(id)
    .bind(email)
    .bind(key)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Frees an address that an account has and nobody ever proved, for whoever just did.
pub async fn free_unproven_email(tx: &mut Tx, key: &str) -> Result<()> {
    sql("UPDATE members SET email = '', email_key = 'nobody/' || id, password = NULL
         WHERE email_key = $1 AND email_verified_at IS NULL")
    .bind(key)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn set_last_seen(tx: &mut Tx, id: Id<Member>, now: Instant) -> Result<()> {
    sql("UPDATE members SET last_seen_at = $2 WHERE id = $1").bind(id).bind(now).execute(tx).await.map(drop)
}

/// Locks all admins until the transaction ends, so that they are counted one at a time. In the order of the index that
/// knows them: by their ids alone, SQLite would look through all members.
pub async fn lock_admins(tx: &mut Tx) -> Result<()> {
    let text = tx.pick(
        "SELECT id FROM members WHERE admin ORDER BY created_at, id",
        "SELECT id FROM members WHERE admin ORDER BY created_at, id FOR UPDATE",
    );
    let _: Vec<(Id<Member>,)> = sql(text).all(tx).await?;
    Ok(())
}

pub async fn admins(on: impl Into<On<'_>>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM members WHERE admin AND suspended_at IS NULL").scalar(on).await
}

/// Those who run the site and can be written to.
pub async fn every_admin(on: impl Into<On<'_>>) -> Result<Vec<Member>> {
    sql("SELECT * FROM members WHERE admin AND suspended_at IS NULL AND email_verified_at IS NOT NULL
         ORDER BY created_at, id")
    .all(on)
    .await
}
