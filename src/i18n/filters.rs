//! `{{ "Save my place"|t }}`, `{{ "Hosted by {name}"|t(name = host) }}`,
//! `{{ "1 place left"|tn("{n} places left", n) }}`,
//! `{{ "Read the <rules>house rules</rules>."|th(rules = "/rules") }}`, `{{ start|day }}`.
//!
//! `#[askama::filter_fn]` wants each argument's name and type beforehand, so `t`, `tn` and `th` are
//! what it would write: a builder that askama's generated code calls.

#![allow(non_camel_case_types)]

use askama::{
    Result, Values,
    filters::{Safe, ValidArgIdx, ValidFilterInvocation},
    get_value,
};

use super::{Count, Day, Locale, Markup, Money, Named, Say, Text, Time};

pub struct Filter<K, V = ()> {
    kind: K,
    context: Option<&'static str>,
    values: V,
}

pub struct Plain;
pub struct Linked;
pub struct NoPlural;
pub struct Other(&'static str);
pub struct Counted(&'static str, u64);

pub type t = Filter<Plain>;
pub type th = Filter<Linked>;
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
    pub fn with_0(self, other: &'static str) -> Filter<Other> {
        Filter { kind: Other(other), context: None, values: () }
    }
}
impl Filter<Other> {
    pub fn with_1(self, n: impl Count) -> Filter<Counted, ((), &'static str, u64)> {
        let n = n.count();
        Filter { kind: Counted(self.kind.0, n), context: None, values: ((), "n", n) }
    }
}

macro_rules! setters { ($($name:ident $with:ident,)*) => {
    impl<K, V: Named> Filter<K, V> { $(
        #[inline]
        pub fn $with<S: Say>(self, value: S) -> Filter<K, (V, &'static str, S)> {
            let Filter { kind, context, values } = self;
            Filter { kind, context, values: (values, stringify!($name), value) }
        }
    )* }
} }
// the names a value can have in a template's sentence
#[rustfmt::skip]
setters! {
    name with_name, number with_number, code with_code, host with_host, title with_title, place with_place, day with_day, time with_time,
    total with_total, site with_site, rules with_rules, terms with_terms, link with_link, address with_address,
}

impl<K, V> Filter<K, V> {
    /// `{{ "Open"|t(context = "verb") }}`: two meanings of one English word.
    pub fn with_context(self, context: &'static str) -> Self {
        Filter { context: Some(context), ..self }
    }
}

impl<V: Named> Filter<Plain, V> {
    #[inline]
    pub fn execute<'a>(self, id: &'a (impl AsRef<str> + ?Sized), v: &dyn Values) -> Result<Localised<Text<'a, V>>> {
        let text = Text { id: id.as_ref(), plural: None, context: self.context, values: self.values };
        Ok(Localised(text, locale(v)?))
    }
}
impl<V: Named> Filter<Counted, V> {
    #[inline]
    pub fn execute<'a>(self, one: &'a str, v: &dyn Values) -> Result<Localised<Text<'a, V>>> {
        let plural = Some((self.kind.0, self.kind.1));
        Ok(Localised(Text { id: one, plural, context: self.context, values: self.values }, locale(v)?))
    }
}
impl<V: Named> Filter<Linked, V> {
    #[inline]
    pub fn execute<'a>(self, id: &'a str, v: &dyn Values) -> Result<Safe<Markup<'a, V>>> {
        Ok(Safe(Markup(Text { id, plural: None, context: self.context, values: self.values }, locale(v)?)))
    }
}

impl<K, V> ValidFilterInvocation for Filter<K, V> {}
impl<K, const N: usize> ValidArgIdx<N> for Filter<K> {}

/// A saying in the page's language.
pub struct Localised<S>(S, Locale);

impl<S: Say> askama::FastWritable for Localised<S> {
    #[inline]
    fn write_into(&self, w: &mut dyn std::fmt::Write, _: &dyn Values) -> Result<()> {
        Ok(self.0.say(w, self.1)?)
    }
}
impl<S: Say> std::fmt::Display for Localised<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.say(f, self.1)
    }
}
impl<S: Say> Say for Localised<S> {
    fn say(&self, w: &mut dyn std::fmt::Write, l: Locale) -> std::fmt::Result {
        self.0.say(w, l)
    }
}

#[inline]
fn locale(v: &dyn Values) -> Result<Locale> {
    get_value::<Locale>(v, "locale").copied()
}

#[askama::filter_fn]
pub fn day(d: &jiff::civil::DateTime, v: &dyn Values) -> Result<Localised<Day>> {
    Ok(Localised(Day(d.date()), locale(v)?))
}
#[askama::filter_fn]
pub fn time(d: &jiff::civil::DateTime, v: &dyn Values) -> Result<Localised<Time>> {
    Ok(Localised(Time(d.time()), locale(v)?))
}
/// A count with the language's digits and groups; also any other saying, as `{{ refusal|say }}`.
#[askama::filter_fn]
pub fn say<S: Say>(s: S, v: &dyn Values) -> Result<Localised<S>> {
    Ok(Localised(s, locale(v)?))
}
#[askama::filter_fn]
pub fn euros(cents: &i64, v: &dyn Values) -> Result<Localised<Money>> {
    Ok(Localised(Money { cents: *cents, currency: "EUR" }, locale(v)?))
}
