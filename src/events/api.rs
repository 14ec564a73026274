//! Events for programs.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::finding::wish::Asked;
use super::finding::{self, Cursor};
use super::place::{Viewer, visible_place};
use super::{Event, Host, Role, TicketType, many, store};
use crate::api::answers::{Fail, Listed, Problem, Success};
use crate::api::cursors::{self, Paging};
use crate::api::{Caller, Result, Scope, ok};
use crate::app::App;
use crate::clock::Instant;
use crate::error::OrNotFound;
use crate::members::Member;
use crate::orders;
use crate::web::{Path, Query, kept};

/// An event, as much of it as the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventJson {
    pub id: String,
    /// Names the event in addresses.
    #[schema(example = "repair-cafe")]
    pub slug: String,
    /// `draft`, `published` or `cancelled`.
    #[schema(example = "published")]
    pub status: &'static str,
    #[schema(example = "Repair café")]
    pub title: String,
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// The language of the texts (BCP 47).
    #[schema(example = "en")]
    pub language: String,
    #[schema(example = "neighbourhood")]
    pub category: &'static str,
    pub tags: Vec<String>,
    /// RFC 3339, with the offset that the zone has then.
    #[schema(example = "2026-12-05T19:30:00+01:00")]
    pub starts: String,
    #[schema(example = "2026-12-05T22:00:00+01:00")]
    pub ends: String,
    #[schema(example = "Europe/Zurich")]
    pub zone: String,
    pub place: PlaceJson,
    /// `public`, `unlisted` or `invited`.
    pub visibility: &'static str,
    pub account_required: bool,
    /// How many others one person may bring.
    pub plus_ones: i64,
    /// When registration closes; null is at the end.
    pub registration_closes: Option<String>,
    pub cancelled_why: Option<String>,
    /// Places that can still be taken; null is any number.
    pub places_left: Option<i64>,
    /// ISO 4217, of all prices.
    #[schema(example = "CHF")]
    pub currency: String,
    /// How much of a price comes back to who gives a place back in time, in percent.
    pub refund_percent: i64,
    /// Until when a place can be given back.
    pub refund_until: String,
    /// Paying later: `no`, at the `door` or by `transfer`.
    pub pay_later: &'static str,
    pub ticket_types: Vec<TicketTypeJson>,
    pub hosts: Vec<String>,
    /// The page for people.
    #[schema(example = "https://events.example.org/events/repair-cafe")]
    pub url: String,
    /// Only for those who run the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosting: Option<HostingJson>,
}

/// Where it is, as much as the caller may know now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceJson {
    pub name: String,
    pub address: String,
    #[schema(example = "Basel")]
    pub town: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub online_url: String,
    /// Something is kept back that those with a place will see.
    pub hidden: bool,
}

/// What one can take.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketTypeJson {
    pub id: String,
    #[schema(example = "Standard")]
    pub name: String,
    /// `fixed`, or `donation`: then people give what they like from `price` on.
    #[schema(example = "fixed")]
    pub pricing: &'static str,
    /// In minor units of the currency; 0 is free.
    pub price: i64,
    /// What a donation's field suggests, in minor units; 0 is nothing.
    pub suggested: i64,
    #[schema(example = "CHF")]
    pub currency: String,
    /// Null is any number.
    pub places_left: Option<i64>,
    /// Places of it in one order.
    pub per_order: i64,
    pub on_sale: bool,
    pub sales_from: Option<String>,
    pub sales_until: Option<String>,
}

/// What only those who run it see.
#[derive(Debug, Serialize, ToSchema)]
pub struct HostingJson {
    /// The caller's: `owner`, `host` or `door`.
    pub role: &'static str,
    pub capacity: Option<i64>,
    /// Places sold and held.
    pub taken: i64,
    pub sold: i64,
    pub held: i64,
    pub reveal: &'static str,
    pub guest_list: &'static str,
    pub cancel_hours: i64,
    /// Hours before the start until which places that are paid later must be paid.
    pub pay_later_hours: i64,
    pub pay_later_note: String,
    /// Send it with a change, so that nobody else's is overwritten unseen.
    pub revision: i64,
}

/// An instant as clocks at the event show it.
fn civil(event: &Event, at: Instant) -> String {
    at.in_zone(&event.time_zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

impl TicketTypeJson {
    fn of(event: &Event, of: &TicketType, now: Instant) -> Self {
        Self {
            id: of.id.to_string(),
            name: of.name.clone(),
            pricing: of.pricing.word(),
            price: of.price,
            suggested: of.suggested,
            currency: of.currency.clone(),
            places_left: super::left(event, of),
            per_order: of.per_order,
            on_sale: of.on_sale(now),
            sales_from: of.sales_from.map(|at| civil(event, at)),
            sales_until: of.sales_until.map(|at| civil(event, at)),
        }
    }
}

impl HostingJson {
    fn of(event: &Event, types: &[TicketType], role: Role) -> Self {
        Self {
            role: role.word(),
            capacity: event.capacity,
            taken: event.taken,
            sold: types.iter().map(|of| of.sold).sum(),
            held: types.iter().map(|of| of.held).sum(),
            reveal: event.reveal.word(),
            guest_list: event.guest_list.word(),
            cancel_hours: event.cancel_hours,
            pay_later_hours: event.terms.pay_later_hours,
            pay_later_note: event.terms.pay_later_note.clone(),
            revision: event.revision,
        }
    }
}

/// What a caller is to an event.
pub(super) struct Eyes {
    pub viewer: Viewer,
    pub role: Option<Role>,
}

async fn eyes(app: &App, event: &Event, me: Option<&Member>) -> Result<Eyes> {
    let Some(me) = me else { return Ok(Eyes { viewer: Viewer::Public, role: None }) };
    let role = store::hosted_by(&app.db, &event.slug, me.id).await?;
    if role.is_some() || me.admin {
        return Ok(Eyes { viewer: Viewer::Host, role });
    }
    let order = orders::store::of_member_at(&app.db, event.id, me.id).await?;
    let holds = order.is_some_and(|order| order.is_confirmed()) || orders::mine::was_given(app, event.id, me).await?;
    Ok(Eyes { viewer: if holds { Viewer::Holder } else { Viewer::Public }, role })
}

/// The event with what belongs to it, through these eyes.
async fn json(app: &App, event: &Event, eyes: &Eyes) -> Result<EventJson> {
    let now = app.clock.now();
    let types = store::ticket_types(&app.db, event.id).await?;
    let types = orders::waiting::as_others_see(&app.db, event, types, now).await?;
    let hosts = store::hosts(&app.db, event.id).await?;
    Ok(written(app, event, eyes, &types, hosts))
}

/// The same of what was read.
pub(super) fn written(app: &App, event: &Event, eyes: &Eyes, types: &[TicketType], hosts: Vec<Host>) -> EventJson {
    let now = app.clock.now();
    let place = visible_place(event, eyes.viewer, now);
    let of_types: Option<i64> = types.iter().map(TicketType::left).sum();
    EventJson {
        id: event.id.to_string(),
        slug: event.slug.clone(),
        status: event.status.word(),
        title: event.title.clone(),
        summary: event.summary.clone(),
        description: event.description.clone(),
        language: event.language.clone(),
        category: event.category.word(),
        tags: event.tag_list().into_iter().map(str::to_owned).collect(),
        starts: civil(event, event.starts_at),
        ends: civil(event, event.ends_at),
        zone: event.zone.clone(),
        place: PlaceJson {
            name: place.name.to_owned(),
            address: place.address.to_owned(),
            town: place.town.to_owned(),
            latitude: place.point.map(|(latitude, _)| latitude),
            longitude: place.point.map(|(_, longitude)| longitude),
            online_url: place.online_url.to_owned(),
            hidden: place.hidden,
        },
        visibility: event.visibility.word(),
        account_required: event.account_required,
        plus_ones: event.plus_ones,
        registration_closes: event.closes_at.map(|at| civil(event, at)),
        cancelled_why: event.cancelled_why.clone(),
        places_left: [event.left(), of_types].into_iter().flatten().min(),
        currency: event.terms.currency.clone(),
        refund_percent: event.terms.refund_percent,
        refund_until: civil(event, event.cancel_until()),
        pay_later: event.terms.pay_later.word(),
        ticket_types: types.iter().map(|of| TicketTypeJson::of(event, of, now)).collect(),
        hosts: hosts.into_iter().filter(|host| host.role != Role::Door).map(|host| host.name).collect(),
        url: app.config.url(&event.path()),
        hosting: eyes.role.filter(|role| role.covers(Role::Door)).map(|role| HostingJson::of(event, types, role)),
    }
}

/// The event, if the caller may know of it.
pub async fn known(app: &App, caller: &Caller, slug: &str) -> Result<Event> {
    let event = store::by_slug(&app.db, slug).await?.or_404()?;
    super::access::may_see(app, &event, caller.sees().as_deref(), &[]).await?.then_some(()).or_404()?;
    Ok(event)
}

/// The same with what the caller sees of it.
pub async fn seen(app: &App, caller: &Caller, slug: &str) -> Result<(Event, EventJson)> {
    let event = known(app, caller, slug).await?;
    let eyes = eyes(app, &event, caller.sees().as_deref()).await?;
    let shown = json(app, &event, &eyes).await?;
    Ok((event, shown))
}

/// The event as this member sees it.
pub async fn shown_to(app: &App, event: &Event, me: &Member) -> Result<EventJson> {
    let eyes = eyes(app, event, Some(me)).await?;
    json(app, event, &eyes).await
}

/// What's on: public events that are not over, the soonest first; the best match first where words are looked for
///
/// A page may hold fewer events than asked for, even none, and still have a `next_cursor`: with `room` or
/// `sort=newest` so many events are looked at for one answer. The list ends where `next_cursor` is null.
#[utoipa::path(get, path = "/api/v1/events", tag = "Events", params(Asked, Paging),
    responses((status = 200, body = Success<Listed<EventJson>>), (status = 422, body = Fail)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
    Query(paging): Query<Paging>,
) -> Result {
    let span = paging.read()?;
    let (wish, errors) = asked.read(finding::today(&app));
    errors.or(|| ()).map_err(Problem::fields)?;
    let behind = span
        .after
        .as_ref()
        .and_then(|(position, leg)| Some(Cursor { leg: leg.parse().ok()?, position: position.micros() }));
    let finding::Look { rows, further } = finding::look(&app, &wish, behind, span.rows()).await?;
    let me = caller.sees();
    let events: Vec<&Event> = rows.iter().map(|row| &row.found.event).collect();
    let shown = many::shown(&app, &events, me.as_deref()).await?;
    let shown: Vec<(Cursor, EventJson)> = rows.iter().map(finding::Row::cursor).zip(shown).collect();
    let key = |at: &Cursor| (Instant::from_micros(at.position), at.leg.to_string());
    let mut listed = span.page(shown, |(at, _)| key(at), |(_, event)| event);
    listed.next_cursor = listed.next_cursor.or_else(|| further.map(|at| cursors::text(&key(&at))));
    Ok(kept::keep(ok(listed)?, &[]))
}

/// One event
#[utoipa::path(get, path = "/api/v1/events/{slug}", tag = "Events", params(("slug" = String, Path, example = "repair-cafe")),
    responses((status = 200, body = Success<EventJson>), (status = 404, body = Fail)))]
pub async fn read(State(app): State<App>, caller: Caller, Path(slug): Path<String>) -> Result {
    Ok(kept::keep(ok(seen(&app, &caller, &slug).await?.1)?, &[]))
}

/// The events that I run, the latest first
#[utoipa::path(get, path = "/api/v1/me/hosting", tag = "Hosting", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Success<Listed<EventJson>>), (status = 401, body = Fail)))]
pub async fn mine(State(app): State<App>, caller: Caller, Query(paging): Query<Paging>) -> Result {
    let me = caller.needs(Scope::Read)?;
    let span = paging.read()?;
    let (before, id) = span.before();
    let events = store::of_host_before(&app.db, me.id, before, &id, span.rows()).await?;
    let events: Vec<&Event> = events.iter().collect();
    let shown = many::shown(&app, &events, Some(&me)).await?;
    let shown: Vec<(Instant, EventJson)> = events.iter().map(|event| event.starts_at).zip(shown).collect();
    ok(span.page(shown, |(at, event)| (*at, event.id.clone()), |(_, event)| event))
}
