//! Finding what was typed within a text, however either is accented or capitalised: "engstrom" finds Engström and
//! "ÖZGE" finds Özge, the same on both engines. SQLite's LIKE knows the capitals of ASCII alone.
use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Sql, composed, sql};

/// More of what was typed is not looked at: no name is as long.
const LONGEST: usize = 100;

/// All letters that count as one, by its plainest form.
static ALIKE: LazyLock<HashMap<char, String>> = LazyLock::new(|| {
    let mut alike: HashMap<char, String> = HashMap::new();
    // Latin, Greek, Cyrillic, and Latin of more accents.
    for c in ('A'..='\u{52f}').chain('\u{1e00}'..='\u{1eff}').filter(|c| plain(*c).is_alphabetic()) {
        alike.entry(plain(c)).or_default().push(c);
    }
    alike
});

/// The letter in lower case, without accents.
fn plain(c: char) -> char {
    let mut letters = c.to_lowercase().nfkd().filter(|c| !is_combining_mark(*c));
    match (letters.next(), letters.next()) {
        (Some('ø'), None) => 'o',
        (Some('đ'), None) => 'd',
        (Some('ł'), None) => 'l',
        (Some('ħ'), None) => 'h',
        (Some('ı'), None) => 'i',
        (Some(only), None) => only,
        _ => c,
    }
}

/// A text as its beginnings are compared, the same on both engines: lower case, without accents. "Özge" is "ozge".
pub fn folded(text: &str) -> String {
    let letters = text.trim().chars().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c));
    let mut folded = String::with_capacity(text.len());
    for c in letters {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ð' => folded.push('d'),
            'ς' => folded.push('σ'),
            c if c.is_whitespace() => folded.push(' '),
            c => folded.push(plain(c)),
        }
    }
    folded
}

/// What is looked for, as a pattern of each engine; '' where nothing is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alike {
    glob: String,
    regex: String,
}

impl Alike {
    pub fn to(typed: &str) -> Self {
        let typed = typed.trim();
        if typed.is_empty() {
            return Self::default();
        }
        let (mut glob, mut regex) = ("*".to_owned(), String::new());
        for c in typed.nfc().filter(|c| !c.is_control()).take(LONGEST) {
            match ALIKE.get(&plain(c)) {
                Some(letters) => {
                    for pattern in [&mut glob, &mut regex] {
                        pattern.push('[');
                        pattern.push_str(letters);
                        pattern.push(']');
                    }
                }
                None if c.is_alphanumeric() || c == ' ' => {
                    glob.push(c);
                    regex.push(c);
                }
                None => {
                    match c {
                        '*' | '?' | '[' => glob.extend(['[', c, ']']),
                        c => glob.push(c),
                    }
                    match c {
                        c if c.is_ascii() => regex.extend(['\\', c]),
                        c => regex.push(c),
                    }
                }
            }
        }
        glob.push('*');
        Self { glob, regex }
    }

    pub fn is_empty(&self) -> bool {
        self.glob.is_empty()
    }
}

/// A statement in which texts are held against an [`Alike`] by ` GLOB `, which PostgreSQL calls ` ~ `.
pub fn searching(text: &'static str) -> Sql {
    sql(text).searches()
}

impl Sql {
    /// See [`searching`].
    pub fn searches(self) -> Self {
        Self { on_postgres: composed(self.text.replace(" GLOB ", " ~ ")).text, ..self }
    }
    pub fn bind_alike(mut self, alike: &Alike) -> Self {
        use sqlx::Arguments;
        self.sqlite.add(alike.glob.clone()).expect("a text");
        self.postgres.add(alike.regex.clone()).expect("a text");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_compared_without_accents_and_capitals() {
        for (text, plain) in [
            (" Özge Ångström ", "ozge angstrom"),
            ("ÉLISE d’Été", "elise d’ete"),
            ("Straße STRASSE", "strasse strasse"),
            ("Łódź İstanbul Ødegård", "lodz istanbul odegard"),
            ("ΑΘΗΝΑΣ Αθήνας", "αθηνασ αθηνασ"),
            ("日本 😀", "日本 😀"),
            ("", ""),
        ] {
            assert_eq!(folded(text), plain, "{text}");
            assert_eq!(folded(&folded(text)), plain, "folded once more it is the same");
        }
    }

    #[test]
    fn letters_count_in_all_their_forms_and_signs_as_themselves() {
        let Alike { glob, regex } = Alike::to(" Ö* ");
        assert!(glob.starts_with("*[") && glob.ends_with("][*]*"), "{glob}");
        assert!(regex.ends_with("]\\*"), "{regex}");
        for letter in ['o', 'O', 'ö', 'Ö', 'ó', 'ø', 'Ø', 'ő'] {
            assert!(glob.contains(letter), "{letter} in {glob}");
        }
        assert!(!glob.contains('0') && !glob.contains('u'));
        assert_eq!(Alike::to("engström"), Alike::to("ENGSTROM"));
        assert_eq!(Alike::to("- _").glob, "*- _*");
        assert!(Alike::to(" \t").is_empty());
    }
}
