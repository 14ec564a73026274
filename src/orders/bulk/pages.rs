//! Where a host sees what is about to be done to many places, and what became of each.
use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;

use super::store::{self, Line};
use super::{Act, Bulk, Outcome, Unbegun, Which, Wish};
use crate::app::App;
use crate::error::{OrNotFound, Result};
use crate::events::{Event, Role, hosting};
use crate::forms::Message;
use crate::i18n::{Money, filters};
use crate::ids::{self, Id};
use crate::orders::Ticket;
use crate::orders::guest_pages::Asked;
use crate::orders::guests::{self, Guest};
use crate::payments::takings;
use crate::web::{Fields, Me, Page, Path, Proof, Query, see};

/// Names that the question shows.
const SOME: i64 = 10;
const PAGE: i64 = 100;
/// Ticked rows of one form: more than a page of the table has.
const MOST: usize = 200;

/// The question before it is done.
#[derive(Template)]
#[template(path = "hosting/bulk.html")]
struct Ask<'a> {
    page: &'a Page,
    event: &'a Event,
    act: Act,
    asked: &'a Asked,
    /// The ticked ones; empty where all that the table shows are meant.
    tickets: &'a [Id<Ticket>],
    all: bool,
    number: i64,
    /// Names the places that are meant.
    seen: String,
    /// What goes back.
    money: Money,
    /// Whether places are waiting to be paid at the event.
    unpaid: bool,
    names: Vec<String>,
    form: String,
    refusal: Option<Message>,
}

/// What the fields ask for, understood.
struct Meant {
    act: Act,
    asked: Asked,
    tickets: Vec<Id<Ticket>>,
    all: bool,
}

impl Meant {
    fn of(fields: &Fields) -> Result<Self> {
        let act: Act = fields.text("act").parse().ok().filter(|act| *act != Act::Add).or_404()?;
        let tickets = fields.all("ticket").filter_map(|id| id.parse().ok()).take(MOST).collect();
        let mut fields = fields.clone();
        for (_, value) in &mut fields.0 {
            *value = value.chars().filter(|c| !c.is_control()).take(300).collect();
        }
        Ok(Self { act, asked: fields.typed()?, tickets, all: fields.text("which") == "all" })
    }
    fn which(&self) -> Which<'_> {
        if self.all { Which::Found(self.asked.search()) } else { Which::These(self.tickets.clone()) }
    }
}

async fn question<'a>(
    app: &App,
    page: &'a Page,
    event: &'a Event,
    meant: &'a Meant,
    form: String,
    refusal: Option<Message>,
) -> Result<Ask<'a>> {
    let (number, paid) = super::count(app, event.id, &meant.which()).await?;
    let some: Vec<Guest> = match meant.all {
        true => {
            let rows = guests::list(&app.db, event.id, &meant.asked.search(), None, SOME).await?;
            rows.into_iter().map(|row| row.guest).collect()
        }
        false => guests::these(&app.db, event.id, &meant.tickets, SOME).await?,
    };
    let unpaid = guests::store::unpaid(&app.db, event.id).await?;
    let refusal = refusal.or_else(|| (number == 0).then(nobody));
    Ok(Ask {
        page,
        event,
        act: meant.act,
        asked: &meant.asked,
        tickets: if meant.all { &[] } else { &meant.tickets },
        all: meant.all,
        number,
        seen: super::seen(app, event.id, &meant.which()).await?,
        money: crate::payments::money(if meant.act == Act::Remove { paid } else { 0 }, &event.terms.currency),
        unpaid: unpaid > 0,
        names: some.iter().map(|guest| guest.shown().to_owned()).collect(),
        form,
        refusal,
    })
}

fn nobody() -> Message {
    Message::new(t!("Tick at least one place, or choose all that the table shows."))
}

/// Whether money goes back: then it must be the host who asks, and not whoever sits at the open screen.
async fn moves_money(app: &App, event: &Event, act: Act) -> Result<bool> {
    Ok(act == Act::Remove && !takings::goes_back(app, event).await?.is_empty())
}

pub async fn ask(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    Path(slug): Path<String>,
    uri: Uri,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let meant = Meant::of(&Fields::parse(uri.query().unwrap_or_default().as_bytes()))?;
    proof.needed(moves_money(&app, &event, meant.act).await?)?;
    let question = question(&app, &page, &event, &meant, ids::secret(), None).await?;
    if question.number == 0 { page.invalid(&question) } else { page.html(&question) }
}

pub async fn begin(
    State(app): State<App>,
    page: Page,
    me: Me,
    proof: Proof,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let (event, _) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let meant = Meant::of(&fields)?;
    proof.needed(moves_money(&app, &event, meant.act).await?)?;
    let typed = fields.text("form");
    if typed.is_empty() {
        // Without an id pressing twice would do it twice: another one, and the question again.
        return page.html(&question(&app, &page, &event, &meant, ids::secret(), None).await?);
    }
    let (which, form) = (meant.which(), ids::hash(&format!("bulk/{}/{}/{typed}", event.id, me.id)));
    let seen = fields.text("seen");
    let wish = Wish { event: event.id, act: meant.act, which: &which, seen, form: &form, by: me.id };
    let now = app.clock.now();
    let refusal = match decide!(app.db, tx, super::begin(tx, &wish, now).await) {
        Ok(id) => return see(format!("{}/guests/acts/{id}", event.path())),
        Err(Unbegun::Nobody) => nobody(),
        Err(Unbegun::Changed(n)) => Message::new(tn!(
            "The list has changed since: it is 1 place now. Look once more.",
            "The list has changed since: they are {n} places now. Look once more.",
            n
        )),
        Err(Unbegun::Broken(error)) => return Err(error.into()),
    };
    page.invalid(&question(&app, &page, &event, &meant, typed.to_owned(), Some(refusal)).await?)
}

/// How far it is, and what became of each place.
#[derive(Template)]
#[template(path = "hosting/bulk_act.html")]
struct Show<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    bulk: Bulk,
    outcomes: Vec<(Outcome, i64)>,
    lines: Vec<Line>,
    next: Option<i64>,
}

impl Show<'_> {
    fn all(&self) -> i64 {
        self.outcomes.iter().map(|(_, n)| n).sum()
    }
    fn waiting(&self) -> i64 {
        self.outcomes.iter().filter(|(outcome, _)| *outcome == Outcome::Waiting).map(|(_, n)| n).sum()
    }
    fn settled(&self) -> i64 {
        self.all() - self.waiting()
    }
    /// Of a hundred.
    fn filled(&self) -> i64 {
        self.settled() * 100 / self.all().max(1)
    }
}

impl Line {
    fn shown(&self) -> &str {
        let name = [&self.name, &self.buyer_name, &self.buyer_email].into_iter().find(|name| !name.is_empty());
        name.map_or("", String::as_str)
    }
    fn mail(&self) -> &str {
        if self.email.is_empty() { &self.buyer_email } else { &self.email }
    }
}

/// `?after=`: where the page before ended.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Behind {
    after: String,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    me: Me,
    Path((slug, id)): Path<(String, Id<Bulk>)>,
    Query(behind): Query<Behind>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut tx = app.db.read().await?;
    let bulk = store::by_id(&mut tx, id).await?.filter(|bulk| bulk.event_id == event.id).or_404()?;
    let outcomes = store::outcomes(&mut tx, id).await?;
    let lines = store::lines(&mut tx, id, behind.after.parse().unwrap_or_default(), PAGE).await?;
    tx.commit().await?;
    let full = lines.len() == usize::try_from(PAGE).unwrap_or_default();
    let next = lines.last().map(|line| line.position).filter(|_| full);
    page.html(&Show { page: &page, event: &event, role, tab: "guests", bulk, outcomes, lines, next })
}
