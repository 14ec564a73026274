//! The marquee sign: bulbs round the sheet, letters on rails in the panel.
use crate::posters::drawing::{HEIGHT, N, Shape, WIDTH};
use crate::posters::lettering::Stack;
use crate::posters::stage::Stage;

const RIM: f64 = 40.0;
const ACROSS: u8 = 12;
const PANEL: f64 = 96.0;
const PADDING: f64 = 28.0;
const INNER: f64 = WIDTH - 2.0 * (PANEL + PADDING);
/// Empty letter rails under a short title.
const RAIL_PITCH: f64 = 44.0;

pub fn draw(stage: &mut Stage) {
    let every = 2 + stage.dice.pick(2);
    let (mut large, mut small) = (Shape::new(), Shape::new());
    for (i, (x, y)) in sockets().into_iter().enumerate() {
        if i % every == 0 {
            large.disc(x, y, 17.0);
        } else {
            small.disc(x, y, 11.0);
        }
    }
    stage.path(&large, stage.palette.b);
    stage.path(&small, stage.palette.a);
    if stage.dice.flip() {
        stage.rect(PANEL, PANEL, WIDTH - 2.0 * PANEL, HEIGHT - 2.0 * PANEL, stage.palette.a);
    }
    sign(stage);
}

/// Where the bulbs sit, clockwise from the upper left.
fn sockets() -> Vec<(f64, f64)> {
    let pitch = (WIDTH - 2.0 * RIM) / f64::from(ACROSS);
    let down = ((HEIGHT - 2.0 * RIM) / pitch).round_ties_even() as u8;
    let drop = (HEIGHT - 2.0 * RIM) / f64::from(down);
    let top = (0..ACROSS).map(|i| (RIM + f64::from(i) * pitch, RIM));
    let right = (0..down).map(|i| (WIDTH - RIM, RIM + f64::from(i) * drop));
    let foot = (0..ACROSS).map(|i| (WIDTH - RIM - f64::from(i) * pitch, HEIGHT - RIM));
    let left = (0..down).map(|i| (RIM, HEIGHT - RIM - f64::from(i) * drop));
    top.chain(right).chain(foot).chain(left).collect()
}

fn sign(stage: &mut Stage) {
    let edge = PANEL + PADDING;
    let stack = Stack { width: INNER, height: HEIGHT - 2.0 * edge - 70.0, gap: 16.0, most_lines: 7 };
    let stacked = stack.fit(&mut stage.letters, &stage.words.title);
    let baseline = HEIGHT - edge;
    let mut rails = Shape::new();
    let mut y = edge + stacked.height + 40.0;
    while y < baseline - 64.0 {
        rails.push(format_args!("M{} {}h{}v6h{}z", N(edge), N(y), N(INNER), N(-INNER)));
        y += RAIL_PITCH;
    }
    stage.path(&rails, stage.palette.b);
    let type_ = stacked.outline(&mut stage.letters, edge, edge);
    stage.path(&type_, stage.palette.ink);
    stage.date_row_between(edge, WIDTH - edge, baseline);
}
