//! Four by three tiles of simple shapes.
use crate::posters::drawing::{HEIGHT, N, Shape, WIDTH};
use crate::posters::lettering::Edge;
use crate::posters::stage::{FOOT, HEAD, Stage};

const COLUMNS: usize = 4;
const ROWS: usize = 3;
const SIDE: f64 = WIDTH / COLUMNS as f64;
const BOARD: f64 = SIDE * ROWS as f64;
const CLEAR: f64 = 40.0;
const DATE: f64 = 58.0;
const LARGEST: f64 = 104.0;

pub fn draw(stage: &mut Stage) {
    let at_head = stage.dice.flip();
    let top = if at_head { 0.0 } else { HEIGHT - BOARD };
    let mut shapes = [Shape::new(), Shape::new(), Shape::new()];
    let mut last = None;
    for place in 0..COLUMNS * ROWS {
        let (x, y) = ((place % COLUMNS) as f64 * SIDE, top + (place / COLUMNS) as f64 * SIDE);
        let mut kind = stage.dice.pick(7);
        let colour = stage.dice.choose([0, 0, 1, 2]);
        if last == Some(kind) {
            kind = (kind + 1) % 7;
        }
        last = Some(kind);
        let turn = stage.dice.pick(4);
        tile(&mut shapes[colour], kind, turn, (x, y));
    }
    let colours = [stage.palette.a, stage.palette.b, stage.palette.ink];
    for (shape, colour) in shapes.iter().zip(colours) {
        stage.path(shape, colour);
    }
    if at_head {
        stage.title(BOARD + CLEAR, FOOT - DATE - BOARD - CLEAR, LARGEST, Edge::Bottom);
        stage.date_row(FOOT);
    } else {
        let title = HEIGHT - FOOT + DATE;
        stage.title(title, top - CLEAR - title, LARGEST, Edge::Top);
        stage.date_row(HEAD);
    }
}

fn tile(shape: &mut Shape, kind: usize, turn: usize, (x, y): (f64, f64)) {
    let half = SIDE / 2.0;
    let corners = [(x, y), (x + SIDE, y), (x + SIDE, y + SIDE), (x, y + SIDE)];
    match kind {
        0 | 1 => quarter(shape, corners, turn),
        2 => drop(shape.disc(x + half, y + half, half)),
        3 if turn % 2 == 1 => drop(shape.dome(x + half, y + half, half)),
        3 => {
            let radius = N(half);
            shape.push(format_args!("M{} {}a{radius} {radius} 0 0 1 0 {}z", N(x + half), N(y), N(SIDE)));
        }
        4 => {
            let [a, b, c] = [1, 2, 3].map(|i| if i <= turn { i - 1 } else { i });
            shape.polygon(&[corners[a], corners[b], corners[c]]);
        }
        5 => drop(shape.rect(x, y, SIDE, SIDE)),
        _ => {
            for stripe in 0..3 {
                shape.rect(x, y + f64::from(stripe) * SIDE / 3.0 + SIDE / 12.0, SIDE, SIDE / 6.0);
            }
        }
    }
}

/// A quarter disc round one of the corners.
fn quarter(shape: &mut Shape, corners: [(f64, f64); 4], turn: usize) {
    let [centre, from, to] = [turn, (turn + 1) % 4, (turn + 3) % 4].map(|corner| corners[corner]);
    let radius = N(SIDE);
    shape.push(format_args!("M{} {}L{} {}", N(centre.0), N(centre.1), N(from.0), N(from.1)));
    shape.push(format_args!("A{radius} {radius} 0 0 1 {} {}z", N(to.0), N(to.1)));
}
