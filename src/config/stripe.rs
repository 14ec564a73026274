//! The settings of the Stripe account.
use std::time::Duration;

use super::{Environment, Source, Wrong};

const REAL: &str = "https://api.stripe.com";

#[derive(Clone)]
pub struct Stripe {
    pub secret_key: String,
    pub publishable_key: Option<String>,
    /// Signs its notices. None on development sites alone.
    pub webhook_secret: Option<String>,
    /// Without a slash at its end.
    pub api_base: String,
    pub timeout: Duration,
    /// Whether ways of paying are offered that take days.
    pub delayed: bool,
}

impl Stripe {
    /// None without a key.
    pub(super) fn read(source: &Source, environment: Environment) -> Result<Option<Self>, Wrong> {
        let wrong = |text: &str| Err(Wrong(text.to_owned()));
        let webhook_secret = source.given("STRIPE_WEBHOOK_SECRET").map(str::to_owned);
        let secret_key = match (source.given("STRIPE_SECRET_KEY"), source.given("STRIPE_API_KEY")) {
            (Some(one), Some(other)) if one != other => {
                return wrong(
                    "STRIPE_SECRET_KEY and STRIPE_API_KEY are two names of one setting, but differ. Set one of them.",
                );
            }
            (Some(key), _) | (None, Some(key)) => key.to_owned(),
            (None, None) if webhook_secret.is_some() => {
                return wrong("STRIPE_WEBHOOK_SECRET is set without STRIPE_SECRET_KEY. Set both, or neither.");
            }
            (None, None) => return Ok(None),
        };
        let stripe = Self {
            secret_key,
            publishable_key: source.given("STRIPE_PUBLISHABLE_KEY").map(str::to_owned),
            webhook_secret,
            api_base: source.text("STRIPE_API_BASE").trim_end_matches('/').to_owned(),
            timeout: Duration::from_secs(source.parsed("STRIPE_TIMEOUT_SECONDS", "15")?),
            delayed: match source.text("STRIPE_DELAYED_METHODS").as_str() {
                "no" => false,
                "yes" => true,
                other => return Err(Wrong(format!("STRIPE_DELAYED_METHODS is “{other}”. Set it to yes or no."))),
            },
        };
        stripe.check(environment)?;
        Ok(Some(stripe))
    }

    /// Where its pages are to which forms lead: for paying, and for cards and bills. Tests' own Stripe has them where it
    /// answers.
    pub fn origins(&self) -> &str {
        if self.api_base == REAL { "https://checkout.stripe.com https://billing.stripe.com" } else { &self.api_base }
    }

    fn check(&self, environment: Environment) -> Result<(), Wrong> {
        let wrong = |text: &str| Err(Wrong(text.to_owned()));
        let readable = |key: &str| key.chars().all(|c| c.is_ascii_graphic());
        let begins = |key: &str, with: &[&str]| with.iter().any(|start| key.starts_with(start));
        if !begins(&self.secret_key, &["sk_", "rk_"]) || !readable(&self.secret_key) {
            return wrong(
                "STRIPE_SECRET_KEY is no secret key of Stripe: those begin with sk_ or rk_. Copy it from Stripe’s page of API keys.",
            );
        }
        let is_test = |key: &str| key.contains("_test_");
        match &self.publishable_key {
            Some(key) if !key.starts_with("pk_") => {
                return wrong("STRIPE_PUBLISHABLE_KEY is no publishable key of Stripe: those begin with pk_.");
            }
            Some(key) if is_test(key) != is_test(&self.secret_key) => {
                return wrong(
                    "STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY are of different modes: one moves real money and the other none. Set both of the same mode.",
                );
            }
            _ => {}
        }
        if !(1..=60).contains(&self.timeout.as_secs()) {
            return wrong("STRIPE_TIMEOUT_SECONDS must be between 1 and 60.");
        }
        let Some((scheme, host)) = self.api_base.split_once("://").filter(|(_, host)| is_host(host)) else {
            return wrong("STRIPE_API_BASE must be an address without a path, like https://api.stripe.com.");
        };
        let here = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|name| host == *name || host.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
        if !(scheme == "https" || scheme == "http" && here) {
            return wrong("STRIPE_API_BASE must be https: the secret key would travel in the clear.");
        }
        if environment == Environment::Production && self.webhook_secret.is_none() {
            return wrong(
                "Production with a Stripe key needs STRIPE_WEBHOOK_SECRET, or anybody could tell the site that something was paid. Make an endpoint at BASE_URL/webhooks/stripe in Stripe’s dashboard and copy its signing secret.",
            );
        }
        Ok(())
    }
}

fn is_host(host: &str) -> bool {
    !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@', '\'', '"', ';', ','])
}
