//! Who comes, for hosts: the table, and adding people.
use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::bulk::{Act, Bulk};
use super::guests::{self, Cursor, Guest, Search, Sort};
use super::{Order, Refusal, Taken};
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event, Role, TicketType, hosting};
use crate::forms::{Errors, Message};
use crate::i18n::filters;
use crate::ids::Id;
use crate::invitations::friends;
use crate::web::{Form, Me, Page, Path, Query, csv};

const PAGE: i64 = 50;
/// Lines of one pasted list.
pub(super) const MOST_LINES: usize = 200;

#[derive(Template)]
#[template(path = "hosting/guests.html")]
struct Guests<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    guests: Vec<Guest>,
    /// By whom those orders come that are of friends.
    brought: HashMap<Id<Order>, String>,
    types: Vec<TicketType>,
    total: i64,
    asked: &'a Asked,
    sort: Sort,
    /// Whether this is not the first page.
    paged: bool,
    /// Where the next page begins.
    next: Option<Cursor>,
    acts: Vec<Bulk>,
    typed: &'a Typed,
    errors: &'a Errors,
    report: Vec<Line>,
}

impl Guests<'_> {
    fn is_state(&self, state: &str) -> bool {
        self.asked.state == state
    }
    fn at(&self, at: &crate::clock::Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.event.time_zone()).datetime()
    }
    /// Who asked them along; whom a ticket was given comes on their own.
    fn brought_by(&self, guest: &Guest) -> Option<&str> {
        self.brought.get(&guest.order_id).filter(|_| !guest.is_given()).map(String::as_str)
    }
    fn is_searched(&self) -> bool {
        !self.asked.with("sort", "").query().is_empty()
    }
    /// The head of a column: the order that it leads to, and which way it is sorted now.
    fn column(&self, up: Sort, down: Sort) -> (String, &'static str) {
        let other = if self.sort == up { down } else { up };
        let now = if self.sort == up {
            "ascending"
        } else if self.sort == down {
            "descending"
        } else {
            ""
        };
        (self.asked.with("sort", other.word()).query(), now)
    }
}

/// What became of one line of a pasted list.
struct Line {
    text: String,
    added: bool,
    message: Message,
}

impl Line {
    /// Enough of it to be found again.
    fn shown(&self) -> String {
        self.text.chars().take(120).collect()
    }
}

/// What the table shows, as its address says it.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    #[serde(rename = "type")]
    of: String,
    sort: String,
}

impl Asked {
    /// As it is understood: what cannot be is left out.
    pub fn search(&self) -> Search<'_> {
        Search {
            q: &self.q,
            shown: self.state.parse().unwrap_or_default(),
            of: self.of.parse().ok(),
            sort: self.sort.parse().unwrap_or_default(),
        }
    }
    /// What is asked for, for hidden fields and addresses.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [("q", &self.q), ("state", &self.state), ("type", &self.of), ("sort", &self.sort)];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
    }
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        let field = match name {
            "state" => &mut other.state,
            "sort" => &mut other.sort,
            _ => &mut other.q,
        };
        value.clone_into(field);
        other
    }
    /// As the end of an address.
    pub fn query(&self) -> String {
        self.and(&[])
    }
    pub fn behind(&self, cursor: &Cursor) -> String {
        self.and(&[("after", &cursor.to_string())])
    }
    fn and(&self, further: &[(&str, &str)]) -> String {
        let pairs = self.pairs().into_iter().chain(further.iter().copied());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }
}

/// `?after=`: where the page before ended.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Behind {
    after: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    people: String,
    ticket_type: String,
}

pub async fn index(
    State(app): State<App>,
    page: Page,
    me: Me,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    Query(behind): Query<Behind>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let (typed, errors) = (Typed::default(), Errors::default());
    let behind = behind.after.parse().ok();
    let table = table(&app, &page, (&event, role), (&asked, behind), (&typed, &errors), Vec::new()).await?;
    page.html(&table)
}

async fn table<'a>(
    app: &App,
    page: &'a Page,
    (event, role): (&'a Event, Role),
    (asked, behind): (&'a Asked, Option<Cursor>),
    (typed, errors): (&'a Typed, &'a Errors),
    report: Vec<Line>,
) -> Result<Guests<'a>> {
    let search = asked.search();
    let total = guests::total(&app.db, event.id, &search).await?;
    let mut rows = guests::list(&app.db, event.id, &search, behind.as_ref(), PAGE + 1).await?;
    let more = rows.len() > usize::try_from(PAGE).unwrap_or_default();
    rows.truncate(usize::try_from(PAGE).unwrap_or_default());
    let next = rows.last().filter(|_| more).map(guests::Row::cursor);
    let guests: Vec<Guest> = rows.into_iter().map(|row| row.guest).collect();
    let brought = friends::brought(&app.db, guests.iter().map(|guest| guest.order_id).collect()).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let acts = super::bulk::store::latest(&app.db, event.id, 5).await?;
    let (tab, sort, paged) = ("guests", search.sort, behind.is_some());
    Ok(Guests {
        page,
        event,
        role,
        tab,
        guests,
        brought,
        types,
        total,
        asked,
        sort,
        paged,
        next,
        acts,
        typed,
        errors,
        report,
    })
}

/// Adds one person, or a pasted list; says what became of each line.
pub async fn add(
    State(app): State<App>,
    page: Page,
    me: Me,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let mut errors = Errors::default();
    let of = types.iter().find(|of| of.id.to_string() == typed.ticket_type);
    if of.is_none() {
        errors.add("ticket_type", t!("Choose one of the ticket types shown."));
    }
    let people = csv::people(&typed.people);
    if people.is_empty() {
        errors.add("people", t!("Enter a name and an e-mail address, like: Ada Lovelace, ada@example.org"));
    }
    if people.len() > MOST_LINES {
        errors.add("people", t!("Add up to {most} people at a time.", most = MOST_LINES));
    }
    let mut report = Vec::new();
    if let Some(of) = of.filter(|_| errors.is_empty()) {
        for person in people {
            report.push(add_one(&app, &event, of.id, person, &me, &page).await?);
        }
    }
    let left: Vec<&str> = report.iter().filter(|line| !line.added).map(|line| line.text.as_str()).collect();
    // Lines that were added do not stand in the field any more, so sending it again adds nobody twice.
    let typed = if errors.is_empty() { Typed { people: left.join("\n"), ..typed } } else { typed };
    if !left.is_empty() {
        errors.add(
            "people",
            tn!(
                "1 line was not added. It stands here again.",
                "{n} lines were not added. They stand here again.",
                left.len()
            ),
        );
    }
    let asked = Asked::default();
    let table = table(&app, &page, (&event, role), (&asked, None), (&typed, &errors), report).await?;
    if errors.is_empty() { page.html(&table) } else { page.invalid(&table) }
}

async fn add_one(
    app: &App,
    event: &Event,
    of: Id<TicketType>,
    person: std::result::Result<(String, crate::forms::Email), csv::LineError>,
    me: &Me,
    page: &Page,
) -> Result<Line> {
    let (name, email) = match person {
        Ok(person) => person,
        Err(error) => {
            let message = error.says();
            return Ok(Line { text: error.text, added: false, message });
        }
    };
    let text = format!("{name}, {}", email.address);
    let now = app.clock.now();
    let locale = page.locale;
    let taken = decide!(app.db, tx, guests::add(tx, event.id, of, (&name, &email), locale, me.actor(), now).await);
    let (added, message) = match taken {
        Ok(Taken::New(_)) => (true, Message::new(t!("Added. The ticket is on its way by mail."))),
        Ok(Taken::Again(_) | Taken::Already(_) | Taken::Nothing(_)) | Err(Refusal::AlreadyGoing) => {
            (false, Message::new(t!("Has a place already.")))
        }
        Err(refusal) => (false, Message::new(refusal.or_broken()?)),
    };
    Ok(Line { text, added, message })
}
