//! What the admin's tables share: a search, filters, an order by any head, pages, and the same as a file. All of it
//! stands in the address.
pub mod file;
pub mod lists;
mod store;

use serde::Deserialize;

use crate::clock::Instant;
use crate::db::{Db, Record, Result};

pub use store::Keyed;
use store::{From, Place};

/// Rows of one page.
pub const ROWS: i64 = 50;
/// What is typed is read this far.
const LONGEST: usize = 200;

/// One way to filter.
pub struct State {
    pub word: &'static str,
    pub rule: &'static str,
    /// Rows in it are few, and have an index of their own.
    pub few: bool,
}

/// One way to sort.
pub struct Sort {
    pub word: &'static str,
    /// The column, which has an index together with the id.
    pub by: &'static str,
    /// A text, not a number.
    pub text: bool,
    /// The great ones first, unless asked otherwise.
    pub falling: bool,
}

impl Sort {
    /// The column, or an expression of the same worth that no index has.
    fn key(&self, few: bool) -> String {
        match (few, self.text) {
            (false, _) => self.by.to_owned(),
            (true, true) => format!("({} || '')", self.by),
            (true, false) => format!("({} + 0)", self.by),
        }
    }
}

/// A table: where its rows come from, and by what they are found. The texts are SQL.
pub struct List {
    /// Its page.
    pub path: &'static str,
    pub columns: &'static str,
    pub from: &'static str,
    pub id: &'static str,
    /// The column of which most states are values; '' is none.
    pub state: &'static str,
    pub states: &'static [State],
    /// A second filter, of `:kind`; '' is none.
    pub kind: &'static str,
    /// The first is the one without a wish.
    pub sorts: &'static [Sort],
    /// Ids of what begins with `:q`, each by an index.
    pub begins: &'static [&'static str],
    /// Ids of what contains it, among the newest.
    pub within: &'static str,
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub q: String,
    pub state: String,
    pub kind: String,
    /// A head's word, with a `-` for the great ones first.
    pub sort: String,
    pub after: String,
    pub before: String,
}

impl Asked {
    /// What is searched for. No text of a database holds a NUL.
    fn typed(&self) -> String {
        self.q.trim().chars().filter(|c| *c != '\0').take(LONGEST).collect()
    }
    fn searches(&self, list: &List) -> bool {
        let searchable = !list.begins.is_empty() || !list.within.is_empty();
        searchable && !self.typed().is_empty()
    }
    fn has_kind(&self, list: &List) -> bool {
        !list.kind.is_empty() && !self.kind.trim().is_empty() && !self.kind.contains('\0')
    }
    /// The order, and whether the great ones come first.
    fn sort<'a>(&self, list: &'a List) -> (&'a Sort, bool) {
        let word = self.sort.strip_prefix('-').unwrap_or(&self.sort);
        match list.sorts.iter().find(|sort| sort.word == word) {
            Some(sort) => (sort, self.sort.starts_with('-')),
            None => (&list.sorts[0], list.sorts[0].falling),
        }
    }
    /// An address with these wishes, and those of `more` in their place.
    fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let own = [("q", self.q.trim()), ("state", &self.state), ("kind", &self.kind), ("sort", &self.sort)];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in own {
            if !value.is_empty() && !more.iter().any(|(other, _)| *other == name) {
                query.append_pair(name, value);
            }
        }
        let query = query.extend_pairs(more.iter().filter(|(_, value)| !value.is_empty())).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// One page of a table.
pub struct Table<T> {
    list: &'static List,
    pub asked: Asked,
    pub rows: Vec<T>,
    next: Option<Place>,
    before: Option<Place>,
}

impl<T> Table<T>
where
    Keyed<T>: Record,
{
    pub async fn of(db: &Db, list: &'static List, asked: Asked, now: Instant) -> Result<Self> {
        let back = Place::parse(&asked.before);
        let (place, turned) = match &back {
            Some(place) => (Some(place.clone()), true),
            None => (Place::parse(&asked.after), false),
        };
        let from = From { place: place.as_ref(), back: turned };
        let mut found: Vec<Keyed<T>> = store::rows(db, list, &asked, from, ROWS + 1, now).await?;
        let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
        let more = found.len() > most;
        found.truncate(most);
        if turned {
            found.reverse();
        }
        let place = |at: Option<&Keyed<T>>| at.map(Keyed::place);
        let next = place(found.last()).filter(|_| more || turned);
        let before = place(found.first()).filter(|_| if turned { more } else { place_was_given(&asked) });
        Ok(Self { list, rows: found.into_iter().map(|keyed| keyed.row).collect(), next, before, asked })
    }
}

fn place_was_given(asked: &Asked) -> bool {
    Place::parse(&asked.after).is_some()
}

impl<T> Table<T> {
    pub fn is(&self, state: &str) -> bool {
        self.asked.state == state
    }
    pub fn is_kind(&self, kind: &str) -> bool {
        self.asked.kind == kind
    }
    /// What stands in the field of the order, so that a new search keeps it.
    pub fn sort(&self) -> &str {
        &self.asked.sort
    }
    /// The address that sorts by this head: the other way round if it is sorted so now.
    pub fn sorted(&self, word: &str) -> String {
        let (sort, falling) = self.asked.sort(self.list);
        let wanted = self.list.sorts.iter().find(|sort| sort.word == word);
        let fall = if sort.word == word { !falling } else { wanted.is_some_and(|sort| sort.falling) };
        self.asked.address(self.list.path, &[("sort", &format!("{}{word}", if fall { "-" } else { "" }))])
    }
    /// How this head is sorted by now: the value of `aria-sort`, '' if it is not.
    pub fn order(&self, word: &str) -> &'static str {
        match self.asked.sort(self.list) {
            (sort, _) if sort.word != word => "",
            (_, true) => "descending",
            (_, false) => "ascending",
        }
    }
    pub fn next(&self) -> Option<String> {
        self.next.as_ref().map(|place| self.asked.address(self.list.path, &[("after", &place.text())]))
    }
    pub fn before(&self) -> Option<String> {
        self.before.as_ref().map(|place| self.asked.address(self.list.path, &[("before", &place.text())]))
    }
    /// The same rows as a file, which has this path.
    pub fn file(&self, path: &str) -> String {
        self.asked.address(path, &[])
    }
    /// Whether something was searched for.
    pub fn searched(&self) -> bool {
        self.asked.searches(self.list)
    }
}
