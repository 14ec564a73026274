//! What a device is asked to sign. We keep it ourselves, and the first answer takes it away, whichever process gets
//! it: so none counts twice, and none counts for anything but what it was asked for.
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::store;
use crate::app::App;
use crate::clock::{self, Instant};
use crate::error::Result;
use crate::ids;

/// As long as browsers wait for a person.
const LASTS: jiff::SignedDuration = clock::minutes(5);

words! {
    /// What a challenge is for.
    pub enum Purpose { SignIn = "sign_in", Add = "add", StepUp = "step_up" }
}

/// A challenge on its way to a browser.
#[derive(Debug, Serialize)]
pub struct Asked<T> {
    /// Comes back with the answer.
    pub id: String,
    #[serde(flatten)]
    pub options: T,
}

/// Keeps the state of a challenge, and names it.
pub async fn keep<T>(
    app: &App,
    purpose: Purpose,
    session: &str,
    state: &impl Serialize,
    options: T,
) -> Result<Asked<T>> {
    let (id, now) = (ids::secret(), app.clock.now());
    let (hash, state) = (ids::hash(&id), serde_json::to_string(state)?);
    decide!(app.db, tx, store::insert_challenge(tx, &hash, purpose, session, &state, now + LASTS).await)?;
    Ok(Asked { id, options })
}

/// Takes a challenge away, for good. `None` if it was taken before, is too old, or was for something else.
pub async fn take<T: DeserializeOwned>(app: &App, purpose: Purpose, session: &str, id: &str) -> Result<Option<T>> {
    let (hash, now): (String, Instant) = (ids::hash(id), app.clock.now());
    let state = decide!(app.db, tx, store::take_challenge(tx, &hash, purpose, session, now).await)?;
    Ok(state.map(|state| serde_json::from_str(&state)).transpose()?)
}
