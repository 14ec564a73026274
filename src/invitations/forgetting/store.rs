use crate::clock::Instant;
use crate::db::{Result, Tx, sql};
use crate::ids::Id;
use crate::invitations::Invitation;

/// (id, address as it is compared) of those to events that ended in this time, who said no or nothing, or yes and
/// chose no ticket, or were taken back, and have no place all the same.
pub async fn to_forget(
    tx: &mut Tx,
    (from, before): (Instant, Instant),
    limit: i64,
) -> Result<Vec<(Id<Invitation>, String)>> {
    sql("SELECT i.id, i.email_key FROM events e JOIN invitations i ON i.event_id = e.id
         WHERE e.ends_at + 0 >= $1 AND e.ends_at + 0 < $2 AND i.email <> ''
           AND (i.state <> 'accepted' OR i.order_id IS NULL)
           AND NOT EXISTS (SELECT 1 FROM order_people p JOIN orders o ON o.id = p.order_id
                           WHERE p.email_key = i.email_key AND (o.event_id || '') = i.event_id
                               AND o.state IN ('held', 'confirmed'))
         ORDER BY e.ends_at + 0 LIMIT $3")
    .bind(from)
    .bind(before)
    .bind(limit)
    .all(tx)
    .await
}

/// Its letters go with it: they name whom they went to.
pub async fn forget(tx: &mut Tx, id: Id<Invitation>, email_key: &str) -> Result<()> {
    sql("DELETE FROM mails WHERE email_key = $1 AND email_key <> '' AND kind = 'invitation' AND letter LIKE '%' || $2 || '%'")
        .bind(email_key)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM invitation_links WHERE invitation_id = $1").bind(id).execute(&mut *tx).await?;
    sql("UPDATE invitations SET name = '–', email = '', email_key = 'nobody/' || id, mail_id = NULL WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await
        .map(drop)
}
