//! An event on the front page, for credits, day by day.
use super::{CreditFact, FeaturingFact, Line, Refusal, price, spend, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::events::{self, Event, Visibility};
use crate::ids::{self, Id};
use crate::journal::{self, Actor};
use crate::members::{self, Member};

/// Days that are bought at a time, at most.
pub const MOST_DAYS: i64 = 30;
/// Events that stand there together, at most.
const SHOWN: i64 = 60;

/// What somebody wants to be seen.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub event: Id<Event>,
    pub days: i64,
    /// The id of the form that asks; '' for none.
    pub form: &'a str,
    /// Who pays.
    pub by: Id<Member>,
}

impl Wish<'_> {
    fn form(&self) -> Option<String> {
        let known = !self.form.is_empty() && self.form.len() <= 100;
        known.then(|| ids::hash(&format!("featuring/{}/{}/{}", self.by, self.event, self.form)))
    }
}

/// Puts an event on the front page from now on, or longer than it stands there. Pressing twice pays once.
pub async fn feature(tx: &mut Tx, wish: &Wish<'_>, now: Instant) -> Result<Line, Refusal> {
    let event = events::store::lock(tx, wish.event).await?.ok_or(Refusal::NotPublic)?;
    if !members::store::stands(tx, wish.by).await? {
        return Err(Refusal::NoAccount);
    }
    let form = wish.form();
    if let Some(form) = &form
        && let Some(before) = store::by_form(tx, form).await?
    {
        let same = before.credits == -cost(wish.days);
        return if same { Ok(before) } else { Err(Refusal::OtherContents) };
    }
    let from = may(&event, store::featured_until(&mut *tx, event.id, now).await?, now)?;
    let most = days_left(&event, from);
    if wish.days > most {
        return Err(Refusal::TooLong { most });
    }
    let (credits, until) = (cost(wish.days), from + clock::days(wish.days));
    let fact = CreditFact::EventFeatured { event: event.id, credits, from, until };
    spend(tx, wish.by, &fact, form.as_deref(), now).await
}

/// From when more days count, if the event can stand there at all.
fn may(event: &Event, stands_until: Option<Instant>, now: Instant) -> Result<Instant, Refusal> {
    if event.is_past(now) {
        return Err(Refusal::Over);
    }
    if !event.is_published() || event.visibility != Visibility::Public {
        return Err(Refusal::NotPublic);
    }
    Ok(stands_until.unwrap_or(now))
}

/// Days that end, the last of them begun, with the event.
fn days_left(event: &Event, from: Instant) -> i64 {
    const DAY: i64 = 86_400_000_000;
    (event.ends_at.micros() - from.micros() + DAY - 1).div_euclid(DAY).max(0)
}

pub fn cost(days: i64) -> i64 {
    days * price::FEATURED_DAY
}

/// Takes an event off the front page, for a reason. Credits that are spent are not given back; its hosts can pay for new
/// days. False if it does not stand there.
pub async fn end(tx: &mut Tx, event: Id<Event>, reason: &str, by: Actor, now: Instant) -> db::Result<bool> {
    let Some(event) = events::store::lock(tx, event).await? else { return Ok(false) };
    let ended = store::end_featuring(tx, event.id, now).await?;
    if ended {
        let fact = FeaturingFact::FeaturingEnded { reason: reason.to_owned() };
        journal::append(tx, &event.stream(), &fact, by, now).await?;
    }
    Ok(ended)
}

/// Until when an event stands on the front page, if it does or will.
pub async fn until(app: &App, event: Id<Event>) -> db::Result<Option<Instant>> {
    store::featured_until(&app.db, event, app.clock.now()).await
}

/// What the page says before it is paid.
#[derive(Debug)]
pub struct Outlook {
    pub until: Option<Instant>,
    /// Days that can be bought now, at most.
    pub most: i64,
    pub refusal: Option<Refusal>,
}

pub async fn outlook(app: &App, event: &Event) -> db::Result<Outlook> {
    let now = app.clock.now();
    let until = store::featured_until(&app.db, event.id, now).await?;
    Ok(match may(event, until, now) {
        Ok(from) => {
            let most = days_left(event, from).min(MOST_DAYS);
            let refusal = (most == 0).then_some(Refusal::TooLong { most });
            Outlook { until, most, refusal }
        }
        Err(refusal) => Outlook { until, most: 0, refusal: Some(refusal) },
    })
}

/// What stands on the front page now.
pub async fn shown(app: &App) -> db::Result<Vec<Event>> {
    store::featured(&app.db, app.clock.now(), SHOWN).await
}
