//! My credits: what is there, where it came from and went, and buying more.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::store::Told;
use super::{Kind, price, store};
use crate::app::App;
use crate::clock::Instant;
use crate::error::{OrNotFound, Result};
use crate::forms::{Errors, Reader};
use crate::i18n::{Currency, Money, Say, filters};
use crate::members::Member;
use crate::orders::Refusal;
use crate::payments::checkout::Back;
use crate::payments::purchases::{self, pages::zone};
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Query, see};

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "credits/index.html")]
struct Index<'a> {
    page: &'a Page,
    balance: i64,
    lines: Vec<Told>,
    /// Where the next page begins.
    next: Option<i64>,
    zone: TimeZone,
    /// Whether this site can take the money now.
    payable: bool,
    least: i64,
    /// What ten cost: one alone may be less than can be paid.
    ten: Money,
    typed: &'a str,
    errors: &'a Errors,
}

impl Index<'_> {
    fn hint(&self) -> String {
        t!("{amount} for ten; {n} or more at a time.", amount = self.ten, n = self.least).to(self.page.locale)
    }
    fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

/// `?before=`: the number of the last line that the page before showed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Before {
    before: String,
}

pub async fn index(State(app): State<App>, page: Page, me: Me, Query(query): Query<Before>) -> Result<Response> {
    let before = query.before.parse().unwrap_or(i64::MAX);
    answer(&app, &page, &me, before, ("", &Errors::default())).await
}

pub(super) fn currency(app: &App) -> Currency {
    Currency::new(&app.config.currency).unwrap_or(Currency::NONE)
}

async fn answer(
    app: &App,
    page: &Page,
    me: &Member,
    before: i64,
    (typed, errors): (&str, &Errors),
) -> Result<Response> {
    let mut lines = store::of_member(&app.db, me.id, before, PAGE + 1).await?;
    let more = lines.len() > usize::try_from(PAGE)?;
    lines.truncate(usize::try_from(PAGE)?);
    let currency = currency(app);
    let least = price::least(currency);
    let shown = Index {
        page,
        balance: super::balance(app, me.id).await?,
        next: lines.last().filter(|_| more).map(|last| last.line.number),
        lines,
        zone: zone(app, page),
        payable: app.gateway.is_some(),
        least,
        ten: price::of(10, currency),
        typed,
        errors,
    };
    if errors.is_empty() { page.html(&shown) } else { page.invalid(&shown) }
}

/// How many somebody wants.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Wanted {
    credits: String,
}

/// A number of credits that can be bought.
pub(super) fn read(app: &App, reader: &mut Reader, typed: &str) -> i64 {
    let currency = currency(app);
    super::number(reader, "credits", typed, (price::least(currency), price::most(currency)))
}

/// On to the provider's page.
pub async fn buy(State(app): State<App>, page: Page, me: Me, Form(wanted): Form<Wanted>) -> Result<Response> {
    let mut reader = Reader::default();
    let credits = read(&app, &mut reader, &wanted.credits);
    let errors = match reader.errors.or(|| ()) {
        Ok(()) => match purchases::begin(&app, &me, credits, &Back::default()).await {
            Ok((_, url)) => return see(url),
            Err(Refusal::NoPayments) => Errors::at("credits", t!("This site cannot take payments now.")),
            Err(refusal) => Errors::at("credits", refusal.or_broken()?),
        },
        Err(errors) => errors,
    };
    answer(&app, &page, &me, i64::MAX, (&wanted.credits, &errors)).await
}

/// On development sites: credits without any payment.
pub async fn test(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Form(wanted): Form<Wanted>,
) -> Result<Response> {
    app.config.development().then_some(()).or_404()?;
    let mut reader = Reader::default();
    let credits = read(&app, &mut reader, &wanted.credits);
    if let Err(errors) = reader.errors.or(|| ()) {
        return answer(&app, &page, &me, i64::MAX, (&wanted.credits, &errors)).await;
    }
    let now = app.clock.now();
    let given = decide!(app.db, tx, super::grant(tx, me.id, credits, TEST, me.actor(), now).await);
    match given {
        Ok(_) => flash.say(tn!("1 credit is there.", "{n} credits are there.", credits)).await?,
        Err(refusal) => {
            let errors = refusal.errors("credits")?;
            return answer(&app, &page, &me, i64::MAX, (&wanted.credits, &errors)).await;
        }
    }
    see("/credits")
}

/// What stands in the journal for credits of a test.
pub(super) const TEST: &str = "Test purchase on a development site";
