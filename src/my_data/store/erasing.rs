use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::ids::Id;
use crate::members::Member;

/// What nobody else has seen is not kept: the words of drafts that are theirs alone.
pub async fn blank_drafts(tx: &mut Tx, member: Id<Member>) -> Result<()> {
    sql("UPDATE events SET slug = 'deleted-' || id, title = '–', summary = '', description = '', tags = '', place_name = '', place_address = '',
             place_town = '', latitude = NULL, longitude = NULL, online_url = '', pay_later_note = ''
         WHERE status = 'draft'
           AND EXISTS (SELECT 1 FROM event_hosts h WHERE h.event_id = events.id AND h.member_id = $1 AND h.role = 'owner')")
    .bind(member)
    .execute(tx)
    .await
    .map(drop)
}

/// Erases a member from every table that names them; `gone` stands where a page needs a name. Of orders for which
/// money came the name is put aside first.
pub async fn erase(tx: &mut Tx, member: &Member, gone: &str, now: Instant) -> Result<()> {
    put_aside(tx, member, now).await?;
    places(tx, member, gone).await?;
    words(tx, member, gone).await?;
    keys(tx, member).await?;
    sql("UPDATE members SET name = $2, email = '', email_key = 'nobody/' || id, email_verified_at = NULL, password = NULL,
             admin = FALSE, zone = NULL, locale = NULL, theme = NULL, wrong_passwords = 0, locked_until = NULL,
             suspended_at = NULL, suspended_why = NULL, second_factor_at = NULL, last_seen_at = NULL, handle = NULL,
             bio = '', avatar = NULL, erased_at = $3
         WHERE id = $1")
    .bind(member.id)
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

async fn put_aside(tx: &mut Tx, member: &Member, now: Instant) -> Result<()> {
    sql("INSERT INTO tax_names (order_id, name, erased_at)
         SELECT o.id, p.name, $2 FROM orders o JOIN order_people p ON p.order_id = o.id
         WHERE o.member_id = $1 AND EXISTS (SELECT 1 FROM payments y WHERE y.order_id = o.id AND y.paid_at IS NOT NULL)
         ON CONFLICT (order_id) DO NOTHING")
    .bind(member.id)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sql("INSERT INTO tax_names_of_purchases (payment_id, name, erased_at)
         SELECT u.payment_id, $2, $3 FROM purchases u JOIN payments p ON p.id = u.payment_id
         WHERE u.member_id = $1 AND p.paid_at IS NOT NULL ON CONFLICT (payment_id) DO NOTHING")
    .bind(member.id)
    .bind(&member.name)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

async fn places(tx: &mut Tx, member: &Member, gone: &str) -> Result<()> {
    // Their own tickets, and those that somebody gave them: good still, and nobody's by name.
    sql("UPDATE attendees SET name = '', email = '', given_to = CASE WHEN given_to = '' THEN '' ELSE 'nobody/' || ticket_id END
         WHERE LOWER(email) = $1 OR given_to = $1")
    .bind(&member.email_key)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE order_people SET name = $2, email = '', email_key = 'nobody/' || order_id
         WHERE order_id IN (SELECT id FROM orders WHERE member_id = $1)")
    .bind(member.id)
    .bind(gone)
    .execute(&mut *tx)
    .await?;
    sql("UPDATE waiting_people SET name = $2, email = '', email_key = 'nobody/' || party_id, companions = ''
         WHERE party_id IN (SELECT id FROM waiting WHERE member_id = $1)")
    .bind(member.id)
    .bind(gone)
    .execute(tx)
    .await
    .map(drop)
}

/// What they said, and what was said to them.
async fn words(tx: &mut Tx, member: &Member, gone: &str) -> Result<()> {
    sql("DELETE FROM answers WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("UPDATE reports SET member_id = NULL, email = '' WHERE member_id = $1 OR LOWER(email) = $2")
        .bind(member.id)
        .bind(&member.email_key)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM team_invitations WHERE email_key = $1").bind(&member.email_key).execute(&mut *tx).await?;
    sql("DELETE FROM invitation_links WHERE invitation_id IN (SELECT id FROM invitations WHERE email_key = $1)")
        .bind(&member.email_key)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE invitations SET name = $2, email = '', email_key = 'nobody/' || id WHERE email_key = $1")
        .bind(&member.email_key)
        .bind(gone)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM mails WHERE member_id = $1 OR LOWER(to_email) = $2")
        .bind(member.id)
        .bind(&member.email_key)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE bulk_acts SET member_id = NULL WHERE member_id = $1").bind(member.id).execute(tx).await.map(drop)
}

/// Every way in, and every address that was meant to become one.
async fn keys(tx: &mut Tx, member: &Member) -> Result<()> {
    sql("DELETE FROM identities WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM recovery_codes WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM second_factors WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM devices WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM email_changes WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM calendar_feeds WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM handles WHERE member_id = $1").bind(member.id).execute(&mut *tx).await?;
    sql("DELETE FROM sign_ups WHERE email_key = $1").bind(&member.email_key).execute(&mut *tx).await?;
    sql("DELETE FROM links WHERE member_id = $1 OR email_key = $2")
        .bind(member.id)
        .bind(&member.email_key)
        .execute(tx)
        .await
        .map(drop)
}
