//! What credits cost, and what things cost in credits.
use crate::i18n::{Currency, Money};
use crate::money;

/// One buys so many at least.
pub const LEAST: i64 = 50;
/// An event on the front page, for a day.
pub const FEATURED_DAY: i64 = 20;
/// How many credits one whole unit of a currency buys: each costs 0.10.
const A_UNIT: i64 = 10;

/// What so many credits cost. Halves of what can be paid are rounded up, which only currencies without decimals need.
pub fn of(credits: i64, currency: Currency) -> Money {
    let unit = 10_i64.pow(currency.exponent().into());
    Money { minor: (credits.saturating_mul(unit) + A_UNIT - 1) / A_UNIT, currency }
}

/// How many one buys at least: a payment cannot be smaller than the currency's least.
pub fn least(currency: Currency) -> i64 {
    let unit = 10_i64.pow(currency.exponent().into());
    LEAST.max((money::least(currency) * A_UNIT + unit - 1) / unit)
}

/// How many one buys at most: a payment cannot be larger than that.
pub fn most(currency: Currency) -> i64 {
    money::MOST / 10_i64.pow(currency.exponent().into()) * A_UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_can_be_bought_can_be_paid() {
        for code in money::OFFERED {
            let currency = Currency::new(code).unwrap();
            let (low, high) = (of(least(currency), currency).minor, of(most(currency), currency).minor);
            assert!(low >= money::least(currency) && high <= money::MOST && low < high, "{code}: {low} to {high}");
            assert!(least(currency) >= LEAST && of(LEAST, currency).minor <= low);
            if currency.exponent() == 3 {
                assert_eq!(of(51, currency).minor % 10, 0, "{code} is not paid in thousandths");
            }
        }
        let chf = Currency::new("CHF").unwrap();
        assert_eq!((least(chf), of(50, chf).minor, of(51, chf).minor), (50, 500, 510));
        let yen = Currency::new("JPY").unwrap();
        assert_eq!((least(yen), of(500, yen).minor, of(505, yen).minor), (500, 50, 51));
    }
}
