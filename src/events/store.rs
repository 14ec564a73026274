use super::{Event, Status, Terms};
use crate::clock::Instant;
use crate::db::{On, Questions, Result, Sql, Tx, folded, later, sql};
use crate::ids::Id;
use crate::members::Member;

mod hosts;
pub mod many;
mod ticket_types;
pub use hosts::*;
pub use ticket_types::*;

/// False if the slug is taken.
pub async fn insert(tx: &mut Tx, e: &Event) -> Result<bool> {
    let insert = sql("INSERT INTO events (id, slug, status, title, summary, description, language, category, tags,
             starts_civil, ends_civil, zone, starts_at, ends_at, place_name, place_address, place_town, latitude, longitude,
             online_url, reveal, visibility, guest_list, account_required, plus_ones, cancel_hours, closes_civil, closes_at,
             capacity, poster_variant, palette, composition, cover_key, created_at, updated_at, published_at, title_fold)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
             $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $34, $35, $36) ON CONFLICT (slug) DO NOTHING")
    .bind(e.id)
    .bind(&e.slug)
    .bind(e.status);
    let added = edited(insert, e).bind(e.created_at).bind(e.published_at).bind(folded(&e.title)).execute(tx).await?;
    set_terms(tx, e.id, &e.terms).await?;
    Ok(added == 1)
}

/// Writes what a host can edit, if nobody else has since revision `e.revision`. False if somebody has.
pub async fn update(tx: &mut Tx, e: &Event) -> Result<bool> {
    let update = sql("UPDATE events SET title = $2, summary = $3, description = $4, language = $5, category = $6, tags = $7,
             starts_civil = $8, ends_civil = $9, zone = $10, starts_at = $11, ends_at = $12, place_name = $13,
             place_address = $14, place_town = $15, latitude = $16, longitude = $17, online_url = $18, reveal = $19,
             visibility = $20, guest_list = $21, account_required = $22, plus_ones = $23, cancel_hours = $24,
             closes_civil = $25, closes_at = $26, capacity = $27, poster_variant = $28, palette = $29, composition = $30,
             cover_key = $31, sequence = $32, updated_at = $33, title_fold = $35, moved_at = $36,
             revision = revision + 1
         WHERE id = $1 AND revision = $34")
    .bind(e.id);
    let changed = edited(update, e)
        .bind(e.sequence)
        .bind(e.updated_at)
        .bind(e.revision)
        .bind(folded(&e.title))
        .bind(e.moved_at)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// What a host can edit, from the title to the cover.
fn edited(writes: Sql, e: &Event) -> Sql {
    writes
        .bind(&e.title)
        .bind(&e.summary)
        .bind(&e.description)
        .bind(&e.language)
        .bind(e.category)
        .bind(&e.tags)
        .bind(&e.starts_civil)
        .bind(&e.ends_civil)
        .bind(&e.zone)
        .bind(e.starts_at)
        .bind(e.ends_at)
        .bind(&e.place_name)
        .bind(&e.place_address)
        .bind(&e.place_town)
        .bind(e.latitude)
        .bind(e.longitude)
        .bind(&e.online_url)
        .bind(e.reveal)
        .bind(e.visibility)
        .bind(e.guest_list)
        .bind(e.account_required)
        .bind(e.plus_ones)
        .bind(e.cancel_hours)
        .bind(e.closes_civil.clone())
        .bind(e.closes_at)
        .bind(e.capacity)
        .bind(e.poster_variant)
        .bind(e.palette)
        .bind(e.composition)
        .bind(e.cover_key.clone())
}

pub async fn set_status(tx: &mut Tx, id: Id<Event>, status: Status, why: Option<&str>, now: Instant) -> Result<()> {
    sql("UPDATE events SET status = $2, cancelled_why = $3, updated_at = $4, revision = revision + 1,
             sequence = sequence + CASE WHEN $2 = 'cancelled' THEN 1 ELSE 0 END,
             published_at = CASE WHEN $2 = 'published' THEN COALESCE(published_at, $4) ELSE published_at END,
             cancelled_at = CASE WHEN $2 = 'cancelled' THEN $4 ELSE cancelled_at END
         WHERE id = $1")
    .bind(id)
    .bind(status)
    .bind(why.map(str::to_owned))
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// How many may come at most by the plan of its owner.
pub async fn set_ceiling(tx: &mut Tx, id: Id<Event>, ceiling: Option<i64>) -> Result<()> {
    sql("UPDATE events SET ceiling = $2 WHERE id = $1").bind(id).bind(ceiling).execute(tx).await.map(drop)
}

/// What an event says about money. It is part of an edit: the caller counts the revision.
pub async fn set_terms(tx: &mut Tx, id: Id<Event>, terms: &Terms) -> Result<()> {
    sql("UPDATE events SET currency = $2, refund_percent = $3, pay_later = $4, pay_later_hours = $5, pay_later_note = $6
         WHERE id = $1")
    .bind(id)
    .bind(&terms.currency)
    .bind(terms.refund_percent)
    .bind(terms.pay_later)
    .bind(terms.pay_later_hours)
    .bind(&terms.pay_later_note)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn by_slug(on: impl Into<On<'_>>, slug: &str) -> Result<Option<Event>> {
    sql("SELECT * FROM events WHERE slug = $1").bind(slug).optional(on).await
}

pub async fn by_id(on: impl Into<On<'_>>, id: Id<Event>) -> Result<Option<Event>> {
    sql("SELECT * FROM events WHERE id = $1").bind(id).optional(on).await
}

/// Whether there is any event.
pub async fn any(on: impl Into<On<'_>>) -> Result<bool> {
    sql("SELECT EXISTS (SELECT 1 FROM events)").scalar(on).await
}

/// The event, held until the transaction ends: what takes or counts its places is one at a time.
pub async fn lock(tx: &mut Tx, id: Id<Event>) -> Result<Option<Event>> {
    locking(Questions::default(), id).of(tx).await?.optional()
}

/// [`lock`], to be asked together with other things.
pub fn locking(asked: Questions, id: Id<Event>) -> Questions {
    asked.picks("SELECT * FROM events WHERE id = $1", "SELECT * FROM events WHERE id = $1 FOR UPDATE").bind(id)
}

/// The seven public events before an instant, nearest first: the neighbours that a new poster must not look like.
pub async fn before(on: impl Into<On<'_>>, at: Instant, but: Id<Event>) -> Result<Vec<Event>> {
    sql("SELECT * FROM events WHERE status <> 'cancelled' AND starts_at <= $1 AND id <> $2 ORDER BY starts_at DESC, id DESC LIMIT 7")
        .bind(at)
        .bind(but)
        .all(on)
        .await
}

/// An event and whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Owned {
    #[sqlx(flatten)]
    pub event: Event,
    pub owner: String,
    /// Until when it is or was on the front page, if ever.
    pub featured_until: Option<Instant>,
}

/// Published events that have not begun; more than `most` are not counted.
pub async fn count_upcoming(on: impl Into<On<'_>>, now: Instant, most: i64) -> Result<i64> {
    sql("SELECT COUNT(*) FROM (
             SELECT id FROM events WHERE status = 'published' AND starts_at > $1 ORDER BY starts_at LIMIT $2) upcoming")
    .bind(now)
    .bind(most)
    .scalar(on)
    .await
}

// ---------------------------------------------------------------- answers

/// Maybe or not going, which keep no place; '' takes the answer back.
pub async fn set_answer(tx: &mut Tx, event: Id<Event>, member: Id<Member>, answer: &str, now: Instant) -> Result<()> {
    if answer.is_empty() {
        let none = later(tx, "DELETE FROM answers WHERE event_id = $1 AND member_id = $2");
        return none.bind(event).bind(member).write().await;
    }
    sql("INSERT INTO answers (event_id, member_id, answer, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (event_id, member_id) DO UPDATE SET answer = excluded.answer, at = excluded.at")
    .bind(event)
    .bind(member)
    .bind(answer)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn answer_of(on: impl Into<On<'_>>, event: Id<Event>, member: Id<Member>) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT answer FROM answers WHERE event_id = $1 AND member_id = $2")
        .bind(event)
        .bind(member)
        .optional(on)
        .await?;
    Ok(row.map(|(answer,)| answer))
}
