//! Who may see where an event is: the one function that all pages, files, mails and answers ask.
use super::{Event, Reveal};
use crate::clock::Instant;

/// Who looks, as far as the place is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Anyone, a list, a feed, a search engine.
    Public,
    /// Has a confirmed place.
    Holder,
    /// Runs the event, or the site.
    Host,
}

/// As much of an event's place as a viewer may see.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place<'a> {
    pub name: &'a str,
    pub address: &'a str,
    pub town: &'a str,
    /// Latitude and longitude: exact, or rounded to about 500 m.
    pub point: Option<(f64, f64)>,
    pub online_url: &'a str,
    /// Whether something is kept back that a holder will see.
    pub hidden: bool,
}

/// What `viewer` may see now of where `event` is.
pub fn visible_place<'a>(event: &'a Event, viewer: Viewer, now: Instant) -> Place<'a> {
    let point = event.latitude.zip(event.longitude);
    let day_has_come = || {
        let day = |at: Instant| at.in_zone(&event.time_zone()).date();
        day(now) >= day(event.starts_at)
    };
    let exact = match (event.reveal, viewer) {
        (_, Viewer::Host) | (Reveal::Always, _) => true,
        (Reveal::Holders, Viewer::Holder) => true,
        (Reveal::OnTheDay, Viewer::Holder) => day_has_come(),
        (Reveal::Holders | Reveal::OnTheDay, _) => false,
    };
    // The link to an online event lets people in, so only those who come have it.
    let link = viewer != Viewer::Public && exact;
    if exact {
        let online_url = if link { event.online_url.as_str() } else { "" };
        return Place {
            name: &event.place_name,
            address: &event.place_address,
            town: &event.place_town,
            point,
            online_url,
            hidden: !event.online_url.is_empty() && !link,
        };
    }
    Place { town: &event.place_town, point: point.map(rounded), hidden: true, ..Place::default() }
}

/// To about 500 m: a grid of a two-hundredth of a degree (556 m) north-south, and as wide in metres east-west.
fn rounded((latitude, longitude): (f64, f64)) -> (f64, f64) {
    const GRID: f64 = 0.005;
    let snap = |value: f64, grid: f64| (value / grid).round() * grid;
    let latitude = snap(latitude, GRID);
    (latitude, snap(longitude, GRID / latitude.to_radians().cos().max(0.01)))
}
