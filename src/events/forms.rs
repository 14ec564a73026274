//! The form of an event: what a host types, and what its buttons do to it.
use super::times;
use super::{Category, Event, GuestList, Pricing, Reveal, Terms, TicketType, Visibility, point};
use crate::clock::Instant;
use crate::ids;
use crate::money;
use crate::web::Fields;

/// Rows of ticket types in one form.
pub const MOST_TYPES: usize = 20;

/// As typed. A ticket type's fields are called `type-0-name`, `type-1-name` and so on.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub language: String,
    pub category: String,
    pub tags: String,
    pub starts: String,
    pub ends: String,
    pub zone: String,
    pub place_name: String,
    pub place_address: String,
    pub place_town: String,
    pub point: String,
    pub online_url: String,
    pub reveal: String,
    pub visibility: String,
    pub guest_list: String,
    pub account_required: String,
    pub plus_ones: String,
    pub cancel_hours: String,
    pub closes: String,
    pub capacity: String,
    pub currency: String,
    pub refund_percent: String,
    pub pay_later: String,
    pub pay_later_hours: String,
    pub pay_later_note: String,
    /// The chosen variant; '' lets the site choose one that its neighbours do not have.
    pub poster: String,
    /// The first of the four variants shown.
    pub poster_from: String,
    pub revision: String,
    /// Names this copy of the form of a new event, so that pressing twice makes one.
    pub form: String,
    pub types: Vec<TypedType>,
}

#[derive(Debug, Clone, Default)]
pub struct TypedType {
    /// '' for a new one.
    pub id: String,
    pub name: String,
    pub pricing: String,
    pub price: String,
    pub suggested: String,
    pub capacity: String,
    pub per_order: String,
    pub from: String,
    pub until: String,
}

impl Typed {
    /// As the fields of the form say it. Rows of ticket types end where a number is left out.
    pub fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        let rows = (0..MOST_TYPES).take_while(|n| fields.has(&format!("type-{n}-name")));
        Self {
            title: text("title"),
            summary: text("summary"),
            description: text("description"),
            language: text("language"),
            category: text("category"),
            tags: text("tags"),
            starts: text("starts"),
            ends: text("ends"),
            zone: text("zone"),
            place_name: text("place_name"),
            place_address: text("place_address"),
            place_town: text("place_town"),
            point: text("point"),
            online_url: text("online_url"),
            reveal: text("reveal"),
            visibility: text("visibility"),
            guest_list: text("guest_list"),
            account_required: text("account_required"),
            plus_ones: text("plus_ones"),
            cancel_hours: text("cancel_hours"),
            closes: text("closes"),
            capacity: text("capacity"),
            currency: text("currency"),
            refund_percent: text("refund_percent"),
            pay_later: text("pay_later"),
            pay_later_hours: text("pay_later_hours"),
            pay_later_note: text("pay_later_note"),
            poster: text("poster"),
            poster_from: text("poster_from"),
            revision: text("revision"),
            form: text("form"),
            types: rows.map(|n| TypedType::read(fields, n)).collect(),
        }
    }

    /// The empty form.
    pub fn blank(zone: &str, language: &str, currency: &str) -> Self {
        let terms = Terms::default();
        Self {
            form: ids::secret(),
            language: language.into(),
            zone: zone.into(),
            category: Category::Other.word().into(),
            reveal: Reveal::Always.word().into(),
            visibility: Visibility::Public.word().into(),
            guest_list: GuestList::Count.word().into(),
            plus_ones: "3".into(),
            cancel_hours: "0".into(),
            currency: currency.into(),
            refund_percent: terms.refund_percent.to_string(),
            pay_later: terms.pay_later.word().into(),
            pay_later_hours: terms.pay_later_hours.to_string(),
            types: vec![TypedType::blank()],
            ..Self::default()
        }
    }

    /// The form of an event that there is.
    pub fn of(event: &Event, types: &[TicketType]) -> Self {
        Self {
            form: String::new(),
            title: event.title.clone(),
            summary: event.summary.clone(),
            description: event.description.clone(),
            language: event.language.clone(),
            category: event.category.word().into(),
            tags: event.tag_list().join(", "),
            starts: event.starts_civil.clone(),
            ends: event.ends_civil.clone(),
            zone: event.zone.clone(),
            place_name: event.place_name.clone(),
            place_address: event.place_address.clone(),
            place_town: event.place_town.clone(),
            point: event.latitude.zip(event.longitude).map_or_else(String::new, point::text),
            online_url: event.online_url.clone(),
            reveal: event.reveal.word().into(),
            visibility: event.visibility.word().into(),
            guest_list: event.guest_list.word().into(),
            account_required: if event.account_required { "on".into() } else { String::new() },
            plus_ones: event.plus_ones.to_string(),
            cancel_hours: event.cancel_hours.to_string(),
            closes: event.closes_civil.clone().unwrap_or_default(),
            capacity: number(event.capacity),
            currency: event.terms.currency.clone(),
            refund_percent: event.terms.refund_percent.to_string(),
            pay_later: event.terms.pay_later.word().into(),
            pay_later_hours: event.terms.pay_later_hours.to_string(),
            pay_later_note: event.terms.pay_later_note.clone(),
            poster: event.poster_variant.to_string(),
            poster_from: event.poster_variant.to_string(),
            revision: event.revision.to_string(),
            types: types.iter().map(|of| TypedType::of(of, event)).collect(),
        }
    }

    /// The chosen variant, and the four that are shown.
    pub fn posters(&self) -> Vec<i64> {
        match self.poster_from.parse::<i64>().ok().filter(|from| (0..1_000_000).contains(from)) {
            Some(from) => (from..from + 4).collect(),
            None => Vec::new(),
        }
    }

    /// Shows the four next variants, the first of them chosen.
    pub fn shuffle(&mut self) {
        let from = self.posters().first().map_or(0, |from| from + if self.poster.is_empty() { 0 } else { 4 });
        self.poster_from = from.to_string();
        self.poster = self.poster_from.clone();
    }

    pub fn add_type(&mut self) {
        if self.types.len() < MOST_TYPES {
            self.types.push(TypedType::blank());
        }
    }
}

impl TypedType {
    /// Row `n` of the form.
    fn read(fields: &Fields, n: usize) -> Self {
        let of = |field: &str| fields.text(&format!("type-{n}-{field}")).to_owned();
        Self {
            id: of("id"),
            name: of("name"),
            pricing: of("pricing"),
            price: of("price"),
            suggested: of("suggested"),
            capacity: of("capacity"),
            per_order: of("per_order"),
            from: of("from"),
            until: of("until"),
        }
    }

    /// The row of a type that there is.
    fn of(of: &TicketType, event: &Event) -> Self {
        let zone = event.time_zone();
        let civil = |at: Option<Instant>| at.map_or_else(String::new, |at| times::text(at.in_zone(&zone).datetime()));
        let amount = |minor: i64| if minor == 0 { String::new() } else { money::typed(minor, event.terms.money()) };
        Self {
            id: of.id.to_string(),
            name: of.name.clone(),
            pricing: of.pricing.word().into(),
            price: amount(of.price),
            suggested: amount(of.suggested),
            capacity: number(of.capacity),
            per_order: of.per_order.to_string(),
            from: civil(of.sales_from),
            until: civil(of.sales_until),
        }
    }

    pub fn blank() -> Self {
        Self { pricing: Pricing::Fixed.word().into(), per_order: "10".into(), ..Self::default() }
    }
    /// A row that was added and left alone.
    pub(super) fn is_blank(&self) -> bool {
        let said = [&self.id, &self.name, &self.price, &self.suggested, &self.capacity, &self.from, &self.until];
        said.iter().all(|typed| typed.trim().is_empty())
    }
}

fn number(n: Option<i64>) -> String {
    n.map_or_else(String::new, |n| n.to_string())
}
