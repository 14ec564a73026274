use super::SignUp;
use super::links::Kind;
use super::new_address::EmailChange;
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;

// ---------------------------------------------------------------- links

pub async fn insert_link(
    tx: &mut Tx,
    token_hash: &str,
    kind: Kind,
    member: &Member,
    subject: Option<String>,
    now: Instant,
) -> Result<()> {
    sql("INSERT INTO links (token_hash, kind, member_id, subject_id, email_key, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(token_hash)
    .bind(kind)
    .bind(member.id)
    .bind(subject)
    .bind(&member.email_key)
    .bind(now)
    .bind(now + kind.lives())
    .execute(tx)
    .await
    .map(drop)
}

/// Whose link it is, while it can be used and the account has the address that it went to.
pub async fn owner_of_link(
    on: impl Into<On<'_>>,
    token_hash: &str,
    kind: Kind,
    now: Instant,
) -> Result<Option<Member>> {
    sql("SELECT m.* FROM links l JOIN members m ON m.id = l.member_id AND m.email_key = l.email_key
         WHERE l.token_hash = $1 AND l.kind = $2 AND l.used_at IS NULL AND l.expires_at > $3")
    .bind(token_hash)
    .bind(kind)
    .bind(now)
    .optional(on)
    .await
}

pub async fn subject_of_link(on: impl Into<On<'_>>, token_hash: &str, kind: Kind) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = sql("SELECT subject_id FROM links WHERE token_hash = $1 AND kind = $2")
        .bind(token_hash)
        .bind(kind)
        .optional(on)
        .await?;
    Ok(row.and_then(|(subject,)| subject))
}

/// False if it was used before.
pub async fn use_link(tx: &mut Tx, token_hash: &str, kind: Kind, form_hash: &str, now: Instant) -> Result<bool> {
    let used = sql("UPDATE links SET used_at = $3, used_by = $4
                    WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3")
    .bind(token_hash)
    .bind(kind)
    .bind(now)
    .bind(form_hash)
    .execute(tx)
    .await?;
    Ok(used == 1)
}

/// Whether it was that copy of its page that used the link, since an instant.
pub async fn link_used_by(
    on: impl Into<On<'_>>,
    token_hash: &str,
    kind: Kind,
    form_hash: &str,
    since: Instant,
) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM links WHERE token_hash = $1 AND kind = $2 AND used_by = $3 AND used_at > $4)")
        .bind(token_hash)
        .bind(kind)
        .bind(form_hash)
        .bind(since)
        .scalar(on)
        .await
}

/// Whose link that copy of its page used, since an instant.
pub async fn user_of_link(
    on: impl Into<On<'_>>,
    token_hash: &str,
    kind: Kind,
    form_hash: &str,
    since: Instant,
) -> Result<Option<Member>> {
    sql("SELECT m.* FROM links l JOIN members m ON m.id = l.member_id
         WHERE l.token_hash = $1 AND l.kind = $2 AND l.used_by = $3 AND l.used_at > $4")
    .bind(token_hash)
    .bind(kind)
    .bind(form_hash)
    .bind(since)
    .optional(on)
    .await
}

/// Takes back what was not used.
pub async fn drop_links(tx: &mut Tx, member: Id<Member>, kind: Kind) -> Result<()> {
    sql("DELETE FROM links WHERE member_id = $1 AND kind = $2 AND used_at IS NULL")
        .bind(member)
        .bind(kind)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn forget_links(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM links WHERE expires_at < $1").bind(before).execute(tx).await.map(drop)
}

// ---------------------------------------------------------------- sign-ups

pub async fn insert_sign_up(tx: &mut Tx, of: &SignUp) -> Result<()> {
    sql("INSERT INTO sign_ups (id, email, email_key, name, locale, password, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(of.id)
    .bind(&of.email)
    .bind(&of.email_key)
    .bind(&of.name)
    .bind(&of.locale)
    .bind(&of.password)
    .bind(of.created_at)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn sign_up(on: impl Into<On<'_>>, id: Id<SignUp>) -> Result<Option<SignUp>> {
    sql("SELECT * FROM sign_ups WHERE id = $1").bind(id).optional(on).await
}

/// Of those with an address this one, else the last one.
pub async fn sign_up_with(on: impl Into<On<'_>>, email_key: &str, own: Option<Id<SignUp>>) -> Result<Option<SignUp>> {
    sql("SELECT * FROM sign_ups WHERE email_key = $1
         ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT 1")
    .bind(email_key)
    .bind(own.map_or_else(String::new, |own| own.to_string()))
    .optional(on)
    .await
}

pub async fn sign_up_of_link(on: impl Into<On<'_>>, token_hash: &str) -> Result<Option<SignUp>> {
    sql("SELECT s.* FROM links l JOIN sign_ups s ON s.id = l.subject_id WHERE l.token_hash = $1 AND l.kind = 'verify'")
        .bind(token_hash)
        .optional(on)
        .await
}

pub async fn drop_sign_ups(tx: &mut Tx, email_key: &str) -> Result<()> {
    sql("DELETE FROM sign_ups WHERE email_key = $1").bind(email_key).execute(tx).await.map(drop)
}

/// How many it were this time.
pub async fn forget_sign_ups(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64> {
    sql("DELETE FROM sign_ups WHERE id IN (SELECT id FROM sign_ups WHERE created_at < $1 ORDER BY created_at LIMIT $2)")
        .bind(before)
        .bind(limit)
        .execute(tx)
        .await
}

// ---------------------------------------------------------------- other addresses

pub async fn insert_email_change(tx: &mut Tx, of: &EmailChange) -> Result<()> {
    sql("INSERT INTO email_changes (id, member_id, email, email_key, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(of.id)
        .bind(of.member_id)
        .bind(&of.email)
        .bind(&of.email_key)
        .bind(of.created_at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn email_change(on: impl Into<On<'_>>, id: Id<EmailChange>) -> Result<Option<EmailChange>> {
    sql("SELECT * FROM email_changes WHERE id = $1").bind(id).optional(on).await
}

pub async fn drop_email_changes(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("DELETE FROM email_changes WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}

pub async fn forget_email_changes(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM email_changes WHERE created_at < $1").bind(before).execute(tx).await.map(drop)
}

// ---------------------------------------------------------------- devices

pub async fn has_device(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM devices WHERE token_hash = $1)").bind(token_hash).scalar(tx).await
}

pub async fn devices_of(tx: &mut Tx, member: Id<Member>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM devices WHERE member_id = $1").bind(member).scalar(tx).await
}

/// False if there is no such device.
pub async fn touch_device(tx: &mut Tx, token_hash: &str, now: Instant) -> Result<bool> {
    let touched = sql("UPDATE devices SET last_used_at = $2 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(touched == 1)
}

pub async fn insert_device(tx: &mut Tx, token_hash: &str, member: Id<Member>, now: Instant) -> Result<()> {
    sql("INSERT INTO devices (token_hash, member_id, created_at, last_used_at) VALUES ($1, $2, $3, $3)")
        .bind(token_hash)
        .bind(member)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// All devices of a member but the one with this hash.
pub async fn remove_devices(tx: &mut Tx, member: Id<Member>, keep: &str) -> Result<()> {
    sql("DELETE FROM devices WHERE member_id = $1 AND token_hash <> $2")
        .bind(member)
        .bind(keep)
        .execute(tx)
        .await
        .map(drop)
}

/// How many it were this time.
pub async fn forget_devices(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64> {
    sql("DELETE FROM devices WHERE token_hash IN (
             SELECT token_hash FROM devices WHERE last_used_at < $1 ORDER BY last_used_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}

// ---------------------------------------------------------------- the first admin

/// Whether anybody is an admin, suspended or not: the first-run page is for sites that never had one.
pub async fn any_admin(on: impl Into<On<'_>>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM members WHERE admin)").scalar(on).await
}

pub async fn set_first_run(tx: &mut Tx, token_hash: &str) -> Result<()> {
    sql("INSERT INTO settings (name, value) VALUES ('first_run', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value")
    .bind(token_hash)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn is_first_run(on: impl Into<On<'_>>, token_hash: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM settings WHERE name = 'first_run' AND value = $1)")
        .bind(token_hash)
        .scalar(on)
        .await
}

/// False if the token is another one, or was used.
pub async fn use_first_run(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    let used = sql("DELETE FROM settings WHERE name = 'first_run' AND value = $1").bind(token_hash).execute(tx).await?;
    Ok(used == 1)
}
