//! How words are compared, the same on both engines: accents folded, lower case, split. What is written to the index
//! and what is searched for go through here, and neither engine's own idea of a word has a say.
use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: no language has them, and an index need not keep them.
const LONGEST: usize = 60;

/// How many words of a search count.
pub const MOST: usize = 10;

/// The words of a text, in order.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = 0;
    for c in text.chars().flat_map(char::to_lowercase).nfkd().filter(|c| !is_accent(*c)) {
        if is_sign(c) {
            // Scripts without spaces: every sign is a word.
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.push(c.to_string());
            letters = 0;
        } else if !c.is_alphanumeric() && !is_combining_mark(c) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            letters = 0;
        } else if letters < LONGEST {
            letters += 1;
            match plain(c) {
                Some(letters) => word.push_str(letters),
                None => word.extend(c.to_lowercase()),
            }
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// What a search asks for: each word once.
pub fn asked(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in split(text) {
        if words.len() < MOST && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Accents of Latin, Greek and Cyrillic, the points of Hebrew and Arabic, voicing marks of kana.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{3099}' | '\u{309a}')
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Letters that Unicode does not take apart.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ς' => "σ",
        _ => return None,
    })
}

/// What is known of an event beside its words, as words that nobody can type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Not over.
    Ahead,
    /// Lasts more than a day.
    Long,
    Free,
    Category(&'static str),
    Language(String),
    Tag(String),
    Town(String),
    /// Hosted by the member with this id.
    Host(String),
    /// A cell of the map: its size, row and column.
    Cell(usize, i64, i64),
}

impl Mark {
    pub fn host(id: impl std::fmt::Display) -> Self {
        Self::Host(id.to_string().chars().filter(char::is_ascii_alphanumeric).collect())
    }
    pub fn language(tag: &str) -> Self {
        Self::Language(tag.split('-').next().unwrap_or_default().to_lowercase())
    }
    pub fn tag(text: &str) -> Self {
        Self::Tag(split(text).join("·"))
    }
    pub fn town(text: &str) -> Self {
        Self::Town(split(text).join("·"))
    }
    fn word(&self) -> String {
        match self {
            Self::Ahead => "§ahead".to_owned(),
            Self::Long => "§long".to_owned(),
            Self::Free => "§free".to_owned(),
            Self::Category(word) => format!("§c·{word}"),
            Self::Language(tag) => format!("§l·{tag}"),
            Self::Tag(words) => format!("§t·{words}"),
            Self::Town(words) => format!("§w·{words}"),
            Self::Host(id) => format!("§h·{id}"),
            Self::Cell(size, row, column) => format!("§k·{size}·{row}·{column}"),
        }
    }
}

/// The words of an event by weight.
#[derive(Debug, Clone, Default)]
pub struct Text {
    pub title: Vec<String>,
    /// Place, hosts and tags.
    pub near: Vec<String>,
    pub about: Vec<String>,
    pub marks: Vec<Mark>,
}

impl Text {
    /// For SQLite's four columns.
    pub fn columns(&self) -> [String; 4] {
        let marks: Vec<String> = self.marks.iter().map(Mark::word).collect();
        [self.title.join(" "), self.near.join(" "), self.about.join(" "), marks.join(" ")]
    }

    /// As PostgreSQL writes a tsvector, one for each weight.
    pub fn vectors(&self) -> [String; 4] {
        let marks: Vec<String> = self.marks.iter().map(Mark::word).collect();
        let vector = |words: &[String], weight: char| {
            let words: BTreeSet<&String> = words.iter().collect();
            words.into_iter().map(|word| format!("'{word}':1{weight}")).collect::<Vec<_>>().join(" ")
        };
        [vector(&self.title, 'A'), vector(&self.near, 'B'), vector(&self.about, 'C'), vector(&marks, 'D')]
    }
}

/// How good a match is: where all words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Title,
    /// In the title, the place, the hosts or the tags, and not all in the title.
    Near,
    /// Not all of them there.
    About,
    Anywhere,
}

/// A question to the index: words as they begin, and marks.
#[derive(Debug, Clone, Default)]
pub struct Question<'a> {
    pub words: &'a [String],
    pub marks: Vec<Mark>,
    /// One of these, where there are any.
    pub one_of: Vec<Mark>,
}

impl Question<'_> {
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.marks.is_empty() && self.one_of.is_empty()
    }

    /// In the language of FTS5.
    pub fn fts5(&self, grade: Grade) -> String {
        let within = |columns: &str| {
            let words: Vec<String> = self.words.iter().map(|word| format!("\"{word}\"*")).collect();
            format!("({{{columns}}} : ({}))", words.join(" AND "))
        };
        let words = match grade {
            Grade::Title => within("title"),
            Grade::Near => format!("({} NOT {})", within("title near"), within("title")),
            Grade::About => format!("({} NOT {})", within("title near about"), within("title near")),
            Grade::Anywhere => within("title near about"),
        };
        let marks = self.marks.iter().map(|mark| format!("({{marks}} : \"{}\")", mark.word()));
        let any: Vec<String> = self.one_of.iter().map(|mark| format!("\"{}\"", mark.word())).collect();
        let any = (!any.is_empty()).then(|| format!("({{marks}} : ({}))", any.join(" OR ")));
        (!self.words.is_empty()).then_some(words).into_iter().chain(marks).chain(any).collect::<Vec<_>>().join(" AND ")
    }

    /// In the language of PostgreSQL's tsquery.
    pub fn tsquery(&self, grade: Grade) -> String {
        let within = |weights: &str| {
            let words: Vec<String> = self.words.iter().map(|word| format!("'{word}':*{weights}")).collect();
            format!("({})", words.join(" & "))
        };
        let words = match grade {
            Grade::Title => within("A"),
            Grade::Near => format!("({} & !{})", within("AB"), within("A")),
            Grade::About => format!("({} & !{})", within("ABC"), within("AB")),
            Grade::Anywhere => within("ABC"),
        };
        let marks = self.marks.iter().map(|mark| format!("'{}':D", mark.word()));
        let any: Vec<String> = self.one_of.iter().map(|mark| format!("'{}':D", mark.word())).collect();
        let any = (!any.is_empty()).then(|| format!("({})", any.join(" | ")));
        (!self.words.is_empty()).then_some(words).into_iter().chain(marks).chain(any).collect::<Vec<_>>().join(" & ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_accents_case_and_punctuation() {
        for (text, words) in [
            ("Café Zürich", vec!["cafe", "zurich"]),
            ("L’Été à l'Île!", vec!["l", "ete", "a", "l", "ile"]),
            ("STRASSE Straße", vec!["strasse", "strasse"]),
            ("Łódź, København; İstanbul ısı", vec!["lodz", "kobenhavn", "istanbul", "isi"]),
            ("Αθήνας ΑΘΗΝΑΣ", vec!["αθηνασ", "αθηνασ"]),
            ("俳句の夕べ", vec!["俳", "句", "の", "夕", "へ"]),
            ("C++ & ²\u{0}'\"*:()", vec!["c", "2"]),
            ("§ahead", vec!["ahead"]),
            ("", vec![]),
        ] {
            assert_eq!(split(text), words, "{text}");
        }
        assert_eq!(split(&"x".repeat(5000))[0].len(), LONGEST);
        assert_eq!(asked("a b a c"), ["a", "b", "c"]);
    }

    #[test]
    fn a_word_holds_nothing_that_a_query_language_means() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            for word in split(&format!("a{c}b")) {
                assert!(!word.contains(['\'', '"', '\\', '*', ':', '&', '|', '!', ' ', '§', '\0']), "{c:?}: {word:?}");
            }
        }
    }
}
