//! What a title is before it is set: cleaned, bounded, and cut into the units that lines are made of.
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use super::can_set;

/// Titles are hostile: nobody reads more than this from a poster, and the search for lines stays small.
const MOST_READ: usize = 1000;
const MOST_CHARS: usize = 160;
const MOST_WORDS: usize = 24;
const MOST_WORD_CHARS: usize = 48;
const MOST_SMALL_CHARS: usize = 32;
/// More words than this are set in pairs.
const MOST_UNITS: usize = 12;
const TIES: [&str; 9] = ["–", "—", "-", "&", "+", "/", "·", "|", ":"];

/// The title as it is set: NFC, without emoji and symbols, single spaces, cut at a word with an ellipsis if endless.
pub fn clean(title: &str) -> String {
    let letters: String = title.chars().take(MOST_READ).nfc().filter_map(letter).collect();
    let mut cleaned = String::new();
    let mut chars = 0;
    for (i, word) in letters.split_whitespace().enumerate() {
        let (word, length) = shorten(word);
        chars += length + 1;
        if i == MOST_WORDS || chars > MOST_CHARS {
            return ellipsis(&cleaned);
        }
        if i > 0 {
            cleaned.push(' ');
        }
        cleaned.push_str(&word);
    }
    cleaned
}

fn letter(c: char) -> Option<char> {
    use GeneralCategory as Category;
    // Emoji drag these along; they are marks, not symbols, and would make the title look unsettable.
    if matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{20e3}') {
        return None;
    }
    match c.general_category() {
        Category::OtherSymbol | Category::ModifierSymbol | Category::Format | Category::Unassigned => None,
        Category::Control => Some(' '),
        _ => Some(c),
    }
}

fn shorten(word: &str) -> (String, usize) {
    let length = word.chars().count();
    if length <= MOST_WORD_CHARS {
        return (word.to_owned(), length);
    }
    (word.chars().take(MOST_WORD_CHARS - 1).chain(['…']).collect(), MOST_WORD_CHARS)
}

/// The text without its last punctuation, and an ellipsis.
pub fn ellipsis(text: &str) -> String {
    format!("{}…", text.trim_end_matches(['.', ',', ':', ';', '–', '-', '…']))
}

/// Small type the face can set: the text itself, or its digits ("8.12.2026", "18:30").
pub fn plain(text: &str) -> String {
    let text: String = text.chars().take(MOST_SMALL_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if can_set(&text) {
        return text;
    }
    let dotted: String = text.chars().map(|c| if c.is_ascii_digit() || c == ':' { c } else { '.' }).collect();
    dotted.split('.').filter(|part| part.contains(|c: char| c.is_ascii_digit())).collect::<Vec<_>>().join(".")
}

/// The units of a cleaned title: a lone dash or ampersand keeps its neighbour, very long titles are paired.
pub fn units(title: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for word in title.split_whitespace() {
        match units.last_mut() {
            Some(last) if TIES.contains(&last.as_str()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => units.push(word.to_owned()),
        }
    }
    if units.len() > MOST_UNITS {
        units = units.chunks(2).map(|pair| pair.join(" ")).collect();
    }
    units
}

#[cfg(test)]
mod tests {
    use super::{clean, plain, units};

    #[test]
    fn emoji_symbols_and_odd_spaces_go() {
        assert_eq!(clean("  Jazz 🎷\u{fe0f}  am\u{a0}\tRhein ♥ "), "Jazz am Rhein");
        assert_eq!(clean("👩‍👩‍👧‍👦🏳️‍🌈1️⃣"), "1");
        assert_eq!(clean("\u{0}\u{200b}\u{202e}\u{7}"), "");
        assert_eq!(clean("Cafe\u{301}"), "Café");
    }

    #[test]
    fn endless_titles_are_cut_at_a_word() {
        let cut = clean(&"Schlittschuhlaufen, ".repeat(500));
        assert!(cut.ends_with("laufen…"), "{cut}");
        assert!(cut.chars().count() <= 160);
        assert_eq!(clean(&"a ".repeat(5000)).split(' ').count(), 24);
        assert_eq!(clean(&"a".repeat(10_000)).chars().count(), 48);
    }

    #[test]
    fn ties_keep_the_next_word() {
        assert_eq!(units("Salt & pepper – again"), ["Salt", "& pepper", "– again"]);
    }

    #[test]
    fn more_than_twelve_words_are_paired() {
        assert_eq!(units("a b c d e f g h i j k l").len(), 12);
        assert_eq!(units("a b c d e f g h i j k l m"), ["a b", "c d", "e f", "g h", "i j", "k l", "m"]);
    }

    #[test]
    fn small_type_falls_back_to_digits() {
        assert_eq!(plain("jeu. 17 déc."), "jeu. 17 déc.");
        assert_eq!(plain("12月8日(火)"), "12.8");
        assert_eq!(plain("午後6:30"), "6:30");
        assert_eq!(plain("6:30\u{202f}PM"), "6:30 PM");
        assert_eq!(plain("火"), "");
    }
}
