//! Whom the hosts of an event ask: a list pasted or uploaded and looked at line by line, and what became of each.
use askama::Template;
use axum::extract::{Request, State as FromApp};
use axum::response::Response;
use serde::Deserialize;

use super::inviting::{self, By, Planned, Problem, Silent};
use super::listing::{self, Counts, Row};
use super::{Invitation, Refusal, State, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::events::{Event, Role, hosting};
use crate::forms::{Errors, Message};
use crate::i18n::filters;
use crate::ids::Id;
use crate::web::csv::{self, LineError, Listed};
use crate::web::list_form::ListForm;
use crate::web::page::Flash;
use crate::web::{Me, Page, Path, Query, see};

/// Rows of one page.
const SHOWN: i64 = 100;
/// People of one list.
const MOST: usize = 5_000;

#[derive(Template)]
#[template(path = "hosting/invitations.html")]
struct Invitations<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    rows: Vec<Row>,
    counts: Counts,
    /// The state whose rows are shown; '' is any.
    shown: &'a str,
    /// Behind which row the next page begins.
    more: Option<Id<Invitation>>,
    now: Instant,
    people: &'a str,
    lines: Vec<Line>,
    /// How many were just invited, where other lines were wrong.
    invited: Option<usize>,
    errors: &'a Errors,
}

impl Invitations<'_> {
    fn good(&self) -> usize {
        self.lines.iter().filter(|line| line.problem.is_none()).count()
    }
    fn bad(&self) -> usize {
        self.lines.len() - self.good()
    }
}

/// One line of a list, and why it is passed over.
struct Line {
    number: usize,
    text: String,
    email: String,
    /// As it stands in the form again.
    again: String,
    problem: Option<Message>,
    /// What is to be known of somebody who can be invited.
    note: Option<Message>,
}

impl Line {
    fn unread(error: &LineError) -> Self {
        let (text, problem) = (error.shown(), Some(error.says()));
        Self { number: error.line, text, email: String::new(), again: error.text.clone(), problem, note: None }
    }
    fn of(one: &Planned) -> Self {
        let problem = one.problem.map(|problem| match problem {
            Problem::Twice(line) => Message::new(t!("This address stands on line {line} already.", line)),
            Problem::Going => Message::new(t!("Has a place already.")),
            Problem::Runs => Message::new(t!("Runs this event.")),
            Problem::Asked(State::Declined) => Message::new(t!("Cannot come, and said so.")),
            Problem::Asked(State::Accepted) => Message::new(t!("Is invited already, and said yes.")),
            Problem::Asked(_) => Message::new(t!("Is invited already, and has not answered.")),
        });
        let note = one.silent.map(|silent| match silent {
            Silent::Unwanted => Message::new(t!(
                "Stopped invitations by mail, so gets no letter. Send them the event’s address yourself."
            )),
            Silent::Limited => Message::new(t!("Had enough letters for now, so gets none. Send it again in an hour.")),
        });
        let Listed { line, name, email, .. } = &one.listed;
        let (text, again) = (name.clone(), csv::line(name, email));
        Self { number: *line, text, email: email.address.clone(), again, problem, note }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    state: String,
    after: String,
}

async fn page_of<'a>(
    app: &App,
    page: &'a Page,
    (event, role): (&'a Event, Role),
    shown: &'a Shown,
    (people, lines): (&'a str, Vec<Line>),
    errors: &'a Errors,
) -> Result<Invitations<'a>> {
    let state = shown.state.parse().map_or("", State::word);
    let mut rows = store::list(&app.db, event.id, state, &shown.after, SHOWN + 1).await?;
    let more = (rows.len() > usize::try_from(SHOWN).unwrap_or_default()).then(|| rows.pop()).flatten();
    let more = more.and_then(|_| rows.last()).map(|row| row.invitation.id);
    let counts = listing::counts(&app.db, event.id).await?;
    let now = app.clock.now();
    Ok(Invitations {
        page,
        event,
        role,
        tab: "invitations",
        rows,
        counts,
        shown: state,
        more,
        now,
        people,
        lines,
        invited: None,
        errors,
    })
}

pub async fn index(
    FromApp(app): FromApp<App>,
    page: Page,
    me: Me,
    Path(slug): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let errors = Errors::default();
    page.html(&page_of(&app, &page, (&event, role), &shown, ("", Vec::new()), &errors).await?)
}

/// Says what each line means; with `sure`, invites those who can be.
pub async fn put(
    FromApp(app): FromApp<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let form = ListForm::read(&app, request).await?;
    let (list, errors) = read(&form.people);
    let (mut good, mut lines) = (Vec::new(), Vec::new());
    for line in list {
        match line {
            Ok(listed) => good.push(listed),
            Err(error) => lines.push(Line::unread(&error)),
        }
    }
    let now = app.clock.now();
    let planned = inviting::plan(&app.db, &event, good, now).await?;
    lines.extend(planned.iter().map(Line::of));
    lines.sort_by_key(|line| line.number);
    let mut errors = errors;
    if errors.is_empty() && form.fields.has("sure") {
        let new = planned.into_iter().filter(|one| one.problem.is_none());
        let people: Vec<_> = new.map(|one| (one.listed.name, one.listed.email)).collect();
        let by = By { actor: me.actor(), order: None, locale: page.locale };
        match decide!(long app.db, tx, inviting::invite(tx, event.id, &people, by, now).await) {
            Ok(n) => return done(&app, &page, (&event, role), n, (&form.people, lines), &flash).await,
            Err(refusal) => errors.add("people", refusal.or_broken()?),
        }
    }
    let shown = Shown::default();
    let answer = page_of(&app, &page, (&event, role), &shown, (&form.people, lines), &errors).await?;
    if errors.is_empty() && answer.good() > 0 { page.html(&answer) } else { page.invalid(&answer) }
}

/// So many were invited; the lines that were wrong stand in the form again, each with its reason.
async fn done(
    app: &App,
    page: &Page,
    (event, role): (&Event, Role),
    n: usize,
    (people, mut lines): (&str, Vec<Line>),
    flash: &Flash,
) -> Result<Response> {
    lines.retain(|line| line.problem.is_some());
    if lines.is_empty() {
        flash.say(tn!("1 person is invited.", "{n} people are invited.", n)).await?;
        return see(format!("{}/invitations", event.path()));
    }
    let left = csv::again(people, &lines.iter().map(|line| line.again.as_str()).collect::<Vec<_>>());
    let errors = Errors::at(
        "people",
        tn!(
            "1 line was passed over. It stands here again.",
            "{n} lines were passed over. They stand here again.",
            lines.len()
        ),
    );
    let shown = Shown::default();
    let answer = page_of(app, page, (event, role), &shown, (&left, lines), &errors).await?;
    page.invalid(&Invitations { invited: Some(n), ..answer })
}

/// The lines of a list, or why it is none.
fn read(people: &str) -> (Vec<Result<Listed, LineError>>, Errors) {
    let mut errors = Errors::default();
    let text = csv::is_text(people);
    let list = if text { csv::listed(people) } else { Vec::new() };
    match list.len() {
        0 if !text => {
            errors.add("people", t!("This is no list that can be read. Save it as CSV, or paste its lines here."));
        }
        0 => errors.add("people", t!("Enter a name and an e-mail address, like: Ada Lovelace, ada@example.org")),
        n if n > MOST => errors.add("people", t!("Add up to {most} people at a time.", most = MOST)),
        _ => return (list, errors),
    }
    (Vec::new(), errors)
}

/// Back to the list, with what came of an act on one of its rows.
async fn back(event: &Event, flash: &Flash, outcome: Result<(), Refusal>, done: Message) -> Result<Response> {
    match outcome {
        Ok(()) => flash.say(done).await?,
        Err(Refusal::Dead) => return Err(Error::NotFound),
        Err(refusal) => flash.say(refusal.or_broken()?).await?,
    }
    see(format!("{}/invitations", event.path()))
}

pub async fn mail(
    FromApp(app): FromApp<App>,
    me: Me,
    flash: Flash,
    Path((slug, id)): Path<(String, Id<Invitation>)>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let now = app.clock.now();
    let outcome = decide!(app.db, tx, inviting::send_again(tx, &event, id, me.actor(), now).await);
    back(&event, &flash, outcome, Message::new(t!("The letter is on its way."))).await
}

pub async fn revoke(
    FromApp(app): FromApp<App>,
    me: Me,
    flash: Flash,
    Path((slug, id)): Path<(String, Id<Invitation>)>,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let now = app.clock.now();
    let outcome = decide!(app.db, tx, inviting::revoke(tx, event.id, id, me.actor(), now).await);
    back(&event, &flash, outcome, Message::new(t!("The invitation is taken back."))).await
}
