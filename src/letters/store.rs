//! The table of mails.
use super::{Letter, Mail, Reader};
use crate::clock::Instant;
use crate::db::{self, Tx, later, sql};
use crate::forms::Email;
use crate::ids::Id;
use crate::members::Member;

const INSERT: &str =
    "INSERT INTO mails (id, kind, letter, member_id, to_name, to_email, locale, state, created_at, once, email_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9, $10) ON CONFLICT (once) DO NOTHING";

pub async fn insert(tx: &mut Tx, id: Id<Mail>, letter: Letter, to: &Reader, now: Instant) -> db::Result<()> {
    let mail = later(tx, INSERT).bind(id).bind(letter.kind()).bind(letter.json()?).bind(to.member).bind(&to.name);
    mail.bind(&to.email)
        .bind(to.locale.tag())
        .bind(now)
        .bind(None::<String>)
        .bind(Email::key_of(&to.email))
        .write()
        .await
}

/// False if there is one under this key.
pub async fn insert_once(
    tx: &mut Tx,
    id: Id<Mail>,
    letter: Letter,
    to: &Reader,
    (once, now): (&str, Instant),
) -> db::Result<bool> {
    let mail = sql(INSERT).bind(id).bind(letter.kind()).bind(letter.json()?).bind(to.member).bind(&to.name);
    Ok(mail
        .bind(&to.email)
        .bind(to.locale.tag())
        .bind(now)
        .bind(once)
        .bind(Email::key_of(&to.email))
        .execute(tx)
        .await?
        == 1)
}

/// A mail as an admin sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub id: Id<Mail>,
    pub kind: String,
    pub letter: String,
    pub member_id: Option<Id<Member>>,
    pub to_name: String,
    pub to_email: String,
    pub subject: String,
    pub locale: String,
    pub state: String,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: Instant,
    pub sent_at: Option<Instant>,
}

impl Row {
    pub fn reader(&self) -> Reader {
        Reader {
            member: self.member_id,
            name: self.to_name.clone(),
            email: self.to_email.clone(),
            locale: self.locale.parse().unwrap_or_default(),
        }
    }
}

/// The job's horizon has passed: the mail is shown to admins as failed.
pub async fn gave_up(tx: &mut Tx, id: Id<Mail>, error: &str) -> db::Result<()> {
    sql("UPDATE mails SET state = 'failed', last_error = $2 WHERE id = $1 AND state = 'waiting'")
        .bind(id)
        .bind(error)
        .execute(tx)
        .await
        .map(drop)
}

/// Takes back every letter that waits: the guests of the demo are nobody.
pub async fn forget_waiting(tx: &mut Tx) -> db::Result<()> {
    sql("DELETE FROM mails WHERE state = 'waiting'").execute(&mut *tx).await?;
    sql("DELETE FROM jobs WHERE kind = 'send_mail'").execute(tx).await.map(drop)
}

/// Forgets the last letters to those whose accounts are gone, once they were sent.
pub async fn forget_last(tx: &mut Tx, before: Instant) -> db::Result<()> {
    sql("DELETE FROM mails WHERE kind = 'account_erased' AND state <> 'waiting' AND created_at < $1")
        .bind(before)
        .execute(tx)
        .await
        .map(drop)
}

/// Forgets that these were written, but for those by which an address is known to have been somebody's. How many it
/// were this time.
pub async fn forget_old(tx: &mut Tx, before: Instant, limit: i64) -> db::Result<u64> {
    sql("DELETE FROM mails WHERE id IN (
             SELECT id FROM mails WHERE created_at < $1 AND state <> 'waiting' AND kind <> 'email_changed'
             ORDER BY created_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}

pub async fn by_id(on: impl Into<db::On<'_>>, id: Id<Mail>) -> db::Result<Option<Row>> {
    sql("SELECT * FROM mails WHERE id = $1").bind(id).optional(on).await
}

/// When the mail that waits longest was queued.
pub async fn oldest_waiting(tx: &mut Tx) -> db::Result<Option<Instant>> {
    let row: Option<(Instant,)> =
        sql("SELECT created_at FROM mails WHERE state = 'waiting' ORDER BY created_at LIMIT 1").optional(tx).await?;
    Ok(row.map(|(at,)| at))
}

/// A mail that waits longer than this is late: when all is well it goes within seconds.
pub const SLOW: jiff::SignedDuration = crate::clock::minutes(5);

/// (waiting, failed).
pub async fn counts(tx: &mut Tx) -> db::Result<(i64, i64)> {
    sql("SELECT CAST(COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM mails WHERE state IN ('waiting', 'failed')")
    .one(tx)
    .await
}

/// It went, or what it was about is gone: it is not tried again.
pub async fn done(tx: &mut Tx, id: Id<Mail>, state: &str, subject: &str, now: Instant) -> db::Result<()> {
    sql("UPDATE mails SET state = $2, subject = $3, attempts = attempts + 1, last_error = NULL, sent_at = $4 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(subject)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// It did not go this time.
pub async fn failed(tx: &mut Tx, id: Id<Mail>, error: &str) -> db::Result<()> {
    sql("UPDATE mails SET attempts = attempts + 1, last_error = $2 WHERE id = $1")
        .bind(id)
        .bind(error)
        .execute(tx)
        .await
        .map(drop)
}

/// It waits once more, whatever became of it. False if there is none.
pub async fn wait_again(tx: &mut Tx, id: Id<Mail>) -> db::Result<bool> {
    let found = sql("UPDATE mails SET state = 'waiting', last_error = NULL WHERE id = $1").bind(id).execute(tx).await?;
    Ok(found == 1)
}
