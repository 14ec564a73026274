//! `marquee products …`: the same acts from the command line.
use super::products::Making;
use super::{Refusal, init, products, store};
use crate::app::App;
use crate::i18n::{Currency, Exact};
use crate::journal::Actor;
use crate::money;

/// Why, as the journal has it.
const REASON: &str = "By the command line.";

fn currency(app: &App) -> Currency {
    Currency::new(&app.config.currency).unwrap_or(Currency::NONE)
}

/// What was found and mended, a line each.
pub async fn init(app: &App) -> anyhow::Result<Vec<String>> {
    let found = init::run(app, Actor::Operator, REASON).await.map_err(Refusal::into_error)?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// What is on sale, a line each.
pub async fn list(app: &App) -> anyhow::Result<Vec<String>> {
    let products = store::products(&app.db).await?;
    let line = |of: &super::Product| {
        let often = if of.monthly { "a month" } else { "once" };
        let there = of.reference.as_deref().unwrap_or("not listed at the payment service yet");
        format!("{}: {} {often} ({}, {there})", of.name, Exact(of.money()), of.key)
    };
    Ok(products.iter().map(line).collect())
}

/// Refused when the name exists.
pub async fn create(app: &App, name: &str, amount: &str, monthly: bool) -> anyhow::Result<String> {
    let (currency, now) = (currency(app), app.clock.now());
    let name = crate::forms::seen(name);
    anyhow::ensure!(!name.is_empty() && name.chars().count() <= 80, "The name is empty, or longer than 80 letters.");
    let amount = money::parse(amount, currency).map_err(|wrong| anyhow::anyhow!("{wrong}"))?;
    anyhow::ensure!(amount == 0 || amount >= money::least(currency), "{}", money::Wrong::TooSmall(currency));
    let making = Making::named(&name, amount, currency.code(), monthly);
    let made = decide!(app.db, tx, products::make(tx, &making, (Actor::Operator, REASON), now).await);
    let made = made.map_err(Refusal::into_error)?;
    products::list(app, made.id).await?;
    Ok(format!("{}: made.", made.name))
}

pub async fn archive(app: &App, name: &str) -> anyhow::Result<String> {
    let now = app.clock.now();
    let product = store::by_name(&app.db, &products::name_key(name)).await?;
    let product = product.ok_or_else(|| anyhow::anyhow!("There is no product with the name {name}."))?;
    let gone = decide!(app.db, tx, products::archive(tx, product.id, (Actor::Operator, REASON), now).await);
    let gone = gone.map_err(Refusal::into_error)?;
    products::list(app, gone.id).await?;
    Ok(format!("{}: archived at the payment service, and gone here.", gone.name))
}

pub async fn reset_test(app: &App) -> anyhow::Result<String> {
    let gone = init::reset(app, Actor::Operator).await.map_err(Refusal::into_error)?;
    Ok(format!("{gone} products were archived. Plans are off: everybody may do everything."))
}
