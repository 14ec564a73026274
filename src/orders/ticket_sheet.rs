//! Tickets on paper: two on a sheet of A4, each in its half, so that cut apart they are A5.
use crate::pdf::{Cut, Faces, Frame, HEIGHT, Ink, Paper, Sheet, WIDTH};

const INK: Ink = Ink(0x12, 0x13, 0x16);
const GREY: Ink = Ink(0x52, 0x55, 0x5B);
const PALE: Ink = Ink(0xB0, 0xB3, 0xB7);

const MARGIN: f32 = 36.0;
const HALF: f32 = HEIGHT / 2.0;
/// The ticket: a poster, what it says, and a part with the code that could be torn off.
const CARD: f32 = WIDTH - 2.0 * MARGIN;
const TALL: f32 = 216.0;
const POSTER: f32 = TALL * 0.8;
const STUB: f32 = 136.0;
const QR: f32 = 112.0;
const PADDING: f32 = 15.0;
const GAP: f32 = 10.0;
const BODY: f32 = CARD - POSTER - STUB - 2.0 * PADDING;

/// The picture of the event.
#[derive(Debug, Clone)]
pub enum Picture {
    Poster(String),
    Cover(Vec<u8>),
}

/// What a ticket says, as (label, lines).
pub type Row = (String, Vec<String>);

/// One ticket, or the code of a party.
#[derive(Debug, Clone)]
pub struct Pass {
    pub rows: Vec<Row>,
    pub code: String,
    /// What the QR code holds.
    pub url: String,
    /// How it is used.
    pub hint: String,
}

/// All that a file of tickets shows, in words of the reader's language.
#[derive(Debug, Clone)]
pub struct Tickets {
    pub language: String,
    pub heading: String,
    pub site: String,
    pub title: String,
    /// Instead of a title in letters that no face has.
    pub event_url: String,
    /// Instead of a name in such letters.
    pub nameless: String,
    pub picture: Picture,
    pub passes: Vec<Pass>,
}

/// The file, as the bytes of a PDF.
pub fn draw(tickets: &Tickets, faces: Faces) -> anyhow::Result<Vec<u8>> {
    let mut paper = Paper::new(&tickets.heading, &tickets.language, faces);
    for sheet in tickets.passes.chunks(2) {
        paper.sheet(|paper| {
            for (pass, top) in sheet.iter().zip([0.0, HALF]) {
                half(paper, tickets, pass, top)?;
            }
            if sheet.len() > 1 {
                paper.perforation((0.0, HALF), (WIDTH, HALF), 0.4, PALE);
            }
            Ok(())
        })?;
    }
    paper.bytes()
}

/// Half a sheet: the ticket in its middle, whose it is above and what to do with it below.
fn half(paper: &mut Sheet<'_>, tickets: &Tickets, pass: &Pass, top: f32) -> anyhow::Result<()> {
    let card = Frame { x: MARGIN, y: top + (HALF - TALL) / 2.0, width: CARD, height: TALL };
    for line in paper.lines(&tickets.site, Cut::Bold, 11.0, CARD, 1) {
        paper.text(&line, (MARGIN, card.y - 12.0), Cut::Bold, 11.0, INK);
    }
    ticket(paper, tickets, pass, card)?;
    let mut y = card.y + TALL + 18.0;
    for line in [&pass.hint, &pass.url] {
        for line in paper.lines(line, Cut::Regular, 9.0, CARD, 2) {
            paper.text(&line, (MARGIN, y), Cut::Regular, 9.0, GREY);
            y += 12.5;
        }
    }
    Ok(())
}

fn ticket(paper: &mut Sheet<'_>, tickets: &Tickets, pass: &Pass, card: Frame) -> anyhow::Result<()> {
    let window = Frame { width: POSTER, ..card };
    match &tickets.picture {
        Picture::Poster(svg) => paper.svg(svg, window)?,
        Picture::Cover(jpeg) => paper.photo(jpeg.clone(), window)?,
    }
    let left = card.x + POSTER + PADDING;
    let mut y = title(paper, tickets, (left, card.y + PADDING));
    for pair in pass.rows.chunks(2) {
        y = rows(paper, tickets, pair, (left, y), card.y + TALL - 8.0);
    }
    let tear = card.x + CARD - STUB;
    paper.perforation((tear, card.y), (tear, card.y + TALL), 1.2, INK);
    stub(paper, pass, (tear, card.y))?;
    paper.outline(card, 0.9, INK);
    Ok(())
}

/// The title, as large as it fits into three lines; answers where the next thing stands.
fn title(paper: &mut Sheet<'_>, tickets: &Tickets, (x, y): (f32, f32)) -> f32 {
    let set = |text: &str, size| paper.lines(text, Cut::Bold, size, BODY, 3);
    let sizes = [15.0, 13.0, 11.0];
    let whole = |size: &&f32| set(&tickets.title, **size).last().is_some_and(|line| !line.ends_with('…'));
    let size = sizes.iter().find(whole).copied().unwrap_or(11.0);
    let mut lines = set(&tickets.title, size);
    if lines.is_empty() {
        lines = set(&tickets.event_url, size);
    }
    let mut y = y;
    for line in lines {
        y += size * 1.15;
        paper.text(&line, (x, y - size * 0.2), Cut::Bold, size, INK);
    }
    y + 10.0
}

/// Two rows side by side.
fn rows(paper: &mut Sheet<'_>, tickets: &Tickets, pair: &[Row], (x, y): (f32, f32), end: f32) -> f32 {
    const COLUMN: f32 = (BODY - GAP) / 2.0;
    let mut foot = y;
    for (n, (label, values)) in pair.iter().enumerate() {
        let x = if n == 0 { x } else { x + COLUMN + GAP };
        for line in paper.lines(label, Cut::Regular, 8.5, COLUMN, 1) {
            paper.text(&line, (x, y + 8.0), Cut::Regular, 8.5, GREY);
        }
        let mut at = y + 20.0;
        for value in values {
            let mut lines = paper.lines(value, Cut::Bold, 10.0, COLUMN, 3);
            if lines.is_empty() {
                lines = paper.lines(&tickets.nameless, Cut::Regular, 10.0, COLUMN, 2);
            }
            for line in lines {
                // What has no room is on the page behind the QR code.
                if at <= end {
                    paper.text(&line, (x, at), Cut::Bold, 10.0, INK);
                    at += 12.5;
                }
            }
        }
        foot = foot.max(at);
    }
    foot + 1.0
}

fn stub(paper: &mut Sheet<'_>, pass: &Pass, (x, y): (f32, f32)) -> anyhow::Result<()> {
    let (data, size) = crate::web::qr::svg(&pass.url)?;
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}"><path d="{data}"/></svg>"#
    );
    let top = y + (TALL - QR - 24.0) / 2.0;
    paper.svg(&svg, Frame { x: x + (STUB - QR) / 2.0, y: top, width: QR, height: QR })?;
    paper.centred(&pass.code, (x, top + QR + 16.0), STUB, Cut::Bold, 11.5, INK);
    Ok(())
}
