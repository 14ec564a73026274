//! What is for sale: made and deleted here, and listed at the provider by jobs, so that a provider that is down delays
//! nothing but itself.
use super::{PRODUCTS, Plan, Product, ProductFact, Refusal, Tier, store};
use crate::app::App;
use crate::clock::Instant;
use crate::db::Tx;
use crate::events::slugs;
use crate::ids::{self, Id};
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::payments::gateway::Wanted;

/// What a product shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    pub key: String,
    pub name: String,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    /// Paid every month, rather than once.
    pub monthly: bool,
}

impl Making {
    /// One that is neither a plan nor credits.
    pub fn named(name: &str, amount: i64, currency: &str, monthly: bool) -> Self {
        // What has no letter of an address in it is known by its hash.
        let slug = match slugs::of(name) {
            slug if slug == slugs::of("") => ids::hash(&name_key(name)).chars().take(12).collect(),
            slug => slug,
        };
        let key = format!("product:{slug}");
        Self { key, name: name.to_owned(), amount, currency: currency.to_owned(), monthly }
    }
    pub fn of_plan(plan: &Plan) -> Self {
        let (amount, currency) = (plan.price, plan.currency.clone());
        Self { key: plan.tier.key(), name: plan.tier.name().to_owned(), amount, currency, monthly: true }
    }
}

/// How names are compared.
pub fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Product {
    pub fn wanted(&self) -> Wanted {
        Wanted {
            key: self.key.clone(),
            name: self.name.clone(),
            amount: self.amount,
            currency: self.currency.clone(),
            monthly: self.monthly,
        }
    }
}

/// Makes a product; refused when its name exists.
pub async fn make(tx: &mut Tx, making: &Making, (by, reason): (Actor, &str), now: Instant) -> Result<Product, Refusal> {
    let product = Product {
        id: Id::new(),
        key: making.key.clone(),
        amount: making.amount,
        currency: making.currency.clone(),
        monthly: making.monthly,
        made_at: now,
        archived_at: None,
        name: making.name.clone(),
        provider: None,
        reference: None,
        price: None,
    };
    // A name that only init may give is not free, either.
    let reserved = Tier::ALL.iter().any(|tier| name_key(tier.name()) == name_key(&making.name));
    if reserved && product.tier().is_none() {
        return Err(Refusal::Exists);
    }
    if !store::insert_product(tx, &product, &name_key(&making.name)).await? {
        return Err(Refusal::Exists);
    }
    let fact = ProductFact::ProductMade {
        product: product.id,
        key: product.key.clone(),
        amount: product.amount,
        currency: product.currency.clone(),
        monthly: product.monthly,
        reason: reason.to_owned(),
    };
    journal::append(tx, PRODUCTS, &fact, by, now).await?;
    jobs::enqueue(tx, Job::ListProduct { product: product.id }, now).await?;
    Ok(product)
}

/// Deletes a product: gone here, and archived at the provider. Doing it twice is harmless.
pub async fn archive(
    tx: &mut Tx,
    id: Id<Product>,
    (by, reason): (Actor, &str),
    now: Instant,
) -> Result<Product, Refusal> {
    let product = store::product(&mut *tx, id).await?.ok_or(Refusal::Gone)?;
    if product.archived_at.is_some() {
        return Ok(product);
    }
    if let Some(tier) = product.tier() {
        if tier == Tier::Free {
            return Err(Refusal::FreeStays);
        }
        let members = store::having(&mut *tx, tier).await?;
        if members > 0 {
            return Err(Refusal::InUse { members });
        }
        if store::plan(&mut *tx, tier).await?.is_some() {
            store::drop_plan(tx, tier).await?;
            let fact = ProductFact::PlanDropped { tier, reason: reason.to_owned() };
            journal::append(tx, PRODUCTS, &fact, by, now).await?;
        }
    }
    remove(tx, &product, (by, reason), now).await?;
    Ok(product)
}

/// Without looking who has it.
pub(super) async fn remove(
    tx: &mut Tx,
    product: &Product,
    (by, reason): (Actor, &str),
    now: Instant,
) -> Result<(), Refusal> {
    store::set_archived(tx, product.id, now).await?;
    let fact = ProductFact::ProductArchived { product: product.id, reason: reason.to_owned() };
    journal::append(tx, PRODUCTS, &fact, by, now).await?;
    jobs::enqueue(tx, Job::ListProduct { product: product.id }, now).await?;
    Ok(())
}

/// What a plan allows and costs from now on. Who pays the old price goes on paying it.
pub async fn set_plan(tx: &mut Tx, plan: &Plan, (by, reason): (Actor, &str), now: Instant) -> Result<(), Refusal> {
    let had = store::plan(&mut *tx, plan.tier).await?;
    if had.as_ref() == Some(plan) {
        return Ok(());
    }
    store::set_plan(tx, plan).await?;
    let fact = ProductFact::PlanSet { plan: plan.clone(), reason: reason.to_owned() };
    journal::append(tx, PRODUCTS, &fact, by, now).await?;
    if had.is_none_or(|had| had.attendees != plan.attendees) {
        jobs::enqueue(tx, Job::FitPlans { member: None, after: None }, now).await?;
    }
    let Some(product) = store::by_key(&mut *tx, &plan.tier.key()).await? else { return Ok(()) };
    if (product.amount, &product.currency) != (plan.price, &plan.currency) {
        store::set_price(tx, product.id, plan.price, &plan.currency).await?;
        let (amount, currency) = (plan.price, plan.currency.clone());
        let fact = ProductFact::ProductPriced { product: product.id, amount, currency, reason: reason.to_owned() };
        journal::append(tx, PRODUCTS, &fact, by, now).await?;
        jobs::enqueue(tx, Job::ListProduct { product: product.id }, now).await?;
    }
    Ok(())
}

/// Lists a product at the provider as it is here; takes it off sale there if it is gone here. Safe to repeat.
pub async fn list(app: &App, id: Id<Product>) -> anyhow::Result<()> {
    let Some(gateway) = &app.gateway else { return Ok(()) };
    let Some(product) = store::product(&app.db, id).await? else { return Ok(()) };
    if product.archived_at.is_some() {
        let here = product.provider == Some(gateway.provider());
        // Another one may have taken its key since, and with it its place at the provider.
        let taken =
            store::by_key(&app.db, &product.key).await?.is_some_and(|other| other.reference == product.reference);
        return match product.reference.filter(|_| here && !taken) {
            Some(reference) => gateway.archive(&reference).await,
            None => Ok(()),
        };
    }
    let listed = gateway.list_product(&product.wanted()).await?;
    let now = app.clock.now();
    let saved: anyhow::Result<()> = decide!(app.db, tx, {
        let stands = store::set_listed(tx, &product, gateway.provider(), &listed).await?;
        if let (Some(tier), Some(price)) = (product.tier(), &listed.price) {
            store::know_price(tx, price, tier).await?;
        }
        // It costs something else, or was deleted, while the provider was asked.
        let gone = store::product(&mut *tx, id).await?.is_some_and(|product| product.archived_at.is_some());
        if !stands || gone {
            jobs::enqueue(tx, Job::ListProduct { product: id }, now).await?;
        }
        Ok(())
    });
    saved
}
