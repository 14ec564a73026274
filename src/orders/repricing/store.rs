use crate::db::{Result, Tx, sql};
use crate::ids::Id;
use crate::orders::facts::PlacedTicket;
use crate::orders::{Order, PromoCode};

pub async fn set_price(
    tx: &mut Tx,
    order: Id<Order>,
    total: i64,
    promo: Option<Id<PromoCode>>,
    discount: i64,
) -> Result<()> {
    sql("UPDATE orders SET total = $2, promo_id = $3, discount = $4 WHERE id = $1")
        .bind(order)
        .bind(total)
        .bind(promo)
        .bind(discount)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn set_ticket_price(tx: &mut Tx, ticket: &PlacedTicket) -> Result<()> {
    sql("UPDATE tickets SET price = $2, discount = $3, tax = $4, added = $5, tax_rate_id = $6 WHERE id = $1")
        .bind(ticket.id)
        .bind(ticket.price)
        .bind(ticket.discount)
        .bind(ticket.tax)
        .bind(ticket.added)
        .bind(ticket.rate)
        .execute(tx)
        .await
        .map(drop)
}

/// Whether whoever ordered has places at the event by another order.
pub async fn has_others(tx: &mut Tx, order: &Order, email_key: &str) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM orders o
             WHERE o.event_id = $1 AND o.member_id = $3 AND o.state IN ('held', 'confirmed') AND o.id <> $2)
         OR EXISTS (SELECT 1 FROM order_people p JOIN orders o ON o.id = p.order_id
             WHERE $4 <> '' AND p.email_key = $4 AND (o.event_id || '') = $1 AND (o.state || '') = 'confirmed' AND o.id <> $2)")
    .bind(order.event_id)
    .bind(order.id)
    .bind(order.member_id)
    .bind(email_key)
    .scalar(tx)
    .await
}
