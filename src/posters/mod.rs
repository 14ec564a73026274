//! Posters: every event has one, made from its slug, title, date and time, the same for ever.
mod compositions;
mod drawing;
mod image;
mod lettering;
mod palettes;
mod seed;
mod stage;

#[cfg(test)]
mod tests;

use compositions::{COMPOSITIONS, NUMERAL, WORDLESS};
use drawing::{HEIGHT, N, WIDTH};
use lettering::{Cut, Lettering};
use seed::Stream;
use stage::{Stage, Words};

pub use image::{og_png, png};
pub use lettering::can_set;
pub use palettes::{PALETTES, Palette, palette_of_image};

/// What a poster is made from. Date and time are already words of the event's language.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    pub slug: &'a str,
    pub title: &'a str,
    pub date: &'a str,
    pub time: &'a str,
    /// The day of the month.
    pub day: i8,
    pub variant: u32,
}

/// What a poster looks like before a word is set: an id below 16, and one below 12.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    pub palette: u8,
    pub composition: u8,
}

impl Look {
    fn roll(dice: &mut Stream) -> Self {
        Self { palette: dice.pick(16) as u8, composition: dice.pick(12) as u8 }
    }

    fn palette(self) -> &'static Palette {
        &PALETTES[usize::from(self.palette) % PALETTES.len()]
    }
}

/// How many variants are tried when a poster is hung, against how many neighbours.
const VARIANTS: u32 = 16;
const NEIGHBOURS: usize = 7;

/// The palette and composition of a slug's variant.
pub fn look(slug: &str, variant: u32) -> Look {
    Look::roll(&mut Stream::of(slug, variant))
}

/// The variant that repeats its neighbours least. They are the events before it in time, nearest first.
pub fn hang(slug: &str, neighbours: &[Look]) -> u32 {
    (0..VARIANTS).min_by_key(|variant| likeness(look(slug, *variant), neighbours)).unwrap_or_default()
}

fn likeness(look: Look, neighbours: &[Look]) -> usize {
    let nearest = neighbours.iter().take(NEIGHBOURS).enumerate();
    nearest
        .map(|(away, other)| {
            let palette = usize::from(look.palette == other.palette);
            let composition = usize::from(look.composition == other.composition);
            (NEIGHBOURS - away) * (3 * palette + 2 * composition)
        })
        .sum()
}

/// The poster of an event, 800 × 1000.
pub fn svg(sheet: &Sheet<'_>) -> String {
    framed(&drawn(sheet).1)
}

/// The poster of the page that is not there.
pub fn not_found() -> String {
    let words = Words {
        title: "Not on the bill".to_owned(),
        date: "404".to_owned(),
        time: String::new(),
        day: "404".to_owned(),
    };
    let mut dice = Stream::of("404", 0);
    Look::roll(&mut dice);
    framed(&draw(Look { palette: 2, composition: NUMERAL }, dice, words))
}

/// The palette of someone without a picture.
pub fn avatar_palette(id: &str) -> u8 {
    (seed::fnv1a(id) % 16) as u8
}

fn framed(body: &str) -> String {
    let (width, height) = (N(WIDTH), N(HEIGHT));
    let size = format!(r#"viewBox="0 0 {width} {height}" width="{width}" height="{height}""#);
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>"#)
}

/// The palette of a sheet, and everything on it.
fn drawn(sheet: &Sheet<'_>) -> (&'static Palette, String) {
    let mut dice = Stream::of(sheet.slug, sheet.variant);
    let look = Look::roll(&mut dice);
    let words = Words {
        title: lettering::clean(sheet.title),
        date: lettering::plain(sheet.date),
        time: lettering::plain(sheet.time),
        day: sheet.day.clamp(1, 31).to_string(),
    };
    (look.palette(), draw(look, dice, words))
}

fn draw(look: Look, dice: Stream, words: Words) -> String {
    let composition = if sayable(&words.title) { COMPOSITIONS[usize::from(look.composition) % 12] } else { WORDLESS };
    let mut stage = Stage::new(look.palette(), dice, words);
    composition(&mut stage);
    stage.finish()
}

/// Whether the face has every letter of a title, in small letters and in capitals, and they leave ink.
fn sayable(title: &str) -> bool {
    let ink = Lettering::new().ink(title, Cut::SMALL);
    can_set(title) && can_set(&title.to_uppercase()) && ink.left < ink.right
}
