//! Bars that grow, straight or stepped.
use super::progression;
use crate::posters::drawing::{HEIGHT, WIDTH};
use crate::posters::stage::Stage;

const TOTAL: f64 = 590.0;
const GAP: f64 = 13.0;
const CLEAR: f64 = 44.0;

pub fn draw(stage: &mut Stage) {
    let bars = 6 + stage.dice.pick(3);
    let at_foot = stage.dice.flip();
    let ratio = stage.dice.span(1.32, 1.6);
    let mut heights = progression(bars, ratio, TOTAL, GAP);
    if stage.dice.flip() {
        heights.reverse();
    }
    let odd = stage.dice.pick(bars as u8);
    let stepped = stage.dice.pick(3);
    let step = WIDTH / (bars + 3) as f64;
    let mut y = if at_foot { HEIGHT - TOTAL } else { 0.0 };
    for (i, height) in heights.into_iter().enumerate() {
        let (x, width) = match stepped {
            1 => (i as f64 * step, WIDTH),
            2 => (0.0, WIDTH - (bars - 1 - i) as f64 * step),
            _ => (0.0, WIDTH),
        };
        stage.rect(x, y, width, height, if i == odd { stage.palette.b } else { stage.palette.a });
        y += height + GAP;
    }
    if at_foot {
        stage.title_above(HEIGHT - TOTAL - CLEAR, 124.0);
    } else {
        stage.title_below(TOTAL + CLEAR, 124.0);
    }
}
