//! The title climbs a field at the side; geometry beside it.
use crate::posters::drawing::{HEIGHT, MARGIN, N, Shape, WIDTH};
use crate::posters::lettering::Stack;
use crate::posters::stage::{FOOT, Stage};

const PADDING: f64 = 28.0;

pub fn draw(stage: &mut Stage) {
    let right = stage.dice.flip();
    let field = stage.dice.span(300.0, 390.0);
    let field_x = if right { WIDTH - field } else { 0.0 };
    stage.rect(field_x, 0.0, field, HEIGHT, stage.palette.a);
    climbing_title(stage, field_x + PADDING, field - 2.0 * PADDING);
    let x = if right { 0.0 } else { field };
    geometry(stage, x, WIDTH - field);
    stage.date_column(x + MARGIN * 0.75, FOOT);
}

fn climbing_title(stage: &mut Stage, x: f64, height: f64) {
    let stack = Stack { width: HEIGHT - 2.0 * MARGIN, height, gap: 12.0, most_lines: 3 };
    let title = stack.fit(&mut stage.letters, &stage.words.title).outline(&mut stage.letters, 0.0, 0.0);
    let (ink, x, y) = (stage.palette.ink, N(x), N(HEIGHT - MARGIN));
    let data = title.data();
    stage.push(format_args!(r#"<path fill="{ink}" transform="translate({x} {y}) rotate(-90)" d="{data}"/>"#));
}

fn geometry(stage: &mut Stage, x: f64, width: f64) {
    let discs = 3 + stage.dice.pick(3);
    let y = stage.dice.choose([190.0, 330.0, 470.0]);
    if stage.dice.flip() {
        let colours = [stage.palette.b, stage.palette.ground, stage.palette.a];
        let radius = width / 2.0 - MARGIN * 0.6;
        for i in 0..discs {
            let (nth, of) = (i as f64, discs as f64);
            stage.disc(x + width / 2.0, y + nth * radius * 2.0 / of, radius * (1.0 - nth / of), colours[i % 3]);
        }
        return;
    }
    for i in 0..9_u8 {
        let down = f64::from(i) * 70.0;
        let mut bar = Shape::new();
        bar.push(format_args!("M{} {}L{} {}v38", N(x + width), N(60.0 + down), N(x), N(200.0 + down)));
        bar.push(format_args!("L{} {}z", N(x + width), N(98.0 + down)));
        stage.path(&bar, if i % 3 == 0 { stage.palette.ink } else { stage.palette.b });
    }
}
