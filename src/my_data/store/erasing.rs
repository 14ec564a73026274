use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;
use crate::orders::Order;

/// What nobody else has seen is not kept: the words of drafts that are theirs alone. Answers under which keys the
/// pictures of those lie. From what they own, not from all drafts: hence `status || ''`, which no index has.
pub async fn blank_drafts(tx: &mut Tx, member: Id<Member>) -> Result<Vec<(String,)>> {
    let covers = sql("SELECT cover_key FROM events WHERE (status || '') = 'draft' AND cover_key IS NOT NULL
           AND id IN (SELECT h.event_id FROM event_hosts h WHERE h.member_id = $1 AND h.role = 'owner')
           AND NOT EXISTS (SELECT 1 FROM event_hosts h
                           WHERE h.event_id = events.id AND h.member_id <> $1 AND h.role IN ('owner', 'host'))")
    .bind(member)
    .all(&mut *tx)
    .await?;
    sql("UPDATE events SET slug = 'deleted-' || id, title = '–', title_fold = '', summary = '', description = '', tags = '', place_name = '', place_address = '',
             place_town = '', latitude = NULL, longitude = NULL, online_url = '', pay_later_note = '', cover_key = NULL
         WHERE (status || '') = 'draft'
           AND id IN (SELECT h.event_id FROM event_hosts h WHERE h.member_id = $1 AND h.role = 'owner')
           AND NOT EXISTS (SELECT 1 FROM event_hosts h
                           WHERE h.event_id = events.id AND h.member_id <> $1 AND h.role IN ('owner', 'host'))")
    .bind(member)
    .execute(tx)
    .await?;
    Ok(covers)
}

/// Where to send one's money is one's own: it goes with whoever owned what nobody can take places at any more, and
/// drafts. Of what is ahead and stands nothing is theirs alone when they go.
pub async fn blank_notes(tx: &mut Tx, member: Id<Member>, now: Instant) -> Result<()> {
    sql("UPDATE events SET pay_later_note = ''
         WHERE pay_later_note <> '' AND (status <> 'published' OR ends_at <= $2)
           AND id IN (SELECT h.event_id FROM event_hosts h WHERE h.member_id = $1 AND h.role = 'owner')
           AND NOT EXISTS (SELECT 1 FROM event_hosts h
                           WHERE h.event_id = events.id AND h.member_id <> $1 AND h.role = 'owner')")
    .bind(member)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// The addresses by which they are known in tables that do not name members: today's, and those from before that are
/// nobody else's by now. An address that was only wanted was never proven, and is not among them.
pub async fn addresses(tx: &mut Tx, member: Id<Member>) -> Result<Vec<(String,)>> {
    sql("SELECT k.email_key FROM (
             SELECT email_key FROM members WHERE id = $1
             UNION SELECT p.email_key FROM order_people p JOIN orders o ON o.id = p.order_id WHERE o.member_id = $1
             UNION SELECT p.email_key FROM waiting_people p JOIN waiting w ON w.id = p.party_id WHERE w.member_id = $1
             UNION SELECT email_key FROM mails WHERE member_id = $1 AND kind = 'email_changed') k
         WHERE k.email_key <> '' AND NOT EXISTS (SELECT 1 FROM members m WHERE m.email_key = k.email_key AND m.id <> $1)
         ORDER BY k.email_key")
    .bind(member)
    .all(tx)
    .await
}

/// Erases a member from every table that names them, or one of their [`addresses`]; `gone` stands where a page needs a
/// name. Of orders for which money came the name is put aside first.
pub async fn erase(tx: &mut Tx, member: Id<Member>, addresses: &[(String,)], gone: &str, now: Instant) -> Result<()> {
    put_aside(tx, member, now).await?;
    for (key,) in addresses {
        places_of(tx, key).await?;
        words_of(tx, key, gone).await?;
    }
    places(tx, member, gone).await?;
    words(tx, member).await?;
    keys(tx, member).await?;
    sql("UPDATE members SET name = $2, name_fold = '', email = '', email_key = 'nobody/' || id, email_verified_at = NULL, password = NULL,
             admin = FALSE, zone = NULL, locale = NULL, theme = NULL, wrong_passwords = 0, locked_until = NULL,
             suspended_at = NULL, suspended_why = NULL, second_factor_at = NULL, passkey_at = NULL, last_seen_at = NULL, handle = NULL,
             bio = '', avatar = NULL, erased_at = $3
         WHERE id = $1")
    .bind(member)
    .bind(gone)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn forget_tax_names(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM tax_names WHERE erased_at < $1").bind(before).execute(&mut *tx).await?;
    sql("DELETE FROM tax_names_of_purchases WHERE erased_at < $1").bind(before).execute(tx).await.map(drop)
}

async fn put_aside(tx: &mut Tx, member: Id<Member>, now: Instant) -> Result<()> {
    sql("INSERT INTO tax_names (order_id, name, erased_at)
         SELECT o.id, p.name, $2 FROM orders o JOIN order_people p ON p.order_id = o.id
         WHERE o.member_id = $1 AND EXISTS (SELECT 1 FROM payments y WHERE y.order_id = o.id AND y.paid_at IS NOT NULL)
         ON CONFLICT (order_id) DO NOTHING")
    .bind(member)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sql("INSERT INTO tax_names_of_purchases (payment_id, name, erased_at)
         SELECT u.payment_id, m.name, $2 FROM purchases u JOIN payments p ON p.id = u.payment_id
             JOIN members m ON m.id = u.member_id
         WHERE u.member_id = $1 AND p.paid_at IS NOT NULL ON CONFLICT (payment_id) DO NOTHING")
    .bind(member)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sql("INSERT INTO tax_names_of_purchases (payment_id, name, erased_at)
         SELECT b.payment_id, m.name, $2 FROM plan_bills b JOIN members m ON m.id = b.member_id
         WHERE b.member_id = $1 AND b.payment_id IS NOT NULL ON CONFLICT (payment_id) DO NOTHING")
    .bind(member)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    // The provider's page of a bill names whoever paid it.
    sql("UPDATE payments SET url = '' WHERE id IN (SELECT payment_id FROM plan_bills WHERE member_id = $1)")
        .bind(member)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE plan_bills SET hosted_url = NULL WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}

/// Orders of a guest with this address that ended before anybody confirmed them: nobody's, and known for good where
/// money came too late and went back. None for a member who has not proven their address. By the address: the cast
/// keeps SQLite from going through all that are nobody's.
pub async fn never_confirmed(tx: &mut Tx, member: Id<Member>, key: &str) -> Result<Vec<(Id<Order>,)>> {
    sql("SELECT o.id FROM order_people p JOIN orders o ON o.id = p.order_id
         WHERE p.email_key = $2 AND CAST(o.member_id AS TEXT) IS NULL AND o.confirmed_at IS NULL
           AND o.ended_at IS NOT NULL
           AND EXISTS (SELECT 1 FROM members m WHERE m.id = $1 AND m.email_verified_at IS NOT NULL)")
    .bind(member)
    .bind(key)
    .all(tx)
    .await
}

/// The name beside one order, if money came for it.
pub async fn put_aside_name(tx: &mut Tx, order: Id<Order>, now: Instant) -> Result<()> {
    sql("INSERT INTO tax_names (order_id, name, erased_at)
         SELECT p.order_id, p.name, $2 FROM order_people p
         WHERE p.order_id = $1 AND EXISTS (SELECT 1 FROM payments y WHERE y.order_id = $1 AND y.paid_at IS NOT NULL)
         ON CONFLICT (order_id) DO NOTHING")
    .bind(order)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Tickets with their address, and those that somebody gave them: good still, and nobody's by name.
async fn places_of(tx: &mut Tx, key: &str) -> Result<()> {
    // No address is blank; that it is said opens the indexes that leave the blank ones out.
    sql("UPDATE attendees SET name = '', email = '', email_key = '',
             given_to = CASE WHEN given_to = '' THEN '' ELSE 'nobody/' || ticket_id END
         WHERE (email_key = $1 AND email_key <> '') OR (given_to = $1 AND given_to <> '')")
    .bind(key)
    .execute(tx)
    .await
    .map(drop)
}

async fn places(tx: &mut Tx, member: Id<Member>, gone: &str) -> Result<()> {
    // The first ticket of an order is its buyer's, under whichever address they took it.
    sql("UPDATE attendees SET name = '', email = '', email_key = ''
         WHERE given_to = '' AND ticket_id IN (
             SELECT t.id FROM tickets t JOIN orders o ON o.id = t.order_id WHERE o.member_id = $1 AND t.position = 0)")
    .bind(member)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE order_people SET name = $2, name_fold = '', email = '', email_key = 'nobody/' || order_id
         WHERE order_id IN (SELECT id FROM orders WHERE member_id = $1)")
    .bind(member)
    .bind(gone)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE waiting_people SET name = $2, email = '', email_key = 'nobody/' || party_id, companions = ''
         WHERE party_id IN (SELECT id FROM waiting WHERE member_id = $1)")
    .bind(member)
    .bind(gone)
    .execute(tx)
    .await
    .map(drop)
}

/// What was said from an address, and what was said to it.
async fn words_of(tx: &mut Tx, key: &str, gone: &str) -> Result<()> {
    sql("UPDATE reports SET member_id = NULL, email = '', email_key = ''
         WHERE email_key = $1 AND email_key <> ''")
    .bind(key)
    .execute(&mut *tx)
    .await?;
    sql("DELETE FROM team_invitations WHERE email_key = $1").bind(key).execute(&mut *tx).await?;
    sql("DELETE FROM invitation_links WHERE invitation_id IN (SELECT id FROM invitations WHERE email_key = $1)")
        .bind(key)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE invitations SET name = $2, email = '', email_key = 'nobody/' || id WHERE email_key = $1")
        .bind(key)
        .bind(gone)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM mails WHERE email_key = $1 AND email_key <> ''").bind(key).execute(&mut *tx).await?;
    sql("DELETE FROM sign_ups WHERE email_key = $1").bind(key).execute(&mut *tx).await?;
    sql("DELETE FROM links WHERE email_key = $1").bind(key).execute(tx).await.map(drop)
}

async fn words(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("DELETE FROM answers WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("UPDATE reports SET member_id = NULL, email = '', email_key = '' WHERE member_id = $1")
        .bind(member)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM mails WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("UPDATE bulk_acts SET member_id = NULL WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}

/// Every way in, and every address that was meant to become one.
async fn keys(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("DELETE FROM identities WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM passkeys WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM recovery_codes WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM second_factors WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM devices WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM email_changes WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM calendar_feeds WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM handles WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM live_tickets WHERE member_id = $1").bind(member).execute(&mut *tx).await?;
    sql("DELETE FROM links WHERE member_id = $1").bind(member).execute(tx).await.map(drop)
}
