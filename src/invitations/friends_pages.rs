//! Friends whom somebody with a place asks along: who they are, what became of each, and taking them back. Opened like
//! the order: by its member, or by whoever has its secret address.
use askama::Template;
use axum::extract::State as FromApp;
use axum::response::Response;
use serde::Deserialize;

use super::friends::{self, Outcome};
use super::listing::Row;
use super::{Invitation, Refusal, friends_store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::forms::{Email, Errors, Message};
use crate::i18n::filters;
use crate::ids::Id;
use crate::orders::Order;
use crate::orders::opened::{Key, Opened, actor};
use crate::web::csv;
use crate::web::page::Flash;
use crate::web::{Form, Page, Path, Query, see};

/// People of one list.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "invitations/friends.html")]
struct Friends<'a> {
    page: &'a Page,
    opened: &'a Opened,
    event: &'a Event,
    rows: Vec<Row>,
    /// How many more can be asked.
    left: i64,
    /// Whether anybody can be asked at all now.
    open: bool,
    now: Instant,
    people: &'a str,
    lines: Vec<Line>,
    errors: &'a Errors,
}

impl Friends<'_> {
    fn removal(&self, row: &Row) -> String {
        self.opened.path(&format!("/invitations/{}/removal", row.invitation.id))
    }
}

/// What became of one line of the list.
struct Line {
    text: String,
    asked: bool,
    message: Message,
}

impl Line {
    fn of((name, email): &(String, Email), outcome: Outcome) -> Self {
        let message = match outcome {
            Outcome::Asked => Message::new(t!("Invited. The letter is on its way.")),
            Outcome::Twice => Message::new(t!("This address stands on the list twice.")),
            Outcome::Before => Message::new(t!("You asked this person before.")),
            Outcome::Impossible => {
                Message::new(t!("This address cannot be invited from here. Tell your friend yourself."))
            }
        };
        Self { text: csv::line(name, email), asked: outcome == Outcome::Asked, message }
    }
    /// Enough of it to be found again.
    fn shown(&self) -> String {
        self.text.replace('\n', " ").chars().filter(|c| !c.is_control()).take(120).collect()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    people: String,
}

async fn answer(
    app: &App,
    page: &Page,
    opened: &Opened,
    (people, lines): (&str, Vec<Line>),
    errors: &Errors,
) -> Result<Response> {
    let now = app.clock.now();
    let shown = Friends {
        page,
        opened,
        event: &opened.event,
        rows: friends_store::of_order(&app.db, opened.order.id).await?,
        left: friends::left(&app.db, &opened.event, &opened.order).await?,
        open: friends::is_open(&opened.event, now),
        now,
        people,
        lines,
        errors,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn index(
    FromApp(app): FromApp<App>,
    page: Page,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    answer(&app, &page, &opened, ("", Vec::new()), &Errors::default()).await
}

/// The lines of a list that can be read, those that cannot, and what is wrong with it as a whole.
fn read(people: &str) -> (Vec<(String, Email)>, Vec<Line>, Errors) {
    let (mut good, mut bad, mut errors) = (Vec::new(), Vec::new(), Errors::default());
    let list = csv::people(people);
    if list.is_empty() {
        errors.add("people", t!("Enter a name and an e-mail address, like: Ada Lovelace, ada@example.org"));
    }
    if list.len() > MOST {
        errors.add("people", t!("Add up to {most} people at a time.", most = MOST));
        return (good, bad, errors);
    }
    for line in list {
        match line {
            Ok(person) => good.push(person),
            Err(error) => bad.push(Line { message: error.says(), text: error.text, asked: false }),
        }
    }
    (good, bad, errors)
}

/// Asks those who can be asked; the other lines stand in the form again, each with its reason.
pub async fn ask(
    FromApp(app): FromApp<App>,
    page: Page,
    flash: Flash,
    Path(id): Path<Id<Order>>,
    Query(key): Query<Key>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let (people, mut lines, mut errors) = read(&typed.people);
    if !errors.is_empty() {
        return answer(&app, &page, &opened, (&typed.people, Vec::new()), &errors).await;
    }
    let (now, by) = (app.clock.now(), (actor(&page), page.locale));
    match friends::try_to_ask(&app, id, &people, by, now).await {
        Ok(outcomes) => lines.extend(people.iter().zip(outcomes).map(|(person, outcome)| Line::of(person, outcome))),
        Err(Refusal::Dead) => return Err(Error::NotFound),
        Err(refusal) => {
            errors.add("people", refusal.or_broken()?);
            return answer(&app, &page, &opened, (&typed.people, Vec::new()), &errors).await;
        }
    }
    let left: Vec<&str> = lines.iter().filter(|line| !line.asked).map(|line| line.text.as_str()).collect();
    if left.is_empty() {
        flash.say(tn!("1 friend is invited.", "{n} friends are invited.", lines.len())).await?;
        return see(opened.path("/invitations"));
    }
    errors.add(
        "people",
        tn!(
            "1 line was passed over. It stands here again.",
            "{n} lines were passed over. They stand here again.",
            left.len()
        ),
    );
    let people = csv::again(&typed.people, &left);
    answer(&app, &page, &opened, (&people, lines), &errors).await
}

pub async fn take_back(
    FromApp(app): FromApp<App>,
    page: Page,
    flash: Flash,
    Path((id, invitation)): Path<(Id<Order>, Id<Invitation>)>,
    Query(key): Query<Key>,
) -> Result<Response> {
    let opened = Opened::by(&app, &page, id, &key).await?;
    let now = app.clock.now();
    match decide!(app.db, tx, friends::take_back(tx, id, invitation, actor(&page), now).await) {
        Ok(()) => flash.say(t!("The invitation is taken back.")).await?,
        Err(Refusal::Dead) => return Err(Error::NotFound),
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(opened.path("/invitations"))
}
