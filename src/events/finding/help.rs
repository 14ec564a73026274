//! What to look for instead, where nothing was found: the same with less asked for, as far as that finds something.
use super::rows;
use super::wish::Asked;
use super::words;
use crate::app::App;
use crate::db;
use crate::events::Category;
use crate::forms::Message;

/// Ways on from an empty page.
const MOST: usize = 4;

/// One of them.
pub struct Way {
    pub says: Message,
    pub asked: Asked,
}

/// Those that lead to something.
pub async fn ways(app: &App, asked: &Asked) -> db::Result<Vec<Way>> {
    let mut found = Vec::new();
    for way in candidates(asked) {
        let (wish, _) = way.asked.read(super::today(app));
        if found.len() < MOST && !way.asked.is_empty() && !rows(app, &wish, None, 1).await?.is_empty() {
            found.push(way);
        }
    }
    Ok(found)
}

fn candidates(asked: &Asked) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut way = |says: Message, less: Asked| {
        if less != *asked && ways.iter().all(|way: &Way| way.asked != less) {
            ways.push(Way { says, asked: less });
        }
    };
    way(Message::new(t!("On any day")), asked.any_day());
    if let Ok(category) = asked.category.parse::<Category>() {
        way(Message::new(t!("Not only {kind}", kind = category)), asked.with("category", ""));
    }
    way(Message::new(t!("In any town")), asked.with("town", ""));
    way(Message::new(t!("Anywhere")), asked.with("near", "").with("radius", ""));
    way(Message::new(t!("By anybody")), asked.with("host", ""));
    way(Message::new(t!("With any tag")), asked.with("tag", ""));
    way(Message::new(t!("In any language")), asked.with("language", ""));
    way(Message::new(t!("Also what costs something")), asked.with("free", ""));
    way(Message::new(t!("Also what is full")), asked.with("room", ""));
    for word in words::asked(&asked.q) {
        let only = Asked { q: word.clone(), ..Asked::default() };
        way(Message::new(t!("Everything with “{what}”", what = word)), only);
    }
    ways
}
