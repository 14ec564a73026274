//! The twelve compositions, and the one for titles the face cannot set.
mod arcs;
mod block;
mod bulbs;
mod diagonal;
mod disc;
mod dots;
mod initial;
mod numeral;
mod rails;
mod tent;
mod tiles;
mod vertical;
mod wordless;

use super::stage::Stage;

/// Draws a poster on a stage.
pub type Composition = fn(&mut Stage);

/// The place in the row is the id.
pub const COMPOSITIONS: [Composition; 12] = [
    block::draw,
    disc::draw,
    rails::draw,
    arcs::draw,
    diagonal::draw,
    tiles::draw,
    numeral::draw,
    dots::draw,
    tent::draw,
    initial::draw,
    vertical::draw,
    bulbs::draw,
];

/// The composition of the page that is not on the bill.
pub const NUMERAL: u8 = 6;

/// For titles the face cannot set.
pub const WORDLESS: Composition = wordless::draw;

/// Bar heights in geometric progression that fill `total` with gaps between them.
fn progression(bars: usize, ratio: f64, total: f64, gap: f64) -> Vec<f64> {
    let heights: Vec<f64> = (0..bars).map(|i| ratio.powi(i as i32)).collect();
    let scale = (total - gap * (bars as f64 - 1.0)) / heights.iter().sum::<f64>();
    heights.into_iter().map(|height| height * scale).collect()
}
