//! Who waits, for hosts: the table, its file, and taking somebody off the list.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::store::{self, Row};
use super::{Party, PartyState};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::{self, Event, Role, hosting};
use crate::i18n::filters;
use crate::ids::Id;
use crate::web::csv::{Cell, Sheet};
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, Query, download, see};

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "hosting/waiting.html")]
struct Waiting<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    rows: Vec<Row>,
    /// How many people wait.
    people: i64,
    total: i64,
    number: i64,
    /// Those too whose wait has ended.
    all: bool,
}

impl Waiting<'_> {
    /// "51–100".
    fn shown(&self) -> String {
        format!("{}–{}", (self.number - 1) * PAGE + 1, (self.number * PAGE).min(self.total))
    }
    fn has_back(&self) -> bool {
        self.number > 1
    }
    fn has_next(&self) -> bool {
        self.number * PAGE < self.total
    }
    fn query(&self, number: i64) -> String {
        format!("{}page={number}", if self.all { "all=1&" } else { "" })
    }
    fn back_query(&self) -> String {
        self.query(self.number - 1)
    }
    fn next_query(&self) -> String {
        self.query(self.number + 1)
    }
    fn at(&self, at: &crate::clock::Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.event.time_zone()).datetime()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    all: String,
    page: String,
}

pub async fn index(
    State(app): State<App>,
    page: Page,
    me: Me,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let number = asked.page.parse().unwrap_or(1).clamp(1, 100_000);
    let all = !asked.all.is_empty();
    page.html(&Waiting {
        page: &page,
        event: &event,
        role,
        tab: "waiting",
        rows: store::list(&app.db, event.id, all, PAGE, (number - 1) * PAGE).await?,
        people: store::people(&app.db, event.id).await?,
        total: store::count(&app.db, event.id, all).await?,
        number,
        all,
    })
}

/// All who wait or waited, as a file for spreadsheets.
pub async fn file(State(app): State<App>, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let rows = store::list(&app.db, event.id, true, 1_000_000, 0).await?;
    let mut sheet = Sheet::new();
    let heads = ["Name", "E-mail", "Companions", "Places", "Ticket type", "State", "Joined at", "Ended at"];
    sheet.row(&heads.map(Cell::Text))?;
    let zone = event.time_zone();
    let civil = |at: crate::clock::Instant| events::times::text(at.in_zone(&zone).datetime());
    for Row { party, name, email, companions, type_name } in &rows {
        let (joined, ended) = (civil(party.joined_at), party.ended_at.map_or_else(String::new, civil));
        let companions = companions.replace('\n', ", ");
        let texts = |texts: [&str; 4]| texts.map(str::to_owned);
        let after = texts([type_name, party.state.word(), &joined, &ended]);
        let mut row = vec![Cell::Text(name), Cell::Text(email), Cell::Text(&companions), Cell::Number(party.places)];
        row.extend(after.iter().map(|text| Cell::Text(text)));
        sheet.row(&row)?;
    }
    download::sheet(&format!("{}-waiting-list", event.slug), sheet)
}

pub async fn remove(
    State(app): State<App>,
    me: Me,
    flash: Flash,
    Path((slug, party)): Path<(String, Id<Party>)>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    store::by_id(&app.db, party).await?.filter(|party| party.event_id == event.id).or_404()?;
    let now = app.clock.now();
    match decide!(app.db, tx, super::remove(tx, event.id, party, me.actor(), now).await) {
        Ok(()) => flash.say(t!("Taken off the waiting list.")).await?,
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("{}/guests/waiting", event.path()))
}
