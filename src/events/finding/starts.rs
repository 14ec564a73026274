//! Where the pages of the sitemap begin: looked up now and then, since it takes a walk through all events.
use std::sync::{Arc, Mutex, PoisonError};

use super::store;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Result;

/// How long pages may begin where they did. What is new meanwhile stands on the page of its time all the same.
const KEPT: jiff::SignedDuration = clock::minutes(10);

/// Positions, with when they were looked up.
type Found = (Instant, Arc<[i64]>);

#[derive(Clone, Default)]
pub struct Starts(Arc<Mutex<Option<Found>>>);

/// The first position of each page of so many addresses.
pub async fn of(app: &App, addresses: i64) -> Result<Arc<[i64]>> {
    let now = app.clock.now();
    let kept = app.starts.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, starts)) = kept.filter(|(at, _)| *at <= now && now < *at + KEPT) {
        return Ok(starts);
    }
    let starts: Arc<[i64]> = store::every(&app.db, addresses).await?.into_iter().map(|(start,)| start).collect();
    *app.starts.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&starts)));
    Ok(starts)
}
