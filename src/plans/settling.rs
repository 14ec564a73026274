//! The only way that a subscription comes to stand otherwise. The provider is asked with no transaction open; what it
//! says is applied under the lock of the member's plan, and applied again changes nothing.
use super::standing::{News, Standing};
use super::{PlanFact, Refusal, State, Subscription, Tier, account_stream, bills, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::{self, Tx};
use crate::ids::Id;
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::letters::{Letter, Reader, queue};
use crate::members::{self, Member};
use crate::payments::Gateway;
use crate::payments::gateway::{Invoice, Subscribed};

/// How long one that is not paid goes without being asked about, one whose month is over or owed, and one that runs: it
/// may have ended at the provider, and the notice of it been lost.
const QUIET: jiff::SignedDuration = clock::minutes(5);
const QUIET_MONTH: jiff::SignedDuration = clock::hours(1);
const QUIET_RUNNING: jiff::SignedDuration = clock::hours(24);
/// After which one that is paid stands, instead of another one that is only begun.
const SOON: jiff::SignedDuration = clock::minutes(1);

/// What the provider says.
enum Seen {
    /// Its checkout is open.
    Nothing,
    /// Nothing came of it, or nothing is left.
    Over,
    There(Subscribed, Vec<Invoice>),
}

/// Asks the provider how a subscription stands and writes down what follows. Safe to repeat, and to interrupt.
pub async fn settle(app: &App, id: Id<Subscription>) -> anyhow::Result<Subscription> {
    look(app, id, false).await
}

/// The same where its checkout was closed: what is not paid now never will be.
pub(super) async fn settle_closed(app: &App, id: Id<Subscription>) -> anyhow::Result<Subscription> {
    look(app, id, true).await
}

async fn look(app: &App, id: Id<Subscription>, closed: bool) -> anyhow::Result<Subscription> {
    let missing = || anyhow::anyhow!("there is no subscription {id}");
    let row = store::by_id(&app.db, id).await?.ok_or_else(missing)?;
    let Some(gateway) = app.gateway.as_ref().filter(|gateway| gateway.provider() == row.provider) else {
        return Ok(row);
    };
    let began = app.clock.now();
    let seen = seen(app, gateway, &row, closed).await?;
    let now = app.clock.now();
    let applied: Result<(), Refusal> = decide!(app.db, tx, apply(tx, &row, &seen, (began, now)).await);
    applied.map_err(Refusal::into_error)?;
    store::by_id(&app.db, id).await?.ok_or_else(missing)
}

async fn seen(app: &App, gateway: &Gateway, row: &Subscription, closed: bool) -> anyhow::Result<Seen> {
    let reference = match (&row.reference, &row.checkout) {
        (Some(reference), _) => Some(reference.clone()),
        (None, Some(checkout)) => gateway.subscription_of(checkout).await?,
        (None, None) => None,
    };
    let Some(reference) = reference else {
        let over = closed || row.expires_at + QUIET <= app.clock.now();
        return Ok(if over { Seen::Over } else { Seen::Nothing });
    };
    match gateway.subscription(&reference).await? {
        Some(told) => Ok(Seen::There(told, gateway.invoices(&reference).await?)),
        None => Ok(Seen::Over),
    }
}

async fn apply(tx: &mut Tx, row: &Subscription, seen: &Seen, (began, now): (Instant, Instant)) -> Result<(), Refusal> {
    store::lock(tx, row.member_id).await?;
    let Some(row) = store::by_id(&mut *tx, row.id).await? else { return Ok(()) };
    // Somebody asked while we did and was quicker: what we heard may be older, so it is asked once more.
    if row.asked_at.is_some_and(|asked| asked > began) {
        jobs::enqueue(tx, Job::SettleSubscription { subscription: row.id }, now).await?;
        return Ok(());
    }
    store::set_asked(tx, row.id, now).await?;
    let Some(member) = members::store::by_id(&mut *tx, row.member_id).await? else { return Ok(()) };
    let (standing, invoices) = match seen {
        Seen::Nothing => return Ok(()),
        Seen::Over => (Standing::over(&row), &[] as &[Invoice]),
        Seen::There(told, invoices) => {
            if row.reference.as_deref() != Some(told.reference.as_str()) {
                store::set_reference(tx, row.id, &told.reference, &told.customer).await?;
            }
            if let Some(amount) = told.amount.filter(|amount| *amount != row.amount) {
                store::set_amount(tx, row.id, amount).await?;
            }
            let tier = store::tier_of_price(&mut *tx, &told.price).await?.unwrap_or(row.tier);
            (Standing::told(&row, told, tier, now), invoices.as_slice())
        }
    };
    if !may_stand(tx, &row, &standing, &member, now).await? {
        return Ok(());
    }
    let before = Standing::of(&row);
    if standing != before {
        stand(tx, &row, (&standing, &before), now).await?;
    }
    for invoice in invoices.iter().rev().filter(|invoice| invoice.paid) {
        let billed = match &invoice.price {
            Some(price) => store::tier_of_price(&mut *tx, price).await?,
            None => None,
        };
        bills::record(tx, (&row, billed.unwrap_or(standing.tier)), &member, invoice, now).await?;
    }
    for news in standing.news(&before) {
        tell(tx, &row, &member, news, now).await?;
    }
    follow(tx, &row, &member, now).await
}

/// Writes down how it stands now, and looks again when time alone may have changed it.
async fn stand(
    tx: &mut Tx,
    row: &Subscription,
    (standing, before): (&Standing, &Standing),
    now: Instant,
) -> Result<(), Refusal> {
    store::set_standing(tx, row.id, standing).await?;
    journal::append(tx, &row.stream(), &standing.fact(), Actor::Site, now).await?;
    let grace = standing.past_due_at.filter(|_| before.past_due_at.is_none()).map(|at| at + super::GRACE);
    // What was paid at the last moment is told late.
    let unpaid = before.state == State::Incomplete && standing.state == State::Ended;
    for at in grace.into_iter().chain(unpaid.then(|| now + QUIET_RUNNING)) {
        jobs::enqueue(tx, Job::SettleSubscription { subscription: row.id }, at).await?;
    }
    Ok(())
}

/// Whether it may stand as the provider says. What runs for nobody, or beside another one that is paid, is ended there;
/// what is paid goes before what is only begun.
async fn may_stand(
    tx: &mut Tx,
    row: &Subscription,
    standing: &Standing,
    member: &Member,
    now: Instant,
) -> Result<bool, Refusal> {
    if standing.state == State::Ended {
        return Ok(true);
    }
    let other = store::live_of(&mut *tx, row.member_id).await?.filter(|live| live.id != row.id);
    if let Some(begun) = other.as_ref().filter(|other| !other.runs())
        && standing.state != State::Incomplete
        && member.erased_at.is_none()
    {
        jobs::enqueue(tx, Job::EndSubscription { subscription: begun.id }, now).await?;
        jobs::enqueue(tx, Job::SettleSubscription { subscription: row.id }, now + SOON).await?;
        return Ok(false);
    }
    if other.is_some() || member.erased_at.is_some() {
        jobs::enqueue(tx, Job::EndSubscription { subscription: row.id }, now).await?;
    }
    Ok(other.is_none())
}

/// The member's plan follows from what they pay now; their events follow from that.
async fn follow(tx: &mut Tx, row: &Subscription, member: &Member, now: Instant) -> Result<(), Refusal> {
    let had = store::lock(tx, member.id).await?;
    let live = store::live_of(&mut *tx, member.id).await?;
    let gives = live.as_ref().map_or(Tier::Free, |live| live.gives(now));
    if gives == had {
        return Ok(());
    }
    store::set_tier(tx, member.id, gives).await?;
    journal::append(tx, &account_stream(member.id), &PlanFact::PlanChanged { tier: gives }, Actor::Site, now).await?;
    jobs::enqueue(tx, Job::FitPlans { member: Some(member.id), after: None }, now).await?;
    if gives == Tier::Free && live.is_some_and(|live| live.is_past_due()) {
        tell(tx, row, member, News::Lapsed, now).await?;
    }
    Ok(())
}

async fn tell(tx: &mut Tx, row: &Subscription, member: &Member, news: News, now: Instant) -> db::Result<()> {
    if member.erased_at.is_none() {
        queue(tx, Letter::Plan { subscription: row.id, news }, &Reader::of(member), now).await?;
    }
    Ok(())
}

/// Asks about every subscription of which something should have been heard: a notice that was lost heals here.
pub async fn sweep(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for id in store::quiet(&app.db, now - QUIET, now, now - QUIET_MONTH, now - QUIET_RUNNING).await? {
        let waits: anyhow::Result<()> = decide!(app.db, tx, {
            store::set_asked(tx, id, now).await?;
            jobs::enqueue(tx, Job::SettleSubscription { subscription: id }, now).await?;
            Ok(())
        });
        waits?;
    }
    Ok(())
}

/// Ends a subscription at the provider, and here with it: its member is gone or kept out, or pays another one.
pub async fn end(app: &App, id: Id<Subscription>) -> anyhow::Result<()> {
    let Some(row) = store::by_id(&app.db, id).await? else { return Ok(()) };
    let Some(gateway) = app.gateway.as_ref().filter(|gateway| gateway.provider() == row.provider) else {
        anyhow::bail!("no payment provider is set up at which subscription {id} could be ended");
    };
    let mut reference = row.reference.clone();
    if reference.is_none()
        && let Some(checkout) = &row.checkout
    {
        gateway.expire(checkout).await?;
        reference = gateway.subscription_of(checkout).await?;
    }
    if let Some(reference) = reference {
        gateway.end_subscription(&reference).await?;
    }
    settle_closed(app, id).await.map(drop)
}
