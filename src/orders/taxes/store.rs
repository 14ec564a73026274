use super::OrderTax;
use crate::db::{On, Result, Tx, sql};
use crate::ids::Id;
use crate::orders::Order;

pub async fn insert(tx: &mut Tx, t: &OrderTax) -> Result<()> {
    sql("INSERT INTO order_taxes (order_id, tax_rate_id, position, name, thousandths, inclusive, net, tax)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(t.order_id)
    .bind(t.tax_rate_id)
    .bind(t.position)
    .bind(&t.name)
    .bind(t.thousandths)
    .bind(t.inclusive)
    .bind(t.net)
    .bind(t.tax)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn of_order(on: impl Into<On<'_>>, order: Id<Order>) -> Result<Vec<OrderTax>> {
    sql("SELECT t.*, o.currency FROM order_taxes t JOIN orders o ON o.id = t.order_id
         WHERE t.order_id = $1 ORDER BY t.position")
    .bind(order)
    .all(on)
    .await
}

/// Before those of a new price are written.
pub async fn remove(tx: &mut Tx, order: Id<Order>) -> Result<()> {
    sql("DELETE FROM order_taxes WHERE order_id = $1").bind(order).execute(tx).await.map(drop)
}

/// For `verify`.
pub async fn every(tx: &mut Tx) -> Result<Vec<OrderTax>> {
    sql("SELECT t.*, o.currency FROM order_taxes t JOIN orders o ON o.id = t.order_id").all(tx).await
}
