//! A great disc with a moon on its rim.
use crate::posters::drawing::WIDTH;
use crate::posters::stage::Stage;

pub fn draw(stage: &mut Stage) {
    let places = [(300.0, 330.0, 0.45_f64), (520.0, 310.0, 2.6), (WIDTH - 90.0, 360.0, 2.7), (400.0, 350.0, -0.7)];
    let (x, y, angle) = stage.dice.choose(places);
    let radius = stage.dice.span(300.0, 360.0);
    let moon = stage.dice.span(84.0, 130.0);
    stage.disc(x, y, radius, stage.palette.a);
    stage.disc(x + angle.cos() * radius, y + angle.sin() * radius, moon, stage.palette.b);
    stage.title_below(640.0, 128.0);
}
