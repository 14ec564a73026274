//! Percentages in thousandths, as tax rates have them.

use std::fmt::{Result, Write};

use icu_decimal::input::Decimal;

use super::{Locale, Say, cldr};

/// Thousandths of a percent: 8100 is "8.1 %".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Percent(pub i64);

impl Say for Percent {
    fn say(&self, w: &mut dyn Write, l: Locale) -> Result {
        let mut number = Decimal::from(self.0);
        number.multiply_pow10(-3);
        number.trim_end();
        cldr::decimal(w, l, &number)?;
        // No-break: the sign never stands on another line than its number.
        w.write_str("\u{a0}%")
    }
}
says!(Percent);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_has_the_decimals_that_it_needs() {
        for (thousandths, shown) in
            [(8_100, "8.1\u{a0}%"), (7_625, "7.625\u{a0}%"), (0, "0\u{a0}%"), (20_000, "20\u{a0}%")]
        {
            assert_eq!(Percent(thousandths).to_string(), shown);
        }
        assert_eq!(Percent(8_100).to(Locale::De), "8,1\u{a0}%");
    }
}
