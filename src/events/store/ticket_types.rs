//! What one can take at an event; how many are sold and held is the orders' to count.
use crate::db::{Db, On, Questions, Result, Tx, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;

pub async fn ticket_types(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<TicketType>> {
    asking_ticket_types(Questions::default(), event).of(on).await?.all()
}

/// [`ticket_types`], to be asked together with other things.
pub fn asking_ticket_types(asked: Questions, event: Id<Event>) -> Questions {
    asked.reads("SELECT * FROM ticket_types WHERE event_id = $1 ORDER BY position, id").bind(event)
}

/// An event with its ticket types, whoever may see it.
pub async fn with_ticket_types(db: &Db, slug: &str) -> Result<Option<(Event, Vec<TicketType>)>> {
    let asked = Questions::default().reads("SELECT * FROM events WHERE slug = $1").bind(slug);
    let asked = asked.reads(
        "SELECT t.* FROM events e JOIN ticket_types t ON t.event_id = e.id WHERE e.slug = $1 ORDER BY t.position, t.id",
    );
    let mut told = asked.bind(slug).of(db).await?;
    let Some(event) = told.optional()? else { return Ok(None) };
    Ok(Some((event, told.all()?)))
}

pub async fn insert_ticket_type(tx: &mut Tx, t: &TicketType) -> Result<()> {
    sql("INSERT INTO ticket_types (id, event_id, name, position, price, currency, capacity, per_order, sales_from, sales_until,
             pricing, suggested)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .bind(t.id)
    .bind(t.event_id)
    .bind(&t.name)
    .bind(t.position)
    .bind(t.price)
    .bind(&t.currency)
    .bind(t.capacity)
    .bind(t.per_order)
    .bind(t.sales_from)
    .bind(t.sales_until)
    .bind(t.pricing)
    .bind(t.suggested)
    .execute(tx)
    .await
    .map(drop)
}

/// Writes what a host can edit of a type; its counts are the orders'.
pub async fn update_ticket_type(tx: &mut Tx, t: &TicketType) -> Result<()> {
    sql("UPDATE ticket_types SET name = $2, position = $3, capacity = $4, per_order = $5, sales_from = $6, sales_until = $7,
             price = $8, currency = $9, pricing = $10, suggested = $11 WHERE id = $1")
        .bind(t.id)
        .bind(&t.name)
        .bind(t.position)
        .bind(t.capacity)
        .bind(t.per_order)
        .bind(t.sales_from)
        .bind(t.sales_until)
        .bind(t.price)
        .bind(&t.currency)
        .bind(t.pricing)
        .bind(t.suggested)
        .execute(tx)
        .await
        .map(drop)
}

/// Removes a type of which no ticket was ever made. False if one was.
pub async fn remove_ticket_type(tx: &mut Tx, id: Id<TicketType>) -> Result<bool> {
    let removed =
        sql("DELETE FROM ticket_types WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM tickets WHERE ticket_type_id = $1)")
            .bind(id)
            .execute(tx)
            .await?;
    Ok(removed == 1)
}
