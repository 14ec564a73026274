//! Credits as admins see them: what is in circulation, one member's ledger, and giving some.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::store::Told;
use super::{Kind, store};
use crate::admin::paging::Clocks;
use crate::admin::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::{Locale, Say, filters};
use crate::ids::{self, Id};
use crate::members::{self, Member};
use crate::payments::{Payment, purchases};
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see};

/// Lines of a page, and purchases.
const SHOWN: i64 = 100;
/// What is given at a time, at most.
const MOST: i64 = 1_000_000;

#[derive(Template)]
#[template(path = "admin/credits.html")]
struct Index<'a> {
    page: &'a Page,
    clocks: Clocks,
    table: Table<Told>,
    /// What members have, and what they owe.
    there: i64,
    owed: i64,
    bought: i64,
    granted: i64,
    spent: i64,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let table = Table::of(&app.db, &lists::CREDITS, asked, app.clock.now()).await?;
    let sums = store::sums(&app.db).await?;
    let sum = |kinds: &[Kind]| {
        let of = sums.iter().filter(|(kind, _)| kinds.iter().any(|wanted| wanted.word() == kind));
        of.map(|(_, credits)| credits).sum::<i64>()
    };
    let (there, owed) = store::outstanding(&app.db).await?;
    page.html(&Index {
        page: &page,
        clocks: Clocks::of(&app, &admin.member),
        table,
        there,
        owed,
        bought: sum(&[Kind::Purchase, Kind::Debt, Kind::Restored]),
        granted: sum(&[Kind::Grant, Kind::Plan]),
        spent: -sum(&[Kind::Spend]),
    })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Member"),
        t!("Name"),
        t!("What"),
        t!("Credits"),
        t!("Balance"),
        t!("At"),
        t!("Payment"),
        t!("Event"),
        t!("Until"),
        t!("Reason"),
    ];
    file::csv(app, &lists::CREDITS, asked, ("credits", locale), &heads, |sheet, row: &Told| {
        let line = &row.line;
        sheet.row(&[
            Cell::Text(&line.member_id.to_string()),
            Cell::Text(&row.name),
            Cell::Text(line.kind.word()),
            Cell::Number(line.credits),
            Cell::Number(line.balance),
            Cell::Text(&line.at.rfc3339()),
            Cell::Text(&line.payment_id.map_or_else(String::new, |id| id.to_string())),
            Cell::Text(&row.title),
            Cell::Text(&line.until_at.map_or_else(String::new, Instant::rfc3339)),
            Cell::Text(&line.reason),
        ])
    })
}

#[derive(Template)]
#[template(path = "admin/member_credits.html")]
struct OfMember<'a> {
    page: &'a Page,
    clocks: Clocks,
    member: Member,
    balance: i64,
    lines: Vec<Told>,
    payments: Vec<Payment>,
    typed: &'a Grant,
    errors: &'a Errors,
}

impl OfMember<'_> {
    fn hint(&self) -> String {
        t!("The member reads it too.").to(self.page.locale)
    }
}

/// How many, why, and the form that asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Grant {
    credits: String,
    reason: String,
    form: String,
}

async fn answer(app: &App, page: &Page, admin: &Admin, id: &str, typed: &Grant, errors: &Errors) -> Result<Response> {
    let id: Id<Member> = id.parse().ok().or_404()?;
    let shown = OfMember {
        page,
        clocks: Clocks::of(app, &admin.member),
        member: members::store::by_id(&app.db, id).await?.or_404()?,
        balance: super::balance(app, id).await?,
        lines: store::of_member(&app.db, id, i64::MAX, SHOWN).await?,
        payments: purchases::store::of_member(&app.db, id, SHOWN).await?,
        typed,
        errors,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn of_member(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<String>) -> Result<Response> {
    let typed = Grant { form: ids::secret(), ..Grant::default() };
    answer(&app, &page, &admin, &id, &typed, &Errors::default()).await
}

pub async fn grant(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<String>,
    Form(typed): Form<Grant>,
) -> Result<Response> {
    let member: Id<Member> = id.parse().ok().or_404()?;
    members::store::by_id(&app.db, member).await?.or_404()?;
    let mut reader = Reader::default();
    let credits = super::number(&mut reader, "credits", &typed.credits, (1, MOST));
    let reason = reader.required("reason", &typed.reason, 300, t!("Say why. It stands in the journal."));
    let errors = match reader.errors.or(|| ()) {
        Ok(()) => {
            let (now, by, given) = (app.clock.now(), admin.actor(), (credits, reason.as_str()));
            match decide!(app.db, tx, super::grant_once(tx, member, given, &typed.form, by, now).await) {
                Ok(_) => {
                    flash.say(tn!("1 credit given.", "{n} credits given.", credits)).await?;
                    return see(format!("/admin/members/{id}/credits"));
                }
                Err(refusal) => refusal.errors("credits")?,
            }
        }
        Err(errors) => errors,
    };
    answer(&app, &page, &admin, &id, &typed, &errors).await
}
