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

/// What a calendar says of an event, as `viewer` may see it.
struct Written<'a> {
    app: &'a App,
    event: &'a Event,
    uid: String,
    location: String,
    url: String,
    sender: String,
}

impl<'a> Written<'a> {
    fn of(app: &'a App, event: &'a Event, viewer: Viewer) -> Self {
        let after = app.config.base_url.split("://").nth(1).unwrap_or_default();
        let host = after.split([':', '/']).next().unwrap_or_default();
        Self {
            app,
            event,
            uid: format!("{}@{host}", event.id),
            location: location(event, viewer, app.clock.now()),
            url: app.config.url(&event.path()),
            sender: app.config.sender(),
        }
    }
    fn entry(&self) -> calendar::Entry<'_> {
        calendar::Entry {
            uid: &self.uid,
            sequence: self.event.sequence,
            organizer: (self.app.site_name(), &self.sender),
            stamp: self.event.updated_at.timestamp(),
            title: &self.event.title,
            description: &self.event.summary,
            location: Some(self.location.as_str()).filter(|location| !location.is_empty()),
            url: &self.url,
            start: self.event.start(),
            end: self.event.end(),
            cancelled: self.event.is_cancelled(),
        }
    }
}

/// The event as a calendar file.
pub fn calendar_file(app: &App, event: &Event, viewer: Viewer) -> String {
    let written = Written::of(app, event, viewer);
    calendar::file(&[written.entry()], &event.title)
}

/// Events as one calendar that can be subscribed to, each as far as its reader may see it. What was cancelled says so
/// at its entry; the calendar itself goes on.
pub fn calendar_feed(app: &App, events: &[(&Event, Viewer)]) -> String {
    let written: Vec<Written> = events.iter().map(|(event, viewer)| Written::of(app, event, *viewer)).collect();
    let entries: Vec<calendar::Entry> = written.iter().map(Written::entry).collect();
    calendar::feed(&entries, app.site_name())
}

/// Links that put the event into Google's and Outlook's calendars.
pub fn calendar_links(app: &App, event: &Event, viewer: Viewer) -> (String, String) {
    let written = Written::of(app, event, viewer);
    let entry = written.entry();
    (calendar::google_link(&entry), calendar::outlook_link(&entry))
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
    let organiser =
        hosts.first().map(|host| json!({ "@type": "Person", "name": host.name, "url": app.config.url(&host.page()) }));
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
        _ if super::is_open(event, of, now) => "InStock",
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
