//! Every SQL text of the program is prepared on the engine at hand: a wrong column, a word that only the other
//! engine knows, or a type that only one of them forgives, is found before anybody meets it.
use std::path::Path;

use litrs::StringLit;
use proc_macro2::{TokenStream, TokenTree};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::site::Site;
use marquee::db::Db;

/// (SQLite's, PostgreSQL's) of each statement.
pub fn statements() -> Vec<(String, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                walk(text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display())), &mut found);
            }
        }
    }
    found
}

fn walk(tokens: TokenStream, found: &mut Vec<(String, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for pair in tokens.windows(2) {
        if let [TokenTree::Ident(name), TokenTree::Group(arguments)] = pair {
            let texts: Vec<String> = arguments
                .stream()
                .into_iter()
                .filter_map(|token| Some(StringLit::try_from(token).ok()?.value().to_owned()))
                .collect();
            match (name.to_string().as_str(), texts.as_slice()) {
                ("sql" | "later" | "reads" | "addressed", [text]) => found.push((text.clone(), text.clone())),
                ("searching", [text]) => found.push((text.clone(), text.replace(" GLOB ", " ~ "))),
                ("pick" | "picks", [sqlite, postgres]) => found.push((sqlite.clone(), postgres.clone())),
                _ => {}
            }
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            walk(group.stream(), found);
        }
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let site = Site::start().await;
    let statements = statements();
    assert!(statements.len() > 60, "only {} statements were found", statements.len());
    let mut wrong = Vec::new();
    match &site.app.db {
        Db::Sqlite { readers, .. } => {
            let mut conn = readers.acquire().await.unwrap();
            for (text, _) in statements {
                let prepared = conn.prepare(AssertSqlSafe(text.clone()).into_sql_str()).await.map(drop);
                wrong.extend(prepared.err().map(|error| format!("{text}: {error}")));
            }
        }
        Db::Postgres(pool, _) => {
            let mut conn = pool.acquire().await.unwrap();
            for (_, text) in statements {
                let prepared = conn.prepare(AssertSqlSafe(text.clone()).into_sql_str()).await.map(drop);
                wrong.extend(prepared.err().map(|error| format!("{text}: {error}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
