use super::listing::Row;
use super::{Invitation, State};
use crate::clock::Instant;
use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::letters::Mail;
use crate::orders::Order;

/// Asks an address; `None` if it was asked before and that was not taken back.
pub async fn insert(tx: &mut Tx, i: &Invitation) -> Result<Option<Id<Invitation>>> {
    let row: Option<(Id<Invitation>,)> = sql("INSERT INTO invitations
             (id, event_id, by_order, state, name, email, email_key, locale, invited_at)
         VALUES ($1, $2, $3, 'waiting', $4, $5, $6, $7, $8)
         ON CONFLICT (event_id, email_key) DO UPDATE SET state = 'waiting', by_order = excluded.by_order,
             name = excluded.name, email = excluded.email, locale = excluded.locale, invited_at = excluded.invited_at,
             queued_at = NULL, mail_id = NULL, opened_at = NULL, answered_at = NULL, order_id = NULL, barred = FALSE
         WHERE invitations.state = 'revoked' RETURNING id")
    .bind(i.id)
    .bind(i.event_id)
    .bind(i.by_order)
    .bind(&i.name)
    .bind(&i.email)
    .bind(&i.email_key)
    .bind(&i.locale)
    .bind(i.invited_at)
    .optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Invitation>) -> Result<Option<Invitation>> {
    sql("SELECT * FROM invitations WHERE id = $1").bind(id).optional(on).await
}

pub async fn of_address(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<Option<Invitation>> {
    sql("SELECT * FROM invitations WHERE event_id = $1 AND email_key = $2")
        .bind(event)
        .bind(email_key)
        .optional(on)
        .await
}

/// (address as it is compared, state) of everybody who was asked.
pub async fn addresses(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(String, State)>> {
    sql("SELECT email_key, state FROM invitations WHERE event_id = $1").bind(event).all(on).await
}

/// Addresses from which places are taken.
pub async fn going(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(String,)>> {
    sql("SELECT p.email_key FROM order_people p JOIN orders o ON o.id = p.order_id
         WHERE o.event_id = $1 AND o.state = 'confirmed'")
    .bind(event)
    .all(on)
    .await
}

/// Addresses of those who run an event.
pub async fn team(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(String,)>> {
    sql("SELECT m.email_key FROM event_hosts h JOIN members m ON m.id = h.member_id WHERE h.event_id = $1 AND h.role <> 'door'")
        .bind(event)
        .all(on)
        .await
}

pub async fn count(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM invitations WHERE event_id = $1 AND state <> 'revoked'").bind(event).scalar(on).await
}

/// Those that stand in the name of an order.
pub async fn of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Invitation>> {
    sql("SELECT * FROM invitations WHERE by_order = $1 AND state <> 'revoked' ORDER BY id").bind(order).all(on).await
}

/// Those whose letter was not queued yet.
pub async fn to_send(on: impl Into<On<'_>>, event: Id<Event>, limit: i64) -> Result<Vec<Invitation>> {
    sql("SELECT * FROM invitations WHERE event_id = $1 AND queued_at IS NULL AND state = 'waiting' ORDER BY id LIMIT $2")
        .bind(event)
        .bind(limit)
        .all(on)
        .await
}

/// Notes that a letter is queued now. False where it was since `before`, or nothing is to be answered any more.
pub async fn set_queued(tx: &mut Tx, id: Id<Invitation>, before: Instant, now: Instant) -> Result<bool> {
    let set = sql("UPDATE invitations SET queued_at = $3, mail_id = NULL
         WHERE id = $1 AND state = 'waiting' AND (queued_at IS NULL OR queued_at < $2)")
    .bind(id)
    .bind(before)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(set == 1)
}

pub async fn set_mail(tx: &mut Tx, id: Id<Invitation>, mail: Id<Mail>) -> Result<()> {
    sql("UPDATE invitations SET mail_id = $2 WHERE id = $1").bind(id).bind(mail).execute(tx).await.map(drop)
}

pub async fn set_opened(tx: &mut Tx, id: Id<Invitation>, now: Instant) -> Result<()> {
    sql("UPDATE invitations SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Writes an answer down. False if there is one already.
pub async fn answer(
    tx: &mut Tx,
    id: Id<Invitation>,
    state: State,
    order: Option<Id<Order>>,
    now: Instant,
) -> Result<bool> {
    let set =
        sql("UPDATE invitations SET state = $2, order_id = $3, answered_at = $4 WHERE id = $1 AND state = 'waiting'")
            .bind(id)
            .bind(state)
            .bind(order)
            .bind(now)
            .execute(tx)
            .await?;
    Ok(set == 1)
}

/// Those of an address that wait for an answer, or have a yes.
pub async fn standing_for(on: impl Into<On<'_>>, email_key: &str) -> Result<Vec<Invitation>> {
    sql("SELECT * FROM invitations WHERE email_key = $1 AND state IN ('waiting', 'accepted') ORDER BY event_id, id")
        .bind(email_key)
        .all(on)
        .await
}

/// They do not come, whatever was answered before.
pub async fn give_up(tx: &mut Tx, id: Id<Invitation>, now: Instant) -> Result<()> {
    sql("UPDATE invitations SET state = 'declined', order_id = NULL, answered_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// False if it was taken back before, or is another event's.
pub async fn revoke(tx: &mut Tx, event: Id<Event>, id: Id<Invitation>) -> Result<bool> {
    let set = sql("UPDATE invitations SET state = 'revoked' WHERE id = $1 AND event_id = $2 AND state <> 'revoked'")
        .bind(id)
        .bind(event)
        .execute(tx)
        .await?;
    Ok(set == 1)
}

/// One that was declined waits for an answer again. False if it was not.
pub async fn reopen(tx: &mut Tx, id: Id<Invitation>, now: Instant) -> Result<bool> {
    let set = sql("UPDATE invitations SET state = 'waiting', invited_at = $2, opened_at = NULL, answered_at = NULL, order_id = NULL
         WHERE id = $1 AND state = 'declined'")
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(set == 1)
}

/// A page of the list, behind one of its rows, with what became of each letter. '' is any state.
pub async fn list(on: impl Into<On<'_>>, event: Id<Event>, state: &str, behind: &str, limit: i64) -> Result<Vec<Row>> {
    sql("SELECT i.*, m.state AS mail_state, b.name AS by_name,
             EXISTS (SELECT 1 FROM order_people p JOIN orders o ON o.id = p.order_id
                     WHERE p.email_key = i.email_key AND (o.event_id || '') = i.event_id
                         AND o.state IN ('held', 'confirmed')) AS has_place
         FROM invitations i LEFT JOIN mails m ON m.id = i.mail_id LEFT JOIN order_people b ON b.order_id = i.by_order
         WHERE i.event_id = $1 AND ($2 = '' OR i.state = $2) AND i.id > $3 ORDER BY i.id LIMIT $4")
    .bind(event)
    .bind(state)
    .bind(behind)
    .bind(limit)
    .all(on)
    .await
}

/// How many stand in each state.
pub async fn counts(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<(State, i64)>> {
    sql("SELECT state, COUNT(*) FROM invitations WHERE event_id = $1 GROUP BY state").bind(event).all(on).await
}

/// (id, event, state, order) of every one, for `verify`.
pub async fn every(tx: &mut Tx) -> Result<Vec<(Id<Invitation>, Id<Event>, State, Option<Id<Order>>)>> {
    sql("SELECT id, event_id, state, order_id FROM invitations").all(tx).await
}

// ---------------------------------------------------------------- links

pub async fn insert_link(tx: &mut Tx, token_hash: &str, id: Id<Invitation>, expires_at: Instant) -> Result<()> {
    sql("INSERT INTO invitation_links (token_hash, invitation_id, expires_at) VALUES ($1, $2, $3)")
        .bind(token_hash)
        .bind(id)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(drop)
}

/// What a link is about that was not used and is not over.
pub async fn of_link(on: impl Into<On<'_>>, token_hash: &str, now: Instant) -> Result<Option<Invitation>> {
    sql("SELECT i.* FROM invitation_links l JOIN invitations i ON i.id = l.invitation_id
         WHERE l.token_hash = $1 AND l.expires_at > $2 AND l.used_at IS NULL AND i.state = 'waiting'")
    .bind(token_hash)
    .bind(now)
    .optional(on)
    .await
}

/// What a link is about that was used, and so proves an address still, if to little.
pub async fn answered_by(on: impl Into<On<'_>>, token_hash: &str, now: Instant) -> Result<Option<Invitation>> {
    sql("SELECT i.* FROM invitation_links l JOIN invitations i ON i.id = l.invitation_id
         WHERE l.token_hash = $1 AND l.expires_at > $2 AND l.used_at IS NOT NULL AND i.state IN ('accepted', 'declined')")
    .bind(token_hash)
    .bind(now)
    .optional(on)
    .await
}

/// A link that was used can be used once more.
pub async fn free_link(tx: &mut Tx, token_hash: &str) -> Result<()> {
    sql("UPDATE invitation_links SET used_at = NULL, used_by = NULL WHERE token_hash = $1")
        .bind(token_hash)
        .execute(tx)
        .await
        .map(drop)
}

/// False if it was used before.
pub async fn use_link(tx: &mut Tx, token_hash: &str, used_by: &str, now: Instant) -> Result<bool> {
    let used = sql("UPDATE invitation_links SET used_at = $3, used_by = $2
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $3")
    .bind(token_hash)
    .bind(used_by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(used == 1)
}

/// What a copy of the link's page did since then.
pub async fn used_by(
    on: impl Into<On<'_>>,
    token_hash: &str,
    used_by: &str,
    since: Instant,
) -> Result<Option<Invitation>> {
    sql("SELECT i.* FROM invitation_links l JOIN invitations i ON i.id = l.invitation_id
         WHERE l.token_hash = $1 AND l.used_by = $2 AND l.used_at >= $3")
    .bind(token_hash)
    .bind(used_by)
    .bind(since)
    .optional(on)
    .await
}

/// No other letter of this invitation opens anything.
pub async fn end_links(tx: &mut Tx, id: Id<Invitation>, but: &str) -> Result<()> {
    sql("DELETE FROM invitation_links WHERE invitation_id = $1 AND token_hash <> $2")
        .bind(id)
        .bind(but)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn forget_links(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM invitation_links WHERE expires_at < $1").bind(before).execute(tx).await.map(drop)
}
