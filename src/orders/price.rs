//! What places cost: the host's prices, less what a promo code takes off, with the tax. In minor units throughout.
//!
//! Tax is worked out for each ticket and rounded to what can be paid, halves up, not for the order as a whole: a ticket
//! can be given back alone, and then exactly its tax goes back with it.
//! Each ticket keeps what is paid for it, so that the sum over an order's tickets is its total, always, and what one
//! ticket gives back is known without looking at the others.
use serde::{Deserialize, Serialize};

use super::facts::PlacedTicket;
use super::promo_codes::PromoCode;
use super::{Refusal, Ticket, Way, Wish};
use crate::events::taxes::{TaxRate, Taxes, WHOLE};
use crate::events::{Pricing, TicketType};
use crate::i18n::{Currency, Money};
use crate::ids::Id;
use crate::money::{self, step};

/// What a code takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// Of the price of each place.
    Percent(i64),
    /// Of the order as a whole, in minor units; never more than its places cost.
    Amount(i64),
}

/// Places of one type at their price.
pub(super) struct Chosen<'a> {
    pub of: &'a TicketType,
    pub places: i64,
    /// Of one place.
    pub price: i64,
}

/// The places of a wish with what is to be paid for each.
pub(super) struct Priced {
    pub tickets: Vec<PlacedTicket>,
    pub total: i64,
    pub discount: i64,
}

impl Wish {
    /// What one place of a type costs this buyer. Whom a host adds pays nothing here.
    pub(super) fn price(&self, of: &TicketType) -> Result<i64, Refusal> {
        if self.way == Way::Host {
            return Ok(0);
        }
        if of.pricing == Pricing::Fixed {
            return Ok(of.price);
        }
        let given = self.amounts.iter().find(|(id, _)| *id == of.id).map_or(of.suggested.max(of.price), |(_, n)| *n);
        let most = money::MOST;
        if given < of.price {
            return Err(Refusal::AmountTooSmall { name: of.name.clone(), least: of.money(of.price) });
        }
        let currency = of.money(given).currency;
        if given % step(currency) != 0 {
            return Err(Refusal::Amount(money::Wrong::Step(currency)));
        }
        if given > most { Err(Refusal::AmountTooLarge { most: of.money(most) }) } else { Ok(given) }
    }
}

/// What each place costs, and all of them. Refused where a payment cannot be that large, or so small that no provider
/// takes it, and where a code takes nothing off.
pub(super) fn priced(chosen: &[Chosen<'_>], code: Option<&PromoCode>, taxes: &Taxes) -> Result<Priced, Refusal> {
    let Some(first) = chosen.first() else { return Ok(Priced { tickets: Vec::new(), total: 0, discount: 0 }) };
    let currency = first.of.money(0).currency;
    let sum = chosen.iter().try_fold(0_i64, |sum, of| sum.checked_add(of.price.checked_mul(of.places)?));
    sum.ok_or(Refusal::AmountTooLarge { most: first.of.money(money::MOST) })?;
    let mut tickets = Vec::new();
    for Chosen { of, places, price } in chosen {
        for _ in 0..*places {
            tickets.push((PlacedTicket::at(Id::new(), *price, of.id), taxes.of(of.id)));
        }
    }
    reckoned(tickets, code, currency)
}

/// The same for tickets at what the host asks, each with the rate of its tax.
pub(super) fn reckoned(
    tickets: Vec<(PlacedTicket, Option<&TaxRate>)>,
    code: Option<&PromoCode>,
    currency: Currency,
) -> Result<Priced, Refusal> {
    let (mut tickets, rates): (Vec<PlacedTicket>, Vec<Option<&TaxRate>>) = tickets.into_iter().unzip();
    let mut discount = 0;
    if let Some(code) = code {
        let prices: Vec<_> = tickets.iter().map(|ticket| (ticket.price, code.is_for(ticket.ticket_type))).collect();
        for (ticket, off) in tickets.iter_mut().zip(discounts(&prices, code.off(), currency)) {
            (ticket.price, ticket.discount) = (ticket.price - off, off);
            discount += off;
        }
        if discount == 0 {
            return Err(Refusal::PromoNotForThese);
        }
    }
    for (ticket, rate) in tickets.iter_mut().zip(rates) {
        ticket.tax(rate, currency);
    }
    let total: i64 = tickets.iter().map(|ticket| ticket.price).sum();
    let money = |minor| Money { minor, currency };
    if total > money::MOST {
        return Err(Refusal::AmountTooLarge { most: money(money::MOST) });
    }
    let least = money::least(currency);
    match total {
        0 => {}
        total if total >= least => {}
        total if discount > 0 => {
            return Err(Refusal::PromoLeavesTooLittle { left: money(total), least: money(least) });
        }
        _ => return Err(Refusal::TotalTooSmall { least: money(least) }),
    }
    Ok(Priced { tickets, total, discount })
}

impl PlacedTicket {
    /// One at what the host asks.
    pub(super) fn at(id: Id<Ticket>, price: i64, of: Id<TicketType>) -> Self {
        Self { id, ticket_type: of, price, discount: 0, tax: 0, added: 0, rate: None }
    }

    /// States the tax of its price, and adds it where it comes on top. What costs nothing has none.
    fn tax(&mut self, rate: Option<&TaxRate>, currency: Currency) {
        if let Some(rate) = rate.filter(|_| self.price > 0) {
            self.tax = tax_of(self.price, rate.thousandths, rate.inclusive, currency);
            self.added = if rate.inclusive { 0 } else { self.tax };
            self.price += self.added;
            self.rate = Some(rate.id);
        }
    }
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
pub fn discounts(prices: &[(i64, bool)], off: Off, currency: Currency) -> Vec<i64> {
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
mod tests {
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

    fn prices(step: i64) -> impl Strategy<Value = Vec<(i64, bool)>> {
        prop::collection::vec(((0..200_000_i64).prop_map(move |price| price * step), any::<bool>()), 1..12)
    }

    fn currencies() -> impl Strategy<Value = Currency> {
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

        #[test]
        fn the_sum_of_the_lines_is_the_total_whatever_code_and_taxes_there_are(
            (currency, prices) in currencies().prop_flat_map(|c| (Just(c), prices(step(c)))),
            rates in prop::collection::vec((0..=100_000_i64, any::<bool>()), 0..4),
            off in prop::option::of((any::<bool>(), 1..=100_i64)),
        ) {
            let types: Vec<_> = prices.iter().map(|_| of_price(0, currency)).collect();
            let taxes = Taxes::made_of(&types.iter().map(|of| of.id).collect::<Vec<_>>(), &rates);
            let chosen: Vec<_> = types.iter().zip(&prices).map(|(of, (price, counts))| Chosen {
                of,
                places: if *counts { 1 } else { 2 },
                price: *price,
            }).collect();
            let code = off.map(|(percent, n)| code(if percent { Off::Percent(n) } else { Off::Amount(n * 1_000) }));
            let Ok(priced) = priced(&chosen, code.as_ref(), &taxes) else { return Ok(()) };
            let sum = |of: fn(&PlacedTicket) -> i64| priced.tickets.iter().map(of).sum::<i64>();
            let list: i64 = chosen.iter().map(|of| of.price * of.places).sum();
            prop_assert_eq!(sum(|ticket| ticket.price), priced.total);
            prop_assert_eq!(sum(|ticket| ticket.discount), priced.discount);
            prop_assert_eq!(list - priced.discount + sum(|ticket| ticket.added), priced.total);
            prop_assert!(priced.total == 0 || (money::least(currency)..=money::MOST).contains(&priced.total));
            prop_assert_eq!(priced.total % step(currency), 0, "what the provider takes");
            for ticket in &priced.tickets {
                prop_assert!(ticket.tax >= 0 && ticket.tax <= ticket.price && [0, ticket.tax].contains(&ticket.added));
                prop_assert!(ticket.rate.is_some() || ticket.tax == 0);
            }
            let rows = super::super::taxes::of_tickets(Id::new(), &priced.tickets, &taxes.rates, currency.code());
            prop_assert_eq!(rows.iter().map(|row| row.tax).sum::<i64>(), sum(|ticket| ticket.tax));
        }
    }

    fn of_price(price: i64, currency: Currency) -> TicketType {
        TicketType {
            id: Id::new(),
            event_id: Id::new(),
            name: "Place".into(),
            position: 0,
            price,
            pricing: Pricing::Fixed,
            suggested: 0,
            currency: currency.code().to_owned(),
            capacity: None,
            per_order: 10,
            sales_from: None,
            sales_until: None,
            sold: 0,
            held: 0,
        }
    }

    fn code(off: Off) -> PromoCode {
        let (percent, amount) = match off {
            Off::Percent(percent) => (Some(percent), None),
            Off::Amount(amount) => (None, Some(amount)),
        };
        PromoCode {
            id: Id::new(),
            event_id: Id::new(),
            code: "C".into(),
            code_key: "c".into(),
            percent,
            amount,
            currency: String::new(),
            most_uses: None,
            starts_at: None,
            ends_at: None,
            types: String::new(),
            made_at: crate::clock::Instant::from_micros(0),
            ended_at: None,
        }
    }
}
