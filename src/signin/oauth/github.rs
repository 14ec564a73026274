//! GitHub, which speaks OAuth and no OpenID Connect: who somebody is, its API says.
use serde::Deserialize;

use super::http::{Http, Silent};
use super::trips::{Ends, down};
use super::{Provider, Refusal, Told};
use crate::config::WithProvider;
use crate::forms::Email;

pub(super) const SCOPES: &[&str] = &["read:user", "user:email"];

pub(super) fn ends(of: &WithProvider) -> Ends {
    Ends {
        authorization: format!("{}/login/oauth/authorize", of.base_url),
        token: format!("{}/login/oauth/access_token", of.base_url),
    }
}

/// What it says, with status 200, in the place of a token.
pub(super) fn complaint(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Complaint {
        error: String,
    }
    serde_json::from_slice::<Complaint>(body).ok().map(|said| said.error)
}

#[derive(Deserialize)]
struct User {
    /// For ever theirs; logins are given to others.
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// Of the addresses only the primary one counts: the others may be anybody's guess.
pub(super) async fn told(of: &WithProvider, http: &Http, token: &str) -> Result<Told, Refusal> {
    let failed = |error: Silent| down(Provider::GitHub, error);
    let user: User = http.json(&format!("{}/user", of.api_url), Some(token)).await.map_err(failed)?;
    let addresses: Vec<Address> =
        http.json(&format!("{}/user/emails", of.api_url), Some(token)).await.map_err(failed)?;
    let primary = addresses.iter().find(|address| address.primary);
    Ok(Told {
        provider: Provider::GitHub,
        issuer: of.base_url.clone(),
        subject: user.id.to_string(),
        name: user.name.unwrap_or(user.login),
        email: primary.and_then(|address| Email::parse(&address.email)),
        vouched: primary.is_some_and(|address| address.verified),
    })
}
