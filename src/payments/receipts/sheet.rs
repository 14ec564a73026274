//! A receipt on paper.
use super::pages::Shown;
use crate::app::App;
use crate::i18n::{Day, Exact, Locale, Say, Time};
use crate::payments::Provider;
use crate::pdf::{Cut, Faces, Ink, Paper, Sheet, WIDTH};

const INK: Ink = Ink(0x12, 0x13, 0x16);
const GREY: Ink = Ink(0x52, 0x55, 0x5B);
const MARGIN: f32 = 56.0;
const TOP: f32 = 72.0;
const STEP: f32 = 16.0;
/// The columns of labels and of amounts.
const LABELS: f32 = 80.0;
const NUMBERS: f32 = 130.0;
/// Rows of one sheet.
const MOST: usize = 42;

/// One line of it.
#[derive(Debug, Clone)]
pub enum Row {
    Heading(String),
    /// Over the rows of one part.
    Title(String),
    Text(String),
    /// What stands in the first column of a timetable, and what it says.
    Fact(String, String),
    /// What it is, and how much, at the other side.
    Amount(String, String),
    /// The same, bold.
    Sum(String, String),
    /// What it is, and two amounts in columns of their own.
    Columns(String, String, String),
    /// What the columns are.
    Head(String, String, String),
    Gap,
}

/// All that it shows, in words of the reader's language.
#[derive(Debug, Clone)]
pub struct Words {
    pub language: String,
    pub title: String,
    pub rows: Vec<Row>,
}

pub(in crate::payments) fn less(amount: Exact, l: Locale) -> String {
    format!("−{}", amount.to(l))
}

/// What stands at the top of every receipt: its title, and who sold it, under which tax number.
pub fn head(app: &App, title: &str, (seller, tax): (&[&str], &str), l: Locale) -> Vec<Row> {
    let mut rows = vec![Row::Heading(title.to_owned())];
    rows.extend(seller.iter().map(|line| Row::Text((*line).to_owned())));
    if seller.is_empty() {
        rows.push(Row::Text(app.site_name().to_owned()));
    }
    if !tax.is_empty() {
        rows.push(Row::Text(t!("Tax number {number}", number = tax.to_owned()).to(l)));
    }
    rows.push(Row::Gap);
    rows
}

/// And at its end: the version of the terms that held; '' for none.
pub fn accepted(rows: &mut Vec<Row>, terms: &str, l: Locale) {
    if !terms.is_empty() {
        rows.push(Row::Gap);
        rows.push(Row::Text(t!("Terms accepted: version {version}", version = terms.to_owned()).to(l)));
    }
}

pub fn words(app: &App, of: &Shown, l: Locale) -> Words {
    let order = &of.opened.order;
    let title = t!("Receipt {number}", number = of.label()).to(l);
    let mut rows = head(app, &title, (&of.seller(), of.seller_tax()), l);
    facts(&mut rows, of, l);
    rows.push(Row::Gap);
    bought(&mut rows, of, l);
    taxed(&mut rows, of, l);
    rows.push(Row::Gap);
    moved(&mut rows, of, l);
    accepted(&mut rows, &order.terms, l);
    Words { language: l.tag().to_owned(), title, rows }
}

/// When it was issued, for whom, and for what.
fn facts(rows: &mut Vec<Row>, of: &Shown, l: Locale) {
    let event = of.event();
    if let Some(receipt) = of.receipt() {
        rows.push(Row::Fact(t!("Issued").to(l), Day(of.at(&receipt.issued_at).date()).to(l)));
    }
    let who = format!("{}, {}", of.opened.person.name, of.opened.person.email);
    rows.push(Row::Fact(t!("For").to(l), who));
    rows.push(Row::Fact(t!("Event").to(l), event.title.clone()));
    let starts = event.starts();
    let when = t!("{day}, {time}", day = Day(starts.date()), time = Time(starts.time())).to(l);
    rows.push(Row::Fact(String::new(), when));
    rows.push(Row::Fact(t!("Order").to(l), of.opened.order.number()));
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
}

/// The taxes by themselves, below the total of which they are a part already.
fn taxed(rows: &mut Vec<Row>, of: &Shown, l: Locale) {
    if of.sums.taxes.is_empty() {
        return;
    }
    rows.push(Row::Gap);
    rows.push(Row::Head(t!("Taxes").to(l), t!("Net").to(l), t!("Tax").to(l)));
    for tax in &of.sums.taxes {
        let (net, sum) = (tax.net_money().exact().to(l), tax.tax_money().exact().to(l));
        rows.push(Row::Columns(tax.label().to(l), net, sum));
    }
}

fn moved(rows: &mut Vec<Row>, of: &Shown, l: Locale) {
    rows.push(Row::Title(t!("Money").to(l)));
    for payment in &of.payments {
        let what = if payment.provider == Provider::Host { t!("Paid to the host").to(l) } else { t!("Paid").to(l) };
        let day = payment.paid_at.map_or_else(String::new, |at| Day(of.at(&at).date()).to(l));
        rows.push(Row::Amount(format!("{what}, {day}"), payment.money().exact().to(l)));
    }
    for note in of.notes() {
        let number = note.label();
        let (what, signed): (_, fn(Exact, Locale) -> String) = if note.is_reversal() {
            (t!("{number}: the money came back to us", number).to(l), |amount, l| amount.to(l))
        } else {
            (t!("Credit note {number}", number).to(l), less)
        };
        let day = Day(of.at(&note.issued_at).date()).to(l);
        rows.push(Row::Amount(format!("{what}, {day}"), signed(note.money().exact(), l)));
        for (rate, tax) in of.taxes_of(note) {
            let what = t!("{tax} in it", tax = rate.label().to(l)).to(l);
            rows.push(Row::Amount(format!("  {what}"), signed(tax.exact(), l)));
        }
    }
    for refund in of.other_refunds() {
        let what = if of.is_back(refund) { t!("Given back").to(l) } else { t!("On its way back").to(l) };
        let day = Day(of.at(&refund.done_at.unwrap_or(refund.asked_at)).date()).to(l);
        rows.push(Row::Amount(format!("{what}, {day}"), less(refund.money().exact(), l)));
    }
    if of.has_given_back() {
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
    match row {
        Row::Heading(text) => {
            left(sheet, text, (MARGIN, y, WIDE), (Cut::Bold, 20.0, INK));
            return 2.0 * STEP;
        }
        Row::Title(text) => left(sheet, text, (MARGIN, y, WIDE), (Cut::Bold, 10.0, INK)),
        Row::Text(text) => left(sheet, text, (MARGIN, y, WIDE), (Cut::Regular, 10.0, INK)),
        Row::Fact(name, text) => {
            left(sheet, name, (MARGIN, y, LABELS), (Cut::Regular, 10.0, GREY));
            left(sheet, text, (MARGIN + LABELS, y, WIDE - LABELS), (Cut::Regular, 10.0, INK));
        }
        Row::Gap => {}
        Row::Amount(text, amount) => {
            left(sheet, text, (MARGIN, y, WIDE - NUMBERS), (Cut::Regular, 10.0, GREY));
            right(sheet, amount, (WIDTH - MARGIN, y), Cut::Regular);
        }
        Row::Sum(text, amount) => {
            left(sheet, text, (MARGIN, y, WIDE - NUMBERS), (Cut::Bold, 10.0, INK));
            right(sheet, amount, (WIDTH - MARGIN, y), Cut::Bold);
        }
        Row::Columns(text, net, tax) | Row::Head(text, net, tax) => {
            let head = matches!(row, Row::Head(..));
            let (cut, ink) = if head { (Cut::Bold, INK) } else { (Cut::Regular, GREY) };
            left(sheet, text, (MARGIN, y, WIDE - 2.0 * NUMBERS), (cut, 10.0, ink));
            right(sheet, net, (WIDTH - MARGIN - NUMBERS, y), cut);
            right(sheet, tax, (WIDTH - MARGIN, y), cut);
        }
    }
    STEP
}

/// One line of at most this width.
fn left(sheet: &mut Sheet<'_>, text: &str, (x, y, width): (f32, f32, f32), (cut, size, ink): (Cut, f32, Ink)) {
    for line in sheet.lines(text, cut, size, width, 1) {
        sheet.text(&line, (x, y), cut, size, ink);
    }
}

/// An amount that ends at x.
fn right(sheet: &mut Sheet<'_>, amount: &str, at: (f32, f32), cut: Cut) {
    for amount in sheet.lines(amount, cut, 10.0, NUMBERS, 1) {
        sheet.right(&amount, at, cut, 10.0, INK);
    }
}
