//! Quarter rings round a point on an edge, like a record or an amphitheatre.
use std::f64::consts::{FRAC_PI_2, FRAC_PI_8, PI};

use crate::posters::drawing::{Shape, WIDTH};
use crate::posters::stage::Stage;

const RADII: [f64; 8] = [70.0, 130.0, 205.0, 300.0, 415.0, 560.0, 735.0, 950.0];
const CENTRE: f64 = 620.0;
const HALF_GAP: f64 = 7.0;

pub fn draw(stage: &mut Stage) {
    let left = stage.dice.flip();
    let centre = (if left { 0.0 } else { WIDTH }, CENTRE);
    let base = if left { -FRAC_PI_2 } else { -PI };
    let quarter = base + FRAC_PI_2;
    stage.push(format_args!("<g>"));
    for (i, radii) in RADII.windows(2).enumerate() {
        let mut from = base + FRAC_PI_8 * stage.dice.pick(3) as f64;
        let to = (from + FRAC_PI_8 * (2 + stage.dice.pick(3)) as f64).min(quarter);
        if to - from < FRAC_PI_8 * 0.9 {
            from = to - FRAC_PI_8;
        }
        let colour = if i % 3 == 1 { stage.palette.b } else { stage.palette.a };
        stage.path(Shape::new().ring(centre, (radii[0] + HALF_GAP, radii[1] - HALF_GAP), (from, to)), colour);
    }
    stage.push(format_args!("</g>"));
    stage.path(Shape::new().ring(centre, (0.1, 64.0), (base, quarter)), stage.palette.ink);
    stage.title_below(664.0, 122.0);
}
