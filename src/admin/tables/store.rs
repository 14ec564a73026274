//! One statement for every table of the admin: what is searched for, filtered by and sorted by put together of
//! texts that stand in `lists.rs`. A page costs the same in a table of a million rows as in one of ten: it begins
//! where the last one ended, and a search looks at a bounded number of rows.
use sqlx::FromRow;

use super::{Asked, List, Sort};
use crate::clock::Instant;
use crate::db::{self, Alike, On, Record, Result, Sql, folded};

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

    fn bound_to_values(self) -> Sql {
        self.values.into_iter().fold(db::composed(self.text).searches(), |sql, value| match value {
            Value::Text(text) => sql.bind(text),
            Value::Alike(alike) => sql.bind_alike(&alike),
            Value::Number(number) => sql.bind(number),
        })
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
        // Another order than the first one's is walked by its index, past rows in other states, or by one that has
        // this state alone; the state's own index would find them all and sort them. So is what is of one kind.
        let other = sort.word != list.sorts[0].word || asked.has_kind(list);
        let walked = !few && other && !list.state.is_empty();
        let rule = if walked {
            state.rule.replace(list.state, &format!("({} || '')", list.state))
        } else {
            state.rule.to_owned()
        };
        statement.push(&format!(" AND {rule}"), asked, now);
    }
    if asked.has_kind(list) {
        // Few rows are found by their own index, not by that of the kind.
        let rule = match list.kind.split_once(" = ") {
            Some((column, kind)) if few => format!("({column} || '') = {kind}"),
            _ => list.kind.to_owned(),
        };
        statement.push(&format!(" AND {rule}"), asked, now);
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
    let sql = compose(list, asked, from, limit, now).bound_to_values();
    if asked.searches(list) { sql.afresh().all(on).await } else { sql.all(on).await }
}

#[cfg(test)]
mod tests {
    use super::super::lists;
    use super::*;
    use crate::db::Db;

    const LISTS: [&List; 11] = [
        &lists::MEMBERS,
        &lists::EVENTS,
        &lists::ORDERS,
        &lists::PAYMENTS,
        &lists::CREDITS,
        &lists::SUBSCRIPTIONS,
        &lists::NOTICES,
        &lists::MAILS,
        &lists::JOBS,
        &lists::OPEN_REPORTS,
        &lists::REPORTS,
    ];

    /// What is sorted, as there are few: page, state, the index that finds just these, and why they are few.
    const FEW: [(&str, &str, &str, &str); 18] = [
        ("/admin/members", "admin", "members_admins", "those who run the site"),
        ("/admin/members", "suspended", "members_suspended", "somebody looked at each"),
        ("/admin/events", "featured", "credit_lines_featuring", "the front page has room for some"),
        ("/admin/orders", "held", "orders_by_state (state=?)", "holds end"),
        ("/admin/orders", "refunding", "orders_by_state (state=?)", "refunds are done within days"),
        ("/admin/payments/all", "open", "payments_by_state (state=?)", "checkouts end"),
        ("/admin/payments/all", "problem", "payments_problem", "somebody must look at each"),
        ("/admin/credits", "debt", "credit_lines_by_kind (kind=?)", "payments that went back"),
        ("/admin/credits", "restored", "credit_lines_by_kind (kind=?)", "and of these some that came again"),
        ("/admin/subscriptions", "incomplete", "subscriptions_by_state (state=?)", "checkouts end"),
        ("/admin/subscriptions", "past_due", "subscriptions_by_state (state=?)", "after two weeks they end"),
        ("/admin/subscriptions", "ending", "subscriptions_ending", "after a month they end"),
        ("/admin/notices", "waiting", "notices_waiting", "they are handled within seconds"),
        ("/admin/notices", "unknown", "notices_unknown", "somebody looks at each"),
        ("/admin/mails", "waiting", "mails_by_state (state=?)", "they go within minutes"),
        ("/admin/mails", "failed", "mails_by_state (state=?)", "tried for two days"),
        ("/admin/jobs", "tried", "jobs_tried", "what fails is looked at"),
        ("/admin/jobs", "failed", "jobs_failed", "what fails is looked at"),
    ];

    fn wishes(list: &List) -> Vec<Asked> {
        let mut wishes = Vec::new();
        for sort in list.sorts {
            for state in list.states.iter().map(|state| state.word).chain([""]) {
                for (kind, way) in [("", ""), ("", "-"), ("x", ""), ("x", "-")] {
                    let (state, kind, sort) = (state.to_owned(), kind.to_owned(), format!("{way}{}", sort.word));
                    wishes.push(Asked { state, kind, sort, ..Asked::default() });
                }
            }
        }
        wishes
    }

    async fn plan(db: &Db, list: &List, asked: &Asked, place: Option<&Place>) -> Vec<String> {
        let mut statement = compose(list, asked, From { place, back: false }, 50, Instant::from_micros(1));
        statement.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        let rows: Vec<(i64, i64, i64, String)> = statement.bound_to_values().all(db).await.unwrap();
        rows.into_iter().map(|(.., step)| step).collect()
    }

    /// Whether few rows are sorted: a state's own, or one member's ledger.
    fn is_short(list: &List, asked: &Asked, plan: &str) -> bool {
        let ledger = list.path == "/admin/credits" && asked.has_kind(list) && plan.contains("(member_id=?)");
        ledger
            || FEW.iter().any(|(path, state, index, _)| {
                (*path, *state) == (list.path, asked.state.as_str()) && plan.contains(index)
            })
    }

    #[tokio::test]
    async fn every_filter_in_every_order_is_read_along_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite:{}", folder.path().join("plans.db").display())).await.unwrap();
        crate::migrations::run(&db).await.unwrap();
        let place = Place { key: "1".to_owned(), id: "1".to_owned() };
        let mut wrong = Vec::new();
        for list in LISTS {
            for asked in wishes(list) {
                for place in [None, Some(&place)] {
                    let steps = plan(&db, list, &asked, place).await;
                    let whole = |step: &String| step.starts_with("SCAN") && !step.contains(" USING ");
                    let walks_all = steps.iter().any(|step| whole(step) || step.contains("AUTOMATIC"));
                    let steps = steps.join("; ");
                    if walks_all || (steps.contains("TEMP B-TREE") && !is_short(list, &asked, &steps)) {
                        wrong.push(format!("{} {asked:?}: {steps}", list.path));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
