use super::TaxRate;
use crate::db::{On, Result, Tx, sql};
use crate::events::{Event, TicketType};
use crate::ids::Id;

/// A rate with one of the ticket types that have it, if any has.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    #[sqlx(flatten)]
    pub rate: TaxRate,
    pub ticket_type_id: Option<Id<TicketType>>,
}

pub async fn of_event(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Vec<Row>> {
    sql("SELECT r.*, t.ticket_type_id FROM tax_rates r LEFT JOIN ticket_type_taxes t ON t.tax_rate_id = r.id
         WHERE r.event_id = $1 ORDER BY r.made_at, r.id")
    .bind(event)
    .all(on)
    .await
}

pub async fn insert(tx: &mut Tx, r: &TaxRate) -> Result<()> {
    sql("INSERT INTO tax_rates (id, event_id, name, thousandths, inclusive, made_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(r.id)
        .bind(r.event_id)
        .bind(&r.name)
        .bind(r.thousandths)
        .bind(r.inclusive)
        .bind(r.made_at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn remove(tx: &mut Tx, id: Id<TaxRate>) -> Result<()> {
    sql("DELETE FROM tax_rates WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

pub async fn assign(tx: &mut Tx, of: Id<TicketType>, rate: Option<Id<TaxRate>>) -> Result<()> {
    let Some(rate) = rate else {
        return sql("DELETE FROM ticket_type_taxes WHERE ticket_type_id = $1").bind(of).execute(tx).await.map(drop);
    };
    sql("INSERT INTO ticket_type_taxes (ticket_type_id, tax_rate_id) VALUES ($1, $2)
         ON CONFLICT (ticket_type_id) DO UPDATE SET tax_rate_id = excluded.tax_rate_id")
    .bind(of)
    .bind(rate)
    .execute(tx)
    .await
    .map(drop)
}
