//! The part of an event's address that says its name.
use unicode_normalization::UnicodeNormalization;

/// Words of the address that are pages of the site.
const RESERVED: &[&str] = &["new"];

/// The title in small ASCII letters and hyphens, at most 60 of them; `event` when nothing is left.
pub fn of(title: &str) -> String {
    let mut slug = String::new();
    for c in title.nfkd() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            'ß' | 'ẞ' => slug.push_str("ss"),
            'æ' | 'Æ' => slug.push_str("ae"),
            'œ' | 'Œ' => slug.push_str("oe"),
            'ø' | 'Ø' => slug.push('o'),
            'ł' | 'Ł' => slug.push('l'),
            'đ' | 'Đ' | 'ð' => slug.push('d'),
            'ı' => slug.push('i'),
            'þ' => slug.push_str("th"),
            // What accents become, and what stands inside words.
            '\u{300}'..='\u{36f}' | '\'' | '’' => {}
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(60);
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "event".into() } else { slug.into() }
}

/// The same name with a number, until one is free: `quiz`, `quiz-2`, `quiz-3` …
pub fn candidates(title: &str) -> impl Iterator<Item = String> + use<> {
    let base = of(title);
    let first = (!RESERVED.contains(&base.as_str())).then(|| base.clone());
    first.into_iter().chain((2..10_000).map(move |n| format!("{base}-{n}")))
}

#[cfg(test)]
mod tests {
    use super::{candidates, of};

    #[test]
    fn titles_become_plain_addresses() {
        for (title, slug) in [
            ("Quiz night", "quiz-night"),
            ("  Größe & Œuvre: l’été! ", "grosse-oeuvre-lete"),
            ("İstanbul'da Kaligrafi Atölyesi", "istanbulda-kaligrafi-atolyesi"),
            ("俳句の夕べ", "event"),
            ("🎉🎉", "event"),
            ("../../etc/passwd", "etc-passwd"),
            ("<script>alert(1)</script>", "script-alert-1-script"),
        ] {
            assert_eq!(of(title), slug);
        }
        assert!(of(&"ä".repeat(5000)).len() <= 60);
    }

    #[test]
    fn pages_of_the_site_are_no_events() {
        assert_eq!(candidates("New").next().as_deref(), Some("new-2"));
    }
}
