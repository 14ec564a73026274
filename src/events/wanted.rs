//! An event as a program wants it, brought into the words of the form.
mod ticket_type;

use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::forms::{Typed, TypedType};
use super::times::{self, Resolved};
use crate::api::Text;
use crate::forms::Errors;

pub use ticket_type::WantedType;

/// What an event is to be. A change names only what changes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What it is called.
    #[serde(default)]
    #[schema(value_type = String, example = "Repair café")]
    pub title: Text,
    /// One sentence, for lists and mails.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Bring what is broken")]
    pub summary: Text,
    /// Markdown.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "We mend it together.")]
    pub description: Text,
    /// BCP 47; `en` unless told.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "en")]
    pub language: Text,
    /// `music`, `talks`, `stage`, `neighbourhood`, `sport`, `food`, `making` or `other`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "neighbourhood")]
    pub category: Text,
    /// Words by which it is found.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["repair"]))]
    pub tags: Option<Vec<Text>>,
    /// As clocks at the place show it, or RFC 3339 with an offset.
    #[serde(default)]
    #[schema(value_type = String, example = "2027-12-05T19:30")]
    pub starts: Text,
    /// In the same form; later than `starts`.
    #[serde(default)]
    #[schema(value_type = String, example = "2027-12-05T22:00")]
    pub ends: Text,
    /// An IANA time zone; the site's unless told.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Zurich")]
    pub zone: Text,
    /// What the place is called.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Town hall")]
    pub place_name: Text,
    /// Street and number.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Market square 1")]
    pub place_address: Text,
    /// Shown to everybody, also where the address is not.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Basel")]
    pub place_town: Text,
    /// Latitude and longitude, or a map link.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "47.5581, 7.5878")]
    pub point: Text,
    /// The link for those who come.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "")]
    pub online_url: Text,
    /// When the address is shown: `always`, `holders` or `on_the_day`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "always")]
    pub reveal: Text,
    /// `public`, `unlisted` or `invited`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "public")]
    pub visibility: Text,
    /// What others see of who comes: `count`, `names` or `hidden`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "count")]
    pub guest_list: Text,
    /// Whether places are for members only.
    #[serde(default)]
    #[schema(value_type = Option<bool>, example = false)]
    pub account_required: Text,
    /// How many others one person may bring.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 3)]
    pub plus_ones: Text,
    /// Hours before the start until which places can be given back.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 0)]
    pub cancel_hours: Text,
    /// When registration closes.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub registration_closes: Text,
    /// Of the event as a whole; null is any number.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 40)]
    pub capacity: Text,
    /// ISO 4217, of all prices; it stays once something was bought.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "CHF")]
    pub currency: Text,
    /// How much of a price comes back to who gives a place back in time, in percent.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 100)]
    pub refund_percent: Text,
    /// Paying later: `no`, at the `door` or by `transfer`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "no")]
    pub pay_later: Text,
    /// Hours before the start until which it must be paid.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 0)]
    pub pay_later_hours: Text,
    /// How it is paid later, for those who owe it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "")]
    pub pay_later_note: Text,
    /// One free type called “Place” unless told. A change names all that there are to be.
    #[serde(default)]
    #[schema(value_type = Option<Vec<WantedType>>)]
    pub ticket_types: Option<Vec<WantedType>>,
    /// The revision that the change is made to; without it the current one.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub revision: Text,
    /// Put it on the bill at once.
    #[serde(default)]
    #[schema(value_type = Option<bool>, example = false)]
    pub publish: Text,
    /// Read only: ignored, and accepted so that what was read can be sent back.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub id: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub slug: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back. Calls of their own publish and cancel.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub status: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back. `place_name` and those behind it change it.
    #[serde(default)]
    #[schema(value_type = Option<Object>, read_only)]
    pub place: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub cancelled_why: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back. `capacity` changes it.
    #[serde(default)]
    #[schema(value_type = Option<i64>, read_only)]
    pub places_left: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back. `cancel_hours` changes it.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub refund_until: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, read_only)]
    pub hosts: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub url: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back. What stands in it is changed by fields of its own, as `capacity`.
    #[serde(default)]
    #[schema(value_type = Option<Object>, read_only)]
    pub hosting: IgnoredAny,
}

/// An event that is to be made: a change may leave out what this may not.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct NewEvent(pub Wanted);

impl PartialSchema for NewEvent {
    fn schema() -> RefOr<Schema> {
        let mut schema = Wanted::schema();
        if let RefOr::T(Schema::Object(event)) = &mut schema {
            event.description = Some("An event that is to be made.".to_owned());
            event.required.extend(["title", "starts", "ends"].map(str::to_owned));
        }
        schema
    }
}

impl ToSchema for NewEvent {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Wanted::schemas(schemas);
    }
}

impl Wanted {
    /// The form, filled in: over what stood in it before.
    pub fn typed(self, before: Typed, errors: &mut Errors) -> Typed {
        let e = errors;
        let zone = self.zone.some().or("zone", &before.zone, e);
        let tags = self.tags.map(|tags| tags.into_iter().map(|tag| tag.text("tags", e)).collect::<Vec<_>>().join(", "));
        let currency = self.currency.some().or("currency", &before.currency, e);
        let types = self.ticket_types.map(|types| {
            let types = types.into_iter().enumerate();
            let types: Vec<TypedType> = types.map(|(n, of)| of.typed(n, &zone, &currency, &before.types, e)).collect();
            each_once(&types, e);
            types
        });
        Typed {
            title: self.title.or("title", &before.title, e),
            summary: self.summary.or("summary", &before.summary, e),
            description: self.description.or("description", &before.description, e),
            language: self.language.some().or("language", &before.language, e),
            category: self.category.some().or("category", &before.category, e),
            tags: tags.unwrap_or(before.tags),
            starts: civil(self.starts, ("starts", &before.starts), &zone, e),
            ends: civil(self.ends, ("ends", &before.ends), &zone, e),
            place_name: self.place_name.or("place_name", &before.place_name, e),
            place_address: self.place_address.or("place_address", &before.place_address, e),
            place_town: self.place_town.or("place_town", &before.place_town, e),
            point: self.point.or("point", &before.point, e),
            online_url: self.online_url.or("online_url", &before.online_url, e),
            reveal: self.reveal.some().or("reveal", &before.reveal, e),
            visibility: self.visibility.some().or("visibility", &before.visibility, e),
            guest_list: self.guest_list.some().or("guest_list", &before.guest_list, e),
            account_required: self.account_required.some().flag_or("account_required", &before.account_required, e),
            plus_ones: self.plus_ones.some().or("plus_ones", &before.plus_ones, e),
            cancel_hours: self.cancel_hours.some().or("cancel_hours", &before.cancel_hours, e),
            closes: civil(self.registration_closes, ("closes", &before.closes), &zone, e),
            capacity: self.capacity.or("capacity", &before.capacity, e),
            refund_percent: self.refund_percent.some().or("refund_percent", &before.refund_percent, e),
            pay_later: self.pay_later.some().or("pay_later", &before.pay_later, e),
            pay_later_hours: self.pay_later_hours.some().or("pay_later_hours", &before.pay_later_hours, e),
            pay_later_note: self.pay_later_note.or("pay_later_note", &before.pay_later_note, e),
            revision: self.revision.some().or("revision", &before.revision, e),
            types: types.unwrap_or(before.types),
            zone,
            currency,
            ..before
        }
    }
}

/// What is said twice of one ticket type contradicts itself.
fn each_once(types: &[TypedType], errors: &mut Errors) {
    for (n, of) in types.iter().enumerate().filter(|(_, of)| !of.id.is_empty()) {
        if types.iter().take(n).any(|other| other.id == of.id) {
            errors.add(format!("type-{n}-id"), t!("This id stands here twice."));
        }
    }
}

/// An RFC 3339 time as clocks in the zone show it; anything else is left to the form's parser. Where clocks show it
/// twice, the form's word is the earlier one, so that an instant that is the later one cannot be said.
fn civil(said: Text, (field, before): (&str, &str), zone: &str, errors: &mut Errors) -> String {
    let typed = said.or(field, before, errors);
    let at = typed.trim().parse::<jiff::Timestamp>().ok();
    let Some((at, zone)) = at.zip(crate::clock::zone(zone)) else { return typed };
    let civil = at.to_zoned(zone.clone()).datetime();
    if matches!(times::resolve(civil, &zone), Resolved::Twice(earlier) if earlier != at.into()) {
        errors.add(field, t!("Clocks show this time twice that night, and only the first of them can be chosen."));
    }
    times::text(civil)
}

/// The form's fields by the names that the API gives them: `type-0-name` is `ticket_types[0].name`.
pub fn named(errors: &Errors) -> Errors {
    let mut named = Errors::default();
    let called = |field: &str| match field.strip_prefix("type-").and_then(|rest| rest.split_once('-')) {
        Some((n, "from")) => format!("ticket_types[{n}].sales_from"),
        Some((n, "until")) => format!("ticket_types[{n}].sales_until"),
        Some((n, field)) => format!("ticket_types[{n}].{field}"),
        None if field == "closes" => "registration_closes".to_owned(),
        None => field.to_owned(),
    };
    named.take(errors, called);
    named
}
