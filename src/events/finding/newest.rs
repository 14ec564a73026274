//! The list of what was published last, and how far back one look at it goes.
use super::near::Circle;
use super::store::newest::{New, Place, among, nth, of_few};
use super::store::{self, Within};
use super::wish::Wish;
use super::words::{Grade, Mark, Question};
use super::{Cursor, Look, Row, begin, in_engine, zone};
use crate::app::App;
use crate::clock::Instant;
use crate::db;

/// So many that answer a question are all looked up and sorted. Of more, some are soon met on the way back.
const FEW: i64 = 5_000;
/// How many events are looked at together on that way.
const WINDOW: i64 = 250;
/// How many times in one look: to hold an event against a question costs a hundred times what a look at it does.
const WINDOWS: usize = 20;
const WINDOWS_ASKED: usize = 2;

/// The public events that are not over and answer a wish, what was published last first.
pub(super) async fn look(
    app: &App,
    wish: &Wish,
    circle: Option<Circle>,
    behind: Option<Cursor>,
    limit: i64,
) -> db::Result<Look> {
    let asked = Question {
        words: &wish.words,
        marks: wish.marks.clone(),
        one_of: circle.map(|circle| circle.cells()).unwrap_or_default(),
    };
    let within = within(app, wish, if circle.is_some() { i64::MAX } else { limit });
    let mut behind = behind.map_or(Place { at: Instant::from_micros(i64::MAX), position: i64::MAX }, place);
    let wanted = usize::try_from(limit).unwrap_or_default();
    let now = app.clock.now();
    let rows = |new: Vec<New>| {
        let inside = new.into_iter().filter(|new| circle.is_none_or(|circle| circle.holds(&new.found.event, now)));
        inside.map(row).collect::<Vec<Row>>()
    };
    let (mut text, mut windows) = (String::new(), WINDOWS);
    if !asked.is_empty() {
        let marks = [Mark::Ahead].into_iter().chain(asked.marks.clone()).collect();
        let ahead = in_engine(app, &Question { marks, ..asked.clone() }, Grade::Anywhere);
        if store::nth_matching(&app.db, &ahead, within, FEW).await?.is_none() {
            let mut rows = rows(of_few(&app.db, &ahead, behind, within).await?);
            rows.truncate(wanted);
            return Ok(Look { rows, further: None });
        }
        (text, windows) = (in_engine(app, &asked, Grade::Anywhere), WINDOWS_ASKED);
    }
    let mut look = Look::default();
    for _ in 0..windows {
        let end = nth(&app.db, behind, WINDOW - 1).await?;
        look.rows.extend(rows(among(&app.db, &text, behind, WINDOW, within).await?));
        if look.rows.len() >= wanted {
            look.rows.truncate(wanted);
            return Ok(look);
        }
        let Some(end) = end else { return Ok(look) };
        behind = end;
    }
    look.further = Some(cursor(behind));
    Ok(look)
}

fn within(app: &App, wish: &Wish, limit: i64) -> Within {
    let (zone, now) = (zone(app), app.clock.now());
    Within {
        behind: i64::MIN,
        before: wish.to.and_then(|to| to.tomorrow().ok()).map_or(i64::MAX, |end| begin(end, &zone).micros()),
        ends_after: wish.from.map_or(now, |from| begin(from, &zone).max(now)),
        room_at: wish.room.then_some(now),
        limit,
    }
}

/// A cursor of this list says when in place of a leg.
fn cursor(place: Place) -> Cursor {
    Cursor { leg: usize::try_from(place.at.micros()).unwrap_or_default(), position: place.position }
}
fn place(cursor: Cursor) -> Place {
    Place { at: Instant::from_micros(i64::try_from(cursor.leg).unwrap_or(i64::MAX)), position: cursor.position }
}
fn row(new: New) -> Row {
    let place = Place { at: new.listed_at, position: new.found.position };
    Row { leg: cursor(place).leg, found: new.found }
}
