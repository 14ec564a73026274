//! An event and what belongs to it, as programs read it.
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock::Instant;
use crate::events::place::{Viewer, visible_place};
use crate::events::{self, Event, Host, Role, TicketType};

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

/// RFC 3339, as clocks at the event show it.
pub fn civil(event: &Event, at: Instant) -> String {
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
            places_left: events::left(event, of),
            per_order: of.per_order,
            on_sale: events::is_open(event, of, now),
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
pub(in crate::events) struct Eyes {
    pub viewer: Viewer,
    pub role: Option<Role>,
}

/// An event through these eyes, with what was read of what belongs to it.
pub(in crate::events) fn written(
    app: &App,
    event: &Event,
    eyes: &Eyes,
    types: &[TicketType],
    hosts: Vec<Host>,
) -> EventJson {
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
