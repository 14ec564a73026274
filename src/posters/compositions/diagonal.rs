//! Slanted bands above the title.
use crate::posters::drawing::{HEIGHT, WIDTH};
use crate::posters::stage::Stage;

const BANDS: [f64; 7] = [34.0, 160.0, 22.0, 96.0, 52.0, 210.0, 16.0];
const GAP: f64 = 26.0;
const FOOT_OF_BANDS: f64 = 620.0;

pub fn draw(stage: &mut Stage) {
    let angle = if stage.dice.flip() { -32 } else { 32 };
    let mut bands = BANDS;
    bands.rotate_left(stage.dice.pick(BANDS.len() as u8));
    stage.push(format_args!(r#"<g transform="rotate({angle} 400 330)">"#));
    let mut y = -60.0;
    for (i, height) in bands.into_iter().enumerate() {
        let second = i % 3 != 2 && i % 2 == 1;
        stage.rect(-500.0, y, 1800.0, height, if second { stage.palette.b } else { stage.palette.a });
        y += height + GAP;
    }
    stage.push(format_args!("</g>"));
    stage.rect(0.0, FOOT_OF_BANDS, WIDTH, HEIGHT - FOOT_OF_BANDS, stage.palette.ground);
    stage.title_below(668.0, 122.0);
}
