//! Google and Microsoft, which speak OpenID Connect: what counts is an id_token whose signature, issuer, audience,
//! time and nonce are right.
use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IdTokenClaims, IssuerUrl, Nonce,
    SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::Http;
use super::trips::{Ends, down};
use super::{Provider, Refusal, Told};
use crate::app::App;
use crate::clock::Instant;
use crate::config::{WithProvider, is_safe};
use crate::forms::Email;

pub(super) const SCOPES: &[&str] = &["openid", "email", "profile"];

/// In Microsoft's issuer the place of the tenant, which each token fills for itself.
const TENANT: &str = "{tenantid}";

/// What a provider publishes about itself.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// The same with its keys.
pub struct Known {
    metadata: Metadata,
    keys: CoreJsonWebKeySet,
    pub(super) at: Instant,
}

impl Known {
    pub(super) fn ends(&self) -> Ends {
        Ends {
            authorization: self.metadata.authorization_endpoint.clone(),
            token: self.metadata.token_endpoint.clone(),
        }
    }
}

/// What this node knows of a provider, asked for if that is too long ago.
pub(super) async fn known(app: &App, of: &WithProvider, http: &Http) -> Result<Arc<Known>, Refusal> {
    match app.providers.known(of.provider, app.clock.now()) {
        Some(known) => Ok(known),
        None => learn(app, of, http).await,
    }
}

async fn learn(app: &App, of: &WithProvider, http: &Http) -> Result<Arc<Known>, Refusal> {
    let address = format!("{}/.well-known/openid-configuration", of.base_url);
    let metadata: Metadata = http.json(&address, None).await.map_err(|error| down(of.provider, error))?;
    if !is_of(of, &metadata.issuer) {
        return Err(down(of.provider, format!("its issuer is {}, not that of {address}", metadata.issuer)));
    }
    for end in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri] {
        if !Url::parse(end).is_ok_and(|url| is_safe(&url, app.config.development())) {
            return Err(down(of.provider, format!("it would be spoken to without TLS at {end}")));
        }
    }
    let keys = http.json(&metadata.jwks_uri, None).await.map_err(|error| down(of.provider, error))?;
    Ok(app.providers.keep(of.provider, Known { metadata, keys, at: app.clock.now() }))
}

/// An issuer is the address under which it publishes; Microsoft's names the tenant as it likes.
fn is_of(of: &WithProvider, issuer: &str) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    match of.provider {
        Provider::Microsoft => origin(issuer).is_some() && origin(issuer) == origin(&of.base_url),
        _ => issuer.trim_end_matches('/') == of.base_url,
    }
}

/// What Microsoft's tokens say besides.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Besides {
    /// The tenant, and the person in it.
    tid: Option<String>,
    oid: Option<String>,
    /// Whether the owner of the address's domain was verified: true, or 1, or either as text.
    xms_edov: Option<serde_json::Value>,
}
impl AdditionalClaims for Besides {}

type Token = IdToken<Besides, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Claims = IdTokenClaims<Besides, CoreGenderClaim>;

/// What an id_token says that was made for this trip. Keys that are not known yet are asked for once.
pub(super) async fn told(
    app: &App,
    of: &WithProvider,
    http: &Http,
    id_token: &str,
    nonce: &str,
) -> Result<Told, Refusal> {
    let untrusted = |why: &dyn std::fmt::Display| {
        tracing::warn!(provider = of.provider.word(), "an id_token does not hold: {why}");
        Refusal::Untrusted(of.provider)
    };
    let token: Token = id_token.parse().map_err(|error: serde_json::Error| untrusted(&error))?;
    let nonce = Nonce::new(nonce.to_owned());
    let mut known = known(app, of, http).await?;
    let mut claims = token.claims(&verifier(app, of, &known)?, &nonce);
    if let Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) = claims {
        known = learn(app, of, http).await?;
        claims = token.claims(&verifier(app, of, &known)?, &nonce);
    }
    let claims = claims.map_err(|error| untrusted(&error))?;
    read(of.provider, &known.metadata.issuer, claims).ok_or_else(|| untrusted(&"issuer, tenant or person is missing"))
}

/// Takes RS256 alone, which is what both sign with.
fn verifier<'a>(app: &App, of: &WithProvider, known: &Known) -> Result<CoreIdTokenVerifier<'a>, Refusal> {
    let issuer = IssuerUrl::new(known.metadata.issuer.clone()).map_err(|error| down(of.provider, error))?;
    // Without a date that can be told no token is young enough.
    let now = DateTime::from_timestamp(app.clock.now().timestamp().as_second(), 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    Ok(CoreIdTokenVerifier::new_public_client(ClientId::new(of.client_id.clone()), issuer, known.keys.clone())
        .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
        .require_issuer_match(!known.metadata.issuer.contains(TENANT))
        .set_time_fn(move || now))
}

/// `None` if the claims lack who they are about.
fn read(provider: Provider, issuer: &str, claims: &Claims) -> Option<Told> {
    let (said, besides) = (claims.issuer().as_str(), claims.additional_claims());
    let (issuer, subject, vouched) = match provider {
        Provider::Microsoft => {
            let tenant: uuid::Uuid = besides.tid.as_deref()?.parse().ok()?;
            if issuer.contains(TENANT) && said != issuer.replace(TENANT, &tenant.to_string()) {
                return None;
            }
            // `sub` is another one in each app; `oid` is the person's in the tenant.
            let person = besides.oid.clone().filter(|oid| !oid.is_empty())?;
            (format!("{said}#{tenant}"), person, is_yes(besides.xms_edov.as_ref()))
        }
        _ => (said.to_owned(), claims.subject().as_str().to_owned(), claims.email_verified() == Some(true)),
    };
    let name = claims.name().and_then(|name| name.get(None)).map_or_else(String::new, |name| name.as_str().to_owned());
    let email = claims.email().and_then(|email| Email::parse(email.as_str()));
    Some(Told { provider, issuer, subject, name, email, vouched })
}

fn is_yes(value: Option<&serde_json::Value>) -> bool {
    match value {
        Some(serde_json::Value::Bool(yes)) => *yes,
        Some(serde_json::Value::Number(number)) => number.as_i64() == Some(1),
        Some(serde_json::Value::String(text)) => matches!(text.as_str(), "true" | "1"),
        _ => false,
    }
}
