//! The big top: stripes from an apex to a scalloped hem.
use crate::posters::drawing::{N, Shape, WIDTH};
use crate::posters::stage::Stage;

const APEX: f64 = 60.0;
const HEM: f64 = 590.0;
const OVERHANG: f64 = 60.0;

pub fn draw(stage: &mut Stage) {
    let stripes = stage.dice.choose([7_u8, 9, 11]);
    let apex = 400.0 + stage.dice.choose([-140.0, 0.0, 140.0]);
    let width = (WIDTH + 2.0 * OVERHANG) / f64::from(stripes);
    let mut shapes = [Shape::new(), Shape::new()];
    for stripe in 0..stripes {
        let x = f64::from(stripe) * width - OVERHANG;
        let (radius, width) = (N(width / 2.0), N(width));
        shapes[usize::from(stripe % 2)].push(format_args!(
            "M{} {}L{} {}a{radius} {radius} 0 0 0 {width} 0z",
            N(apex),
            N(APEX),
            N(x),
            N(HEM)
        ));
    }
    stage.path(&shapes[0], stage.palette.a);
    stage.path(&shapes[1], stage.palette.b);
    let foot = N(APEX + 30.0);
    stage.path(Shape::new().push(format_args!("M{} {foot}V0h10V{foot}z", N(apex - 5.0))), stage.palette.ink);
    stage.title_below(706.0, 112.0);
}
