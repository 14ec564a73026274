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

/// How a typed word may stand in the index: as it is, and as the word with umlauts that Germans type so where a keyboard
/// has none, "zuerich" for "Zürich". Not at its end, nor "ue" behind a, e and q: "true" and "quer" mean themselves.
fn spellings(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let is_umlaut = |at: usize| match letters.get(at.saturating_sub(1)..=at) {
        Some(['a' | 'o', 'e']) => true,
        Some(['u', 'e']) => at < 2 || !matches!(letters[at - 2], 'a' | 'e' | 'q'),
        _ => false,
    };
    let marks = |at: usize| at + 1 < letters.len() && is_umlaut(at);
    let plain: String = letters.iter().enumerate().filter(|(at, _)| !marks(*at)).map(|(_, c)| c).collect();
    let mut spellings = vec![word.to_owned()];
    spellings.extend((plain != word).then_some(plain));
    spellings
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
    /// Shared by a good part of all events, and asked for together with others like it.
    fn is_common(&self) -> bool {
        matches!(self, Self::Free | Self::Category(_) | Self::Language(_))
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

    /// The words of the index that are meant by it.
    fn meant(&self) -> Vec<String> {
        match self {
            Self::Town(words) => spellings(words).into_iter().map(|words| Self::Town(words).word()).collect(),
            Self::Tag(words) => spellings(words).into_iter().map(|words| Self::Tag(words).word()).collect(),
            _ => vec![self.word()],
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
    /// For SQLite: all that can be asked for as words of their own. How a word begins stands there once, behind the
    /// letter of the best place where one begins so: `t` for the title, `n` near it, `a` about it.
    pub fn askable(&self) -> String {
        let (mut all, mut known) = (Vec::new(), BTreeSet::new());
        for (place, words) in [('t', &self.title), ('n', &self.near), ('a', &self.about)] {
            for beginning in words.iter().flat_map(|word| beginnings(word)) {
                if known.insert(beginning) {
                    all.push(format!("{place}{beginning}"));
                }
            }
        }
        all.extend(self.marks.iter().map(Mark::word));
        let common: Vec<&Mark> = self.marks.iter().filter(|mark| mark.is_common()).collect();
        for few in 0..1_usize << common.len() {
            let chosen = (0..common.len()).filter(|at| few >> at & 1 == 1).map(|at| common[at].word());
            all.extend(together(chosen.collect()));
        }
        all.join(" ")
    }

    /// As PostgreSQL writes a tsvector: each place with its weight.
    pub fn vector(&self) -> String {
        let marks: Vec<String> = self.marks.iter().map(Mark::word).collect();
        let places = [(&self.title, "1A"), (&self.near, "2B"), (&self.about, "3C"), (&marks, "4D")];
        let all =
            places.map(|(words, place)| words.iter().map(|word| format!("'{word}':{place}")).collect::<BTreeSet<_>>());
        all.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// How a word begins: its first letter, its first two, and so on to the whole word.
fn beginnings(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().filter_map(move |(at, c)| word.get(..at + c.len_utf8()))
}

/// Several marks as one: where both are common and few events have both, going through both would take long.
fn together(mut marks: Vec<String>) -> Option<String> {
    marks.sort();
    (marks.len() > 1).then(|| marks.concat())
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

    /// In the language of FTS5, of what [`Text::askable`] wrote.
    pub fn fts5(&self, grade: Grade) -> String {
        // Where each of the words may stand, where one of them must, and where a better grade has found them.
        let (places, one, better) = match grade {
            Grade::Title => ("t", None, None),
            Grade::Near => ("tn", Some("n"), Some("t")),
            Grade::About => ("tna", Some("a"), Some("tn")),
            Grade::Anywhere => ("tna", None, None),
        };
        let within = |word: &String, places: &str| -> Vec<String> {
            let spellings = spellings(word);
            places.chars().flat_map(|place| spellings.iter().map(move |word| format!("{place}{word}"))).collect()
        };
        let mut all: Vec<String> = self.words.iter().map(|word| any_of(within(word, places))).collect();
        if let Some(place) = one.filter(|_| !self.words.is_empty()) {
            all.push(any_of(self.words.iter().flat_map(|word| within(word, place))));
        }
        let common = |mark: &&Mark| mark.is_common();
        let joined = together(self.marks.iter().filter(common).map(Mark::word).collect());
        let single = self.marks.iter().filter(|mark| joined.is_none() || !mark.is_common());
        all.extend(single.map(|mark| any_of(mark.meant())));
        all.extend(joined.map(|marks| any_of([marks])));
        all.extend((!self.one_of.is_empty()).then(|| any_of(self.one_of.iter().map(Mark::word))));
        let question = all.join(" AND ");
        // A word of two spellings may stand in the title by one and near it by the other.
        match better.filter(|_| self.words.iter().any(|word| spellings(word).len() > 1)) {
            Some(places) => {
                let words: Vec<String> = self.words.iter().map(|word| any_of(within(word, places))).collect();
                format!("({question}) NOT ({})", words.join(" AND "))
            }
            None => question,
        }
    }

    /// In the language of PostgreSQL's tsquery.
    pub fn tsquery(&self, grade: Grade) -> String {
        let within = |weights: &str| {
            let spelled = |word: &String| {
                let spellings = spellings(word).into_iter().map(|word| format!("'{word}':*{weights}"));
                format!("({})", spellings.collect::<Vec<_>>().join(" | "))
            };
            let words: Vec<String> = self.words.iter().map(spelled).collect();
            format!("({})", words.join(" & "))
        };
        let words = match grade {
            Grade::Title => within("A"),
            Grade::Near => format!("({} & !{})", within("AB"), within("A")),
            Grade::About => format!("({} & !{})", within("ABC"), within("AB")),
            Grade::Anywhere => within("ABC"),
        };
        let any_of = |words: Vec<String>| {
            let words: Vec<String> = words.iter().map(|word| format!("'{word}':D")).collect();
            format!("({})", words.join(" | "))
        };
        let marks = self.marks.iter().map(|mark| any_of(mark.meant()));
        let any = (!self.one_of.is_empty()).then(|| any_of(self.one_of.iter().map(Mark::word).collect()));
        (!self.words.is_empty()).then_some(words).into_iter().chain(marks).chain(any).collect::<Vec<_>>().join(" & ")
    }
}

fn any_of(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    format!("({})", words.join(" OR "))
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
    fn umlauts_may_be_typed_as_two_letters() {
        for (typed, meant) in
            [("zuerich", "zurich"), ("koeln", "koln"), ("aemter", "amter"), ("uebungsgelaende", "ubungsgelande")]
        {
            assert_eq!(spellings(typed), [typed, meant]);
        }
        for itself in ["true", "quer", "neue", "bauer", "abenteuer", "e", "ue", "kafe", ""] {
            assert_eq!(spellings(itself), [itself]);
        }
        let asked = asked("Koeln");
        let question = Question { words: &asked, ..Question::default() };
        assert_eq!(question.fts5(Grade::Title), r#"("tkoeln" OR "tkoln")"#);
        assert_eq!(question.tsquery(Grade::Title), "(('koeln':*A | 'koln':*A))");
    }

    #[test]
    fn how_a_word_begins_stands_once_at_its_best_place_and_common_marks_stand_together_too() {
        let words = |text: &str| split(text);
        let marks = vec![Mark::Ahead, Mark::Free, Mark::Category("music"), Mark::language("de-CH")];
        let text = Text { title: words("Été"), near: words("et"), about: words("eta Ö"), marks };
        assert_eq!(
            text.askable(),
            "te tet tete aeta ao §ahead §free §c·music §l·de \
             §c·music§free §free§l·de §c·music§l·de §c·music§free§l·de"
        );
        let asked = words("et o");
        let marks = vec![Mark::Ahead, Mark::Free, Mark::Category("music")];
        let near = r#"("tet" OR "net") AND ("to" OR "no") AND ("net" OR "no") AND ("§ahead") AND ("§c·music§free")"#;
        assert_eq!(Question { words: &asked, marks, one_of: Vec::new() }.fts5(Grade::Near), near);
        assert_eq!(Question { words: &asked[1..], ..Question::default() }.fts5(Grade::Title), r#"("to")"#);
        assert_eq!(text.vector().split(' ').count(), 1 + 1 + 2 + 4);
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
