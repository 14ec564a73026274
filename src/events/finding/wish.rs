//! What is looked for, as an address says it.
use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::Deserialize;
use utoipa::IntoParams;

use super::near::{self, Near};
use super::words::{self, Mark};
use crate::events::{Category, languages};
use crate::forms::{self, Errors, Reader};

words! {
    /// Days in a word.
    pub enum When {
        Any = "", Today = "today", Tomorrow = "tomorrow", Weekend = "weekend", Week = "week", SevenDays = "7days",
        Month = "month",
    }
}
words! {
    /// What stands first: the best match where words are looked for, else the soonest; the soonest; what is new.
    pub enum Sort { Best = "", Date = "date", Newest = "newest" }
}

/// Filters as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Words: each must begin a word of the title, the place, the hosts, the tags or the description. Accents and case do not count; signs alone find nothing.
    #[param(required = false, example = "jazz")]
    pub q: String,
    /// `today`, `tomorrow`, `weekend`, `week` (until Sunday), `7days` or `month`; `from` and `to` go before it.
    #[param(required = false, example = "weekend")]
    pub when: String,
    /// The first day, by the site's clocks.
    #[param(required = false, example = "2026-12-01")]
    pub from: String,
    /// The last day.
    #[param(required = false, example = "2026-12-31")]
    pub to: String,
    /// `music`, `talks`, `stage`, `neighbourhood`, `sport`, `food`, `making` or `other`.
    #[param(required = false, example = "music")]
    pub category: String,
    /// One of its tags; signs alone find nothing, as in `town` and `near`.
    #[param(required = false, example = "open air")]
    pub tag: String,
    /// The town of the place, as a whole.
    #[param(required = false, example = "Basel")]
    pub town: String,
    /// Coordinates like `47.56,7.59`, a link of a map, or a town.
    #[param(required = false, example = "47.56,7.59")]
    pub near: String,
    /// How near: kilometres from 1 to 200, 10 without.
    #[param(required = false, example = "25")]
    pub radius: String,
    /// The id of a member who hosts it.
    #[param(required = false)]
    pub host: String,
    /// BCP 47; what comes behind the first hyphen does not count.
    #[param(required = false, example = "de")]
    pub language: String,
    /// `1`: there are places that cost nothing.
    #[param(required = false, example = "1")]
    pub free: String,
    /// `1`: there are places that can be taken.
    #[param(required = false, example = "1")]
    pub room: String,
    /// `date`: the soonest first, also where words are looked for; `newest`: what was published last first.
    #[param(required = false, example = "date")]
    pub sort: String,
}

/// The names of the filters, in the order of an address.
pub const NAMES: [&str; 14] = [
    "q", "when", "from", "to", "category", "tag", "town", "near", "radius", "host", "language", "free", "room", "sort",
];

/// The same, understood.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub words: Vec<String>,
    /// Something was typed that has no word in it, as a question, tag or town: no event has that.
    pub wordless: bool,
    pub marks: Vec<Mark>,
    /// First and last day.
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub near: Option<Near>,
    pub room: bool,
    pub by_date: bool,
    pub newest: bool,
}

impl Asked {
    /// The value of a filter.
    pub fn value(&self, name: &str) -> &str {
        match name {
            "q" => &self.q,
            "when" => &self.when,
            "from" => &self.from,
            "to" => &self.to,
            "category" => &self.category,
            "tag" => &self.tag,
            "town" => &self.town,
            "near" => &self.near,
            "radius" => &self.radius,
            "host" => &self.host,
            "language" => &self.language,
            "free" => &self.free,
            "room" => &self.room,
            "sort" => &self.sort,
            _ => "",
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let field = match name {
            "q" => &mut self.q,
            "when" => &mut self.when,
            "from" => &mut self.from,
            "to" => &mut self.to,
            "category" => &mut self.category,
            "tag" => &mut self.tag,
            "town" => &mut self.town,
            "near" => &mut self.near,
            "radius" => &mut self.radius,
            "host" => &mut self.host,
            "language" => &mut self.language,
            "free" => &mut self.free,
            "room" => &mut self.room,
            "sort" => &mut self.sort,
            _ => return,
        };
        value.clone_into(field);
    }

    /// The same with another value of one filter; '' takes it off.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.set(name, value);
        other
    }
    /// Without filters of days.
    pub fn any_day(&self) -> Self {
        self.with("when", "").with("from", "").with("to", "")
    }
    /// As the end of the address of the page behind a cursor.
    pub fn page(&self, cursor: &super::Cursor) -> String {
        self.and(&[("page", &cursor.to_string())])
    }
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        NAMES.iter().all(|name| matches!(*name, "sort" | "radius") || self.value(name).trim().is_empty())
    }

    /// As the end of an address.
    pub fn query(&self) -> String {
        self.and(&[])
    }
    /// As the end of an address, with further pairs: `?q=jazz&free=1`, or nothing.
    pub fn and(&self, further: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let own = NAMES.iter().map(|name| (*name, self.value(name)));
        for (name, value) in own.chain(further.iter().copied()).filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// What is meant, and what of it cannot be: a page leaves that out, an answer to a program is refused.
    pub fn read(&self, today: Date) -> (Wish, Errors) {
        let mut r = Reader::default();
        let signs = |typed: &String| words::split(typed).is_empty() && !forms::seen(typed).is_empty();
        let wordless = [&self.q, &self.tag, &self.town, &self.near].into_iter().any(signs);
        let mut wish = Wish { words: words::asked(&self.q), wordless, ..Wish::default() };
        let when: Option<When> = choice(&mut r, "when", &self.when);
        (wish.from, wish.to) = days(when.unwrap_or_default(), today);
        for (name, typed, day) in [("from", &self.from, &mut wish.from), ("to", &self.to, &mut wish.to)] {
            if !typed.trim().is_empty() {
                match date(typed.trim()) {
                    Some(date) => *day = Some(date),
                    None => r.errors.add(name, t!("Enter a day like 2026-12-31.")),
                }
            }
        }
        if !self.from.trim().is_empty() && self.to.trim().is_empty() {
            wish.to = None;
        }
        if wish.from.zip(wish.to).is_some_and(|(from, to)| to < from) {
            r.errors.add("to", t!("The last day is before the first one."));
        }
        let category: Option<Category> =
            (!self.category.is_empty()).then(|| choice(&mut r, "category", &self.category)).flatten();
        wish.marks.extend(category.map(|category| Mark::Category(category.word())));
        wish.marks.extend((!words::split(&self.tag).is_empty()).then(|| Mark::tag(&self.tag)));
        wish.marks.extend((!words::split(&self.town).is_empty()).then(|| Mark::town(&self.town)));
        wish.marks.extend(self.language(&mut r));
        wish.marks.extend(yes(&mut r, "free", &self.free).then_some(Mark::Free));
        wish.room = yes(&mut r, "room", &self.room);
        wish.near = self.near(&mut r);
        wish.marks.extend((!self.host.trim().is_empty()).then(|| Mark::host(self.host.trim())));
        let sort = choice(&mut r, "sort", &self.sort);
        (wish.by_date, wish.newest) = (sort == Some(Sort::Date), sort == Some(Sort::Newest));
        (wish, r.errors)
    }

    fn near(&self, r: &mut Reader) -> Option<Near> {
        let km = match self.radius.trim() {
            "" => near::USUAL,
            typed => typed.parse().ok().filter(|km| (1..=near::MOST).contains(km)).unwrap_or_else(|| {
                r.errors.add("radius", t!("Enter kilometres from 1 to {most}.", most = near::MOST));
                near::USUAL
            }),
        };
        (!words::split(&self.near).is_empty()).then(|| Near::read(&self.near, km))
    }

    fn language(&self, r: &mut Reader) -> Option<Mark> {
        let tag = self.language.trim();
        if tag.is_empty() {
            return None;
        }
        if !languages::is_known(&tag.to_lowercase()) {
            r.errors.add("language", t!("Choose one of the options."));
            return None;
        }
        Some(Mark::language(tag))
    }
}

fn choice<T: std::str::FromStr>(r: &mut Reader, name: &str, typed: &str) -> Option<T> {
    let chosen = typed.trim().parse().ok();
    if chosen.is_none() {
        r.errors.add(name, t!("Choose one of the options."));
    }
    chosen
}

fn yes(r: &mut Reader, name: &str, typed: &str) -> bool {
    if !matches!(typed, "" | "0" | "1" | "true" | "false" | "on") {
        r.errors.add(name, t!("Choose one of the options."));
    }
    matches!(typed, "1" | "true" | "on")
}

/// A day of a year that clocks and engines agree on.
fn date(typed: &str) -> Option<Date> {
    typed.parse::<Date>().ok().filter(|date| typed.len() == 10 && (1970..=9000).contains(&date.year()))
}

fn days(when: When, today: Date) -> (Option<Date>, Option<Date>) {
    let later = |by: Span| today.checked_add(by).unwrap_or(today);
    let to = |weekday: Weekday| later(i64::from(today.weekday().until(weekday)).days());
    let sunday = to(Weekday::Sunday);
    match when {
        When::Any => (None, None),
        When::Today => (Some(today), Some(today)),
        When::Tomorrow => (Some(later(1.day())), Some(later(1.day()))),
        When::Weekend if today.weekday() == Weekday::Sunday => (Some(today), Some(today)),
        When::Weekend => (Some(to(Weekday::Saturday)), Some(sunday)),
        When::Week => (Some(today), Some(sunday)),
        When::SevenDays => (Some(today), Some(later(6.days()))),
        When::Month => (Some(today), Some(today.last_of_month())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_a_word_are_those_that_one_means() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (when, today, from, to) in [
            (When::Today, "2026-11-18", "2026-11-18", "2026-11-18"),
            (When::Tomorrow, "2026-12-31", "2027-01-01", "2027-01-01"),
            (When::Weekend, "2026-11-18", "2026-11-21", "2026-11-22"),
            (When::Weekend, "2026-11-21", "2026-11-21", "2026-11-22"),
            (When::Weekend, "2026-11-22", "2026-11-22", "2026-11-22"),
            (When::Week, "2026-11-18", "2026-11-18", "2026-11-22"),
            (When::Week, "2026-11-22", "2026-11-22", "2026-11-22"),
            (When::SevenDays, "2026-11-18", "2026-11-18", "2026-11-24"),
            (When::Month, "2026-11-18", "2026-11-18", "2026-11-30"),
        ] {
            assert_eq!(days(when, day(today)), (Some(day(from)), Some(day(to))), "{when:?} on {today}");
        }
    }

    #[test]
    fn an_address_says_what_is_asked_for_and_nothing_else() {
        let asked = Asked { q: "a & b".into(), free: "1".into(), ..Asked::default() };
        assert_eq!(asked.and(&[("page", "")]), "?q=a+%26+b&free=1");
        assert_eq!(asked.with("q", "").with("free", "").query(), "");
        let (_, errors) = Asked { from: "2026-13-01".into(), sort: "x".into(), ..Asked::default() }
            .read(jiff::civil::date(2026, 11, 18));
        assert!(errors.on("from").is_some() && errors.on("sort").is_some());
    }
}
