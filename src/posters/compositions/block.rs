//! The title fills the sheet; a short one leaves room for a sun on its horizon.
use crate::posters::drawing::{HEIGHT, MARGIN, Shape, WIDTH};
use crate::posters::lettering::Stack;
use crate::posters::stage::{FOOT, HEAD, Stage};

const HEIGHT_OF_TYPE: f64 = HEIGHT - 2.0 * MARGIN - 62.0;
/// With this much left free, a field of colour takes the foot.
const ROOM: f64 = 190.0;

pub fn draw(stage: &mut Stage) {
    let from_top = stage.dice.flip();
    let stack = Stack { width: WIDTH - 2.0 * MARGIN, height: HEIGHT_OF_TYPE, gap: 14.0, most_lines: 7 };
    let stacked = stack.fit(&mut stage.letters, &stage.words.title);
    let ink = stage.palette.ink;
    if HEIGHT_OF_TYPE - stacked.height < ROOM {
        let top = if from_top { MARGIN } else { FOOT - stacked.height };
        let type_ = stacked.outline(&mut stage.letters, MARGIN, top);
        stage.path(&type_, ink);
        stage.date_row(if from_top { FOOT } else { HEAD });
        return;
    }
    let horizon = 2.0 * MARGIN + stacked.height;
    sunrise(stage, horizon);
    let type_ = stacked.outline(&mut stage.letters, MARGIN, MARGIN);
    stage.path(&type_, ink);
    stage.date_row(horizon + 56.0);
}

fn sunrise(stage: &mut Stage, horizon: f64) {
    let radius = ((HEIGHT - horizon) * 0.62).min(330.0);
    let x = stage.dice.choose([MARGIN + radius, WIDTH / 2.0, WIDTH - MARGIN - radius]);
    stage.rect(0.0, horizon, WIDTH, HEIGHT - horizon, stage.palette.a);
    stage.path(Shape::new().dome(x, HEIGHT, radius), stage.palette.b);
}
