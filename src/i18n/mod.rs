//! Languages: the English sentence in a template or in `t!` is the key of its translations, and
//! everything that can be said in a language implements [`Say`]. Knows nothing of the web.

/// `Display` in English, and inside a page or a mail in the language it is rendered for.
#[macro_export]
macro_rules! says {
    ($($t:ty),* $(,)?) => { $(
        impl ::std::fmt::Display for $t {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::i18n::Say::say(self, f, $crate::i18n::Locale::En)
            }
        }
        impl ::askama::FastWritable for $t {
            fn write_into(
                &self,
                w: &mut dyn ::std::fmt::Write,
                values: &dyn ::askama::Values,
            ) -> ::askama::Result<()> {
                let locale = *::askama::get_value::<$crate::i18n::Locale>(values, "locale")?;
                Ok($crate::i18n::Say::say(self, w, locale)?)
            }
        }
    )* };
}

/// A sentence in Rust: `t!("{title} is full.", title)`, `t!("Hosted by {name}", name = self.host)`.
/// The compiler checks that every `{name}` has a value and every value a `{name}`.
#[macro_export]
macro_rules! t {
    (@ $name:ident) => { $name };
    (@ $name:ident = $value:expr) => { $value };
    ($id:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        if false {
            let _ = format_args!($id $(, $name = "")*);
        }
        $crate::i18n::Text::new($id)$(.with(stringify!($name), $crate::t!(@ $name $(= $value)?)))*
    }};
}

/// A sentence that counts: `tn!("1 place left", "{n} places left", left)`; `{n}` is the count.
#[macro_export]
macro_rules! tn {
    ($one:literal, $other:literal, $n:expr $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        if false {
            let _ = format_args!(concat!($one, "{n}" $(, "{", stringify!($name), "}")*), n = "" $(, $name = "")*);
            let _ = format_args!(concat!($other, "{n}"), n = "" $(, $name = "")*);
        }
        $crate::i18n::Text::plural($one, $other, $n)
            $(.with(stringify!($name), $crate::t!(@ $name $(= $value)?)))*
    }};
}

mod ago;
mod catalogue;
mod cldr;
mod dates;
pub mod filters;
mod locale;
mod money;
mod percent;
mod sentence;
mod when;

use std::{borrow::Cow, fmt};

pub use ago::Ago;
pub use dates::{
    Day, DayNoYear, Month, MonthYear, OnADay, OnTheClock, ShortDay, ShortDayNoYear, ShortWeekday, Time, Weekday,
};
pub use locale::Locale;
pub use money::{Currency, Exact, Money, Span};
pub use percent::Percent;
pub use sentence::{Markup, Named, Text};
pub use when::When;

/// What can be written in a language: a sentence, a name, a count, a day, a price, a refusal.
pub trait Say {
    /// Writes it in this language, unescaped.
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result;

    /// It, in this language: for a subject line or an answer in JSON. A page needs no `to`.
    fn to(&self, l: Locale) -> String {
        let mut s = String::new();
        self.say(&mut s, l).expect("a String takes everything");
        s
    }
}

impl<T: Say + ?Sized> Say for &T {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        T::say(self, w, l)
    }
}

macro_rules! say_as_is {
    ($($t:ty),*) => { $(impl Say for $t {
        fn say(&self, w: &mut dyn fmt::Write, _: Locale) -> fmt::Result {
            w.write_str(self)
        }
    })* };
}
say_as_is!(str, String, Cow<'_, str>, Box<str>);

/// What a plural counts; which of its forms speaks is CLDR's rule for the language.
pub trait Count {
    /// How many, without its sign.
    fn count(&self) -> u64;
}

impl<T: Count + ?Sized> Count for &T {
    fn count(&self) -> u64 {
        T::count(self)
    }
}

macro_rules! say_integer {
    ($($t:ty: $count:expr),*) => { $(
        impl Say for $t {
            fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
                cldr::integer(w, l, i128::from(*self))
            }
        }
        impl Count for $t {
            fn count(&self) -> u64 {
                $count(*self)
            }
        }
    )* };
}
say_integer!(u8: u64::from, u16: u64::from, u32: u64::from, u64: u64::from);
say_integer!(i16: |n: i16| u64::from(n.unsigned_abs()), i32: |n: i32| u64::from(n.unsigned_abs()), i64: i64::unsigned_abs);

impl Say for usize {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        (*self as u64).say(w, l)
    }
}

impl Count for usize {
    fn count(&self) -> u64 {
        *self as u64
    }
}
