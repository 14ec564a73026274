//! One statement about several rows at once, instead of one for each.
use super::{Sql, composed};
use crate::ids::Id;

/// A statement in which `:ids` is the list of these; `own` are bound before them, as `$1` and on. Lists are filled up
/// to a power of two with their last one, so that there are only so many texts.
pub fn among<T>(text: &str, own: &[&str], ids: &[Id<T>]) -> Sql {
    let count = ids.len().max(1).next_power_of_two();
    let places: Vec<String> = (1..=count).map(|n| format!("${}", own.len() + n)).collect();
    let mut statement = composed(text.replace(":ids", &places.join(", ")));
    for value in own {
        statement = statement.bind((*value).to_owned());
    }
    for n in 0..count {
        let id = ids.get(n).or(ids.last());
        statement = statement.bind(id.map_or_else(String::new, ToString::to_string));
    }
    statement
}
