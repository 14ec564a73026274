//! The receipt of credits on paper.
use super::pages::Shown;
use crate::app::App;
use crate::i18n::{Day, Locale, Say};
use crate::members::Member;
use crate::payments::receipts::Receipt;
use crate::payments::receipts::sheet::{Row, Words, accepted, head, less};

pub(super) fn words(app: &App, of: &Shown, member: &Member, l: Locale) -> Words {
    let label = of.receipt().map_or_else(|| of.purchase.number(), Receipt::label);
    let title = t!("Receipt {number}", number = label).to(l);
    let mut rows = head(app, &title, (&of.seller(), of.seller_tax()), l);
    if let Some(receipt) = of.receipt() {
        rows.push(Row::Text(Day(of.at(&receipt.issued_at).date()).to(l)));
    }
    rows.push(Row::Text(t!("Purchase {number}", number = of.purchase.number()).to(l)));
    rows.push(Row::Text(format!("{}, {}", member.name, member.email)));
    rows.push(Row::Gap);
    let price = of.payment.money().exact().to(l);
    rows.push(Row::Amount(tn!("1 credit", "{n} credits", of.purchase.credits).to(l), price.clone()));
    rows.push(Row::Sum(t!("Total").to(l), price.clone()));
    rows.push(Row::Gap);
    moved(&mut rows, of, price, l);
    accepted(&mut rows, &of.purchase.terms, l);
    Words { language: l.tag().to_owned(), title, rows }
}

fn moved(rows: &mut Vec<Row>, of: &Shown, price: String, l: Locale) {
    let day = of.payment.paid_at.map_or_else(String::new, |at| Day(of.at(&at).date()).to(l));
    rows.push(Row::Amount(format!("{}, {day}", t!("Paid").to(l)), price));
    for note in of.notes() {
        let number = note.label();
        let (what, amount) = if note.is_reversal() {
            (t!("{number}: the money came back to us", number).to(l), note.money().exact().to(l))
        } else {
            (t!("Credit note {number}", number).to(l), less(note.money().exact(), l))
        };
        rows.push(Row::Amount(format!("{what}, {}", Day(of.at(&note.issued_at).date()).to(l)), amount));
    }
    for refund in of.other_refunds() {
        let what = if refund.is_confirmed() { t!("Given back").to(l) } else { t!("On its way back").to(l) };
        let day = Day(of.at(&refund.done_at.unwrap_or(refund.asked_at)).date()).to(l);
        rows.push(Row::Amount(format!("{what}, {day}"), less(refund.money().exact(), l)));
    }
    if of.has_given_back() {
        rows.push(Row::Sum(t!("Paid in the end").to(l), of.kept().exact().to(l)));
    }
}
