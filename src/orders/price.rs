//! What places cost: the host's prices, less what a promo code takes off, with the tax. In minor units throughout.
//!
//! Tax is worked out for each ticket and rounded to what can be paid, halves up, not for the order as a whole: a ticket
//! can be given back alone, and then exactly its tax goes back with it.
//! Each ticket keeps what is paid for it, so that the sum over an order's tickets is its total, always, and what one
//! ticket gives back is known without looking at the others.
mod parts;

use super::facts::PlacedTicket;
use super::promo_codes::PromoCode;
use super::{Refusal, Ticket, Way, Wish};
use crate::events::taxes::{TaxRate, Taxes};
use crate::events::{Pricing, TicketType};
use crate::i18n::{Currency, Money};
use crate::ids::Id;
use crate::money::{self, step};

use parts::discounts;
pub use parts::{Off, share, tax_of};

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
        let wanted = self.amounts.iter().find(|(id, _)| *id == of.id).map_or(of.suggested.max(of.price), |(_, n)| *n);
        given(of, wanted)
    }
}

/// What somebody wants to give for one place of a donation's type, if it can be given.
pub(super) fn given(of: &TicketType, given: i64) -> Result<i64, Refusal> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parts::tests::{currencies, prices};
    use super::*;

    proptest! {
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
