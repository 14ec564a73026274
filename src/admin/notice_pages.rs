//! What payment providers told us, what became of it, and having it handled once more.
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::AdminFact;
use super::paging::{Clocks, Why};
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Locale, filters};
use crate::journal;
use crate::payments::Payment;
use crate::payments::notices::{self, Notice};
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, see};

#[derive(Template)]
#[template(path = "admin/notices.html")]
struct Notices<'a> {
    page: &'a Page,
    clocks: Clocks,
    kinds: Vec<String>,
    /// For how many days their texts are kept.
    kept: i64,
    table: Table<Notice>,
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let kinds = notices::kinds(&app).await?;
    let table = Table::of(&app.db, &lists::NOTICES, asked, app.clock.now()).await?;
    page.html(&Notices {
        page: &page,
        clocks: Clocks::of(&app, &admin.member),
        kinds,
        kept: app.config.keep.notices,
        table,
    })
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Id"),
        t!("Provider"),
        t!("Event"),
        t!("Kind"),
        t!("Reference"),
        t!("Payment"),
        t!("Received"),
        t!("Handled"),
        t!("Outcome"),
    ];
    file::csv(app, &lists::NOTICES, asked, ("notices", locale), &heads, |sheet, notice: &Notice| {
        sheet.row(&[
            Cell::Text(&notice.id.to_string()),
            Cell::Text(notice.provider.word()),
            Cell::Text(&notice.event),
            Cell::Text(&notice.kind),
            Cell::Text(&notice.reference),
            Cell::Text(&notice.payment),
            Cell::Text(&notice.received_at.rfc3339()),
            Cell::Text(&notice.handled_at.map_or_else(String::new, Instant::rfc3339)),
            Cell::Text(&notice.outcome),
        ])
    })
}

#[derive(Template)]
#[template(path = "admin/notice.html")]
struct Show<'a> {
    page: &'a Page,
    clocks: Clocks,
    notice: &'a Notice,
    reason: &'a str,
    errors: &'a Errors,
}

impl Show<'_> {
    /// What it says, as people read it.
    fn payload(&self) -> Option<String> {
        let text = self.notice.payload.as_ref()?;
        let read = serde_json::from_str::<serde_json::Value>(text);
        Some(read.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| text.clone()))
    }
    /// The stream of the payment that it says it is for.
    fn stream(&self) -> Option<String> {
        self.notice.payment.parse().ok().map(|id: crate::ids::Id<Payment>| crate::payments::stream(id))
    }
}

async fn found(app: &App, id: &str) -> Result<Notice> {
    notices::by_id(app, id.parse().ok().or_404()?).await?.or_404()
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<String>) -> Result<Response> {
    let notice = found(&app, &id).await?;
    let clocks = Clocks::of(&app, &admin.member);
    page.html(&Show { page: &page, clocks, notice: &notice, reason: "", errors: &Errors::default() })
}

pub async fn again(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let notice = found(&app, &id).await?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => {
            let clocks = Clocks::of(&app, &admin.member);
            return page.invalid(&Show { page: &page, clocks, notice: &notice, reason: &why.reason, errors: &errors });
        }
    };
    let (now, by) = (app.clock.now(), admin.actor());
    let done: Result<()> = decide!(app.db, tx, {
        notices::again(tx, notice.id, now).await?;
        let fact = AdminFact::NoticeHandledAgain { reason: reason.clone() };
        journal::append(tx, &format!("notice/{}", notice.id), &fact, by, now).await?;
        Ok(())
    });
    done?;
    flash.say(t!("The notice is handled once more: the payment service is asked again.")).await?;
    see(format!("/admin/notices/{}", notice.id))
}
