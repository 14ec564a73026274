use super::Invitation;
use super::listing::Row;
use crate::db::{On, Result, Tx, among, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::orders::Order;

/// How many an order asked along that wait or said yes, and whether its own buyer is somebody's friend. Those whom the
/// same buyer asked by an order that has ended count on: giving places back and coming again brings nobody more.
pub async fn asked_by(on: impl Into<On<'_>>, order: Id<Order>) -> Result<(i64, bool)> {
    let row: Option<(i64, bool)> = sql("SELECT
             (SELECT COUNT(*) FROM invitations i WHERE i.state IN ('waiting', 'accepted') AND i.by_order IN (
                 SELECT o.id
                 UNION SELECT x.id FROM orders x WHERE x.event_id = o.event_id AND x.member_id = o.member_id
                     AND x.state NOT IN ('held', 'confirmed')
                 UNION SELECT x.id FROM order_people q JOIN orders x ON x.id = q.order_id
                     WHERE b.email_key <> '' AND q.email_key = b.email_key AND (x.event_id || '') = o.event_id
                         AND x.state NOT IN ('held', 'confirmed'))),
             EXISTS (SELECT 1 FROM invitations i WHERE i.email_key = b.email_key AND i.event_id = o.event_id
                 AND i.by_order IS NOT NULL AND i.state IN ('waiting', 'accepted'))
         FROM orders o LEFT JOIN order_people b ON b.order_id = o.id WHERE o.id = $1")
    .bind(order)
    .optional(on)
    .await?;
    Ok(row.unwrap_or_default())
}

/// How many of an order's friends said yes.
pub async fn accepted(on: impl Into<On<'_>>, order: Id<Order>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM invitations WHERE by_order = $1 AND state = 'accepted'").bind(order).scalar(on).await
}

/// Those who were asked in the name of an order and were not taken back, with what became of each letter.
pub async fn of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<Row>> {
    sql("SELECT i.*, m.state AS mail_state, CAST(NULL AS TEXT) AS by_name,
             EXISTS (SELECT 1 FROM order_people p JOIN orders o ON o.id = p.order_id
                     WHERE p.email_key = i.email_key AND (o.event_id || '') = i.event_id
                         AND o.state IN ('held', 'confirmed')) AS has_place
         FROM invitations i LEFT JOIN mails m ON m.id = i.mail_id
         WHERE i.by_order = $1 AND i.state <> 'revoked' ORDER BY i.id")
    .bind(order)
    .all(on)
    .await
}

/// Whether an address has places at an event, or helps to run it.
pub async fn is_there(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM order_people p JOIN orders o ON o.id = p.order_id
             WHERE p.email_key = $2 AND (o.event_id || '') = $1 AND (o.state || '') = 'confirmed')
         OR EXISTS (SELECT 1 FROM event_hosts h JOIN members m ON m.id = h.member_id
             WHERE h.event_id = $1 AND h.role <> 'door' AND m.email_key = $2)")
    .bind(event)
    .bind(email_key)
    .scalar(on)
    .await
}

/// Whether a host took an invitation of this address back.
pub async fn is_barred(on: impl Into<On<'_>>, event: Id<Event>, email_key: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM invitations WHERE event_id = $1 AND email_key = $2 AND state = 'revoked' AND barred)")
        .bind(event)
        .bind(email_key)
        .scalar(on)
        .await
}

pub async fn bar(tx: &mut Tx, id: Id<Invitation>) -> Result<()> {
    sql("UPDATE invitations SET barred = TRUE WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// Of these orders those of friends, with the name of whoever asked them along.
pub async fn askers_among(on: impl Into<On<'_>>, orders: &[Id<Order>]) -> Result<Vec<(Id<Order>, String)>> {
    let text = "SELECT p.order_id, b.name FROM order_people p JOIN orders o ON o.id = p.order_id
             JOIN invitations i ON i.event_id = o.event_id AND i.email_key = p.email_key
             JOIN order_people b ON b.order_id = i.by_order
         WHERE p.order_id IN (:ids) AND p.email_key <> '' AND b.name <> '' AND i.by_order <> p.order_id
             AND i.state IN ('waiting', 'accepted')";
    among(text, &[], orders).all(on).await
}
