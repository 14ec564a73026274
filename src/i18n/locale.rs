//! The languages of this site, and which of them a visitor asks for.

use std::any::Any;

use super::cldr;

/// A language of this site. To add one: a line in each `match` here, in `cldr` and in `catalogue`, and its `.po` file;
/// `OFFERED` when its catalogue is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English as written in Britain: the language of the source.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// `en-XA`: English with accents; what stays plain on a page cannot be translated.
    Pseudo,
}
use Locale::{De, En, Fr, Pseudo};

impl Locale {
    /// All of them.
    pub const ALL: [Locale; 4] = [En, De, Fr, Pseudo];

    /// What visitors may choose. A test demands that these have every sentence.
    pub const OFFERED: &[Locale] = &[En, De, Fr];

    /// The BCP 47 tag, for `<html lang>` and for storing a member's choice.
    pub const fn tag(self) -> &'static str {
        match self {
            En => "en-GB",
            De => "de",
            Fr => "fr",
            Pseudo => "en-XA",
        }
    }

    /// Which way it is written, for `<html dir>`: none of ours runs from right to left yet.
    pub const fn dir(self) -> &'static str {
        "ltr"
    }

    /// The tag without its region, to compare with the language of an event.
    pub const fn language(self) -> &'static str {
        match self {
            En | Pseudo => "en",
            De => "de",
            Fr => "fr",
        }
    }

    /// The language's name for itself, for a menu of languages.
    pub const fn name(self) -> &'static str {
        match self {
            En => "English",
            De => "Deutsch",
            Fr => "Français",
            Pseudo => "[Ṕšéúðó]",
        }
    }

    /// The number of plural forms and their rule, as the header of the `.po` file says it.
    pub const fn plural_forms(self) -> (usize, &'static str) {
        match self {
            En | De | Pseudo => (2, "n != 1"),
            Fr => (2, "n > 1"),
        }
    }

    /// Which `msgstr[i]` speaks of `n`.
    pub fn plural(self, n: u64) -> usize {
        cldr::plural(self, n)
    }

    /// The best offered language of an `Accept-Language` header, by q and then by order; else English.
    pub fn accepted(header: &str) -> Locale {
        best(Locale::OFFERED, header)
    }

    /// The language that the query of a URL asks for (`lang=de&page=2`), if it is offered.
    /// The pseudo-locale is for development and tests: only with `allow_pseudo`.
    pub fn asked(query: &str, allow_pseudo: bool) -> Option<Locale> {
        asked(Locale::OFFERED, query, allow_pseudo)
    }

    /// Reads formats; called at start so that no visitor waits for it.
    pub fn warm() {
        cldr::warm();
    }
}

fn among(some: &[Locale], tag: &str) -> Option<Locale> {
    let language = tag.split('-').next().unwrap_or_default();
    let whole = some.iter().find(|l| l.tag().eq_ignore_ascii_case(tag));
    whole.or_else(|| some.iter().find(|l| **l != Pseudo && l.language().eq_ignore_ascii_case(language))).copied()
}

fn best(offered: &[Locale], header: &str) -> Locale {
    let mut best = (0.0, En);
    for part in header.split(',') {
        let mut part = part.split(';').map(str::trim);
        let tag = part.next().unwrap_or_default();
        let q = part.find_map(|p| p.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if let Some(l) = among(offered, tag)
            && q > best.0
        {
            best = (q, l);
        }
    }
    best.1
}

fn asked(offered: &[Locale], query: &str, allow_pseudo: bool) -> Option<Locale> {
    let tag = query.split('&').find_map(|pair| pair.strip_prefix("lang="))?;
    if allow_pseudo && tag.eq_ignore_ascii_case(Pseudo.tag()) {
        return Some(Pseudo);
    }
    among(offered, tag)
}

/// By its tag, or the language part of it: `de-AT` is German. Also what is not offered (any more).
impl std::str::FromStr for Locale {
    type Err = ();
    fn from_str(tag: &str) -> Result<Self, ()> {
        among(&Locale::ALL, tag).ok_or(())
    }
}

/// A locale is askama's runtime values: `page.render_with_values(&locale)`.
impl askama::Values for Locale {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn Any> {
        (key == "locale").then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: &[Locale] = &[En, De, Fr];

    #[test]
    fn the_best_accepted_language_is_taken() {
        for (header, l) in [
            ("", En),
            ("*", En),
            ("de-AT, en;q=0.5", De),
            ("pt-BR, fr-CH;q=0.9, de;q=0.8", Fr),
            ("en;q=0.3,DE;q=0.4", De),
            ("de;q=0, fr;q=NaN", En),
            ("ja, zh", En),
            ("en-XA, fr;q=0.1", En),
            (";;,,q=,de;q=x", De),
        ] {
            assert_eq!(best(SOME, header), l, "{header}");
        }
    }

    #[test]
    fn only_offered_languages_are_given() {
        assert_eq!(best(&[En], "de, fr"), En);
        assert_eq!(asked(&[En], "lang=de", false), None);
        assert_eq!(asked(SOME, "page=2&lang=de-CH", false), Some(De));
        assert_eq!(asked(SOME, "", false), None);
        assert_eq!(asked(SOME, "lang=", false), None);
        assert_eq!(asked(SOME, "slang=de", false), None);
    }

    #[test]
    fn the_pseudo_locale_must_be_allowed() {
        assert_eq!(asked(SOME, "lang=en-XA", true), Some(Pseudo));
        assert_eq!(asked(SOME, "lang=en-XA", false), Some(En));
        assert_eq!(asked(SOME, "lang=en", true), Some(En));
        assert!(!Locale::OFFERED.contains(&Pseudo));
    }

    #[test]
    fn a_stored_tag_is_read_again() {
        assert!(Locale::ALL.into_iter().all(|l| l.tag().parse() == Ok(l)));
        assert_eq!("en".parse(), Ok(En));
        assert_eq!("pt".parse::<Locale>(), Err(()));
    }
}
