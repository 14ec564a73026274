//! The face lacks a letter of the title: only the day, and a run of bars.
use super::progression;
use crate::posters::drawing::{HEIGHT, MARGIN, WIDTH};
use crate::posters::lettering::Anchor;
use crate::posters::stage::{FOOT, Stage};

const BARS: u8 = 7;
const RATIO: f64 = 1.45;
const GAP: f64 = 12.0;
const CLEAR: f64 = 40.0;

pub fn draw(stage: &mut Stage) {
    let day = stage.words.day.clone();
    let ink = stage.figure_ink(&day, 100.0);
    let size = ((WIDTH - 2.0 * MARGIN) / ink.width()).min(720.0);
    let baseline = MARGIN + ink.top * size;
    let mut y = baseline + CLEAR;
    let bars = progression(usize::from(BARS), RATIO, HEIGHT - y - MARGIN - 64.0, GAP);
    for (i, height) in bars.into_iter().enumerate() {
        let odd = i == stage.dice.pick(BARS);
        stage.rect(0.0, y, WIDTH, height, if odd { stage.palette.b } else { stage.palette.a });
        y += height + GAP;
    }
    stage.figure(&day, (MARGIN, baseline), size, 100.0, Anchor::Start, stage.palette.ink);
    stage.date_row(FOOT);
}
