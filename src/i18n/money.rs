//! Amounts: whole minor units and an ISO 4217 currency, never a float.

use std::fmt::{self, Result, Write};

use icu_decimal::input::Decimal;

use super::{Locale, Say, cldr};

/// An ISO 4217 currency code, "CHF".
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// ISO 4217's code for no currency.
    pub const NONE: Currency = Currency(*b"XXX");

    /// Three capital letters, else `None`. Whether such a currency exists is not asked.
    pub const fn new(code: &str) -> Option<Currency> {
        match *code.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z', c @ b'A'..=b'Z'] => Some(Currency([a, b, c])),
            _ => None,
        }
    }

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals its minor unit stands for: 2, but 0 for the yen and 3 for the dinars (ISO 4217).
    pub const fn exponent(self) -> u8 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// The sign where no reader can take it for another currency's, else the code.
    fn sign(&self, l: Locale) -> &str {
        match (&self.0, l) {
            (b"EUR", _) => "€",
            (b"GBP", Locale::Fr) => "£GB",
            (b"GBP", _) => "£",
            _ => self.code(),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> Result {
        f.write_str(self.code())
    }
}

impl Say for Currency {
    fn say(&self, w: &mut dyn Write, _: Locale) -> Result {
        w.write_str(self.code())
    }
}

/// "CHF 28", "CHF 66.60": decimals only when the amount is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Rappen, cents; the currency's own unit where it has no smaller one.
    pub minor: i64,
    /// What they are of.
    pub currency: Currency,
}

/// "CHF 28.00": always with its decimals, for sums and columns of amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exact(pub Money);

/// "CHF 18 to 42": the currency once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span(pub Money, pub Money);

/// The amount without its currency.
struct Bare(Money);

impl Money {
    /// The same, always with its decimals.
    pub const fn exact(self) -> Exact {
        Exact(self)
    }

    /// Without its sign.
    fn decimal(self, exact: bool) -> Decimal {
        let mut amount = Decimal::from(self.minor.unsigned_abs());
        amount.multiply_pow10(-i16::from(self.currency.exponent()));
        let whole = self.minor.unsigned_abs().is_multiple_of(10_u64.pow(self.currency.exponent().into()));
        if whole && !exact {
            amount.trim_end();
        }
        amount
    }

    fn write(self, w: &mut dyn Write, l: Locale, exact: bool) -> Result {
        let amount = self.decimal(exact);
        let sign = self.currency.sign(l);
        if self.minor < 0 {
            w.write_char('-')?;
        }
        match l {
            Locale::En | Locale::Pseudo => {
                w.write_str(sign)?;
                // No-break: an amount never stands on another line than its currency.
                w.write_str(if sign.ends_with(char::is_alphabetic) { "\u{a0}" } else { "" })?;
                cldr::decimal(w, l, &amount)
            }
            Locale::De | Locale::Fr => {
                cldr::decimal(w, l, &amount)?;
                write!(w, "\u{a0}{sign}")
            }
        }
    }
}

impl Say for Money {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        self.write(w, l, false)
    }
}

impl Say for Exact {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        self.0.write(w, l, true)
    }
}
impl Say for Bare {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        cldr::decimal(w, l, &self.0.decimal(false))
    }
}

impl Say for Span {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        let Span(from, to) = *self;
        match l {
            Locale::En | Locale::Pseudo => t!("{from} to {to}", from, to = Bare(to)).say(w, l),
            Locale::De | Locale::Fr => t!("{from} to {to}", from = Bare(from), to).say(w, l),
        }
    }
}
says!(Money, Exact, Span);
