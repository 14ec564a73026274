//! What is for sale, as Stripe has it: a product with our key in its metadata, and one active price.
use std::collections::HashMap;

use stripe_product::price::{CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, ListPrice, UpdatePrice};
use stripe_product::product::{CreateProduct, ListProduct, UpdateProduct};
use stripe_shared::{Price, Product, RecurringInterval};
use stripe_types::Expandable;

use super::asking::{ask, ask_anew, is_missing, said};
use super::{PAGE, PAGES, Stripe, currency};
use crate::payments::gateway::{Listed, OURS, Wanted};

impl Stripe {
    /// What is on sale there and carries a key of ours.
    pub async fn catalogue(&self) -> anyhow::Result<Vec<Listed>> {
        let ours = self.ours().await?;
        Ok(ours.iter().filter(|product| product.active).map(listed).collect())
    }

    /// Makes it or finds it, and mends its name and price.
    pub async fn list_product(&self, wanted: &Wanted) -> anyhow::Result<Listed> {
        let product = self.product(wanted).await?;
        let id = product.id.to_string();
        let price = self.price(&id, price_of(&product), wanted).await?;
        let price = price.id.to_string();
        let stands = price_of(&product).is_some_and(|now| now.id == price);
        if !product.active || product.name != wanted.name || !stands {
            let mended = UpdateProduct::new(id.as_str()).active(true).name(&wanted.name).default_price(&price);
            ask(&self.client, &mended, None).await.map_err(said)?;
        }
        // Only now: Stripe keeps the price that a product stands at.
        for old in self.prices(&id).await?.iter().filter(|old| old.id != price) {
            let request = UpdatePrice::new(old.id.clone()).active(false);
            ask(&self.client, &request, None).await.map_err(said)?;
        }
        let Wanted { key, name, amount, currency, monthly } = wanted.clone();
        Ok(Listed { product: id, price: Some(price), key, name, amount, currency, monthly })
    }

    /// Takes it off sale; who pays it every month goes on.
    pub async fn archive(&self, product: &str) -> anyhow::Result<()> {
        match ask(&self.client, &UpdateProduct::new(product).active(false), None).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(said(error)),
        }
    }

    /// Every product with a key of ours, also what is off sale, with its price in it.
    async fn ours(&self) -> anyhow::Result<Vec<Product>> {
        let mut all = Vec::new();
        let mut after = None::<String>;
        for _ in 0..PAGES {
            let mut request = ListProduct::new().limit(PAGE).expand(vec!["data.default_price".to_owned()]);
            if let Some(after) = after {
                request = request.starting_after(after);
            }
            let list = ask(&self.client, &request, None).await.map_err(said)?;
            after = list.data.last().filter(|_| list.has_more).map(|product| product.id.to_string());
            all.extend(list.data.into_iter().filter(|product| product.metadata.contains_key(OURS)));
            if after.is_none() {
                return Ok(all);
            }
        }
        anyhow::bail!("this account at Stripe has too many products to find ours among them")
    }

    /// The product of that key: rather one on sale, else one that was.
    async fn product(&self, wanted: &Wanted) -> anyhow::Result<Product> {
        let mut all = self.ours().await?;
        all.retain(|product| product.metadata.get(OURS) == Some(&wanted.key));
        // The oldest, whoever looks.
        all.sort_by_key(|product| (!product.active, product.created));
        if let Some(found) = all.into_iter().next() {
            return Ok(found);
        }
        let ours = HashMap::from([(OURS.to_owned(), wanted.key.clone())]);
        let request = CreateProduct::new(&wanted.name).metadata(ours);
        let key = format!("product-{}", wanted.key);
        ask_anew(&self.client, &request, &key).await.map_err(said)
    }

    /// The wanted price: the one that the product stands at, or an active one, or a new one.
    async fn price(&self, product: &str, now: Option<&Price>, wanted: &Wanted) -> anyhow::Result<Price> {
        if let Some(now) = now.filter(|now| now.active && fits(now, wanted)) {
            return Ok(now.clone());
        }
        if let Some(other) = self.prices(product).await?.into_iter().find(|price| fits(price, wanted)) {
            return Ok(other);
        }
        let ours = HashMap::from([(OURS.to_owned(), wanted.key.clone())]);
        let mut request =
            CreatePrice::new(currency(&wanted.currency)).product(product).unit_amount(wanted.amount).metadata(ours);
        if wanted.monthly {
            request = request.recurring(CreatePriceRecurring::new(CreatePriceRecurringInterval::Month));
        }
        // Back to an earlier price is another price: the earlier one is archived.
        let before = now.map_or_else(|| "none".to_owned(), |now| now.id.to_string());
        let how = if wanted.monthly { "monthly" } else { "once" };
        let key = format!("price-{product}-after-{before}-{}-{}-{how}", wanted.amount, wanted.currency);
        ask_anew(&self.client, &request, &key).await.map_err(said)
    }

    /// Its active prices.
    async fn prices(&self, product: &str) -> anyhow::Result<Vec<Price>> {
        let request = ListPrice::new().product(product).active(true).limit(PAGE);
        Ok(ask(&self.client, &request, None).await.map_err(said)?.data)
    }
}

fn price_of(product: &Product) -> Option<&Price> {
    product.default_price.as_ref().and_then(Expandable::as_object)
}

fn is_monthly(price: &Price) -> bool {
    let every = price.recurring.as_ref();
    every.is_some_and(|every| every.interval == RecurringInterval::Month && every.interval_count == 1)
}

fn fits(price: &Price, wanted: &Wanted) -> bool {
    price.unit_amount == Some(wanted.amount)
        && price.currency == currency(&wanted.currency)
        && price.recurring.is_some() == wanted.monthly
        && is_monthly(price) == wanted.monthly
}

/// A price of another kind than ours, by year or in tiers, is none.
fn listed(product: &Product) -> Listed {
    let price = price_of(product).filter(|price| price.recurring.is_none() || is_monthly(price));
    let price = price.filter(|price| price.active && price.unit_amount.is_some());
    Listed {
        product: product.id.to_string(),
        price: price.map(|price| price.id.to_string()),
        key: product.metadata.get(OURS).cloned().unwrap_or_default(),
        name: product.name.clone(),
        amount: price.and_then(|price| price.unit_amount).unwrap_or_default(),
        currency: price.map(|price| price.currency.to_string().to_uppercase()).unwrap_or_default(),
        monthly: price.is_some_and(is_monthly),
    }
}
