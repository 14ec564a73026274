//! A halftone field.
use crate::posters::drawing::{Shape, WIDTH};
use crate::posters::stage::Stage;

const COLUMNS: u8 = 12;
const ROWS: u8 = 10;
const PITCH: f64 = WIDTH / COLUMNS as f64;
const FIELD: f64 = PITCH * ROWS as f64;
/// Smaller dots are left out.
const SPECK: f64 = 3.0;

pub fn draw(stage: &mut Stage) {
    let mode = stage.dice.pick(4);
    let focus = (stage.dice.span(0.15, 0.85) * WIDTH, stage.dice.span(0.1, 0.9) * FIELD);
    let (mut dots, mut largest) = (Shape::new(), Shape::new());
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let (x, y) = ((f64::from(column) + 0.5) * PITCH, (f64::from(row) + 0.5) * PITCH);
            let tone = tone(mode, (f64::from(column), f64::from(row)), (x, y), focus);
            let radius = PITCH * (0.06 + 0.5 * tone);
            if radius < SPECK {
                continue;
            }
            let second = matches!(mode, 0 | 2) && tone > 0.8;
            if second { &mut largest } else { &mut dots }.disc(x, y, radius);
        }
    }
    stage.path(&dots, stage.palette.a);
    stage.path(&largest, stage.palette.b);
    stage.title_below(FIELD + 36.0, 112.0);
}

/// How dark the field is at a dot, from 0 to 1.
fn tone(mode: usize, (column, row): (f64, f64), (x, y): (f64, f64), focus: (f64, f64)) -> f64 {
    let away = (x - focus.0).hypot(y - focus.1);
    let wave = |phase: f64| 0.5 + 0.5 * phase.sin();
    match mode {
        0 => 1.0 - (away / 620.0).min(1.0),
        1 => wave(away / 78.0),
        2 => (column + f64::from(ROWS) - row) / f64::from(COLUMNS + ROWS),
        _ => wave(column * 0.62 + row * 0.5 + focus.0 / 90.0),
    }
}
