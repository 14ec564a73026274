//! The receipt of a plan's month on paper.
use super::bill_pages::Shown;
use crate::app::App;
use crate::i18n::{Day, Locale, Say};
use crate::members::Member;
use crate::payments::receipts::sheet::{Row, Words, accepted, head};

pub(super) fn words(app: &App, of: &Shown, member: &Member, l: Locale) -> Words {
    let title = t!("Receipt {number}", number = of.receipt.label()).to(l);
    let mut rows = head(app, &title, (&of.seller(), &of.receipt.seller_tax), l);
    let day = |at| Day(of.at(at).date());
    rows.push(Row::Text(day(&of.receipt.issued_at).to(l)));
    rows.push(Row::Text(format!("{}, {}", member.name, member.email)));
    rows.push(Row::Gap);
    let price = of.receipt.money().exact().to(l);
    rows.push(Row::Amount(t!("Plan {name}", name = of.bill.tier.name()).to(l), price.clone()));
    let (from, until) = (day(&of.bill.starts_at), day(&of.bill.ends_at));
    rows.push(Row::Text(t!("From {from} to {to}", from, to = until).to(l)));
    rows.push(Row::Sum(t!("Total").to(l), price.clone()));
    rows.push(Row::Gap);
    rows.push(Row::Amount(format!("{}, {}", t!("Paid").to(l), day(&of.bill.paid_at).to(l)), price));
    for note in &of.notes {
        let what = if note.is_credit_note() {
            t!("Credit note {number}", number = note.label()).to(l)
        } else {
            t!("Credit note taken back").to(l)
        };
        let sign = if note.is_credit_note() { "−" } else { "" };
        let back = format!("{sign}{}", note.money().exact().to(l));
        rows.push(Row::Amount(format!("{what}, {}", day(&note.issued_at).to(l)), back));
    }
    accepted(&mut rows, &of.terms, l);
    Words { language: l.tag().to_owned(), title, rows }
}
