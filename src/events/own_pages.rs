//! The events that a member runs: what is to come, drafts, and what is over, each by pages.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::hosting::store::{self, Hosted};
use super::{Event, Role, team_store, transfers};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::Result;
use crate::i18n::{Day, filters};
use crate::ids::Id;
use crate::plans;
use crate::web::{Me, Page, Query};

const PAGE: usize = 20;

words! {
    /// The parts of the page.
    pub enum Part { Coming = "coming", Drafts = "drafts", Past = "past" }
}

/// One part, from where its last page ended.
struct List {
    part: Part,
    rows: Vec<Hosted>,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

impl List {
    fn rows(&self) -> &[Hosted] {
        &self.rows
    }
}

#[derive(Template)]
#[template(path = "hosting/index.html")]
struct Index<'a> {
    page: &'a Page,
    lists: Vec<List>,
    /// Events that this member is asked to help with.
    asked: Vec<Event>,
    /// Whether this is the page on which all parts begin.
    first: bool,
    /// Until when their plan goes on that could not be paid.
    unpaid: Option<Day>,
}

/// Which part goes on, and from where.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct From {
    part: String,
    from: String,
}

async fn list(app: &App, me: &Me, part: Part, from: &str) -> Result<List> {
    let (db, now, limit) = (&app.db, app.clock.now(), PAGE as i64 + 1);
    let after = parse(from).map(|(at, id)| (at, id.map_or_else(String::new, |id| id.to_string())));
    let start = |micros| (Instant::from_micros(micros), String::new());
    let mut rows = match part {
        Part::Coming => store::to_come(db, me.id, now, &after.unwrap_or(start(i64::MIN)), limit).await?,
        Part::Drafts => store::drafts(db, me.id, &after.unwrap_or(start(i64::MIN)), limit).await?,
        Part::Past => store::over(db, me.id, now, &after.unwrap_or(start(i64::MAX)), limit).await?,
    };
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| cursor_behind(&last.event));
    Ok(List { part, rows, next })
}

pub async fn index(State(app): State<App>, page: Page, me: Me, Query(from): Query<From>) -> Result<Response> {
    let only = from.part.parse::<Part>().ok();
    let mut lists = Vec::new();
    for part in Part::ALL.iter().copied().filter(|part| only.is_none_or(|only| only == *part)) {
        lists.push(list(&app, &me, part, if only.is_some() { &from.from } else { "" }).await?);
    }
    lists.retain(|list| !list.rows.is_empty());
    let since = app.clock.now() - clock::days(transfers::DAYS);
    let asked = team_store::asked_of(&app.db, &me.email_key, since).await?;
    let zone = TimeZone::get(me.zone.as_deref().unwrap_or(&app.config.zone)).unwrap_or(TimeZone::UTC);
    let unpaid = plans::warning(&app, me.id).await?.map(|until| Day(until.in_zone(&zone).date()));
    page.html(&Index { page: &page, lists, asked, first: only.is_none(), unpaid })
}

fn cursor_behind(event: &Event) -> String {
    format!("{}.{}", event.starts_at.micros(), event.id)
}

fn parse(cursor: &str) -> Option<(Instant, Option<Id<Event>>)> {
    let (micros, id) = cursor.split_once('.')?;
    Some((Instant::from_micros(micros.parse().ok()?), Some(id.parse().ok()?)))
}
