//! Another plan while one runs: a page says what that costs and asks, and only what it said is charged.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::changing::{self, Agreed, Quote};
use super::pages::{self, Choice};
use super::{Refusal, Tier};
use crate::app::App;
use crate::clock::Instant;
use crate::error::Result;
use crate::i18n::filters;
use crate::members::Member;
use crate::payments::purchases::pages::zone;
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, Query, SteppedUp, see};

/// The page that asks.
pub fn path(tier: Tier) -> String {
    format!("/plans/change?tier={}", tier.word())
}

#[derive(Template)]
#[template(path = "plans/change.html")]
struct Change<'a> {
    page: &'a Page,
    quote: Quote,
    zone: TimeZone,
    refusal: Option<Refusal>,
}

impl Change<'_> {
    fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
}

async fn answer(app: &App, page: &Page, me: &Member, tier: Tier, refusal: Option<Refusal>) -> Result<Response> {
    let quote = match changing::quote(app, me.id, tier).await {
        Ok(quote) => quote,
        // Nothing runs that could be changed, or it is this plan by now: the page of plans shows it.
        Err(Refusal::NoSubscription | Refusal::Same { .. }) => return see("/plans"),
        Err(refusal) => return pages::answer(app, page, me, Some(refusal.or_broken()?)).await,
    };
    let refused = refusal.is_some();
    let shown = Change { page, quote, zone: zone(app, page), refusal };
    if refused { page.invalid(&shown) } else { page.html(&shown) }
}

/// A plan that begins at once, by its word: Free only ends the one that runs, and is not asked for here.
fn wanted(word: &str) -> Option<Tier> {
    word.parse().ok().filter(|tier| *tier != Tier::Free)
}

pub async fn ask(State(app): State<App>, page: Page, me: Me, Query(choice): Query<Choice>) -> Result<Response> {
    let Some(tier) = wanted(&choice.tier) else { return see("/plans") };
    answer(&app, &page, &me, tier, None).await
}

/// Which plan, and what the page said that it costs a month and at once, in minor units.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Yes {
    tier: String,
    amount: String,
    charge: String,
}

pub async fn change(
    State(app): State<App>,
    page: Page,
    SteppedUp(me): SteppedUp<Me>,
    flash: Flash,
    Form(yes): Form<Yes>,
) -> Result<Response> {
    let Some(tier) = wanted(&yes.tier) else { return see("/plans") };
    // Whoever was not told a price is asked first.
    let (Ok(amount), Ok(charge)) = (yes.amount.parse(), yes.charge.parse()) else { return see(path(tier)) };
    match changing::change(&app, me.id, tier, Some(Agreed { amount: Some(amount), charge })).await {
        Ok(of) => {
            flash.say(t!("Your plan is {name} now.", name = of.tier.name())).await?;
            see("/plans")
        }
        // Pressed twice, or ended in another tab.
        Err(Refusal::Same { .. } | Refusal::NoSubscription) => see("/plans"),
        Err(refusal @ Refusal::OtherSum { .. }) => answer(&app, &page, &me, tier, Some(refusal)).await,
        Err(refusal) => pages::answer(&app, &page, &me, Some(refusal.or_broken()?)).await,
    }
}
