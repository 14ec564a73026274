//! The journal, newest first: of one stream, of one kind, or all of it.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::doers::{self, Doers};
use super::paging::{Clocks, ROWS};
use crate::app::App;
use crate::error::Result;
use crate::i18n::filters;
use crate::journal::{self, Entry};
use crate::web::{Admin, Page, Query};

/// What is shown of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    pub stream: String,
    pub kind: String,
    /// Facts older than this one.
    pub before: String,
}

#[derive(Template)]
#[template(path = "admin/journal.html")]
struct Journal<'a> {
    page: &'a Page,
    clocks: Clocks,
    wanted: &'a Wanted,
    kinds: Vec<String>,
    entries: Vec<Entry>,
    doers: Doers,
    /// The address of the page with older ones.
    older: Option<String>,
}

impl Journal<'_> {
    fn short(&self, about: &str) -> String {
        doers::short(about)
    }
    fn payload(&self, entry: &Entry) -> String {
        let value = serde_json::from_str::<serde_json::Value>(&entry.payload);
        value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| entry.payload.clone())
    }
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(wanted): Query<Wanted>) -> Result<Response> {
    let before = wanted.before.parse().unwrap_or(i64::MAX);
    let mut tx = app.db.read().await?;
    let kinds = journal::kinds(&mut tx).await?;
    let mut entries = journal::before(&mut tx, before, wanted.stream.trim(), &wanted.kind, ROWS + 1).await?;
    let doers = Doers::of(&mut tx, &entries).await?;
    tx.commit().await?;
    let more = entries.len() > usize::try_from(ROWS).unwrap_or_default();
    entries.truncate(usize::try_from(ROWS).unwrap_or_default());
    let older = entries.last().filter(|_| more).map(|last| {
        let seq = last.seq.to_string();
        let pairs = [("stream", wanted.stream.as_str()), ("kind", &wanted.kind), ("before", &seq)];
        form_urlencoded::Serializer::new(String::from("/admin/journal?")).extend_pairs(pairs).finish()
    });
    let clocks = Clocks::of(&app, &admin.member);
    page.html(&Journal { page: &page, clocks, wanted: &wanted, kinds, entries, doers, older })
}
