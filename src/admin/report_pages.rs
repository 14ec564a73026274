//! What people reported, and settling it.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::paging::{Clocks, Why};
use super::tables::{Asked, List, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::events::reports::store::About;
use crate::events::reports::{self, Ground};
use crate::forms::Errors;
use crate::i18n::{Locale, filters};
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/reports.html")]
struct Reports<'a> {
    page: &'a Page,
    table: Table<About>,
    /// For how many days they are once they are settled.
    kept: i64,
    clocks: Clocks,
}

/// Open ones unless all are asked for: another state is no wish here.
fn wanted(asked: Asked) -> (&'static List, Asked) {
    if asked.state == "all" {
        return (&lists::REPORTS, asked);
    }
    (&lists::OPEN_REPORTS, Asked { state: String::new(), ..asked })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Id"),
        t!("Event"),
        t!("Title"),
        t!("What is wrong"),
        t!("In their words"),
        t!("E-mail"),
        t!("Made"),
        t!("Settled"),
        t!("Why"),
    ];
    let (list, asked) = wanted(asked);
    file::csv(app, list, asked, ("reports", locale), &heads, |sheet, About { report, slug, title, .. }: &About| {
        sheet.row(&[
            Cell::Text(&report.id.to_string()),
            Cell::Text(slug),
            Cell::Text(title),
            Cell::Text(&report.ground.to_string()),
            Cell::Text(&report.text),
            Cell::Text(&report.email),
            Cell::Text(&report.created_at.rfc3339()),
            Cell::Text(&report.settled_at.map_or_else(String::new, Instant::rfc3339)),
            Cell::Text(report.settled_why.as_deref().unwrap_or_default()),
        ])
    })
}

pub async fn index(State(app): State<App>, page: Page, me: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let (list, asked) = wanted(asked);
    let table = Table::of(&app.db, list, asked, app.clock.now()).await?;
    page.html(&Reports { page: &page, table, kept: app.config.keep.reports, clocks: Clocks::of(&app, &me) })
}

#[derive(Template)]
#[template(path = "admin/report.html")]
struct Shown<'a> {
    page: &'a Page,
    about: &'a About,
    reason: &'a str,
    errors: &'a Errors,
    clocks: Clocks,
}

pub async fn show(State(app): State<App>, page: Page, me: Admin, Path(id): Path<String>) -> Result<Response> {
    let about = reports::store::by_id(&app.db, id.parse().ok().or_404()?).await?.or_404()?;
    let (errors, clocks) = (Errors::default(), Clocks::of(&app, &me));
    page.html(&Shown { page: &page, about: &about, reason: "", errors: &errors, clocks })
}

pub async fn settle(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let about = reports::store::by_id(&app.db, id.parse().ok().or_404()?).await?.or_404()?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => {
            let clocks = Clocks::of(&app, &me);
            return page.invalid(&Shown { page: &page, about: &about, reason: &why.reason, errors: &errors, clocks });
        }
    };
    let (now, by) = (app.clock.now(), me.actor());
    if decide!(app.db, tx, reports::settle(tx, &about.report, &reason, by, now).await)? {
        flash.say(t!("The report is settled.")).await?;
    } else {
        flash.say(t!("Somebody else settled it before.")).await?;
    }
    see("/admin/reports")
}
