use jiff::civil::Date;

use crate::db::{On, Result, Tx, sql};
use crate::events::Event;
use crate::ids::Id;

/// Adds views to a day of the event with this slug; none if there is no such event any more.
pub async fn add(tx: &mut Tx, slug: &str, day: Date, views: i64) -> Result<()> {
    sql("INSERT INTO event_views (event_id, day, views)
         SELECT e.id, CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM events e WHERE e.slug = $1
         ON CONFLICT (event_id, day) DO UPDATE SET views = event_views.views + excluded.views")
    .bind(slug)
    .bind(day.to_string())
    .bind(views)
    .execute(tx)
    .await
    .map(drop)
}

/// All views of an event that are written down.
pub async fn of_event(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(views), 0) AS BIGINT) FROM event_views WHERE event_id = $1")
        .bind(event)
        .scalar(on)
        .await
}
