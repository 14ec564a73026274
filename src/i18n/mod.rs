//! English is the source: the sentence in the template or in `t!` is the msgid.
//! Everything that can be said in a language implements [`Say`]; the locale comes from
//! askama's runtime values (pages, mails) or is passed (`.to(locale)`).

pub mod filters;
mod format;
mod locale;

use std::{borrow::Cow, fmt, fmt::Write as _};

use askama::{FastWritable, Values, filters::Escaper};

pub use format::{Day, Money, Time};
pub use locale::Locale;

/// A value that can be written in a language: a sentence, a name, a count, a day, a price, an error.
pub trait Say {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result;

    fn to(&self, l: Locale) -> String {
        let mut s = String::new();
        self.say(&mut s, l).expect("String takes everything");
        s
    }
}

impl<T: Say + ?Sized> Say for &T {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        T::say(self, w, l)
    }
}

macro_rules! say_as_is { ($($t:ty),*) => { $(impl Say for $t {
    fn say(&self, w: &mut dyn fmt::Write, _: Locale) -> fmt::Result { w.write_str(self) }
})* } }
say_as_is!(str, String, Cow<'_, str>, Box<str>);

macro_rules! say_integer { ($($t:ty),*) => { $(
    impl Say for $t {
        fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result { format::integer(w, l, *self as i64) }
    }
    impl Count for $t { fn count(&self) -> u64 { (*self as i64).unsigned_abs() } }
)* } }
say_integer!(u8, u16, u32, u64, usize, i32, i64);

/// What a plural counts.
pub trait Count {
    fn count(&self) -> u64;
}
impl<T: Count + ?Sized> Count for &T {
    fn count(&self) -> u64 {
        T::count(self)
    }
}

/// `Display` is the English source; inside a page the page's locale speaks.
#[macro_export]
macro_rules! says { ($($t:ty),*) => { $(
    impl std::fmt::Display for $t {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            $crate::i18n::Say::say(self, f, $crate::i18n::Locale::En)
        }
    }
    impl askama::FastWritable for $t {
        fn write_into(&self, w: &mut dyn std::fmt::Write, v: &dyn askama::Values) -> askama::Result<()> {
            Ok($crate::i18n::Say::say(self, w, *askama::get_value::<$crate::i18n::Locale>(v, "locale")?)?)
        }
    }
)* } }
says!(Day, Time, Money);

// ---- named values -------------------------------------------------------------------------

/// A list of named values: `()`, `((), "name", host)`, …
pub trait Named {
    const NONE: bool = false;
    fn named(&self, name: &str) -> Option<&dyn Say>;
}
impl Named for () {
    const NONE: bool = true;
    fn named(&self, _: &str) -> Option<&dyn Say> {
        None
    }
}
impl<R: Named, V: Say> Named for (R, &'static str, V) {
    fn named(&self, name: &str) -> Option<&dyn Say> {
        if self.1 == name { Some(&self.2) } else { self.0.named(name) }
    }
}

// ---- sentences ----------------------------------------------------------------------------

/// A sentence with its values, not yet in any language.
#[derive(Clone, Copy)]
pub struct Text<'a, V = ()> {
    id: &'a str,
    plural: Option<(&'a str, u64)>,
    context: Option<&'static str>,
    values: V,
}

impl<'a> Text<'a> {
    pub fn new(id: &'a str) -> Self {
        Text { id, plural: None, context: None, values: () }
    }
    pub fn plural(one: &'a str, other: &'a str, n: impl Count) -> Text<'a, ((), &'static str, u64)> {
        let n = n.count();
        Text { id: one, plural: Some((other, n)), context: None, values: ((), "n", n) }
    }
}

impl<'a, V: Named> Text<'a, V> {
    pub fn with<S: Say>(self, name: &'static str, value: S) -> Text<'a, (V, &'static str, S)> {
        let Text { id, plural, context, values } = self;
        Text { id, plural, context, values: (values, name, value) }
    }

    /// The message in this language, values not yet filled in; English if there is none.
    fn message(&self, l: Locale) -> &'a str {
        let source = match self.plural {
            Some((other, n)) if n != 1 => other,
            _ => self.id,
        };
        let Some(catalogue) = l.catalogue() else { return source };
        let form = self.plural.map_or(0, |(_, n)| l.plural(n));
        catalogue.find(self.context, self.id, form).unwrap_or(source)
    }
}

impl<V: Named> Say for Text<'_, V> {
    #[inline]
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        let message = self.message(l);
        if V::NONE && l != Locale::Pseudo {
            return w.write_str(message);
        }
        fill(w, l, message, &self.values, false)
    }
}
impl<V: Named> fmt::Display for Text<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(f, Locale::En)
    }
}

/// Writes a message: `{name}` is a value. For HTML also `<name>…</name>` is a link to the value and
/// `<b>`, `<em>` are themselves; all other text, and every value, is escaped.
fn fill(w: &mut dyn fmt::Write, l: Locale, message: &str, values: &dyn NamedDyn, html: bool) -> fmt::Result {
    let marks: &[char] = if html { &['{', '<'] } else { &['{'] };
    let mut rest = message;
    literal(w, l, if l == Locale::Pseudo { "[" } else { "" }, html)?;
    while let Some(at) = rest.find(marks) {
        let (before, mark) = rest.split_at(at);
        literal(w, l, before, html)?;
        let close = if mark.starts_with('{') { '}' } else { '>' };
        let name = mark.find(close).map_or("", |end| &mark[1..end]);
        let written = match close {
            '}' => values.get(name).map(|v| if html { value(&mut Escape(w), l, v) } else { value(w, l, v) }),
            _ => tag(w, l, name, values),
        };
        rest = match written {
            Some(done) => {
                done?;
                &mark[name.len() + 2..]
            }
            None => {
                literal(w, l, &mark[..1], html)?;
                &mark[1..]
            }
        };
    }
    literal(w, l, rest, html)?;
    literal(w, l, if l == Locale::Pseudo { "]" } else { "" }, html)
}

/// Right to left, a Latin name is set apart (U+2068 … U+2069) so that it turns nothing around it;
/// an address stays as it is, to be clicked.
fn value(w: &mut dyn fmt::Write, l: Locale, v: &dyn Say) -> fmt::Result {
    if l.dir() == "ltr" {
        return v.say(w, l);
    }
    let s = v.to(l);
    match s.contains(|c: char| c.is_ascii_alphabetic()) && !s.contains("://") {
        true => write!(w, "\u{2068}{s}\u{2069}"),
        false => w.write_str(&s),
    }
}

fn literal(w: &mut dyn fmt::Write, l: Locale, s: &str, html: bool) -> fmt::Result {
    match (l, html) {
        (Locale::Pseudo, true) => locale::pseudo(&mut Escape(w), s),
        (Locale::Pseudo, false) => locale::pseudo(w, s),
        (_, true) => Escape(w).write_str(s),
        (_, false) => w.write_str(s),
    }
}

/// Object-safe half of [`Named`].
trait NamedDyn {
    fn get(&self, name: &str) -> Option<&dyn Say>;
}
impl<V: Named> NamedDyn for V {
    fn get(&self, name: &str) -> Option<&dyn Say> {
        self.named(name)
    }
}

/// A sentence in Rust, checked by the compiler: every `{name}` has a value, every value a `{name}`.
/// `t!("{title} is full.", title)`, `t!("Hosted by {name}", name = self.host)`.
#[macro_export]
macro_rules! t {
    ($id:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        if false { let _ = format_args!($id $(, $name = "")*); }
        $crate::i18n::Text::new($id)$(.with(stringify!($name), $crate::t!(@ $name $(= $value)?)))*
    }};
    (@ $name:ident) => { $name };
    (@ $name:ident = $value:expr) => { $value };
}

/// `tn!("1 place left", "{n} places left", left)`; `{n}` is the count.
#[macro_export]
macro_rules! tn {
    ($one:literal, $other:literal, $n:expr $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        if false {
            let _ = format_args!(concat!($one, "{n}" $(, "{", stringify!($name), "}")*), n = "" $(, $name = "")*);
            let _ = format_args!($other, n = "" $(, $name = "")*);
        }
        $crate::i18n::Text::plural($one, $other, $n)$(.with(stringify!($name), $crate::t!(@ $name $(= $value)?)))*
    }};
}

// ---- sentences with links -----------------------------------------------------------------

/// A sentence for HTML: it escapes itself, so that only the tags it knows are markup.
pub struct Markup<'a, V>(Text<'a, V>, Locale);

impl<V: Named> FastWritable for Markup<'_, V> {
    fn write_into(&self, w: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(fill(w, self.1, self.0.message(self.1), &self.0.values, true)?)
    }
}
impl<V: Named> fmt::Display for Markup<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fill(f, self.1, self.0.message(self.1), &self.0.values, true)
    }
}

struct Escape<'a>(&'a mut dyn fmt::Write);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        askama::filters::Html.write_escaped_str(&mut *self.0, s)
    }
}

/// `None` if this is no tag we know: then it is text.
fn tag(w: &mut dyn fmt::Write, l: Locale, name: &str, values: &dyn NamedDyn) -> Option<fmt::Result> {
    if let "b" | "/b" | "em" | "/em" | "br" = name {
        return Some(write!(w, "<{name}>"));
    }
    if let Some(name) = name.strip_prefix('/') {
        return values.get(name).map(|_| w.write_str("</a>"));
    }
    let href = values.get(name)?.to(l);
    let safe = ["/", "#", "https://", "mailto:"].iter().any(|p| href.starts_with(p)) && !href.starts_with("//");
    Some(write!(
        w,
        "<a href=\"{}\">",
        askama::filters::escape(if safe { &href } else { "#" }, askama::filters::Html).ok()?
    ))
}
