//! A sentence with its values, and how the two become text or, with links, HTML.

use std::fmt::{self, Write as _};

use askama::{FastWritable, Values, filters::Escaper};

use super::{Count, Locale, Say, catalogue, cldr};

/// A list of named values, written as nested tuples: `()`, `((), "name", host)`, …
pub trait Named {
    /// Whether the list is empty, known to the compiler so that plain sentences cost nothing.
    const NONE: bool = false;
    /// The value of that name.
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

/// The object-safe half of [`Named`], so that `fill` is compiled once.
trait Lookup {
    fn find(&self, name: &str) -> Option<&dyn Say>;
}

impl<V: Named> Lookup for V {
    fn find(&self, name: &str) -> Option<&dyn Say> {
        self.named(name)
    }
}

/// A sentence with its values, not yet in any language. Made by `t!`, `tn!` and the filters.
#[derive(Clone, Copy)]
pub struct Text<'a, V = ()> {
    pub(super) id: &'a str,
    pub(super) plural: Option<(&'a str, u64)>,
    pub(super) context: Option<&'static str>,
    pub(super) values: V,
}

impl<'a> Text<'a> {
    /// The sentence with this English text.
    pub const fn new(id: &'a str) -> Self {
        Text { id, plural: None, context: None, values: () }
    }

    /// A sentence that counts; `{n}` is the count.
    pub fn plural(one: &'a str, other: &'a str, n: impl Count) -> Text<'a, ((), &'static str, u64)> {
        let n = n.count();
        Text { id: one, plural: Some((other, n)), context: None, values: ((), "n", n) }
    }
}

impl<'a, V: Named> Text<'a, V> {
    /// The same with `{name}` standing for the value.
    pub fn with<S: Say>(self, name: &'static str, value: S) -> Text<'a, (V, &'static str, S)> {
        let Text { id, plural, context, values } = self;
        Text { id, plural, context, values: (values, name, value) }
    }

    /// The message in this language, values not yet filled in; English where there is none.
    fn message(&self, l: Locale) -> &'a str {
        let translated = catalogue::of(l).and_then(|c| {
            let form = self.plural.map_or(0, |(_, n)| cldr::plural(l, n));
            catalogue::find(c, self.context, self.id, form)
        });
        translated.unwrap_or(match self.plural {
            Some((other, n)) if n != 1 => other,
            _ => self.id,
        })
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

/// A sentence for HTML: it escapes itself, so that only the tags it knows are markup.
pub struct Markup<'a, V>(pub(super) Text<'a, V>, pub(super) Locale);

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

/// Writes a message: `{name}` is a value. For HTML also `<name>…</name>` is a link to the value and
/// `<b>`, `<em>`, `<br>` are themselves; all other text, and every value, is escaped.
fn fill(w: &mut dyn fmt::Write, l: Locale, message: &str, values: &dyn Lookup, html: bool) -> fmt::Result {
    let marks: &[char] = if html { &['{', '<'] } else { &['{'] };
    let mut rest = message;
    literal(w, l, if l == Locale::Pseudo { "[" } else { "" }, html)?;
    while let Some(at) = rest.find(marks) {
        let (before, mark) = rest.split_at(at);
        literal(w, l, before, html)?;
        let close = if mark.starts_with('{') { '}' } else { '>' };
        let name = mark.find(close).map_or("", |end| &mark[1..end]);
        let written = match close {
            '}' => values.find(name).map(|v| if html { v.say(&mut Escape(w), l) } else { v.say(w, l) }),
            _ => tag(w, l, name, values),
        };
        rest = if let Some(done) = written {
            done?;
            &mark[name.len() + 2..]
        } else {
            literal(w, l, &mark[..1], html)?;
            &mark[1..]
        };
    }
    literal(w, l, rest, html)?;
    literal(w, l, if l == Locale::Pseudo { "]" } else { "" }, html)
}

fn literal(w: &mut dyn fmt::Write, l: Locale, s: &str, html: bool) -> fmt::Result {
    match (l, html) {
        (Locale::Pseudo, true) => catalogue::pseudo(&mut Escape(w), s),
        (Locale::Pseudo, false) => catalogue::pseudo(w, s),
        (_, true) => Escape(w).write_str(s),
        (_, false) => w.write_str(s),
    }
}

struct Escape<'a>(&'a mut dyn fmt::Write);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        askama::filters::Html.write_escaped_str(&mut *self.0, s)
    }
}

/// `None` if this is no tag we know: then it is text.
fn tag(w: &mut dyn fmt::Write, l: Locale, name: &str, values: &dyn Lookup) -> Option<fmt::Result> {
    if let "b" | "/b" | "em" | "/em" | "br" = name {
        return Some(write!(w, "<{name}>"));
    }
    if let Some(name) = name.strip_prefix('/') {
        return values.find(name).map(|_| w.write_str("</a>"));
    }
    let href = values.find(name)?.to(l);
    let href = if leads_somewhere_safe(&href) { &href } else { "#" };
    Some(w.write_str("<a href=\"").and_then(|()| Escape(w).write_str(href)).and_then(|()| w.write_str("\">")))
}

/// A link from a value must not be able to run a script, nor leave the site without saying so.
fn leads_somewhere_safe(href: &str) -> bool {
    // Browsers read a backslash as a slash: `/\evil.example` would leave the site like `//` does.
    let elsewhere = href.starts_with("//") || href.starts_with("/\\");
    !elsewhere && ["/", "#", "?", "https://", "http://", "mailto:"].iter().any(|p| href.starts_with(p))
}
