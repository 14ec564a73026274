//! Parts of a price, rounded to what can be paid: its tax, what a code takes off, so many percent of it.
use serde::{Deserialize, Serialize};

use crate::events::taxes::WHOLE;
use crate::i18n::Currency;
use crate::money::step;

/// What a code takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// Of the price of each place.
    Percent(i64),
    /// Of the order as a whole, in minor units; never more than its places cost.
    Amount(i64),
}

/// What of a price is tax, or comes on top of it.
pub fn tax_of(price: i64, thousandths: i64, inclusive: bool, currency: Currency) -> i64 {
    let of = i128::from(price) * i128::from(thousandths);
    if inclusive {
        return rounded(of, i128::from(WHOLE + thousandths), 1);
    }
    let step = step(currency);
    rounded(of, i128::from(WHOLE) * i128::from(step), step)
}

/// What comes off each of these prices, in the order in which they stand; the flag says whether the code is for it.
/// Never more than the price.
///
/// A percentage is taken of each place, halves rounded up. An amount is taken once, of all places together in
/// proportion to their prices; what that leaves over falls to the first ones, so that exactly the amount comes off.
pub(super) fn discounts(prices: &[(i64, bool)], off: Off, currency: Currency) -> Vec<i64> {
    match off {
        Off::Percent(percent) => {
            let off = |(price, counts): &(i64, bool)| if *counts { share(*price, percent, currency) } else { 0 };
            prices.iter().map(off).collect()
        }
        Off::Amount(amount) => spread(prices, amount, step(currency)),
    }
}

/// So many percent of a price in what can be paid, halves rounded up; never more than the price.
pub fn share(price: i64, percent: i64, currency: Currency) -> i64 {
    let (step, of) = (step(currency), i128::from(price) * i128::from(percent.clamp(0, 100)));
    rounded(of, 100 * i128::from(step), step).min(price)
}

/// `of / by` in whole steps, halves up.
fn rounded(of: i128, by: i128, step: i64) -> i64 {
    let steps = (of + by / 2).div_euclid(by);
    i64::try_from(steps * i128::from(step)).unwrap_or(i64::MAX)
}

fn spread(prices: &[(i64, bool)], amount: i64, step: i64) -> Vec<i64> {
    let counted = |(price, counts): &(i64, bool)| if *counts { *price } else { 0 };
    let all: i64 = prices.iter().map(counted).sum();
    let amount = amount.clamp(0, all);
    if amount == 0 {
        return vec![0; prices.len()];
    }
    let mut off: Vec<i64> = prices
        .iter()
        .map(|price| {
            let part = i128::from(amount) * i128::from(counted(price)) / i128::from(all);
            i64::try_from(part).unwrap_or(0) / step * step
        })
        .collect();
    let mut rest = amount - off.iter().sum::<i64>();
    while rest > 0 {
        for (off, price) in off.iter_mut().zip(prices) {
            let more = step.min(rest).min(counted(price) - *off);
            *off += more;
            rest -= more;
        }
    }
    off
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    #[test]
    fn a_percentage_is_of_each_place_and_halves_are_rounded_up() {
        let chf = of("CHF");
        assert_eq!(discounts(&[(2_800, true), (1_800, true)], Off::Percent(10), chf), [280, 180]);
        assert_eq!(discounts(&[(5, true), (15, true), (25, false)], Off::Percent(10), chf), [1, 2, 0]);
        assert_eq!(discounts(&[(999, true)], Off::Percent(100), chf), [999]);
        assert_eq!(discounts(&[(4_500, true), (1_110, true)], Off::Percent(15), of("KWD")), [680, 170]);
        assert_eq!(discounts(&[(3_333, true)], Off::Percent(50), of("JPY")), [1_667]);
    }

    #[test]
    fn an_amount_comes_off_once_and_never_more_than_the_places_cost() {
        let chf = of("CHF");
        assert_eq!(discounts(&[(1_000, true), (1_000, true), (1_000, true)], Off::Amount(1_000), chf), [334, 333, 333]);
        assert_eq!(discounts(&[(500, true), (9_000, false)], Off::Amount(1_000), chf), [500, 0]);
        assert_eq!(discounts(&[(1_000, true), (1_000, true)], Off::Amount(50), of("KWD")), [30, 20]);
        assert_eq!(discounts(&[(0, true)], Off::Amount(50), chf), [0]);
        assert_eq!(discounts(&[], Off::Amount(50), chf), [0_i64; 0]);
    }

    pub fn prices(step: i64) -> impl Strategy<Value = Vec<(i64, bool)>> {
        prop::collection::vec(((0..200_000_i64).prop_map(move |price| price * step), any::<bool>()), 1..12)
    }

    pub fn currencies() -> impl Strategy<Value = Currency> {
        prop::sample::select(vec!["CHF", "EUR", "JPY", "KRW", "KWD", "TND"]).prop_map(of)
    }

    #[test]
    fn tax_is_in_the_price_or_on_top_of_it_and_halves_are_rounded_up() {
        let chf = of("CHF");
        assert_eq!(tax_of(6_660, 2_600, true, chf), 169, "66.60 / 1.026 * 0.026 = 1.6877");
        assert_eq!(tax_of(999, 8_100, false, chf), 81, "0.80919");
        assert_eq!(tax_of(50, 5_000, false, chf), 3, "2.5");
        assert_eq!(tax_of(1_000, 100_000, true, chf), 500);
        assert_eq!(tax_of(1_000, 0, true, chf), 0);
        assert_eq!(tax_of(3_000, 7_625, false, of("JPY")), 229);
        assert_eq!(tax_of(4_500, 5_000, false, of("KWD")), 230, "0.225 in steps of 0.010");
        assert_eq!(tax_of(4_500, 5_000, true, of("KWD")), 214);
    }

    proptest! {
        #[test]
        fn what_is_left_is_never_below_nothing_and_can_be_paid(
            (currency, prices) in currencies().prop_flat_map(|c| (Just(c), prices(step(c)))),
            percent in 1..=100_i64,
            amount in 1..1_000_000_i64,
            is_percent: bool,
        ) {
            let amount = amount * step(currency);
            let off = discounts(&prices, if is_percent { Off::Percent(percent) } else { Off::Amount(amount) }, currency);
            prop_assert_eq!(off.len(), prices.len());
            for (off, (price, counts)) in off.iter().zip(&prices) {
                prop_assert!(*off >= 0 && off <= price && (*counts || *off == 0));
                prop_assert_eq!((price - off) % step(currency), 0);
            }
            if !is_percent {
                let counted: i64 = prices.iter().filter(|(_, counts)| *counts).map(|(price, _)| price).sum();
                prop_assert_eq!(off.iter().sum::<i64>(), amount.min(counted));
            }
        }
    }
}
