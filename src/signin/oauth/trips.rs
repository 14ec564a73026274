//! Going to a provider and coming back: state and nonce are this browser's, the code is exchanged with its PKCE
//! verifier, and each trip counts once.
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::url::ParseError;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::http::{Http, Silent};
use super::{Provider, Refusal, Told, github, oidc, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::config::WithProvider;
use crate::error::Result;
use crate::ids::{self, Id};
use crate::members::Member;

/// How long a trip may take.
const LASTS: jiff::SignedDuration = clock::minutes(10);
/// Trips of one browser at a time: one for each tab, within reason.
const MOST: usize = 5;

/// What somebody goes to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    SignIn,
    /// To connect it to the account that they are signed in to.
    Link {
        member: Id<Member>,
    },
}

/// What the browser's session remembers of a trip.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trip {
    pub provider: Provider,
    pub purpose: Purpose,
    /// Where they wanted to go.
    pub back: String,
    /// Hashed: it is compared and never sent again.
    state: String,
    nonce: String,
    verifier: String,
    at: Instant,
}

/// What a browser that comes back left with.
#[derive(Debug)]
pub enum Taken {
    Trip(Trip),
    /// Somebody came back from this one before.
    Used,
    /// Another browser's, another provider's, too old, or nobody's.
    Unknown,
}

impl Trip {
    const KEY: &'static str = "trips";

    pub async fn keep(self, session: &Session) -> Result<()> {
        let mut all: Vec<Self> = session.get(Self::KEY).await?.unwrap_or_default();
        all.push(self);
        let late = all.len().saturating_sub(MOST);
        all.drain(..late);
        Ok(session.insert(Self::KEY, all).await?)
    }

    /// Takes the trip with this state out of the session, at once and for good. Many may come back with it in the
    /// same moment, and what the session says is then as old as the request: the database lets one through.
    pub async fn take(app: &App, session: &Session, provider: Provider, state: &str) -> Result<Taken> {
        let (state, now) = (ids::hash(state), app.clock.now());
        let mut all: Vec<Self> = session.get(Self::KEY).await?.unwrap_or_default();
        let Some(at) = all.iter().position(|trip| trip.state == state) else {
            let used = store::is_used(&app.db, &state).await?;
            return Ok(if used { Taken::Used } else { Taken::Unknown });
        };
        let trip = all.remove(at);
        // Before the session forgets it, so that nobody in between is told that it was never begun.
        if !decide!(app.db, tx, store::use_trip(tx, &state, now).await)? {
            return Ok(Taken::Used);
        }
        session.insert(Self::KEY, all).await?;
        session.save().await?;
        let good = trip.provider == provider && now < trip.at + LASTS;
        Ok(if good { Taken::Trip(trip) } else { Taken::Unknown })
    }
}

/// Of the answer to a code, what OpenID Connect adds.
#[derive(Debug, Serialize, Deserialize)]
struct WithIdToken {
    id_token: Option<String>,
}
impl ExtraTokenFields for WithIdToken {}

type Tokens = StandardTokenResponse<WithIdToken, BasicTokenType>;
type Ready = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Where a provider asks people, and where it takes codes.
pub(super) struct Ends {
    pub authorization: String,
    pub token: String,
}

/// For whoever reads the log; people are told that it does not answer.
pub(super) fn down(provider: Provider, why: impl std::fmt::Display) -> Refusal {
    tracing::warn!(provider = provider.word(), "sign-in with a provider failed: {why}");
    Refusal::Down(provider)
}

async fn ends(app: &App, of: &WithProvider, http: &Http) -> Result<Ends, Refusal> {
    match of.provider {
        Provider::GitHub => Ok(github::ends(of)),
        Provider::Google | Provider::Microsoft => Ok(oidc::known(app, of, http).await?.ends()),
    }
}

fn client(app: &App, of: &WithProvider, ends: Ends) -> Result<Ready, ParseError> {
    let back = app.config.url(&format!("/auth/{}/callback", of.provider.word()));
    Ok(oauth2::Client::new(ClientId::new(of.client_id.clone()))
        .set_client_secret(ClientSecret::new(of.client_secret.clone()))
        // The one way that all three document.
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(ends.authorization)?)
        .set_token_uri(TokenUrl::new(ends.token)?)
        .set_redirect_uri(RedirectUrl::new(back)?))
}

/// Begins a trip: what to remember of it, and the address to go to.
pub async fn begin(app: &App, provider: Provider, purpose: Purpose, back: &str) -> Result<(Trip, String), Refusal> {
    let (of, http) = app.providers.reach(provider).ok_or(Refusal::Down(provider))?;
    let ends = ends(app, of, http).await?;
    let client = client(app, of, ends).map_err(|error| down(provider, error))?;
    let (state, nonce) = (ids::secret(), ids::secret());
    // A verifier has 43 characters or more.
    let verifier = ids::secret() + &ids::secret();
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
    let request = client.authorize_url(|| CsrfToken::new(state.clone())).set_pkce_challenge(challenge);
    let request = match provider {
        Provider::GitHub => request.add_scopes(github::SCOPES.iter().map(|scope| Scope::new((*scope).to_owned()))),
        Provider::Google | Provider::Microsoft => request
            .add_scopes(oidc::SCOPES.iter().map(|scope| Scope::new((*scope).to_owned())))
            .add_extra_param("nonce", nonce.clone()),
    };
    // Whoever shares a machine chooses whom they mean.
    let (url, _) = request.add_extra_param("prompt", "select_account").url();
    let trip = Trip {
        provider,
        purpose,
        back: back.to_owned(),
        state: ids::hash(&state),
        nonce,
        verifier,
        at: app.clock.now(),
    };
    Ok((trip, url.into()))
}

/// Exchanges the code that somebody came back with for what the provider says of them.
pub async fn told(app: &App, trip: &Trip, code: &str) -> Result<Told, Refusal> {
    let provider = trip.provider;
    let (of, http) = app.providers.reach(provider).ok_or(Refusal::Down(provider))?;
    let ends = ends(app, of, http).await?;
    let client = client(app, of, ends).map_err(|error| down(provider, error))?;
    let exchange = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(trip.verifier.clone()))
        .request_async(http);
    let tokens = exchange.await.map_err(|error| refused(provider, &error))?;
    match provider {
        Provider::GitHub => github::told(of, http, tokens.access_token().secret()).await,
        Provider::Google | Provider::Microsoft => {
            let id_token = tokens.extra_fields().id_token.as_deref();
            let id_token = id_token.ok_or_else(|| down(provider, "there is no id_token in its answer"))?;
            oidc::told(app, of, http, id_token, &trip.nonce).await
        }
    }
}

/// A code that is no good was used before, or is too old. GitHub says so with status 200, where a token would be.
fn refused(provider: Provider, error: &RequestTokenError<Silent, BasicErrorResponse>) -> Refusal {
    match error {
        RequestTokenError::ServerResponse(said) if *said.error() == BasicErrorResponseType::InvalidGrant => {
            Refusal::Used
        }
        RequestTokenError::ServerResponse(said) => down(provider, said),
        RequestTokenError::Request(silent) => down(provider, silent),
        RequestTokenError::Parse(_, body) => match github::complaint(body) {
            Some(said) if said == "bad_verification_code" => Refusal::Used,
            Some(said) => down(provider, said),
            None => down(provider, "the answer to the code was not understood"),
        },
        RequestTokenError::Other(why) => down(provider, why),
    }
}
