//! What members do with their plan: choose one, let it end, take that back.
use super::{Plan, Refusal, State, Subscription, SubscriptionFact, Tier, settle, settling, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::ids::Id;
use crate::journal::{self, Actor};
use crate::members::{self, Member};
use crate::payments::checkout::Back;
use crate::payments::gateway::{Checkout, Payer, Subscribing};
use crate::payments::{CHECKOUT_LASTS, Gateway, Provider};
use crate::site;

/// Who wants which plan, and who takes the money.
type Wish = (Id<Member>, Tier, Provider);

/// What stands in the way of a new subscription, or is it.
enum Opened {
    This(Subscription),
    /// Its checkout is for another plan, or over.
    Before(Subscription),
}

/// Begins a subscription, or goes on with the one that is not paid yet, and answers it with the provider's page.
/// Pressing twice, and two tabs, find the first.
pub async fn begin(app: &App, member: &Member, tier: Tier, to: &Back) -> Result<(Subscription, String), Refusal> {
    let gateway = gateway(app)?;
    let wish = (member.id, tier, gateway.provider());
    // The one before is closed at the provider first, so that nobody pays for two.
    for _ in 0..3 {
        let now = app.clock.now();
        match decide!(app.db, tx, open(tx, wish, to, now).await)? {
            Opened::This(row) => match reached(app, gateway, &row, member).await? {
                Some(checkout) => return Ok((row, checkout.url)),
                // The provider takes no money for it any more, and never opened it.
                None => drop(settling::settle_closed(app, row.id).await?),
            },
            Opened::Before(row) => close(app, gateway, &row, member).await?,
        }
    }
    Err(Refusal::NoAnswer)
}

pub(super) fn gateway(app: &App) -> Result<&Gateway, Refusal> {
    app.gateway.as_ref().ok_or(Refusal::NoPayments)
}

pub(super) fn unanswered(error: &anyhow::Error) -> Refusal {
    tracing::warn!(error = format!("{error:#}"), "the provider did not answer about a plan");
    Refusal::NoAnswer
}

/// Takes no money for it any more. Another tab may be on its way to the checkout of it, so that is looked for first:
/// asked with the same key, the provider answers the same one.
async fn close(app: &App, gateway: &Gateway, row: &Subscription, member: &Member) -> Result<(), Refusal> {
    if let Some(checkout) = reached(app, gateway, row, member).await? {
        gateway.expire(&checkout.reference).await.map_err(|error| unanswered(&error))?;
    }
    settling::settle_closed(app, row.id).await.map_err(|error| unanswered(&error)).map(drop)
}

async fn open(tx: &mut Tx, wish: Wish, to: &Back, now: Instant) -> Result<Opened, Refusal> {
    let (member, tier, provider) = wish;
    store::lock(tx, member).await?;
    if !members::store::stands(tx, member).await? {
        return Err(Refusal::NoAccount);
    }
    let (plan, price) = on_sale(tx, tier, provider).await?;
    if let Some(live) = store::live_of(&mut *tx, member).await? {
        return there_is(live, wish, &price, to, now);
    }
    let row = begun(tx, wish, (plan, price), to, now).await?;
    store::insert(tx, &row).await?;
    let fact = SubscriptionFact::SubscriptionBegun { member, tier, provider, terms: row.terms.clone() };
    journal::append(tx, &row.stream(), &fact, Actor::Member(member), now).await?;
    Ok(Opened::This(row))
}

/// The plan, and how the provider calls its price.
async fn on_sale(tx: &mut Tx, tier: Tier, provider: Provider) -> Result<(Plan, String), Refusal> {
    let plan = store::plan(&mut *tx, tier).await?;
    let product = store::by_key(&mut *tx, &tier.key()).await?;
    let (Some(plan), Some(product)) = (plan, product) else {
        return Err(if store::plans(&mut *tx).await?.is_empty() { Refusal::Off } else { Refusal::NotListed });
    };
    if tier == Tier::Free {
        return Err(Refusal::Same { tier });
    }
    let price = product.price.clone().filter(|_| product.provider == Some(provider)).ok_or(Refusal::NotListed)?;
    Ok((plan, price))
}

/// Whether the one that there is can be gone on with, gives way, or is a plan already.
fn there_is(live: Subscription, wish: Wish, price: &str, to: &Back, now: Instant) -> Result<Opened, Refusal> {
    let (_, tier, provider) = wish;
    let same = live.is_incomplete()
        && live.expires_at > now
        && (live.provider, live.tier, live.price.as_str()) == (provider, tier, price)
        && (&live.return_url, &live.cancel_url) == (&to.return_url, &to.cancel_url);
    match live.state {
        State::Incomplete if same => Ok(Opened::This(live)),
        State::Incomplete => Ok(Opened::Before(live)),
        _ => Err(Refusal::HasPlan),
    }
}

/// A new one, of which nothing is paid.
async fn begun(
    tx: &mut Tx,
    (member, tier, provider): Wish,
    (plan, price): (Plan, String),
    to: &Back,
    now: Instant,
) -> Result<Subscription, Refusal> {
    Ok(Subscription {
        id: Id::new(),
        member_id: member,
        provider,
        tier,
        state: State::Incomplete,
        ends_at_period_end: false,
        period_ends_at: None,
        past_due_at: None,
        started_at: now,
        terms: site::terms_version(&mut *tx).await?,
        attempt: 1,
        price,
        amount: plan.price,
        currency: plan.currency,
        expires_at: now + CHECKOUT_LASTS,
        checkout: None,
        url: None,
        reference: None,
        customer: store::customer_of(&mut *tx, member, provider).await?,
        return_url: to.return_url.clone(),
        cancel_url: to.cancel_url.clone(),
        asked_at: None,
    })
}

/// What the provider calls its checkout, and its page: as it said, or asked again with the same id.
async fn reached(
    app: &App,
    gateway: &Gateway,
    row: &Subscription,
    member: &Member,
) -> Result<Option<Checkout>, Refusal> {
    if let (Some(reference), Some(url)) = (&row.checkout, &row.url) {
        return Ok(Some(Checkout { reference: reference.clone(), url: url.clone() }));
    }
    let back = || app.config.url(&row.path());
    let (name, site) = (row.tier.name(), app.site_name());
    let wish = Subscribing {
        payer: Payer {
            member: member.id,
            email: member.email.clone(),
            name: member.name.clone(),
            customer: row.customer.clone(),
        },
        subscription: row.id,
        attempt: row.attempt,
        price: row.price.clone(),
        title: format!("{site} {name}"),
        opened_at: row.started_at,
        now: app.clock.now(),
        expires_at: row.expires_at,
        return_url: row.return_url.clone().unwrap_or_else(back),
        cancel_url: row.cancel_url.clone().unwrap_or_else(|| app.config.url("/plans")),
        amount: row.amount,
        currency: row.currency.clone(),
    };
    let opened = gateway.subscribe(&wish).await.map_err(|error| unanswered(&error))?;
    let Some(checkout) = opened else { return Ok(None) };
    let saved: Result<bool, Refusal> =
        decide!(app.db, tx, Ok(store::set_checkout(tx, row.id, &checkout.reference, &checkout.url).await?));
    if !saved? {
        // Another tab was quicker and chose another plan: nobody shall pay for this one.
        gateway.expire(&checkout.reference).await.map_err(|error| unanswered(&error))?;
        return Err(Refusal::NoAnswer);
    }
    Ok(Some(checkout))
}

/// What runs for a member, with the provider's name for it.
pub(super) async fn running(app: &App, member: Id<Member>) -> Result<(Subscription, String), Refusal> {
    let live = store::live_of(&app.db, member).await?.filter(Subscription::runs).ok_or(Refusal::NoSubscription)?;
    let reference = live.reference.clone().ok_or(Refusal::NoSubscription)?;
    let provider = gateway(app)?.provider();
    if live.provider == provider { Ok((live, reference)) } else { Err(Refusal::NoPayments) }
}

/// Lets it end with the month that is paid, or takes that back. The provider is asked even where our row says so
/// already: it may have been changed there.
pub async fn cancel(app: &App, member: Id<Member>, yes: bool) -> Result<Subscription, Refusal> {
    let (live, reference) = running(app, member).await?;
    gateway(app)?.cancel_at_period_end(&reference, yes).await.map_err(|error| unanswered(&error))?;
    Ok(settle(app, live.id).await?)
}

/// The provider's own page for cards and bills.
pub async fn portal(app: &App, member: Id<Member>) -> Result<String, Refusal> {
    let gateway = gateway(app)?;
    let customer = store::customer_of(&app.db, member, gateway.provider()).await?.ok_or(Refusal::NoSubscription)?;
    let back = app.config.url("/plans");
    gateway.portal(&customer, &back).await.map_err(|error| unanswered(&error))
}
