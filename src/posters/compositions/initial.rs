//! The first letter, over the edge.
use crate::posters::drawing::{HEIGHT, WIDTH};
use crate::posters::lettering::{Anchor, can_set};
use crate::posters::stage::Stage;

const CROP: f64 = 650.0;

pub fn draw(stage: &mut Stage) {
    let letter = initial(&stage.words.title).unwrap_or_else(|| stage.words.day.chars().take(1).collect());
    let width = stage.dice.choose([62.0, 100.0, 125.0]);
    let ink = stage.figure_ink(&letter, width);
    let height = ink.top.max(0.1);
    let size = ((WIDTH + 120.0) / ink.width()).max(820.0 / height).min(1500.0 / height).min(2100.0);
    let (x, anchor) = stage.dice.choose([(-70.0, Anchor::Start), (WIDTH + 90.0, Anchor::End)]);
    let baseline = stage.dice.choose([700.0, size * height - 90.0]).max(560.0);
    stage.figure(&letter, (x, baseline), size, width, anchor, stage.palette.a);
    stage.rect(0.0, CROP, WIDTH, HEIGHT - CROP, stage.palette.ground);
    stage.title_below(CROP + 36.0, 122.0);
}

fn initial(title: &str) -> Option<String> {
    let capitals = title.to_uppercase();
    let first = capitals.chars().find(|c| c.is_alphanumeric() && can_set(&c.to_string()));
    first.map(String::from)
}
