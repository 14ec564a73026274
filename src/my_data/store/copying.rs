//! What is theirs to take along, of every table that knows a member: a page at a time.
use crate::db::{Db, Result, Sql, sql};
use crate::ids::{self, Id};
use crate::members::Member;
use crate::my_data::rows::{
    AnswerRow, CreditRow, EventRow, FactRow, GivenRow, InvitationRow, LetterRow, OrderRow, PaymentRow, PlanBillRow,
    ReceiptRow, RefundRow, ReportRow, StoppedRow, SubscriptionRow, TeamInvitationRow, TicketRow, WaitingRow,
};

/// Rows of a page.
pub const PAGE: i64 = 500;

/// Whose rows, behind which one.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    pub member: &'a Member,
    pub behind: &'a str,
}

impl Of<'_> {
    /// A page of what a statement finds of the member `$1`, behind the id `$2`: `$3` rows at most.
    pub(super) fn reads(self, text: &'static str) -> Sql {
        sql(text).bind(self.member.id).bind(self.behind).bind(PAGE)
    }
    /// The same of the address `$1`, for tables that know no more of them.
    fn addressed(self, text: &'static str) -> Sql {
        sql(text).bind(&self.member.email_key).bind(self.behind).bind(PAGE)
    }
}

pub async fn events(db: &Db, of: Of<'_>) -> Result<Vec<EventRow>> {
    of.reads(
        "SELECT e.id, h.role, e.slug, e.status, e.visibility, e.title, e.summary, e.description, e.language,
             e.category, e.tags, e.starts_civil, e.ends_civil, e.zone, e.place_name, e.place_address, e.place_town,
             e.online_url, e.created_at
         FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3",
    )
    .all(db)
    .await
}

/// With those of a guest with their address, which they have proven, that ended before anybody confirmed them.
pub async fn orders(db: &Db, of: Of<'_>) -> Result<Vec<OrderRow>> {
    let proven = of.member.email_verified_at.map_or("", |_| of.member.email_key.as_str());
    of.reads(
        "SELECT o.id, e.slug AS event, e.title, o.state, o.places, o.total, o.currency, o.placed_at, o.confirmed_at,
             o.ended_at, p.name, p.email
         FROM orders o JOIN events e ON e.id = o.event_id JOIN order_people p ON p.order_id = o.id
         WHERE o.id IN (SELECT id FROM orders WHERE member_id = $1
             UNION ALL SELECT x.id FROM order_people q JOIN orders x ON x.id = q.order_id
             WHERE q.email_key = $4 AND $4 <> '' AND CAST(x.member_id AS TEXT) IS NULL
                 AND x.confirmed_at IS NULL AND x.ended_at IS NOT NULL)
             AND o.id > $2 ORDER BY o.id LIMIT $3",
    )
    .bind(proven)
    .all(db)
    .await
}

/// Those of their orders, without the codes: a copy that gets lost lets nobody in.
pub async fn tickets(db: &Db, of: Of<'_>) -> Result<Vec<TicketRow>> {
    of.reads(
        "SELECT t.id, t.order_id, y.name AS ticket_type, t.state, t.price, a.name, a.email, t.checked_in_at
         FROM orders o JOIN tickets t ON t.order_id = o.id JOIN attendees a ON a.ticket_id = t.id
             JOIN ticket_types y ON y.id = t.ticket_type_id
         WHERE o.member_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3",
    )
    .all(db)
    .await
}

pub async fn payments(db: &Db, of: Of<'_>) -> Result<Vec<PaymentRow>> {
    of.reads("SELECT p.id, p.order_id, u.credits, p.provider, p.state, p.amount, p.currency, p.refunded, p.opened_at, p.paid_at, p.ended_at
         FROM payments p LEFT JOIN purchases u ON u.payment_id = p.id
         WHERE p.id IN (SELECT y.id FROM orders o JOIN payments y ON y.order_id = o.id WHERE o.member_id = $1
             UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
             UNION ALL SELECT payment_id FROM plan_bills WHERE member_id = $1 AND payment_id IS NOT NULL)
             AND p.id > $2 ORDER BY p.id LIMIT $3")
    .all(db)
    .await
}

pub async fn refunds(db: &Db, of: Of<'_>) -> Result<Vec<RefundRow>> {
    of.reads(
        "SELECT r.id, r.payment_id, r.order_id, r.state, r.why, r.amount, r.currency, r.asked_at, r.done_at
         FROM refunds r
         WHERE r.payment_id IN (SELECT y.id FROM orders o JOIN payments y ON y.order_id = o.id WHERE o.member_id = $1
             UNION ALL SELECT payment_id FROM purchases WHERE member_id = $1
             UNION ALL SELECT payment_id FROM plan_bills WHERE member_id = $1 AND payment_id IS NOT NULL)
             AND r.id > $2 ORDER BY r.id LIMIT $3",
    )
    .all(db)
    .await
}

/// Every line of their ledger; the number of a line, with zeros before it, is its id here.
pub async fn credits(db: &Db, of: Of<'_>) -> Result<Vec<CreditRow>> {
    of.reads("SELECT SUBSTR('000000000000' || l.number, LENGTH('000000000000' || l.number) - 11) AS id, l.kind, l.credits, l.balance,
             l.payment_id, e.slug AS event, l.from_at, l.until_at, l.reason, l.at
         FROM credit_lines l LEFT JOIN events e ON e.id = l.event_id
         WHERE l.member_id = $1 AND SUBSTR('000000000000' || l.number, LENGTH('000000000000' || l.number) - 11) > $2
         ORDER BY l.number LIMIT $3")
    .all(db)
    .await
}

/// Plans that they pay, or paid.
pub async fn subscriptions(db: &Db, of: Of<'_>) -> Result<Vec<SubscriptionRow>> {
    of.reads(
        "SELECT id, tier, state, provider, ends_at_period_end, period_ends_at, started_at FROM subscriptions
         WHERE member_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .all(db)
    .await
}

/// What was paid for them.
pub async fn plan_bills(db: &Db, of: Of<'_>) -> Result<Vec<PlanBillRow>> {
    of.reads("SELECT b.id, b.subscription_id, b.tier, b.payment_id, r.number AS receipt, b.amount, b.currency, b.starts_at, b.ends_at,
             b.credits, b.paid_at
         FROM plan_bills b LEFT JOIN receipts r ON r.payment_id = b.payment_id AND r.refund_id IS NULL
         WHERE b.member_id = $1 AND b.id > $2 ORDER BY b.id LIMIT $3")
    .all(db)
    .await
}

pub async fn parties(db: &Db, of: Of<'_>) -> Result<Vec<WaitingRow>> {
    of.reads("SELECT w.id, e.slug AS event, e.title, w.places, w.state, w.joined_at, w.ended_at, p.name, p.email, p.companions
         FROM waiting w JOIN events e ON e.id = w.event_id JOIN waiting_people p ON p.party_id = w.id
         WHERE w.member_id = $1 AND w.id > $2 ORDER BY w.id LIMIT $3")
    .all(db)
    .await
}

pub async fn answers(db: &Db, of: Of<'_>) -> Result<Vec<AnswerRow>> {
    of.reads(
        "SELECT e.id, e.slug AS event, e.title, a.answer, a.at FROM answers a JOIN events e ON e.id = a.event_id
         WHERE a.member_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3",
    )
    .all(db)
    .await
}

/// Mails to them, without their texts, which nobody keeps.
pub async fn letters(db: &Db, of: Of<'_>) -> Result<Vec<LetterRow>> {
    of.reads(
        "SELECT id, kind, subject, to_email, state, created_at, sent_at FROM mails
         WHERE (member_id = $1 OR email_key = $4) AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(&of.member.email_key)
    .all(db)
    .await
}

pub async fn reports(db: &Db, of: Of<'_>) -> Result<Vec<ReportRow>> {
    of.reads(
        "SELECT r.id, e.slug AS event, r.ground, r.text, r.email, r.created_at, r.settled_at
         FROM reports r JOIN events e ON e.id = r.event_id
         WHERE r.member_id = $1 AND r.id > $2 ORDER BY r.id LIMIT $3",
    )
    .all(db)
    .await
}

/// Friends whom they asked along.
pub async fn friends(db: &Db, of: Of<'_>) -> Result<Vec<InvitationRow>> {
    of.reads(
        "SELECT i.id, e.slug AS event, e.title, i.name, i.email, i.state, i.invited_at, i.answered_at
         FROM invitations i JOIN orders o ON o.id = i.by_order JOIN events e ON e.id = i.event_id
         WHERE o.member_id = $1 AND i.id > $2 ORDER BY i.id LIMIT $3",
    )
    .all(db)
    .await
}

/// To events; by their address, as whoever invites names nobody else.
pub async fn invitations(db: &Db, of: Of<'_>) -> Result<Vec<InvitationRow>> {
    of.addressed(
        "SELECT i.id, e.slug AS event, e.title, i.name, i.email, i.state, i.invited_at, i.answered_at
         FROM invitations i JOIN events e ON e.id = i.event_id
         WHERE i.email_key = $1 AND i.id > $2 ORDER BY i.id LIMIT $3",
    )
    .all(db)
    .await
}

/// To help run events.
pub async fn team_invitations(db: &Db, of: Of<'_>) -> Result<Vec<TeamInvitationRow>> {
    of.addressed(
        "SELECT i.id, e.slug AS event, e.title, i.email, i.role, i.invited_at, i.ended_at
         FROM team_invitations i JOIN events e ON e.id = i.event_id
         WHERE i.email_key = $1 AND i.id > $2 ORDER BY i.id LIMIT $3",
    )
    .all(db)
    .await
}

/// Tickets of others' orders that are for them.
pub async fn given(db: &Db, of: Of<'_>) -> Result<Vec<GivenRow>> {
    of.reads(
        "SELECT t.id, e.slug AS event, e.title, y.name AS ticket_type, t.state, a.name, a.email, t.checked_in_at
         FROM attendees a JOIN tickets t ON t.id = a.ticket_id JOIN orders o ON o.id = t.order_id
             JOIN ticket_types y ON y.id = t.ticket_type_id JOIN events e ON e.id = t.event_id
         WHERE a.email_key = $4 AND (o.member_id IS NULL OR o.member_id <> $1) AND t.id > $2 ORDER BY t.id LIMIT $3",
    )
    .bind(&of.member.email_key)
    .all(db)
    .await
}

pub async fn receipts(db: &Db, of: Of<'_>) -> Result<Vec<ReceiptRow>> {
    of.reads(
        "SELECT CAST(r.number AS TEXT) AS id, r.kind, r.order_id, r.amount, r.tax, r.currency, r.issued_at,
             r.seller_name, r.seller_address, r.seller_tax
         FROM orders o JOIN receipts r ON r.order_id = o.id
         WHERE o.member_id = $1 AND CAST(r.number AS TEXT) > $2 ORDER BY CAST(r.number AS TEXT) LIMIT $3",
    )
    .all(db)
    .await
}

/// Which mails they stopped.
pub async fn stopped(db: &Db, of: Of<'_>) -> Result<Vec<StoppedRow>> {
    sql("SELECT id, kind, since FROM unwanted_mails WHERE address_hash = $1 AND id > $2 ORDER BY id LIMIT $3")
        .bind(ids::hash(&of.member.email_key))
        .bind(of.behind)
        .bind(PAGE)
        .all(db)
        .await
}

pub async fn facts(db: &Db, stream: &str, behind: i64) -> Result<Vec<FactRow>> {
    sql("SELECT version, kind, at FROM journal WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3")
        .bind(stream)
        .bind(behind)
        .bind(PAGE)
        .all(db)
        .await
}

/// Where the pictures of the events lie that are theirs.
pub async fn covers(db: &Db, member: Id<Member>) -> Result<Vec<(String, String)>> {
    sql("SELECT e.slug, e.cover_key FROM event_hosts h JOIN events e ON e.id = h.event_id
         WHERE h.member_id = $1 AND h.role = 'owner' AND e.cover_key IS NOT NULL ORDER BY e.id")
    .bind(member)
    .all(db)
    .await
}
