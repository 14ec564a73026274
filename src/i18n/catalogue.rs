//! The translations: tables made of the `.po` files when the program is built. Missing or fuzzy is English.

use std::fmt;

use super::Locale;

/// The forms of each sentence by its key.
pub(super) type Catalogue = phf::Map<&'static str, &'static [&'static str]>;

#[rustfmt::skip]
mod tables {
    use super::Catalogue;
    include!(concat!(env!("OUT_DIR"), "/catalogues.rs"));
}

/// The catalogue of a language; `None` where the source itself is the language.
#[inline]
pub(super) fn of(l: Locale) -> Option<&'static Catalogue> {
    match l {
        Locale::De => Some(&tables::DE),
        Locale::Fr => Some(&tables::FR),
        Locale::En | Locale::Pseudo => None,
    }
}

/// One form of a sentence in a language.
pub(super) fn find(catalogue: &Catalogue, context: Option<&str>, id: &str, form: usize) -> Option<&'static str> {
    let forms = match context {
        None => catalogue.get(id),
        Some(_) => catalogue.get(&key(context, id)),
    };
    forms?.get(form).copied().filter(|text| !text.is_empty())
}

/// As gettext joins them: a context never runs into a sentence.
fn key(context: Option<&str>, id: &str) -> String {
    context.map_or_else(|| id.to_owned(), |c| format!("{c}\u{4}{id}"))
}

/// "Save" as "Šáṽé": readable, and plainly not the source.
pub(super) fn pseudo(w: &mut dyn fmt::Write, s: &str) -> fmt::Result {
    const UPPER: [char; 26] = [
        'Á', 'Ɓ', 'Ç', 'Ð', 'É', 'Ƒ', 'Ĝ', 'Ĥ', 'Í', 'Ĵ', 'Ķ', 'Ĺ', 'Ṁ', 'Ñ', 'Ó', 'Ƥ', 'Ǫ', 'Ŕ', 'Š', 'Ţ', 'Ú', 'Ṽ',
        'Ŵ', 'Ẋ', 'Ý', 'Ž',
    ];
    const LOWER: [char; 26] = [
        'á', 'ƀ', 'ç', 'ð', 'é', 'ƒ', 'ĝ', 'ĥ', 'í', 'ĵ', 'ķ', 'ĺ', 'ṁ', 'ñ', 'ó', 'ƥ', 'ǫ', 'ŕ', 'š', 'ţ', 'ú', 'ṽ',
        'ŵ', 'ẋ', 'ý', 'ž',
    ];
    s.chars().try_for_each(|c| {
        w.write_char(match c {
            'A'..='Z' => UPPER[c as usize - 'A' as usize],
            'a'..='z' => LOWER[c as usize - 'a' as usize],
            other => other,
        })
    })
}
