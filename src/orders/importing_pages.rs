//! The page on which a host pastes or uploads a list, sees what each line means, and then adds all of it at once.
use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;

use super::importing::{self, MOST, Planned, Problem, Refused};
use super::refusal::Refusal;
use crate::app::App;
use crate::error::Result;
use crate::events::{self, Event, Role, Status, TicketType, hosting};
use crate::forms::{Errors, Message};
use crate::i18n::filters;
use crate::ids::{self, Id};
use crate::web::csv::{self, LineError, Listed};
use crate::web::list_form::ListForm;
use crate::web::{Me, Page, Path, see};

#[derive(Template)]
#[template(path = "hosting/import.html")]
struct Import<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    types: Vec<TicketType>,
    typed: &'a Typed,
    lines: Vec<Line>,
    form: String,
    errors: &'a Errors,
}

impl Import<'_> {
    fn good(&self) -> usize {
        self.lines.iter().filter(|line| line.problem.is_none()).count()
    }
    fn bad(&self) -> usize {
        self.lines.len() - self.good()
    }
    /// Whether all of it can be done now.
    fn may_be_added(&self) -> bool {
        !self.lines.is_empty() && self.bad() == 0 && self.errors.is_empty()
    }
}

/// One line, and what keeps it from being added.
struct Line {
    number: usize,
    text: String,
    email: String,
    kind: String,
    problem: Option<Message>,
}

/// The form: a list typed or as a file, the usual type, and on the second page the word to do it.
#[derive(Default)]
struct Typed {
    people: String,
    ticket_type: String,
    form: String,
    sure: bool,
}

impl Typed {
    async fn read(app: &App, request: Request) -> Result<Self> {
        let ListForm { people, fields } = ListForm::read(app, request).await?;
        let text = |name| fields.text(name).to_owned();
        Ok(Self { people, ticket_type: text("ticket_type"), form: text("form"), sure: fields.has("sure") })
    }

    /// All lines, with what is wrong with the list as a whole. An event that takes nobody takes no list either.
    fn list(&self, event: &Event, errors: &mut Errors) -> Vec<Result<Listed, LineError>> {
        match event.status {
            Status::Cancelled => errors.add("", Refusal::Cancelled),
            Status::Draft => errors.add("", Refusal::NotOpen),
            Status::Published => {}
        }
        let text = csv::is_text(&self.people);
        let list = if text { csv::listed(&self.people) } else { Vec::new() };
        match list.len() {
            0 if !text => {
                errors.add("people", t!("This is no list that can be read. Save it as CSV, or paste its lines here."));
            }
            0 => errors.add("people", t!("Enter a name and an e-mail address, like: Ada Lovelace, ada@example.org")),
            n if n > MOST => errors.add("people", t!("Add up to {most} people at a time.", most = MOST)),
            _ => {}
        }
        list
    }
}

pub async fn form(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let (typed, errors) = (Typed::default(), Errors::default());
    page.html(&import(&app, &page, (&event, role), &typed, Vec::new(), &errors).await?)
}

async fn import<'a>(
    app: &App,
    page: &'a Page,
    (event, role): (&'a Event, Role),
    typed: &'a Typed,
    lines: Vec<Line>,
    errors: &'a Errors,
) -> Result<Import<'a>> {
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let form = if typed.form.is_empty() { ids::secret() } else { typed.form.clone() };
    Ok(Import { page, event, role, tab: "guests", types, typed, lines, form, errors })
}

/// Says what each line means; with `sure`, and where none is wrong, adds them.
pub async fn put(
    State(app): State<App>,
    page: Page,
    me: Me,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let typed = Typed::read(&app, request).await?;
    let types = events::store::ticket_types(&app.db, event.id).await?;
    let form = ids::hash(&format!("import/{}/{}/{}", event.id, me.id, typed.form));
    let sure = typed.sure && !typed.form.is_empty();
    if sure && let Some(id) = super::bulk::store::by_form(&app.db, &form).await? {
        return see(format!("{}/guests/acts/{id}", event.path()));
    }
    let mut errors = Errors::default();
    let list = typed.list(&event, &mut errors);
    let usual = types.iter().find(|of| of.id.to_string() == typed.ticket_type).map(|of| of.id);
    let Some(usual) = usual.filter(|_| errors.is_empty()) else {
        if usual.is_none() {
            errors.add("ticket_type", t!("Choose one of the ticket types shown."));
        }
        return page.invalid(&import(&app, &page, (&event, role), &typed, Vec::new(), &errors).await?);
    };
    let (planned, mut lines) = looked_at(&app, &event, &types, usual, list).await?;
    if sure && lines.iter().all(|line| line.problem.is_none()) {
        let people: Vec<_> = planned.into_iter().filter_map(|one| Some((one.listed, one.of?))).collect();
        let (now, by) = (app.clock.now(), (form.as_str(), me.id, page.locale));
        match decide!(long app.db, tx, importing::add(tx, event.id, &people, by, now).await) {
            Ok(id) => return see(format!("{}/guests/acts/{id}", event.path())),
            Err(refused) => say_at_its_line(refused, &mut lines, &mut errors)?,
        }
    }
    let shown = import(&app, &page, (&event, role), &typed, lines, &errors).await?;
    if shown.may_be_added() { page.html(&shown) } else { page.invalid(&shown) }
}

/// What each line means, in the order of the list; nothing is changed.
async fn looked_at(
    app: &App,
    event: &Event,
    types: &[TicketType],
    usual: Id<TicketType>,
    list: Vec<Result<Listed, LineError>>,
) -> Result<(Vec<Planned>, Vec<Line>)> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for line in list {
        match line {
            Ok(listed) => good.push(listed),
            Err(error) => bad.push(unread(&error)),
        }
    }
    let mut tx = app.db.read().await?;
    let planned = importing::plan(&mut tx, event, types, usual, good).await?;
    tx.commit().await?;
    let mut lines: Vec<Line> = planned.iter().map(|one| shown(one, types)).chain(bad).collect();
    lines.sort_by_key(|line| line.number);
    Ok((planned, lines))
}

/// Why nobody was added stands at the line that was refused; what keeps everybody out is no line's fault.
fn say_at_its_line(refused: Refused, lines: &mut [Line], errors: &mut Errors) -> Result<()> {
    let refusal = refused.refusal.or_broken()?;
    let whole = matches!(refusal, Refusal::NotOpen | Refusal::Cancelled);
    match lines.iter_mut().find(|line| line.number == refused.line && !whole) {
        Some(line) => line.problem = Some(in_words(refusal)),
        None => errors.add("", refusal),
    }
    Ok(())
}

fn in_words(refusal: Refusal) -> Message {
    match refusal {
        Refusal::AlreadyGoing => Message::new(t!("Has a place already.")),
        refusal => Message::new(refusal),
    }
}

fn unread(error: &LineError) -> Line {
    let (text, problem) = (error.shown(), Some(error.says()));
    Line { number: error.line, text, email: String::new(), kind: String::new(), problem }
}

fn shown(one: &Planned, types: &[TicketType]) -> Line {
    let of = types.iter().find(|of| Some(of.id) == one.of);
    let problem = one.problem.as_ref().map(|problem| match problem {
        Problem::NoType => Message::new(t!("There is no ticket type “{name}” here.", name = one.listed.kind.clone())),
        Problem::Twice => Message::new(t!("This address stands on the list twice.")),
        Problem::Going => Message::new(t!("Has a place already.")),
        Problem::Full => Message::new(t!("There is no room for this one and those above.")),
    });
    Line {
        number: one.listed.line,
        text: one.listed.name.clone(),
        email: one.listed.email.address.clone(),
        kind: of.map_or_else(|| one.listed.kind.clone(), |of| of.name.clone()),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_everybody_out_stands_at_no_line() {
        let text = String::new;
        let mut lines = [Line { number: 1, text: text(), email: text(), kind: text(), problem: None }];
        let mut errors = Errors::default();
        let refused = |refusal| Refused { line: 1, refusal };
        assert!(say_at_its_line(refused(Refusal::Cancelled), &mut lines, &mut errors).is_ok());
        assert!(lines[0].problem.is_none() && errors.on("").is_some());
        assert!(say_at_its_line(refused(Refusal::Full { left: 0 }), &mut lines, &mut errors).is_ok());
        assert!(lines[0].problem.is_some() && errors.all().count() == 1);
    }
}
