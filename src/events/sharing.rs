//! An event as other programs read it: calendars, search engines, previews of links. None says more of the place
//! than its reader may see.
use serde_json::{Value, json};

use super::place::{Viewer, visible_place};
use super::{Event, Host, Pricing, TicketType, calendar};
use crate::app::App;
use crate::clock::Instant;
use crate::money;

/// The place in one line, for a calendar.
fn location(event: &Event, viewer: Viewer, now: Instant) -> String {
    let place = visible_place(event, viewer, now);
    let parts = [place.name, place.address, place.town, place.online_url];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Hands the event, as `viewer` may see it, to what writes calendar files and links.
fn with_entry<T>(app: &App, event: &Event, viewer: Viewer, write: impl FnOnce(&calendar::Entry) -> T) -> T {
    let location = location(event, viewer, app.clock.now());
    let host = app.config.base_url.split("://").nth(1).unwrap_or_default().split([':', '/']).next().unwrap_or_default();
    write(&calendar::Entry {
        uid: &format!("{}@{host}", event.id),
        sequence: event.sequence,
        organizer: (&app.config.site_name, &app.config.sender()),
        stamp: event.updated_at.timestamp(),
        title: &event.title,
        description: &event.summary,
        location: Some(location.as_str()).filter(|location| !location.is_empty()),
        url: &app.config.url(&event.path()),
        start: event.start(),
        end: event.end(),
        cancelled: event.is_cancelled(),
    })
}

/// The event as a calendar file.
pub fn calendar_file(app: &App, event: &Event, viewer: Viewer) -> String {
    with_entry(app, event, viewer, |entry| calendar::file(std::slice::from_ref(entry), entry.title))
}

/// Links that put the event into Google's and Outlook's calendars.
pub fn calendar_links(app: &App, event: &Event, viewer: Viewer) -> (String, String) {
    with_entry(app, event, viewer, |entry| (calendar::google_link(entry), calendar::outlook_link(entry)))
}

/// What schema.org calls an Event, for the inside of a data block: no `<` can end it.
pub fn json_ld(app: &App, event: &Event, types: &[TicketType], hosts: &[Host]) -> String {
    let now = app.clock.now();
    let url = app.config.url(&event.path());
    let status = if event.is_cancelled() { "EventCancelled" } else { "EventScheduled" };
    let place = visible_place(event, Viewer::Public, now);
    let online = !event.online_url.is_empty();
    let attendance = match (event.is_online(), online) {
        (true, _) => "OnlineEventAttendanceMode",
        (false, true) => "MixedEventAttendanceMode",
        (false, false) => "OfflineEventAttendanceMode",
    };
    let mut locations = Vec::new();
    if !event.is_online() {
        let address =
            json!({ "@type": "PostalAddress", "streetAddress": place.address, "addressLocality": place.town });
        let name = if place.name.is_empty() { place.town } else { place.name };
        let mut at = json!({ "@type": "Place", "name": name, "address": address });
        if let Some((latitude, longitude)) = place.point {
            at["geo"] = json!({ "@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude });
        }
        locations.push(at);
    }
    if online {
        locations.push(json!({ "@type": "VirtualLocation", "url": url }));
    }
    let offset = |at: jiff::Zoned| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let offers: Vec<Value> = types.iter().map(|of| offer(event, of, &url, now)).collect();
    let organiser = hosts.first().map(|host| json!({ "@type": "Person", "name": host.name }));
    let whole = json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": event.summary,
        "inLanguage": event.language,
        "url": url,
        "image": [app.config.url(&super::picture_pages::preview_path(event))],
        "startDate": offset(event.start()),
        "endDate": offset(event.end()),
        "eventStatus": format!("https://schema.org/{status}"),
        "eventAttendanceMode": format!("https://schema.org/{attendance}"),
        "location": locations,
        "organizer": organiser,
        "offers": offers,
    });
    whole.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn offer(event: &Event, of: &TicketType, url: &str, now: Instant) -> Value {
    let available = match super::left(event, of) {
        Some(0) => "SoldOut",
        _ if of.on_sale(now) && !event.is_past(now) => "InStock",
        _ => "OutOfStock",
    };
    let price = match of.price {
        0 => "0".to_owned(),
        price => money::decimal(price, event.terms.money()),
    };
    let mut offer = json!({
        "@type": "Offer",
        "name": of.name,
        "price": price,
        "priceCurrency": of.currency,
        "url": url,
        "availability": format!("https://schema.org/{available}"),
    });
    if of.pricing == Pricing::Donation {
        offer["priceSpecification"] =
            json!({ "@type": "PriceSpecification", "minPrice": offer["price"], "priceCurrency": of.currency });
    }
    if let Some(from) = of.sales_from.or(event.published_at) {
        offer["validFrom"] = Value::from(from.rfc3339());
    }
    offer
}
