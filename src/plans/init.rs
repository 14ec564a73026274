//! Sets up what is sold here, any number of times: what is missing is made, what differs between the provider and here
//! is mended, and each is told.
use std::fmt;

use super::products::{self, Making};
use super::{PRODUCTS, Plan, Product, ProductFact, Refusal, Tier, settling, store};
use crate::app::App;
use crate::clock::Instant;
use crate::credits::price;
use crate::db::Tx;
use crate::i18n::{Currency, Locale, Say};
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::payments::Gateway;
use crate::payments::gateway::Listed;

/// How credits are called at the provider.
pub const CREDITS: &str = "credits";

/// One thing that was found, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Well {
        name: String,
    },
    /// It was not here.
    MadeHere {
        name: String,
    },
    /// It was not at the provider.
    MadeThere {
        name: String,
    },
    /// It was there with another name or price.
    Mended {
        name: String,
        price: bool,
    },
    /// It was there under another reference than we knew.
    Learnt {
        name: String,
    },
    /// It was there and is not here, or twice.
    TakenOff {
        name: String,
    },
}

impl Say for Found {
    fn say(&self, w: &mut dyn fmt::Write, l: Locale) -> fmt::Result {
        match self {
            Self::Well { name } => t!("{name}: all is well.", name).say(w, l),
            Self::MadeHere { name } => t!("{name}: made.", name).say(w, l),
            Self::MadeThere { name } => {
                t!("{name}: was missing at the payment service, and is listed there now.", name).say(w, l)
            }
            Self::Mended { name, price: true } => {
                t!("{name}: had another price at the payment service. It has this site’s now.", name).say(w, l)
            }
            Self::Mended { name, price: false } => {
                t!("{name}: had another name at the payment service. It has this site’s now.", name).say(w, l)
            }
            Self::Learnt { name } => {
                t!("{name}: was listed at the payment service, but not known here. It is now.", name).say(w, l)
            }
            Self::TakenOff { name } => {
                t!("{name}: was listed at the payment service, and is not sold here. It is off sale there now.", name)
                    .say(w, l)
            }
        }
    }
}
says!(Found);

impl Found {
    pub fn is_well(&self) -> bool {
        matches!(self, Self::Well { .. })
    }
}

/// Makes the four plans and the credits product, and mends what differs.
pub async fn run(app: &App, by: Actor, reason: &str) -> Result<Vec<Found>, Refusal> {
    let gateway = app.gateway.as_ref().ok_or(Refusal::NoPayments)?;
    let there = gateway.catalogue().await.map_err(|error| unanswered(&error))?;
    let mut found = here(app, by, reason).await?;
    for product in store::products(&app.db).await? {
        let differs = mend(app, gateway, &product, &there).await?;
        let known = found.iter().any(|of| matches!(of, Found::MadeHere { name } if *name == product.name));
        match differs {
            // What was just made here is not there yet, and nobody wonders.
            Some(Found::MadeThere { .. }) if known => {}
            None if known => {}
            Some(differs) => found.push(differs),
            None => found.push(Found::Well { name: product.name.clone() }),
        }
    }
    let ours = store::products(&app.db).await?;
    for listed in &there {
        if ours.iter().all(|product| product.reference.as_ref() != Some(&listed.product)) {
            gateway.archive(&listed.product).await.map_err(|error| unanswered(&error))?;
            found.push(Found::TakenOff { name: listed.name.clone() });
        }
    }
    Ok(found)
}

fn unanswered(error: &anyhow::Error) -> Refusal {
    tracing::warn!(error = format!("{error:#}"), "the products were not set up");
    Refusal::NoAnswer
}

/// Makes what is missing here.
async fn here(app: &App, by: Actor, reason: &str) -> Result<Vec<Found>, Refusal> {
    let currency = Currency::new(&app.config.currency).unwrap_or(Currency::NONE);
    let now = app.clock.now();
    let found: Result<Vec<Found>, Refusal> = decide!(app.db, tx, {
        let mut found = Vec::new();
        for tier in Tier::ALL {
            let plan = match store::plan(&mut *tx, *tier).await? {
                Some(plan) => plan,
                None => {
                    let plan = Plan::default_of(*tier, currency);
                    products::set_plan(tx, &plan, (by, reason), now).await?;
                    plan
                }
            };
            if store::by_key(&mut *tx, &tier.key()).await?.is_none() {
                found.extend(make(tx, &Making::of_plan(&plan), (by, reason), now).await?);
            }
        }
        if store::by_key(&mut *tx, CREDITS).await?.is_none() {
            let each = price::of(1, currency);
            let making = Making {
                key: CREDITS.to_owned(),
                name: "Credits".to_owned(),
                amount: each.minor,
                currency: currency.code().to_owned(),
                monthly: false,
            };
            found.extend(make(tx, &making, (by, reason), now).await?);
        }
        Ok(found)
    });
    found
}

/// None if somebody else who sets up was quicker.
async fn make(
    tx: &mut Tx,
    making: &Making,
    (by, reason): (Actor, &str),
    now: Instant,
) -> Result<Option<Found>, Refusal> {
    match products::make(tx, making, (by, reason), now).await {
        Ok(made) => Ok(Some(Found::MadeHere { name: made.name })),
        Err(Refusal::Exists) => match store::by_key(&mut *tx, &making.key).await? {
            Some(_) => Ok(None),
            None => Err(Refusal::Exists),
        },
        Err(refusal) => Err(refusal),
    }
}

/// Brings the provider in step with a product, and us with what it calls it. None if nothing differed.
async fn mend(app: &App, gateway: &Gateway, product: &Product, there: &[Listed]) -> Result<Option<Found>, Refusal> {
    let (wanted, name) = (product.wanted(), product.name.clone());
    let listed = there.iter().find(|listed| listed.key == product.key);
    let known = |listed: &Listed| {
        product.provider == Some(gateway.provider())
            && product.reference.as_ref() == Some(&listed.product)
            && product.price == listed.price
    };
    let differs = match listed {
        None => Some(Found::MadeThere { name }),
        Some(listed) if !listed.is(&wanted) => Some(Found::Mended { name, price: !listed.costs(&wanted) }),
        Some(listed) if !known(listed) => Some(Found::Learnt { name }),
        Some(_) => None,
    };
    if differs.is_some() {
        products::list(app, product.id).await.map_err(|error| unanswered(&error))?;
    }
    Ok(differs)
}

/// Throws all of it away: subscriptions end, products are archived, plans are off. For test accounts alone.
pub async fn reset(app: &App, by: Actor) -> Result<usize, Refusal> {
    let gateway = app.gateway.as_ref().ok_or(Refusal::NoPayments)?;
    let test = match gateway {
        Gateway::Local(_) => true,
        Gateway::Stripe(_) => app.config.stripe.as_ref().is_some_and(|stripe| is_test(&stripe.secret_key)),
    };
    if !test {
        return Err(Refusal::NotATest);
    }
    for live in store::live(&app.db).await? {
        settling::end(app, live.id).await.map_err(|error| unanswered(&error))?;
    }
    let (now, reason) = (app.clock.now(), "reset-test");
    let gone: Result<usize, Refusal> = decide!(app.db, tx, {
        let products = store::products(&mut *tx).await?;
        for product in &products {
            products::remove(tx, product, (by, reason), now).await?;
        }
        for plan in store::plans(&mut *tx).await? {
            store::drop_plan(tx, plan.tier).await?;
            let fact = ProductFact::PlanDropped { tier: plan.tier, reason: reason.to_owned() };
            journal::append(tx, PRODUCTS, &fact, by, now).await?;
        }
        jobs::enqueue(tx, Job::FitPlans { member: None, after: None }, now).await?;
        Ok(products.len())
    });
    let gone = gone?;
    for listed in gateway.catalogue().await.map_err(|error| unanswered(&error))? {
        gateway.archive(&listed.product).await.map_err(|error| unanswered(&error))?;
    }
    Ok(gone)
}

/// Whether a key of Stripe opens a test account.
fn is_test(key: &str) -> bool {
    ["sk_test_", "rk_test_"].iter().any(|test| key.starts_with(test))
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn only_keys_of_test_accounts_are_test_keys() {
        assert!(is_test("sk_test_1") && is_test("rk_test_1"));
        assert!(!is_test("sk_live_1") && !is_test("pk_test_1") && !is_test("xsk_test_1"));
    }
}
