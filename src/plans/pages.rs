//! My plan: what it allows, what of that is used, and the others to choose from.
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::limits::Usage;
use super::{GRACE_DAYS, Plan, Refusal, State as Stands, Subscription, Tier, change_pages, store, subscribing};
use crate::app::App;
use crate::clock::Instant;
use crate::credits;
use crate::error::Result;
use crate::i18n::filters;
use crate::members::Member;
use crate::payments::checkout::Back;
use crate::payments::purchases::pages::zone;
use crate::web::page::Flash;
use crate::web::{Form, Me, Page, see};

#[derive(Template)]
#[template(path = "plans/index.html")]
struct Index<'a> {
    page: &'a Page,
    /// None while plans are off.
    plan: Option<Plan>,
    plans: Vec<Plan>,
    usage: Usage,
    live: Option<Subscription>,
    balance: i64,
    payable: bool,
    zone: TimeZone,
    now: Instant,
    refusal: Option<Refusal>,
}

impl Index<'_> {
    fn at(&self, at: &Instant) -> DateTime {
        at.in_zone(&self.zone).datetime()
    }
    fn runs(&self) -> bool {
        self.live.as_ref().is_some_and(Subscription::runs)
    }
    /// Whether this plan is paid now; Free is had by whoever pays none.
    fn has(&self, tier: &Tier) -> bool {
        match &self.live {
            Some(live) if live.runs() => live.tier == *tier,
            _ => *tier == Tier::Free,
        }
    }
    /// Whether a button chooses this plan.
    fn can(&self, tier: &Tier) -> bool {
        let ending = self.live.as_ref().is_some_and(|live| live.ends_at_period_end);
        match tier {
            Tier::Free => self.runs() && !ending,
            _ => self.payable && !self.has(tier),
        }
    }
    fn grace_over(&self, until: &Instant) -> bool {
        *until <= self.now
    }
}

pub(super) async fn answer(app: &App, page: &Page, me: &Member, refusal: Option<Refusal>) -> Result<Response> {
    let refused = refusal.is_some();
    let shown = Index {
        page,
        plan: store::plan_of(&app.db, me.id).await?,
        plans: store::plans(&app.db).await?,
        usage: Usage::of(app, me.id).await?,
        live: store::live_of(&app.db, me.id).await?.filter(|live| live.state != Stands::Incomplete),
        balance: credits::balance(app, me.id).await?,
        payable: app.gateway.is_some(),
        zone: zone(app, page),
        now: app.clock.now(),
        refusal,
    };
    if refused { page.invalid(&shown) } else { page.html(&shown) }
}

pub async fn index(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    answer(&app, &page, &me, None).await
}

/// Which plan.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Choice {
    pub(super) tier: String,
}

/// On to the provider's page, or for who pays a plan already to what another one costs.
pub async fn choose(
    State(app): State<App>,
    page: Page,
    me: Me,
    flash: Flash,
    Form(choice): Form<Choice>,
) -> Result<Response> {
    let Ok(tier) = choice.tier.parse::<Tier>() else {
        return answer(&app, &page, &me, Some(Refusal::NotListed)).await;
    };
    let live = store::live_of(&app.db, me.id).await?;
    if live.is_some_and(|live| live.runs()) {
        // Free costs nothing and can be taken back; every other plan begins at once, so its price is asked for first.
        if tier != Tier::Free {
            return see(change_pages::path(tier));
        }
        return cancel_or_not(&app, &page, &me, &flash, true).await;
    }
    match subscribing::begin(&app, &me, tier, &Back::default()).await {
        Ok((_, url)) => see(url),
        // Paid in another tab meanwhile: the page says so.
        Err(Refusal::HasPlan) => see("/plans"),
        Err(refusal) => answer(&app, &page, &me, Some(refusal.or_broken()?)).await,
    }
}

async fn cancel_or_not(app: &App, page: &Page, me: &Me, flash: &Flash, yes: bool) -> Result<Response> {
    match subscribing::cancel(app, me.id, yes).await {
        Ok(_) if yes => flash.say(t!("Your plan ends with the month that is paid.")).await?,
        Ok(of) => flash.say(t!("Your plan {name} goes on.", name = of.tier.name())).await?,
        Err(refusal) => return answer(app, page, me, Some(refusal.or_broken()?)).await,
    }
    see("/plans")
}

pub async fn cancel(State(app): State<App>, page: Page, me: Me, flash: Flash) -> Result<Response> {
    cancel_or_not(&app, &page, &me, &flash, true).await
}

/// It goes on after all.
pub async fn resume(State(app): State<App>, page: Page, me: Me, flash: Flash) -> Result<Response> {
    cancel_or_not(&app, &page, &me, &flash, false).await
}

/// On to the provider's page for cards and bills.
pub async fn portal(State(app): State<App>, page: Page, me: Me) -> Result<Response> {
    match subscribing::portal(&app, me.id).await {
        Ok(url) => see(url),
        Err(refusal) => answer(&app, &page, &me, Some(refusal.or_broken()?)).await,
    }
}
