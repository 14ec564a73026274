//! Near a point: a few cells of the index that cover the circle, then the exact distance. Points are those that
//! everyone may see, so nobody can find an address by asking closer and closer.
use super::words::Mark;
use super::{asked, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db;
use crate::events::place::{Viewer, visible_place};
use crate::events::{Event, point};

/// The mean radius of the Earth in kilometres (IUGG).
const EARTH: f64 = 6371.0088;
/// Kilometres of one degree of latitude.
const DEGREE: f64 = 111.195;
/// Sizes of cells in degrees, the finest first. Each event stands in one of each.
const CELLS: [f64; 5] = [0.0625, 0.25, 1.0, 4.0, 20.0];
/// Cells of one question, where there is a size with which so few do.
const FEW: i64 = 12;

/// Kilometres that can be asked for, and what is meant without.
pub const RADII: [i64; 6] = [2, 5, 10, 25, 50, 100];
pub const MOST: i64 = 200;
pub const USUAL: i64 = 10;

/// Where one wants something near.
#[derive(Debug, Clone, PartialEq)]
pub enum Near {
    Point {
        latitude: f64,
        longitude: f64,
        km: i64,
    },
    /// The middle of what is on in a town.
    Town {
        name: String,
        km: i64,
    },
}

impl Near {
    /// Coordinates, a link of a map, or a town.
    pub fn read(typed: &str, km: i64) -> Self {
        match point::parse(typed) {
            Some((latitude, longitude)) => Self::Point { latitude, longitude, km },
            None => Self::Town { name: typed.trim().to_owned(), km },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    latitude: f64,
    longitude: f64,
    km: f64,
}

/// The circle that is meant; none where nothing in that town says where it is.
pub async fn circle(app: &App, near: &Near) -> db::Result<Option<Circle>> {
    let (latitude, longitude, km) = match near {
        Near::Point { latitude, longitude, km } => (*latitude, *longitude, *km),
        Near::Town { name, km } => match middle(app, name).await? {
            Some((latitude, longitude)) => (latitude, longitude, *km),
            None => return Ok(None),
        },
    };
    Ok(Some(Circle { latitude, longitude, km: km as f64 }))
}

/// Of some events in a town, past ones too: the median, which one wrong pin does not move.
async fn middle(app: &App, town: &str) -> db::Result<Option<(f64, f64)>> {
    let question = super::words::Question { marks: vec![Mark::town(town)], ..Default::default() };
    let any = Instant::from_micros(i64::MIN);
    let within = store::Within { behind: i64::MIN, before: i64::MAX, ends_after: any, room_at: None, limit: 31 };
    let found = asked(app, &question, super::words::Grade::Anywhere, within, None).await?;
    let now = app.clock.now();
    let points = found.iter().filter_map(|found| visible_place(&found.event, Viewer::Public, now).point);
    let (mut latitudes, mut longitudes): (Vec<f64>, Vec<f64>) = points.unzip();
    latitudes.sort_by(f64::total_cmp);
    longitudes.sort_by(f64::total_cmp);
    let half = latitudes.len() / 2;
    Ok(latitudes.get(half).copied().zip(longitudes.get(half).copied()))
}

impl Circle {
    /// Whether everyone may know that an event is within it.
    pub fn holds(&self, event: &Event, now: Instant) -> bool {
        let point = visible_place(event, Viewer::Public, now).point;
        point.is_some_and(|point| distance((self.latitude, self.longitude), point) <= self.km)
    }

    /// Cells that cover it, of the finest size with which they are few.
    pub fn cells(&self) -> Vec<Mark> {
        let up = self.km / DEGREE;
        let (south, north) = ((self.latitude - up).max(-90.0), (self.latitude + up).min(90.0));
        let narrow = south.abs().max(north.abs()).to_radians().cos();
        let aside = if narrow * 180.0 <= up { 180.0 } else { up / narrow };
        let of = |level: usize| {
            let size = CELLS[level];
            let all = (360.0 / size) as i64;
            let west = ((self.longitude - aside + 180.0) / size).floor() as i64;
            let east = (((self.longitude + aside + 180.0) / size).floor() as i64).min(west + all - 1);
            (row(south, size)..=row(north, size), west..=east, all)
        };
        // Near a pole the finest are hundreds of thousands: they are counted before any is written down.
        let count = |level: &usize| {
            let (rows, columns, _) = of(*level);
            (rows.end() - rows.start() + 1) * (columns.end() - columns.start() + 1)
        };
        let level = (0..CELLS.len()).find(|level| count(level) <= FEW).unwrap_or(CELLS.len() - 1);
        let (rows, columns, all) = of(level);
        let row_of = |y| columns.clone().map(move |x: i64| Mark::Cell(level, y, x.rem_euclid(all)));
        rows.flat_map(row_of).collect()
    }
}

fn row(latitude: f64, size: f64) -> i64 {
    ((latitude + 90.0) / size).floor() as i64
}

/// The cells in which a point lies.
pub fn cells_of((latitude, longitude): (f64, f64)) -> impl Iterator<Item = Mark> {
    CELLS.iter().enumerate().map(move |(level, size)| {
        let all = (360.0 / size) as i64;
        let column = ((longitude + 180.0) / size).floor() as i64;
        Mark::Cell(level, row(latitude, *size), column.rem_euclid(all))
    })
}

/// Kilometres over the ground (haversine).
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let [lat_a, lon_a, lat_b, lon_b] = [a.0, a.1, b.0, b.1].map(f64::to_radians);
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon_b - lon_a);
    2.0 * EARTH * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASEL: (f64, f64) = (47.5581, 7.5878);

    #[test]
    fn distances_are_those_on_a_map() {
        let zurich = (47.3769, 8.5417);
        assert!((distance(BASEL, zurich) - 74.4).abs() < 0.5, "{}", distance(BASEL, zurich));
        assert!(distance((0.0, 179.9), (0.0, -179.9)) < 23.0);
    }

    #[test]
    fn a_circle_is_covered_by_few_cells() {
        for km in RADII {
            let circle = Circle { latitude: BASEL.0, longitude: BASEL.1, km: km as f64 };
            assert!(circle.cells().len() <= 12, "{km} km: {}", circle.cells().len());
        }
        // At a pole a row of the largest goes all around.
        for latitude in [88.0, 90.0, -89.9] {
            let circle = Circle { latitude, longitude: 0.0, km: MOST as f64 };
            assert!((1..=36).contains(&circle.cells().len()), "{latitude}: {}", circle.cells().len());
        }
    }

    proptest! {
        #[test]
        fn what_is_within_a_circle_lies_in_its_cells(
            latitude in -89.9_f64..89.9, longitude in -180.0_f64..180.0, km in 1_i64..=200,
            far in 0.0_f64..1.0, bearing in 0.0_f64..std::f64::consts::TAU,
        ) {
            let circle = Circle { latitude, longitude, km: km as f64 };
            let (angle, lat) = (far * circle.km / EARTH, latitude.to_radians());
            let there = (lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos()).asin();
            let aside = (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * there.sin());
            let east = (longitude + aside.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
            let cells = circle.cells();
            prop_assert!(cells_of((there.to_degrees(), east)).any(|cell| cells.contains(&cell)));
        }
    }
}
