//! The page on which hosts put their event on the front page.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::featuring::{self, MOST_DAYS, Outlook, Wish};
use super::{Refusal, price};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::events::{Event, Role, hosting};
use crate::forms::{Errors, Reader};
use crate::i18n::{Say, filters};
use crate::ids;
use crate::members::Member;
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Path, see};

#[derive(Template)]
#[template(path = "credits/featuring.html")]
struct Featuring<'a> {
    page: &'a Page,
    event: &'a Event,
    role: Role,
    tab: &'static str,
    outlook: Outlook,
    balance: i64,
    a_day: i64,
    days: &'a str,
    form: &'a str,
    errors: &'a Errors,
}

impl Featuring<'_> {
    fn hint(&self) -> String {
        t!("{n} at most.", n = self.outlook.most).to(self.page.locale)
    }
    fn at(&self, at: &Instant) -> jiff::civil::DateTime {
        at.in_zone(&self.event.time_zone()).datetime()
    }
}

async fn answer(
    app: &App,
    page: &Page,
    me: &Member,
    (event, role): (&Event, Role),
    typed: &Typed,
    errors: &Errors,
) -> Result<Response> {
    let shown = Featuring {
        page,
        event,
        role,
        tab: "featuring",
        outlook: featuring::outlook(app, event).await?,
        balance: super::balance(app, me.id).await?,
        a_day: price::FEATURED_DAY,
        days: &typed.days,
        form: &typed.form,
        errors,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

pub async fn show(State(app): State<App>, page: Page, me: Me, Path(slug): Path<String>) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let typed = Typed { days: "1".to_owned(), form: ids::secret() };
    answer(&app, &page, &me, (&event, role), &typed, &Errors::default()).await
}

/// For how many days, and the form that asks.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    days: String,
    form: String,
}

pub async fn feature(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let (event, role) = hosting::allowed(&app, &slug, &me, Role::Host).await?;
    let mut reader = Reader::default();
    let days = super::number(&mut reader, "days", &typed.days, (1, MOST_DAYS));
    let errors = match reader.errors.or(|| ()) {
        Ok(()) => {
            let (now, wish) = (app.clock.now(), Wish { event: event.id, days, form: &typed.form, by: me.id });
            match decide!(app.db, tx, featuring::feature(tx, &wish, now).await) {
                Ok(line) => {
                    let left = line.balance;
                    flash
                        .say(t!("Paid. The event stands on the front page; you have {left} credits left.", left))
                        .await?;
                    return see(format!("{}/featuring", event.path()));
                }
                Err(refusal) => Refusal::errors(refusal, "days")?,
            }
        }
        Err(errors) => errors,
    };
    answer(&app, &page, &me, (&event, role), &typed, &errors).await
}
