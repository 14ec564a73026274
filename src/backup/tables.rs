//! Rows as JSON, out of one engine and into the other. What there is to copy is asked of the database itself,
//! so a backup needs no list of tables that somebody might forget to extend.
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Postgres, Transaction};

use crate::db::{Db, Tx, sql};

/// Bytes of JSON that are read, kept and written at a time.
const CHUNK: usize = 4 << 20;

/// What each engine derives from the other tables in a way of its own; a job makes it anew.
const DERIVED: &[&str] = &["finding"];

/// A table as a backup has it: each row is an array in the order of `columns`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<String>,
    pub rows: u64,
}

#[derive(Debug, sqlx::FromRow)]
struct Column {
    table_name: String,
    name: String,
    /// As it was declared: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION.
    kind: String,
    /// Its place in the primary key, from 1; 0 if it is not in it.
    place: i64,
}

const SQLITE_COLUMNS: &str = r"
    SELECT t.name AS table_name, c.name AS name, UPPER(c.type) AS kind, c.pk AS place
    FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c
    WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden = 0
      AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT LIKE '\_sqlx%' ESCAPE '\'
    ORDER BY t.name, c.cid";

const POSTGRES_COLUMNS: &str = r"
    SELECT CAST(c.relname AS TEXT) AS table_name, CAST(a.attname AS TEXT) AS name,
           UPPER(format_type(a.atttypid, a.atttypmod)) AS kind,
           COALESCE((SELECT CAST(array_position(CAST(i.indkey AS SMALLINT[]), a.attnum) + 1 AS BIGINT)
                     FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary), 0) AS place
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind = 'r'
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND c.relname NOT LIKE '\_sqlx%'
    ORDER BY c.relname, a.attnum";

const SQLITE_REFERENCES: &str = r#"
    SELECT t.name, f."table" FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f WHERE t.schema = 'main'"#;

const POSTGRES_REFERENCES: &str = "
    SELECT CAST(a.relname AS TEXT), CAST(b.relname AS TEXT)
    FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
    WHERE k.contype = 'f' AND a.relnamespace = CAST(current_schema() AS regnamespace)";

/// The columns of each table that a backup has.
type Columns = BTreeMap<String, Vec<Column>>;

async fn columns(tx: &mut Tx) -> anyhow::Result<Columns> {
    let text = tx.pick(SQLITE_COLUMNS, POSTGRES_COLUMNS);
    let mut tables = Columns::new();
    for column in sql(text).all::<Column>(tx).await? {
        if !DERIVED.contains(&column.table_name.as_str()) {
            tables.entry(column.table_name.clone()).or_default().push(column);
        }
    }
    Ok(tables)
}

/// Tables, each behind those that it refers to.
async fn in_order(tx: &mut Tx, tables: &Columns) -> anyhow::Result<Vec<String>> {
    let references = tx.pick(SQLITE_REFERENCES, POSTGRES_REFERENCES);
    let references: Vec<(String, String)> = sql(references).all(tx).await?;
    let mut left: BTreeSet<&String> = tables.keys().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let waits = |name: &String| references.iter().any(|(from, to)| from == name && to != name && left.contains(to));
        let Some(next) = left.iter().find(|name| !waits(name)).copied() else {
            bail!("tables refer to each other in a circle: {left:?}");
        };
        left.remove(next);
        order.push(next.clone());
    }
    Ok(order)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The statement that reads a table as lines of JSON, in the order of its primary key, the same on both engines.
fn reading(table: &str, columns: &[Column], postgres: bool) -> String {
    let value = |column: &Column| {
        let name = quoted(&column.name);
        match column.kind.as_str() {
            _ if postgres => format!("COALESCE(to_json({name})::TEXT, 'null')"),
            "BOOLEAN" => format!("json(CASE {name} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)"),
            // All digits of a double, which SQLite's own JSON does not give.
            "DOUBLE PRECISION" => format!("json(CASE WHEN {name} IS NOT NULL THEN printf('%!.17g', {name}) END)"),
            _ => name,
        }
    };
    let mut keys: Vec<_> = columns.iter().filter(|column| column.place > 0).collect();
    keys.sort_by_key(|column| column.place);
    let bytewise = |column: &&Column| match (postgres, column.kind.as_str()) {
        (true, "TEXT") => format!("{} COLLATE \"C\"", quoted(&column.name)),
        _ => quoted(&column.name),
    };
    let values: Vec<_> = columns.iter().map(value).collect();
    let keys: Vec<_> = keys.iter().map(bytewise).collect();
    let order = if keys.is_empty() { String::new() } else { format!(" ORDER BY {}", keys.join(", ")) };
    let (values, table) = (values.join(", "), quoted(table));
    if postgres {
        // Its own arrays have blanks in them, SQLite's have none.
        return format!("SELECT '[' || concat_ws(',', {values}) || ']' FROM {table}{order}");
    }
    format!("SELECT json_array({values}) FROM {table}{order}")
}

/// Reads all rows of a snapshot. `keep` gets chunks: the name of a table, the number of a chunk from 1, its lines.
pub async fn dump(
    tx: &mut Tx,
    mut keep: impl FnMut(&str, usize, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Table>> {
    let columns = columns(tx).await?;
    let mut tables = Vec::new();
    for name in in_order(tx, &columns).await? {
        let columns = &columns[&name];
        let text = AssertSqlSafe(reading(&name, columns, tx.is_postgres()));
        let rows = match tx {
            Tx::Snapshot(tx, _) => chunks(sqlx::query_scalar(text).fetch(&mut **tx), &name, &mut keep).await?,
            Tx::Postgres(tx, _) => chunks(sqlx::query_scalar(text).fetch(&mut **tx), &name, &mut keep).await?,
            Tx::Member(..) => bail!("a backup reads a snapshot"),
        };
        let columns = columns.iter().map(|column| column.name.clone()).collect();
        tables.push(Table { name, columns, rows });
    }
    Ok(tables)
}

async fn chunks(
    mut rows: impl futures_util::Stream<Item = sqlx::Result<String>> + Unpin,
    table: &str,
    keep: &mut impl FnMut(&str, usize, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let (mut count, mut chunk, mut lines) = (0, 1, Vec::new());
    while let Some(row) = rows.try_next().await.with_context(|| format!("Rows of {table} cannot be read"))? {
        lines.extend_from_slice(row.as_bytes());
        lines.push(b'\n');
        count += 1;
        if lines.len() >= CHUNK {
            keep(table, chunk, &lines)?;
            chunk += 1;
            lines.clear();
        }
    }
    if !lines.is_empty() {
        keep(table, chunk, &lines)?;
    }
    Ok(count)
}

/// Fills the tables of a new site, all or none of them.
pub enum Loading {
    Sqlite(SqliteConnection),
    Postgres(Transaction<'static, Postgres>),
}

impl Loading {
    /// Empties the tables, which have at most what a fresh start writes.
    pub async fn begin(db: &Db, tables: &[Table]) -> anyhow::Result<Self> {
        let mut loading = match db {
            Db::Sqlite { readers, .. } => {
                let options = readers.connect_options().as_ref().clone().read_only(false);
                let mut conn = SqliteConnection::connect_with(&options).await?;
                sqlx::raw_sql("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON").execute(&mut conn).await?;
                Self::Sqlite(conn)
            }
            Db::Postgres(pool, _) => Self::Postgres(pool.begin().await?),
        };
        for table in tables.iter().rev() {
            loading.run(format!("DELETE FROM {}", quoted(&table.name)), None).await?;
        }
        Ok(loading)
    }

    async fn run(&mut self, text: String, json: Option<&str>) -> sqlx::Result<u64> {
        let text = AssertSqlSafe(text);
        Ok(match self {
            Self::Sqlite(conn) => {
                let query = sqlx::query(text);
                let query = if let Some(json) = json { query.bind(json.to_owned()) } else { query };
                query.execute(conn).await?.rows_affected()
            }
            Self::Postgres(tx) => {
                let query = sqlx::query(text);
                let query = if let Some(json) = json { query.bind(json.to_owned()) } else { query };
                query.execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// Writes one chunk of lines.
    pub async fn load(&mut self, table: &Table, lines: &[u8]) -> anyhow::Result<u64> {
        let lines = std::str::from_utf8(lines)?;
        let json = format!("[{}]", lines.trim_end().replace('\n', ","));
        let names: Vec<_> = table.columns.iter().map(|name| quoted(name)).collect();
        let (name, names) = (quoted(&table.name), names.join(", "));
        let text = match self {
            Self::Sqlite(_) => {
                let values: Vec<_> =
                    (0..table.columns.len()).map(|n| format!("json_extract(value, '$[{n}]')")).collect();
                format!("INSERT INTO {name} ({names}) SELECT {} FROM json_each($1)", values.join(", "))
            }
            Self::Postgres(tx) => {
                let kinds = "SELECT CAST(a.attname AS TEXT), format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                             WHERE a.attrelid = CAST($1 AS regclass) AND a.attnum > 0";
                let kinds: Vec<(String, String)> = sqlx::query_as(kinds).bind(&name).fetch_all(&mut **tx).await?;
                let kinds: BTreeMap<_, _> = kinds.into_iter().collect();
                let mut values = Vec::new();
                for (n, column) in table.columns.iter().enumerate() {
                    let kind = kinds.get(column).with_context(|| format!("{} has no {column}", table.name))?;
                    values.push(format!("CAST(row ->> {n} AS {kind})"));
                }
                format!(
                    "INSERT INTO {name} ({names}) OVERRIDING SYSTEM VALUE
                     SELECT {} FROM json_array_elements(CAST($1 AS JSON)) AS rows (row)",
                    values.join(", ")
                )
            }
        };
        self.run(text, Some(&json)).await.with_context(|| format!("Rows of {} cannot be written", table.name))
    }

    /// Keeps what was loaded, and lets numbers that the engine counts go on behind it.
    pub async fn commit(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(mut conn) => {
                sqlx::raw_sql("COMMIT").execute(&mut conn).await?;
                conn.close().await?;
            }
            Self::Postgres(mut tx) => {
                let counted = "SELECT CAST(c.oid AS regclass)::TEXT, CAST(a.attname AS TEXT)
                               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                               WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND a.attidentity <> ''";
                let counted: Vec<(String, String)> = sqlx::query_as(counted).fetch_all(&mut *tx).await?;
                for (table, column) in counted {
                    let text = format!(
                        "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), MAX({0})) FROM {table}",
                        quoted(&column)
                    );
                    sqlx::query(AssertSqlSafe(text)).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }
}
