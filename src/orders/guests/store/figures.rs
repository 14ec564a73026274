//! How many: places of an event that are sold, kept or used, those of a party, and the orders that led to them.
use crate::db::{On, Result, sql};
use crate::events::Event;
use crate::ids::Id;
use crate::orders::Order;

/// (valid, held, checked in), in places. Every scan at the door asks for it, so it is what the ticket types count, and
/// what is sold there is valid or on its way back.
pub async fn figures(on: impl Into<On<'_>>, event: Id<Event>) -> Result<(i64, i64, i64)> {
    sql("SELECT (SELECT CAST(COALESCE(SUM(sold), 0) AS BIGINT) FROM ticket_types WHERE event_id = $1)
                    - (SELECT COUNT(*) FROM tickets WHERE event_id = $1 AND state = 'refunding'),
                (SELECT CAST(COALESCE(SUM(held), 0) AS BIGINT) FROM ticket_types WHERE event_id = $1),
                (SELECT COUNT(*) FROM tickets WHERE event_id = $1 AND state = 'valid' AND checked_in_at IS NOT NULL)")
    .bind(event)
    .one(on)
    .await
}

/// How many places of an event are kept: all but those that were given back.
pub async fn kept(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT CAST(COALESCE(SUM(sold + held), 0) AS BIGINT) FROM ticket_types WHERE event_id = $1")
        .bind(event)
        .scalar(on)
        .await
}

/// How many places of an event are kept until somebody pays them.
pub async fn unpaid(on: impl Into<On<'_>>, event: Id<Event>) -> Result<i64> {
    sql("SELECT COUNT(*) FROM tickets t JOIN orders o ON o.id = t.order_id
         WHERE t.event_id = $1 AND t.state = 'held' AND o.total > 0")
    .bind(event)
    .scalar(on)
    .await
}

/// How many orders of an event there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Ways {
    /// By those who come themselves: all, those that were confirmed, those of which somebody is in.
    pub begun: i64,
    pub confirmed: i64,
    pub came: i64,
    /// By hosts for others: all, and those of which somebody is in.
    pub added: i64,
    pub added_came: i64,
}

/// Whose act an order was, the first fact of its stream says: a member's whose order it is not was a host's.
pub async fn funnel(on: impl Into<On<'_>>, event: Id<Event>) -> Result<Ways> {
    sql("SELECT CAST(COALESCE(SUM(1 - x.hosts), 0) AS BIGINT) AS begun,
             CAST(COALESCE(SUM((1 - x.hosts) * x.confirmed), 0) AS BIGINT) AS confirmed,
             CAST(COALESCE(SUM((1 - x.hosts) * x.came), 0) AS BIGINT) AS came,
             CAST(COALESCE(SUM(x.hosts), 0) AS BIGINT) AS added,
             CAST(COALESCE(SUM(x.hosts * x.came), 0) AS BIGINT) AS added_came
         FROM (SELECT CASE WHEN o.confirmed_at IS NULL THEN 0 ELSE 1 END AS confirmed,
                 CASE WHEN EXISTS (SELECT 1 FROM tickets t WHERE t.order_id = o.id AND t.checked_in_at IS NOT NULL)
                     THEN 1 ELSE 0 END AS came,
                 CASE WHEN j.actor LIKE 'member/%' AND (o.member_id IS NULL OR j.actor <> 'member/' || o.member_id)
                     THEN 1 ELSE 0 END AS hosts
             FROM orders o LEFT JOIN journal j ON j.stream = 'order/' || o.id AND j.version = 1
             WHERE o.event_id = $1) x")
    .bind(event)
    .one(on)
    .await
}

/// The valid places of a party: all, and those who are in.
pub async fn party_figures(on: impl Into<On<'_>>, order: Id<Order>) -> Result<(i64, i64)> {
    sql("SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN t.checked_in_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT)
         FROM tickets t JOIN attendees a ON a.ticket_id = t.id
         WHERE t.order_id = $1 AND t.state = 'valid' AND a.given_to = ''")
    .bind(order)
    .one(on)
    .await
}
