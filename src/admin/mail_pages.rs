//! The mail queue: what was sent, what waits, what failed and why.
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::AdminFact;
use super::paging::{Clocks, Why};
use super::tables::{Asked, Table, file, lists};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{Error, OrNotFound, Result};
use crate::forms::Errors;
use crate::i18n::{Locale, filters};
use crate::ids::Id;
use crate::journal;
use crate::letters::preview::{self, Preview};
use crate::letters::store::Row;
use crate::letters::{self, Letter, Mail, Reader};
use crate::web::csv::Cell;
use crate::web::page::Flash;
use crate::web::{Admin, Form, Page, Path, Query, SteppedUp, download, see};

#[derive(Template)]
#[template(path = "admin/mails.html")]
struct Mails<'a> {
    page: &'a Page,
    clocks: Clocks,
    table: Table<Row>,
    reason: &'a str,
    errors: &'a Errors,
}

impl<'a> Mails<'a> {
    async fn of(
        app: &App,
        (page, admin): (&'a Page, &Admin),
        asked: Asked,
        reason: &'a str,
        errors: &'a Errors,
    ) -> Result<Self> {
        let table = Table::of(&app.db, &lists::MAILS, asked, app.clock.now()).await?;
        Ok(Self { page, clocks: Clocks::of(app, &admin.member), table, reason, errors })
    }
}

pub async fn index(State(app): State<App>, page: Page, admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    page.html(&Mails::of(&app, (&page, &admin), asked, "", &Errors::default()).await?)
}

pub async fn csv(State(app): State<App>, _: Admin, locale: Locale, Query(asked): Query<Asked>) -> Result<Response> {
    let heads = [
        t!("Id"),
        t!("Kind"),
        t!("To"),
        t!("E-mail"),
        t!("Subject"),
        t!("State"),
        t!("Tries"),
        t!("Last error"),
        t!("Queued"),
        t!("Sent"),
    ];
    file::csv(app, &lists::MAILS, asked, ("mails", locale), &heads, |sheet, mail: &Row| {
        sheet.row(&[
            Cell::Text(&mail.id.to_string()),
            Cell::Text(&mail.kind),
            Cell::Text(&mail.to_name),
            Cell::Text(&mail.to_email),
            Cell::Text(&mail.subject),
            Cell::Text(&mail.state),
            Cell::Number(mail.attempts),
            Cell::Text(mail.last_error.as_deref().unwrap_or_default()),
            Cell::Text(&mail.created_at.rfc3339()),
            Cell::Text(&mail.sent_at.map_or_else(String::new, Instant::rfc3339)),
        ])
    })
}

/// An admin's mail to themselves: does it arrive?
pub async fn test(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Form(why): Form<Why>,
) -> Result<Response> {
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => {
            let mails = Mails::of(&app, (&page, &admin), Asked::default(), &why.reason, &errors).await?;
            return page.invalid(&mails);
        }
    };
    let (now, by, reader) = (app.clock.now(), admin.actor(), Reader::of(&admin.member));
    let done: Result<()> = decide!(app.db, tx, {
        let mail = letters::queue(tx, Letter::Test, &reader, now).await?;
        journal::append(tx, &format!("mail/{mail}"), &AdminFact::TestMailSent { reason: reason.clone() }, by, now)
            .await?;
        Ok(())
    });
    done?;
    flash.say(t!("A test is on its way to {email}.", email = reader.email)).await?;
    see("/admin/mails")
}

#[derive(Template)]
#[template(path = "admin/mail.html")]
struct Show<'a> {
    page: &'a Page,
    clocks: Clocks,
    mail: &'a Row,
    preview: Preview,
    reason: &'a str,
    errors: &'a Errors,
}

async fn answer(app: &App, page: &Page, admin: &Admin, mail: &Row, reason: &str, errors: &Errors) -> Result<Response> {
    let (clocks, preview) = (Clocks::of(app, &admin.member), preview::of(app, mail).await?);
    let shown = Show { page, clocks, mail, preview, reason, errors };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

async fn found(app: &App, id: &str) -> Result<Row> {
    let id: Id<Mail> = id.parse().ok().or_404()?;
    letters::store::by_id(&app.db, id).await?.or_404()
}

pub async fn show(State(app): State<App>, page: Page, admin: Admin, Path(id): Path<String>) -> Result<Response> {
    let mail = found(&app, &id).await?;
    answer(&app, &page, &admin, &mail, "", &Errors::default()).await
}

/// A document in which nothing runs, and which shows nothing from elsewhere; mails have their style in them.
const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'; sandbox";

/// The same with its looks: never a part of a page of ours, and its links lead nowhere.
pub async fn html(State(app): State<App>, _: Admin, Path(id): Path<String>) -> Result<Response> {
    let mail = found(&app, &id).await?;
    let Preview::Says(content) = preview::of(&app, &mail).await? else { return Err(Error::NotFound) };
    let mut response = Html(content.html.replace(" href=", " data-href=")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// One of its files as it would be sent now, always as a download.
pub async fn attached(State(app): State<App>, _: Admin, Path((id, number)): Path<(String, usize)>) -> Result<Response> {
    let mail = found(&app, &id).await?;
    let Preview::Says(content) = preview::of(&app, &mail).await? else { return Err(Error::NotFound) };
    download::mailed(content.files.into_iter().nth(number).or_404()?)
}

pub async fn resend(
    State(app): State<App>,
    page: Page,
    SteppedUp(admin): SteppedUp<Admin>,
    flash: Flash,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response> {
    let mail = found(&app, &id).await?;
    let reason = match why.parse() {
        Ok(reason) => reason,
        Err(errors) => return answer(&app, &page, &admin, &mail, &why.reason, &errors).await,
    };
    let (now, by) = (app.clock.now(), admin.actor());
    let done: Result<()> = decide!(app.db, tx, {
        letters::sending::resend(tx, mail.id, now).await?.then_some(()).or_404()?;
        let fact = AdminFact::MailResent { reason: reason.clone() };
        journal::append(tx, &format!("mail/{}", mail.id), &fact, by, now).await?;
        Ok(())
    });
    done?;
    flash.say(t!("The mail is on its way once more.")).await?;
    see(format!("/admin/mails/{}", mail.id))
}
