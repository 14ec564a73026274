//! Reading what people type: strings come in as typed, a typed value or ALL errors by field come out.
mod email;

use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::i18n::{Locale, Say};

pub use email::Email;

/// A sentence for a person, not yet in any language.
#[derive(Clone)]
pub struct Message(Arc<dyn Say + Send + Sync>);

impl Message {
    pub fn new(says: impl Say + Send + Sync + 'static) -> Self {
        Self(Arc::new(says))
    }
}
impl Say for Message {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        self.0.say(w, l)
    }
}
says!(Message);
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is wrong with a form, field by field in page order. The empty name is the form as a whole.
#[derive(Debug, Clone, Default)]
pub struct Errors(Vec<(String, Message)>);

impl Errors {
    pub fn add(&mut self, field: impl Into<String>, message: impl Say + Send + Sync + 'static) {
        self.0.push((field.into(), Message::new(message)));
    }
    /// The form is refused as a whole.
    pub fn whole(message: impl Say + Send + Sync + 'static) -> Self {
        Self::at("", message)
    }
    pub fn at(field: impl Into<String>, message: impl Say + Send + Sync + 'static) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }
    /// Takes over what was found elsewhere; `called` says what a field of it is called here.
    pub fn take(&mut self, found: &Self, called: impl Fn(&str) -> String) {
        self.0.extend(found.all().map(|(field, message)| (called(field), message.clone())));
    }
    pub fn on(&self, field: &str) -> Option<&Message> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message)
    }
    pub fn all(&self) -> impl Iterator<Item = (&str, &Message)> {
        self.0.iter().map(|(name, message)| (name.as_str(), message))
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The value, unless something was wrong.
    pub fn or<T>(self, value: impl FnOnce() -> T) -> Result<T, Self> {
        if self.is_empty() { Ok(value()) } else { Err(self) }
    }
}

/// One line as it is read: without what changes the direction of the text around it, since a line stands among others,
/// without the two characters that no XML may hold, and '' where nothing of it can be seen. What joins emoji, and marks of scripts written from the right, stay.
pub fn seen(typed: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}');
    let text: String = typed.trim().chars().filter(|c| !turns(*c)).nfc().collect();
    if text.chars().all(is_unseen) && !text.chars().any(char::is_control) {
        String::new()
    } else {
        text.trim().to_owned()
    }
}

/// Whether a text holds what mail programs make a link of. None is wanted in how somebody is called: names stand in
/// letters to people who do not know who wrote them.
pub fn has_link(text: &str) -> bool {
    let text = text.nfkc().collect::<String>().to_lowercase();
    text.contains("://") || text.contains("www.")
}

/// Takes no ink: spaces, and what Unicode wants ignored where it cannot be shown (Default_Ignorable_Code_Point),
/// with the blank pattern of Braille.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Reads the fields of one form and collects what is wrong with them.
#[derive(Default)]
pub struct Reader {
    pub errors: Errors,
}

impl Reader {
    /// A line of text: trimmed, no control characters, `most` characters at most. May be empty, as is what nobody sees.
    pub fn line(&mut self, field: &str, typed: &str, most: usize) -> String {
        let text = seen(typed);
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            self.errors.add(field, t!("Remove line breaks and invisible control characters."));
        }
        self.within(field, &text, most);
        text
    }

    /// The same, and something must stand there; `missing` says what.
    pub fn required(
        &mut self,
        field: &str,
        typed: &str,
        most: usize,
        missing: impl Say + Send + Sync + 'static,
    ) -> String {
        let text = self.line(field, typed, most);
        self.there(field, text, missing)
    }

    /// How somebody is called: a line without a link in it. The one way to every name of a person.
    pub fn name(&mut self, field: &str, typed: &str, most: usize) -> String {
        let name = self.line(field, typed, most);
        if has_link(&name) {
            self.errors.add(field, t!("Leave out the link: only a name belongs here."));
        }
        name
    }

    /// The same, and something must stand there; `missing` says what.
    pub fn required_name(
        &mut self,
        field: &str,
        typed: &str,
        most: usize,
        missing: impl Say + Send + Sync + 'static,
    ) -> String {
        let name = self.name(field, typed, most);
        self.there(field, name, missing)
    }

    fn there(&mut self, field: &str, text: String, missing: impl Say + Send + Sync + 'static) -> String {
        if text.is_empty() {
            self.errors.add(field, missing);
        }
        text
    }

    /// Several lines: line ends become `\n`, other control characters are refused.
    pub fn text(&mut self, field: &str, typed: &str, most: usize) -> String {
        let typed = typed.replace("\r\n", "\n");
        let text: String = typed.trim().chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).nfc().collect();
        let text = if text.chars().all(is_unseen) { String::new() } else { text };
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            self.errors.add(field, t!("Remove invisible control characters."));
        }
        self.within(field, &text, most);
        text
    }

    fn within(&mut self, field: &str, text: &str, most: usize) {
        let long = text.chars().count();
        if long > most {
            let too_many = long - most;
            self.errors.add(field, tn!("Shorten this by 1 character.", "Shorten this by {n} characters.", too_many));
        }
    }

    pub fn email(&mut self, field: &str, typed: &str) -> Email {
        Email::parse(typed).unwrap_or_else(|| {
            self.errors.add(field, t!("Enter an e-mail address like name@example.org."));
            Email { address: String::new(), key: String::new() }
        })
    }

    /// A whole number between the two; empty is `None`.
    pub fn number(&mut self, field: &str, typed: &str, least: i64, most: i64) -> Option<i64> {
        let typed = typed.trim();
        if typed.is_empty() {
            return None;
        }
        let number = typed.parse().ok().filter(|n| (least..=most).contains(n));
        if number.is_none() {
            self.errors.add(field, t!("Enter a whole number from {from} to {to}.", from = least, to = most));
        }
        number
    }

    /// One of the choices that the page offers.
    pub fn choice<T: std::str::FromStr + Default>(&mut self, field: &str, typed: &str) -> T {
        typed.trim().parse().unwrap_or_else(|_| {
            self.errors.add(field, t!("Choose one of the options."));
            T::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_nothing_and_what_people_write_stays() {
        for nothing in [
            "\u{200b}",
            "\u{2060}\u{feff}",
            "\u{202e}",
            "\u{2066}\u{2069}",
            " \u{200d}\u{fe0f} ",
            "\u{3164}",
            "\u{2800}",
        ] {
            assert_eq!(seen(nothing), "", "{nothing:?}");
        }
        for kept in [
            "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈",
            "שלום עולם",
            "می\u{200c}خواهم",
            "مرحبا\u{200f}!",
            "Été",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
        ] {
            assert_eq!(seen(kept), kept);
        }
        assert_eq!(seen("\u{202e}dlrow\u{202c} olleh"), "dlrow olleh");
        assert_eq!(seen("\u{2067}"), "");
        assert_eq!(seen("Ja\u{ffff}zz\u{fffe}"), "Jazz");
        assert_eq!(Reader::default().text("about", "Ja\u{ffff}zz\u{fffe}\r\nhere", 100), "Jazz\nhere");
    }

    #[test]
    fn a_name_has_no_link_and_one_line() {
        for wrong in [
            "You won, see http://spam.example/x",
            "See WWW.spam.example",
            "ｈｔｔｐ：／／spam.example",
            "Ada\nLovelace",
            "Ada\u{2028}Lovelace",
        ] {
            let mut reader = Reader::default();
            reader.name("name", wrong, 100);
            assert_eq!(reader.errors.all().count(), 1, "{wrong:?}");
        }
        for right in ["Ada Lovelace", "Dr. Wwwedensky: 3/4", "Anne-Marie O’Neill", "St. Gallen e.V."] {
            let mut reader = Reader::default();
            assert_eq!(reader.name("name", right, 100), right);
            assert!(reader.errors.is_empty(), "{right}");
        }
    }

    #[test]
    fn every_fault_of_a_line_is_told() {
        let mut reader = Reader::default();
        reader.line("title", "a\u{7}b", 1);
        assert_eq!(reader.errors.all().count(), 2);
    }
}
