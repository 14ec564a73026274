//! Where a title breaks: of all ways to cut its units into n lines, the most even one.
use super::{Cut, Lettering};

/// A line this short would become the largest word of the sheet.
const FEW_LETTERS: usize = 3;
/// What a short line costs, in ems.
const SHORT: f64 = 9.0;

/// Whether a line has so few letters that it must not be blown up.
pub fn is_short(line: &str) -> bool {
    line.chars().filter(|c| c.is_alphanumeric()).count() <= FEW_LETTERS
}

/// The units broken into `count` lines. `count` is from 1 to the number of units.
pub fn break_lines(letters: &mut Lettering, units: &[String], count: usize, weight: u16) -> Vec<String> {
    let cut = Cut { weight, width: 100.0 };
    let mut best: Option<(f64, Vec<String>)> = None;
    for ends in partitions(units.len(), count) {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let lines: Vec<String> = starts.zip(&ends).map(|(start, end)| units[start..*end].join(" ")).collect();
        let cost = cost(letters, &lines, cut);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, lines));
        }
    }
    best.map(|(_, lines)| lines).unwrap_or_default()
}

fn cost(letters: &mut Lettering, lines: &[String], cut: Cut) -> f64 {
    let widths = lines.iter().map(|line| letters.ink(line, cut).width());
    let (least, most) = widths.fold((f64::MAX, 0.0_f64), |(least, most), width| (least.min(width), most.max(width)));
    let short = lines.len() > 1 && lines.iter().any(|line| is_short(line));
    most + 0.25 * (most - least) + if short { SHORT } else { 0.0 }
}

/// Every way to cut `units` into `lines`, as the ends of the lines, earliest cuts first.
fn partitions(units: usize, lines: usize) -> Vec<Vec<usize>> {
    if lines <= 1 {
        return vec![vec![units]];
    }
    let mut all = Vec::new();
    for first in 1..=units.saturating_sub(lines - 1) {
        for rest in partitions(units - first, lines - 1) {
            all.push(std::iter::once(first).chain(rest.into_iter().map(|end| end + first)).collect());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{break_lines, is_short, partitions};
    use crate::posters::lettering::Lettering;

    #[test]
    fn all_partitions_in_order() {
        assert_eq!(partitions(4, 2), [[1, 4], [2, 4], [3, 4]]);
        assert_eq!(partitions(4, 3), [[1, 2, 4], [1, 3, 4], [2, 3, 4]]);
        assert_eq!(partitions(12, 6).len(), 462);
    }

    #[test]
    fn lines_are_even_and_small_words_do_not_stand_alone() {
        let units = ["NOCHE", "DE", "CUMBIA"].map(str::to_owned);
        assert_eq!(break_lines(&mut Lettering::new(), &units, 2, 850), ["NOCHE DE", "CUMBIA"]);
        assert!(is_short("DE –") && !is_short("JAZZ"));
    }
}
