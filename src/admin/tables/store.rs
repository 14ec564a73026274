//! One statement for every table of the admin: what is searched for, filtered by and sorted by put together of
//! texts that stand in `lists.rs`. A page costs the same in a table of a million rows as in one of ten: it begins
//! where the last one ended, and a search looks at a bounded number of rows.
use sqlx::FromRow;

use super::{Asked, List, Sort};
use crate::clock::Instant;
use crate::db::{self, Alike, On, Record, Result, folded};

/// How many rows are looked at that begin with what was typed, by each way of beginning.
pub const BEGIN: usize = 500;
/// Of how many of the newest rows the insides of words are searched.
pub const NEWEST: usize = 10_000;

/// A row and where it stands in the order of its table.
#[derive(Debug, FromRow)]
pub struct Keyed<T> {
    #[sqlx(flatten)]
    pub row: T,
    cursor_key: String,
    cursor_id: String,
}

impl<T> Keyed<T> {
    pub fn place(&self) -> Place {
        Place { key: self.cursor_key.clone(), id: self.cursor_id.clone() }
    }
}

/// Between which rows a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub key: String,
    pub id: String,
}

impl Place {
    pub fn text(&self) -> String {
        format!("{}~{}", self.id, self.key)
    }
    pub fn parse(text: &str) -> Option<Self> {
        text.split_once('~')
            .filter(|_| !text.contains('\0'))
            .map(|(id, key)| Self { key: key.to_owned(), id: id.to_owned() })
    }
}

/// What a page starts from, and in which direction.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    pub place: Option<&'a Place>,
    /// Rows before the place, the nearest first.
    pub back: bool,
}

enum Value {
    Text(String),
    Alike(Alike),
    Number(i64),
}

struct Statement {
    text: String,
    values: Vec<Value>,
}

impl Statement {
    fn bound(&mut self, value: Value) {
        self.values.push(value);
        self.text.push_str(&format!("${}", self.values.len()));
    }

    /// Adds a text in which `:q` is what was typed, `:r` the end of all that begin so, `:f` and `:g` the same without
    /// accents and capitals, `:in` a pattern of all that
    /// contain it, `:kind` the second filter and `:now` the time.
    fn push(&mut self, piece: &str, asked: &Asked, now: Instant) {
        let mut parts = piece.split(':');
        self.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(part.len());
            let typed = asked.typed();
            match &part[..end] {
                "q" => self.bound(Value::Text(typed)),
                "r" => self.bound(Value::Text(format!("{typed}\u{10ffff}"))),
                "f" => self.bound(Value::Text(folded(&typed))),
                "g" => self.bound(Value::Text(format!("{}\u{10ffff}", folded(&typed)))),
                "in" => self.bound(Value::Alike(Alike::to(&typed))),
                "number" => self.bound(Value::Text(number(&typed))),
                "kind" => self.bound(Value::Text(asked.kind.trim().to_owned())),
                _ => self.bound(Value::Number(now.micros())),
            }
            self.text.push_str(&part[end..]);
        }
    }
}

/// The end of an id as people write it: `M-1A2B3C4D`.
fn number(typed: &str) -> String {
    let typed = typed.to_lowercase();
    typed.strip_prefix("m-").unwrap_or(&typed).to_owned()
}

fn compose(list: &List, asked: &Asked, from: From, limit: i64, now: Instant) -> Statement {
    let (sort, falling) = asked.sort(list);
    let state = list.states.iter().find(|state| state.word == asked.state);
    // Few rows are left: they are sorted, and the index of the order is not walked for them.
    let few = asked.searches(list) || state.is_some_and(|state| state.few);
    let key = sort.key(few);
    let mut statement = Statement { text: String::new(), values: Vec::new() };
    let text = &mut statement.text;
    *text = format!(
        "SELECT {}, CAST({} AS TEXT) AS cursor_key, {} AS cursor_id FROM {} WHERE 1 = 1",
        list.columns, sort.by, list.id, list.from
    );
    if let Some(state) = state {
        // Another order than the first one's is walked by its index, past rows in other states; the state's own
        // index would find them all and sort them.
        let walked = !few && sort.word != list.sorts[0].word && !list.state.is_empty();
        let rule = if walked {
            state.rule.replace(list.state, &format!("({} || '')", list.state))
        } else {
            state.rule.to_owned()
        };
        statement.push(&format!(" AND {rule}"), asked, now);
    }
    if asked.has_kind(list) {
        statement.push(&format!(" AND {}", list.kind), asked, now);
    }
    if asked.searches(list) {
        search(&mut statement, list, asked, now);
    }
    if let Some(place) = from.place {
        keyset(&mut statement, list, (sort, &key), place, falling != from.back);
    }
    let way = if falling != from.back { "DESC" } else { "ASC" };
    statement.text.push_str(&format!(" ORDER BY {key} {way}, {} {way} LIMIT ", list.id));
    statement.bound(Value::Number(limit));
    statement
}

fn search(statement: &mut Statement, list: &List, asked: &Asked, now: Instant) {
    statement.text.push_str(&format!(" AND {} IN (", list.id));
    for (n, begins) in list.begins.iter().enumerate() {
        let union = if n > 0 { " UNION " } else { "" };
        let text = format!("{union}SELECT * FROM ({begins} LIMIT {BEGIN}) begins{n}");
        statement.push(&text, asked, now);
    }
    if !list.within.is_empty() {
        let text = list.within.replace("NEWEST", &NEWEST.to_string());
        let union = if list.begins.is_empty() { "" } else { " UNION " };
        statement.push(&format!("{union}{text}"), asked, now);
    }
    statement.text.push(')');
}

fn keyset(statement: &mut Statement, list: &List, (sort, key): (&Sort, &str), place: &Place, falling: bool) {
    statement.text.push_str(&format!(" AND ({key}, {}) {} (", list.id, if falling { "<" } else { ">" }));
    statement.bound(if sort.text {
        Value::Text(place.key.clone())
    } else {
        Value::Number(place.key.parse().unwrap_or_default())
    });
    statement.text.push_str(", ");
    statement.bound(Value::Text(place.id.clone()));
    statement.text.push(')');
}

/// The rows of a table from a place on.
pub async fn rows<T>(
    on: impl Into<On<'_>>,
    list: &List,
    asked: &Asked,
    from: From<'_>,
    limit: i64,
    now: Instant,
) -> Result<Vec<Keyed<T>>>
where
    Keyed<T>: Record,
{
    let Statement { text, values } = compose(list, asked, from, limit, now);
    let mut sql = db::composed(text).searches();
    for value in values {
        sql = match value {
            Value::Text(text) => sql.bind(text),
            Value::Alike(alike) => sql.bind_alike(&alike),
            Value::Number(number) => sql.bind(number),
        };
    }
    if asked.searches(list) { sql.afresh().all(on).await } else { sql.all(on).await }
}
