//! Which order a form made: pressing twice acts once.
use crate::clock::Instant;
use crate::db::{On, Questions, Result, Tx, later, sql};
use crate::ids::Id;
use crate::orders::Order;

/// The order that a form made, with the hash of what it said.
pub async fn by_form(tx: &mut Tx, form: &str) -> Result<Option<(Id<Order>, String)>> {
    asking_form(Questions::default(), form).of(tx).await?.optional()
}

/// [`by_form`], to be asked together with other things.
pub fn asking_form(asked: Questions, form: &str) -> Questions {
    asked.reads("SELECT order_id, body_hash FROM order_forms WHERE form_hash = $1").bind(form)
}

/// Whether a form was sent before.
pub async fn knows_form(on: impl Into<On<'_>>, form: &str) -> Result<bool> {
    let found: Option<(String,)> =
        sql("SELECT form_hash FROM order_forms WHERE form_hash = $1").bind(form).optional(on).await?;
    Ok(found.is_some())
}

pub async fn insert_form(tx: &mut Tx, form: &str, body: &str, order: Id<Order>, now: Instant) -> Result<()> {
    later(tx, "INSERT INTO order_forms (form_hash, body_hash, order_id, at) VALUES ($1, $2, $3, $4)")
        .bind(form)
        .bind(body)
        .bind(order)
        .bind(now)
        .write()
        .await
}

pub async fn forget_forms(tx: &mut Tx, before: Instant) -> Result<()> {
    sql("DELETE FROM order_forms WHERE at < $1").bind(before).execute(tx).await.map(drop)
}
