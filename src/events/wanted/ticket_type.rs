//! A ticket type as a program wants it.
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use super::civil;
use crate::api::Text;
use crate::events::forms::TypedType;
use crate::forms::Errors;
use crate::i18n::Currency;
use crate::money;

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
    /// Read only: ignored, and accepted so that what was read can be sent back. It is the event’s.
    #[serde(default)]
    #[schema(value_type = Option<String>, read_only)]
    pub currency: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back. `capacity` changes it.
    #[serde(default)]
    #[schema(value_type = Option<i64>, read_only)]
    pub places_left: IgnoredAny,
    /// Read only: ignored, and accepted so that what was read can be sent back.
    #[serde(default)]
    #[schema(value_type = Option<bool>, read_only)]
    pub on_sale: IgnoredAny,
}

impl WantedType {
    pub(super) fn typed(self, n: usize, zone: &str, currency: &str, before: &[TypedType], e: &mut Errors) -> TypedType {
        let at = |field: &str| format!("type-{n}-{field}");
        let id = self.id.text(&at("id"), e);
        let blank = TypedType::blank();
        let known = before.iter().find(|of| !id.is_empty() && of.id == id);
        if known.is_none() && !id.is_empty() {
            e.add(at("id"), t!("This event has no ticket type with this id. Leave it out to make a new one."));
        }
        let before = known.unwrap_or(&blank);
        TypedType {
            name: self.name.or(&at("name"), &before.name, e),
            pricing: self.pricing.some().or(&at("pricing"), &before.pricing, e),
            price: amount(self.price, &at("price"), currency, &before.price, e),
            suggested: amount(self.suggested, &at("suggested"), currency, &before.suggested, e),
            capacity: self.capacity.or(&at("capacity"), &before.capacity, e),
            per_order: self.per_order.some().or(&at("per_order"), &before.per_order, e),
            from: civil(self.sales_from, (&at("from"), &before.from), zone, e),
            until: civil(self.sales_until, (&at("until"), &before.until), zone, e),
            id,
        }
    }
}

/// Minor units as the form's field says them. What is empty is no price: a ticket is free that costs 0.
fn amount(said: Text, field: &str, currency: &str, before: &str, errors: &mut Errors) -> String {
    let said = said.some();
    if said.is_absent() {
        return before.to_owned();
    }
    let said = said.text(field, errors);
    let minor = said.trim().parse::<i64>().ok();
    let Some((minor, currency)) = minor.zip(Currency::new(&currency.trim().to_ascii_uppercase())) else {
        errors.add(field, t!("Give a whole number, in minor units of the currency."));
        return String::new();
    };
    money::typed(minor, currency)
}
