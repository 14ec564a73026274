//! Speaking to providers: nothing is followed, nothing waited for longer than ten seconds, nothing read beyond what
//! such an answer can be.
use std::pin::Pin;
use std::time::Duration;

use oauth2::http::{Request, Response, header};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;

/// How long connecting and the whole answer may take.
const CONNECTS: Duration = Duration::from_secs(5);
const ANSWERS: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const MOST: usize = 512 * 1024;

/// Why there is no answer that counts: for the log, never for people.
#[derive(Debug, thiserror::Error)]
pub enum Silent {
    #[error("no answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("the answer was too long")]
    TooLong,
    #[error("the answer was {0}")]
    Status(u16),
    #[error("the answer was not understood: {0}")]
    Nonsense(#[from] serde_json::Error),
    #[error("no such address: {0}")]
    Address(#[from] oauth2::http::Error),
}

#[derive(Clone)]
pub struct Http(reqwest::Client);

impl Http {
    /// Trusts the public authorities, and takes no proxy from the environment: only settings say where it goes.
    pub fn new() -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::tls::public()?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECTS)
            .timeout(ANSWERS)
            // GitHub's API answers nobody without a name.
            .user_agent(concat!("marquee/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// One request as the crates for OAuth make it.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Silent> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MOST {
                return Err(Silent::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.body(body)?)
    }

    /// A document, with a token if one is needed.
    pub async fn json<T: DeserializeOwned>(&self, url: &str, token: Option<&str>) -> Result<T, Silent> {
        let mut request = Request::builder().uri(url).header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self.send(request.body(Vec::new())?).await?;
        if answer.status() != oauth2::http::StatusCode::OK {
            return Err(Silent::Status(answer.status().as_u16()));
        }
        Ok(serde_json::from_slice(answer.body())?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Silent;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Silent>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
