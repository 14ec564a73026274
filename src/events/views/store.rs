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

/// Forgets what was counted on the days before this one, so many rows at once. How many went.
pub async fn forget(tx: &mut Tx, before: Date, limit: i64) -> Result<u64> {
    sql("DELETE FROM event_views WHERE (event_id, day) IN
             (SELECT event_id, day FROM event_views WHERE day < $1 ORDER BY day, event_id LIMIT $2)")
    .bind(before.to_string())
    .bind(limit)
    .execute(tx)
    .await
}
