//! An event of the demo and its ticket types, as a row of the programme says.
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::programme::{EARLY_BIRD, HIDDEN, PAID, Paid, Row};
use crate::clock::Instant;
use crate::events::{Event, GuestList, PayLater, Pricing, Reveal, Status, Terms, TicketType, Visibility, slugs, times};
use crate::ids::Id;
use crate::posters;

const ZONE: &str = "Europe/Zurich";

/// On the bill, with a poster unlike those that were hung last.
pub(super) fn event(row: &Row, hung: &mut Vec<posters::Look>, now: Instant) -> anyhow::Result<Event> {
    let [(starts, starts_at), (ends, ends_at)] = when(row, now)?;
    let slug = slug(row);
    let (poster_variant, palette, composition) = hang(&slug, hung);
    let (online, paid) = (row.place.0.is_empty(), paid(row));
    let published = now - crate::clock::days(14);
    Ok(Event {
        id: Id::new(),
        slug,
        status: Status::Published,
        title: row.title.to_owned(),
        summary: row.summary.to_owned(),
        description: description(row),
        language: row.language.to_owned(),
        category: row.category,
        tags: String::new(),
        starts_civil: times::text(starts),
        ends_civil: times::text(ends),
        zone: ZONE.to_owned(),
        starts_at,
        ends_at,
        place_name: row.place.0.to_owned(),
        place_address: row.place.1.split(", ").next().unwrap_or_default().to_owned(),
        place_town: if online { String::new() } else { "Basel".to_owned() },
        latitude: (!online).then_some(47.5581 + 0.002 * f64::from(row.at.0) / 10.0),
        longitude: (!online).then_some(7.5878 + 0.003 * f64::from(row.at.1) / 10.0),
        online_url: if online { "https://meet.example.org/marquee".to_owned() } else { String::new() },
        reveal: if online || row.title == HIDDEN { Reveal::Holders } else { Reveal::Always },
        visibility: Visibility::Public,
        guest_list: if row.host == 1 { GuestList::Names } else { GuestList::Count },
        account_required: false,
        plus_ones: 3,
        cancel_hours: if paid.is_some() { 48 } else { 0 },
        closes_civil: None,
        closes_at: None,
        capacity: paid.filter(|paid| paid.types.len() > 1).map(|_| row.capacity),
        ceiling: None,
        taken: 0,
        poster_variant,
        palette,
        composition,
        cover_key: None,
        sequence: 0,
        revision: 0,
        cancelled_why: None,
        created_at: published,
        updated_at: published,
        published_at: Some(published),
        cancelled_at: None,
        moved_at: None,
        terms: terms(paid),
    })
}

/// Start and end, as clocks at the place show them and as instants.
fn when(row: &Row, now: Instant) -> anyhow::Result<[(DateTime, Instant); 2]> {
    let zone = TimeZone::get(ZONE)?;
    let day = now.in_zone(&zone).date().checked_add(row.day.days())?;
    let starts = day.at(row.at.0, row.at.1, 0, 0);
    let ends = starts.checked_add(row.minutes.minutes())?;
    let instant = |civil| -> anyhow::Result<Instant> { Ok(zone.to_timestamp(civil)?.into()) };
    Ok([(starts, instant(starts)?), (ends, instant(ends)?)])
}

/// Variant, palette and composition of its poster, which hangs beside the others from now on.
fn hang(slug: &str, hung: &mut Vec<posters::Look>) -> (i64, i64, i64) {
    let variant = posters::hang(slug, hung);
    let look = posters::look(slug, variant);
    let poster = (i64::from(variant), look.palette.into(), look.composition.into());
    hung.insert(0, look);
    hung.truncate(7);
    poster
}

fn terms(paid: Option<&Paid>) -> Terms {
    match paid {
        Some(paid) if paid.at_the_door => {
            let pay_later_note = "Cash or card, at the table beside the door.".to_owned();
            Terms { pay_later: PayLater::Door, pay_later_note, ..Terms::default() }
        }
        _ => Terms::default(),
    }
}

/// Of the title, or of its English name where it has no Latin letters.
pub(super) fn slug(row: &Row) -> String {
    slugs::of(match row.title {
        "俳句の夕べ" => "haiku-evening",
        "金継ぎ入門" => "kintsugi",
        title => title,
    })
}

/// Markdown that shows what a description can hold.
fn description(row: &Row) -> String {
    match row.language {
        "de" => "## Gut zu wissen\n\n- Türöffnung eine Viertelstunde vorher.\n- Der Eingang ist stufenlos.\n- Bring mit, wen du magst; die Plätze zählen wir.".to_owned(),
        "fr" => "## Bon à savoir\n\n- Ouverture un quart d’heure avant.\n- L’entrée est de plain-pied.".to_owned(),
        "it" => "## Da sapere\n\n- Si apre un quarto d’ora prima.\n- L’ingresso è senza gradini.".to_owned(),
        "es" => "## Antes de venir\n\n- Abrimos un cuarto de hora antes.\n- La entrada no tiene escalones.".to_owned(),
        "en" => "## Before you come\n\n- Doors open a quarter of an hour before.\n- The entrance is step-free.\n- Bring who you like; the places are counted.\n\n> Something not clear? Write to the host.".to_owned(),
        _ => row.summary.to_owned(),
    }
}

/// One free type, or those of its prices; of several the event's capacity is the limit.
pub(super) fn ticket_types(event: &Event, row: &Row, now: Instant) -> Vec<TicketType> {
    let free: &[(&str, Pricing, i64, Option<i64>)] = &[("Place", Pricing::Fixed, 0, None)];
    let rows = paid(row).map_or(free, |paid| paid.types);
    let of = |(&(name, pricing, price, capacity), position): (&(&str, Pricing, i64, Option<i64>), i64)| TicketType {
        id: Id::new(),
        event_id: event.id,
        name: name.to_owned(),
        position,
        price,
        pricing,
        suggested: if pricing == Pricing::Donation { price * 5 / 2 } else { 0 },
        currency: event.terms.currency.clone(),
        capacity: if rows.len() == 1 { Some(row.capacity) } else { capacity },
        per_order: 4,
        sales_from: None,
        sales_until: (name == EARLY_BIRD).then(|| now - crate::clock::days(3)),
        sold: 0,
        held: 0,
    };
    rows.iter().zip(0..).map(of).collect()
}

pub(super) fn paid(row: &Row) -> Option<&'static Paid> {
    PAID.iter().find(|paid| paid.title == row.title)
}
