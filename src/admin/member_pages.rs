//! Members: finding one, and what admins may do about them.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::acts::{self, Act, Refusal};
use super::doers::{self, Doers};
use super::paging::{Clocks, Why};
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Locale, Say, filters};
use crate::ids::Id;
use crate::journal::{self, Entry};
use crate::members::{self, Member};
use crate::signin::oauth::{self, Identity};
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see, sessions};
use crate::{api, events, orders};

#[derive(Template)]
#[template(path = "admin/members.html")]
struct Members<'a> {
    page: &'a Page,
    clocks: Clocks,
    table: Table<Member>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let table = Table::of(&app.db, &lists::MEMBERS, asked, app.clock.now()).await?;
    page.html(&Members { page: &page, clocks: Clocks::of(&app, &admin.member), table })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Id"),
        t!("Name"),
        t!("E-mail"),
        t!("Confirmed"),
        t!("Admin"),
        t!("Suspended"),
        t!("Joined"),
        t!("Last seen"),
    ];
    file::csv(app, &lists::MEMBERS, asked, ("members", locale), &heads, |sheet, member: &Member| {
        let at = |at: Option<Instant>| at.map_or_else(String::new, Instant::rfc3339);
        sheet.row(&[
            Cell::Text(&member.id.to_string()),
            Cell::Text(&member.name),
            Cell::Text(&member.email),
            Cell::Text(&at(member.email_verified_at)),
            Cell::Text(if member.admin { "yes" } else { "no" }),
            Cell::Text(&at(member.suspended_at)),
            Cell::Text(&member.created_at.rfc3339()),
            Cell::Text(&at(member.last_seen_at)),
        ])
    })
}

#[derive(Template)]
#[template(path = "admin/member.html")]
struct Show<'a> {
    page: &'a Page,
    clocks: Clocks,
    member: Member,
    sessions: usize,
    tokens: i64,
    identities: Vec<Identity>,
    orders: usize,
    hosts: usize,
    facts: Vec<Entry>,
    doers: Doers,
    reason: &'a str,
    errors: &'a Errors,
}

impl Show<'_> {
    fn why(&self, fact: &Entry) -> String {
        doers::reason(fact)
    }
    fn short(&self, about: &str) -> String {
        doers::short(about)
    }
}

async fn answer(
    app: &App,
    page: &Page,
    admin: &Admin,
    id: Id<Member>,
    reason: &str,
    errors: &Errors,
) -> Result<Response> {
    let member = members::store::by_id(&app.db, id).await?.or_404()?;
    let mut tx = app.db.read().await?;
    let facts = journal::before(&mut tx, i64::MAX, &member.stream(), "", 20).await?;
    let shown = Show {
        page,
        clocks: Clocks::of(app, &admin.member),
        sessions: sessions::of(&mut tx, id, app.clock.now()).await?.len(),
        tokens: api::store::count(&mut tx, id).await?,
        identities: oauth::store::of(&mut tx, id).await?,
        orders: orders::store::of_member(&mut tx, id, 1_000, 0).await?.len(),
        hosts: events::store::of_host(&mut tx, id, 1_000, 0).await?.len(),
        doers: Doers::of(&mut tx, &facts).await?,
        facts,
        member,
        reason,
        errors,
    };
    tx.commit().await?;
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

fn member(id: &str) -> Result<Id<Member>> {
    id.parse().ok().or_404()
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<String>) -> Result<Response> {
    answer(&app, &page, &admin, member(&id)?, "", &Errors::default()).await
}

/// One act after the same pattern: a reason, the verb, a word of success.
macro_rules! act {
    ($name:ident, $verb:path, $done:literal) => {
        pub async fn $name(
            State(app): State<App>,
            page: Page,
            SteppedUp(admin): SteppedUp<Admin>,
            flash: Flash,
            Path(id): Path<String>,
            Form(why): Form<Why>,
        ) -> Result<Response> {
            let id = member(&id)?;
            let reason = match why.parse() {
                Ok(reason) => reason,
                Err(errors) => return answer(&app, &page, &admin, id, &why.reason, &errors).await,
            };
            let (now, act) = (app.clock.now(), Act { on: id, by: &admin.member, reason: &reason });
            let outcome = decide!(app.db, tx, $verb(tx, &act, now).await);
            done(&app, &page, &admin, &flash, id, &why, outcome, t!($done)).await
        }
    };
}
act!(suspend, acts::suspend, "Suspended. All sessions and tokens are ended.");
act!(restore, acts::restore, "Restored. They can sign in again.");
act!(
    reset_second_factor,
    acts::reset_second_factor,
    "The second factor is off. All sessions are ended, and a letter tells them."
);
act!(end_sessions, acts::end_sessions, "All sessions are ended, and a letter tells them.");
act!(make_admin, acts::make_admin, "This member is an admin now.");
act!(remove_admin, acts::remove_admin, "This member is no admin any more.");

#[expect(clippy::too_many_arguments, reason = "the tail of handlers that differ in one word")]
async fn done(
    app: &App,
    page: &Page,
    admin: &Admin,
    flash: &Flash,
    id: Id<Member>,
    why: &Why,
    outcome: std::result::Result<(), Refusal>,
    text: impl Say,
) -> Result<Response> {
    match outcome {
        Ok(()) => {
            flash.say(text).await?;
            see(format!("/admin/members/{id}"))
        }
        Err(Refusal::Gone) => Err(crate::error::Error::NotFound),
        Err(refusal) => {
            let errors = Errors::at("reason", refusal.or_broken()?);
            answer(app, page, admin, id, &why.reason, &errors).await
        }
    }
}
