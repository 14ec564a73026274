//! An event as a program wants it, brought into the words of the form.
use serde::Deserialize;
use utoipa::ToSchema;

use super::forms::{Typed, TypedType};
use crate::api::Text;
use crate::forms::Errors;
use crate::i18n::Currency;
use crate::money;

/// What an event is to be. A change names only what changes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(default)]
    #[schema(value_type = String, example = "Repair café")]
    pub title: Text,
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
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "neighbourhood")]
    pub category: Text,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["repair"]))]
    pub tags: Option<Vec<Text>>,
    /// As clocks at the place show it, or RFC 3339 with an offset.
    #[serde(default)]
    #[schema(value_type = String, example = "2027-12-05T19:30")]
    pub starts: Text,
    #[serde(default)]
    #[schema(value_type = String, example = "2027-12-05T22:00")]
    pub ends: Text,
    /// An IANA time zone; the site's unless told.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Zurich")]
    pub zone: Text,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Town hall")]
    pub place_name: Text,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Market square 1")]
    pub place_address: Text,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Basel")]
    pub place_town: Text,
    /// Latitude and longitude, or a map link.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "47.5581, 7.5878")]
    pub point: Text,
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
}

/// A ticket type as it is to be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedType {
    /// Of a type that there is; without it a new one is made.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Text,
    #[serde(default)]
    #[schema(value_type = String, example = "Standard")]
    pub name: Text,
    /// `fixed`, or `donation`: then people give what they like from `price` on.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "fixed")]
    pub pricing: Text,
    /// In minor units of the event's currency; 0 is free.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 1250)]
    pub price: Text,
    /// What stands in a donation's field, in minor units.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 0)]
    pub suggested: Text,
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 40)]
    pub capacity: Text,
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 4)]
    pub per_order: Text,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub sales_from: Text,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub sales_until: Text,
}

impl Wanted {
    /// The form, filled in: over what stood in it before.
    pub fn typed(self, before: Typed, errors: &mut Errors) -> Typed {
        let e = errors;
        let zone = self.zone.or("zone", &before.zone, e);
        let tags = self.tags.map(|tags| tags.into_iter().map(|tag| tag.text("tags", e)).collect::<Vec<_>>().join(", "));
        let currency = self.currency.or("currency", &before.currency, e);
        let types = self.ticket_types.map(|types| {
            let types = types.into_iter().enumerate();
            types.map(|(n, of)| of.typed(n, &zone, &currency, &before.types, e)).collect()
        });
        Typed {
            title: self.title.or("title", &before.title, e),
            summary: self.summary.or("summary", &before.summary, e),
            description: self.description.or("description", &before.description, e),
            language: self.language.or("language", &before.language, e),
            category: self.category.or("category", &before.category, e),
            tags: tags.unwrap_or(before.tags),
            starts: civil(self.starts.or("starts", &before.starts, e), &zone),
            ends: civil(self.ends.or("ends", &before.ends, e), &zone),
            place_name: self.place_name.or("place_name", &before.place_name, e),
            place_address: self.place_address.or("place_address", &before.place_address, e),
            place_town: self.place_town.or("place_town", &before.place_town, e),
            point: self.point.or("point", &before.point, e),
            online_url: self.online_url.or("online_url", &before.online_url, e),
            reveal: self.reveal.or("reveal", &before.reveal, e),
            visibility: self.visibility.or("visibility", &before.visibility, e),
            guest_list: self.guest_list.or("guest_list", &before.guest_list, e),
            account_required: self.account_required.flag_or("account_required", &before.account_required, e),
            plus_ones: self.plus_ones.or("plus_ones", &before.plus_ones, e),
            cancel_hours: self.cancel_hours.or("cancel_hours", &before.cancel_hours, e),
            closes: civil(self.registration_closes.or("registration_closes", &before.closes, e), &zone),
            capacity: self.capacity.or("capacity", &before.capacity, e),
            refund_percent: self.refund_percent.or("refund_percent", &before.refund_percent, e),
            pay_later: self.pay_later.or("pay_later", &before.pay_later, e),
            pay_later_hours: self.pay_later_hours.or("pay_later_hours", &before.pay_later_hours, e),
            pay_later_note: self.pay_later_note.or("pay_later_note", &before.pay_later_note, e),
            revision: self.revision.or("revision", &before.revision, e),
            types: types.unwrap_or(before.types),
            zone,
            currency,
            ..before
        }
    }
}

impl WantedType {
    fn typed(self, n: usize, zone: &str, currency: &str, before: &[TypedType], e: &mut Errors) -> TypedType {
        let at = |field: &str| format!("type-{n}-{field}");
        let id = self.id.text(&at("id"), e);
        let blank = TypedType::blank();
        let before = before.iter().find(|of| !id.is_empty() && of.id == id).unwrap_or(&blank);
        TypedType {
            name: self.name.or(&at("name"), &before.name, e),
            pricing: self.pricing.or(&at("pricing"), &before.pricing, e),
            price: amount(self.price, &at("price"), currency, &before.price, e),
            suggested: amount(self.suggested, &at("suggested"), currency, &before.suggested, e),
            capacity: self.capacity.or(&at("capacity"), &before.capacity, e),
            per_order: self.per_order.or(&at("per_order"), &before.per_order, e),
            from: civil(self.sales_from.or(&at("from"), &before.from, e), zone),
            until: civil(self.sales_until.or(&at("until"), &before.until, e), zone),
            id,
        }
    }
}

/// Minor units as the form's field says them.
fn amount(said: Text, field: &str, currency: &str, before: &str, errors: &mut Errors) -> String {
    if said.is_absent() {
        return before.to_owned();
    }
    let said = said.text(field, errors);
    if said.is_empty() {
        return said;
    }
    let minor = said.trim().parse::<i64>().ok();
    let Some((minor, currency)) = minor.zip(Currency::new(&currency.trim().to_ascii_uppercase())) else {
        errors.add(field, t!("Give a whole number, in minor units of the currency."));
        return String::new();
    };
    money::typed(minor, currency)
}

/// An RFC 3339 time as clocks in the zone show it; anything else is left to the form's parser.
fn civil(typed: String, zone: &str) -> String {
    let at = typed.trim().parse::<jiff::Timestamp>().ok();
    match at.zip(jiff::tz::TimeZone::get(zone).ok()) {
        Some((at, zone)) => super::times::text(at.to_zoned(zone).datetime()),
        None => typed,
    }
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
