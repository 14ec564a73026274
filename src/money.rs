//! Amounts as people type them, and how small and how large a payment can be.
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::forms::Reader;
use crate::i18n::{Currency, Locale, Money, Say};

/// The largest amount of one payment, in minor units: Stripe takes eight digits.
pub const MOST: i64 = 99_999_999;

/// What hosts can choose. Stripe counts the Icelandic króna and the Ugandan shilling in hundredths that do not
/// exist, so they are not among them.
pub const OFFERED: &[&str] = &[
    "CHF", "EUR", "USD", "GBP", "AED", "AUD", "BGN", "BHD", "BRL", "CAD", "CLP", "CNY", "CZK", "DKK", "HKD", "HUF",
    "ILS", "INR", "JOD", "JPY", "KES", "KRW", "KWD", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "OMR", "PHP", "PLN",
    "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "UAH", "VND", "XAF", "XOF", "ZAR",
];

/// The currency of a code, if hosts can choose it.
pub fn offered(code: &str) -> Option<Currency> {
    OFFERED.contains(&code).then(|| Currency::new(code)).flatten()
}

/// Stripe's smallest charge, in minor units
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
pub fn least(currency: Currency) -> i64 {
    match (currency.code(), currency.exponent()) {
        ("GBP", _) => 30,
        ("BGN", _) => 100,
        ("AED" | "MYR" | "PLN" | "RON", _) => 200,
        ("DKK", _) => 250,
        ("NOK" | "SEK", _) => 300,
        ("HKD", _) => 400,
        ("MXN" | "THB", _) => 1_000,
        ("CZK", _) => 1_500,
        ("HUF", _) => 17_500,
        (_, 3) => 500,
        _ => 50,
    }
}

/// The finest step in which a currency is paid, in minor units: Stripe takes no thousandths of a dinar, only hundredths
/// (<https://docs.stripe.com/currencies#three-decimal>).
pub fn step(currency: Currency) -> i64 {
    if currency.exponent() == 3 { 10 } else { 1 }
}

/// Why something is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    NoAmount(Currency),
    Negative,
    /// More decimals than the currency has.
    Decimals(Currency),
    /// Stripe takes no thousandths of a dinar, only hundredths.
    Step(Currency),
    TooLarge(Currency),
    TooSmall(Currency),
}

impl Say for Wrong {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match *self {
            Self::NoAmount(currency) => {
                let (a, b) = match currency.exponent() {
                    0 => ("1000", "1500"),
                    3 => ("10", "12.500"),
                    _ => ("10", "12.50"),
                };
                t!("Enter an amount, like {a} or {b}.", a, b).say(w, l)
            }
            Self::Negative => t!("An amount cannot be below 0.").say(w, l),
            Self::Decimals(currency) => match currency.exponent() {
                0 => t!("Amounts in {currency} have no decimals.", currency).say(w, l),
                n => t!("Amounts in {currency} have {n} decimals at most.", currency, n).say(w, l),
            },
            Self::Step(currency) => {
                t!("The last of the three decimals must be 0: {currency} cannot be paid more finely.", currency)
                    .say(w, l)
            }
            Self::TooLarge(currency) => {
                t!("One payment can be {most} at most.", most = Money { minor: MOST, currency }).say(w, l)
            }
            Self::TooSmall(currency) => {
                let least = Money { minor: least(currency), currency };
                t!("Nothing between 0 and {least} can be paid. Enter 0, or {least} or more.", least).say(w, l)
            }
        }
    }
}
says!(Wrong);

/// An amount in minor units: "12", "12.50", "12,50", "1'200.00", "CHF 12.-". What could mean two amounts is refused.
pub fn parse(typed: &str, currency: Currency) -> Result<i64, Wrong> {
    let no_amount = Wrong::NoAmount(currency);
    let plain: String = typed.nfkc().collect();
    let plain = plain.trim();
    let plain = plain.strip_prefix(currency.code()).or_else(|| plain.strip_suffix(currency.code())).unwrap_or(plain);
    let plain = plain.trim();
    if plain.starts_with(['-', '−', '–']) {
        return Err(Wrong::Negative);
    }
    let plain = [".-", ".–", ".—"].iter().find_map(|end| plain.strip_suffix(end)).unwrap_or(plain);
    let (whole, decimals) = split(plain, currency).ok_or(no_amount)?;
    if whole.is_empty() || !decimals.chars().all(|c| c.is_ascii_digit()) {
        return Err(no_amount);
    }
    let exponent = usize::from(currency.exponent());
    let whole = ungrouped(whole).ok_or(no_amount)?;
    if decimals.len() > exponent {
        return Err(Wrong::Decimals(currency));
    }
    let digits = format!("{whole}{decimals:0<exponent$}");
    let digits = digits.trim_start_matches('0');
    let minor = if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    let minor: i64 = minor.filter(|minor| *minor <= MOST).ok_or(Wrong::TooLarge(currency))?;
    if minor % step(currency) != 0 { Err(Wrong::Step(currency)) } else { Ok(minor) }
}

/// Before and behind the decimal separator.
fn split(typed: &str, currency: Currency) -> Option<(&str, &str)> {
    let points = typed.matches(['.', ',']).count();
    let Some((before, behind)) = typed.rsplit_once(['.', ',']) else { return Some((typed, "")) };
    let mixed = typed.contains('.') && typed.contains(',');
    if mixed {
        // "1,200.50": the last is the decimal one, and it stands once.
        let last = &typed[before.len()..before.len() + 1];
        return (!before.contains(last)).then_some((before, behind));
    }
    // Twice the same groups thousands; and what has no decimals has nothing else to separate.
    let groups = points > 1 || (currency.exponent() == 0 && behind.len() == 3 && !before.starts_with('0'));
    if groups { Some((typed, "")) } else { Some((before, behind)) }
}

/// Digits without what groups them. The last group has three, those before it two (as in India) or three.
fn ungrouped(typed: &str) -> Option<String> {
    let is_separator = |c: char| matches!(c, '\'' | '’' | ' ' | '.' | ',' | '_');
    let groups: Vec<&str> = typed.split(is_separator).collect();
    let right = match groups.as_slice() {
        [only] => !only.is_empty(),
        [first, between @ .., last] => {
            (1..=3).contains(&first.len()) && last.len() == 3 && between.iter().all(|of| (2..=3).contains(&of.len()))
        }
        [] => false,
    };
    let digits = groups.concat();
    (right && digits.chars().all(|c| c.is_ascii_digit())).then_some(digits)
}

/// With all its decimals and a point, "12.50": for programs.
pub fn decimal(minor: i64, currency: Currency) -> String {
    let exponent = usize::from(currency.exponent());
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = exponent + 1);
    let (whole, decimals) = digits.split_at(digits.len() - exponent);
    if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

/// As a field shows it: "12.50", and "12" where nothing but zeros follows.
pub fn typed(minor: i64, currency: Currency) -> String {
    let all = decimal(minor, currency);
    match all.split_once('.') {
        Some((whole, decimals)) if decimals.chars().all(|c| c == '0') => whole.to_owned(),
        _ => all,
    }
}

/// What can be paid for one place: nothing, or what the payment service takes. Empty is nothing.
pub fn read(r: &mut Reader, field: &str, said: &str, currency: Currency) -> i64 {
    if said.trim().is_empty() {
        return 0;
    }
    match parse(said, currency) {
        Ok(minor) if (1..least(currency)).contains(&minor) => {
            r.errors.add(field, Wrong::TooSmall(currency));
            0
        }
        Ok(minor) => minor,
        Err(wrong) => {
            r.errors.add(field, wrong);
            0
        }
    }
}

/// The same where the least is `from`, in minor units: of anything less, nothing among it, `less` alone is said. What
/// the payment service would take is of no use there.
pub fn read_from(
    r: &mut Reader,
    field: &str,
    said: &str,
    (from, currency): (i64, Currency),
    less: impl Say + Send + Sync + 'static,
) -> i64 {
    let minor = if said.trim().is_empty() { Ok(0) } else { parse(said, currency) };
    if minor.is_ok_and(|minor| minor < from) {
        r.errors.add(field, less);
        return 0;
    }
    read(r, field, said, currency)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (typed, code, minor) in [
            ("12", "CHF", 1_200),
            (" 12.50 ", "CHF", 1_250),
            ("12,50", "CHF", 1_250),
            ("12.5", "CHF", 1_250),
            ("12.", "CHF", 1_200),
            ("1'200.00", "CHF", 120_000),
            ("1’200", "CHF", 120_000),
            ("1 200,50", "EUR", 120_050),
            ("1\u{202f}200,50", "EUR", 120_050),
            ("1.200,50", "EUR", 120_050),
            ("1,200.50", "USD", 120_050),
            ("1,20,000.00", "INR", 12_000_000),
            ("CHF 12.-", "CHF", 1_200),
            ("12 EUR", "EUR", 1_200),
            ("１２", "CHF", 1_200),
            ("0", "CHF", 0),
            ("0.00", "CHF", 0),
            ("007", "CHF", 700),
            ("1200", "JPY", 1_200),
            ("1,200", "JPY", 1_200),
            ("1.200", "JPY", 1_200),
            ("1,200,000", "JPY", 1_200_000),
            ("12.5", "KWD", 12_500),
            ("12.340", "KWD", 12_340),
            ("999999.99", "CHF", MOST),
        ] {
            assert_eq!(parse(typed, of(code)), Ok(minor), "{typed} {code}");
        }
    }

    #[test]
    fn what_is_no_amount_or_two_of_them_is_refused() {
        let chf = of("CHF");
        for typed in
            ["", ".", ",", "ten", ".50", "1e3", "12.5.0,1", "1,2,3", "12 50", "1''200", "12EUR", "NaN", "0x10", "½"]
        {
            assert_eq!(parse(typed, chf), Err(Wrong::NoAmount(chf)), "{typed:?}");
        }
        for typed in ["12.505", "1,200", "0.001"] {
            assert_eq!(parse(typed, chf), Err(Wrong::Decimals(chf)), "{typed:?}");
        }
        assert_eq!(parse("0.500", of("JPY")), Err(Wrong::Decimals(of("JPY"))));
        assert_eq!(parse("12.345", of("KWD")), Err(Wrong::Step(of("KWD"))));
        for typed in ["-1", "−1", "CHF -5"] {
            assert_eq!(parse(typed, chf), Err(Wrong::Negative), "{typed:?}");
        }
        for typed in ["1000000", "99999999999999999999999999", "9223372036854775807"] {
            assert_eq!(parse(typed, chf), Err(Wrong::TooLarge(chf)), "{typed:?}");
        }
    }

    #[test]
    fn every_currency_offered_is_one_and_its_least_can_be_paid() {
        for code in OFFERED {
            let currency = offered(code).unwrap();
            let least = least(currency);
            assert!((30..=MOST).contains(&least), "{code}");
            assert_eq!(parse(&typed(least, currency), currency), Ok(least), "{code}");
        }
        assert_eq!(offered("XXX"), None);
        assert_eq!(offered("chf"), None);
    }

    #[test]
    fn too_little_to_be_paid_is_no_price() {
        let mut reader = Reader::default();
        assert_eq!(read(&mut reader, "price", "0.50", of("CHF")), 50);
        assert_eq!(read(&mut reader, "price", "", of("CHF")), 0);
        assert!(reader.errors.is_empty());
        assert_eq!(read(&mut reader, "price", "0.49", of("CHF")), 0);
        assert_eq!(
            reader.errors.on("price").unwrap().to_string(),
            "Nothing between 0 and CHF\u{a0}0.50 can be paid. Enter 0, or CHF\u{a0}0.50 or more."
        );
    }

    proptest! {
        #[test]
        fn what_a_field_shows_is_read_as_the_same_amount(minor in 0..=MOST, code in 0..OFFERED.len()) {
            let currency = of(OFFERED[code]);
            let minor = if currency.exponent() == 3 { minor / 10 * 10 } else { minor };
            prop_assert_eq!(parse(&typed(minor, currency), currency), Ok(minor));
            prop_assert_eq!(parse(&decimal(minor, currency), currency), Ok(minor));
            prop_assert_eq!(parse(&decimal(minor, currency).replace('.', ","), currency), Ok(minor));
        }

        #[test]
        fn grouping_changes_nothing(minor in 0..=MOST, by in "['’ ]") {
            let shown = decimal(minor, of("CHF"));
            let (whole, decimals) = shown.split_once('.').unwrap();
            let mut grouped = String::new();
            for (n, c) in whole.chars().enumerate() {
                if n > 0 && (whole.len() - n) % 3 == 0 {
                    grouped.push_str(&by);
                }
                grouped.push(c);
            }
            prop_assert_eq!(parse(&format!("{grouped}.{decimals}"), of("CHF")), Ok(minor));
        }

        #[test]
        fn nothing_that_is_typed_breaks_it_or_is_beyond_the_bounds(typed in "\\PC{0,30}", code in 0..OFFERED.len()) {
            if let Ok(minor) = parse(&typed, of(OFFERED[code])) {
                prop_assert!((0..=MOST).contains(&minor));
            }
        }

        #[test]
        fn nor_do_digits_and_separators(typed in "[0-9.,' -]{0,14}", code in 0..OFFERED.len()) {
            if let Ok(minor) = parse(&typed, of(OFFERED[code])) {
                prop_assert!((0..=MOST).contains(&minor));
            }
        }
    }
}
