//! A receipt on paper.
use super::pages::Shown;
use crate::app::App;
use crate::i18n::{Day, Exact, Locale, Say};
use crate::payments::Provider;
use crate::pdf::{Cut, Faces, Ink, Paper, Sheet, WIDTH};

const INK: Ink = Ink(0x12, 0x13, 0x16);
const GREY: Ink = Ink(0x52, 0x55, 0x5B);
const MARGIN: f32 = 56.0;
const TOP: f32 = 72.0;
const STEP: f32 = 16.0;
/// Rows of one sheet.
const MOST: usize = 42;

/// One line of it.
#[derive(Debug, Clone)]
pub enum Row {
    Heading(String),
    Text(String),
    /// What it is, and how much, at the other side.
    Amount(String, String),
    /// The same, bold.
    Sum(String, String),
    Gap,
}

/// All that it shows, in words of the reader's language.
#[derive(Debug, Clone)]
pub struct Words {
    pub language: String,
    pub title: String,
    pub rows: Vec<Row>,
}

/// Minus as every face has it.
pub(in crate::payments) fn less(amount: Exact, l: Locale) -> String {
    format!("-{}", amount.to(l))
}

pub fn words(app: &App, of: &Shown, l: Locale) -> Words {
    let (order, event) = (&of.opened.order, of.event());
    let title = t!("Receipt {number}", number = of.label()).to(l);
    let mut rows = vec![Row::Heading(title.clone())];
    let seller = of.seller();
    rows.extend(seller.iter().map(|line| Row::Text((*line).to_owned())));
    if seller.is_empty() {
        rows.push(Row::Text(app.site_name().to_owned()));
    }
    if !of.seller_tax().is_empty() {
        rows.push(Row::Text(t!("Tax number {number}", number = of.seller_tax().to_owned()).to(l)));
    }
    rows.push(Row::Gap);
    if let Some(receipt) = of.receipt() {
        rows.push(Row::Text(Day(of.at(&receipt.issued_at).date()).to(l)));
    }
    rows.push(Row::Text(t!("Order {number}", number = order.number()).to(l)));
    rows.push(Row::Text(format!("{}, {}", of.opened.person.name, of.opened.person.email)));
    rows.push(Row::Text(format!("{}, {}", event.title, Day(event.starts().date()).to(l))));
    rows.push(Row::Gap);
    bought(&mut rows, of, l);
    rows.push(Row::Gap);
    moved(&mut rows, of, l);
    if !order.terms.is_empty() {
        rows.push(Row::Gap);
        rows.push(Row::Text(t!("Terms accepted: version {version}", version = order.terms.clone()).to(l)));
    }
    Words { language: l.tag().to_owned(), title, rows }
}

fn bought(rows: &mut Vec<Row>, of: &Shown, l: Locale) {
    for line in &of.lines {
        let what = format!("{} × {} ({})", line.places, line.name, line.each.exact().to(l));
        rows.push(Row::Amount(what, line.sum.exact().to(l)));
    }
    if let Some(off) = &of.sums.reduction {
        let what = t!("Promo code {code}", code = off.code.clone()).to(l);
        rows.push(Row::Amount(what, less(off.amount.exact(), l)));
    }
    for tax in of.sums.taxes.iter().filter(|tax| !tax.inclusive) {
        rows.push(Row::Amount(tax.label().to(l), tax.tax_money().exact().to(l)));
    }
    rows.push(Row::Sum(t!("Total").to(l), of.sums.total.exact().to(l)));
    for tax in &of.sums.taxes {
        let what = t!("{tax} on {amount}", tax = tax.label().to(l), amount = tax.net_money().exact()).to(l);
        rows.push(Row::Amount(what, tax.tax_money().exact().to(l)));
    }
}

fn moved(rows: &mut Vec<Row>, of: &Shown, l: Locale) {
    for payment in &of.payments {
        let what = if payment.provider == Provider::Host { t!("Paid to the host").to(l) } else { t!("Paid").to(l) };
        let day = payment.paid_at.map_or_else(String::new, |at| Day(of.at(&at).date()).to(l));
        rows.push(Row::Amount(format!("{what}, {day}"), payment.money().exact().to(l)));
    }
    for refund in &of.refunds {
        let what = match of.note_of(refund) {
            Some(note) => t!("Credit note {number}", number = note.label()).to(l),
            None if of.is_back(refund) => t!("Given back").to(l),
            None => t!("On its way back").to(l),
        };
        let day = Day(of.at(&refund.done_at.unwrap_or(refund.asked_at)).date()).to(l);
        rows.push(Row::Amount(format!("{what}, {day}"), less(refund.money().exact(), l)));
        for (rate, tax) in of.taxes_of(refund) {
            let what = t!("{tax} in it", tax = rate.label().to(l)).to(l);
            rows.push(Row::Amount(format!("  {what}"), less(tax.exact(), l)));
        }
    }
    if !of.refunds.is_empty() {
        rows.push(Row::Sum(t!("Paid in the end").to(l), of.kept().exact().to(l)));
    }
}

/// The file, as the bytes of a PDF.
pub fn draw(words: &Words, faces: Faces) -> anyhow::Result<Vec<u8>> {
    let mut paper = Paper::new(&words.title, &words.language, faces);
    for rows in words.rows.chunks(MOST) {
        paper.sheet(|sheet| {
            let mut y = TOP;
            for row in rows {
                y += put(sheet, row, y);
            }
            Ok(())
        })?;
    }
    paper.bytes()
}

/// Answers how much room it took.
fn put(sheet: &mut Sheet<'_>, row: &Row, y: f32) -> f32 {
    const WIDE: f32 = WIDTH - 2.0 * MARGIN;
    const NUMBERS: f32 = 130.0;
    let mut line = |text: &str, cut, size, ink, width| {
        for line in sheet.lines(text, cut, size, width, 1) {
            sheet.text(&line, (MARGIN, y), cut, size, ink);
        }
    };
    match row {
        Row::Heading(text) => {
            line(text, Cut::Bold, 20.0, INK, WIDE);
            return 2.0 * STEP;
        }
        Row::Text(text) => line(text, Cut::Regular, 10.0, INK, WIDE),
        Row::Gap => {}
        Row::Amount(text, amount) | Row::Sum(text, amount) => {
            let bold = matches!(row, Row::Sum(..));
            let (cut, ink) = if bold { (Cut::Bold, INK) } else { (Cut::Regular, GREY) };
            line(text, cut, 10.0, ink, WIDE - NUMBERS);
            for amount in sheet.lines(amount, cut, 10.0, NUMBERS, 1) {
                sheet.right(&amount, (WIDTH - MARGIN, y), cut, 10.0, INK);
            }
        }
    }
    STEP
}
