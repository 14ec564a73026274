//! What people wait for costs the same with a million events as with ten: SQLite is asked how it would find what each
//! statement of the program asks for. PostgreSQL has the same indexes. The admin's tables, whose statements are put
//! together, have a test of their own in src/admin/tables/store.rs.
use std::collections::BTreeSet;

use marquee::db::{Db, sql};
use sqlx::{AssertSqlSafe, SqlitePool};

use crate::site::Site;
use crate::statements::statements;

/// What reads a table whole, and why it may; `…` at the end is for whatever follows.
const WHOLE: [(&str, &str); 36] = [
    ("SELECT * FROM credit_lines ORDER BY member_id, number", VERIFY),
    ("SELECT * FROM disputes", VERIFY),
    ("SELECT * FROM orders", VERIFY),
    ("SELECT * FROM payments", VERIFY),
    ("SELECT * FROM plan_bills", VERIFY),
    ("SELECT * FROM promo_codes", VERIFY),
    ("SELECT * FROM purchases", VERIFY),
    ("SELECT * FROM receipts ORDER BY number", VERIFY),
    ("SELECT * FROM refunds", VERIFY),
    ("SELECT * FROM subscriptions", VERIFY),
    ("SELECT * FROM waiting", VERIFY),
    ("SELECT id, event_id, state, order_id FROM invitations", VERIFY),
    ("SELECT id, key, amount, currency, monthly, made_at, archived_at,…", VERIFY),
    ("SELECT id, order_id, ticket_type_id, state, price, discount,…", VERIFY),
    ("SELECT id, sold, held, capacity FROM ticket_types", VERIFY),
    ("SELECT id, taken, moved_at FROM events", VERIFY),
    ("SELECT member_id, balance, lines FROM credit_accounts", VERIFY),
    ("SELECT member_id, tier FROM plan_accounts", VERIFY),
    ("SELECT p.id, CAST(SUM(m.amount) AS BIGINT), p.received FROM refund_moves…", VERIFY),
    ("SELECT r.number FROM receipts r LEFT JOIN receipt_taxes…", VERIFY),
    ("SELECT refund_id, amount, hand FROM refund_moves ORDER BY refund_id, turn", VERIFY),
    ("SELECT t.*, o.currency FROM order_taxes t JOIN orders o…", VERIFY),
    ("SELECT * FROM local_notices WHERE checkout_id = $1 ORDER BY id", DEVELOPMENT),
    ("SELECT p.id, p.price, p.key, p.name, c.amount, c.currency, c.monthly FROM local_products…", DEVELOPMENT),
    ("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version", "there are as many as the code has"),
    ("SELECT * FROM plans ORDER BY…", "there are four"),
    ("SELECT name, value FROM settings WHERE name LIKE 'site.%'", "there are as many as the code has settings"),
    ("SELECT * FROM subscriptions WHERE state <> 'ended' ORDER BY id", "all of them are changed, by a command"),
    ("SELECT COUNT(*) FROM (SELECT member_id FROM plan_accounts…", "when a plan's price is changed"),
    ("SELECT state, COUNT(*) FROM subscriptions GROUP BY state", "an admin's figures, of an index alone"),
    ("SELECT kind, CAST(SUM(credits) AS BIGINT) FROM credit_lines GROUP BY kind", "an admin's figures"),
    ("SELECT CAST(COALESCE(SUM(CASE WHEN balance > 0 THEN balance ELSE 0 END), 0)…", "an admin's figures"),
    ("SELECT e.slug, e.title, COALESCE(MIN(m.name), '') AS host,…", "disputes, of which there are few, for a report"),
    ("SELECT address_hash FROM unwanted_mails WHERE kind = $1", "once for a letter to many: who does not want any"),
    ("SELECT name FROM limits WHERE period = $1…", "once for a letter to many; a day's counts are in it"),
    ("SELECT position FROM (SELECT position, ROW_NUMBER()…", "where the parts of the map for search engines begin"),
];
const VERIFY: &str = "`journal verify` compares all that there is";
const DEVELOPMENT: &str = "the local provider has what a developer tried";

fn may_read_all(text: &str) -> bool {
    WHOLE.iter().any(|(known, _)| match known.strip_suffix('…') {
        Some(begin) => text.starts_with(begin),
        None => text == *known,
    })
}

/// The table that a statement calls so; none for what is no table.
fn table<'a>(name: &'a str, text: &'a str, tables: &BTreeSet<String>) -> Option<&'a str> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let called = words.windows(2).find(|pair| pair[1] == name && tables.contains(pair[0])).map(|pair| pair[0]);
    if tables.contains(name) { Some(name) } else { called }
}

/// The table that is looked through whole in a step like `SCAN t USING INDEX i`. An index of some rows is one of few,
/// and of any other index a bounded piece is read where the statement has an end.
fn looked_through<'a>(
    step: &'a str,
    text: &'a str,
    tables: &BTreeSet<String>,
    of_some: &BTreeSet<String>,
) -> Option<&'a str> {
    let name = step.strip_prefix("SCAN ")?.split(' ').next()?;
    let index = step.split_once("INDEX ").map(|(_, index)| index.split(' ').next().unwrap_or_default());
    let ends = ["LIMIT", "MIN(", "EXISTS"].iter().any(|end| text.contains(end));
    if step.contains("VIRTUAL TABLE") || index.is_some_and(|index| of_some.contains(index) || ends) {
        return None;
    }
    table(name, text, tables)
}

async fn steps(readers: &SqlitePool, text: &str) -> Vec<String> {
    let asked = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(asked).fetch_all(readers).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    rows.into_iter().map(|(.., step)| step).collect()
}

#[tokio::test]
async fn no_statement_looks_through_a_table_that_grows() {
    let site = Site::start().await;
    let Db::Sqlite { readers, .. } = &site.app.db else { return };
    let named = async |text: &'static str| -> BTreeSet<String> {
        let rows: Vec<(String,)> = sql(text).all(&site.app.db).await.unwrap();
        rows.into_iter().map(|(name,)| name).collect()
    };
    let tables = named("SELECT name FROM sqlite_master WHERE type = 'table'").await;
    let of_some = named("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'").await;
    let (mut wrong, mut looked) = (Vec::new(), 0);
    for (text, _) in statements() {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let asks = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| text.starts_with(word));
        if !asks || may_read_all(&text) {
            continue;
        }
        looked += 1;
        let steps = steps(readers, &text).await;
        // Few are asked for by a list of them, and all that lie ahead are gone through to find them in it.
        if steps.iter().any(|step| step.contains("events_upcoming"))
            && steps.iter().any(|s| s.starts_with("LIST SUBQUERY"))
        {
            wrong.push(format!("{steps:?}: {text}"));
        }
        for step in steps {
            if let Some(table) = looked_through(&step, &text, &tables, &of_some) {
                wrong.push(format!("{table}: {step}: {text}"));
            }
            // What is nobody's is most of a table: an index is no way to it.
            if text.contains("member_id IS NULL") && step.starts_with("SEARCH") && step.contains("(member_id=?)") {
                wrong.push(format!("{step}: {text}"));
            }
        }
    }
    assert!(looked > 300, "only {looked} statements were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
