//! What a host asks for places: prices, refunds, paying later.
use super::forms::{Typed, TypedType};
use super::planning::Plan;
use super::{PayLater, Pricing, Terms};
use crate::app::App;
use crate::forms::{Errors, Reader};
use crate::i18n::Currency;
use crate::money;

/// What the form says about money.
pub fn terms(r: &mut Reader, typed: &Typed) -> Terms {
    let currency = typed.currency.trim().to_ascii_uppercase();
    if money::offered(&currency).is_none() {
        r.errors.add("currency", t!("Choose one of the options."));
    }
    let refund_percent = r.number("refund_percent", &typed.refund_percent, 0, 100).unwrap_or(100);
    let pay_later = r.choice("pay_later", &typed.pay_later);
    let pay_later_hours = r.number("pay_later_hours", &typed.pay_later_hours, 0, 8760).unwrap_or(0);
    let pay_later_note = r.text("pay_later_note", &typed.pay_later_note, 1000);
    if pay_later == PayLater::Transfer && pay_later_note.is_empty() {
        r.errors.add("pay_later_note", t!("Say where the money goes: the name and number of the account."));
    }
    Terms { currency, refund_percent, pay_later, pay_later_hours, pay_later_note }
}

/// How a type is priced, its price, and what is suggested for a donation.
pub fn of_type(r: &mut Reader, row: usize, typed: &TypedType, currency: Currency) -> (Pricing, i64, i64) {
    let at = |field: &str| format!("type-{row}-{field}");
    let pricing = r.choice(&at("pricing"), &typed.pricing);
    // Of no currency nothing can be said; the currency's own error stands.
    if money::offered(currency.code()).is_none() {
        return (pricing, 0, 0);
    }
    let price = money::read(r, &at("price"), &typed.price, currency);
    if pricing == Pricing::Fixed {
        return (pricing, price, 0);
    }
    // Nothing suggested is the least that one can give.
    let from = if typed.suggested.trim().is_empty() { 0 } else { price };
    let less = t!("This is less than the least that one can give.");
    let suggested = money::read_from(r, &at("suggested"), &typed.suggested, (from, currency), less);
    (pricing, price, suggested.max(price))
}

/// The plan of a form, if it can be kept on this site: where no money can be taken, places can cost something
/// only if they are paid to the host, later.
pub fn plan(app: &App, typed: &Typed) -> Result<Plan, Errors> {
    let plan = typed.parse()?;
    let mut errors = Errors::default();
    if !app.takes_money() && plan.terms.pay_later == PayLater::No {
        for of in plan.types.iter().filter(|of| of.price > 0 || of.pricing == Pricing::Donation) {
            errors.add(
                format!("type-{}-price", of.row),
                t!("This site takes no payments. Make it free, or let people pay at the door or by transfer."),
            );
        }
    }
    errors.or(|| plan)
}
