//! Those who vouch for people at this site, and what this node knows of them.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Provider;
use super::http::Http;
use super::oidc::Known;
use crate::clock::{self, Instant};
use crate::config::{Config, WithProvider};

/// How long what a provider publishes about itself is believed.
const BELIEVED: jiff::SignedDuration = clock::hours(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    all: Arc<[WithProvider]>,
    offered: Arc<[Provider]>,
    /// None where there is nobody to speak to.
    http: Option<Http>,
    known: Arc<Mutex<HashMap<Provider, Arc<Known>>>>,
}

impl Providers {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let all: Arc<[WithProvider]> = config.providers.clone().into();
        let http = if all.is_empty() { None } else { Some(Http::new()?) };
        Ok(Self { offered: all.iter().map(|one| one.provider).collect(), all, http, known: Arc::default() })
    }

    /// By whom people can come in, in the order of their buttons.
    pub fn offered(&self) -> Arc<[Provider]> {
        Arc::clone(&self.offered)
    }

    pub fn by_name(&self, word: &str) -> Option<Provider> {
        word.parse().ok().filter(|provider| self.offered.contains(provider))
    }

    /// With the way to speak to it. `None` if it is not set up.
    pub(super) fn reach(&self, provider: Provider) -> Option<(&WithProvider, &Http)> {
        Some((self.all.iter().find(|one| one.provider == provider)?, self.http.as_ref()?))
    }

    pub(super) fn known(&self, provider: Provider, now: Instant) -> Option<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&provider).filter(|known| now < known.at + BELIEVED).cloned()
    }

    pub(super) fn keep(&self, provider: Provider, known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(provider, Arc::clone(&known));
        known
    }
}
