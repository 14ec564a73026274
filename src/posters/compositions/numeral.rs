//! The day of the month, as large as the sheet.
use crate::posters::drawing::{HEIGHT, MARGIN, WIDTH};
use crate::posters::lettering::{Anchor, Edge};
use crate::posters::stage::{HEAD, Stage};

const MOON: f64 = 70.0;

pub fn draw(stage: &mut Stage) {
    let place = stage.dice.pick(3);
    let floating = place == 2;
    let day = stage.words.day.clone();
    let single = day.chars().count() == 1;
    let width = match (single, place) {
        (true, _) => 125.0,
        (false, 0) => 88.0,
        (false, _) => 70.0,
    };
    let ink = stage.figure_ink(&day, width);
    let bleed = if single { 20.0 } else { 40.0 };
    let highest = if floating { 600.0 } else { 640.0 };
    let size = ((WIDTH + bleed) / ink.width()).min(1120.0).min(highest / ink.top);
    let (x, anchor) = if place == 1 { (WIDTH + 20.0, Anchor::End) } else { (-20.0, Anchor::Start) };
    let baseline = if floating { HEIGHT - MARGIN - 40.0 } else { HEIGHT + 10.0 };
    stage.figure(&day, (x, baseline), size, width, anchor, stage.palette.a);
    if !floating && stage.dice.flip() {
        let x = if place == 0 { WIDTH - MARGIN - MOON } else { MARGIN + MOON };
        stage.disc(x, HEIGHT - MARGIN - MOON, MOON, stage.palette.b);
    }
    let top = MARGIN + 62.0;
    let free = baseline - ink.top * size - top - 44.0;
    stage.title(top, free.max(170.0), 118.0, Edge::Top);
    stage.date_row(HEAD);
}
