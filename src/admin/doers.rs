//! Who made facts true, and why: looked up when a page is made, as facts hold ids and no names.
use std::collections::HashMap;

use crate::db::{self, Tx};
use crate::ids::Id;
use crate::journal::Entry;
use crate::members::{self, Member};

/// What those members are called now who did something: their names by their ids.
pub struct Doers(HashMap<String, String>);

impl Doers {
    pub async fn of(tx: &mut Tx, entries: &[Entry]) -> db::Result<Self> {
        let mut names = HashMap::new();
        for id in entries.iter().filter_map(|entry| entry.actor.strip_prefix("member/")) {
            if names.contains_key(id) {
                continue;
            }
            let Ok(member) = id.parse::<Id<Member>>() else { continue };
            if let Some(member) = members::store::by_id(&mut *tx, member).await? {
                names.insert(id.to_owned(), member.name);
            }
        }
        Ok(Self(names))
    }

    /// The member who did it: (id, name).
    pub fn member<'e>(&'e self, entry: &'e Entry) -> Option<(&'e str, &'e str)> {
        let id = entry.actor.strip_prefix("member/")?;
        self.0.get(id).map(|name| (id, name.as_str()))
    }
}

/// What a fact is about, or whose it is, with as much of its id as people compare.
pub fn short(about: &str) -> String {
    match about.split_once('/') {
        Some((kind, id)) if id.len() > 8 => format!("{kind}/…{}", id.get(id.len() - 8..).unwrap_or(id)),
        _ => about.to_owned(),
    }
}

/// Why it was done, where somebody had to say it; '' else.
pub fn reason(entry: &Entry) -> String {
    let payload = entry.fact::<serde_json::Value>().unwrap_or_default();
    payload.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}
