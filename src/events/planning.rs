//! The plan that follows from an event's form, or all that is wrong with it, field by field.
mod clocks;

use jiff::civil::DateTime;

use super::forms::Typed;
use super::{Category, GuestList, Pricing, Reveal, Terms, TicketType, Visibility, languages, point, pricing};
use crate::clock::Instant;
use crate::forms::{Errors, Reader};
use crate::ids::Id;

pub(crate) use clocks::Clocks;

/// What a host wants an event to be.
#[derive(Debug, Clone)]
pub struct Plan {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub language: String,
    pub category: Category,
    pub tags: String,
    pub starts: DateTime,
    pub ends: DateTime,
    pub zone: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub place_name: String,
    pub place_address: String,
    pub place_town: String,
    pub point: Option<(f64, f64)>,
    pub online_url: String,
    pub reveal: Reveal,
    pub visibility: Visibility,
    pub guest_list: GuestList,
    pub account_required: bool,
    pub plus_ones: i64,
    pub cancel_hours: i64,
    pub closes: Option<(DateTime, Instant)>,
    pub capacity: Option<i64>,
    pub poster: Option<i64>,
    pub terms: Terms,
    pub types: Vec<PlannedType>,
    /// One of its times is shown twice by clocks that night; the earlier is meant.
    pub twice: bool,
}

#[derive(Debug, Clone)]
pub struct PlannedType {
    /// Its row in the form, for errors.
    pub row: usize,
    pub id: Option<Id<TicketType>>,
    pub name: String,
    pub pricing: Pricing,
    pub price: i64,
    pub suggested: i64,
    pub capacity: Option<i64>,
    pub per_order: i64,
    pub sales_from: Option<Instant>,
    pub sales_until: Option<Instant>,
}

/// What can be read of when it is.
struct When {
    starts: Option<(DateTime, Instant)>,
    ends: Option<(DateTime, Instant)>,
    closes: Option<(DateTime, Instant)>,
}

impl Typed {
    /// All of the form as a plan, or every error at its field.
    pub fn parse(&self) -> Result<Plan, Errors> {
        let mut reader = Reader::default();
        let r = &mut reader;
        let title = r.required("title", &self.title, 120, t!("Give the event a title."));
        let summary = r.line("summary", &self.summary, 200);
        let description = r.text("description", &self.description, 20_000);
        let language = language(r, &self.language);
        let category = r.choice("category", &self.category);
        let tags = tags(r, &self.tags);
        let mut clocks = Clocks::of(r, &self.zone);
        let When { starts, ends, closes } = self.parse_when(r, &mut clocks);
        let place_name = r.line("place_name", &self.place_name, 120);
        let place_address = r.line("place_address", &self.place_address, 200);
        let place_town = r.line("place_town", &self.place_town, 80);
        let point = on_the_map(r, &self.point);
        let online_url = link(r, &self.online_url);
        let reveal = r.choice("reveal", &self.reveal);
        let visibility = r.choice("visibility", &self.visibility);
        let guest_list = r.choice("guest_list", &self.guest_list);
        let plus_ones = r.number("plus_ones", &self.plus_ones, 0, 50).unwrap_or(0);
        let cancel_hours = r.number("cancel_hours", &self.cancel_hours, 0, 8760).unwrap_or(0);
        let capacity = r.number("capacity", &self.capacity, 1, 1_000_000);
        let poster = r.number("poster", &self.poster, 0, 1_000_000);
        let terms = pricing::terms(r, self);
        let types = self.parse_types(r, &mut clocks, &terms);
        before_the_end(r, &types, ends);
        let ((starts, starts_at), (ends, ends_at)) = (starts.unwrap_or_default(), ends.unwrap_or_default());
        reader.errors.or(|| Plan {
            title,
            summary,
            description,
            language,
            category,
            tags,
            starts,
            ends,
            zone: clocks.name,
            starts_at,
            ends_at,
            place_name,
            place_address,
            place_town,
            point,
            online_url,
            reveal,
            visibility,
            guest_list,
            account_required: !self.account_required.is_empty(),
            plus_ones,
            cancel_hours,
            closes,
            capacity,
            poster,
            terms,
            types,
            twice: clocks.twice,
        })
    }

    fn parse_when(&self, r: &mut Reader, clocks: &mut Clocks) -> When {
        let starts = clocks.required(r, "starts", &self.starts, t!("Enter when it starts, like 2026-12-05 19:30."));
        let ends = clocks.required(r, "ends", &self.ends, t!("Enter when it ends."));
        in_order(r, starts, ends);
        let closes = clocks.optional(r, "closes", &self.closes);
        if closes.zip(ends).is_some_and(|(closes, ends)| ends.1 < closes.1) {
            r.errors.add("closes", t!("Registration ends after the event itself. Choose an earlier time."));
        }
        When { starts, ends, closes }
    }

    fn parse_types(&self, r: &mut Reader, clocks: &mut Clocks, terms: &Terms) -> Vec<PlannedType> {
        let mut types: Vec<PlannedType> = Vec::new();
        for (row, typed) in self.types.iter().enumerate().filter(|(_, typed)| !typed.is_blank()) {
            let at = |field: &str| format!("type-{row}-{field}");
            let name = r.required(&at("name"), &typed.name, 80, t!("Name this ticket type, for example “Standard”."));
            if !name.is_empty() && types.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
                r.errors.add(at("name"), t!("Another ticket type has this name."));
            }
            let (pricing, price, suggested) = pricing::of_type(r, row, typed, terms.money());
            let capacity = r.number(&at("capacity"), &typed.capacity, 1, 1_000_000);
            let per_order = r.number(&at("per_order"), &typed.per_order, 1, 100).unwrap_or(10);
            let from = clocks.optional(r, &at("from"), &typed.from).map(|(_, at)| at);
            let until = clocks.optional(r, &at("until"), &typed.until).map(|(_, at)| at);
            if from.zip(until).is_some_and(|(from, until)| until <= from) {
                r.errors.add(at("until"), t!("The sale ends before it begins."));
            }
            let id = typed.id.parse().ok();
            types.push(PlannedType {
                row,
                id,
                name,
                pricing,
                price,
                suggested,
                capacity,
                per_order,
                sales_from: from,
                sales_until: until,
            });
        }
        if types.is_empty() {
            r.errors.add("type-0-name", t!("Name at least one ticket type, so that people can take a place."));
        }
        types
    }
}

impl Plan {
    /// What keeps it from being shown to everyone.
    pub fn not_ready(&self) -> Errors {
        let mut errors = Errors::default();
        if self.description.is_empty() {
            errors.add("description", t!("Write a description. Two sentences are enough."));
        }
        if self.place_name.is_empty() && self.online_url.is_empty() {
            errors.add("place_name", t!("Say where it is, or give a link if it is online."));
        }
        errors
    }
}

fn in_order(r: &mut Reader, starts: Option<(DateTime, Instant)>, ends: Option<(DateTime, Instant)>) {
    if let Some((starts, ends)) = starts.zip(ends).filter(|(starts, ends)| ends.1 <= starts.1) {
        let time = |at: DateTime| at.strftime("%H:%M").to_string();
        let (to, from) = (time(ends.0), time(starts.0));
        r.errors.add("ends", t!("The end ({to}) is not after the start ({from}).", to, from));
    }
}

fn before_the_end(r: &mut Reader, types: &[PlannedType], ends: Option<(DateTime, Instant)>) {
    let Some((_, over)) = ends else { return };
    for late in types.iter().filter(|of| of.sales_from.is_some_and(|from| from >= over)) {
        r.errors.add(format!("type-{}-from", late.row), t!("The sale begins when the event is over."));
    }
}

fn language(r: &mut Reader, typed: &str) -> String {
    let typed = typed.trim();
    if !languages::is_known(typed) {
        r.errors.add("language", t!("Choose one of the options."));
    }
    typed.to_owned()
}

/// Lower-case words separated by single commas.
fn tags(r: &mut Reader, typed: &str) -> String {
    let line = r.line("tags", typed, 300).to_lowercase();
    let mut tags: Vec<&str> = Vec::new();
    for tag in line.split(',').map(|tag| tag.trim().trim_start_matches('#')).filter(|tag| !tag.is_empty()) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > 8 || tags.iter().any(|tag| tag.chars().count() > 30) {
        r.errors.add("tags", t!("Up to 8 tags of 30 characters, separated by commas."));
    }
    tags.join(",")
}

fn on_the_map(r: &mut Reader, typed: &str) -> Option<(f64, f64)> {
    let line = r.line("point", typed, 1000);
    let found = point::parse(&line);
    if found.is_none() && !line.is_empty() {
        r.errors.add("point", t!("Paste a map link that holds coordinates, or type them like 47.5581, 7.5878."));
    }
    found
}

fn link(r: &mut Reader, typed: &str) -> String {
    let line = r.line("online_url", typed, 500);
    let host = line.strip_prefix("https://").or_else(|| line.strip_prefix("http://"));
    let right = host.is_some_and(|host| {
        host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
            && !host.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\'))
    });
    if !right && !line.is_empty() {
        r.errors.add("online_url", t!("Enter a full link, like https://meet.example.org/room."));
    }
    line
}
