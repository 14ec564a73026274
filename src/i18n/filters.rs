//! For templates, by `use crate::i18n::filters;` beside the page's struct:
//! `{{ "Save my place"|t }}`, `{{ "Hosted by {name}"|t(name = host) }}`,
//! `{{ "1 place left"|tn("{n} places left", n) }}`,
//! `{{ "Read the <rules>house rules</rules>."|th(rules = "/rules") }}`, `{{ start|day }}`, `{{ "globe"|icon }}`.
//!
//! `#[askama::filter_fn]` wants each argument's name and type beforehand, so `t`, `tn` and `th` are
//! what it would write: a builder that askama's generated code calls.
#![expect(non_camel_case_types, reason = "a filter is called in lower case")]

use std::{borrow::Borrow, fmt};

use askama::{
    FastWritable, Result, Values,
    filters::{Safe, ValidArgIdx, ValidFilterInvocation},
    get_value,
};

use super::{
    Count, Day, DayNoYear, Exact, Locale, Markup, Money, Month, MonthYear, Named, OnADay, OnTheClock, Say, ShortDay,
    ShortDayNoYear, ShortWeekday, Text, Time, Weekday,
};
use crate::web::icons::Icon;

/// A sentence in a template that is still getting its values; `K` is the kind of sentence.
pub struct Filter<K, V = ()> {
    kind: K,
    context: Option<&'static str>,
    values: V,
}

/// A sentence.
pub struct Plain;
/// A sentence with links.
pub struct Linked;
/// A sentence that counts, still without its plural.
pub struct NoPlural;
/// A sentence that counts, still without its count.
pub struct Other(&'static str);
/// A sentence that counts.
pub struct Counted(&'static str, u64);

/// `{{ "Hosted by {name}"|t(name = host) }}`: text, escaped by the page together with its values.
pub type t = Filter<Plain>;
/// `{{ "Read the <rules>house rules</rules>."|th(rules = "/rules") }}`: HTML. `<rules>` is a link to
/// the value; `<b>`, `<em>`, `<br>` are themselves. Not for attributes.
pub type th = Filter<Linked>;
/// `{{ "1 place left"|tn("{n} places left", n) }}`: by count.
pub type tn = Filter<NoPlural>;

impl Default for t {
    fn default() -> Self {
        Filter { kind: Plain, context: None, values: () }
    }
}

impl Default for th {
    fn default() -> Self {
        Filter { kind: Linked, context: None, values: () }
    }
}

impl Default for tn {
    fn default() -> Self {
        Filter { kind: NoPlural, context: None, values: () }
    }
}

impl Filter<NoPlural> {
    /// The English plural.
    pub fn with_0(self, other: &'static str) -> Filter<Other> {
        Filter { kind: Other(other), context: None, values: () }
    }
}

impl Filter<Other> {
    /// The count.
    pub fn with_1(self, n: impl Count) -> Filter<Counted, ((), &'static str, u64)> {
        let n = n.count();
        Filter { kind: Counted(self.kind.0, n), context: None, values: ((), "n", n) }
    }
}

macro_rules! setters {
    ($($name:ident $with:ident,)*) => {
        impl<K, V: Named> Filter<K, V> { $(
            #[doc = concat!("`", stringify!($name), " = …` in a template.")]
            #[inline]
            pub fn $with<S: Say>(self, value: S) -> Filter<K, (V, &'static str, S)> {
                let Filter { kind, context, values } = self;
                Filter { kind, context, values: (values, stringify!($name), value) }
            }
        )* }
    };
}

// The names that a value can have in a template's sentence; another one is a compile error.
#[rustfmt::skip]
setters! {
    a with_a, address with_address, amount with_amount, b with_b, code with_code, count with_count, currency with_currency,
    date with_date, day with_day, email with_email, event with_event, file with_file, from with_from, host with_host, hours with_hours,
    kind with_kind, limit with_limit, link with_link, maximum with_maximum, minimum with_minimum,
    minutes with_minutes, n with_n, name with_name, number with_number, place with_place, privacy with_privacy,
    provider with_provider,
    reason with_reason, role with_role, rules with_rules, site with_site, state with_state, tax with_tax, terms with_terms,
    time with_time, title with_title, to with_to, total with_total, type with_type, url with_url,
    version with_version, what with_what, when with_when, who with_who, zone with_zone,
}

impl<K, V> Filter<K, V> {
    /// `{{ "Open"|t(context = "state of an event") }}`: for one English word with two meanings.
    pub fn with_context(self, context: &'static str) -> Self {
        Filter { context: Some(context), ..self }
    }
}

impl<V: Named> Filter<Plain, V> {
    /// Called by askama.
    #[inline]
    pub fn execute<'a>(self, id: &'a (impl AsRef<str> + ?Sized), v: &dyn Values) -> Result<Localised<Text<'a, V>>> {
        let text = Text { id: id.as_ref(), plural: None, context: self.context, values: self.values };
        Ok(Localised(text, locale(v)?))
    }
}

impl<V: Named> Filter<Counted, V> {
    /// Called by askama.
    #[inline]
    pub fn execute<'a>(self, one: &'a str, v: &dyn Values) -> Result<Localised<Text<'a, V>>> {
        let plural = Some((self.kind.0, self.kind.1));
        Ok(Localised(Text { id: one, plural, context: self.context, values: self.values }, locale(v)?))
    }
}

impl<V: Named> Filter<Linked, V> {
    /// Called by askama.
    #[inline]
    pub fn execute<'a>(self, id: &'a str, v: &dyn Values) -> Result<Safe<Markup<'a, V>>> {
        Ok(Safe(Markup(Text { id, plural: None, context: self.context, values: self.values }, locale(v)?)))
    }
}

impl<K, V> ValidFilterInvocation for Filter<K, V> {}
impl<K, const N: usize> ValidArgIdx<N> for Filter<K> {}

/// A saying together with the page's language.
pub struct Localised<S>(S, Locale);

impl<S: Say> FastWritable for Localised<S> {
    #[inline]
    fn write_into(&self, w: &mut dyn fmt::Write, _: &dyn Values) -> Result<()> {
        Ok(self.0.say(w, self.1)?)
    }
}

impl<S: Say> fmt::Display for Localised<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.say(f, self.1)
    }
}

impl<S: Say> Say for Localised<S> {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        self.0.say(w, l)
    }
}

#[inline]
fn locale(v: &dyn Values) -> Result<Locale> {
    get_value::<Locale>(v, "locale").copied()
}

/// A count with the language's groups; also any other saying, as `{{ refusal|say }}`.
#[askama::filter_fn]
pub fn say<S: Say>(s: S, v: &dyn Values) -> Result<Localised<S>> {
    Ok(Localised(s, locale(v)?))
}

/// "18:30"
#[askama::filter_fn]
pub fn time<T: OnTheClock>(at: T, v: &dyn Values) -> Result<Localised<Time>> {
    Ok(Localised(Time(at.at()), locale(v)?))
}

/// An icon of the sheet, as high as a line of text.
#[askama::filter_fn]
pub fn icon<N: AsRef<str>>(name: N, _: &dyn Values) -> Result<Safe<Icon>> {
    Ok(Safe(Icon::new("icon", name.as_ref())))
}

/// An icon of the sheet, as high as small letters.
#[askama::filter_fn]
pub fn icon_s<N: AsRef<str>>(name: N, _: &dyn Values) -> Result<Safe<Icon>> {
    Ok(Safe(Icon::new("icon-s", name.as_ref())))
}

/// "CHF 28.00" of a [`Money`], which would say "CHF 28".
#[askama::filter_fn]
pub fn exact<M: Borrow<Money>>(amount: M, v: &dyn Values) -> Result<Localised<Exact>> {
    Ok(Localised(amount.borrow().exact(), locale(v)?))
}

macro_rules! day_filters {
    ($($doc:literal $name:ident $type:ident,)*) => { $(
        #[doc = $doc]
        #[askama::filter_fn]
        pub fn $name<D: OnADay>(on: D, v: &dyn Values) -> Result<Localised<$type>> {
            Ok(Localised($type(on.on()), locale(v)?))
        }
    )* };
}

day_filters! {
    "\"Saturday 21 November 2026\"" day Day,
    "\"21 Nov 2026\"" short_day ShortDay,
    "\"Saturday 21 November\"" day_no_year DayNoYear,
    "\"21 Nov\"" short_day_no_year ShortDayNoYear,
    "\"Saturday\"" weekday Weekday,
    "\"Sat\"" short_weekday ShortWeekday,
    "\"November\"" month Month,
    "\"November 2026\"" month_year MonthYear,
}
